#include "policy/tools/name_suffixes.h"

#include <doctest/doctest.h>

namespace sallyport {
namespace {

using Names = std::vector<std::string>;

TEST_CASE("a suffix holds itself and what stands below it, label by label") {
  const Names suffixes = {"a.example.org", "example.net"};
  for (const char* name : {"a.example.org", "b.a.example.org", "x.y.example.net"}) {
    CHECK(is_within(name, suffixes));
  }
  for (const char* name : {"example.org", "ba.example.org", "net", ""}) {
    CHECK_FALSE(is_within(name, suffixes));
  }
}

TEST_CASE("what stands below another suffix is dropped, and so is what is there twice") {
  CHECK(shortest_suffixes({"b.example.org", "xa.example.org", "example.net", "a.b.example.org",
                           "b.example.org"}) ==
        Names{"b.example.org", "example.net", "xa.example.org"});
  CHECK(shortest_suffixes({}).empty());
}

}  // namespace
}  // namespace sallyport
