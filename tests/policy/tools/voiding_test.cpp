#include "policy/tools/voiding.h"

#include <string>

#include <doctest/doctest.h>

#include "tests/policy/tools/checked_policy.h"

namespace sallyport {
namespace {

using namespace test;

/// What a rule that asks something of its requests is, for one host.
std::string asking(const std::string& hosts, const std::string& more = "methods: [GET]") {
  return "  - {name: b, schemes: [http], hosts: [" + hosts + "], " + more + "}\n";
}

struct VoidingRow {
  const char* because;
  std::string wide;    ///< keys of rule `a`, which is on line 3
  std::string narrow;  ///< rule `b`
  std::string told;    ///< by its wildcard and what it covers; empty: nothing
};

void check(const std::vector<VoidingRow>& rows, const std::string& more = "") {
  for (const VoidingRow& row : rows) {
    CAPTURE(row.because);
    const LoadResult loaded = checked("version: 1\nrules:\n  - {name: a, multi_tenant: accept, " +
                                      row.wide + "}\n" + row.narrow + more);
    std::string found;
    for (const Diagnostic& each : loaded.errors) found += each.message + "\n";
    const std::string expected =
        row.told.empty() ? ""
                         : "rule 'a' voids rule 'b': it asks nothing of the request, and its " +
                               row.told + " in rule 'a'\n";
    CHECK(found == expected);
  }
}

TEST_CASE("a wildcard that asks nothing of the request voids what another rule asks of it") {
  const std::string told =
      "'*.example.org' covers 'a.example.org'; write `except_hosts: "
      "['a.example.org']`";
  check({
      {"methods", "schemes: [http], hosts: ['*.example.org']", asking("a.example.org"), told},
      {"urls", "schemes: [http], hosts: ['*.example.org']",
       asking("a.example.org", "urls: ['http://a.example.org/x/**']"), told},
      {"content types", "schemes: [http], hosts: ['*.example.org']",
       asking("a.example.org", "content_types: [text/html]"), told},
      {"limits are no condition", "schemes: [http], hosts: ['*.example.org']",
       asking("a.example.org", "limits: {upload_bytes: 1KiB}, websocket: true"), ""},
      {"the second's wildcard within", "schemes: [http], hosts: ['*.example.org']",
       asking("'*.a.example.org'"),
       "'*.example.org' covers '*.a.example.org'; write `except_hosts: ['*.a.example.org']`"},
      {"the second's wildcard around", "schemes: [http], hosts: ['*.a.example.org']",
       asking("'*.example.org'"),
       "'*.a.example.org' covers '*.example.org'; write `except_hosts: ['*.example.org']`"},
      {"a lone wildcard", "schemes: [http], hosts: ['*']", asking("a.example.org"),
       "'*' covers 'a.example.org'; write `except_hosts: ['a.example.org']`"},
      {"an expression may match anything", "schemes: [http], hosts: ['re:b.*']",
       asking("'*.example.org'"),
       "'re:b.*' covers '*.example.org'; write `except_hosts: ['*.example.org']`"},
      {"but not a name that it does not match", "schemes: [http], hosts: ['re:b.*']",
       asking("a.example.org"), ""},
      {"other hosts", "schemes: [http], hosts: ['*.example.net']", asking("a.example.org"), ""},
      {"an exact name is deliberate", "schemes: [http], hosts: [a.example.org]",
       asking("a.example.org"), ""},
      {"one that asks too", "schemes: [http], hosts: ['*.example.org'], methods: [GET, POST]",
       asking("a.example.org"), ""},
      {"no wildcard takes a literal", "schemes: [http], hosts: ['*']", asking("52.94.77.1"), ""},
      {"nor an A-label", "schemes: [http], hosts: ['*']", asking("xn--bcher-kva.example.org"), ""},
  });
}

TEST_CASE("only for the same scheme, port and client") {
  const std::string told =
      "'*.example.org' covers 'a.example.org'; write `except_hosts: "
      "['a.example.org']`";
  const std::string clients =
      "clients:\n  - {name: c, networks: [10.1.0.0/16]}\n  - {name: d, networks: [10.2.0.0/16]}\n";
  check(
      {
          {"https alone", "hosts: ['*.example.org']", asking("a.example.org"), ""},
          {"both schemes", "hosts: ['*.example.org'], schemes: [https, http]",
           asking("a.example.org"), told},
          {"https by any bytes is no http", "hosts: ['*.example.org'], tls: optional, ports: [80]",
           asking("a.example.org"), ""},
          {"another port", "hosts: ['*.example.org'], schemes: [http], ports: [8080]",
           asking("a.example.org"), ""},
          {"a range with the port", "hosts: ['*.example.org'], schemes: [http], ports: [70-90]",
           asking("a.example.org"), told},
          {"the second's port", "hosts: ['*.example.org'], schemes: [http]",
           asking("a.example.org", "ports: [8080], methods: [GET]"), ""},
          {"both on it", "hosts: ['*.example.org'], schemes: [http], ports: [8000-9000]",
           asking("a.example.org", "ports: [8080], methods: [GET]"), told},
          {"another client", "hosts: ['*.example.org'], schemes: [http], clients: [c]",
           asking("a.example.org", "clients: [d], methods: [GET]"), ""},
          {"the same client", "hosts: ['*.example.org'], schemes: [http], clients: [c, d]",
           asking("a.example.org", "clients: [d], methods: [GET]"), told},
          {"any client", "hosts: ['*.example.org'], schemes: [http], clients: [c]",
           asking("a.example.org"), told},
          {"other networks are no other rule",
           "hosts: ['*.example.org'], schemes: [http], networks: [52.0.0.0/8]",
           asking("a.example.org", "networks: [54.0.0.0/8], methods: [GET]"), told},
      },
      clients);
}

TEST_CASE("over https, where requests are read by interception, as over http") {
  const std::string told =
      "'*.example.org' covers 'a.example.org'; write `except_hosts: "
      "['a.example.org']`";
  const auto reads = [](const std::string& hosts, const std::string& more = "methods: [GET]") {
    return "  - {name: b, hosts: [" + hosts + "], " + more + "}\n";
  };
  check(
      {
          {"methods", "hosts: ['*.example.org']", reads("a.example.org"), told},
          {"urls", "hosts: ['*.example.org']",
           reads("a.example.org", "urls: ['https://a.example.org/x/**']"), told},
          {"content types", "hosts: ['*.example.org']",
           reads("a.example.org", "content_types: [text/html]"), told},
          {"any first bytes", "hosts: ['*.example.org'], tls: optional", reads("a.example.org"),
           told},
          {"any first bytes on http's port",
           "hosts: ['*.example.org'], schemes: [http], tls: optional", reads("a.example.org"), ""},
          {"http alone", "hosts: ['*.example.org'], schemes: [http]", reads("a.example.org"), ""},
          {"http alone is asked about", "hosts: ['*.example.org']",
           reads("a.example.org", "schemes: [https, http], urls: ['http://a.example.org/x']"), ""},
          {"excepted", "hosts: ['*.example.org'], except_hosts: [a.example.org]",
           reads("a.example.org"), ""},
          {"one that asks too", "hosts: ['*.example.org'], methods: [GET, POST]",
           reads("a.example.org"), ""},
          {"an exact name is deliberate", "hosts: [a.example.org]", reads("a.example.org"), ""},
          {"another port", "hosts: ['*.example.org'], ports: [8443]", reads("a.example.org"), ""},
          {"a rule that has ended", "hosts: ['*.example.org'], until: 1970-01-01T00:00:00Z",
           reads("a.example.org"), ""},
      },
      "interception: {ca_certificates: [ca.pem], ca_private_key: ca.key}\n");
}

TEST_CASE("what is excepted is not covered, and who has ended or only monitors has no say") {
  const std::string told =
      "'*.example.org' covers 'a.example.org'; write `except_hosts: "
      "['a.example.org']`";
  check({
      {"by the first", "schemes: [http], hosts: ['*.example.org'], except_hosts: [a.example.org]",
       asking("a.example.org"), ""},
      {"by a wildcard of the first",
       "schemes: [http], hosts: ['*.example.org'], except_hosts: ['*.a.example.org']",
       asking("x.a.example.org"), ""},
      {"by the second", "schemes: [http], hosts: ['*.a.example.org']",
       asking("'*.example.org'", "except_hosts: ['*.a.example.org'], methods: [GET]"), ""},
      {"in part alone",
       "schemes: [http], hosts: ['*.example.org'], except_hosts: [x.a.example.org]",
       asking("'*.a.example.org'"),
       "'*.example.org' covers '*.a.example.org'; write `except_hosts: ['*.a.example.org']`"},
      {"a first that will end",
       "schemes: [http], hosts: ['*.example.org'], until: "
       "1970-01-01T00:00:01Z",
       asking("a.example.org"), told},
      {"a first that has ended",
       "schemes: [http], hosts: ['*.example.org'], until: 1970-01-01T00:00:00Z",
       asking("a.example.org"), ""},
      {"a second that has ended", "schemes: [http], hosts: ['*.example.org']",
       asking("a.example.org", "until: 1970-01-01T00:00:00Z, methods: [GET]"), ""},
      {"a monitor rule voids nothing", "schemes: [http], hosts: ['*.example.org'], mode: monitor",
       asking("a.example.org"), ""},
      {"nor is it voided", "schemes: [http], hosts: ['*.example.org']",
       asking("a.example.org", "mode: monitor, methods: [GET]"), ""},
  });
}

TEST_CASE("of sets the wildcards void, the exact names do not") {
  const std::string sets =
      "host_sets:\n"
      "  wide: {hosts: ['*.example.org', c.example.net]}\n"
      "  names: {hosts: [a.example.org, b.example.org, c.example.net]}\n";
  check({{"a wildcard of a set", "schemes: [http], hosts: ['@wide']", asking("a.example.org"),
          "@wide ('*.example.org') covers 'a.example.org'; write `except_hosts: "
          "['a.example.org']`"},
         {"a name of a set", "schemes: [http], hosts: ['@names']", asking("a.example.org"), ""},
         {"a set that is covered", "schemes: [http], hosts: ['*.example.net']", asking("'@names'"),
          "'*.example.net' covers @names ('c.example.net'); write `except_hosts: ['@names']`"}},
        sets);
}

TEST_CASE("it is told at the wildcard; of long lists too, or that it cannot be told") {
  const LoadResult one = checked(
      "version: 1\nrules:\n  - {name: a, schemes: [http], hosts: [a.example.net, "
      "'*.example.org']}\n" +
      asking("a.example.org"));
  REQUIRE(one.errors.size() == 1);
  CHECK(one.errors[0].text().substr(0, 17) == "policy.yaml:3:55:");

  const auto list = [](int count, const std::string& end) {
    std::string hosts;
    for (int i = 0; i < count; ++i) hosts += "'*.h" + std::to_string(i) + end + "', ";
    return hosts;
  };
  const auto told_of = [&](int count) {
    return told(checked("version: 1\nrules:\n  - {name: a, schemes: [http], hosts: [" +
                        list(count, ".example.net") + "]}\n" +
                        asking(list(count, ".example.org"))));
  };
  CHECK(told_of(100) == "");
  CHECK(told_of(5000) ==
        "policy.yaml:4:12: whether rule 'a' voids rule 'b' would take too long to tell: they hold "
        "too many patterns\n");
}

}  // namespace
}  // namespace sallyport
