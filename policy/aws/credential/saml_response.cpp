#include "policy/aws/credential/saml_response.h"

#include <algorithm>
#include <string>

#include "policy/aws/credential/base64.h"
#include "policy/values/ascii.h"

namespace sallyport {
namespace {

// Responses have some 10 KB, with many roles 100; STS takes 100,000 characters.
constexpr std::size_t kBase64BytesMax = 100'000;

/// The account of `iam::ACCOUNT:role/...` behind the ARN's partition; nothing where it is no such
/// ARN.
std::optional<AccountId> account_of_arn(std::string_view behind_arn) {
  constexpr std::string_view kIam = ":iam::";
  const auto partition = behind_arn.substr(0, behind_arn.find(':'));
  if (partition != "aws" && partition != "aws-cn" && partition != "aws-us-gov" &&
      partition != "aws-eusc") {
    return std::nullopt;
  }
  behind_arn.remove_prefix(partition.size());
  if (!behind_arn.starts_with(kIam)) return std::nullopt;
  behind_arn.remove_prefix(kIam.size());
  if (!behind_arn.substr(std::min(AccountId::kDigits, behind_arn.size())).starts_with(':')) {
    return std::nullopt;
  }
  return AccountId::parse(behind_arn.substr(0, AccountId::kDigits));
}

/// The bytes are the text: XML whose first line names no other encoding than UTF-8.
bool is_plain_xml(std::string_view xml) {
  if (!xml.starts_with('<')) return false;
  if (!xml.starts_with("<?xml")) return true;
  std::string declaration(xml.substr(0, xml.find("?>")));
  std::transform(declaration.begin(), declaration.end(), declaration.begin(), to_lower);
  return declaration.find("encoding") == std::string::npos ||
         declaration.find("utf-8") != std::string::npos;
}

/// Text could stand in it that is not what it seems: a name in entities, a role in a comment.
bool can_hide_names(std::string_view xml) {
  return xml.find("<!") != std::string_view::npos || xml.find("&#") != std::string_view::npos ||
         xml.find('\0') != std::string_view::npos;
}

}  // namespace

std::optional<AccountId> account_of_saml_response(std::string_view base64) {
  constexpr std::string_view kArn = "arn:";
  std::string text(base64.substr(0, kBase64BytesMax + 1));
  std::erase_if(text, [](char c) { return c == '\r' || c == '\n'; });  // MIME's lines
  if (text.size() > kBase64BytesMax) return std::nullopt;
  std::string bytes(text.size(), '\0');
  const auto size = decode_base64(text, bytes);
  if (!size) return std::nullopt;
  const std::string_view xml(bytes.data(), *size);
  if (!is_plain_xml(xml) || can_hide_names(xml)) return std::nullopt;

  std::optional<AccountId> account;
  for (auto at = xml.find(kArn); at != std::string_view::npos; at = xml.find(kArn, at + 1)) {
    const auto one = account_of_arn(xml.substr(at + kArn.size()));
    if (!one || (account && *account != *one)) return std::nullopt;
    account = one;
  }
  return account;
}

}  // namespace sallyport
