#include "proxy/http/trailer_names.h"

#include <string>

#include <doctest/doctest.h>

using namespace sallyport;

namespace {

bool takes(TrailerNames& names, std::string_view name) {
  for (const char byte : name) {
    if (!names.read(byte)) return false;
  }
  return names.read(':');
}

bool takes(std::string_view list, std::string_view name) {
  TrailerNames names(list);
  return takes(names, name);
}

}  // namespace

TEST_CASE("a name is taken if the list has it, whatever its case") {
  CHECK(takes("x-amz-checksum-a", "x-amz-checksum-a"));
  CHECK(takes("X-Amz-Checksum-A", "x-aMZ-checksum-a"));
  CHECK(takes("x-amz-checksum-a,x-amz-checksum-b", "x-amz-checksum-b"));
  CHECK(takes(" x-amz-checksum-a ,\tx-amz-checksum-b ", "x-amz-checksum-b"));
  CHECK(takes(",,x-amz-checksum-b,", "x-amz-checksum-b"));
  CHECK_FALSE(takes("x-amz-checksum-a", "x-amz-checksum-b"));
  CHECK_FALSE(takes("x-amz-checksum-a", "x-amz-checksum-"));
  CHECK_FALSE(takes("x-amz-checksum-a", "x-amz-checksum-aa"));
  CHECK_FALSE(takes("x-amz-checksum-ab", "x-amz-checksum-a"));
  CHECK_FALSE(takes("x-amz-checksum-a x-amz-checksum-b", "x-amz-checksum-b"));
  CHECK_FALSE(takes("x-amz-checksum-a x-amz-checksum-b", "x-amz-checksum-a"));
  CHECK_FALSE(takes("", "x-amz-checksum-a"));
  CHECK_FALSE(takes("", ""));
  CHECK_FALSE(takes("x-amz-checksum-a", ""));
  CHECK_FALSE(takes(",", ""));
}

TEST_CASE("names that begin alike are told apart in any order") {
  for (const std::string_view list : {"x-amz-checksum-a,x-amz-checksum-ab,x-amz-checksum-abc",
                                      "x-amz-checksum-abc,x-amz-checksum-ab,x-amz-checksum-a",
                                      "x-amz-checksum-ab,x-amz-checksum-abc,x-amz-checksum-a",
                                      "x-amz-checksum-abd,x-amz-checksum-a,x-amz-checksum-ab"}) {
    CAPTURE(list);
    CHECK(takes(list, "x-amz-checksum-a"));
    CHECK(takes(list, "x-amz-checksum-ab"));
    CHECK_FALSE(takes(list, "x-amz-checksum-"));
    CHECK_FALSE(takes(list, "x-amz-checksum-abcd"));
    CHECK_FALSE(takes(list, "x-amz-checksum-b"));
  }
}

TEST_CASE("the list is the client's, so that it names nothing but what AWS signs") {
  for (const std::string_view name : {"content-length", "transfer-encoding", "host",
                                      "authorization", "connection", "x-amz-", "x-amz", "x-am"}) {
    CAPTURE(name);
    CHECK_FALSE(takes(name, name));
    TrailerNames names(name);
    CHECK_FALSE(names.read(name.front()));
  }
}

TEST_CASE("no trailer chooses what is done, to what, or by whom") {
  for (const std::string_view name :
       {"x-amz-copy-source", "x-amz-acl", "x-amz-security-token", "x-amz-", "x-amz-checksum-",
        "x-amz-trailer-signature-", "x-amz-trailer"}) {
    CAPTURE(name);
    CHECK_FALSE(takes(name, name));
  }
  CHECK(takes("x-amz-trailer-signature", "X-Amz-Trailer-Signature"));
}

TEST_CASE("a name comes once, however often the list has it") {
  TrailerNames names("x-amz-checksum-a, x-amz-checksum-b, X-AMZ-Checksum-A");
  CHECK(takes(names, "x-amz-checksum-a"));
  CHECK(takes(names, "x-amz-checksum-b"));
  CHECK_FALSE(takes(names, "x-amz-checksum-a"));
  TrailerNames again("x-amz-checksum-a, x-amz-checksum-b, X-AMZ-Checksum-A");
  CHECK(takes(again, "x-amz-checksum-b"));
  CHECK(takes(again, "X-AMZ-Checksum-A"));
  CHECK_FALSE(takes(again, "x-amz-checksum-b"));
}

TEST_CASE("of a long list the first 32 names count") {
  std::string list;
  for (int i = 0; i < 31; ++i) list += "y,";
  list += "x-amz-checksum-a,x-amz-checksum-b";
  CHECK(takes(list, "x-amz-checksum-a"));
  TrailerNames names(list);
  for (const char byte : std::string_view("x-amz-checksum-")) CHECK(names.read(byte));
  CHECK_FALSE(names.read('b'));
}
