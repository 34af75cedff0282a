// The tables that policy/aws/data/generate_operations.py writes, and the few questions that the
// readers of requests ask them. Texts lie in one pool and are named by offsets, so that the arrays
// need no relocation and nothing is done at start. Only policy/aws/operation includes this.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "policy/aws/operation/operations.h"

namespace sallyport::operation_tables {

/// A text of the pool: its offset << 10 | its length.
using TextRef = std::uint32_t;

inline constexpr std::uint16_t kNoNode = 0xffff;

/// A service of botocore. Its operations lie side by side, sorted by name.
struct ServiceRow {
  TextRef name;
  TextRef target_prefix;  ///< of X-Amz-Target, and the service of an RPC path; may be empty
  TextRef version;        ///< the API version, as `Version` of the Query protocol names it
  std::uint16_t first_operation;
  std::uint16_t end_operation;
  std::uint16_t first_signing_name;
  std::uint8_t signing_names;
  std::uint8_t first_protocol;      ///< an AwsProtocol
  std::uint8_t protocols;           ///< bits 1 << AwsProtocol
  std::uint8_t action_prefix_size;  ///< of `sagemaker:` in its default actions
  std::uint16_t root;               ///< of its URI templates, in `nodes`; kNoNode: none
  std::uint16_t next_at_host;       ///< the next service of the same host, in a ring
};

/// An operation. Behind the prefix its default action is its name.
struct OperationRow {
  TextRef action;
  std::uint16_t iam;                ///< an IamKind, or a place in `iam` from IamKind::listed on
  std::uint16_t members_and_marks;  ///< the member set, and the next two in the highest bits

  /// Only older models have it.
  bool is_old() const { return (members_and_marks & 0x8000U) != 0; }
  /// AWS takes it unsigned.
  bool is_unsigned() const { return (members_and_marks & 0x4000U) != 0; }
  std::size_t members() const { return members_and_marks & 0x3fffU; }
};

enum class IamKind : std::uint8_t {
  by_default,   ///< the default action
  unconfirmed,  ///< which action decides is not known
  none,         ///< no action decides
  listed,
};

/// The actions of operations whose default is not all: first those that decide, then further ones.
struct IamRow {
  std::uint16_t first;
  std::uint8_t own;
  std::uint8_t further;
  bool is_unconfirmed;
};

/// A node of the URI templates; its literal children lie side by side, sorted by text.
struct TrieNode {
  TextRef text;
  std::uint16_t first_child;
  std::uint16_t literal_children;
  std::uint16_t label;   ///< the child of any one segment, or kNoNode
  std::uint16_t greedy;  ///< the child of one or more segments, or kNoNode
  std::uint16_t first_row;
  std::uint16_t rows;
};

/// An operation whose template ends at a node.
struct RestRow {
  std::uint16_t operation;
  std::uint8_t method;  ///< a HttpMethod
  std::uint16_t first_marker;
  std::uint8_t markers;
  std::uint16_t first_label;
  std::uint8_t labels;
};

/// `remove` is DELETE.
enum class HttpMethod : std::uint8_t { get, head, put, post, remove, patch, options };

/// A constant part of a template's query.
struct QueryMarker {
  TextRef name;
  TextRef value;
  bool has_value;
};

/// An operation of S3. `markers`: the places in `s3_markers` of all that must be there, as bits.
struct S3Row {
  std::uint64_t markers;
  std::uint16_t operation;
  std::uint8_t method;  ///< a HttpMethod
  std::uint8_t kind;    ///< an S3Address::Kind
  bool is_old;
};

/// What tells S3's operations of one path apart: first the subresources (`?tagging`, which choose
/// an operation whatever their value), then parameters (`?uploadId=...`, which some operations take
/// and which choose others), then headers.
struct S3Marker {
  TextRef name;
  TextRef value;  ///< empty: any
};

struct Tables {
  const char* text;
  std::span<const ServiceRow> services;  ///< sorted by name
  std::span<const OperationRow> operations;
  std::span<const TextRef> signing_names;
  std::span<const IamRow> iam;
  std::span<const TextRef> iam_actions;
  std::span<const std::uint16_t> member_sets;  ///< where set N begins in the next two: at N - 1
  std::span<const TextRef> member_paths;
  std::span<const std::uint16_t> member_kinds;  ///< MemberPlace << 13 | MemberKinds
  std::span<const TrieNode> nodes;
  std::span<const RestRow> rest_rows;
  std::span<const TextRef> label_names;
  std::span<const QueryMarker> query_markers;
  std::span<const S3Row> s3_rows;  ///< sorted by method, then kind
  std::span<const S3Marker> s3_markers;
  std::size_t first_s3_parameter;  ///< in `s3_markers`
  std::size_t first_s3_header;
  std::size_t s3;  ///< in `services`
};

extern const Tables kTables;

inline std::string_view text_of(TextRef ref) { return {kTables.text + (ref >> 10U), ref & 0x3ffU}; }

/// By botocore's name of it; null if the tables do not have it.
const ServiceRow* find_service(std::string_view name);
/// Among the service's operations; the newest of that name.
std::optional<std::size_t> find_operation(const ServiceRow& service, std::string_view name);
bool signs_as(const ServiceRow& service, std::string_view signing_name);
inline bool speaks(const ServiceRow& service, AwsProtocol protocol) {
  return (service.protocols >> static_cast<unsigned>(protocol) & 1U) != 0;
}

std::optional<HttpMethod> http_method(std::string_view method);

/// The services that the actions of its operations are of, such as `sagemaker`: each once. For the
/// first caller the whole table is read, in about a millisecond.
std::span<const std::string_view> action_services(const ServiceRow& service);

/// All that the tables know of the operation at that place; the labels stay empty.
Operation operation_at(const ServiceRow& service, std::size_t place);

}  // namespace sallyport::operation_tables
