#include "policy/aws/credential/bearer.h"

#include <algorithm>
#include <optional>
#include <string>

#include "policy/aws/credential/account_id.h"
#include "policy/aws/credential/base64.h"
#include "policy/aws/credential/session_token.h"
#include "policy/aws/credential/signed_query.h"
#include "policy/aws/parameters.h"

namespace sallyport {
namespace {

constexpr std::string_view kLongTerm = "ABSK";
constexpr std::string_view kShortTerm = "bedrock-api-key-";

// A short-term key holds a session token, whose bound is about this.
constexpr std::size_t kTokenBytesMax = std::size_t{16} * 1024;

bool takes_bedrock_keys(const AwsHost& host) {
  return std::find(host.signing_names.begin(), host.signing_names.end(), "bedrock") !=
         host.signing_names.end();
}

std::optional<std::string> decoded(std::string_view base64) {
  if (base64.size() > kTokenBytesMax) return std::nullopt;
  std::string bytes(base64.size(), '\0');
  const auto size = decode_base64(base64, bytes);
  if (!size) return std::nullopt;
  bytes.resize(*size);
  return bytes;
}

/// `BedrockAPIKey-abcd-at-123456789012:secret`: the account at the end of the user's name.
std::optional<AccountId> account_of_long_term(std::string_view key) {
  constexpr std::string_view kAt = "-at-";
  const auto colon = key.find(':');
  if (colon == std::string_view::npos || colon <= kAt.size() + AccountId::kDigits) {
    return std::nullopt;
  }
  const std::string_view user = key.substr(0, colon - AccountId::kDigits);
  if (!user.ends_with(kAt)) return std::nullopt;
  return AccountId::parse(key.substr(user.size(), AccountId::kDigits));
}

/// `bedrock.amazonaws.com/?Action=CallWithBearerToken&X-Amz-...`: a presigned request.
std::optional<Credential> signer_of_short_term(std::string_view url) {
  constexpr std::string_view kStart = "bedrock.amazonaws.com/?";
  if (!url.starts_with(kStart)) return std::nullopt;
  const auto query = Parameters::read(url.substr(kStart.size()), Parameters::Kind::query);
  if (!query || query->count_of("action") != 1) return std::nullopt;
  const Parameter* const action = query->find("Action");
  if (action == nullptr || action->value != "CallWithBearerToken") return std::nullopt;

  FoundCredentials found;
  SessionTokens tokens;
  read_signed_query(*query, {}, found, tokens);
  if (found.size() != 1 || found.front().kind != SignatureKind::sigv4_query) return std::nullopt;
  if (tokens.is_contradiction()) return std::nullopt;
  if (const auto account = tokens.account()) found.front().token_account = account->text();
  return std::move(found.front());
}

}  // namespace

Credential read_bearer(std::string_view token, const AwsHost& host) {
  Credential credential;
  if (takes_bedrock_keys(host)) {
    if (token.starts_with(kShortTerm)) {
      const auto url = decoded(token.substr(kShortTerm.size()));
      if (auto signer = url ? signer_of_short_term(*url) : std::nullopt) credential = *signer;
    } else if (token.starts_with(kLongTerm)) {
      const auto key = decoded(token.substr(kLongTerm.size()));
      const auto account = key ? account_of_long_term(*key) : std::nullopt;
      if (account) credential.account = account->text();
    }
  }
  credential.kind = SignatureKind::bearer;
  return credential;
}

}  // namespace sallyport
