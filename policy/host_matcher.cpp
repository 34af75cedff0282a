#include "policy/host_matcher.h"

#include <algorithm>

#include <boost/container/small_vector.hpp>
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

}  // namespace

/// What was found on the way. A host is named by a few patterns; more go to the heap.
struct HostMatcher::Walk {
  bool has_a_label;
  boost::container::small_vector<Use, 8> found;
};

std::uint32_t HostMatcher::child(std::uint32_t node, const PatternLabel& label) {
  const auto next = static_cast<std::uint32_t>(nodes_.size());
  if (label.kind() == PatternLabel::Kind::literal) {
    const auto [edge, is_new] = edges_.try_emplace(EdgeKey{node, label.literal()}, next);
    if (is_new) nodes_.emplace_back();
    return edge->second;
  }
  for (const TypedEdge& edge : nodes_[node].typed) {
    if (edge.label == label) return edge.node;
  }
  nodes_[node].typed.push_back({label, next});
  nodes_.emplace_back();
  return next;
}

void HostMatcher::add(const HostPattern& pattern, RuleIndex rule, Part part,
                      bool wild_takes_a_labels) {
  const Use use{rule, pattern.precision(), part, wild_takes_a_labels};
  switch (pattern.kind) {
    case HostPattern::Kind::any:
      any_.push_back(use);
      return;
    case HostPattern::Kind::regex:
      regexes_.push_back({pattern.regex, use});
      return;
    case HostPattern::Kind::literal:
      literals_[std::string(pattern.literal->text())].push_back(use);
      return;
    case HostPattern::Kind::labels:
      break;
  }
  std::uint32_t node = 0;
  for (auto label = pattern.labels.rbegin(); label != pattern.labels.rend(); ++label) {
    node = child(node, *label);
  }
  Node& end = nodes_[node];
  (pattern.leading_wildcard ? end.below : end.exact).push_back(use);
}

void HostMatcher::walk(std::uint32_t node, std::string_view name, bool wild_a_label,
                       Walk& walk) const {
  const Node& here = nodes_[node];
  const auto take = [&](const std::vector<Use>& uses, bool takes_a_label) {
    for (const Use& use : uses) {
      if (!takes_a_label || use.wild_takes_a_labels) walk.found.push_back(use);
    }
  };
  if (name.empty()) {
    take(here.exact, wild_a_label);
    return;
  }
  if (!here.below.empty()) {
    take(here.below, wild_a_label || (walk.has_a_label && has_a_label(name)));
  }
  const LastLabel last(name);
  if (const auto edge = edges_.find(EdgeView{node, last.label}); edge != edges_.end()) {
    this->walk(edge->second, last.rest, wild_a_label, walk);
  }
  for (const TypedEdge& edge : here.typed) {
    if (!sallyport::matches(edge.label, last.label)) continue;
    this->walk(edge.node, last.rest, wild_a_label || is_a_label(last.label), walk);
  }
}

void HostMatcher::match(const Host& host, std::vector<RuleMatch>& out) const {
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
    if (const auto uses = literals_.find(host.text()); uses != literals_.end()) {
      found.found.insert(found.found.end(), uses->second.begin(), uses->second.end());
    }
  } else {
    walk(0, host.text(), false, found);
  }
  collect(std::span(found.found), out);
}

void HostMatcher::collect(std::span<Use> found, std::vector<RuleMatch>& out) {
  out.reserve(out.size() + found.size());
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
