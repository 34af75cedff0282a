#include "policy/aws/credential/federation.h"

#include <string>

#include <doctest/doctest.h>

#include "tests/policy/aws/credential/encoded.h"
#include "tests/policy/aws/credential/sent_request.h"

namespace sallyport {
namespace {

using test::filled;
using test::SentRequest;
using test::shown;

constexpr std::string_view kEndpoint = "https://us-east-1.signin.aws.amazon.com/federation";

/// `Session=` with that key and token, encoded as in a query or a form.
std::string session(std::string_view id, std::string_view token) {
  return "Session=%7B%22sessionId%22%3A+%22" + std::string(id) +
         "%22%2C%22sessionKey%22%3A%22k%22%2C%22sessionToken%22%3A%22" + std::string(token) +
         "%22%7D";
}

std::string shown_in_query(const std::string& query) {
  const SentRequest request("GET", std::string(kEndpoint) + "?" + query);
  return shown(request.credentials());
}

std::string shown_in_form(const std::string& form, std::string_view path = "/federation") {
  const SentRequest request("POST", "https://us-east-1.signin.aws.amazon.com" + std::string(path));
  const auto parameters = Parameters::read(filled(form), Parameters::Kind::form);
  return shown(request.credentials(&*parameters));
}

const std::string kOwn = session("ASIA~RZPUZDIKAAAAAAAA", "t");

TEST_CASE("getSigninToken shows whose session becomes a console session") {
  for (const std::string& query :
       {"Action=getSigninToken&" + kOwn, "Action=getSigninToken&SessionDuration=43200&" + kOwn}) {
    CAPTURE(query);
    CHECK(shown_in_query(query) == "federation ASIA...AAAA 123456789012");
    CHECK(shown_in_form(query) == "federation ASIA...AAAA 123456789012");
  }
  CHECK(shown_in_query("Action=getSigninToken&" + session("{own}", "{own-token}")) ==
        "federation AKIA...AAAA 123456789012 token 123456789012");
  CHECK(shown_in_query("Action=getSigninToken&" + session("{own}", "{foreign-token}")) ==
        "federation AKIA...AAAA 123456789012 token 111122223333 [session_token_mismatch]");
}

TEST_CASE("login has a token that shows nothing") {
  CHECK(shown_in_query("Action=login&Destination=https%3A%2F%2Fconsole.aws.amazon.com%2F"
                       "&SigninToken=opaque") == "federation");
}

TEST_CASE("What claims to be a session counts, whatever the action") {
  CHECK(shown_in_query(kOwn) == "federation ASIA...AAAA 123456789012");
  CHECK(shown_in_query("Action=getSigninToken") == "none");
  CHECK(shown_in_query("Session=x") == "unknown");
  CHECK(shown_in_query("Session") == "unknown");
  CHECK(shown_in_query("session=" + kOwn.substr(8)) == "unknown");
  CHECK(shown_in_query("%53ession=" + kOwn.substr(8)) == "federation ASIA...AAAA 123456789012");
  CHECK(shown_in_query(kOwn + "&" + kOwn) == "several [multiple_credentials]");
  CHECK(shown_in_query(kOwn + "&session=x") == "several [multiple_credentials]");
  CHECK(shown_in_query(kOwn + "&SigninToken=x") == "several [multiple_credentials]");
  CHECK(shown_in_query(session("a%2Fb", "t")) == "unknown");
  const auto form = Parameters::read(filled(kOwn), Parameters::Kind::form);
  const SentRequest both("POST", std::string(kEndpoint) + "?" + kOwn);
  CHECK(shown(both.credentials(&*form)) == "several [multiple_credentials]");
}

TEST_CASE("Elsewhere Session is a name like others") {
  const SentRequest request("GET", "https://sts.us-east-1.amazonaws.com/federation?" + kOwn);
  CHECK(shown(request.credentials()) == "none");
  const SentRequest other_path("GET", "https://us-east-1.signin.aws.amazon.com/oauth?" + kOwn);
  CHECK(shown(other_path.credentials()) == "none");
}

TEST_CASE("A SAML form shows the account of its roles") {
  const auto form = [](std::string_view account) {
    std::string text = test::base64("<A>arn:aws:iam::" + std::string(account) + ":role/Reader</A>");
    for (auto at = text.find('+'); at != std::string::npos; at = text.find('+')) {
      text.replace(at, 1, "%2B");
    }
    return "RelayState=&SAMLResponse=" + text;
  };
  CHECK(shown_in_form(form("123456789012"), "/saml") == "federation 123456789012");
  CHECK(shown_in_form("SAMLResponse=x", "/saml") == "federation");
  CHECK(shown_in_form("samlResponse=x", "/saml") == "unknown");
  CHECK(shown_in_form(form("123456789012") + "&SAMLResponse=x", "/saml") ==
        "several [multiple_credentials]");
}

}  // namespace
}  // namespace sallyport
