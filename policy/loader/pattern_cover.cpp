#include "policy/loader/pattern_cover.h"

#include <algorithm>
#include <optional>
#include <string>

namespace sallyport {
namespace {

bool is_literal(const PatternLabel& label) { return label.kind() == PatternLabel::Kind::literal; }
bool is_any(const PatternLabel& label) { return label.kind() == PatternLabel::Kind::any; }

bool label_covers(const PatternLabel& outer, const PatternLabel& inner) {
  if (is_any(outer) || outer == inner) return true;
  return is_literal(inner) && matches(outer, inner.literal());
}

/// Labels of `*` and typed ones may meet unless one is literal text that the other does not take.
bool labels_may_meet(const PatternLabel& a, const PatternLabel& b) {
  if (is_literal(a)) return matches(b, a.literal());
  if (is_literal(b)) return matches(a, b.literal());
  return true;
}

template <class Compare>
bool compare_from_right(const HostPattern& a, const HostPattern& b, Compare compare) {
  const std::size_t count = std::min(a.labels.size(), b.labels.size());
  return std::equal(a.labels.rbegin(), a.labels.rbegin() + static_cast<std::ptrdiff_t>(count),
                    b.labels.rbegin(), compare);
}

}  // namespace

std::optional<Host> host_of(const HostPattern& pattern) {
  if (pattern.kind == HostPattern::Kind::host) return pattern.the_host;
  if (!pattern.is_exact()) return std::nullopt;
  std::string name;
  for (const PatternLabel& label : pattern.labels) {
    if (!name.empty()) name += '.';
    name += label.literal();
  }
  return Host::parse_name(name);
}

bool covers(const HostPattern& outer, const HostPattern& inner) {
  if (outer.kind == HostPattern::Kind::any) return true;
  const bool are_labels =
      outer.kind == HostPattern::Kind::labels && inner.kind == HostPattern::Kind::labels;
  if (!are_labels) {
    if (const auto host = host_of(inner)) return outer.matches(*host, true);
    return outer.kind == HostPattern::Kind::regex && inner.kind == HostPattern::Kind::regex &&
           outer.text == inner.text;
  }
  const std::size_t outer_count = outer.labels.size();
  const std::size_t inner_count = inner.labels.size();
  if (outer_count > inner_count) return false;
  if (outer.leading_wildcard) {
    // `*.a` takes one label more or any number; `b.a` must have one, `*.b.a` has.
    if (outer_count == inner_count && !inner.leading_wildcard) return false;
  } else if (outer_count != inner_count || inner.leading_wildcard) {
    return false;
  }
  return compare_from_right(outer, inner, label_covers);
}

bool may_overlap(const HostPattern& a, const HostPattern& b) {
  if (a.kind != HostPattern::Kind::labels || b.kind != HostPattern::Kind::labels) {
    if (const auto host = host_of(a)) return b.matches(*host, true);
    if (const auto host = host_of(b)) return a.matches(*host, true);
    return true;
  }
  const std::size_t a_count = a.labels.size();
  const std::size_t b_count = b.labels.size();
  if (!a.leading_wildcard && !b.leading_wildcard && a_count != b_count) return false;
  if (a.leading_wildcard && !b.leading_wildcard && b_count <= a_count) return false;
  if (b.leading_wildcard && !a.leading_wildcard && a_count <= b_count) return false;
  return compare_from_right(a, b, labels_may_meet);
}

}  // namespace sallyport
