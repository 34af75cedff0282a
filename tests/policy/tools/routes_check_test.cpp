#include "policy/tools/routes_check.h"

#include <string>

#include <doctest/doctest.h>

#include "tests/policy/tools/checked_policy.h"

namespace sallyport {
namespace {

using namespace test;

// Errors, each with its whole message: tests/policy/bad/routes.yaml.

/// What is told of the routes (each on a line of its own, from 4 on) beside rules that are
/// accepted.
std::string told_of(const std::string& routes) {
  const LoadResult loaded = checked(
      "version: 1\ndestinations:\n  routes:\n" + routes +
      "rules:\n  - {name: a, hosts: ['@s3', '@sts', '*.example.org', a.example.net], except_hosts: "
      "[old.example.org], multi_tenant: accept}\n"
      "  - {name: gone, hosts: [gone.example.com], until: 1970-01-01T00:00:00Z}\n"
      "  - {name: never, effect: deny, hosts: [bad.example.com]}\n");
  std::string text;
  for (const auto* list : {&loaded.errors, &loaded.warnings}) {
    for (const Diagnostic& each : *list) {
      if (each.mark.line <= 5) text += std::to_string(each.mark.line) + ": " + each.message + "\n";
    }
  }
  return text;
}

TEST_CASE("a route that catches nothing is warned of") {
  const std::string nothing = ": the route catches nothing: ";
  const std::string target = ", connect_to: gw.example.org}\n";
  const std::string unallowed = "4" + nothing + "no rule allows a host of it\n";
  const std::string no_region = "4" + nothing + "none of its hosts is in its `regions`\n";
  const std::string taken = "5" + nothing +
                            "the route on line 4 has its hosts already, and the first that fits is "
                            "taken\n";
  struct Row {
    std::string routes;
    std::string told;
  };
  const auto route = [&](const std::string& keys) { return "    - {" + keys + target; };
  const Row rows[] = {
      {route("hosts: [a.example.org]"), ""},
      {route("hosts: ['*']"), ""},
      {route("hosts: ['*.net']"), ""},
      {route("hosts: [b.example.net]"), unallowed},
      {route("hosts: [b.example.net, a.example.net]"), ""},
      {route("hosts: [old.example.org]"), unallowed},
      {route("hosts: [gone.example.com]"), unallowed},
      {route("hosts: [bad.example.com]"), unallowed},
      {route("hosts: ['@sagemaker-studio']"), unallowed},
      {route("hosts: ['@s3'], regions: [us-east-1]"), ""},
      {route("hosts: [a.example.org], regions: [us-east-1]"), no_region},
      {route("hosts: [s3.us-west-2.amazonaws.com], regions: [us-east-1]"), no_region},
      {route("hosts: [a.example.org]") + route("hosts: [a.example.org]"), taken},
      {route("hosts: ['*.example.org']") + route("hosts: [a.example.org, '*.b.example.org']"),
       taken},
      {route("hosts: [a.example.org]") + route("hosts: ['*.example.org']"), ""},
      {route("hosts: ['@s3'], regions: [us-east-1]") + route("hosts: ['@s3']"), ""},
      {route("hosts: ['@s3'], regions: [us-east-1]") +
           route("hosts: ['@s3'], regions: [us-west-2]"),
       ""},
      {route("hosts: ['@s3'], regions: [us-east-1, us-west-2]") +
           route("hosts: ['@s3'], regions: [us-west-2]"),
       taken},
      {route("hosts: ['@s3']") + route("hosts: ['@s3'], regions: [us-west-2]"), taken},
  };
  for (const Row& row : rows) {
    CAPTURE(row.routes);
    CHECK(told_of(row.routes) == row.told);
  }
}

TEST_CASE("an endpoint serves the hosts of its region") {
  const auto is_told = [](const std::string& keys) {
    return told_of("    - {" + keys + ", connect_to: vpce-0a1b.sts.us-east-1.vpce.amazonaws.com}\n")
               .find("endpoint of `connect_to`") != std::string::npos;
  };
  CHECK_FALSE(is_told("hosts: ['@sts'], regions: [us-east-1]"));
  CHECK_FALSE(is_told("hosts: [sts.us-east-1.amazonaws.com]"));
  CHECK_FALSE(is_told("hosts: [sts.amazonaws.com]"));
  CHECK_FALSE(is_told("hosts: [s3.amazonaws.com]"));
  CHECK_FALSE(is_told("hosts: ['*.sts.us-east-1.amazonaws.com']"));
  CHECK_FALSE(is_told("hosts: ['*.example.org']"));
  CHECK(is_told("hosts: ['@sts']"));
  CHECK(is_told("hosts: ['@sts'], regions: [us-east-1, us-east-2]"));
  CHECK(is_told("hosts: [sts.us-east-2.amazonaws.com]"));
  CHECK(is_told("hosts: ['sts.*.amazonaws.com']"));
  CHECK(is_told("hosts: ['*']"));
  CHECK(is_told("hosts: ['re:sts.*']"));
}

}  // namespace
}  // namespace sallyport
