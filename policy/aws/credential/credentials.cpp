#include "policy/aws/credential/credentials.h"

#include "policy/aws/credential/authorization.h"
#include "policy/aws/credential/claim.h"
#include "policy/aws/credential/federation.h"
#include "policy/aws/credential/session_token.h"
#include "policy/aws/credential/signed_query.h"
#include "policy/values/ascii.h"

namespace sallyport {
namespace {

using Place = SessionTokens::Place;

void read_field(const HeaderField& field, const AwsRequestView& request, FoundCredentials& found,
                SessionTokens& tokens) {
  const auto is = [&field](std::string_view name) { return equal_ignoring_case(field.name, name); };
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

void read_form(const AwsRequestView& request, const Parameters& form, FoundCredentials& found,
               SessionTokens& tokens) {
  if (request.host.is_any_s3()) return read_s3_post_fields(form, found, tokens);
  read_signed_form(form, request.host, found, tokens);
  if (is_sign_in(request.host)) read_federation_form(request, form, found);
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

CredentialReading read_credentials(const AwsRequestView& request, const Parameters* query,
                                   const Parameters* form) {
  CredentialReading reading;
  SessionTokens tokens;
  read_head(request, query, reading.found, tokens);
  if (form != nullptr) read_form(request, *form, reading.found, tokens);
  conclude(tokens, reading);
  return reading;
}

}  // namespace sallyport
