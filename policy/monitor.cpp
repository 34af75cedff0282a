#include "policy/monitor.h"

#include <algorithm>
#include <optional>

#include "policy/condition.h"
#include "policy/dial_choice.h"

namespace sallyport {
namespace {

/// The fact that what passes unread still needs before it may.
std::optional<Stage> missing_fact(const Facts& facts) noexcept {
  if (!facts.knows_address()) return Stage::address;
  if (facts.kind == Facts::Kind::connect && !facts.first_bytes) return Stage::first_bytes;
  return std::nullopt;
}

/// Passes as would_block once address and first bytes are known and the guard lets it.
Answer pass(const Facts& facts, const Verdict& told, const DialChoice& choice) noexcept {
  if (choice.state == DialChoice::State::forbidden || choice.state == DialChoice::State::refused) {
    return {.kind = Answer::Kind::block,
            .verdict = {Reason::destination_forbidden, kNoRule, Stage::address}};
  }
  if (const auto need = missing_fact(facts)) {
    return {.kind = Answer::Kind::need, .need = *need, .verdict = told, .would_block = true};
  }
  return {.kind = Answer::Kind::allow, .verdict = told, .would_block = true};
}

bool any_enforcing_allow_matches(const Snapshot& snapshot, const Facts& facts) noexcept {
  for (const RuleMatch& match : facts.matches) {
    const Rule& rule = snapshot.rules[match.rule];
    if (rule.is_allow() && rule.enforces() && speaks_of_host(rule, facts)) return true;
  }
  return false;
}

/// The first rule of that effect and mode that is true, else the first that is unknown.
struct Found {
  RuleIndex rule = kNoRule;
  Truth truth = Truth::no;
};
Found find(const Snapshot& snapshot, const Facts& facts, Effect effect, Mode mode,
           const DialChoice& choice) noexcept {
  Found found;
  for (const RuleMatch& match : facts.matches) {
    const Rule& rule = snapshot.rules[match.rule];
    if (rule.effect != effect || rule.mode != mode) continue;
    const Truth truth = evaluate(snapshot, match, facts, choice).truth;
    if (truth > found.truth) found = {match.rule, truth};
  }
  return found;
}

/// Discovery: a host that no enforcing allow names passes under a monitor allow's name.
Answer discover(const Snapshot& snapshot, const Facts& facts, const Answer& blocked) noexcept {
  if (blocked.verdict.reason == Reason::denied_by_rule) return blocked;
  if (any_enforcing_allow_matches(snapshot, facts)) return blocked;
  const Found open = find(snapshot, facts, Effect::allow, Mode::monitor, DialChoice{});
  if (open.truth == Truth::no) return blocked;
  const DialChoice choice = choose_address(snapshot, facts, ChosenFor::monitor_rules);
  if (choice.state == DialChoice::State::forbidden) return pass(facts, blocked.verdict, choice);
  const Found allow = find(snapshot, facts, Effect::allow, Mode::monitor, choice);
  if (allow.truth == Truth::no) return blocked;
  Verdict told = facts.lifted.value_or(blocked.verdict);
  told.rule = allow.rule;
  if (missing_fact(facts)) return pass(facts, told, choice);
  // Nothing more will be read: what is unknown now counts against the attempt.
  const Found deny = find(snapshot, facts, Effect::deny, Mode::enforce, choice);
  if (deny.truth != Truth::no) {
    const bool is_connect = facts.kind == Facts::Kind::connect;
    return {.kind = Answer::Kind::block,
            .verdict = {Reason::denied_by_rule, deny.rule,
                        is_connect ? Stage::first_bytes : Stage::address}};
  }
  if (allow.truth != Truth::yes) return blocked;
  return pass(facts, told, choice);
}

}  // namespace

Answer lift(const Snapshot& snapshot, const Facts& facts, const Answer& blocked) noexcept {
  if (!is_monitored(snapshot, facts)) return discover(snapshot, facts, blocked);
  const DialChoice choice = choose_address(snapshot, facts, ChosenFor::monitor_mode);
  return pass(facts, facts.lifted.value_or(blocked.verdict), choice);
}

Answer note_monitor_denies(const Snapshot& snapshot, const Facts& facts,
                           const Answer& allowed) noexcept {
  const bool has_some =
      std::any_of(facts.matches.begin(), facts.matches.end(), [&](const RuleMatch& match) {
        const Rule& rule = snapshot.rules[match.rule];
        return !rule.is_allow() && !rule.enforces();
      });
  if (!has_some) return allowed;  // most policies: no address is chosen anew
  const DialChoice choice = choose_address(snapshot, facts, ChosenFor::enforcing_rules);
  const Found deny = find(snapshot, facts, Effect::deny, Mode::monitor, choice);
  if (deny.truth != Truth::yes) return allowed;
  Answer noted = allowed;
  noted.would_block = true;
  noted.verdict.reason = Reason::denied_by_rule;
  noted.verdict.rule = deny.rule;
  return noted;
}

}  // namespace sallyport
