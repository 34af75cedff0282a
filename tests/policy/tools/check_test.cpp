#include "policy/tools/check.h"

#include <chrono>
#include <string>

#include <doctest/doctest.h>

#include "tests/policy/tools/checked_policy.h"

namespace sallyport {
namespace {

using namespace test;

TEST_CASE("what is open beside an error of the loader is told in the same pass") {
  const LoadResult loaded = checked(
      "version: 1\n"
      "rules: [{name: a, hosts: [s3.us-east-1.amazonaws.com], bogus: 1}, {name: b, hosts: "
      "['*.com']}]\n");
  REQUIRE(loaded.errors.size() == 2);
  CHECK(loaded.errors[0].message.starts_with("unknown key 'bogus'"));
  CHECK(loaded.errors[1].message.starts_with("rule 'b' is open to strangers by '*.com'"));
  CHECK_FALSE(loaded.policy);
}

TEST_CASE("`explain_refused` has hosts read where it is asked for") {
  const LoadResult loaded = checked(
      "version: 1\n"
      "interception: {ca_certificates: [ca.pem], ca_private_key: ca.key, explain_refused: true}\n"
      "rules: [{name: a, hosts: [a.example.org]}]\n");
  REQUIRE(loaded.policy);
  REQUIRE_FALSE(loaded.policy->intercepted.empty());
  CHECK(loaded.policy->intercepted.front().rule.empty());
  CHECK(loaded.policy->intercepted.front().pattern.text == "*.amazonaws.com");
  CHECK(loaded.policy->intercepted.front().mark == Mark{2, 84});
}

TEST_CASE("the built-in policy passes, and its notes say what is open in it") {
  const LoadResult loaded = checked(std::string(builtin_policy_text()));
  CHECK(loaded.errors.empty());
  CHECK(loaded.warnings.empty());
  REQUIRE(loaded.policy);
  const auto note = [&](std::string_view beginning) {
    for (const std::string& each : loaded.policy->notes) {
      if (each.starts_with(beginning)) return each;
    }
    return std::string();
  };
  CHECK(note("rule 'console'") ==
        "rule 'console' accepts strangers: '*.aws.amazon.com', @aws-sign-in, @iam-identity-center "
        "(below it are the sign-in pages by account alias of any customer); @aws-console, "
        "@aws-sign-in, @iam-identity-center (all accounts share these hosts: a stranger's account "
        "can sign in there, which only the policy of a VPC endpoint can prevent)");
  CHECK(note("rule 'sagemaker' accepts") ==
        "rule 'sagemaker' accepts strangers: @sagemaker-studio (names below it belong to any "
        "customer (public suffix list)); @sagemaker-api (any account's key works at the API of "
        "sagemaker)");
}

TEST_CASE(
    "of very many findings the first are told, in the order of the file, and the rest counted") {
  std::string rules;
  for (int i = 0; i < 1500; ++i) {
    rules += "  - {name: r" + std::to_string(i) + ", hosts: ['*.com']}\n";
  }
  const LoadResult loaded = checked("version: 1\nrules:\n" + rules);
  CHECK_FALSE(loaded.is_ok());
  REQUIRE(loaded.errors.size() == kErrorsToldMax + 1);
  for (std::size_t i = 0; i < kErrorsToldMax; ++i) CHECK(loaded.errors[i].mark.line == 3 + i);
  CHECK(loaded.errors.back().message == "and 500 more errors of the whole policy");
}

TEST_CASE("of lists that would take too long to compare nothing is said") {
  const auto told_of = [](int count) {
    std::string allowed;
    std::string denied;
    for (int i = 0; i < count; ++i) {
      allowed += "'*.h" + std::to_string(i) + ".example.org', ";
      denied += "'*.h" + std::to_string(i) + ".example.net', ";
    }
    return told(checked("version: 1\nrules: [{name: a, hosts: [" + allowed +
                        "]}, {name: b, effect: deny, hosts: [" + denied + "]}]\n"));
  };
  CHECK(told_of(100) ==
        "note: deny rule 'b' is for hosts that no rule allows; the default is deny already\n");
  CHECK(told_of(5'000) == "");
}

TEST_CASE("policies of long lists are checked in time") {
  std::string hosts;
  std::string denied;
  for (int i = 0; i < 5000; ++i) {
    hosts += "n" + std::to_string(i) + ".example.org, ";
    denied += "n" + std::to_string(i) + ".evil.example, ";
  }
  const auto begin = std::chrono::steady_clock::now();
  const LoadResult loaded = checked("version: 1\nrules: [{name: a, hosts: [" + hosts +
                                    "'@aws-api'], multi_tenant: accept}, {name: b, effect: deny, "
                                    "hosts: [" +
                                    denied + "'*.evil.example', '@aws-api']}]\n");
  CHECK(loaded.is_ok());
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(20));
}

}  // namespace
}  // namespace sallyport
