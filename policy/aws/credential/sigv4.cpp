#include "policy/aws/credential/sigv4.h"

#include "policy/aws/credential/access_key.h"
#include "policy/aws/credential/characters.h"
#include "policy/aws/credential/claim.h"
#include "policy/values/take_part.h"

namespace sallyport {
namespace {

constexpr std::string_view kTerminator = "aws4_request";
constexpr std::size_t kDateBytes = 8;
// The longest signing names have some 40 letters, the longest regions 20.
constexpr std::size_t kScopePartBytesMax = 64;
// A DER signature of P-256 has up to 72 bytes.
constexpr std::size_t kSignatureBytesMax = 256;

}  // namespace

std::optional<SigV4Algorithm> sigv4_algorithm_of(std::string_view name) {
  if (name == "AWS4-HMAC-SHA256") return SigV4Algorithm::hmac;
  if (name == "AWS4-ECDSA-P256-SHA256") return SigV4Algorithm::ecdsa;
  return std::nullopt;
}

std::optional<SigV4Scope> SigV4Scope::parse(std::string_view text, SigV4Algorithm algorithm) {
  // From the right: whatever the id may hold, the scope behind it is what AWS puts into its key.
  SigV4Scope scope;
  if (take_last(text, '/') != kTerminator) return std::nullopt;
  scope.service = take_last(text, '/');
  if (!is_all_of(scope.service, kScopePartBytesMax, CharacterClass::service)) return std::nullopt;
  if (algorithm == SigV4Algorithm::hmac) {
    scope.region = take_last(text, '/');
    if (!is_all_of(scope.region, kScopePartBytesMax, CharacterClass::region)) return std::nullopt;
  }
  const std::string_view date = take_last(text, '/');
  if (date.size() != kDateBytes || !is_all_of(date, kDateBytes, CharacterClass::digit))
    return std::nullopt;
  if (!is_access_key_id(text)) return std::nullopt;
  scope.access_key_id = text;
  return scope;
}

Credential SigV4Scope::credential(SignatureKind kind) const {
  Credential credential = credential_of_key(kind, access_key_id);
  credential.service = service;
  credential.region = region;
  return credential;
}

bool is_signed_headers(std::string_view text) {
  bool has_host = false;
  while (true) {
    const auto end = text.find(';');
    const std::string_view name = text.substr(0, end);
    if (!is_all_of(name, text.size(), CharacterClass::lower_token)) return false;
    has_host = has_host || name == "host";
    if (end == std::string_view::npos) return has_host;
    text.remove_prefix(end + 1);
  }
}

bool is_sigv4_signature(std::string_view text) {
  return is_all_of(text, kSignatureBytesMax, CharacterClass::hex);
}

bool is_sigv4_time(std::string_view text) {
  return text.size() == 16 && is_all_of(text.substr(0, 8), 8, CharacterClass::digit) &&
         text[8] == 'T' && is_all_of(text.substr(9, 6), 6, CharacterClass::digit) &&
         text[15] == 'Z';
}

}  // namespace sallyport
