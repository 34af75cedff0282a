// Who signed a request, and how: every form of credential that AWS takes (policy/aws/data,
// FACTS section 2), read strictly. Nothing here verifies a signature: AWS does, and refuses what
// was signed with another account's secret (FACTS section 1.6). What must hold is that we read the
// very credential that AWS will. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/container/small_vector.hpp>

#include "policy/aws/parameters.h"
#include "policy/aws/request_view.h"
#include "policy/values/reason.h"

namespace sallyport {

/// Kinds of credential, as `signatures` of a rule names them.
enum class SignatureKind : std::uint8_t {
  sigv4,        ///< Authorization: AWS4-HMAC-SHA256
  sigv4_query,  ///< presigned, SigV4A's too
  sigv4a,       ///< Authorization: AWS4-ECDSA-P256-SHA256
  sigv2,        ///< header, query or form; SigV3 counts here
  s3_post,      ///< fields of a form that a browser posts to S3
  s3express,    ///< SigV4 with the credentials of an S3 Express session
  bearer,
  basic,
  federation,  ///< the console's federation endpoint and SAML forms
  unknown,     ///< something that claims to be a credential and is none of these
};

/// `sigv4`, `sigv4-query` ... as a policy writes it; `unknown` for the last.
std::string_view text(SignatureKind kind);
/// Nothing for `unknown` and all other words.
std::optional<SignatureKind> signature_kind_of(std::string_view word);

/// One credential. Owns its text, which the facts take over.
struct Credential {
  SignatureKind kind = SignatureKind::unknown;
  /// Empty where the form shows none (opaque bearer, Basic).
  std::string access_key_id;
  /// The signer's account, 12 digits; empty where it cannot be read.
  std::string account;
  /// Of the credential scope; empty where the form has none. A SigV4A scope has no region.
  std::string service;
  std::string region;
  /// The account that the session token shows (FACTS section 1.5); empty where none does.
  std::string token_account;
};

/// Each reader adds to it; more than one is a contradiction, whoever added them.
using FoundCredentials = boost::container::small_vector<Credential, 1>;

/// All credentials of a request: none, one, or what contradicts itself.
struct CredentialReading {
  FoundCredentials found;
  /// `multiple_credentials`: more than one, or one written in two ways. `session_token_mismatch`.
  std::optional<Reason> contradiction;
};

/// Reads path, query and fields. `query`: null where it has no safe reading (then nothing in it
/// counts, and the caller blocks). `form`: the body where it is a form and was read, else null:
/// SigV2 of the Query protocol, SAML, the fields of an S3 POST form (s3_post_form.h). Names are
/// compared decoded and without regard to case.
CredentialReading read_credentials(const AwsRequestView& request, const Parameters* query,
                                   const Parameters* form);

/// The credential's scope may be used at this host: services that sign under another's name and
/// global ones included (FACTS section 5.3). True where the credential shows no scope.
bool scope_fits(const Credential& credential, const AwsHost& host);

}  // namespace sallyport
