#include "policy/loader/tests_yaml.h"

#include <doctest/doctest.h>

#include "tests/policy/loader/load_text.h"

namespace sallyport {
namespace {

using namespace sallyport::test;

TestsFile read(std::string_view text, std::vector<std::string>* errors = nullptr) {
  Diagnostics diagnostics("data/t.yaml");
  TestsFile file = read_tests(text, kNow, diagnostics);
  std::vector<std::string> lines;
  for (const Diagnostic& error : diagnostics.errors()) lines.push_back(error.text());
  if (errors == nullptr) {
    CHECK(lines == std::vector<std::string>{});
  } else {
    *errors = lines;
  }
  return file;
}

TEST_CASE("a test says who asks for what, and what it must get") {
  const TestsFile file = read(
      "policy: p.yaml\n"
      "tests:\n"
      "  - name: all of it\n"
      "    client: 10.20.0.7\n"
      "    time: 2026-12-24T18:00:00Z\n"
      "    address: [192.0.2.1, \"2001:db8::1\"]\n"
      "    sni: \"\"\n"
      "    first_bytes: tls\n"
      "    request: CONNECT docs.example.org:443\n"
      "    expect: {decision: block, reason: sni_missing, rule: docs, after: first_bytes, tls: "
      "none}\n"
      "  - {name: little, request: \"CONNECT docs.example.org:8443\", expect: {decision: "
      "allow}}\n");
  CHECK(file.policy == "data/p.yaml");
  REQUIRE(file.tests.size() == 2);
  const PolicyTest& all = file.tests[0];
  CHECK(all.name == "all of it");
  CHECK(all.mark == Mark{3, 5});
  CHECK(all.attempt.client.text() == "10.20.0.7");
  CHECK(all.attempt.time > kNow);
  REQUIRE(all.attempt.addresses);
  CHECK(all.attempt.addresses->size() == 2);
  CHECK(all.attempt.sni == "");
  CHECK(all.attempt.url == "docs.example.org:443");
  CHECK(all.expect.decision == Decision::block);
  CHECK(all.expect.reason == Reason::sni_missing);
  CHECK(all.expect.rule == "docs");
  CHECK(all.expect.after == Stage::first_bytes);
  CHECK(all.expect.tls == "none");
  const PolicyTest& little = file.tests[1];
  CHECK(little.attempt.client.text() == "127.0.0.1");
  CHECK(little.attempt.time == kNow);
  CHECK_FALSE(little.attempt.addresses);
  CHECK_FALSE(little.attempt.sni);
  CHECK(little.attempt.first_bytes == FirstBytes::Kind::tls);
  CHECK(little.expect.decision == Decision::allow);
  CHECK_FALSE(little.expect.reason);
  CHECK_FALSE(little.expect.rule);
}

TEST_CASE("a request is a method and what follows it, read by who judges it") {
  const std::string_view requests[] = {"CONNECT docs.example.org:443",      "CONNECT  127.1#:443",
                                       "GET https://docs.example.org/a?b",  "PUT https://",
                                       "GET http://docs.example.org/a?b#c", "M-SEARCH http://"};
  for (const std::string_view request : requests) {
    CAPTURE(request);
    const TestsFile file = read("tests: [{name: a, request: '" + std::string(request) +
                                "', expect: {decision: block}}]\n");
    REQUIRE(file.tests.size() == 1);
    CHECK(file.tests[0].attempt.method + " " + file.tests[0].attempt.url == request);
    CHECK(file.tests[0].attempt.field_lines.empty());
    CHECK_FALSE(file.tests[0].attempt.body);
  }
}

TEST_CASE("a request has fields in their order, and a body that may be empty") {
  const TestsFile file = read(
      "tests:\n"
      "  - {name: a, request: 'PUT http://docs.example.org/a', headers: ['Host: docs.example.org', "
      "'accept:', 'X : y'], body: ''\n,"
      "     expect: {decision: block}}\n");
  const ToldAttempt& attempt = file.tests.at(0).attempt;
  CHECK(attempt.field_lines ==
        std::vector<std::string>{"Host: docs.example.org", "accept:", "X : y"});
  CHECK(attempt.body == "");
}

TEST_CASE("one address may stand alone") {
  const TestsFile file = read(
      "tests: [{name: a, address: 192.0.2.1, request: \"CONNECT a.example.org:443\", "
      "expect: {decision: allow, rule: \"\"}}]\n");
  CHECK(file.tests[0].attempt.addresses->at(0).text() == "192.0.2.1");
  CHECK(file.tests[0].expect.rule == "");
}

TEST_CASE("what is wrong in a tests file is told like what is wrong in a policy") {
  std::vector<std::string> errors;
  read(
      "policies: p.yaml\n"
      "tests:\n"
      "  - {name: a, request: \"CONNECT a.example.org:443\", expected: {decision: allow}}\n"
      "  - {name: a, request: CONNECT, expect: {reason: no_such_reason, after: dns}}\n"
      "  - {name: b, client: lab, address: any, time: noon, sni: x, first_bytes: http,\n"
      "     request: \"GET http://a.example.org/\", expect: {decision: yes, aws: {bucket: a}},\n"
      "     headers: [Accept, \"Host: a\"], body: x}\n"
      "  - {name: c, request: \"GET ftp://a.example.org/\", expect: {decision: block}}\n",
      &errors);
  CHECK(joined(errors) ==
        joined(
            {"data/t.yaml:1:1: unknown key 'policies'; did you mean 'policy'?",
             "data/t.yaml:3:53: unknown key 'expected'; did you mean 'expect'?",
             "data/t.yaml:4:5: another test is named 'a' already; names must differ",
             "data/t.yaml:4:24: `request` wants a method and its target, such as "
             "\"CONNECT docs.example.org:443\", \"GET https://docs.example.org/\" or \"GET "
             "http://deb.example.org/\", not 'CONNECT'",
             "data/t.yaml:4:41: `decision` is missing; it wants `allow`, `block` or `would_block`",
             "data/t.yaml:4:50: 'no_such_reason' is no reason; write one such as host_not_allowed",
             "data/t.yaml:4:73: `after` wants `connect`, `address`, `first_bytes`, `request` or "
             "`body`, not 'dns'",
             "data/t.yaml:5:23: 'lab' is no address; write one such as 10.20.0.7 or fd00::7",
             "data/t.yaml:5:37: 'any' is no address; write one such as 10.20.0.7 or fd00::7",
             "data/t.yaml:5:48: 'noon' is no time of RFC 3339; write 2026-12-24T18:00:00Z or "
             "2026-12-24T19:00:00+01:00",
             "data/t.yaml:5:59: `sni` has no meaning unless `first_bytes` is tls; take one of them "
             "out",
             "data/t.yaml:6:63: `decision` wants `allow`, `block` or `would_block`, not 'yes'",
             "data/t.yaml:6:74: unknown key 'bucket'; did you mean 'buckets'?",
             "data/t.yaml:7:16: 'Accept' is no field; write its name and value, as \"Accept: "
             "*/*\"",
             "data/t.yaml:8:24: `request` wants a method and its target, such as "
             "\"CONNECT docs.example.org:443\", \"GET https://docs.example.org/\" or \"GET "
             "http://deb.example.org/\", not 'GET ftp://a.example.org/'"}));
}

TEST_CASE("a tests file without tests is an error") {
  std::vector<std::string> errors;
  read("policy: p.yaml\n", &errors);
  CHECK(errors.size() == 1);
  read("", &errors);
  CHECK(errors == std::vector<std::string>{
                      "data/t.yaml:1:1: the file is empty; it must begin with `tests:`"});
  read("- a\n", &errors);
  CHECK(errors == std::vector<std::string>{
                      "data/t.yaml:1:1: a tests file must be a mapping of keys: policy tests"});
}

}  // namespace
}  // namespace sallyport
