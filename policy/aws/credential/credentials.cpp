#include "policy/aws/credential/credentials.h"

#include "policy/aws/credential/authorization.h"
#include "policy/aws/credential/claim.h"
#include "policy/aws/credential/federation.h"
#include "policy/aws/credential/session_token.h"
#include "policy/aws/credential/signed_query.h"
#include "policy/aws/name_case.h"

namespace sallyport {
namespace {

using Place = SessionTokens::Place;

void read_field(const HeaderField& field, const AwsRequestView& request, FoundCredentials& found,
                SessionTokens& tokens) {
  const auto is = [&field](std::string_view name) { return is_name(field.name, name); };
  switch (field.name.size()) {
    case 13:
      if (is("authorization")) read_authorization(field.value, request, found);
      break;
    case 15:  // parts of a presigned query, where no client writes them
      if (is("x-amz-algorithm") || is("x-amz-signature")) add_unknown(found);
      break;
    case 16:
      if (is("x-amz-credential")) add_unknown(found);
      break;
    case 20:
      if (is("x-amz-security-token")) tokens.add_sts(field.value, Place::header);
      if (is("x-amzn-authorization")) read_sigv3(field.value, request, found);
      break;
    case 21:
      if (is("x-amz-s3session-token")) tokens.add_s3_express(field.value, Place::header);
      break;
    case 22:  // of IAM Identity Center; the token is opaque
      if (is("x-amz-sso_bearer_token")) found.emplace_back().kind = SignatureKind::bearer;
      break;
    default:
      break;
  }
}

/// Reads fields and query. The tokens are views into both.
void read_head(const AwsRequestView& request, const Parameters* query, FoundCredentials& found,
               SessionTokens& tokens) {
  for (const HeaderField& field : request.fields) read_field(field, request, found, tokens);
  if (query == nullptr) return;
  read_signed_query(*query, request.host, found, tokens);
  if (is_sign_in(request.host)) read_federation_query(request, found);
}

/// Says what the credentials and tokens that were found, all together, contradict.
void conclude(const SessionTokens& tokens, CredentialReading& reading) {
  if (reading.found.size() > 1 || tokens.is_contradiction()) {
    reading.contradiction = Reason::multiple_credentials;
  }
  if (reading.found.size() != 1) return;
  Credential& credential = reading.found.front();
  if (credential.kind == SignatureKind::sigv4 && tokens.has_s3_express()) {
    credential.kind = SignatureKind::s3express;
  }
  const auto account = tokens.account();
  if (account && credential.token_account.empty()) credential.token_account = account->text();
  const auto is_other = [&credential](std::string_view witness) {
    return !credential.account.empty() && !witness.empty() && credential.account != witness;
  };
  if (!reading.contradiction &&
      (is_other(credential.token_account) || (account && is_other(account->text())))) {
    reading.contradiction = Reason::session_token_mismatch;
  }
}

}  // namespace

CredentialReading read_credentials(const AwsRequestView& request, const Parameters* query) {
  CredentialReading reading;
  SessionTokens tokens;
  read_head(request, query, reading.found, tokens);
  conclude(tokens, reading);
  return reading;
}

void add_form_credentials(const AwsRequestView& request, const Parameters& form,
                          CredentialReading& reading) {
  // The head once more, for its tokens: the form's are compared with them.
  const auto query = Parameters::read(request.query.value_or(""), Parameters::Kind::query);
  FoundCredentials in_head;
  SessionTokens tokens;
  read_head(request, query ? &*query : nullptr, in_head, tokens);

  if (request.host.is_s3_shared_front_end()) {
    read_s3_post_fields(form, reading.found, tokens);
  } else {
    read_signed_form(form, request.host, reading.found, tokens);
    if (is_sign_in(request.host)) read_federation_form(request, form, reading.found);
  }
  conclude(tokens, reading);
}

std::string shortened_key_id(std::string_view access_key_id) {
  constexpr std::size_t kShown = 4;
  // Of an id that is shorter than any that AWS issues, the end would tell all.
  constexpr std::size_t kIdBytesMin = 16;
  std::string text(access_key_id.substr(0, kShown));
  text += "...";
  if (access_key_id.size() >= kIdBytesMin) {
    text += access_key_id.substr(access_key_id.size() - kShown);
  }
  return text;
}

}  // namespace sallyport
