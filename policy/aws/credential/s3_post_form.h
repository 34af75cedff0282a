// The form by which a browser uploads to S3 (multipart/form-data; AWS: "POST Object"; RFC 7578, RFC
// 2046 section 5.1): its fields say who signs and where the object goes. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "policy/aws/parameters.h"

namespace sallyport {

/// The fields in front of `file`, which S3 asks to be the last one: it passes over what follows.
/// `body` is the whole body or as much of it as was held back.
///
/// Names come in lower case, for S3 reads them in any. In the value of `key`, `${filename}` is
/// replaced as S3 does, by the name of the file. A `bucket` is what the form says, which need not
/// be what the host says.
///
/// Nothing where the form is not judgeable: it does not reach `file` within `body` and 20 KiB, a
/// name comes twice, or another reader could take it apart in another way.
std::optional<Parameters> read_s3_post_form(std::string_view content_type, std::string_view body);

}  // namespace sallyport
