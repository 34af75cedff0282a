// The SAML response with which an identity provider signs somebody in to the console (AWS:
// "Configure SAML assertions for the authentication response"). The provider has signed it; here it
// is only looked at. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "policy/aws/credential/account_id.h"

namespace sallyport {

/// The account of the roles that the response offers, from the base64 text of the form field.
/// Nothing where they are of several accounts, or cannot be told: no response, an encrypted one, or
/// XML in which names could be hidden (entities, comments, CDATA).
std::optional<AccountId> account_of_saml_response(std::string_view base64);

}  // namespace sallyport
