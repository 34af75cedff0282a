#include "proxy/commands/banner.h"

#include <doctest/doctest.h>

#include "tests/policy/loader/load_text.h"

namespace sallyport {
namespace {

using namespace sallyport::test;

LoadedPolicy load(std::string_view more) {
  LoadResult result = load_text(with_a_rule(more));
  REQUIRE(joined(errors_of(result)) == "");
  return std::move(*result.policy);
}

bool holds(const std::string& words, std::string_view part) {
  CAPTURE(words);
  CAPTURE(part);
  const bool found = words.find(part) != std::string::npos;
  CHECK(found);
  return found;
}

TEST_CASE("the banner says which policy holds and how a client uses the gate") {
  const std::string words = banner(load(""), "policy.yaml");
  holds(words, "policy policy.yaml, 1 rules, mode enforce\n");
  holds(words, "listening on 127.0.0.1:3128 (http)");
  holds(words, "export https_proxy=http://127.0.0.1:3128\n");
  holds(words, "metrics on http://127.0.0.1:9180/metrics\n");
  CHECK(words.ends_with("\n"));
  CHECK(words.find("MONITOR") == std::string::npos);
  CHECK(words.find("built-in") == std::string::npos);
}

TEST_CASE("a listener on all addresses is told by one that a client can use") {
  struct Row {
    std::string_view address;
    std::string_view told;
  };
  const Row rows[] = {
      {"0.0.0.0:8080", "http://127.0.0.1:8080\n"},
      {"[::]:8080", "http://[::1]:8080\n"},
      {"10.20.0.1:8080", "http://10.20.0.1:8080\n"},
      {"[fd00::7]:8080", "http://[fd00::7]:8080\n"},
  };
  for (const Row& row : rows) {
    const std::string words =
        banner(load("listeners: [{protocol: http, address: \"" + std::string(row.address) + "\"}]"),
               "p.yaml");
    holds(words, "listening on " + std::string(row.address) + " (http)");
    holds(words, "https_proxy=" + std::string(row.told));
  }
}

TEST_CASE("every listener is told") {
  const std::string words = banner(load("listeners: [{protocol: http, address: \"127.0.0.1:1\"}, "
                                        "{protocol: http, address: \"127.0.0.1:2\"}]"),
                                   "p.yaml");
  holds(words, "https_proxy=http://127.0.0.1:1\n");
  holds(words, "https_proxy=http://127.0.0.1:2\n");
}

TEST_CASE("metrics that are off are not told") {
  CHECK(banner(load("metrics: \"off\""), "p.yaml").find("metrics") == std::string::npos);
}

TEST_CASE("monitor mode is told in capitals") {
  const std::string words = banner(load("mode: monitor"), "p.yaml");
  holds(words, "mode monitor\n");
  holds(words, "MONITOR MODE: nothing is blocked by rules");
}

TEST_CASE("what stands open in a policy is told, one line each") {
  LoadedPolicy policy = load("");
  policy.notes = {"rule 'a' accepts strangers", "rule 'b' is open"};
  holds(banner(policy, "p.yaml"), "  rule 'a' accepts strangers\n  rule 'b' is open\n");
}

TEST_CASE("the built-in policy says what is open in it and what it leaves out") {
  const LoadResult result =
      load_policy_text(builtin_policy_text(), std::string(kBuiltinPolicyName), source_of({}), kNow);
  REQUIRE(result.policy);
  const std::string words = banner(*result.policy, std::nullopt);
  holds(words, "policy built in, 3 rules");
  // DESIGN.md, Policy file, "the banner names".
  holds(words, "Open in it");
  holds(words, "Studio Lab");
  holds(words, "us-east-2");
  holds(words, "cloudfront.net");
  holds(words, "captcha buckets");
  holds(words, "S3, STS and CloudWatch Logs are not in it");
}

}  // namespace
}  // namespace sallyport
