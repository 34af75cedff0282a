// Small policies and attempts made of choices, for the property test and the fuzzer: every value is
// drawn from a few, so that rules meet, and each choice is one byte, so that a fuzzer can steer it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "policy/snapshot.h"
#include "policy/values/facts.h"
#include "tests/policy/attempt_builder.h"
#include "tests/policy/policy_builder.h"

namespace sallyport {

/// Choices from bytes; when they are used up, always the first.
class Choices {
 public:
  explicit Choices(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  std::size_t below(std::size_t count) {
    if (next_ == bytes_.size()) return 0;
    return bytes_[next_++] % count;
  }
  /// True once in `times`; false when the bytes are used up.
  bool once_in(std::size_t times) { return below(times) == times - 1; }
  template <class Value, std::size_t kCount>
  const Value& of(const Value (&values)[kCount]) {
    return values[below(kCount)];
  }
  bool is_used_up() const { return next_ == bytes_.size(); }

 private:
  std::span<const std::uint8_t> bytes_;
  std::size_t next_ = 0;
};

namespace cases {

inline constexpr const char* kPatterns[] = {"a.example.org", "*.example.org",   "*",
                                            "b.example.org", "*.a.example.org", "203.0.114.1",
                                            "10.1.2.3"};
inline constexpr const char* kHosts[] = {"a.example.org", "b.example.org", "c.a.example.org",
                                         "203.0.114.1",   "10.1.2.3",      "127.0.0.1"};
inline constexpr const char* kNetworks[] = {"10.0.0.0/8", "203.0.114.0/24", "203.0.115.0/24",
                                            "127.0.0.0/8"};
inline constexpr const char* kAddresses[] = {"203.0.114.1", "203.0.115.1",      "10.1.2.3",
                                             "127.0.0.1",   "64:ff9b::a01:203", "192.168.0.1"};
inline constexpr const char* kUrls[] = {"https://*.example.org/a/**", "http://a.example.org/**",
                                        "https://a.example.org/**", "http://*/a"};
inline constexpr std::uint16_t kPorts[] = {443, 80, 8443};
inline constexpr const char* kWords[] = {"one", "two", "three"};
/// What conditions list, of which some are patterns where IAM has them.
inline constexpr const char* kAsked[] = {"one", "two", "three", "t*", "?ne", "a:b:c:d:e:on*"};
inline constexpr ConditionKind kValueKinds[] = {ConditionKind::signatures,
                                                ConditionKind::unsigned_actions,
                                                ConditionKind::access_keys,
                                                ConditionKind::principal_accounts,
                                                ConditionKind::regions,
                                                ConditionKind::services,
                                                ConditionKind::actions,
                                                ConditionKind::resource_accounts,
                                                ConditionKind::referenced_accounts,
                                                ConditionKind::expected_bucket_owner,
                                                ConditionKind::buckets,
                                                ConditionKind::resources};

inline void add_conditions(Choices& choose, bool is_deny, RuleBuilder& rule) {
  if (choose.once_in(5)) rule.clients({choose.of({"ours", "theirs"})});
  if (choose.once_in(8)) rule.until(at(choose.once_in(2) ? 10 : 30));
  if (choose.once_in(5)) rule.ports(443, choose.once_in(2) ? 8443 : 0);
  if (choose.once_in(3)) {
    switch (choose.below(3)) {
      case 0:
        rule.schemes({Scheme::https, Scheme::http});
        break;
      case 1:
        rule.schemes({Scheme::http});
        break;
      default:
        rule.schemes({Scheme::https});
        break;
    }
  } else if (!is_deny) {
    rule.schemes({Scheme::https});
  }
  if (choose.once_in(3)) rule.networks({choose.of(kNetworks)});
  if (!is_deny && choose.once_in(4)) rule.tls_optional();
  if (choose.once_in(5)) rule.methods({choose.of({"GET", "POST"})});
  if (choose.once_in(5)) rule.urls({choose.of(kUrls)});
  while (choose.once_in(4)) {
    const ConditionKind kind = choose.of(kValueKinds);
    const char* word = choose.of(kAsked);
    choose.once_in(3) ? rule.aws_not(kind, {word}) : rule.aws(kind, {word});
  }
}

inline RuleBuilder some_rule(Choices& choose, std::size_t place) {
  RuleBuilder made = rule("r" + std::to_string(place));
  const bool is_deny = choose.once_in(4);
  if (is_deny) made.deny();
  if (choose.once_in(5)) made.monitor();
  made.hosts({choose.of(kPatterns)});
  if (choose.once_in(4)) made.hosts({choose.of(kPatterns)});
  if (choose.once_in(8)) made.except_hosts({choose.of(kPatterns)});
  add_conditions(choose, is_deny, made);
  return made;
}

inline AwsFacts some_aws(Choices& choose, bool is_of_host) {
  AwsFacts facts;
  for (ShownValues AwsFacts::*values :
       {&AwsFacts::signatures, &AwsFacts::access_keys, &AwsFacts::principal_accounts,
        &AwsFacts::regions, &AwsFacts::services, &AwsFacts::actions, &AwsFacts::resource_accounts,
        &AwsFacts::referenced_accounts, &AwsFacts::bucket_owners, &AwsFacts::buckets,
        &AwsFacts::resources}) {
    ShownValues& shown_here = facts.*values;
    if (!is_of_host && choose.once_in(6)) shown_here.state = ShownValues::State::in_body;
    if (!is_of_host && choose.once_in(6)) shown_here.state = ShownValues::State::untold;
    while (choose.once_in(3)) shown_here.values.push_back(choose.of(kWords));
  }
  if (is_of_host) return facts;
  if (choose.once_in(4)) facts.further_actions.push_back(choose.of(kWords));
  facts.is_unsigned = choose.once_in(4);
  facts.may_be_unsigned = choose.once_in(8);
  facts.is_preflight = choose.once_in(8);
  facts.can_name_bucket_owner = choose.once_in(2);
  return facts;
}

inline FirstBytes some_first_bytes(Choices& choose, const Host& host) {
  FirstBytes first;
  constexpr FirstBytes::Kind kKinds[] = {FirstBytes::Kind::tls, FirstBytes::Kind::tls,
                                         FirstBytes::Kind::http, FirstBytes::Kind::other,
                                         FirstBytes::Kind::silence};
  first.kind = choose.of(kKinds);
  const bool has_sni =
      first.kind == FirstBytes::Kind::tls && !host.is_literal() && !choose.once_in(4);
  if (has_sni) first.sni = host;
  return first;
}

/// The host takes a route, or its addresses were learnt for one, or both.
inline void take_some_route(Choices& choose, Facts& facts) {
  if (!choose.once_in(4)) return;
  const auto target = std::make_shared<const Authority>(
      Authority{*Host::parse("gate.example.net"), std::uint16_t{8443}});
  const bool has_route = !choose.once_in(4);
  const bool is_learnt = !choose.once_in(4);
  if (has_route) facts.route_target = target;
  if (is_learnt) facts.address->learnt_for = std::make_shared<const Authority>(*target);
  for (ResolvedAddress& each : facts.address->resolved) each.is_routed = has_route && is_learnt;
}

}  // namespace cases

/// A policy of up to six rules.
inline PolicyBuilder some_policy(Choices& choose) {
  PolicyBuilder made;
  if (choose.once_in(6)) made.mode(Mode::monitor);
  std::optional<Mode> mode;
  if (choose.once_in(6)) mode = Mode::monitor;
  if (choose.once_in(6)) mode = Mode::enforce;
  made.client("ours", "10.20.0.0/16", mode).client("theirs", "10.30.0.0/16");
  if (choose.once_in(4)) made.allow_networks({choose.of(cases::kNetworks)});
  const std::size_t count = 1 + choose.below(6);
  for (std::size_t i = 0; i < count; ++i) made.with(cases::some_rule(choose, i));
  return made;
}

/// All facts of an attempt, down to its body. What a loop would not have learnt yet is taken away
/// by who asks. `lifted` is never set, nor is what is dialled of a CONNECT.
inline Facts some_facts(Choices& choose, const Snapshot& snapshot) {
  AttemptBuilder made(std::string(choose.of(cases::kHosts)) + ":" +
                      std::to_string(choose.of(cases::kPorts)));
  made.from(choose.of({"10.20.0.1", "10.30.0.1", "10.40.0.1"})).when(at(20));
  Facts facts = made.facts(snapshot);
  facts.host_is_own_address = facts.host.is_literal() && choose.once_in(16);
  if (choose.once_in(2)) {
    facts.host_shows = std::make_shared<const AwsFacts>(cases::some_aws(choose, true));
  }
  AddressFacts& address = facts.address.emplace();
  if (facts.host.is_literal()) {
    address.resolved.push_back({facts.host.address(), facts.host_is_own_address});
  } else if (choose.once_in(12)) {
    address.is_assumed = true;
  } else {
    const std::size_t count = 1 + choose.below(3);
    for (std::size_t i = 0; i < count; ++i) {
      address.resolved.push_back({address_of(choose.of(cases::kAddresses)), choose.once_in(16)});
    }
  }
  if (choose.once_in(2)) {
    facts.kind = Facts::Kind::exchange;
    RequestFacts request;
    request.scheme = choose.once_in(2) ? Scheme::http : Scheme::https;
    request.method = choose.of({"GET", "POST"});
    request.target = choose.of({"/a", "/a/b", "/c"});
    if (facts.host_shows) {
      request.aws = std::make_shared<const AwsFacts>(cases::some_aws(choose, false));
    }
    facts.request = std::make_shared<RequestFacts>(std::move(request));
    facts.body_is_known = choose.once_in(2);
  } else {
    facts.first_bytes = cases::some_first_bytes(choose, facts.host);
  }
  if (choose.once_in(32)) facts.contradiction = Reason::host_mismatch;
  cases::take_some_route(choose, facts);
  return facts;
}

}  // namespace sallyport
