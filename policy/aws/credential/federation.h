// Credentials that become a console session: the federation endpoint and SAML forms of the sign-in
// hosts (FACTS section 2; AWS: "Enabling custom identity broker access to the AWS console"). Pure.
#pragma once

#include "policy/aws/credential/claim.h"
#include "policy/aws/parameters.h"
#include "policy/aws/request_view.h"

namespace sallyport {

/// Whether the request goes to a sign-in host.
bool is_sign_in(const AwsHost& host);

/// Reads the query of a request to a sign-in host: `Session` of getSigninToken and the opaque
/// `SigninToken` of login. What any of them claims counts, whatever `Action` says. These hosts read
/// `+` as a space, in a query too.
void read_federation_query(const AwsRequestView& request, FoundCredentials& found);

/// Reads the form of such a request: the same, and a SAMLResponse.
void read_federation_form(const AwsRequestView& request, const Parameters& form,
                          FoundCredentials& found);

}  // namespace sallyport
