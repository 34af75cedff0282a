#include "policy/aws/credential/claim.h"

#include "policy/aws/credential/access_key.h"

namespace sallyport {

Credential credential_of_key(SignatureKind kind, std::string_view access_key_id) {
  Credential credential;
  credential.kind = kind;
  credential.access_key_id = access_key_id;
  if (const auto account = account_of_access_key(access_key_id)) {
    credential.account = account->text();
  }
  return credential;
}

void add_unknown(FoundCredentials& found, std::size_t times) { found.resize(found.size() + times); }

}  // namespace sallyport
