#include "policy/host_matcher.h"

#include <algorithm>
#include <array>

#include <re2/re2.h>

namespace sallyport {
namespace {

template <class Take>
void for_each_label(std::string_view name, Take take) {
  for (std::size_t begin = 0;;) {
    const std::size_t end = name.find('.', begin);
    take(name.substr(begin, end - begin));
    if (end == std::string_view::npos) return;
    begin = end + 1;
  }
}

}  // namespace

/// A name's labels, and what was found on the way.
struct HostMatcher::Walk {
  explicit Walk(const Host& host) : has_a_label(host.has_a_label()) {}

  /// One of the leftmost `count` labels is an A-label.
  bool a_label_among(std::size_t count) const {
    return has_a_label && std::any_of(labels.begin(), labels.begin() + count, is_a_label);
  }

  /// From left to right. A name of 253 bytes has 127 labels at most.
  std::array<std::string_view, 128> labels;
  bool has_a_label;
  std::vector<Use> found;
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

void HostMatcher::walk(std::uint32_t node, std::size_t remaining, bool wild_a_label,
                       Walk& walk) const {
  const Node& here = nodes_[node];
  const auto take = [&](const std::vector<Use>& uses, bool takes_a_label) {
    for (const Use& use : uses) {
      if (!takes_a_label || use.wild_takes_a_labels) walk.found.push_back(use);
    }
  };
  if (remaining == 0) {
    take(here.exact, wild_a_label);
    return;
  }
  if (!here.below.empty()) take(here.below, wild_a_label || walk.a_label_among(remaining));
  const std::string_view label = walk.labels[remaining - 1];
  if (const auto edge = edges_.find(EdgeView{node, label}); edge != edges_.end()) {
    this->walk(edge->second, remaining - 1, wild_a_label, walk);
  }
  for (const TypedEdge& edge : here.typed) {
    if (!sallyport::matches(edge.label, label)) continue;
    this->walk(edge.node, remaining - 1, wild_a_label || is_a_label(label), walk);
  }
}

void HostMatcher::match(const Host& host, std::vector<RuleMatch>& out) const {
  Walk found(host);
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
    std::size_t count = 0;
    for_each_label(host.text(), [&](std::string_view label) { found.labels[count++] = label; });
    walk(0, count, false, found);
  }
  collect(found.found, out);
}

void HostMatcher::collect(std::vector<Use>& found, std::vector<RuleMatch>& out) {
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
