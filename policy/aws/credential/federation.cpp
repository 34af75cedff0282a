#include "policy/aws/credential/federation.h"

#include <algorithm>

#include "policy/aws/credential/access_key.h"
#include "policy/aws/credential/saml_response.h"
#include "policy/aws/credential/session_json.h"
#include "policy/aws/credential/session_token.h"

namespace sallyport {
namespace {

/// The value of the one parameter in that spelling; each further one, and every other spelling, is
/// an unknown credential. Nothing where there is none.
std::optional<std::string_view> claimed(const Parameters& parameters, std::string_view name,
                                        std::string_view lower, FoundCredentials& found) {
  const std::size_t times = parameters.count_of(lower);
  const Parameter* const only = times == 1 ? parameters.find(name) : nullptr;
  if (only != nullptr && only->value) return only->value;
  add_unknown(found, times);
  return std::nullopt;
}

void read_session(std::string_view json, FoundCredentials& found) {
  const auto session = SessionJson::parse(json);
  if (!session || !is_access_key_id(session->session_id)) return add_unknown(found);
  found.push_back(credential_of_key(SignatureKind::federation, session->session_id));
  if (const auto account = account_of_session_token(session->session_token)) {
    found.back().token_account = account->text();
  }
}

void read_session_parameters(const Parameters& parameters, FoundCredentials& found) {
  if (const auto session = claimed(parameters, "Session", "session", found)) {
    read_session(*session, found);
  }
  if (claimed(parameters, "SigninToken", "signintoken", found)) {
    found.emplace_back().kind = SignatureKind::federation;
  }
}

bool is_federation_endpoint(const AwsRequestView& request) { return request.path == "/federation"; }

}  // namespace

bool is_sign_in(const AwsHost& host) { return host.service == "signin"; }

void read_federation_query(const AwsRequestView& request, FoundCredentials& found) {
  if (!is_federation_endpoint(request)) return;
  const auto query = Parameters::read(request.query.value_or(""), Parameters::Kind::form);
  if (query) read_session_parameters(*query, found);
}

void read_federation_form(const AwsRequestView& request, const Parameters& form,
                          FoundCredentials& found) {
  if (is_federation_endpoint(request)) read_session_parameters(form, found);
  if (const auto response = claimed(form, "SAMLResponse", "samlresponse", found)) {
    found.emplace_back().kind = SignatureKind::federation;
    if (const auto account = account_of_saml_response(*response)) {
      found.back().account = account->text();
    }
  }
}

}  // namespace sallyport
