#include "policy/tools/check.h"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <vector>

namespace sallyport {
namespace {

LoadResult checked(const std::string& text) {
  PolicySource source;
  source.read_file = [](const std::string&, std::string& error) -> std::optional<std::string> {
    error = "no files in this test";
    return std::nullopt;
  };
  source.sha256_hex = [](std::string_view) { return std::string(64, '0'); };
  LoadResult loaded = load_policy_text(text, "policy.yaml", source, TimePoint{});
  add_checks(loaded);
  return loaded;
}

/// One a line: errors, warnings, notes.
std::string told(const LoadResult& loaded) {
  std::string text;
  for (const Diagnostic& each : loaded.errors) text += each.text() + "\n";
  for (const Diagnostic& each : loaded.warnings) text += each.warning_text() + "\n";
  if (loaded.policy) {
    for (const std::string& each : loaded.policy->notes) text += "note: " + each + "\n";
  }
  return text;
}

struct Row {
  std::string policy;  ///< behind `version: 1`
  std::string told;
};

TEST_CASE("whole policies, and all that is told of them") {
  const Row rows[] = {
      {"rules: [{name: a, hosts: [packages.example.org, '*.example.net']}]", ""},
      {"rules: [{name: a, hosts: ['*.github.io']}]",
       ""},
      {"rules: [{name: a, hosts: ['*.github.io'], multi_tenant: accept}]",
       ""},
      {"rules: [{name: a, hosts: ['*'], mode: monitor}]",
       ""},
      {"rules: [{name: a, hosts: [packages.example.org], multi_tenant: accept}]",
       ""},
      {"rules: [{name: a, hosts: ['re:.*', '@s3', '@sts', signin.aws.amazon.com, "
       "d1.cloudfront.net]}]",
       ""},
      {"rules: [{name: a, hosts: ['*.github.io', a.example.org], except_hosts: ['*.io']}]",
       ""},
      {"rules: [{name: a, effect: deny, hosts: ['*.github.io']}, {name: b, hosts: "
       "[a.github.io]}]",
       ""},
      {"rules: [{name: a, effect: deny, hosts: ['*.evil.example']}, {name: b, hosts: "
       "[a.example.org]}]",
       ""},
      {"rules: [{name: a, effect: deny, hosts: ['*.example.org'], except_hosts: [b.example.org]}, "
       "{name: b, hosts: [a.example.org, b.example.org]}]",
       ""},
      {"rules: [{name: a, hosts: ['*.example.org'], except_hosts: [a.example.net]}]",
       ""},
      {"host_sets: {pages: {hosts: [a.example.org, '*.github.io']}}\n"
       "rules: [{name: a, hosts: ['@pages']}]",
       ""},
      {"organization: {accounts: ['111122223333']}\n"
       "rules: [{name: a, hosts: [111122223333.signin.aws.amazon.com, "
       "111122223333.dkr.ecr.us-east-1.amazonaws.com]}]",
       ""},
      {"rules: [{name: a, hosts: [s3.us-east-1.amazonaws.com], bogus: 1}, {name: b, hosts: ['*.com']}]",
       ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.policy);
    CHECK(told(checked("version: 1\n" + row.policy + "\n")) == row.told);
  }
}

TEST_CASE("the built-in policy passes, and its notes say what is open in it") {
  const LoadResult loaded = checked(std::string(builtin_policy_text()));
  CHECK(told(loaded) == "");
  REQUIRE(loaded.policy);
}

}  // namespace
}  // namespace sallyport
