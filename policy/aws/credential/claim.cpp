#include "policy/aws/credential/claim.h"

#include <string>

#include "policy/aws/credential/access_key.h"

namespace sallyport {

Credential credential_of_key(SignatureKind kind, std::string_view access_key_id) {
  const auto account = account_of_access_key(access_key_id);
  return {.kind = kind,
          .access_key_id = std::string(access_key_id),
          .account = std::string(account ? account->text() : std::string_view{}),
          .service = {},
          .region = {},
          .token_account = {}};
}

void add_unknown(FoundCredentials& found, std::size_t times) { found.resize(found.size() + times); }

}  // namespace sallyport
