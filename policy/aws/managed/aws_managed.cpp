#include "policy/aws/managed/aws_managed.h"

#include <algorithm>

#include "policy/aws/managed/managed_tables.h"

namespace sallyport {
namespace {

bool holds(std::span<const std::string_view> sorted, std::string_view text) {
  return std::binary_search(sorted.begin(), sorted.end(), text);
}

}  // namespace

bool is_aws_managed_account(std::string_view account) {
  return holds(generated_managed_accounts(), account);
}

bool is_aws_managed_bucket(std::string_view bucket) {
  return holds(generated_managed_buckets(), bucket);
}

}  // namespace sallyport
