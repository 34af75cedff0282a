#include "policy/loader/routes_yaml.h"

#include <doctest/doctest.h>

#include "tests/policy/loader/load_text.h"

namespace sallyport {
namespace {

using namespace sallyport::test;

// What does not load: tests/policy/bad/routes.yaml. Which hosts take a route: routes_test.cpp.

TEST_CASE("a route is read as it is written, with its places") {
  const LoadResult result = load_text(
      with_a_rule("host_sets: {mirrors: {hosts: [packages.example.org, '*.files.example.org']}}\n"
                  "destinations:\n"
                  "  routes:\n"
                  "    - hosts: ['@mirrors', '@s3']\n"
                  "      regions: [us-east-1]\n"
                  "      connect_to: GATE.example.org.\n"
                  "      endpoint_policy: pinned\n"
                  "    - {hosts: ['@sts'], connect_to: '[fd00::7]:8443'}\n"));
  CHECK(joined(errors_of(result)) == "");
  REQUIRE(result.is_ok());
  const auto& routes = result.policy->snapshot->destinations.routes.all();
  REQUIRE(routes.size() == 2);
  CHECK(routes[0].connect_to->text() == "gate.example.org:443");
  CHECK(routes[0].regions == std::vector<std::string>{"us-east-1"});
  CHECK(routes[0].is_pinned);
  CHECK(routes[1].connect_to->text() == "[fd00::7]:8443");
  CHECK(routes[1].regions.empty());
  CHECK_FALSE(routes[1].is_pinned);
  REQUIRE(result.routes.size() == 2);
  CHECK(result.routes[0].is_whole);
  CHECK(result.routes[0].mark == Mark{6, 7});
  CHECK(result.routes[0].regions == Mark{7, 16});
  REQUIRE(result.routes[0].hosts.size() == 2);
  CHECK(result.routes[0].hosts[0].patterns.size() == 2);
  CHECK(result.routes[0].hosts[1].is_builtin_set);
}

TEST_CASE("a route without a target is followed by nobody") {
  const LoadResult result =
      load_text(with_a_rule("destinations: {routes: [{hosts: ['*'], connect_to: '?'}]}\n"));
  CHECK_FALSE(result.is_ok());
  REQUIRE(result.routes.size() == 1);
  CHECK_FALSE(result.routes[0].is_whole);
  CHECK(result.draft->route_of(*Host::parse("a.example.org")) == nullptr);
}

}  // namespace
}  // namespace sallyport
