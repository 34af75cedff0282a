#include "policy/aws/credential/signed_query.h"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <utility>

#include "policy/aws/credential/access_key.h"
#include "policy/aws/credential/characters.h"
#include "policy/aws/credential/sigv4.h"
#include "policy/values/ascii.h"

namespace sallyport {
namespace {

using Place = SessionTokens::Place;

/// How often the most frequent of these names (in lower case) comes.
std::size_t most_of(const Parameters& parameters, std::initializer_list<std::string_view> names) {
  std::size_t most = 0;
  for (const std::string_view name : names) most = std::max(most, parameters.count_of(name));
  return most;
}

/// The value of the name in exactly that spelling.
std::optional<std::string_view> value_of(const Parameters& parameters, std::string_view name) {
  const Parameter* const found = parameters.find(name);
  return found == nullptr ? std::nullopt : found->value;
}

bool is_value(const Parameters& parameters, std::string_view name, std::string_view value) {
  return value_of(parameters, name) == value;
}

/// Seconds: a lifetime, or since 1970.
bool is_number(std::string_view text) { return is_all_of(text, 12, CharacterClass::digit); }

/// A signature of SigV2, decoded from its percent-encoding.
bool is_base64_text(std::string_view text) {
  return is_all_of(text.substr(0, text.find('=')), 128, CharacterClass::token68) &&
         text.find_first_not_of('=', text.find('=')) == std::string_view::npos;
}

/// Adds the tokens of that name, in whatever case: a second witness may be spelled as it likes.
void add_tokens(const Parameters& parameters, std::string_view name, Place place,
                SessionTokens& tokens) {
  for (const Parameter& one : parameters) {
    if (equal_ignoring_case(one.name, name)) tokens.add_sts(one.value.value_or(""), place);
  }
}

void add_s3_express_tokens(const Parameters& parameters, Place place, SessionTokens& tokens) {
  for (const Parameter& one : parameters) {
    if (equal_ignoring_case(one.name, "x-amz-s3session-token")) {
      tokens.add_s3_express(one.value.value_or(""), place);
    }
  }
}

/// The presigned parts, each once and in its spelling; X-Amz-Expires may be left out (SDKs for IoT
/// and STS do).
std::optional<Credential> presigned(const Parameters& query) {
  if (most_of(query, {"x-amz-date", "x-amz-expires", "x-amz-region-set"}) > 1) return std::nullopt;
  const auto algorithm = sigv4_algorithm_of(value_of(query, "X-Amz-Algorithm").value_or(""));
  if (!algorithm) return std::nullopt;
  if (!is_sigv4_time(value_of(query, "X-Amz-Date").value_or("")) ||
      !is_signed_headers(value_of(query, "X-Amz-SignedHeaders").value_or("")) ||
      !is_sigv4_signature(value_of(query, "X-Amz-Signature").value_or(""))) {
    return std::nullopt;
  }
  if (query.count_of("x-amz-expires") != 0 &&
      !is_number(value_of(query, "X-Amz-Expires").value_or(""))) {
    return std::nullopt;
  }
  if (*algorithm == SigV4Algorithm::ecdsa &&
      value_of(query, "X-Amz-Region-Set").value_or("").empty()) {
    return std::nullopt;
  }
  const auto scope =
      SigV4Scope::parse(value_of(query, "X-Amz-Credential").value_or(""), *algorithm);
  if (!scope) return std::nullopt;
  return scope->credential(SignatureKind::sigv4_query);
}

/// Adds what the parts make, where they come once; else each repetition counts.
void add(std::optional<Credential> credential, std::size_t times, FoundCredentials& found) {
  if (times == 0) return;
  if (times == 1 && credential) {
    found.push_back(std::move(*credential));
  } else {
    add_unknown(found, times);
  }
}

/// AWSAccessKeyId, Signature and what says which SigV2 it is: S3's has an end, that of the Query
/// protocol a version.
std::optional<Credential> sigv2(const Parameters& parameters, const AwsHost& host) {
  if (most_of(parameters, {"signatureversion", "signaturemethod", "expires"}) > 1) {
    return std::nullopt;
  }
  if (host.is_any_s3()) {
    if (!is_number(value_of(parameters, "Expires").value_or(""))) return std::nullopt;
  } else if (!is_value(parameters, "SignatureVersion", "2") ||
             (!is_value(parameters, "SignatureMethod", "HmacSHA256") &&
              !is_value(parameters, "SignatureMethod", "HmacSHA1"))) {
    return std::nullopt;
  }
  const auto id = value_of(parameters, "AWSAccessKeyId").value_or("");
  if (!is_access_key_id(id) || !is_base64_text(value_of(parameters, "Signature").value_or(""))) {
    return std::nullopt;
  }
  return credential_of_key(SignatureKind::sigv2, id);
}

/// Elsewhere than at S3, `Signature` is a name like others (a REST API may have it); with a key id
/// beside it, it is SigV2's everywhere.
void read_sigv2(const Parameters& parameters, const AwsHost& host, Place place,
                FoundCredentials& found, SessionTokens& tokens) {
  const std::size_t ids = parameters.count_of("awsaccesskeyid");
  if (ids == 0 && !host.is_any_s3()) return;
  add(sigv2(parameters, host), most_of(parameters, {"awsaccesskeyid", "signature"}), found);
  if (ids != 0) add_tokens(parameters, "securitytoken", place, tokens);
}

}  // namespace

void read_signed_query(const Parameters& query, const AwsHost& host, FoundCredentials& found,
                       SessionTokens& tokens) {
  if (query.empty()) return;
  const std::size_t times = most_of(
      query, {"x-amz-algorithm", "x-amz-credential", "x-amz-signedheaders", "x-amz-signature"});
  if (times != 0) add(presigned(query), times, found);
  read_sigv2(query, host, Place::query, found, tokens);
  add_tokens(query, "x-amz-security-token", Place::query, tokens);
  add_s3_express_tokens(query, Place::query, tokens);
}

void read_signed_form(const Parameters& form, const AwsHost& host, FoundCredentials& found,
                      SessionTokens& tokens) {
  // No client signs so, but who answers may read the form as it reads the query.
  add_unknown(found, most_of(form, {"x-amz-algorithm", "x-amz-credential", "x-amz-signature"}));
  read_sigv2(form, host, Place::form, found, tokens);
  add_tokens(form, "x-amz-security-token", Place::form, tokens);
}

void read_s3_post_fields(const Parameters& fields, FoundCredentials& found, SessionTokens& tokens) {
  const bool has_policy = fields.count_of("policy") == 1 && value_of(fields, "policy");
  const auto v4 = [&]() -> std::optional<Credential> {
    if (!has_policy || !is_value(fields, "x-amz-algorithm", "AWS4-HMAC-SHA256") ||
        !is_sigv4_time(value_of(fields, "x-amz-date").value_or("")) ||
        !is_sigv4_signature(value_of(fields, "x-amz-signature").value_or(""))) {
      return std::nullopt;
    }
    const auto scope =
        SigV4Scope::parse(value_of(fields, "x-amz-credential").value_or(""), SigV4Algorithm::hmac);
    if (!scope) return std::nullopt;
    return scope->credential(SignatureKind::s3_post);
  };
  const auto v2 = [&]() -> std::optional<Credential> {
    const auto id = value_of(fields, "awsaccesskeyid").value_or("");
    if (!has_policy || !is_access_key_id(id) ||
        !is_base64_text(value_of(fields, "signature").value_or(""))) {
      return std::nullopt;
    }
    return credential_of_key(SignatureKind::s3_post, id);
  };
  add(v4(), most_of(fields, {"x-amz-algorithm", "x-amz-credential", "x-amz-signature"}), found);
  add(v2(), most_of(fields, {"awsaccesskeyid", "signature"}), found);
  add_tokens(fields, "x-amz-security-token", Place::form, tokens);
  add_s3_express_tokens(fields, Place::form, tokens);
}

}  // namespace sallyport
