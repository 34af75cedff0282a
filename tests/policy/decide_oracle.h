// What decide() must answer, written down a second time: slow, obvious, and from SEMANTICS.md alone
// (its sections stand at the functions). It copies facts and builds lists where decide() walks; it
// is asked by the property test and by the fuzzer. Host and URL patterns have oracles of their own.
#pragma once

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "policy/snapshot.h"
#include "policy/truth.h"
#include "policy/values/decision.h"
#include "policy/values/facts.h"
#include "tests/policy/rule_oracle.h"

namespace sallyport::oracle {

inline Answer blocked(Reason reason, RuleIndex rule) {
  return {.kind = Answer::Kind::block, .need = {}, .verdict = {reason, rule, {}}};
}
inline Answer needed(Stage fact) {
  return {.kind = Answer::Kind::need, .need = fact, .verdict = {}};
}
inline Answer allowed(RuleIndex rule) {
  return {.kind = Answer::Kind::allow, .need = {}, .verdict = {Reason::allowed, rule, {}}};
}

/// Some condition of this rule that is false, in the order of section 4.
inline std::optional<Condition> first_false(const Judged& rule) {
  for (const Condition& each : rule.conditions) {
    if (each.truth == Truth::no) return each;
  }
  return std::nullopt;
}

/// Section 4, the nearest miss. Section 2: where the guard left nothing, that is said instead.
inline Answer nearest_miss(const std::vector<Judged>& allows, const Facts& facts,
                           const Dial& dial) {
  const Judged* nearest = nullptr;
  for (const Judged& rule : allows) {
    const auto further = [&] {
      const auto place = first_false(rule)->kind;
      return rule.match.precision > nearest->match.precision ||
             (rule.match.precision == nearest->match.precision &&
              place > first_false(*nearest)->kind);
    };
    if (nearest == nullptr || further()) nearest = &rule;
  }
  if (nearest == nullptr) {
    return blocked(facts.host.is_literal() ? Reason::address_literal : Reason::host_not_allowed,
                   kNoRule);
  }
  const bool is_of_address = std::any_of(allows.begin(), allows.end(), [](const Judged& rule) {
    return std::all_of(rule.conditions.begin(), rule.conditions.end(), [](const Condition& each) {
      return each.truth != Truth::no || each.kind == ConditionKind::networks;
    });
  });
  const Reason reason = first_false(*nearest)->reason;
  if (dial.state == Dial::State::guarded &&
      (is_of_address || reason == Reason::network_not_allowed)) {
    return blocked(Reason::destination_forbidden, kNoRule);
  }
  return blocked(reason, nearest->match.rule);
}

inline bool some(const std::vector<Judged>& rules, Truth truth) {
  return std::any_of(rules.begin(), rules.end(),
                     [truth](const Judged& rule) { return rule.truth() == truth; });
}
inline RuleIndex first(const std::vector<Judged>& rules, Truth truth) {
  RuleIndex found = kNoRule;
  for (const Judged& rule : rules) {
    if (rule.truth() == truth) found = std::min(found, rule.match.rule);
  }
  return found;
}

/// Section 3, the table: the enforcing rules alone.
inline Answer verdict(const Snapshot& snapshot, const Facts& facts) {
  const Dial dial = dial_for(snapshot, facts, Mode::enforce);
  const auto allows = judged_rules(snapshot, facts, Effect::allow, Mode::enforce, dial);
  const auto denies = judged_rules(snapshot, facts, Effect::deny, Mode::enforce, dial);
  const bool is_connect = facts.kind == Facts::Kind::connect;

  if (some(denies, Truth::yes)) return blocked(Reason::denied_by_rule, first(denies, Truth::yes));
  if (!some(allows, Truth::yes) && !some(allows, Truth::unknown)) {
    return nearest_miss(allows, facts, dial);
  }
  if (!facts.address) return needed(Stage::address);
  if (is_connect && !facts.first_bytes) return needed(Stage::first_bytes);
  if (is_connect && facts.first_bytes->kind == FirstBytes::Kind::http) {
    for (const Judged& rule : allows) {
      const auto& schemes = snapshot.rules[rule.match.rule].schemes;
      if (rule.truth() != Truth::no && schemes && schemes->http) return needed(Stage::request);
    }
  }
  if (some(allows, Truth::yes) && !some(denies, Truth::unknown)) {
    return allowed(first(allows, Truth::yes));
  }
  Stage earliest = Stage::body;
  for (const auto* rules : {&allows, &denies}) {
    for (const Judged& rule : *rules) {
      if (rule.truth() == Truth::unknown) earliest = std::min(earliest, rule.waits_for());
    }
  }
  return needed(earliest);
}

/// Section 5: the mode that counts for this client.
inline Mode mode_of(const Snapshot& snapshot, const Facts& facts) {
  if (facts.client_index && snapshot.clients[*facts.client_index].mode) {
    return *snapshot.clients[*facts.client_index].mode;
  }
  return snapshot.mode;
}

inline std::optional<Stage> still_needed(const Facts& facts) {
  if (!facts.address) return Stage::address;
  if (facts.kind == Facts::Kind::connect && !facts.first_bytes) return Stage::first_bytes;
  return std::nullopt;
}

/// Section 5: what passes as would_block still gets its address and first bytes.
inline Answer passes(const Facts& facts, Verdict told) {
  Answer answer = allowed(kNoRule);
  if (const auto fact = still_needed(facts)) answer = needed(*fact);
  answer.verdict = told;
  answer.would_block = true;
  return answer;
}

/// Section 5, 2: discovery.
inline Answer discovered(const Snapshot& snapshot, const Facts& facts, const Answer& block) {
  const Dial dial = dial_for(snapshot, facts, Mode::monitor);
  const auto enforced = judged_rules(snapshot, facts, Effect::allow, Mode::enforce, dial);
  const auto denies = judged_rules(snapshot, facts, Effect::deny, Mode::enforce, dial);
  if (!enforced.empty() || some(denies, Truth::yes)) return block;

  // Left open, the address decides nothing: a rule that is false even so is none to pass by.
  const auto open = judged_rules(snapshot, facts, Effect::allow, Mode::monitor, Dial{});
  if (!some(open, Truth::yes) && !some(open, Truth::unknown)) return block;
  if (dial.state == Dial::State::guarded) return blocked(Reason::destination_forbidden, kNoRule);

  const auto allows = judged_rules(snapshot, facts, Effect::allow, Mode::monitor, dial);
  const bool is_true = some(allows, Truth::yes);
  if (!is_true && !some(allows, Truth::unknown)) return block;
  if (!still_needed(facts)) {
    if (some(denies, Truth::unknown)) {
      return blocked(Reason::denied_by_rule, first(denies, Truth::unknown));
    }
    if (!is_true) return block;
  }
  Verdict told = facts.lifted.value_or(block.verdict);
  told.rule = first(allows, is_true ? Truth::yes : Truth::unknown);
  return passes(facts, told);
}

/// Section 5, 1: monitor mode, in which the guard passes by itself or not at all.
inline Answer monitored(const Snapshot& snapshot, const Facts& facts, const Answer& block) {
  const bool is_known = facts.address && !facts.address->is_assumed;
  const bool is_passed = !is_known || [&] {
    for (const ResolvedAddress& each : candidates(facts)) {
      if (guard_passes(snapshot, each)) return true;
    }
    return false;
  }();
  if (!is_passed) return blocked(Reason::destination_forbidden, kNoRule);
  return passes(facts, facts.lifted.value_or(block.verdict));
}

/// All of it. `after` is left out: it is a matter of the loop, and looked at there.
inline Answer answer(const Snapshot& snapshot, const Facts& facts) {
  if (facts.contradiction) return blocked(*facts.contradiction, kNoRule);
  const auto& address = facts.address;
  if (address && address->dialled &&
      way_text(address->learnt_for) != way_text(facts.route_target)) {
    return blocked(Reason::tunnel_revoked, kNoRule);
  }
  if (facts.host.is_literal() &&
      !guard_passes(snapshot, {facts.host.address(), facts.host_is_own_address})) {
    return blocked(Reason::destination_forbidden, kNoRule);
  }
  Answer found = verdict(snapshot, facts);
  if (found.is_block() && info(found.verdict.reason).monitor_lifts) {
    const bool is_lifted = mode_of(snapshot, facts) == Mode::monitor;
    return is_lifted ? monitored(snapshot, facts, found) : discovered(snapshot, facts, found);
  }
  if (found.is_allow()) {
    const Dial dial = dial_for(snapshot, facts, Mode::enforce);
    const auto denies = judged_rules(snapshot, facts, Effect::deny, Mode::monitor, dial);
    if (some(denies, Truth::yes)) {
      found.would_block = true;
      found.verdict = {Reason::denied_by_rule, first(denies, Truth::yes), {}};
    }
  }
  return found;
}

}  // namespace sallyport::oracle
