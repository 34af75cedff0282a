#include "policy/decide.h"

#include <algorithm>

#include "policy/condition.h"
#include "policy/dial_choice.h"
#include "policy/guard.h"
#include "policy/monitor.h"
#include "policy/nearest_miss.h"

namespace sallyport {
namespace {

Answer block(Reason reason, RuleIndex rule, Stage after) noexcept {
  return {.kind = Answer::Kind::block, .verdict = {reason, rule, after}};
}

Answer need(Stage fact) noexcept { return {.kind = Answer::Kind::need, .need = fact}; }

Stage latest_fact(const Facts& facts) noexcept {
  if (facts.body_is_known) return Stage::body;
  if (facts.request || facts.kind == Facts::Kind::exchange) return Stage::request;
  if (facts.first_bytes) return Stage::first_bytes;
  return facts.knows_address() ? Stage::address : Stage::connect;
}

/// Which of the allow rules are asked.
enum class Asked : std::uint8_t {
  all,
  until_one_holds,  ///< those behind the first that is true are left out
};

/// What the enforcing rules say of the facts, counted for the table of SEMANTICS.md section 3.
struct Tally {
  RuleIndex first_deny = kNoRule;
  RuleIndex first_allow = kNoRule;
  bool some_deny_unknown = false;
  bool some_allow_unknown = false;
  bool some_allow_takes_http = false;  ///< of those not false
  Stage waits_for = Stage::body;
};

Tally count(const Snapshot& snapshot, const Facts& facts, const DialChoice& choice,
            Asked asked) noexcept {
  Tally counted;
  for (const RuleMatch& match : facts.matches) {
    const Rule& rule = snapshot.rules[match.rule];
    if (!rule.enforces()) continue;
    const bool is_left_out = asked == Asked::until_one_holds && counted.first_allow < match.rule;
    if (is_left_out && rule.is_allow()) continue;
    const Evaluation found = evaluate(snapshot, match, facts, choice);
    if (found.truth == Truth::no) continue;
    if (found.truth == Truth::unknown) {
      counted.waits_for = std::min(counted.waits_for, found.waits_for);
      (rule.is_allow() ? counted.some_allow_unknown : counted.some_deny_unknown) = true;
    } else if (rule.is_allow()) {
      counted.first_allow = std::min(counted.first_allow, match.rule);
    } else {
      counted.first_deny = std::min(counted.first_deny, match.rule);
    }
    if (rule.is_allow() && rule.schemes_meant().http) counted.some_allow_takes_http = true;
  }
  return counted;
}

Tally tally(const Snapshot& snapshot, const Facts& facts, const DialChoice& choice) noexcept {
  // Row 5 asks for every allow rule, row 7 too; all others for the first that is true.
  const bool is_http_in_connect = facts.kind == Facts::Kind::connect && facts.first_bytes &&
                                  facts.first_bytes->kind == FirstBytes::Kind::http;
  if (is_http_in_connect) return count(snapshot, facts, choice, Asked::all);
  const Tally counted = count(snapshot, facts, choice, Asked::until_one_holds);
  const bool is_row_7 = counted.first_allow != kNoRule && counted.some_deny_unknown;
  return is_row_7 ? count(snapshot, facts, choice, Asked::all) : counted;
}

/// Some enforcing allow rule would hold, or could, if only its address passed.
bool fails_by_address_alone(const Snapshot& snapshot, const Facts& facts) noexcept {
  return std::any_of(facts.matches.begin(), facts.matches.end(), [&](const RuleMatch& match) {
    const Rule& rule = snapshot.rules[match.rule];
    return rule.is_allow() && rule.enforces() &&
           evaluate(snapshot, match, facts, DialChoice{}).truth != Truth::no;
  });
}

/// The fact that ended a blocked attempt. An exchange outside a tunnel has its request before its
/// address, so there the latest fact in order need not be the one that was learnt last.
Stage ended_by(const Snapshot& snapshot, const Facts& facts, const Verdict& verdict) noexcept {
  if (verdict.reason == Reason::network_not_allowed ||
      verdict.reason == Reason::destination_forbidden) {
    return Stage::address;
  }
  const bool may_be_address = facts.kind == Facts::Kind::exchange && facts.knows_address() &&
                              !facts.address->dialled && !facts.body_is_known;
  if (!may_be_address) return latest_fact(facts);
  if (facts.lifted) return Stage::address;  // monitor let it get that far
  const bool is_address = verdict.reason == Reason::denied_by_rule
                              ? !snapshot.rules[verdict.rule].networks.empty()
                              : fails_by_address_alone(snapshot, facts);
  return is_address ? Stage::address : latest_fact(facts);
}

/// No allow rule is left: the guard passes no address for them, or the nearest miss.
Verdict why_none_allows(const Snapshot& snapshot, const Facts& facts,
                        const DialChoice& choice) noexcept {
  const Verdict miss = nearest_miss(snapshot, facts, choice);
  const bool is_forbidden =
      choice.state == DialChoice::State::forbidden &&
      (miss.reason == Reason::network_not_allowed || fails_by_address_alone(snapshot, facts));
  return is_forbidden ? Verdict{Reason::destination_forbidden, kNoRule, Stage::address} : miss;
}

/// The table of SEMANTICS.md section 3, row by row.
Answer ask_enforcing(const Snapshot& snapshot, const Facts& facts) noexcept {
  const bool is_connect = facts.kind == Facts::Kind::connect;
  const DialChoice choice = choose_address(snapshot, facts, ChosenFor::enforcing_rules);
  const Tally found = tally(snapshot, facts, choice);

  if (found.first_deny != kNoRule) {  // row 1
    const Verdict verdict{Reason::denied_by_rule, found.first_deny, Stage::connect};
    return block(verdict.reason, verdict.rule, ended_by(snapshot, facts, verdict));
  }
  if (found.first_allow == kNoRule && !found.some_allow_unknown) {  // row 2
    const Verdict miss = why_none_allows(snapshot, facts, choice);
    return block(miss.reason, miss.rule, ended_by(snapshot, facts, miss));
  }
  if (!facts.knows_address()) return need(Stage::address);                // row 3
  if (is_connect && !facts.first_bytes) return need(Stage::first_bytes);  // row 4
  if (is_connect && facts.first_bytes->kind == FirstBytes::Kind::http &&  // row 5
      found.some_allow_takes_http) {
    return need(Stage::request);
  }
  if (found.first_allow != kNoRule && !found.some_deny_unknown) {  // row 6
    return {.kind = Answer::Kind::allow,
            .verdict = {Reason::allowed, found.first_allow, latest_fact(facts)}};
  }
  return need(found.waits_for);  // row 7
}

}  // namespace

Answer decide(const Snapshot& snapshot, const Facts& facts) noexcept {
  // Facts of another snapshot, or an exchange that nobody read: a fault of ours, which blocks.
  if (facts.snapshot_number != snapshot.number ||
      (facts.kind == Facts::Kind::exchange && !facts.request)) {
    return block(Reason::internal_error, kNoRule, latest_fact(facts));
  }
  if (facts.contradiction) return block(*facts.contradiction, kNoRule, latest_fact(facts));
  // No rule forbids it, but nothing may go on by a way that the host takes no more.
  if (facts.has_lost_way()) return block(Reason::tunnel_revoked, kNoRule, latest_fact(facts));
  if (literal_is_forbidden(snapshot, facts)) {
    return block(Reason::destination_forbidden, kNoRule,
                 facts.kind == Facts::Kind::connect ? Stage::connect : Stage::request);
  }
  const Answer enforced = ask_enforcing(snapshot, facts);
  if (enforced.is_allow()) return note_monitor_denies(snapshot, facts, enforced);
  if (enforced.is_block() && info(enforced.verdict.reason).monitor_lifts) {
    return lift(snapshot, facts, enforced);
  }
  return enforced;
}

}  // namespace sallyport
