#include "policy/aws/credential/base64.h"

#include <string>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

std::string decoded(std::string_view text, std::size_t room = 64) {
  std::string out(room, '#');
  const auto size = decode_base64(text, out);
  return size ? out.substr(0, *size) : "none";
}

TEST_CASE("Base64 is read as RFC 4648 writes it") {
  CHECK(decoded("") == "");
  CHECK(decoded("Zg==") == "f");
  CHECK(decoded("Zm8=") == "fo");
  CHECK(decoded("Zm9v") == "foo");
  CHECK(decoded("Zm9vYg==") == "foob");
  CHECK(decoded("Zm9vYmE=") == "fooba");
  CHECK(decoded("Zm9vYmFy") == "foobar");
  CHECK(decoded("+/+/") == "\xfb\xff\xbf");
  // Without its padding.
  CHECK(decoded("Zg") == "f");
  CHECK(decoded("Zm8") == "fo");
}

TEST_CASE("What another reader could read otherwise is not read") {
  for (const std::string_view text :
       {"Z",          "Zm9vY", "Zg=",  "Zg===",    "Zm9v=",        "Zm9v==", "Zm9v====",
        "=",          "==",    "====", "Z===",     "Zh==",         "Zm9=",   "Zh",
        "Zm9vYmFy\n", "Zm 9v", "Zm-_", "Zg==Zg==", "Zm9v\xc3\xa9", "Z*9v"}) {
    CAPTURE(text);
    CHECK(decoded(text) == "none");
  }
  CHECK(decoded(std::string_view("Zm9\0", 4)) == "none");
}

TEST_CASE("It never writes behind its room") {
  CHECK(decoded("Zm9vYmFy", 6) == "foobar");
  CHECK(decoded("Zm9vYmFy", 5) == "none");
  CHECK(decoded("Zg", 0) == "none");
}

}  // namespace
}  // namespace sallyport
