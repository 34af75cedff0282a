#include "policy/facts_of.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/policy/attempt_builder.h"
#include "tests/policy/policy_builder.h"

namespace sallyport {
namespace {

/// What a hello with that name makes of a CONNECT to that host: `ok NAME`, `ok -`, or the reason.
std::string hello_says(std::string_view authority, std::optional<std::string_view> server_name) {
  const Snapshot snapshot = policy({}).build();
  Facts facts = connect(authority).facts(snapshot);
  add_hello(facts, {.server_name = server_name, .alpn = "h2,http/1.1", .has_ech = false});
  if (facts.contradiction) return std::string(text(*facts.contradiction));
  return "ok " + (facts.first_bytes->sni ? std::string(facts.first_bytes->sni->text()) : "-");
}

}  // namespace

TEST_CASE("a hello must name the CONNECT host, canonicalised") {
  struct Row {
    const char* because;
    const char* authority;
    std::optional<std::string_view> server_name;
    const char* says;
  };
  using namespace std::string_view_literals;
  const std::vector<Row> rows = {
      {"the same", "a.example.org:443", "a.example.org", "ok a.example.org"},
      {"another case", "a.example.org:443", "A.Example.ORG", "ok a.example.org"},
      {"a dot behind", "a.example.org:443", "a.example.org.", "ok a.example.org"},
      {"a dot behind the host", "a.example.org.:443", "a.example.org", "ok a.example.org"},
      {"absent", "a.example.org:443", std::nullopt, "ok -"},
      {"another", "a.example.org:443", "b.example.org", "sni_mismatch"},
      {"below it", "a.example.org:443", "x.a.example.org", "sni_mismatch"},
      {"above it", "a.example.org:443", "example.org", "sni_mismatch"},
      {"two dots behind", "a.example.org:443", "a.example.org..", "malformed_client_hello"},
      {"empty", "a.example.org:443", "", "malformed_client_hello"},
      {"a space", "a.example.org:443", "a.example.org ", "malformed_client_hello"},
      {"a NUL", "a.example.org:443", "a.example.org\0"sv, "malformed_client_hello"},
      {"a NUL within", "a.example.org:443", "a.example.org\0.b.example.org"sv,
       "malformed_client_hello"},
      {"a dot in front", "a.example.org:443", ".a.example.org", "malformed_client_hello"},
      {"a port", "a.example.org:443", "a.example.org:443", "malformed_client_hello"},
      {"a wildcard", "a.example.org:443", "*.example.org", "malformed_client_hello"},
      {"percent", "a.example.org:443", "a%2eexample.org", "malformed_client_hello"},
      {"UTF-8", "a.example.org:443", "\xc3\xa4.example.org", "malformed_client_hello"},
      {"a number, which has two readings", "a.example.org:443", "1.2.3", "malformed_client_hello"},
      {"a hex number", "a.example.org:443", "0x7f000001", "malformed_client_hello"},
      {"a literal for a name", "a.example.org:443", "203.0.114.1", "malformed_client_hello"},
      {"the literal itself", "203.0.114.1:443", "203.0.114.1", "sni_mismatch"},
      {"another literal", "203.0.114.1:443", "203.0.114.2", "sni_mismatch"},
      {"an IPv6 literal", "[2600::1]:443", "2600::1", "sni_mismatch"},
      {"an IPv6 literal in brackets", "[2600::1]:443", "[2600::1]", "sni_mismatch"},
      {"a name for a literal", "203.0.114.1:443", "a.example.org", "sni_mismatch"},
      {"no name for a literal", "203.0.114.1:443", std::nullopt, "ok -"},
      {"what is no name, for a literal", "203.0.114.1:443", "a b", "malformed_client_hello"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.because);
    CHECK(hello_says(row.authority, row.server_name) == row.says);
  }
}

TEST_CASE("a hello's words are kept; a later hello takes no contradiction back") {
  const Snapshot snapshot = policy({}).build();
  Facts facts = connect("a.example.org:443").facts(snapshot);
  add_hello(facts, {.server_name = "b.example.org", .alpn = "h2,http/1.1", .has_ech = true});
  CHECK(facts.first_bytes->kind == FirstBytes::Kind::tls);
  CHECK(facts.first_bytes->alpn == "h2,http/1.1");
  CHECK(facts.first_bytes->has_ech);
  CHECK(facts.contradiction == Reason::sni_mismatch);
  add_hello(facts, {.server_name = "a.example.org", .alpn = {}, .has_ech = false});
  CHECK(facts.contradiction == Reason::sni_mismatch);
  add_hello(facts, {.server_name = std::nullopt, .alpn = {}, .has_ech = false});
  CHECK(facts.contradiction == Reason::sni_mismatch);
}

TEST_CASE("first bytes that are no TLS are kept by their kind") {
  const Snapshot snapshot = policy({}).build();
  for (const auto kind :
       {FirstBytes::Kind::http, FirstBytes::Kind::other, FirstBytes::Kind::silence}) {
    Facts facts = connect("a.example.org:443").facts(snapshot);
    add_first_bytes(facts, kind);
    CHECK(facts.first_bytes->kind == kind);
    CHECK_FALSE(facts.first_bytes->sni);
    CHECK_FALSE(facts.contradiction);
  }
}

TEST_CASE("the facts of a CONNECT: client, host, port, time, and the rules that name the host") {
  const Snapshot snapshot =
      policy({rule("b").hosts({"b.example.org"}), rule("w").hosts({"*.example.org"}),
              rule("x").hosts({"*"}).except_hosts({"a.example.org"})})
          .client("ours", "10.20.0.0/16")
          .build();
  const Facts facts = facts_of_connect(snapshot, address_of("10.20.0.1"),
                                       *parse_authority("A.example.org:8443"), at(7), true);
  CHECK(facts.kind == Facts::Kind::connect);
  CHECK(facts.host.text() == "a.example.org");
  CHECK(facts.port == 8443);
  CHECK(facts.time == at(7));
  CHECK(facts.client == address_of("10.20.0.1"));
  CHECK(facts.client_index == 0);
  CHECK(facts.snapshot_number == snapshot.number);
  CHECK(facts.host_is_own_address);
  REQUIRE(facts.matches.size() == 2);
  CHECK(facts.matches[0].rule == 1);
  CHECK_FALSE(facts.matches[0].is_excepted);
  CHECK(facts.matches[1].rule == 2);
  CHECK(facts.matches[1].is_excepted);
  CHECK_FALSE(facts.address);
  CHECK_FALSE(facts.first_bytes);
  CHECK_FALSE(facts.request);
}

TEST_CASE("renew makes facts those of another snapshot and another time") {
  const Snapshot old = policy({rule("a").hosts({"a.example.org"})}).build();
  const Snapshot other = policy({rule("b").hosts({"b.example.org"}), rule("w").hosts({"*"})})
                             .client("ours", "127.0.0.0/8")
                             .build();
  Facts facts = connect("a.example.org:443")
                    .to({kPublic})
                    .dialled(kPublic)
                    .tls()
                    .lifted({Reason::host_not_allowed, kNoRule, Stage::connect})
                    .facts(old);
  CHECK_FALSE(facts.client_index);
  renew(facts, other, at(9));
  CHECK(facts.snapshot_number == other.number);
  CHECK(facts.time == at(9));
  CHECK(facts.client_index == 0);
  REQUIRE(facts.matches.size() == 1);
  CHECK(facts.matches[0].rule == 1);
  CHECK_FALSE(facts.lifted);
  // What was read stays.
  CHECK(facts.address->dialled == address_of(kPublic));
  CHECK(facts.first_bytes->sni);
}

}  // namespace sallyport
