#include "policy/loader/rule_hosts_yaml.h"

#include <algorithm>
#include <map>

#include "policy/aws/builtin_sets.h"
#include "policy/loader/nearest_name.h"
#include "policy/loader/pattern_cover.h"
#include "policy/quoted.h"

namespace sallyport {
namespace {

constexpr std::size_t kNotedPatternsMax = 3;

SetPlace hosts_place(const Rule& rule) {
  return rule.is_allow() ? SetPlace::allow_hosts : SetPlace::deny_hosts;
}
SetPlace except_place(const Rule& rule) {
  return rule.is_allow() ? SetPlace::allow_except : SetPlace::deny_except;
}

/// `a or b`, each behind `prefix`.
std::string joined(std::span<const std::string_view> keys, std::string_view prefix) {
  std::string text;
  for (const std::string_view key : keys) {
    if (!text.empty()) text += " or ";
    text += std::string(prefix) + std::string(key);
  }
  return text;
}

/// What would fill a set that has no pattern at its place.
std::string left_wholly_out_message(const std::string& set, SetPlace place,
                                    std::span<const LeftOutPattern> left_out) {
  std::vector<std::string_view> keys;
  for (const LeftOutPattern& each : left_out) {
    for (const std::string_view key : each.keys) {
      if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
    }
  }
  const std::string message = set + " is left wholly out here: ";
  if (!keys.empty()) {
    return message + "its hosts show whose they are; write " + joined(keys, "organization.") +
           (place == SetPlace::allow_hosts ? ", or `multi_tenant: accept`" : "");
  }
  if (!left_out.empty()) return message + "no key of `organization` fills its labels";
  const auto patterns = builtin_set(std::string_view(set).substr(1));
  const bool is_for_denials = std::all_of(
      patterns.begin(), patterns.end(), [](const BuiltinPattern& each) { return each.deny_only; });
  return message + (is_for_denials ? "its hosts are anybody's, and can only be denied"
                                   : "`organization.regions` names no region that has such hosts");
}

/// How many patterns it counts for in the budget: it takes longer to fill and to check than one
/// that is written out, and the names that a typed label lists need room too.
std::size_t weight_of(const HostPattern& pattern) {
  std::size_t names = 0;
  for (const PatternLabel& label : pattern.labels) {
    for (const FilledPart& part : label.parts) names += part.one_of.size() + part.except.size();
  }
  return 10 + names * 5 / 8;
}

}  // namespace

void RuleHosts::add(const Fields& fields, const Rule& rule, RuleSource& source) {
  const Holder holder{.words = "rule " + quoted(rule.name),
                      .accepts_strangers = rule.accepts_strangers};
  const auto read = [&](std::string_view key, SetPlace place, std::vector<HostItem>& items) {
    const YamlNode* node = fields.find(key);
    if (node == nullptr) return;
    for (const YamlNode& item : node->items) {
      if (item.is_scalar()) items.push_back(read_item(item, place, holder));
    }
  };
  read("hosts", hosts_place(rule), source.hosts);
  read("except_hosts", except_place(rule), source.except_hosts);
  check_excepted(source);
  add_cuts(rule, source);
  add_to_matcher(rule, source);
}

HostItem RuleHosts::read_item(const YamlNode& node, SetPlace place, const Holder& holder) {
  HostItem item{.text = node.text, .mark = node.mark, .patterns = {}};
  // To look at the rest would take its time for nothing.
  if (diagnostics_.is_full() || budget_.is_exceeded()) return item;
  if (!node.text.starts_with('@')) {
    std::string error;
    if (auto pattern = HostPattern::parse(node.text, error)) {
      if (!budget_.take(*pattern, node.mark)) return item;
      warn_of_literal(*pattern, node.mark, place);
      item.patterns = std::vector{std::move(*pattern)};
    } else {
      diagnostics_.error(node.mark, std::move(error));
    }
    return item;
  }
  item.is_set = true;
  const std::string_view name = std::string_view(item.text).substr(1);
  if (const HostSet* own = find_set(name)) {
    if (budget_.take_patterns(own->patterns.size() + own->cuts.size(), node.mark)) {
      item.patterns = own->patterns;
    }
  } else if (!builtin_set(name).empty()) {
    item.is_builtin_set = true;
    fill_builtin(item, place, holder);
  } else {
    diagnostics_.error(node.mark, unknown_set_message(name));
  }
  return item;
}

void RuleHosts::warn_of_literal(const HostPattern& pattern, Mark mark, SetPlace place) {
  if (place != SetPlace::allow_hosts || pattern.kind != HostPattern::Kind::host ||
      !pattern.the_host->is_literal()) {
    return;
  }
  const AddressRange range = classify(pattern.the_host->address());
  if (range.address_class != AddressClass::forbidden) return;
  diagnostics_.warning(mark, quoted(pattern.text) + " opens nothing: the guard never passes it (" +
                                 std::string(range.name) + ")");
}

void RuleHosts::fill_builtin(HostItem& item, SetPlace place, const Holder& holder) {
  if (budget_.is_exceeded()) return;
  const FilledSet filled =
      fill(std::string_view(item.text).substr(1), place, organization_, holder.accepts_strangers);
  std::vector<HostPattern> patterns;
  for (const FilledPattern& pattern : filled.patterns) {
    patterns.push_back(HostPattern::of(pattern));
  }
  item.patterns = std::move(patterns);
  if (item.patterns.empty()) {
    diagnostics_.error(item.mark, left_wholly_out_message(item.text, place, filled.left_out));
    return;
  }
  std::size_t count = 0;
  for (const HostPattern& pattern : item.patterns) count += weight_of(pattern);
  if (!budget_.take_patterns(count, item.mark)) item.patterns = {};
  note_left_out(item, place, holder, filled.left_out);
}

void RuleHosts::note_left_out(const HostItem& item, SetPlace place, const Holder& holder,
                              std::span<const LeftOutPattern> left_out) {
  std::map<std::string, std::vector<std::string>> by_keys;
  for (const LeftOutPattern& each : left_out) {
    by_keys[joined(each.keys, "")].push_back(each.pattern.text());
    if (each.keys.empty() || place != SetPlace::allow_hosts) continue;
    LeftOut left_out_here{HostPattern::of(each.pattern), joined(each.keys, "")};
    auto& all = snapshot_.left_out;
    const bool is_known = std::any_of(all.begin(), all.end(), [&](const LeftOut& known) {
      return known.pattern.text == left_out_here.pattern.text && known.keys == left_out_here.keys;
    });
    if (!is_known) all.push_back(std::move(left_out_here));
  }
  for (const auto& [keys, patterns] : by_keys) {
    std::string note = holder.words + ": " + item.text + " leaves out ";
    for (std::size_t i = 0; i < patterns.size() && i < kNotedPatternsMax; ++i) {
      note += (i == 0 ? "" : ", ") + patterns[i];
    }
    if (patterns.size() > kNotedPatternsMax) {
      note += " and " + std::to_string(patterns.size() - kNotedPatternsMax) + " more";
    }
    notes_.push_back(note + (keys.empty() ? " (no key of `organization` fills them)"
                                          : " (`organization` would fill them by " + keys + ")"));
  }
}

const HostSet* RuleHosts::find_set(std::string_view name) const {
  const auto set = sets_.find(name);
  return set == sets_.end() ? nullptr : set->second;
}

std::string RuleHosts::unknown_set_message(std::string_view name) const {
  std::vector<std::string_view> names = builtin_set_names();
  for (const auto& [known, set] : sets_) names.push_back(known);
  std::string message = "there is no host set @" + std::string(name);
  const std::string_view nearest = nearest_name(name, names);
  if (!nearest.empty()) return message + "; did you mean @" + std::string(nearest) + "?";
  return message + "; define it in `host_sets`";
}

const HostSet* RuleHosts::own_set(const HostItem& item) const {
  if (!item.is_set || item.is_builtin_set) return nullptr;
  return find_set(std::string_view(item.text).substr(1));
}

void RuleHosts::refuse_cuts(const HostItem& item, std::string_view remedy) {
  const HostSet* set = own_set(item);
  if (set == nullptr || set->cuts.empty()) return;
  diagnostics_.error(item.mark, item.text + " excepts " + quoted(set->cuts.front().text) +
                                    " from a wildcard, which works in `hosts` of an allow rule "
                                    "alone; " +
                                    std::string(remedy));
}

std::vector<HostItem> RuleHosts::read_route(const Fields& fields) {
  std::vector<HostItem> items;
  const YamlNode* node = fields.find("hosts");
  if (node == nullptr) return items;
  const Holder holder{.words = "a route", .accepts_strangers = false};
  for (const YamlNode& item : node->items) {
    if (!item.is_scalar()) continue;  // told already
    refuse_cuts(items.emplace_back(read_item(item, SetPlace::routes, holder)),
                "list the hosts one by one");
  }
  return items;
}

void RuleHosts::add_cuts(const Rule& rule, RuleSource& source) {
  for (const HostItem& item : source.except_hosts) refuse_cuts(item, "list the hosts one by one");
  for (const HostItem& item : source.hosts) {
    if (!rule.is_allow()) refuse_cuts(item, "write it in the rule's `except_hosts`");
    const HostSet* set = own_set(item);
    if (set == nullptr || !rule.is_allow()) continue;
    for (const HostItem& other : source.hosts) {
      const bool is_cut = !other.is_set && !other.patterns.empty() &&
                          budget_.take_pairs(set->cuts.size(), other.mark) &&
                          std::any_of(set->cuts.begin(), set->cuts.end(), [&](const auto& cut) {
                            return covers(cut, other.patterns.front());
                          });
      if (is_cut) {
        diagnostics_.error(other.mark,
                           quoted(other.text) + " is excepted by " + item.text +
                               ", which holds for the whole rule; put it in a rule of its own");
      }
    }
    if (!set->cuts.empty()) {
      source.except_hosts.push_back(
          {.text = item.text, .mark = item.mark, .is_set = true, .patterns = set->cuts});
    }
  }
}

void RuleHosts::check_excepted(const RuleSource& source) {
  if (source.except_hosts.empty()) return;
  HostMatcher excepted;
  for (const HostItem& item : source.except_hosts) {
    for (const HostPattern& pattern : item.patterns) {
      excepted.add(pattern, 0, HostMatcher::Part::hosts, true);
    }
  }
  RuleMatches matches;
  const auto is_excepted = [&](const HostPattern& pattern) {
    if (const auto host = host_of(pattern)) {
      matches.clear();
      excepted.match(*host, matches);
      return !matches.empty();
    }
    return some_pattern(
        source.except_hosts,
        [&](const HostItem& item) { return budget_.take_pairs(item.patterns.size(), item.mark); },
        [&](const HostPattern& outer) { return covers(outer, pattern); });
  };
  bool has_patterns = false;
  for (const HostItem& item : source.hosts) {
    if (!std::all_of(item.patterns.begin(), item.patterns.end(), is_excepted)) return;
    has_patterns = has_patterns || !item.patterns.empty();
  }
  if (!has_patterns) return;
  diagnostics_.error(source.mark_of("except_hosts"),
                     "all hosts of the rule are excepted; it could never match");
}

void RuleHosts::add_to_matcher(const Rule& rule, const RuleSource& source) {
  const auto add = [&](const std::vector<HostItem>& items, HostMatcher::Part part,
                       bool wild_takes_a_labels) {
    for (const HostItem& item : items) {
      for (const HostPattern& pattern : item.patterns) {
        snapshot_.matcher.add(pattern, source.rule, part, wild_takes_a_labels);
      }
    }
  };
  // The side that blocks more takes A-labels and literals by wildcards too; so does discovery.
  add(source.hosts, HostMatcher::Part::hosts, !rule.is_allow() || !rule.enforces());
  add(source.except_hosts, HostMatcher::Part::except_hosts, rule.is_allow());
}

}  // namespace sallyport
