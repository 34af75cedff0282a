#include "policy/aws/credential/saml_response.h"

#include <string>

#include <doctest/doctest.h>

#include "tests/policy/aws/credential/encoded.h"

namespace sallyport {
namespace {

using test::base64;

std::string shown(std::string_view xml) {
  const auto account = account_of_saml_response(base64(xml));
  return account ? std::string(account->text()) : "none";
}

std::string role(std::string_view account) {
  const std::string iam = "arn:aws:iam::" + std::string(account);
  return "<AttributeValue>" + iam + ":role/R," + iam + ":saml-provider/P</AttributeValue>";
}

const std::string kOwn = role("123456789012");
const std::string kForeign = role("111122223333");

TEST_CASE("The account of the offered roles is read, if it is one") {
  CHECK(shown(kOwn) == "123456789012");
  CHECK(shown("<?xml version=\"1.0\" encoding=\"UTF-8\"?>" + kOwn) == "123456789012");
  CHECK(shown("<?xml version='1.0'?>" + kOwn + kOwn) == "123456789012");
  CHECK(shown("<A>arn:aws-cn:iam::123456789012:role/R</A>") == "123456789012");
  CHECK(shown(kOwn + kForeign) == "none");
  CHECK(shown(kForeign + kOwn) == "none");
  CHECK(
      shown("<A>arn:aws:iam::123456789012:role/R,arn:aws:iam::111122223333:saml-provider/P</A>") ==
      "none");
}

TEST_CASE("XML in which a role could hide shows none") {
  const std::string rows[] = {
      "",
      "<a/>",
      "<EncryptedAssertion/>",
      kOwn + "<!-- " + kForeign + " -->",
      "<!DOCTYPE a [<!ENTITY f \"111122223333\">]>" + kOwn,
      kOwn + "<A>&#97;rn:aws:iam::111122223333:role/R</A>",
      kOwn + "<![CDATA[arn:aws]]>",
      kOwn + "<A>arn:aws:iam::11112222333:role/R</A>",
      kOwn + "<A>arn:aws-new:iam::111122223333:role/R</A>",
      kOwn + "<A>arn:aws:sts::111122223333:role/R</A>",
      kOwn + "<A>arn:",
      "<?xml version='1.0' encoding='ibm037'?>" + kOwn,
      "<?xml version='1.0' encoding='utf-16'?>" + kOwn,
      "\xff\xfe" + kOwn,
      " " + kOwn,
      kOwn + std::string(1, '\0'),
  };
  for (const std::string& row : rows) {
    CAPTURE(row);
    CHECK(shown(row) == "none");
  }
}

TEST_CASE("The text is base64, in lines or without, up to a bound") {
  std::string text = base64(kOwn);
  text.insert(40, "\r\n");
  CHECK(account_of_saml_response(text)->text() == "123456789012");
  CHECK_FALSE(account_of_saml_response(kOwn));
  CHECK_FALSE(account_of_saml_response(base64(kOwn) + "="));
  CHECK(shown(kOwn + std::string(70'000, ' ')) == "123456789012");
  CHECK(shown(kOwn + std::string(80'000, ' ')) == "none");
}

}  // namespace
}  // namespace sallyport
