// Which AWS operation a request asks for, and which IAM actions decide over it: from
// X-Amz-Target, Action, the RPC path, or method and URI template (policy/aws/data, README). What
// the tables do not know is unknown, never guessed. Pure; the tables are static.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/container/small_vector.hpp>

#include "policy/aws/operation/member_list.h"
#include "policy/aws/parameters.h"
#include "policy/aws/request_view.h"

namespace sallyport {

/// How a service's requests and errors are written.
enum class AwsProtocol : std::uint8_t {
  json_1_0,
  json_1_1,
  query,
  ec2,
  rest_json,
  rest_xml,
  rpc_cbor
};

/// Mostly one.
using IamActions = boost::container::small_vector<std::string_view, 1>;

/// One operation that the request may be. All its texts are static, but for the labels' values:
/// they point into the request.
struct Operation {
  std::string_view model;  ///< botocore's name of the service
  std::string_view name;   ///< such as CreateTrainingJob
  /// The IAM actions that decide over it, all of them: `s3:PutObject`. Empty: none decides (the
  /// `!` of the table), or it is not confirmed which does, and `actions_are_unknown`.
  IamActions actions;
  /// Further permissions that AWS asks for on the way (mostly iam:PassRole): a deny's concern.
  IamActions further_actions;
  /// Those that are asked for, too, where the body names versions of objects (DeleteObjects).
  IamActions actions_with_versions;
  bool actions_are_unknown = false;
  MemberList members;
  /// Values of the template's labels, as they were sent, percent-encoded. Of S3 none: s3_address.h
  /// reads its paths.
  std::vector<std::pair<std::string_view, std::string_view>> labels;
  /// It changes nothing: GET or HEAD of S3, and the pulls of ECR (BatchGetImage,
  /// GetDownloadUrlForLayer, BatchCheckLayerAvailability).
  bool is_read = false;
  /// AWS takes it without a signature, and does not look at one that is there: it proves nothing.
  bool is_unsigned = false;
};

/// What was told of the operation.
struct OperationReading {
  enum class State : std::uint8_t {
    told,
    in_body,    ///< the Query protocol's Action may stand in the body: it must be read
    unknown,    ///< well formed, and newer than the tables
    ambiguous,  ///< what one reader takes for it another would not, or no AWS request at all
  };
  State state = State::ambiguous;
  /// Where `told`: one; or several that method, URI and query cannot tell apart, each of which must
  /// be allowed.
  boost::container::small_vector<Operation, 1> candidates;
  /// The protocol that the request speaks, as far as it shows; else the service's first.
  AwsProtocol protocol = AwsProtocol::rest_json;
};

/// `signing_name`: the service of the credential's scope; empty without one: then by the host
/// alone. `query`: decoded. `form`: the body, where it is a form and was read; null before.
OperationReading read_operation(const AwsRequestView& request, std::string_view signing_name,
                                const Parameters& query, const Parameters* form);

/// What is spoken to the host where a request does not show it.
AwsProtocol usual_protocol(const AwsHost& host);

/// The services of IAM whose actions decide over requests to this host, such as `s3`, and `iam`,
/// since any may hand on a role: of an operation that no table has, that much is known. Empty: not
/// even that.
std::vector<std::string_view> action_services(const AwsHost& host);

/// True if the IAM action stands in the tables: for warnings about what a policy writes.
bool is_known_action(std::string_view action);

}  // namespace sallyport
