// Credentials in a query: presigned SigV4 and SigV4A, and SigV2 (FACTS section 2). Pure.
#pragma once

#include "policy/aws/credential/claim.h"
#include "policy/aws/credential/session_token.h"
#include "policy/aws/endpoint.h"
#include "policy/aws/parameters.h"

namespace sallyport {

/// Reads the query of a request to that host, and the session tokens in it. A credential counts in
/// the spelling that SDKs use; a name in another case, or written twice, claims to be one all the
/// same: where AWS passes over it, the request is signed by somebody else, or by nobody.
void read_signed_query(const Parameters& query, const AwsHost& host, FoundCredentials& found,
                       SessionTokens& tokens);

/// Reads a form of the Query protocol, in which SigV2 may stand.
void read_signed_form(const Parameters& form, const AwsHost& host, FoundCredentials& found,
                      SessionTokens& tokens);

/// Reads the fields of an S3 POST form, with names in lower case (s3_post_form.h).
void read_s3_post_fields(const Parameters& fields, FoundCredentials& found, SessionTokens& tokens);

}  // namespace sallyport
