// Patterns as IAM policies write them: `*` is any run of characters, `?` one (IAM User Guide,
// elements Action and Resource, ArnLike). Plain functions over text; allocate nothing, cannot fail.
#pragma once

#include <string_view>

namespace sallyport {

/// `s3:Get*` matches `s3:GetObject`. Case does not matter, of ASCII letters.
bool action_matches(std::string_view pattern, std::string_view action) noexcept;

/// ArnLike: each of the six parts by itself, so that a `*` never crosses a colon of the first five;
/// in the resource it crosses `/` and `:`. A lone `*` matches every ARN. Case matters.
bool arn_matches(std::string_view pattern, std::string_view arn) noexcept;

/// Some object of the bucket, or the bucket itself, may match: the pattern need not be asked about
/// a request to another bucket.
bool arn_may_be_of_bucket(std::string_view pattern, std::string_view bucket) noexcept;

}  // namespace sallyport
