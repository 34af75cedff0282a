#include "policy/first_words.h"

#include <algorithm>

#include "policy/condition.h"
#include "policy/decide.h"
#include "policy/dial_choice.h"

namespace sallyport {

bool some_rule_takes_no_tls(const Snapshot& snapshot, const Facts& facts) {
  return is_monitored(snapshot, facts) ||
         std::any_of(facts.matches.begin(), facts.matches.end(), [&](const RuleMatch& match) {
           return snapshot.rules[match.rule].tls_is_optional &&
                  evaluate(snapshot, match, facts, DialChoice{}).truth != Truth::no;
         });
}

bool may_pass_without_tls(const Snapshot& snapshot, const Facts& facts) {
  if (!some_rule_takes_no_tls(snapshot, facts)) return false;  // most tunnels: no copy of the facts
  Facts silent = facts;
  silent.first_bytes.emplace().kind = FirstBytes::Kind::silence;
  return decide(snapshot, silent).is_allow();
}

}  // namespace sallyport
