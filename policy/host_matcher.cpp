#include "policy/host_matcher.h"

#include <algorithm>
#include <string>

#include <boost/container/small_vector.hpp>
#include <boost/container_hash/hash.hpp>
#include <re2/re2.h>

namespace sallyport {
namespace {

/// The rightmost label of a name, and what stands in front of its dot.
struct LastLabel {
  explicit LastLabel(std::string_view name) {
    const std::size_t dot = name.rfind('.');
    label = name.substr(dot + 1);  // npos + 1 is 0
    if (dot != std::string_view::npos) rest = name.substr(0, dot);
  }
  std::string_view label;
  std::string_view rest;
};

bool has_a_label(std::string_view name) {
  while (!name.empty()) {
    const LastLabel last(name);
    if (is_a_label(last.label)) return true;
    name = last.rest;
  }
  return false;
}

bool is_literal(const PatternLabel& label) { return label.kind() == PatternLabel::Kind::literal; }

/// The scope of whole names in the table; the root of the trie, whose number it would be, has the
/// next one.
constexpr std::uint32_t kNames = 0;
constexpr std::uint32_t scope_of(std::uint32_t node) { return node + 1; }

/// The labels of a pattern as a name. REQUIRES: all are literal.
std::string name_of(const HostPattern& pattern) {
  std::string name;
  for (const PatternLabel& label : pattern.labels) {
    if (!name.empty()) name += '.';
    name += label.literal();
  }
  return name;
}

}  // namespace

/// What was found on the way. A host is named by a few patterns; more go to the heap.
struct HostMatcher::Walk {
  bool has_a_label;
  boost::container::small_vector<Use, 8> found;
};

std::size_t HostMatcher::CellHash::operator()(const Cell& cell) const {
  const Use& use = cell.use;
  std::size_t hash = 0;
  boost::hash_combine(hash, use.rule);
  boost::hash_combine(hash, use.precision);
  boost::hash_combine(hash, static_cast<unsigned>(use.part));
  boost::hash_combine(hash, use.wild_takes_a_labels);
  boost::hash_combine(hash, use.is_below);
  boost::hash_combine(hash, cell.next);
  return hash;
}

HostMatcher::Uses HostMatcher::with(Uses uses, const Use& use) {
  const Cell cell{use, uses};
  const auto next = static_cast<Uses>(cells_.size());
  const auto [known, is_new] = known_cells_.try_emplace(cell, next);
  if (is_new) cells_.push_back(cell);
  return known->second;
}

std::uint32_t HostMatcher::new_node() {
  nodes_.emplace_back();
  return static_cast<std::uint32_t>(nodes_.size() - 1);
}

std::uint32_t HostMatcher::child(std::uint32_t node, const PatternLabel& label) {
  if (is_literal(label)) {
    std::uint32_t& edge = names_.number_of(scope_of(node), label.literal());
    if (edge == 0) edge = new_node();
    return edge;
  }
  for (std::uint32_t i = nodes_[node].typed; i != 0; i = typed_[i].next) {
    if (typed_[i].label == label) return typed_[i].node;
  }
  const std::uint32_t target = new_node();
  typed_.push_back({label, target, nodes_[node].typed});
  nodes_[node].typed = static_cast<std::uint32_t>(typed_.size() - 1);
  return target;
}

void HostMatcher::add(const HostPattern& pattern, RuleIndex rule, Part part,
                      bool wild_takes_a_labels) {
  const Use use{rule, pattern.precision(), part, wild_takes_a_labels, pattern.leading_wildcard};
  const auto add_name = [&](std::string_view name) {
    Uses& uses = names_.number_of(kNames, name);
    uses = with(uses, use);
  };
  switch (pattern.kind) {
    case HostPattern::Kind::any:
      any_.push_back(use);
      return;
    case HostPattern::Kind::regex:
      regexes_.push_back({pattern.regex, use});
      return;
    case HostPattern::Kind::host:
      add_name(pattern.the_host->text());
      return;
    case HostPattern::Kind::labels:
      break;
  }
  if (std::all_of(pattern.labels.begin(), pattern.labels.end(), is_literal)) {
    add_name(name_of(pattern));
    return;
  }
  std::uint32_t node = 0;
  for (auto label = pattern.labels.rbegin(); label != pattern.labels.rend(); ++label) {
    node = child(node, *label);
  }
  nodes_[node].uses = with(nodes_[node].uses, use);
}

void HostMatcher::take(Uses uses, std::string_view in_front, bool wild_a_label, Walk& walk) const {
  if (uses == 0) return;
  const bool is_below = !in_front.empty();
  const bool takes_a_label = wild_a_label || (walk.has_a_label && has_a_label(in_front));
  for (; uses != 0; uses = cells_[uses].next) {
    const Use& use = cells_[uses].use;
    if (use.is_below != is_below) continue;
    if (!takes_a_label || use.wild_takes_a_labels) walk.found.push_back(use);
  }
}

void HostMatcher::find_names(std::string_view name, Walk& walk) const {
  // Each is elsewhere in memory; all are on their way before the first is looked at.
  struct End {
    std::size_t begin;
    NameTable::Hash hash;
  };
  boost::container::small_vector<End, 8> ends;
  NameTable::Hash hash;
  const auto add = [&](std::size_t begin) {
    names_.prefetch(kNames, hash);
    ends.push_back({begin, hash});
  };
  for (std::size_t i = name.size(); i-- > 0; hash.prepend(name[i])) {
    if (name[i] == '.') add(i + 1);
  }
  add(0);
  for (const End& end : ends) {
    const Uses uses = names_.find(kNames, name.substr(end.begin), end.hash);
    take(uses, name.substr(0, end.begin - (end.begin == 0 ? 0 : 1)), false, walk);
  }
}

void HostMatcher::follow(std::uint32_t node, std::string_view name, bool wild_a_label,
                         Walk& walk) const {
  const Node& here = nodes_[node];
  take(here.uses, name, wild_a_label, walk);
  if (name.empty()) return;
  const LastLabel last(name);
  const std::uint32_t edge =
      names_.find(scope_of(node), last.label, NameTable::hash_of(last.label));
  if (edge != 0) follow(edge, last.rest, wild_a_label, walk);
  for (std::uint32_t i = here.typed; i != 0; i = typed_[i].next) {
    if (!sallyport::matches(typed_[i].label, last.label)) continue;
    follow(typed_[i].node, last.rest, wild_a_label || is_a_label(last.label), walk);
  }
}

void HostMatcher::match(const Host& host, RuleMatches& out) const {
  Walk found{.has_a_label = host.has_a_label(), .found = {}};
  const bool is_special = host.is_literal() || found.has_a_label;
  for (const Use& use : any_) {
    if (!is_special || use.wild_takes_a_labels) found.found.push_back(use);
  }
  for (const RegexUse& each : regexes_) {
    if (is_special && !each.use.wild_takes_a_labels) continue;
    const re2::StringPiece name(host.text().data(), host.text().size());
    if (re2::RE2::FullMatch(name, *each.regex)) found.found.push_back(each.use);
  }
  if (host.is_literal()) {
    const std::string_view text = host.text();
    take(names_.find(kNames, text, NameTable::hash_of(text)), {}, false, found);
  } else {
    find_names(host.text(), found);
    if (nodes_.size() > 1) follow(0, host.text(), false, found);
  }
  collect(std::span(found.found), out);
}

void HostMatcher::collect(std::span<Use> found, RuleMatches& out) {
  out.reserve(out.size() + found.size());
  std::reverse(found.begin(), found.end());  // lists begin with the last rule: nearly sorted
  std::sort(found.begin(), found.end(), [](const Use& a, const Use& b) { return a.rule < b.rule; });
  for (auto use = found.begin(); use != found.end();) {
    RuleMatch match{.rule = use->rule};
    bool is_named = false;
    for (; use != found.end() && use->rule == match.rule; ++use) {
      if (use->part == Part::except_hosts) {
        match.is_excepted = true;
      } else {
        is_named = true;
        match.precision = std::max(match.precision, use->precision);
      }
    }
    if (is_named) out.push_back(match);
  }
}

}  // namespace sallyport
