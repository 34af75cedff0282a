#include "policy/tools/interception_check.h"

#include <string>

#include <doctest/doctest.h>

#include "tests/policy/tools/checked_policy.h"

namespace sallyport {
namespace {

using namespace test;

// Which rules do not load, each with its whole message: tests/policy/bad/request_over_https.yaml,
// intercept_never.yaml.

const std::string kCa = "interception: {ca_certificates: [ca.pem], ca_private_key: ca.key}\n";
const std::string kClients =
    "clients: [{name: a, networks: [10.1.0.0/16]}, {name: b, networks: [10.2.0.0/16]}]\n";

/// How many errors there are, told by the rules that they stand on: `reader`, `never` ...
std::string errors(const std::string& rules, const std::string& more = "") {
  std::string found;
  const LoadResult loaded = checked("version: 1\n" + more + "rules:\n" + rules);
  for (const Diagnostic& each : loaded.errors) {
    for (const RuleSource& source : loaded.rules) {
      if (source.mark.line != each.mark.line) continue;
      found += (found.empty() ? "" : " ") + loaded.draft->rules[source.rule].name;
    }
  }
  return found;
}

/// Two rules on a line each.
std::string rules(const std::string& one, const std::string& other) {
  return "  - {" + one + "}\n  - {" + other + "}\n";
}

TEST_CASE("a rule needs interception where it asks about requests over https") {
  struct Row {
    const char* because;
    std::string rule;
    bool needs;
  };
  const Row rows[] = {
      {"a method", "methods: [GET]", true},
      {"a URL", "urls: ['https://a.example.org/x']", true},
      {"a type", "content_types: [text/html]", true},
      {"both schemes", "schemes: [https, http], methods: [GET]", true},
      {"another port", "ports: [8443], methods: [GET]", true},
      {"any first bytes", "schemes: [http], tls: optional, methods: [GET]", true},
      {"plain HTTP alone", "schemes: [http], methods: [GET]", false},
      {"URLs of http alone", "schemes: [https, http], urls: ['http://a.example.org/x']", false},
      {"nothing of the request", "limits: {upload_bytes: 1KiB}, websocket: true", false},
      {"it has ended", "until: 1970-01-01T00:00:00Z, methods: [GET]", false},
      {"it will end", "until: 1970-01-01T00:00:01Z, methods: [GET]", true},
      {"it only monitors", "mode: monitor, methods: [GET]", false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.because);
    const std::string rule = "  - {name: reader, hosts: [a.example.org], " + row.rule + "}\n";
    CHECK(errors(rule) == (row.needs ? "reader" : ""));
    CHECK(errors(rule, kCa) == "");
  }
}

TEST_CASE("a deny needs it only where an allow lets https through for the same host and asker") {
  struct Row {
    const char* because;
    std::string deny;
    std::string allow;
    bool needs;
  };
  const std::string put = ", methods: [PUT]";
  const Row rows[] = {
      {"the same host", "hosts: [a.example.org]" + put, "hosts: [a.example.org]", true},
      {"all hosts", "hosts: ['*']" + put, "hosts: [a.example.org]", true},
      {"an expression", "hosts: ['re:a.*']" + put, "hosts: ['*.example.org']", true},
      {"another host", "hosts: [b.example.org]" + put, "hosts: [a.example.org]", false},
      {"excepted there", "hosts: ['*.example.org'], except_hosts: [a.example.org]" + put,
       "hosts: [a.example.org]", false},
      {"excepted here", "hosts: [a.example.org]" + put,
       "hosts: ['*.example.org'], except_hosts: [a.example.org]", false},
      {"excepted in part", "hosts: ['*.example.org'], except_hosts: [a.example.org]" + put,
       "hosts: ['*.example.org']", true},
      {"plain HTTP is denied", "hosts: ['*'], schemes: [http]" + put, "hosts: [a.example.org]",
       false},
      {"plain HTTP is allowed", "hosts: ['*']" + put, "hosts: [a.example.org], schemes: [http]",
       false},
      {"any bytes are allowed", "hosts: ['*']" + put,
       "hosts: [a.example.org], schemes: [http], tls: optional", true},
      {"URLs of http alone", "hosts: ['*'], urls: ['http://a.example.org/x']",
       "hosts: [a.example.org]", false},
      {"URLs of another host", "hosts: ['*'], urls: ['https://b.example.org/x']",
       "hosts: [a.example.org]", false},
      {"URLs of the host", "hosts: ['*'], urls: ['https://*.example.org/x']",
       "hosts: [a.example.org]", true},
      {"another port", "hosts: ['*'], ports: [8443]" + put, "hosts: [a.example.org]", false},
      {"the port among others", "hosts: ['*'], ports: [400-500]" + put, "hosts: [a.example.org]",
       true},
      {"any port", "hosts: ['*']" + put, "hosts: [a.example.org], ports: [8443]", true},
      {"another client", "hosts: ['*'], clients: [a]" + put, "hosts: [a.example.org], clients: [b]",
       false},
      {"the client", "hosts: ['*'], clients: [a]" + put, "hosts: [a.example.org], clients: [a, b]",
       true},
      {"any client", "hosts: ['*']" + put, "hosts: [a.example.org], clients: [b]", true},
      {"the allow only monitors", "hosts: ['*']" + put, "hosts: [a.example.org], mode: monitor",
       false},
      {"the allow has ended", "hosts: ['*']" + put,
       "hosts: [a.example.org], until: 1970-01-01T00:00:00Z", false},
      {"the deny only monitors", "hosts: ['*'], mode: monitor" + put, "hosts: [a.example.org]",
       false},
      {"the deny asks nothing", "hosts: ['b.example.org']", "hosts: [a.example.org]", false},
      {"no wildcard of an allow takes an A-label", "hosts: [xn--bcher-kva.example.org]" + put,
       "hosts: ['*.example.org']", false},
      {"but a deny's does", "hosts: ['*.example.org']" + put, "hosts: [xn--bcher-kva.example.org]",
       true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.because);
    const std::string both =
        rules("name: reader, effect: deny, " + row.deny, "name: allow, " + row.allow);
    CHECK(errors(both, kClients) == (row.needs ? "reader" : ""));
    CHECK(errors(both, kClients + kCa) == "");
  }
}

TEST_CASE("of long lists it is told in time, by the names that they share") {
  std::string names;
  std::string others;
  for (int i = 0; i < 3000; ++i) {
    names += "n" + std::to_string(i) + ".example.org, ";
    others += "n" + std::to_string(i) + ".example.net, ";
  }
  const auto both = [&](const std::string& more) {
    return rules("name: reader, effect: deny, hosts: [" + others + "], methods: [PUT]",
                 "name: allow, hosts: [" + names + more + "]");
  };
  CHECK(errors(both("")) == "");
  CHECK(errors(both("n2999.example.net")) == "reader");
}

TEST_CASE("what `intercept: never` stands on is read by no rule") {
  struct Row {
    const char* because;
    std::string never;
    std::string other;
    bool loads;
  };
  const Row rows[] = {
      {"an unread one", "hosts: [a.example.org]", "hosts: ['b.example.org'], methods: [GET]", true},
      {"a deny without conditions", "hosts: [a.example.org]",
       "effect: deny, hosts: [b.example.org]", true},
      {"a deny that reads", "hosts: [a.example.org]", "effect: deny, hosts: ['*'], methods: [PUT]",
       false},
      {"a deny of plain HTTP", "hosts: [a.example.org]",
       "effect: deny, hosts: ['*'], schemes: [http], methods: [PUT]", true},
      {"a deny for another client", "hosts: [a.example.org], clients: [a]",
       "effect: deny, hosts: ['*'], clients: [b], methods: [PUT]", true},
      {"an allow that reads", "hosts: [a.example.org]", "hosts: ['*.example.org'], methods: [GET]",
       false},
      {"which excepts it", "hosts: [a.example.org]",
       "hosts: ['*.example.org'], except_hosts: [a.example.org], methods: [GET]", true},
      {"on another port", "hosts: [a.example.org], ports: [8443]",
       "hosts: ['*.example.org'], methods: [GET]", true},
      {"a rule that only monitors", "hosts: [a.example.org]",
       "hosts: [a.example.org], mode: monitor, methods: [GET]", true},
      {"a rule that has ended", "hosts: [a.example.org]",
       "hosts: [a.example.org], until: 1970-01-01T00:00:00Z, methods: [GET]", true},
      {"on plain HTTP it says nothing", "hosts: [a.example.org], schemes: [http]",
       "effect: deny, hosts: ['*'], methods: [PUT]", true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.because);
    const std::string both =
        rules("name: never, intercept: never, " + row.never, "name: other, " + row.other);
    CHECK(errors(both, kClients + kCa) == (row.loads ? "" : "never"));
  }
}

TEST_CASE("`websocket: false` over https wants requests that are read") {
  struct Row {
    const char* because;
    std::string allow;
    std::string deny;
    bool loads;
  };
  const std::string host = "hosts: [a.example.org], websocket: false";
  const std::string put = "effect: deny, hosts: ['*'], methods: [PUT]";
  const std::string no_deny = "effect: deny, hosts: [b.example.org]";
  const Row rows[] = {
      {"a tunnel", host, no_deny, false},
      {"plain HTTP", host + ", schemes: [http]", no_deny, true},
      {"its own condition", host + ", methods: [GET]", no_deny, true},
      {"a deny that reads all of it", host, put, true},
      {"a deny on some ports", host, put + ", ports: [443]", false},
      {"a deny of some URLs", host, "effect: deny, hosts: ['*'], urls: ['https://*/x']", false},
      {"a deny for a client", host, put + ", clients: [a]", false},
      {"for its client", host + ", clients: [a]", put + ", clients: [a, b]", true},
      {"a deny that ends", host, put + ", until: 1970-01-01T00:00:01Z", false},
      {"a deny on part of the hosts", "hosts: [a.example.org, b.example.org], websocket: false",
       "effect: deny, hosts: [a.example.org], methods: [PUT]", false},
      {"not written", "hosts: [a.example.org]", no_deny, true},
      {"true", "hosts: [a.example.org], websocket: true", no_deny, true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.because);
    const std::string both = rules("name: allow, " + row.allow, "name: deny, " + row.deny);
    CHECK(errors(both, kClients + kCa) == (row.loads ? "" : "allow"));
  }
}

TEST_CASE("what a monitor rule asks of requests counts where they are read, and that is said") {
  const auto warning = [](const std::string& rule, const std::string& other) {
    const LoadResult loaded = checked("version: 1\n" + kCa + "rules:\n" +
                                      rules("name: m, mode: monitor, " + rule, other));
    CHECK(loaded.errors.empty());
    std::string found;
    for (const Diagnostic& each : loaded.warnings) {
      if (each.mark.line == 4) found += each.message;
    }
    return found;
  };
  const std::string read = "name: r, hosts: [a.example.org], methods: [GET, PUT]";
  const std::string unread = "name: r, hosts: [a.example.org]";
  const std::string never =
      "`methods` has no effect over https: a monitor rule has nothing read, and no enforcing rule "
      "reads requests of its hosts";
  const std::string in_part =
      "`methods` counts over https only where enforcing rules have the request read; a monitor "
      "rule has nothing read by itself";
  CHECK(warning("effect: deny, hosts: ['*'], methods: [PUT]", read) == in_part);
  CHECK(warning("effect: deny, hosts: ['*'], methods: [PUT]", unread) == never);
  CHECK(warning("effect: deny, hosts: [b.example.org], methods: [PUT]", read) == never);
  CHECK(warning("effect: deny, hosts: ['*'], schemes: [http], methods: [PUT]", unread) == "");
  CHECK(warning("effect: deny, hosts: ['*']", unread) == "");
  CHECK(warning("hosts: [b.example.org], methods: [GET]", read) ==
        "over https the rule lets nothing pass: what a monitor rule lets pass is relayed unread, "
        "and `methods` waits for the request; take it out");
}

}  // namespace
}  // namespace sallyport
