#include "policy/routes.h"

#include <string>

#include <doctest/doctest.h>

#include "policy/decide.h"
#include "policy/dial_choice.h"
#include "policy/facts_of.h"
#include "tests/policy/loader/load_text.h"
#include "tests/policy/policy_builder.h"

namespace sallyport {
namespace {

using namespace sallyport::test;

std::shared_ptr<const Snapshot> with_routes(const std::string& routes,
                                            const std::string& hosts = "'*'") {
  const LoadResult result =
      load_text("version: 1\nrules: [{name: a, hosts: [" + hosts + "], multi_tenant: accept}]\n" +
                (routes.empty() ? "" : "destinations:\n  routes:\n" + routes));
  CHECK(joined(errors_of(result)) == "");
  REQUIRE(result.is_ok());
  return result.policy->snapshot;
}

/// Where a host is reached; `-`: itself.
std::string way_of(const Snapshot& snapshot, std::string_view host) {
  const Route* route = snapshot.route_of(parsed(Host::parse(host), host));
  return route == nullptr ? "-" : route->connect_to->text();
}

TEST_CASE("a host takes the first route that fits, in its regions alone") {
  const auto snapshot = with_routes(
      "    - {hosts: ['@s3'], regions: [us-east-1], connect_to: one.example.org}\n"
      "    - {hosts: ['@s3'], regions: [eu-central-1, eu-west-1], connect_to: '10.0.0.2:8443'}\n"
      "    - {hosts: ['*.amazonaws.com'], regions: [us-east-1], connect_to: three.example.org}\n"
      "    - {hosts: ['*.example.org', 'xn--bcher-kva.example.net', 52.94.77.1], connect_to: "
      "'[fd00::4]:443', endpoint_policy: pinned}\n"
      "    - {hosts: [a.example.org, 're:b.*'], connect_to: five.example.org}\n");
  struct Row {
    std::string_view host;
    std::string_view way;
  };
  const Row rows[] = {
      {"ml-data.s3.us-east-1.amazonaws.com", "one.example.org:443"},
      {"s3.us-east-1.amazonaws.com", "one.example.org:443"},
      {"site.s3-website-us-east-1.amazonaws.com", "-"},  // is no API, and shows none to the gate
      {"ml-data.s3.eu-central-1.amazonaws.com", "10.0.0.2:8443"},
      {"ml-data.s3.eu-west-1.amazonaws.com", "10.0.0.2:8443"},
      {"ml-data.s3.eu-west-2.amazonaws.com", "-"},
      {"s3.amazonaws.com", "-"},  // shows no region
      {"sts.us-east-1.amazonaws.com", "three.example.org:443"},
      {"sts.eu-west-1.amazonaws.com", "-"},
      {"sts.amazonaws.com", "three.example.org:443"},  // signed for us-east-1
      {"a.example.org", "[fd00::4]:443"},
      {"xn--bcher-kva.example.org", "[fd00::4]:443"},
      {"xn--bcher-kva.example.net", "[fd00::4]:443"},
      {"52.94.77.1", "[fd00::4]:443"},
      {"52.94.77.2", "-"},
      {"b.example.net", "five.example.org:443"},
      {"c.example.net", "-"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.host);
    CHECK(way_of(*snapshot, row.host) == row.way);
  }
  CHECK_FALSE(snapshot->destinations.routes.all()[0].is_pinned);
  CHECK(snapshot->destinations.routes.all()[3].is_pinned);
  CHECK(way_of(*with_routes(""), "a.example.org") == "-");
}

const std::string kToGate = "    - {hosts: [a.example.org], connect_to: 'gate.example.org:8443'}\n";
const std::string kToOther =
    "    - {hosts: [a.example.org], connect_to: 'other.example.org:443'}\n";

Facts connect_to(const Snapshot& snapshot, std::string_view target) {
  return facts_of_connect(snapshot, IpAddress::v4({10, 1, 1, 1}),
                          parsed(parse_authority(target), target), at(0), false);
}

/// The facts of a CONNECT to a.example.org whose addresses were learnt, and perhaps dialled.
Facts learnt(const Snapshot& snapshot, Words addresses, const char* dialled = nullptr) {
  Facts facts = connect_to(snapshot, "a.example.org:443");
  begin_address(facts);
  for (const char* each : addresses) add_address(facts, address_of(each), false);
  if (dialled != nullptr) facts.address->dialled = address_of(dialled);
  return facts;
}

/// `need FACT`, or the reason.
std::string answer(const Snapshot& snapshot, const Facts& facts) {
  const Answer found = decide(snapshot, facts);
  if (found.kind == Answer::Kind::need) return "need " + std::string(text(found.need));
  return std::string(text(found.verdict.reason));
}

TEST_CASE("an attempt on a route resolves and dials what the route names") {
  const auto snapshot = with_routes(kToGate);
  const Facts routed = connect_to(*snapshot, "a.example.org:443");
  CHECK(host_to_dial(routed).text() == "gate.example.org");
  CHECK(port_to_dial(routed) == 8443);
  CHECK(routed.port == 443);
  const Facts other = connect_to(*snapshot, "b.example.org:443");
  CHECK(host_to_dial(other).text() == "b.example.org");
  CHECK(port_to_dial(other) == 443);
}

TEST_CASE("a route's address may be private for that route alone, and nothing worse") {
  const auto snapshot = with_routes(kToGate, "a.example.org, b.example.org");
  struct Row {
    const char* address;
    std::string_view answer;
  };
  const Row rows[] = {
      {"10.0.0.7", "need first_bytes"},
      {"fd00::7", "need first_bytes"},
      {"52.94.77.1", "need first_bytes"},
      {"127.0.0.1", "destination_forbidden"},
      {"169.254.169.254", "destination_forbidden"},
      {"fe80::1", "destination_forbidden"},
      {"0.0.0.0", "destination_forbidden"},
      {"::ffff:10.0.0.7", "destination_forbidden"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.address);
    CHECK(answer(*snapshot, learnt(*snapshot, {row.address})) == row.answer);
  }
  Facts own = connect_to(*snapshot, "a.example.org:443");
  begin_address(own);
  add_address(own, address_of("10.0.0.7"), true);
  CHECK(answer(*snapshot, own) == "destination_forbidden");

  Facts unrouted = connect_to(*snapshot, "b.example.org:443");
  begin_address(unrouted);
  add_address(unrouted, address_of("10.0.0.7"), false);
  CHECK(answer(*snapshot, unrouted) == "destination_forbidden");
  CHECK(dial_order(*snapshot, learnt(*snapshot, {"10.0.0.7", "127.0.0.1", "52.94.77.1"})) ==
        AddressList{address_of("10.0.0.7"), address_of("52.94.77.1")});
}

TEST_CASE("a literal that the guard refuses is refused, whatever a route says") {
  const auto snapshot = with_routes("    - {hosts: ['*'], connect_to: gate.example.org}\n");
  CHECK(answer(*snapshot, connect_to(*snapshot, "10.0.0.7:443")) == "destination_forbidden");
}

TEST_CASE("addresses that were not learnt for the route are never dialled") {
  const auto snapshot = with_routes(kToGate);
  Facts facts = connect_to(*snapshot, "a.example.org:443");
  facts.address.emplace().resolved.push_back({address_of("52.94.77.1"), false});
  CHECK(answer(*snapshot, facts) == "destination_forbidden");
  CHECK(dial_order(*snapshot, facts).empty());
}

TEST_CASE("on reload an attempt takes the way that its host has now") {
  const std::string to_gate_elsewhere =
      "    - {hosts: ['*.example.org'], connect_to: 'gate.example.org:8443'}\n";
  struct Row {
    const char* because;
    std::string before;
    std::string after;
    const char* address;
    std::string_view not_dialled;
    std::string_view dialled;
  };
  const std::string ok = "need first_bytes";
  const std::string anew = "need address";
  const std::string cut = "tunnel_revoked";
  const Row rows[] = {
      {"the same", kToGate, kToGate, "10.0.0.7", ok, ok},
      {"the same, written otherwise", kToGate, to_gate_elsewhere, "10.0.0.7", ok, ok},
      {"none before or after", "", "", "52.94.77.1", ok, ok},
      {"gone, and private", kToGate, "", "10.0.0.7", anew, cut},
      {"gone", kToGate, "", "52.94.77.1", anew, cut},
      {"another target", kToGate, kToOther, "10.0.0.7", anew, cut},
      {"new", "", kToGate, "52.94.77.1", anew, cut},
  };
  for (const Row& row : rows) {
    CAPTURE(row.because);
    const auto before = with_routes(row.before);
    const auto after = with_routes(row.after);
    for (const bool is_dialled : {false, true}) {
      Facts facts = learnt(*before, {row.address}, is_dialled ? row.address : nullptr);
      CHECK(answer(*before, facts) == ok);
      renew(facts, *after, at(1));
      CHECK(answer(*after, facts) == (is_dialled ? row.dialled : row.not_dialled));
      renew(facts, *before, at(2));  // and back
      CHECK(answer(*before, facts) == ok);
    }
    Facts facts = learnt(*before, {row.address});
    begin_exchange_at(facts, address_of(row.address));
    renew(facts, *after, at(1));
    CHECK(answer(*after, facts) == ok);
    CHECK(dial_order(*after, facts).empty() == (row.dialled == cut));
    become_tunnel(facts);
    CHECK(answer(*after, facts) == row.dialled);
    forget_dialled(facts);
    CHECK(answer(*after, facts) == row.not_dialled);
  }
}

}  // namespace
}  // namespace sallyport
