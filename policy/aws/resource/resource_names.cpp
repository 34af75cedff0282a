#include "policy/aws/resource/resource_names.h"

#include <algorithm>
#include <iterator>

#include "policy/aws/region.h"
#include "policy/aws/resource/url_parts.h"
#include "policy/aws/tenant_kind.h"
#include "policy/values/ascii.h"
#include "policy/values/take_part.h"

namespace sallyport {
namespace {

/// Lower-case letters, digits, dots and dashes: what partitions, services and regions are made of.
/// Patterns of ARNs have `*` and `?` there, too, and name an account all the same.
bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '.' || c == '*' || c == '?';
  });
}

/// `sqs.<region>`, `sqs-fips.<region>`, `<region>.queue`, `queue`, `<vpce>.sqs.<region>.vpce`.
bool is_sqs(std::string_view labels) {
  if (labels.ends_with(".vpce")) {
    if (!labels.starts_with("vpce-")) return false;
    take_until(labels, '.');
    labels.remove_suffix(std::string_view(".vpce").size());
  }
  const std::string_view first = take_until(labels, '.');
  if (first == "sqs" || first == "sqs-fips") return is_region(labels);
  return first == "queue" ? labels.empty() : is_region(first) && labels == "queue";
}

bool is_of_queue_path(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '-' || c == '_' ||
         c == '.' || c == '/';
}

/// `.../<account>/<name>`. A path that has accounts otherwise, or bytes that no queue's path has,
/// is as a whole the account, which is nobody's: SQS might find another in it than we do.
std::optional<QueueUrl> read_queue_path(std::string_view path) {
  const QueueUrl nobodys{path, path};
  if (!std::all_of(path.begin(), path.end(), is_of_queue_path)) return nobodys;
  std::optional<QueueUrl> found;
  for (std::string_view rest = path; !rest.empty();) {
    const std::string_view segment = take_until(rest, '/');
    const bool is_last = segment.end() == path.end();
    if (is_last || !is_account_id(segment)) continue;
    const bool has_name = !rest.empty() && rest.find('/') == std::string_view::npos;
    if (found || !has_name) return nobodys;
    found = QueueUrl{segment, rest};
  }
  return found;
}

UrlParts parts_with_or_without_scheme(std::string_view text) {
  const auto url = UrlParts::parse(text);
  return url ? *url : parts_behind_scheme(text);
}

/// `action/<name>` of a service. Parameters may follow the name, which may name anybody.
std::optional<IntegrationUri> read_action(std::string_view service, std::string_view name) {
  const bool is_told = !service.empty() && !name.empty() && is_plain(service) &&
                       std::all_of(name.begin(), name.end(), is_alphanumeric);
  return is_told ? std::optional(IntegrationUri()) : std::nullopt;
}

/// `<date>/functions/<ARN>/invocations`
std::optional<IntegrationUri> read_function_path(std::string_view path) {
  take_until(path, '/');
  constexpr std::string_view kEnd = "/invocations";
  if (take_until(path, '/') != "functions" || !path.ends_with(kEnd)) return std::nullopt;
  path.remove_suffix(kEnd.size());
  if (path.empty()) return std::nullopt;
  IntegrationUri uri;
  uri.function = path;
  return uri;
}

/// `fs-` and hex digits: 8 in older ids, 17 in newer ones (Amazon EFS API Reference).
bool is_file_system_id(std::string_view text) {
  if (!text.starts_with("fs-") || (text.size() != 3 + 8 && text.size() != 3 + 17)) return false;
  text.remove_prefix(3);
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
}

}  // namespace

std::optional<Arn> Arn::parse(std::string_view text) {
  if (take_until(text, ':') != "arn") return std::nullopt;
  Arn arn;
  arn.partition = take_until(text, ':');
  arn.service = take_until(text, ':');
  arn.region = take_until(text, ':');
  arn.account = take_until(text, ':');
  arn.resource = text;  // and all colons in it
  const bool is_aws = arn.partition == "aws" || arn.partition.starts_with("aws-");
  if (!is_aws || !is_plain(arn.partition) || !is_plain(arn.service) || !is_plain(arn.region)) {
    return std::nullopt;
  }
  if (arn.service == "automate" && arn.account == "ec2") arn.account = {};
  const bool has_account =
      arn.account.empty() || arn.account == "aws" || is_account_id(arn.account);
  if (arn.service.empty() || !has_account || arn.resource.empty()) return std::nullopt;
  return arn;
}

std::string_view Arn::bucket() const {
  if (service != "s3" || !account.empty()) return {};
  return resource.substr(0, std::min(resource.find('/'), resource.size()));
}

std::optional<S3Uri> S3Uri::parse(std::string_view text) {
  const std::size_t end = text.find("://");
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view scheme = text.substr(0, end);
  constexpr std::string_view kSchemes[] = {"s3", "s3a", "s3n", "s3ssl"};
  const bool is_s3 = std::any_of(std::begin(kSchemes), std::end(kSchemes),
                                 [=](auto each) { return equal_ignoring_case(scheme, each); });
  if (!is_s3) return std::nullopt;
  text.remove_prefix(end + 3);
  S3Uri uri;
  uri.bucket = take_until(text, '/');
  uri.key = text;
  if (uri.bucket.empty()) return std::nullopt;
  return uri;
}

std::optional<QueueUrl> QueueUrl::parse(std::string_view text) {
  const auto url = UrlParts::parse(text);
  if (!url || !url->is_http()) return std::nullopt;
  const LowerCaseHost host(url->host);
  const auto labels = labels_before_aws(host.text());
  if (!labels || !is_sqs(*labels)) return std::nullopt;
  return read_queue_path(url->path);
}

std::optional<QueueUrl> QueueUrl::parse_at_any_host(std::string_view text) {
  const std::size_t scheme = text.find("://");
  if (scheme == std::string_view::npos) return read_queue_path(text);
  text.remove_prefix(scheme + 3);
  take_until(text, '/');
  return read_queue_path(text);
}

std::optional<ImageUri> ImageUri::parse(std::string_view text) {
  const UrlParts parts = parts_with_or_without_scheme(text);
  ImageUri image;
  image.account = account_of_registry(text);
  if (image.account.empty() || parts.path.size() < 2) return std::nullopt;
  image.repository = parts.path.substr(1);
  image.repository = image.repository.substr(
      0, std::min(image.repository.find_first_of(":@"), image.repository.size()));
  if (image.repository.empty()) return std::nullopt;
  return image;
}

std::string_view account_of_registry(std::string_view text) {
  const UrlParts parts = parts_with_or_without_scheme(text);
  const LowerCaseHost host(parts.host);
  auto labels = labels_before_aws(host.text());
  if (!labels || !is_account_id(take_until(*labels, '.'))) return {};
  std::string_view service = take_until(*labels, '.');
  if (service == "dkr") {
    service = take_until(*labels, '.');
    if (service != "ecr" && service != "ecr-fips") return {};
  } else if (service != "dkr-ecr" && service != "dkr-ecr-fips") {
    return {};
  }
  return is_region(*labels) ? parts.host.substr(0, 12) : std::string_view();
}

std::optional<IntegrationUri> IntegrationUri::parse(std::string_view text) {
  if (take_until(text, ':') != "arn") return std::nullopt;
  take_until(text, ':');
  if (take_until(text, ':') != "apigateway") return std::nullopt;
  take_until(text, ':');
  std::string_view service = take_until(text, ':');
  const std::string_view form = take_until(text, '/');
  if (form == "action") return read_action(service, text);
  if (form != "path" || has_dot_segment(text)) return std::nullopt;
  if (service == "lambda") return read_function_path(text);
  IntegrationUri uri;
  if (service == "s3") {
    uri.bucket = take_until(text, '/');
  } else if (service.ends_with(".s3")) {
    service.remove_suffix(std::string_view(".s3").size());
    uri.bucket = service;
  } else if (service == "sqs") {
    uri.account = take_until(text, '/');
    const bool is_queue = is_account_id(uri.account) && !text.empty() &&
                          text.find('/') == std::string_view::npos &&
                          std::all_of(text.begin(), text.end(), is_of_queue_path);
    if (!is_queue) return std::nullopt;
  }
  if (uri.bucket.empty() && uri.account.empty()) return std::nullopt;
  return uri;
}

std::string_view bucket_of_path(std::string_view path) {
  if (has_dot_segment(path)) return path;
  const bool is_rooted = path.starts_with('/');
  path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
  const std::string_view first = take_until(path, '/');
  return is_rooted && is_file_system_id(first) ? std::string_view() : first;
}

std::string_view account_of_partial_arn(std::string_view text) {
  std::string_view part = take_until(text, ':');
  if (is_region(part)) part = take_until(text, ':');
  return is_account_id(part) && !text.empty() ? part : std::string_view();
}

bool is_account_id(std::string_view text) { return has_shape(TenantKind::account, text); }

}  // namespace sallyport
