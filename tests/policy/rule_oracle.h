// What one rule says of facts, written down a second time from SEMANTICS.md, sections 2, 4 and 9
// (The guard): every condition with its truth, and which address is dialled. A part of
// decide_oracle.h.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "policy/snapshot.h"
#include "policy/truth.h"
#include "policy/url_pattern.h"
#include "policy/values/facts.h"
#include "tests/policy/value_oracle.h"

namespace sallyport::oracle {

/// One condition of a rule.
struct Condition {
  ConditionKind kind = ConditionKind::hosts;
  Truth truth = Truth::yes;
  Reason reason = Reason::allowed;
  Stage waits = Stage::body;
};

/// A rule whose hosts match, with what each condition says; in the order of section 4.
struct Judged {
  RuleMatch match;
  std::vector<Condition> conditions;

  Truth truth() const {
    Truth all = Truth::yes;
    for (const Condition& each : conditions) all = std::min(all, each.truth);
    return all;
  }
  Stage waits_for() const {
    Stage earliest = Stage::body;
    for (const Condition& each : conditions) {
      if (each.truth == Truth::unknown) earliest = std::min(earliest, each.waits);
    }
    return earliest;
  }
};

/// Which address is dialled, or would be.
struct Dial {
  enum class State : std::uint8_t { open, assumed, chosen, guarded, unwanted };
  State state = State::open;
  ResolvedAddress address;
};

/// Section 9, The guard: without any rule's lift.
inline bool guard_passes(const Snapshot& snapshot, const ResolvedAddress& each) {
  const AddressClass found = classify(each.address).address_class;
  if (each.is_own || found == AddressClass::forbidden) return false;
  if (found == AddressClass::global || each.is_routed) return true;
  for (const Network& network : snapshot.destinations.allow_networks) {
    if (network.contains(each.address.judged())) return true;
  }
  return false;
}

inline bool is_inside(const std::vector<Network>& networks, const IpAddress& address) {
  for (const Network& network : networks) {
    if (network.contains(address.judged())) return true;
  }
  return false;
}

/// Section 2, networks: an allow rule accepts an address.
inline bool accepts(const Snapshot& snapshot, const Rule& rule, const ResolvedAddress& each) {
  if (rule.networks.empty()) return guard_passes(snapshot, each);
  if (!is_inside(rule.networks, each.address)) return false;
  const bool is_never =
      each.is_own || classify(each.address).address_class == AddressClass::forbidden;
  return rule.enforces() ? !is_never : guard_passes(snapshot, each);
}

/// Section 10, Reload: what was learnt for another way than the host takes now is none of its.
inline std::string way_text(const std::shared_ptr<const Authority>& target) {
  return target ? target->text() : "itself";
}

/// The addresses that come into question: the one that was dialled, else all. Those of the host's
/// route may be private (DESIGN.md, Policy file).
inline std::vector<ResolvedAddress> candidates(const Facts& facts) {
  if (way_text(facts.address->learnt_for) != way_text(facts.route_target)) return {};
  const bool is_routed = facts.route_target != nullptr;
  std::vector<ResolvedAddress> all = facts.address->resolved;
  for (ResolvedAddress& each : all) each.is_routed = is_routed;
  if (!facts.address->dialled) return all;
  ResolvedAddress dialled{*facts.address->dialled, false};
  for (const ResolvedAddress& each : all) {
    if (each.address != dialled.address) continue;
    dialled.is_routed = is_routed;
    if (each.is_own) dialled.is_own = true;
  }
  return {dialled};
}

inline SchemeSet schemes_of(const Rule& rule) {
  if (rule.schemes) return *rule.schemes;
  return {.https = true, .http = !rule.is_allow()};
}

/// Section 1: what makes the scheme.
struct KnownScheme {
  bool is_known = false;
  std::optional<Scheme> scheme;  ///< absent though known: there is none
};
inline KnownScheme scheme_of(const Facts& facts) {
  if (facts.kind == Facts::Kind::exchange) return {true, facts.request->scheme};
  if (!facts.first_bytes) return {};
  if (facts.first_bytes->kind == FirstBytes::Kind::tls) return {true, Scheme::https};
  if (facts.first_bytes->kind == FirstBytes::Kind::http) return {true, Scheme::http};
  return {true, std::nullopt};
}

inline Condition condition(ConditionKind kind, bool holds, Reason reason) {
  return {kind, holds ? Truth::yes : Truth::no, reason, {}};
}
inline Condition waiting(ConditionKind kind, Stage fact) {
  return {kind, Truth::unknown, Reason::allowed, fact};
}

/// A condition on a request that was not read: it waits, or counts against where nothing can be
/// read.
inline Condition unread(ConditionKind kind, const Rule& rule, const Facts& facts) {
  const bool is_unreadable =
      facts.first_bytes && (facts.first_bytes->kind == FirstBytes::Kind::other ||
                            facts.first_bytes->kind == FirstBytes::Kind::silence);
  if (is_unreadable) return condition(kind, !rule.is_allow(), Reason::not_tls);
  return waiting(kind, Stage::request);
}

inline Condition ports(const Rule& rule, const Facts& facts) {
  const auto holds = [&](bool it) {
    return condition(ConditionKind::ports, it, Reason::port_not_allowed);
  };
  for (const PortRange& range : rule.ports) {
    if (facts.port >= range.first && facts.port <= range.last) return holds(true);
  }
  if (!rule.ports.empty()) return holds(false);
  if (!rule.is_allow()) return holds(true);
  const SchemeSet schemes = schemes_of(rule);
  const bool fits_https = facts.port == 443;
  const bool fits_http = facts.port == 80;
  const bool is_any_first_bytes = facts.kind == Facts::Kind::connect && rule.tls_is_optional;
  const auto scheme = scheme_of(facts).scheme;
  if (scheme && !is_any_first_bytes) {
    if (!schemes.holds(*scheme)) return holds(true);  // section 4: `schemes` is what is said
    return holds(*scheme == Scheme::https ? fits_https : fits_http);
  }
  return holds((schemes.https && fits_https) || (schemes.http && fits_http));
}

inline Condition schemes(const Rule& rule, const Facts& facts) {
  const auto holds = [&](bool it) {
    return condition(ConditionKind::schemes, it, Reason::scheme_not_allowed);
  };
  if (!rule.is_allow() && !rule.schemes) return holds(true);
  if (facts.kind == Facts::Kind::connect && rule.tls_is_optional) return holds(true);
  const KnownScheme known = scheme_of(facts);
  if (!known.is_known) return waiting(ConditionKind::schemes, Stage::first_bytes);
  if (!known.scheme) return holds(rule.is_allow());  // an allow fails `tls` by them
  return holds(schemes_of(rule).holds(*known.scheme));
}

inline Condition networks(const Snapshot& snapshot, const Rule& rule, const Facts& facts,
                          const Dial& dial) {
  const auto kind = ConditionKind::networks;
  const auto holds = [&](bool it) { return condition(kind, it, Reason::network_not_allowed); };
  if (!rule.is_allow()) {
    if (rule.networks.empty()) return holds(true);
    if (!facts.address) return waiting(kind, Stage::address);
    for (const ResolvedAddress& each : facts.address->resolved) {
      if (is_inside(rule.networks, each.address)) return holds(true);
    }
    return holds(false);
  }
  switch (dial.state) {
    case Dial::State::open:
      return rule.networks.empty() ? holds(true) : waiting(kind, Stage::address);
    case Dial::State::assumed:
      return holds(true);
    case Dial::State::chosen:
      return holds(accepts(snapshot, rule, dial.address));
    case Dial::State::guarded:
    case Dial::State::unwanted:
      break;
  }
  for (const ResolvedAddress& each : candidates(facts)) {
    if (accepts(snapshot, rule, each)) return holds(true);
  }
  return holds(false);
}

inline Condition tls(const Rule& rule, const Facts& facts) {
  const auto kind = ConditionKind::tls;
  const bool is_asked =
      rule.is_allow() && facts.kind == Facts::Kind::connect && !rule.tls_is_optional;
  if (!is_asked) return condition(kind, true, {});
  if (!facts.first_bytes) return waiting(kind, Stage::first_bytes);
  const FirstBytes& first = *facts.first_bytes;
  if (first.kind == FirstBytes::Kind::tls) {
    return condition(kind, first.sni || facts.host.is_literal(), Reason::sni_missing);
  }
  // HTTP on an https rule fails `schemes`.
  return condition(kind, first.kind == FirstBytes::Kind::http, Reason::not_tls);
}

inline Condition methods(const Rule& rule, const Facts& facts) {
  const auto kind = ConditionKind::methods;
  if (rule.methods.empty()) return condition(kind, true, {});
  if (!facts.request) return unread(kind, rule, facts);
  const bool is_listed =
      std::count(rule.methods.begin(), rule.methods.end(), facts.request->method) > 0;
  return condition(kind, is_listed, Reason::method_not_allowed);
}

inline Condition urls(const Rule& rule, const Facts& facts) {
  const auto kind = ConditionKind::urls;
  if (rule.urls.empty()) return condition(kind, true, {});
  const auto scheme = scheme_of(facts).scheme;
  bool can_fit = false;
  for (const UrlPattern& url : rule.urls) {
    const bool is_of_scheme = !scheme || *scheme == url.scheme();
    if (is_of_scheme && url.host().matches(facts.host, !rule.is_allow())) can_fit = true;
  }
  if (!can_fit) return condition(kind, false, Reason::url_not_allowed);
  if (!facts.request) return unread(kind, rule, facts);
  const auto& target = facts.request->target;
  const bool fits = rule.is_allow()
                        ? urls_allow(rule.urls, facts.request->scheme, facts.host, target)
                        : urls_deny(rule.urls, facts.request->scheme, facts.host, target);
  return condition(kind, fits, Reason::url_not_allowed);
}

inline Condition value(const ValueCondition& asked, const Rule& rule, const Facts& facts) {
  const ValueAnswer found = judge_value(asked, rule.is_allow(), facts);
  if (found.waits_for == Stage::request && found.truth == Truth::unknown) {
    return unread(asked.kind, rule, facts);
  }
  return {asked.kind, found.truth, found.reason, found.waits_for};
}

/// Section 2, all of a rule's conditions.
inline Judged judge(const Snapshot& snapshot, const RuleMatch& match, const Facts& facts,
                    const Dial& dial) {
  const Rule& rule = snapshot.rules[match.rule];
  Judged judged{match, {}};
  const auto add = [&](const Condition& each) { judged.conditions.push_back(each); };
  add(condition(ConditionKind::hosts, !match.is_excepted, Reason::host_not_allowed));
  bool is_client = !rule.clients;
  if (rule.clients && facts.client_index) {
    is_client = std::count(rule.clients->begin(), rule.clients->end(), *facts.client_index) > 0;
  }
  add(condition(ConditionKind::clients, is_client, Reason::client_not_allowed));
  const bool has_ended = rule.until && facts.time >= *rule.until;
  add(condition(ConditionKind::until, !has_ended, Reason::rule_expired));
  add(ports(rule, facts));
  add(schemes(rule, facts));
  add(networks(snapshot, rule, facts, dial));
  add(tls(rule, facts));
  add(methods(rule, facts));
  add(urls(rule, facts));
  for (const ValueCondition& each : rule.values) add(value(each, rule, facts));
  return judged;
}

/// The rules of one kind that match, in file order. On a host that is no AWS endpoint a rule with
/// `aws:` does not match.
inline std::vector<Judged> judged_rules(const Snapshot& snapshot, const Facts& facts, Effect effect,
                                        Mode mode, const Dial& dial) {
  std::vector<Judged> found;
  const bool is_aws = facts.host_shows || (facts.request && facts.request->aws);
  for (const RuleMatch& match : facts.matches) {
    const Rule& rule = snapshot.rules[match.rule];
    if (rule.effect != effect || rule.mode != mode) continue;
    if (!rule.values.empty() && !is_aws) continue;
    found.push_back(judge(snapshot, match, facts, dial));
  }
  return found;
}

/// Section 2, networks: the address that the most allow rules not yet false accept, the first of
/// those. A CONNECT is dialled before its first bytes are known.
inline Dial dial_for(const Snapshot& snapshot, const Facts& facts, Mode mode) {
  if (!facts.address) return {};
  if (facts.address->is_assumed) return {Dial::State::assumed, {}};
  Facts at_dial = facts;
  if (facts.kind == Facts::Kind::connect) at_dial.first_bytes.reset();
  const auto alive = judged_rules(snapshot, at_dial, Effect::allow, mode, Dial{});
  Dial dial{Dial::State::guarded, {}};
  std::size_t most = 0;
  for (const ResolvedAddress& each : candidates(facts)) {
    std::size_t wanted = 0;
    for (const Judged& rule : alive) {
      const bool is_false = rule.truth() == Truth::no;
      if (!is_false && accepts(snapshot, snapshot.rules[rule.match.rule], each)) ++wanted;
    }
    if (wanted > most) {
      most = wanted;
      dial = {Dial::State::chosen, each};
    }
    if (most == 0 && guard_passes(snapshot, each)) dial.state = Dial::State::unwanted;
  }
  return dial;
}

}  // namespace sallyport::oracle
