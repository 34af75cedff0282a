#include "policy/terms.h"

#include <algorithm>

#include "policy/condition.h"
#include "policy/dial_choice.h"

namespace sallyport {
namespace {

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_space(char c) noexcept { return c == ' ' || c == '\t'; }

/// `type/subtype` of a Content-Type, as it was sent: without parameters and the space around it
/// (RFC 9110 section 8.3.1).
std::string_view essence_of(std::string_view content_type) noexcept {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (!type.empty() && is_space(type.front())) type.remove_prefix(1);
  while (!type.empty() && is_space(type.back())) type.remove_suffix(1);
  return type;
}

bool takes(const Rule& rule, std::string_view essence) noexcept {
  if (rule.content_types.empty()) return true;
  const auto is_it = [essence](std::string_view listed) {  // which is in lower case
    return std::equal(essence.begin(), essence.end(), listed.begin(), listed.end(),
                      [](char sent, char wanted) { return lower(sent) == wanted; });
  };
  return std::any_of(rule.content_types.begin(), rule.content_types.end(), is_it);
}

/// Calls `visit` with each enforcing allow rule (its index) that is true, while it returns true;
/// the number of calls.
template <class Visit>
std::size_t for_each_true_allow(const Snapshot& snapshot, const Facts& facts,
                                Visit visit) noexcept {
  const DialChoice choice = choose_address(snapshot, facts, ChosenFor::enforcing_rules);
  std::size_t count = 0;
  for (const RuleMatch& match : facts.matches) {
    const Rule& rule = snapshot.rules[match.rule];
    if (!rule.is_allow() || !rule.enforces()) continue;
    if (evaluate(snapshot, match, facts, choice).truth != Truth::yes) continue;
    ++count;
    if (!visit(match.rule)) break;
  }
  return count;
}

/// Some rule that speaks of the host, whether it is true or not, asks for more than the verdict.
bool some_rule(const Snapshot& snapshot, const Facts& facts, bool (*has)(const Rule&)) noexcept {
  return std::any_of(facts.matches.begin(), facts.matches.end(),
                     [&](const RuleMatch& match) { return has(snapshot.rules[match.rule]); });
}

bool has_limits(const Rule& rule) noexcept { return rule.upload_max || rule.download_max; }

bool has_limits_or_types(const Rule& rule) noexcept {
  return has_limits(rule) || !rule.content_types.empty();
}

Answer break_terms(const Snapshot& snapshot, const Facts& facts, const Terms& terms, Reason broken,
                   const Answer& allowed) noexcept {
  const bool is_lifted = info(broken).monitor_lifts && is_monitored(snapshot, facts);
  if (is_lifted && allowed.would_block) return allowed;
  return {.kind = is_lifted ? Answer::Kind::allow : Answer::Kind::block,
          .verdict = {broken, terms.rule, Stage::request},
          .would_block = is_lifted};
}

}  // namespace

Terms terms_of(const Snapshot& snapshot, const Facts& facts) noexcept {
  Terms terms;
  const std::size_t count = for_each_true_allow(snapshot, facts, [&](RuleIndex index) {
    const Rule& rule = snapshot.rules[index];
    terms.rule = std::min(terms.rule, index);
    terms.upload_max = std::min(terms.upload_max, rule.upload_max.value_or(Terms::kNoLimit));
    terms.download_max = std::min(terms.download_max, rule.download_max.value_or(Terms::kNoLimit));
    terms.takes_websocket = terms.takes_websocket || rule.takes_websocket;
    return true;
  });
  if (count == 0) terms.takes_websocket = true;
  return terms;
}

TransferLimits limits_of(const Snapshot& snapshot, const Facts& facts) noexcept {
  if (!some_rule(snapshot, facts, has_limits)) return {};
  const Terms terms = terms_of(snapshot, facts);
  return {terms.upload_max, terms.download_max};
}

Answer hold_to_terms(const Snapshot& snapshot, const Facts& facts, const Asked& asked,
                     const Answer& allowed) noexcept {
  if (!allowed.is_allow()) return allowed;
  if (!asked.websocket && !some_rule(snapshot, facts, has_limits)) return allowed;
  const Terms terms = terms_of(snapshot, facts);
  const auto broken = [&]() -> std::optional<Reason> {
    if (asked.body_bytes > terms.upload_max) return Reason::upload_limit;
    if (asked.websocket && !terms.takes_websocket) return Reason::websocket_not_allowed;
    return std::nullopt;
  }();
  return broken ? break_terms(snapshot, facts, terms, *broken, allowed) : allowed;
}

Answer hold_to_terms(const Snapshot& snapshot, const Facts& facts, const Offered& offered,
                     const Answer& allowed) noexcept {
  if (!allowed.is_allow()) return allowed;
  if (!offered.websocket && !some_rule(snapshot, facts, has_limits_or_types)) return allowed;
  const Terms terms = terms_of(snapshot, facts);
  const auto broken = [&]() -> std::optional<Reason> {
    if (offered.body_bytes > terms.download_max) return Reason::download_limit;
    if (offered.websocket && !terms.takes_websocket) return Reason::websocket_not_allowed;
    if (offered.content_type && !takes_content_type(snapshot, facts, *offered.content_type)) {
      return Reason::content_type_not_allowed;
    }
    return std::nullopt;
  }();
  return broken ? break_terms(snapshot, facts, terms, *broken, allowed) : allowed;
}

bool websocket_may_stay(const Snapshot& snapshot, const Facts& facts) noexcept {
  return terms_of(snapshot, facts).takes_websocket || is_monitored(snapshot, facts);
}

bool takes_content_type(const Snapshot& snapshot, const Facts& facts,
                        std::string_view content_type) noexcept {
  const std::string_view essence = essence_of(content_type);
  bool is_taken = false;
  const std::size_t count = for_each_true_allow(snapshot, facts, [&](RuleIndex index) {
    is_taken = takes(snapshot.rules[index], essence);
    return !is_taken;
  });
  return is_taken || count == 0;
}

}  // namespace sallyport
