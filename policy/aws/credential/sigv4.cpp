#include "policy/aws/credential/sigv4.h"

#include "policy/aws/credential/access_key.h"
#include "policy/aws/credential/characters.h"
#include "policy/aws/credential/claim.h"

namespace sallyport {
namespace {

constexpr std::string_view kTerminator = "aws4_request";
constexpr std::size_t kDateBytes = 8;
// The longest signing names have some 40 letters, the longest regions 20.
constexpr std::size_t kScopePartBytesMax = 64;
// A DER signature of P-256 has up to 72 bytes.
constexpr std::size_t kSignatureBytesMax = 256;

/// A byte of a region; of a signing name too, but a few have upper-case letters
/// (IoTSecuredTunneling).
bool is_region_byte(char c) { return is_lower(c) || is_digit(c) || c == '-'; }
bool is_service_byte(char c) { return is_alphanumeric(c) || c == '-'; }

/// A byte of a field name (RFC 9110 section 5.6.2), in lower case.
bool is_name_byte(char c) {
  constexpr std::string_view kMarks = "-_.!#$%&'*+^`|~";
  return is_lower(c) || is_digit(c) || kMarks.find(c) != std::string_view::npos;
}

/// Takes the last part, and the slash before it, off `text`.
std::string_view take_last(std::string_view& text) {
  const auto slash = text.rfind('/');
  if (slash == std::string_view::npos) return {};
  const std::string_view last = text.substr(slash + 1);
  text.remove_suffix(last.size() + 1);
  return last;
}

}  // namespace

std::optional<SigV4Algorithm> sigv4_algorithm_of(std::string_view name) {
  if (name == "AWS4-HMAC-SHA256") return SigV4Algorithm::hmac;
  if (name == "AWS4-ECDSA-P256-SHA256") return SigV4Algorithm::ecdsa;
  return std::nullopt;
}

std::optional<SigV4Scope> SigV4Scope::parse(std::string_view text, SigV4Algorithm algorithm) {
  // From the right: whatever the id may hold, the scope behind it is what AWS puts into its key.
  SigV4Scope scope;
  if (take_last(text) != kTerminator) return std::nullopt;
  scope.service = take_last(text);
  if (!is_all_of(scope.service, kScopePartBytesMax, is_service_byte)) return std::nullopt;
  if (algorithm == SigV4Algorithm::hmac) {
    scope.region = take_last(text);
    if (!is_all_of(scope.region, kScopePartBytesMax, is_region_byte)) return std::nullopt;
  }
  const std::string_view date = take_last(text);
  if (date.size() != kDateBytes || !is_all_of(date, kDateBytes, is_digit)) return std::nullopt;
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
    if (!is_all_of(name, text.size(), is_name_byte)) return false;
    has_host = has_host || name == "host";
    if (end == std::string_view::npos) return has_host;
    text.remove_prefix(end + 1);
  }
}

bool is_sigv4_signature(std::string_view text) {
  return is_all_of(text, kSignatureBytesMax, is_hex);
}

bool is_sigv4_time(std::string_view text) {
  return text.size() == 16 && is_all_of(text.substr(0, 8), 8, is_digit) && text[8] == 'T' &&
         is_all_of(text.substr(9, 6), 6, is_digit) && text[15] == 'Z';
}

}  // namespace sallyport
