#include "policy/loader/aws_value_text.h"

#include <algorithm>

#include "policy/aws/credential/credentials.h"
#include "policy/aws/endpoint.h"
#include "policy/aws/region.h"
#include "policy/aws/tenant_kind.h"
#include "policy/quoted.h"
#include "policy/values/ascii.h"

namespace sallyport {
namespace {

bool is_lower_or_digit(char c) { return is_lower(c) || is_digit(c); }

template <class Holds>
bool all(std::string_view text, Holds holds) {
  return std::all_of(text.begin(), text.end(), holds);
}

bool is_service_part(std::string_view text) {
  return !text.empty() && all(text, [](char c) { return is_lower_or_digit(c) || c == '-'; });
}

constexpr std::size_t kArnParts = 6;

}  // namespace

std::optional<std::string> parse_account(const YamlNode& node, std::string& error) {
  const bool is_account = has_shape(TenantKind::account, node.text);
  if (is_account && node.is_quoted) return node.text;
  error = is_account ? "quote the account id, \"" + node.text +
                           "\": YAML reads it as a number, and drops zeros in front"
                     : quoted(node.text) +
                           " is no account id; write its 12 digits in quotes, \"111122223333\"";
  return std::nullopt;
}

std::optional<std::string> parse_bucket(std::string_view text, std::string& error) {
  if (text.find_first_of("*?") != std::string_view::npos) {
    error = "bucket names are global, so that a stranger can register what " + quoted(text) +
            " matches; list each bucket";
    return std::nullopt;
  }
  const bool is_bucket =
      text.size() >= 3 && text.size() <= 63 && is_lower_or_digit(text.front()) &&
      is_lower_or_digit(text.back()) && text.find("..") == std::string_view::npos &&
      all(text, [](char c) { return is_lower_or_digit(c) || c == '-' || c == '.'; });
  if (is_bucket) return std::string(text);
  error = quoted(text) + " is no bucket name: 3 to 63 of a-z, 0-9, '-' and '.', such as ml-data";
  return std::nullopt;
}

std::optional<std::string> parse_region(std::string_view text, std::string& error) {
  if (is_region(text)) return std::string(text);
  error = quoted(text) + " is no region; write one such as us-east-1";
  return std::nullopt;
}

std::optional<std::string> parse_service(std::string_view text, std::string& error) {
  if (is_signing_name(text)) return std::string(text);
  error = quoted(text) +
          " is the signing name of no service; write one such as sagemaker or s3, as it stands in "
          "the credential scope of a signed request";
  return std::nullopt;
}

std::optional<std::string> parse_action(std::string_view text, std::string& error) {
  const auto colon = text.find(':');
  const auto is_name_part = [](char c) {
    return is_lower_or_digit(c) || is_upper(c) || c == '*' || c == '?' || c == '_';
  };
  const bool is_action = colon != std::string_view::npos &&
                         is_service_part(text.substr(0, colon)) && colon + 1 < text.size() &&
                         all(text.substr(colon + 1), is_name_part);
  if (text == "*" || is_action) return std::string(text);
  error = quoted(text) + " is no IAM action; write one such as s3:GetObject or \"s3:Get*\"";
  return std::nullopt;
}

std::optional<std::string> parse_arn_pattern(std::string_view text, std::string& error) {
  const auto colons = static_cast<std::size_t>(std::count(text.begin(), text.end(), ':'));
  const bool has_parts = text.starts_with("arn:") && colons + 1 >= kArnParts && text.back() != ':';
  const auto service = has_parts ? text.substr(text.find(':', 4) + 1) : std::string_view();
  const bool is_arn = is_service_part(service.substr(0, service.find(':')));
  if (text == "*" || is_arn) return std::string(text);
  error = quoted(text) +
          " is no ARN; write its six parts, such as \"arn:aws:s3:::ml-data/*\", the service "
          "without a wildcard";
  return std::nullopt;
}

std::optional<std::string> parse_access_key(std::string_view text, std::string& error) {
  constexpr std::size_t kIdMin = 16;
  constexpr std::size_t kIdMax = 128;
  const bool is_id = text.size() >= kIdMin && text.size() <= kIdMax &&
                     all(text, [](char c) { return is_upper(c) || is_digit(c); });
  if (is_id) return std::string(text);
  error =
      "an access key id is 16 to 128 of A-Z and 0-9, mostly AKIA and 16 more; never write the "
      "secret";
  return std::nullopt;
}

std::optional<std::string> parse_signature(std::string_view text, std::string& error) {
  if (signature_kind_of(text)) return std::string(text);
  error = quoted(text) +
          " is no kind of credential; write sigv4, sigv4-query, sigv4a, sigv2, s3-post, s3express, "
          "bearer, basic or federation";
  return std::nullopt;
}

}  // namespace sallyport
