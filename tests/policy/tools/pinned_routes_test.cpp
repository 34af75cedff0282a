#include "policy/tools/pinned_routes.h"

#include <string>

#include <doctest/doctest.h>

#include "tests/policy/tools/checked_policy.h"

namespace sallyport {
namespace {

using namespace test;

/// Which items of the rule's hosts are open, in their order.
std::string open(const std::string& hosts, const std::string& routes,
                 const std::string& regions = "[us-east-1, eu-central-1]") {
  const LoadResult loaded =
      checked("version: 1\norganization: {regions: " + regions + "}\nrules: [{name: a, hosts: [" +
              hosts + "]}]\ndestinations: {routes: [" + routes + "]}\n");
  std::string found;
  for (const Diagnostic& each : loaded.errors) {
    const auto begin = each.message.find("strangers by ");
    REQUIRE_MESSAGE(begin != std::string::npos, each.text());
    const auto item = each.message.substr(begin + 13);
    found += (found.empty() ? "" : " ") + item.substr(0, item.find_first_of(" :"));
  }
  return found;
}

TEST_CASE("a pinned route closes the hosts and regions that it catches") {
  const std::string target = "connect_to: gw.example.org, endpoint_policy: pinned}";
  const std::string unpinned = "connect_to: gw.example.org}";
  struct Row {
    const char* because;
    std::string hosts;
    std::string routes;
    std::string open;
  };
  const Row rows[] = {
      {"no route", "'@sts'", "{hosts: [x.example.org], " + target, "@sts"},
      {"the set", "'@sts'", "{hosts: ['@sts'], " + target, ""},
      {"not pinned", "'@sts'", "{hosts: ['@sts'], " + unpinned, "@sts"},
      {"S3's set", "'@s3'", "{hosts: ['@s3'], " + target, ""},
      {"all", "'@s3', '@sts', signin.aws.amazon.com", "{hosts: ['*'], " + target, ""},
      {"a wildcard", "sts.us-east-1.amazonaws.com", "{hosts: ['*.amazonaws.com'], " + target, ""},
      {"one of two", "sts.us-east-1.amazonaws.com, sts.eu-central-1.amazonaws.com",
       "{hosts: ['@sts'], regions: [us-east-1], " + target, "'sts.eu-central-1.amazonaws.com'"},
      {"one region of two", "'@cloudwatch-logs'",
       "{hosts: ['@cloudwatch-logs'], regions: [us-east-1], " + target, "@cloudwatch-logs"},
      {"both regions, each its route", "'@cloudwatch-logs'",
       "{hosts: ['@cloudwatch-logs'], regions: [us-east-1], " + target +
           ", {hosts: ['@cloudwatch-logs'], regions: [eu-central-1], " + target,
       ""},
      {"both, one of them not pinned", "'@cloudwatch-logs'",
       "{hosts: ['@cloudwatch-logs'], regions: [us-east-1], " + target +
           ", {hosts: ['@cloudwatch-logs'], regions: [eu-central-1], " + unpinned,
       "@cloudwatch-logs"},
      {"an unpinned one comes first for some", "'@sts'",
       "{hosts: [sts.us-east-1.amazonaws.com], " + unpinned + ", {hosts: ['@sts'], " + target,
       "@sts"},
      {"an unpinned one comes behind", "'@sts'",
       "{hosts: ['@sts'], " + target + ", {hosts: ['*'], " + unpinned, ""},
      {"part of a wildcard", "'*.github.io'", "{hosts: [a.github.io], " + target, "'*.github.io'"},
      {"a front end", "d1.cloudfront.net", "{hosts: [d1.cloudfront.net], " + target, ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.because);
    CHECK(open(row.hosts, row.routes) == row.open);
  }
}

TEST_CASE("where the organization names no region, a route for one closes nothing") {
  const LoadResult loaded = checked(
      "version: 1\nrules: [{name: a, hosts: ['@kms']}]\ndestinations: {routes: [{hosts: ['@kms'], "
      "regions: [us-east-1], connect_to: gw.example.org, endpoint_policy: pinned}]}\n");
  CHECK_FALSE(loaded.is_ok());
}

}  // namespace
}  // namespace sallyport
