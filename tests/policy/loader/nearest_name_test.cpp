#include "policy/loader/nearest_name.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

TEST_CASE("a slip of the finger finds its name, and a guess finds none") {
  const std::vector<std::string_view> names{"hosts", "host_sets", "except_hosts", "mode", "tls"};
  struct Row {
    std::string_view written, nearest;
  };
  const Row rows[] = {
      {"host", "hosts"},
      {"Hosts", "hosts"},
      {"hots", "hosts"},
      {"hsots", "hosts"},
      {"hostss", "hosts"},
      {"host_set", "host_sets"},
      {"except_host", "except_hosts"},
      {"exept_hosts", "except_hosts"},
      {"mdoe", "mode"},
      {"modes", "mode"},
      {"tsl", "tls"},
      {"banana", ""},
      {"x", ""},
      {"", ""},
      {"url", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.written);
    CHECK(nearest_name(row.written, names) == row.nearest);
  }
  CHECK(nearest_name(std::string(1000, 'h'), names).empty());
}

}  // namespace
}  // namespace sallyport
