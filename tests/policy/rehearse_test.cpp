#include "policy/rehearse.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/policy/decide_rows.h"

namespace sallyport {
namespace {

using Kind = FirstBytes::Kind;

GivenAttempt to(std::string_view authority) {
  return {.client = IpAddress::v4({127, 0, 0, 1}),
          .target = *parse_authority(authority),
          .time = at(0),
          .addresses = std::nullopt,
          .sni = std::nullopt};
}

GivenAttempt with_addresses(std::string_view authority, Words addresses) {
  GivenAttempt given = to(authority);
  given.addresses.emplace();
  for (const char* each : addresses) given.addresses->push_back(address_of(each));
  return given;
}

GivenAttempt with_first(std::string_view authority, Kind kind) {
  GivenAttempt given = to(authority);
  given.first_bytes = kind;
  return given;
}

GivenAttempt with_sni(std::string_view authority, const char* sni) {
  GivenAttempt given = to(authority);
  given.sni = sni;
  return given;
}

std::string said(const PolicyBuilder& policy, const GivenAttempt& given) {
  const Snapshot snapshot = policy.build();
  return said(snapshot, rehearse(snapshot, given).answer);
}

RuleBuilder allow_a() { return rule("a").hosts({"a.example.org"}); }

}  // namespace

TEST_CASE("a rehearsal goes the way of a session: as far as the facts are asked for") {
  const Snapshot snapshot = policy({allow_a()}).build();
  const Rehearsal allowed = rehearse(snapshot, to("a.example.org:443"));
  CHECK(said(snapshot, allowed.answer) == "allow by a after first_bytes");
  CHECK(allowed.facts.address->is_assumed);
  CHECK(allowed.facts.first_bytes->sni->text() == "a.example.org");

  const Rehearsal blocked = rehearse(snapshot, to("b.example.org:443"));
  CHECK(said(snapshot, blocked.answer) == "block host_not_allowed by - after connect");
  CHECK_FALSE(blocked.facts.address);
  CHECK_FALSE(blocked.facts.first_bytes);
}

TEST_CASE("what is not given is what a client would commonly send") {
  const auto literal = [] { return policy({rule("l").hosts({"203.0.114.1"})}); };
  const auto only = [] { return policy({allow_a().networks({"10.0.0.0/8"})}); };
  CHECK(said(literal(), to("203.0.114.1:443")) == "allow by l after first_bytes");
  CHECK(said(only(), to("a.example.org:443")) == "allow by a after first_bytes");
  CHECK(said(policy({allow_a(), rule("d").deny().hosts({"*"}).networks({"0.0.0.0/0"})}),
             to("a.example.org:443")) == "allow by a after first_bytes");
}

TEST_CASE("what is given is judged") {
  const auto rules = [] { return policy({allow_a()}); };
  const char* const target = "a.example.org:443";
  CHECK(said(rules(), with_addresses(target, {"127.0.0.1"})) ==
        "block destination_forbidden by - after address");
  CHECK(said(rules(), with_addresses(target, {"127.0.0.1", kPublic})) ==
        "allow by a after first_bytes");
  CHECK(said(rules(), with_first(target, Kind::http)) ==
        "block scheme_not_allowed by a after first_bytes");
  CHECK(said(rules(), with_first(target, Kind::other)) == "block not_tls by a after first_bytes");
  CHECK(said(rules(), with_first(target, Kind::silence)) == "block not_tls by a after first_bytes");
  CHECK(said(rules(), with_sni(target, "")) == "block sni_missing by a after first_bytes");
  CHECK(said(rules(), with_sni(target, "A.example.org.")) == "allow by a after first_bytes");
  CHECK(said(rules(), with_sni(target, "b.example.org")) ==
        "block sni_mismatch by - after first_bytes");
  CHECK(said(rules(), with_sni(target, "203.0.114.1")) ==
        "block malformed_client_hello by - after first_bytes");
}

TEST_CASE("a literal is its own address, whatever is given") {
  CHECK(said(policy({rule("l").hosts({"203.0.114.1"})}),
             with_addresses("203.0.114.1:443", {"127.0.0.1"})) == "allow by l after first_bytes");
}

TEST_CASE("a request is rehearsed as the gate judges it: at once, and by its addresses") {
  const auto request = [](std::string_view method, std::string_view path) {
    GivenAttempt given = to("a.example.org:80");
    given.request = RequestFacts{.scheme = Scheme::http,
                                 .method = std::string(method),
                                 .target = std::string(path),
                                 .aws = nullptr};
    return given;
  };
  const auto http = [] { return allow_a().schemes({Scheme::http}); };
  CHECK(said(policy({http()}), request("GET", "/")) == "allow by a after request");
  CHECK(said(policy({allow_a()}), request("GET", "/")) ==
        "block scheme_not_allowed by a after request");
  CHECK(said(policy({http().methods({"GET"})}), request("PUT", "/")) ==
        "block method_not_allowed by a after request");
  CHECK(said(policy({http().urls({"http://a.example.org/up/**"})}), request("GET", "/")) ==
        "block url_not_allowed by a after request");
  GivenAttempt elsewhere = request("GET", "/");
  elsewhere.addresses = {address_of("127.0.0.1")};
  CHECK(said(policy({http()}), elsewhere) == "block destination_forbidden by - after address");
  elsewhere.addresses = {address_of(kPublic), address_of(kOtherPublic)};
  const Snapshot pinned = policy({http().networks({"203.0.115.0/24"})}).build();
  const Rehearsal rehearsal = rehearse(pinned, elsewhere);
  CHECK(said(pinned, rehearsal.answer) == "allow by a after request");
  CHECK(rehearsal.facts.request);
  CHECK_FALSE(rehearsal.facts.first_bytes);
  CHECK(said(policy({allow_a()}).mode(Mode::monitor), request("GET", "/")) ==
        "allow would_block scheme_not_allowed by a after request");
}

TEST_CASE("a rehearsal ends where a request would be read") {
  const auto rules = [] { return policy({allow_a().methods({"GET"})}); };
  CHECK(said(rules(), to("a.example.org:443")) == "need request");
  const auto http = [] { return policy({allow_a().schemes({Scheme::http})}); };
  CHECK(said(http(), with_first("a.example.org:80", Kind::http)) == "need request");
}

TEST_CASE("the first bytes belong to the first address that would be dialled") {
  // Three rules; two of them, which want TLS, decide where the dial goes.
  const auto rules = [] {
    return policy({rule("one").hosts({"*"}).networks({"203.0.114.0/24"}),
                   rule("two").hosts({"*"}).networks({"203.0.114.0/24"}),
                   rule("any").hosts({"*"}).networks({"203.0.115.0/24"}).tls_optional()});
  };
  GivenAttempt given = with_addresses("a.example.org:443", {kOtherPublic, kPublic});
  given.first_bytes = Kind::other;
  const Snapshot snapshot = rules().build();
  const Rehearsal rehearsal = rehearse(snapshot, given);
  CHECK(rehearsal.facts.address->dialled == address_of(kPublic));
  CHECK(said(snapshot, rehearsal.answer) == "block not_tls by one after first_bytes");
}

TEST_CASE("a rehearsal in monitor mode keeps the first verdict") {
  const auto rules = [] { return policy({allow_a()}).mode(Mode::monitor); };
  CHECK(said(rules(), to("b.example.org:443")) ==
        "allow would_block host_not_allowed by - after connect");
  CHECK(said(rules(), with_first("a.example.org:22", Kind::other)) ==
        "allow would_block port_not_allowed by a after connect");
  CHECK(said(rules(), with_addresses("b.example.org:443", {"127.0.0.1"})) ==
        "block destination_forbidden by - after address");
  CHECK(said(rules(), with_sni("b.example.org:443", "a.example.org")) ==
        "block sni_mismatch by - after first_bytes");
  const auto discovering = [] {
    return policy({allow_a(), rule("discover").hosts({"*"}).tls_optional().monitor()});
  };
  CHECK(said(discovering(), to("b.example.org:443")) ==
        "allow would_block host_not_allowed by discover after connect");
}

}  // namespace sallyport
