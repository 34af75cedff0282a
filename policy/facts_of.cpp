#include "policy/facts_of.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "policy/aws/request/aws_request.h"

namespace sallyport {
namespace {

void ask_snapshot(Facts& facts, const Snapshot& snapshot) {
  facts.snapshot_number = snapshot.number;
  facts.client_index = snapshot.client_of(facts.client);
  facts.matches.clear();
  snapshot.matcher.match(facts.host, facts.matches);
  facts.some_rule_ends = std::any_of(
      facts.matches.begin(), facts.matches.end(),
      [&](const RuleMatch& match) { return snapshot.rules[match.rule].until.has_value(); });
  const Route* route = snapshot.route_of(facts.host);
  facts.route_target = route == nullptr ? nullptr : route->connect_to;
  // Rules with `aws:` alone look at it, and at no more once there is a request.
  const bool is_asked_for =
      facts.host_shows == nullptr && !(facts.request && facts.request->aws) &&
      std::any_of(facts.matches.begin(), facts.matches.end(), [&](const RuleMatch& match) {
        return !snapshot.rules[match.rule].values.empty();
      });
  if (is_asked_for) facts.host_shows = aws_facts_of_host(facts.host);
}

Facts facts_of_target(const IpAddress& client, const Authority& target, TimePoint time,
                      bool is_own) {
  Facts facts{.kind = Facts::Kind::connect, .client = client, .host = target.host};
  facts.port = target.port;
  facts.time = time;
  facts.host_is_own_address = is_own;
  return facts;
}

/// The addresses that are known are those of the route that holds now, or they are not. Where an
/// exchange is under way they stay what they were learnt as.
void judge_addresses_anew(Facts& facts) {
  if (!facts.address || facts.address->is_assumed) return;
  AddressFacts& known = *facts.address;
  known.is_outdated = !facts.follows_route() && !known.dialled;
  const bool is_routed = known.learnt_for != nullptr && facts.keeps_way();
  for (ResolvedAddress& each : known.resolved) each.is_routed = is_routed;
}

/// The contradiction between the host that was asked for and the name in the hello, if there is
/// one.
std::optional<Reason> sni_contradiction(const Host& host, std::string_view server_name,
                                        std::optional<Host>& sni) {
  if (!host.is_literal() && server_name == host.text()) {  // nearly always: canonical already
    sni = host;
    return std::nullopt;
  }
  sni = Host::parse_name(server_name);
  if (!sni) {
    const bool is_literal_name =
        IpAddress::parse(server_name).has_value() || Host::parse(server_name).has_value();
    return is_literal_name && host.is_literal() ? Reason::sni_mismatch
                                                : Reason::malformed_client_hello;
  }
  if (!(*sni == host)) return Reason::sni_mismatch;
  return std::nullopt;
}

}  // namespace

Facts facts_of_connect(const Snapshot& snapshot, const IpAddress& client, const Authority& target,
                       TimePoint time, bool is_own) {
  Facts facts = facts_of_target(client, target, time, is_own);
  ask_snapshot(facts, snapshot);
  return facts;
}

Facts facts_of_exchange(const Snapshot& snapshot, const IpAddress& client, const Authority& target,
                        TimePoint time, bool is_own, RequestFacts request) {
  Facts facts = facts_of_target(client, target, time, is_own);
  facts.kind = Facts::Kind::exchange;
  if (request.aws) facts.contradiction = request.aws->contradiction;
  facts.request = std::make_shared<const RequestFacts>(std::move(request));
  ask_snapshot(facts, snapshot);
  return facts;
}

void add_body(Facts& facts, std::shared_ptr<const AwsFacts> aws) {
  if (aws->contradiction) facts.contradiction = aws->contradiction;
  RequestFacts request = *facts.request;
  request.aws = std::move(aws);
  facts.request = std::make_shared<const RequestFacts>(std::move(request));
  facts.body_is_known = true;
}

void renew(Facts& facts, const Snapshot& snapshot, TimePoint time) {
  facts.time = time;
  facts.lifted.reset();
  ask_snapshot(facts, snapshot);
  judge_addresses_anew(facts);
}

const Host& host_to_dial(const Facts& facts) {
  return facts.route_target == nullptr ? facts.host : facts.route_target->host;
}

std::uint16_t port_to_dial(const Facts& facts) {
  return facts.route_target == nullptr ? facts.port : facts.route_target->port;
}

void begin_address(Facts& facts) { facts.address.emplace().learnt_for = facts.route_target; }

void add_address(Facts& facts, const IpAddress& address, bool is_own) {
  ResolvedAddress& added = facts.address->resolved.emplace_back(address, is_own);
  added.is_routed = facts.route_target != nullptr;
}

void begin_exchange_at(Facts& facts, const IpAddress& dialled) {
  facts.address->dialled = dialled;
  facts.address->is_under_way = true;
}

void become_tunnel(Facts& facts) {
  facts.address->is_under_way = false;
  judge_addresses_anew(facts);
}

void forget_dialled(Facts& facts) {
  facts.address->dialled.reset();
  facts.address->is_under_way = false;
  judge_addresses_anew(facts);
}

void add_hello(Facts& facts, const HelloWords& hello) {
  FirstBytes& first = facts.first_bytes.emplace();
  first.kind = FirstBytes::Kind::tls;
  first.alpn = hello.alpn;
  first.has_ech = hello.has_ech;
  if (!hello.server_name) return;
  const auto found = sni_contradiction(facts.host, *hello.server_name, first.sni);
  if (found) facts.contradiction = found;  // one that was found before stands
}

void add_malformed_hello(Facts& facts) {
  facts.first_bytes.emplace().kind = FirstBytes::Kind::tls;
  facts.contradiction = Reason::malformed_client_hello;
}

void add_first_bytes(Facts& facts, FirstBytes::Kind kind) {
  facts.first_bytes.emplace().kind = kind;
}

void keep_lifted(Facts& facts, const Snapshot& snapshot, const Answer& answer) {
  if (!answer.would_block || facts.lifted) return;
  const RuleIndex rule = answer.verdict.rule;
  const bool is_noted =
      rule != kNoRule && !snapshot.rules[rule].is_allow() && !snapshot.rules[rule].enforces();
  if (!is_noted) facts.lifted = answer.verdict;
}

}  // namespace sallyport
