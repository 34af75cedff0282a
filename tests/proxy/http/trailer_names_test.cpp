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
  CHECK(takes("x-amz-a", "x-amz-a"));
  CHECK(takes("X-Amz-A", "x-aMZ-a"));
  CHECK(takes("x-amz-a,x-amz-b", "x-amz-b"));
  CHECK(takes(" x-amz-a ,\tx-amz-b ", "x-amz-b"));
  CHECK(takes(",,x-amz-b,", "x-amz-b"));
  CHECK_FALSE(takes("x-amz-a", "x-amz-b"));
  CHECK_FALSE(takes("x-amz-a", "x-amz-"));
  CHECK_FALSE(takes("x-amz-a", "x-amz-aa"));
  CHECK_FALSE(takes("x-amz-ab", "x-amz-a"));
  CHECK_FALSE(takes("x-amz-a x-amz-b", "x-amz-b"));
  CHECK_FALSE(takes("x-amz-a x-amz-b", "x-amz-a"));
  CHECK_FALSE(takes("", "x-amz-a"));
  CHECK_FALSE(takes("", ""));
  CHECK_FALSE(takes("x-amz-a", ""));
  CHECK_FALSE(takes(",", ""));
}

TEST_CASE("names that begin alike are told apart in any order") {
  for (const std::string_view list : {"x-amz-a,x-amz-ab,x-amz-abc", "x-amz-abc,x-amz-ab,x-amz-a",
                                      "x-amz-ab,x-amz-abc,x-amz-a", "x-amz-abd,x-amz-a,x-amz-ab"}) {
    CAPTURE(list);
    CHECK(takes(list, "x-amz-a"));
    CHECK(takes(list, "x-amz-ab"));
    CHECK_FALSE(takes(list, "x-amz-"));
    CHECK_FALSE(takes(list, "x-amz-abcd"));
    CHECK_FALSE(takes(list, "x-amz-b"));
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

TEST_CASE("a name comes once, however often the list has it") {
  TrailerNames names("x-amz-a, x-amz-b, X-AMZ-A");
  CHECK(takes(names, "x-amz-a"));
  CHECK(takes(names, "x-amz-b"));
  CHECK_FALSE(takes(names, "x-amz-a"));
  TrailerNames again("x-amz-a, x-amz-b, X-AMZ-A");
  CHECK(takes(again, "x-amz-b"));
  CHECK(takes(again, "X-AMZ-A"));
  CHECK_FALSE(takes(again, "x-amz-b"));
}

TEST_CASE("of a long list the first 32 names count") {
  std::string list;
  for (int i = 0; i < 31; ++i) list += "y,";
  list += "x-amz-a,x-amz-b";
  CHECK(takes(list, "x-amz-a"));
  TrailerNames names(list);
  for (const char byte : std::string_view("x-amz-")) CHECK(names.read(byte));
  CHECK_FALSE(names.read('b'));
}
