// Access key ids: their grammar, and the account that is written in them (FACTS sections 1.1 to
// 1.3). Pure; allocates nothing.
#pragma once

#include <optional>
#include <string_view>

#include "policy/aws/credential/account_id.h"

namespace sallyport {

/// What may stand where a signature names its key: letters, digits and `_`, up to 128 (the pattern
/// of IAM's AccessKeyId). Its least length of 16 is asked only where an account is read: what is
/// shorter was issued by nobody, and shows none.
bool is_access_key_id(std::string_view text);

/// The account of a key that may sign: AKIA (long-term) or ASIA (temporary). Nothing where the id
/// does not tell it: keys made before about 2019-03-29, other prefixes, anything else.
std::optional<AccountId> account_of_access_key(std::string_view id);

}  // namespace sallyport
