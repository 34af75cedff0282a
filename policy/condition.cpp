#include "policy/condition.h"

#include <algorithm>
#include <span>

#include "policy/guard.h"
#include "policy/value_condition.h"

namespace sallyport {
namespace {

/// The scheme as far as it is known: of an exchange its own, of a CONNECT what its first bytes
/// make.
struct KnownScheme {
  bool is_known = false;         ///< false before the first bytes
  std::optional<Scheme> scheme;  ///< absent though known: neither TLS nor HTTP
};

/// The first bytes, where they are known and looked at.
const FirstBytes* first_bytes_of(const Facts& facts, Seen seen) noexcept {
  return facts.first_bytes && seen == Seen::all ? &*facts.first_bytes : nullptr;
}

KnownScheme scheme_of(const Facts& facts, Seen seen) noexcept {
  if (facts.request) return {true, facts.request->scheme};
  const FirstBytes* first = first_bytes_of(facts, seen);
  if (first == nullptr) return {};
  switch (first->kind) {
    case FirstBytes::Kind::tls:
      return {true, Scheme::https};
    case FirstBytes::Kind::http:
      return {true, Scheme::http};
    case FirstBytes::Kind::other:
    case FirstBytes::Kind::silence:
      break;
  }
  return {true, std::nullopt};
}

/// What a condition is asked about.
struct Question {
  const Snapshot& snapshot;
  const Rule& rule;
  const RuleMatch& match;
  const Facts& facts;
  const DialChoice& choice;
  Seen seen;
  KnownScheme known;

  bool is_connect() const noexcept { return facts.kind == Facts::Kind::connect; }
  const FirstBytes* first_bytes() const noexcept { return first_bytes_of(facts, seen); }
};

constexpr Judgement yes() { return {}; }
constexpr Judgement no(Reason reason) { return {Truth::no, reason, Stage::body}; }
constexpr Judgement waits_for(Stage fact) { return {Truth::unknown, Reason::allowed, fact}; }
constexpr Judgement yes_if(bool holds, Reason reason) { return holds ? yes() : no(reason); }

std::uint16_t port_of(Scheme scheme) { return scheme == Scheme::https ? 443 : 80; }

Judgement judge_hosts(const Question& q) noexcept {
  return yes_if(!q.match.is_excepted, Reason::host_not_allowed);
}

Judgement judge_clients(const Question& q) noexcept {
  if (!q.rule.clients) return yes();
  const bool is_named =
      q.facts.client_index &&
      std::binary_search(q.rule.clients->begin(), q.rule.clients->end(), *q.facts.client_index);
  return yes_if(is_named, Reason::client_not_allowed);
}

Judgement judge_until(const Question& q) noexcept {
  return yes_if(!q.rule.until || q.facts.time < *q.rule.until, Reason::rule_expired);
}

/// `tls: optional` takes any first bytes of a CONNECT, so the scheme does not matter there.
bool takes_any_first_bytes(const Question& q) noexcept {
  return q.is_connect() && q.rule.tls_is_optional;
}

Judgement judge_ports(const Question& q) noexcept {
  const std::uint16_t port = q.facts.port;
  if (!q.rule.ports.empty()) {
    const bool is_listed = std::any_of(
        q.rule.ports.begin(), q.rule.ports.end(),
        [port](const PortRange& range) { return range.first <= port && port <= range.last; });
    return yes_if(is_listed, Reason::port_not_allowed);
  }
  if (!q.rule.is_allow()) return yes();
  const SchemeSet schemes = q.rule.schemes_meant();
  if (q.known.scheme && !takes_any_first_bytes(q)) {
    // A scheme that the rule lacks fails `schemes`, which is what is said.
    if (!schemes.holds(*q.known.scheme)) return yes();
    return yes_if(port == port_of(*q.known.scheme), Reason::port_not_allowed);
  }
  const bool fits_some = (schemes.https && port == port_of(Scheme::https)) ||
                         (schemes.http && port == port_of(Scheme::http));
  return yes_if(fits_some, Reason::port_not_allowed);
}

Judgement judge_schemes(const Question& q) noexcept {
  const bool takes_any = !q.rule.is_allow() && !q.rule.schemes;
  if (takes_any || takes_any_first_bytes(q)) return yes();
  if (!q.known.is_known) return waits_for(Stage::first_bytes);
  // Bytes that make no scheme fail `tls` in an allow; no scheme that a deny names is theirs.
  if (!q.known.scheme) return yes_if(q.rule.is_allow(), Reason::scheme_not_allowed);
  return yes_if(q.rule.schemes_meant().holds(*q.known.scheme), Reason::scheme_not_allowed);
}

Judgement judge_deny_networks(const Question& q) noexcept {
  if (q.rule.networks.empty()) return yes();
  if (!q.facts.knows_address()) return waits_for(Stage::address);
  const auto is_inside = [&](const ResolvedAddress& each) {
    return std::any_of(q.rule.networks.begin(), q.rule.networks.end(), [&](const Network& network) {
      return network.contains(each.address.judged());
    });
  };
  const auto& resolved = q.facts.address->resolved;
  return yes_if(std::any_of(resolved.begin(), resolved.end(), is_inside),
                Reason::network_not_allowed);
}

Judgement judge_networks(const Question& q) noexcept {
  if (!q.rule.is_allow()) return judge_deny_networks(q);
  switch (q.choice.state) {
    case DialChoice::State::unknown:
      return q.rule.networks.empty() ? yes() : waits_for(Stage::address);
    case DialChoice::State::assumed:
      return yes();
    case DialChoice::State::chosen:
      return yes_if(rule_accepts(q.snapshot, q.rule, q.choice.address),
                    Reason::network_not_allowed);
    case DialChoice::State::forbidden:
    case DialChoice::State::refused:
      break;
  }
  // No rule that still could allow accepts an address; one that fails elsewhere may accept some.
  return yes_if(accepts_some(q.snapshot, q.rule, q.facts), Reason::network_not_allowed);
}

Judgement judge_tls(const Question& q) noexcept {
  if (!q.rule.is_allow() || !q.is_connect() || q.rule.tls_is_optional) return yes();
  const FirstBytes* first = q.first_bytes();
  if (!first) return waits_for(Stage::first_bytes);
  switch (first->kind) {
    case FirstBytes::Kind::tls:
      // The hello to a literal names nobody (RFC 6066 section 3).
      return yes_if(first->sni || q.facts.host.is_literal(), Reason::sni_missing);
    case FirstBytes::Kind::http:
      return yes();  // `schemes` has judged it
    case FirstBytes::Kind::other:
    case FirstBytes::Kind::silence:
      break;
  }
  return no(Reason::not_tls);
}

/// A request that is not at hand: still to be read, or never; what never can be read counts against
/// the attempt.
Judgement without_request(const Question& q) noexcept {
  const FirstBytes* first = q.first_bytes();
  const bool is_readable =
      !first || first->kind == FirstBytes::Kind::tls || first->kind == FirstBytes::Kind::http;
  if (is_readable) return waits_for(Stage::request);
  return yes_if(!q.rule.is_allow(), Reason::not_tls);
}

Judgement judge_methods(const Question& q) noexcept {
  if (q.rule.methods.empty()) return yes();
  if (!q.facts.request) return without_request(q);
  const auto& methods = q.rule.methods;
  const bool is_listed =
      std::find(methods.begin(), methods.end(), q.facts.request->method) != methods.end();
  return yes_if(is_listed, Reason::method_not_allowed);
}

/// Some pattern speaks of this host, and of its scheme as far as that is known.
bool some_url_fits(const Question& q) noexcept {
  const auto& urls = q.rule.urls;
  return std::any_of(urls.begin(), urls.end(), [&](const UrlPattern& url) {
    const Scheme scheme = q.known.scheme.value_or(url.scheme());
    return url.fits(scheme, q.facts.host, !q.rule.is_allow());
  });
}

Judgement judge_urls(const Question& q) noexcept {
  if (q.rule.urls.empty()) return yes();
  if (!some_url_fits(q)) return no(Reason::url_not_allowed);  // whatever the request will be
  if (!q.facts.request) return without_request(q);
  const RequestFacts& request = *q.facts.request;
  const auto judge = q.rule.is_allow() ? urls_allow : urls_deny;
  return yes_if(judge(q.rule.urls, request.scheme, q.facts.host, request.target),
                Reason::url_not_allowed);
}

/// The answer's type is judged once there is one (policy/terms.h): here the request alone is asked
/// for.
Judgement judge_content_types(const Question& q) noexcept {
  if (q.rule.content_types.empty() || q.facts.request) return yes();
  return without_request(q);
}

Judgement judge_values(const Question& q, const ValueCondition& condition) noexcept {
  const AwsFacts* shown = nullptr;
  bool is_whole = false;
  if (q.facts.request) {
    // The host is an AWS endpoint, and nobody told what the request shows: it counts against.
    if (!q.facts.request->aws) return yes_if(!q.rule.is_allow(), Reason::action_unknown);
    shown = q.facts.request->aws.get();
    is_whole = true;
  } else {
    shown = q.facts.host_shows.get();
  }
  const Judgement judged =
      judge_shown(condition, q.rule.effect, shown,
                  {.is_request = is_whole, .body_is_known = q.facts.body_is_known});
  const bool waits_for_request =
      judged.truth == Truth::unknown && judged.waits_for == Stage::request;
  return waits_for_request ? without_request(q) : judged;
}

/// Adds one condition's judgement to what the rule says so far; true once the rule is false.
inline bool fold(Evaluation& rule, ConditionKind kind, Judgement judged) noexcept {
  if (judged.truth == Truth::no) {
    rule = {Truth::no, kind, judged.reason, Stage::body};
    return true;
  }
  if (judged.truth == Truth::unknown) {
    rule.truth = Truth::unknown;
    rule.waits_for = std::min(rule.waits_for, judged.waits_for);
  }
  return false;
}

}  // namespace

bool speaks_of_host(const Rule& rule, const Facts& facts) noexcept {
  return rule.values.empty() || facts.host_shows || (facts.request && facts.request->aws);
}

Evaluation evaluate(const Snapshot& snapshot, const RuleMatch& match, const Facts& facts,
                    const DialChoice& choice, Seen seen) noexcept {
  const Rule& rule = snapshot.rules[match.rule];
  Evaluation found;
  if (!speaks_of_host(rule, facts)) {
    fold(found, ConditionKind::hosts, no(Reason::host_not_allowed));
    return found;
  }
  const Question q{snapshot, rule, match, facts, choice, seen, scheme_of(facts, seen)};
  // In the order of SEMANTICS.md section 4, each asked only while those before it hold. Written
  // out, since a table of functions costs ten indirect calls a rule.
  const bool is_false = fold(found, ConditionKind::hosts, judge_hosts(q)) ||
                        fold(found, ConditionKind::clients, judge_clients(q)) ||
                        fold(found, ConditionKind::until, judge_until(q)) ||
                        fold(found, ConditionKind::ports, judge_ports(q)) ||
                        fold(found, ConditionKind::schemes, judge_schemes(q)) ||
                        fold(found, ConditionKind::networks, judge_networks(q)) ||
                        fold(found, ConditionKind::tls, judge_tls(q)) ||
                        fold(found, ConditionKind::methods, judge_methods(q)) ||
                        fold(found, ConditionKind::urls, judge_urls(q)) ||
                        fold(found, ConditionKind::content_types, judge_content_types(q));
  if (is_false) return found;
  for (const ValueCondition& condition : rule.values) {
    if (fold(found, condition.kind, judge_values(q, condition))) return found;
  }
  return found;
}

}  // namespace sallyport
