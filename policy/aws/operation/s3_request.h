// What a request to S3 carries beside its address, read once: which marks choose the operation, and
// which settings make S3 ask for further permissions. A setting may stand in a header, in the query
// of a presigned URL, where SDKs move them, or in the fields of a form that a browser posts. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "policy/aws/parameters.h"
#include "policy/aws/request_view.h"

namespace sallyport {

/// How `versionId` was sent.
enum class S3Version : std::uint8_t {
  latest,    ///< not at all
  given,     ///< once, with a value
  doubtful,  ///< in another case, twice, or empty
};

struct S3Marks {
  /// Bits of operation_tables::S3Marker: those beyond doubt, and those that may count.
  std::uint64_t sure = 0;
  std::uint64_t possible = 0;
  S3Version version = S3Version::latest;
  bool has_acl = false;
  bool has_tagging = false;
  bool replaces_tagging = false;  ///< x-amz-tagging-directive: a copy does not take the source's
  bool has_retention = false;
  bool has_legal_hold = false;
  bool bypasses_governance = false;
  bool enables_object_lock = false;
  bool has_ownership = false;
  S3Version source_version = S3Version::latest;  ///< of all copy sources, the least plain
};

/// `form`: the fields of a posted form, or null. Nothing where the query has a parameter that the
/// tables do not know: it may be a subresource newer than they are.
std::optional<S3Marks> read_s3_marks(const AwsRequestView& request, const Parameters& query,
                                     const Parameters* form);

}  // namespace sallyport
