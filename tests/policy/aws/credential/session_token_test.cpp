#include "policy/aws/credential/session_token.h"

#include <string>

#include <doctest/doctest.h>

#include "tests/policy/aws/credential/encoded.h"
#include "tests/policy/aws/credential/sent_request.h"

namespace sallyport {
namespace {

using test::base64;

/// A field of bytes. REQUIRES: fewer than 128 of them.
std::string field(int number, std::string_view bytes) {
  std::string text = {static_cast<char>(number << 3 | 2), static_cast<char>(bytes.size())};
  return text.append(bytes);
}

std::string varint_field(int number, char value) { return {static_cast<char>(number << 3), value}; }

/// What STS issues, as far as FACTS section 1.5 knows, around that user.
std::string token_of(std::string_view user) {
  return "\x21" + field(1, "origin_ec") + varint_field(2, 120) + field(3, "us-east-1") +
         field(4, "signature") + field(5, user) + varint_field(6, 7);
}

const std::string kUser = varint_field(1, 48) + varint_field(2, 1) + field(3, "123456789012") +
                          field(4, "iv") + field(5, "ciphertext");

std::string account_text(std::string_view bytes) {
  const auto account = account_of_session_token(base64(bytes));
  return account ? std::string(account->text()) : "none";
}

TEST_CASE("A session token of the newer kinds shows its account") {
  CHECK(base64(token_of(kUser)).starts_with("IQoJb3JpZ2luX2Vj"));
  CHECK(account_text(token_of(kUser)) == "123456789012");
  CHECK(account_text("\x02" + token_of(kUser).substr(1)) == "123456789012");
  CHECK(account_of_session_token(test::filled("{foreign-token}"))->text() == "111122223333");
}

TEST_CASE("What does not read as such a token shows none") {
  const std::string token = token_of(kUser);
  const std::string rows[] = {
      "\x17" + token.substr(1),           // FwoG...
      "\x15" + token.substr(1),           // FQoD...
      "\x20" + token.substr(1),           // a kind that nobody knows
      "\x21",                             // nothing in it
      token.substr(0, token.size() - 1),  // cut in a varint
      token.substr(0, 40),                // cut in a field
      token +
          "\x32\x05"  // a field longer than what is left
          "ab",
      token + '\x00' + '\x00',                     // field 0
      token + "\x35" + std::string(4, 'x'),        // a wire type that it has not
      token + "\x33",                              // a group
      token + field(5, kUser),                     // two users
      token_of(kUser + field(3, "123456789012")),  // two accounts
      token_of(varint_field(3, 5)),                // an account that is a number
      token_of(field(3, "12345678901")),           // eleven digits
      token_of(field(3, "1234567890123")),         // thirteen
      token_of(field(3, "12345678901x")),          //
      token_of(field(4, "iv")),                    // no account
      token + std::string(11, '\xff'),             // a varint without end
      "\x21" + varint_field(5, 5),                 // a user that is a number
  };
  for (const std::string& row : rows) {
    CAPTURE(base64(row));
    CHECK(account_text(row) == "none");
  }
  for (const std::string_view row : {"", "I", "IQ", "TOKEN", "IQoJb3JpZ2luX2Vj*", "A", "Ag=="}) {
    CAPTURE(row);
    CHECK_FALSE(account_of_session_token(row));
  }
}

TEST_CASE("A token is read up to a bound") {
  const std::string user = kUser;
  const auto padded = [&](std::size_t fields) {
    std::string token = token_of(user);
    for (std::size_t i = 0; i < fields; ++i) token += field(7, std::string(98, 'x'));
    return token;
  };
  CHECK(account_text(padded(50)) == "123456789012");
  CHECK(account_text(padded(70)) == "none");
}

TEST_CASE("One token in two places is one, two tokens are a contradiction") {
  using Place = SessionTokens::Place;
  SessionTokens tokens;
  CHECK_FALSE(tokens.is_contradiction());
  tokens.add_sts("a", Place::header);
  tokens.add_sts("a", Place::query);
  CHECK_FALSE(tokens.is_contradiction());
  SessionTokens other = tokens;
  other.add_sts("b", Place::form);
  CHECK(other.is_contradiction());
  SessionTokens twice = tokens;
  twice.add_sts("a", Place::header);
  CHECK(twice.is_contradiction());
  CHECK_FALSE(tokens.has_s3_express());
  tokens.add_s3_express("a", Place::header);
  CHECK(tokens.has_s3_express());
  CHECK(tokens.is_contradiction());
}

}  // namespace
}  // namespace sallyport
