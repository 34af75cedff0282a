#include "policy/aws/request/shown_resources.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "policy/aws/managed/aws_managed.h"
#include "policy/aws/percent.h"
#include "policy/aws/resource/member_finder.h"
#include "policy/aws/resource/resource_names.h"
#include "policy/aws/resource/s3_url.h"
#include "policy/values/ascii.h"
#include "policy/values/take_part.h"

namespace sallyport {
namespace {

/// More are not told: to tell each one once takes time.
constexpr std::size_t kNamesMax = 1000;

/// Whose ARNs an operation of the service acts on, beside the service's own.
bool is_of_service(std::string_view service, std::string_view of_arn) {
  return service == of_arn || (service == "sts" && of_arn == "iam") ||
         (service == "cloudwatch" && of_arn == "monitoring");
}

/// A URI of what has no way to AWS: Hadoop's own file system, or the machine's.
bool is_outside_aws(std::string_view uri) {
  return begins_ignoring_case(uri, "hdfs://") || begins_ignoring_case(uri, "file://");
}

/// API Gateway's static values stand in `'`, SageMaker's hyperparameters in `"`.
std::string_view without_quotes(std::string_view text) {
  const bool is_quoted = text.size() >= 2 && text.front() == text.back() &&
                         (text.front() == '\'' || text.front() == '"');
  return is_quoted ? text.substr(1, text.size() - 2) : text;
}

}  // namespace

void ShownResources::add(MemberKinds kinds, std::string_view sent, Depth depth) {
  const std::string_view value = without_space_around(sent);
  if (kinds.has(MemberKinds::anything)) {
    const std::string_view text = without_quotes(value);
    add_if_whole(text, depth);
    if (text.find('%') != std::string_view::npos) {
      if (const auto decoded = percent_decoded(text)) add_if_whole(*decoded, depth);
    }
  }
  if (kinds.has(MemberKinds::bucket_path)) add_bucket(bucket_of_path(value), false);
  if (kinds.has(MemberKinds::bucket_host)) add_bucket(bucket_of_host(value), false);
  if (kinds.has(MemberKinds::registry)) add_reference(account_of_registry(value));
  if (kinds.has(MemberKinds::image_uri)) {
    if (const auto image = ImageUri::parse(value)) add_reference(image->account);
  }
  if (kinds.has(MemberKinds::queue_url)) {
    if (const auto queue = QueueUrl::parse_at_any_host(value)) {
      add_account(queue->account);
    } else if (value.find('/') != std::string_view::npos) {
      has_untold = true;  // a plain name is one of the signer's own queues
    }
  }
  if (kinds.has(MemberKinds::account) && is_account_id(value)) {
    depth == Depth::deep ? add_reference(value) : add_account(value);
  }
  if (kinds.has(MemberKinds::s3_uri)) {
    if (const auto location = S3Uri::parse(value)) {
      add_bucket(location->bucket, false);
    } else if (const auto url = S3Url::parse(value)) {
      add_bucket(url->bucket, false);
      add_reference(url->account);
    } else if (value.find("://") != std::string_view::npos && !is_outside_aws(value)) {
      has_untold = true;
    }
  }
  const bool is_arn = begins_ignoring_case(value, "arn:");
  const bool is_url = kinds.has(MemberKinds::s3_uri) && value.find("://") != std::string_view::npos;
  if (is_arn && (kinds.bits & (MemberKinds::arn | MemberKinds::maybe_arn | MemberKinds::bucket |
                               MemberKinds::s3_uri)) != 0) {
    add_arn_value(value, depth);
  } else if (kinds.has(MemberKinds::bucket) && !is_arn && !is_url) {
    // A prefix may follow (CodeBuild's caches and logs). What begins with a slash is nobody's.
    const std::size_t slash = value.find('/');
    add_bucket(slash == 0 ? value : value.substr(0, slash), false);
  } else if (kinds.has(MemberKinds::arn) || kinds.has(MemberKinds::maybe_arn)) {
    add_account(account_of_partial_arn(value));
  }
}

/// What the whole value is; a number of twelve digits may be any number. A place in S3 may begin a
/// list of them with commas in between, as Glue's and Spark's arguments have it.
void ShownResources::add_if_whole(std::string_view value, Depth depth) {
  MemberKinds kinds = resource_kinds(value);
  kinds.bits = static_cast<std::uint16_t>(kinds.bits & ~MemberKinds::account);
  if (IntegrationUri::parse(value)) kinds.bits = MemberKinds::arn;
  if (kinds.bits != 0) add(kinds, value, depth);
  if (!kinds.has(MemberKinds::s3_uri)) return;
  for (std::string_view rest = value; !rest.empty();) {
    const std::string_view each = without_space_around(take_until(rest, ','));
    if (resource_kinds(each).has(MemberKinds::s3_uri)) add({MemberKinds::s3_uri}, each, depth);
  }
}

void ShownResources::add_arn_value(std::string_view value, Depth depth) {
  if (const auto integration = IntegrationUri::parse(value)) {
    add_bucket(integration->bucket, false);
    add_reference(integration->account);
    if (integration->function.empty()) return;
    value = integration->function;
  }
  const auto arn = Arn::parse(value);
  if (!arn) {
    has_untold = true;
    return;
  }
  if (const auto bucket = arn->bucket(); !bucket.empty()) add_bucket(bucket, false);
  const bool is_aws_own = is_aws_managed_account(arn->account);
  const bool is_acted_on =
      depth == Depth::head || (is_of_service(service_, arn->service) && !is_aws_own);
  if (!is_acted_on) {
    add_reference(arn->account);
    return;
  }
  add_account(arn->account);
  add_once(arns, value);
}

template <typename Text>
void ShownResources::add_once(ShownTexts& list, Text&& value) {
  if (value.empty() || std::find(list.begin(), list.end(), value) != list.end()) return;
  if (list.size() == kNamesMax) {
    has_untold = true;
  } else {
    list.emplace_back(std::forward<Text>(value));
  }
}

void ShownResources::add_account(std::string_view account) { add_once(acted_accounts, account); }

void ShownResources::add_reference(std::string_view account) {
  add_once(referenced_accounts, account);
}

void ShownResources::add_bucket(std::string_view bucket, bool may_change) {
  add_once(buckets, bucket);
  if (may_change) add_once(changed_buckets, bucket);
}

void ShownResources::add_arn(std::string arn) { add_once(arns, std::move(arn)); }

}  // namespace sallyport
