#include "policy/aws/credential/authorization.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "policy/aws/credential/access_key.h"
#include "policy/aws/credential/bearer.h"
#include "policy/aws/credential/characters.h"
#include "policy/aws/credential/sigv4.h"

namespace sallyport {
namespace {

/// A part `name=value` of a list; once, or it counts how often.
struct Part {
  std::string_view name;
  std::string_view value;
  std::size_t count = 0;
};

std::string_view trim_spaces(std::string_view text) {
  const auto begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

/// Reads a list of `name=value`, with commas between and spaces around them: fills `parts`, and
/// tells whether nothing else is in it. Tabs are none of it: no client writes them.
bool read_list(std::string_view list, std::span<Part> parts) {
  bool is_clean = true;
  while (true) {
    const auto comma = list.find(',');
    const std::string_view item = trim_spaces(list.substr(0, comma));
    const auto equals = std::min(item.find('='), item.size());
    const auto part = std::find_if(parts.begin(), parts.end(), [&](const Part& one) {
      return one.name == item.substr(0, equals);
    });
    if (part == parts.end() || equals == item.size()) {
      is_clean = false;
    } else {
      part->value = item.substr(equals + 1);
      ++part->count;
    }
    if (comma == std::string_view::npos) return is_clean;
    list.remove_prefix(comma + 1);
  }
}

bool is_once(const Part& part) { return part.count == 1; }

/// SigV4A says the regions that it is good for in a field of its own.
bool has_region_set(const AwsRequestView& request) {
  return request.count("x-amz-region-set") == 1 && !request.field("x-amz-region-set")->empty();
}

void read_sigv4(SigV4Algorithm algorithm, std::string_view list, const AwsRequestView& request,
                FoundCredentials& found) {
  std::array parts = {Part{.name = "Credential"}, Part{.name = "SignedHeaders"},
                      Part{.name = "Signature"}};
  const auto& [credential, signed_headers, signature] = parts;
  const bool is_clean = read_list(list, parts);
  if (credential.count > 1) return add_unknown(found, credential.count);

  const auto scope = SigV4Scope::parse(credential.value, algorithm);
  const bool is_whole = is_clean && scope && std::all_of(parts.begin(), parts.end(), is_once) &&
                        is_signed_headers(signed_headers.value) &&
                        is_sigv4_signature(signature.value) &&
                        (algorithm == SigV4Algorithm::hmac || has_region_set(request));
  if (!is_whole) return add_unknown(found);
  found.push_back(scope->credential(algorithm == SigV4Algorithm::hmac ? SignatureKind::sigv4
                                                                      : SignatureKind::sigv4a));
}

/// A token or a signature: base64 or its URL-safe form (RFC 9110 section 11.2, token68). The bound
/// is the head's.
bool is_token68(std::string_view text) {
  const auto last = text.find_last_not_of('=');
  return last != std::string_view::npos &&
         is_all_of(text.substr(0, last + 1), text.size(), CharacterClass::token68);
}

/// `ID:SIGNATURE` of SigV2 (AWS: "Signing and authenticating REST requests").
void read_sigv2(std::string_view text, FoundCredentials& found) {
  const auto colon = std::min(text.find(':'), text.size());
  const std::string_view id = text.substr(0, colon);
  if (!is_access_key_id(id) || !is_token68(text.substr(std::min(colon + 1, text.size())))) {
    return add_unknown(found);
  }
  found.push_back(credential_of_key(SignatureKind::sigv2, id));
}

/// What takes SigV3 at all. Elsewhere the field may be passed over, and the request be unsigned.
bool takes_sigv3(const AwsHost& host) { return host.service == "ses" || host.service == "route53"; }

}  // namespace

void read_authorization(std::string_view value, const AwsRequestView& request,
                        FoundCredentials& found) {
  const auto space = value.find(' ');
  if (space == std::string_view::npos) return add_unknown(found);
  const std::string_view scheme = value.substr(0, space);
  const std::string_view rest = trim_spaces(value.substr(space));
  if (const auto algorithm = sigv4_algorithm_of(scheme)) {
    return read_sigv4(*algorithm, rest, request, found);
  }
  if (scheme == "AWS") return read_sigv2(rest, found);
  const bool is_bearer = scheme == "Bearer";
  if ((!is_bearer && scheme != "Basic") || !is_token68(rest)) return add_unknown(found);
  if (is_bearer) {
    found.push_back(read_bearer(rest, request.host));
  } else {
    found.emplace_back().kind = SignatureKind::basic;
  }
}

void read_sigv3(std::string_view value, const AwsRequestView& request, FoundCredentials& found) {
  constexpr std::string_view kScheme = "AWS3-HTTPS ";
  std::array parts = {Part{.name = "AWSAccessKeyId"}, Part{.name = "Algorithm"},
                      Part{.name = "Signature"}};
  const auto& [id, algorithm, signature] = parts;
  const bool is_known = value.starts_with(kScheme) && takes_sigv3(request.host) &&
                        read_list(value.substr(kScheme.size()), parts);
  if (id.count > 1) return add_unknown(found, id.count);
  const bool is_whole = is_known && std::all_of(parts.begin(), parts.end(), is_once) &&
                        is_access_key_id(id.value) &&
                        (algorithm.value == "HmacSHA256" || algorithm.value == "HmacSHA1") &&
                        is_token68(signature.value);
  if (!is_whole) return add_unknown(found);
  found.push_back(credential_of_key(SignatureKind::sigv2, id.value));
}

}  // namespace sallyport
