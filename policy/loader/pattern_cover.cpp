#include "policy/loader/pattern_cover.h"

#include <algorithm>
#include <optional>
#include <string>

namespace sallyport {
namespace {

bool is_literal(const PatternLabel& label) { return label.kind() == PatternLabel::Kind::literal; }
bool is_any(const PatternLabel& label) { return label.kind() == PatternLabel::Kind::any; }

bool part_covers(const FilledPart& outer, const FilledPart& inner) {
  if (outer == inner) return true;
  const bool are_regions =
      outer.kind == FilledPart::Kind::region && inner.kind == FilledPart::Kind::region;
  if (!are_regions || inner.one_of.empty()) return false;
  return std::all_of(inner.one_of.begin(), inner.one_of.end(), [&](const std::string& region) {
    if (outer.one_of.empty()) return !(partition_of_region(region) & outer.partitions).is_empty();
    return std::find(outer.one_of.begin(), outer.one_of.end(), region) != outer.one_of.end();
  });
}

bool label_covers(const PatternLabel& outer, const PatternLabel& inner) {
  if (is_any(outer)) return true;
  if (is_literal(inner)) return matches(outer, inner.literal());
  return std::equal(outer.parts.begin(), outer.parts.end(), inner.parts.begin(), inner.parts.end(),
                    part_covers);
}

/// A label that is made of a literal and more, such as `s3-<region>`, and is no region whatever
/// the rest is.
bool is_never_region(const PatternLabel& label) {
  return label.kind() == PatternLabel::Kind::composed &&
         label.parts.front().kind == FilledPart::Kind::literal &&
         !may_begin_region(label.parts.front().literal);
}

/// Labels of `*` and typed ones may meet unless one is text that the other does not take.
bool labels_may_meet(const PatternLabel& a, const PatternLabel& b) {
  if (is_literal(a)) return matches(b, a.literal());
  if (is_literal(b)) return matches(a, b.literal());
  if (a.kind() == PatternLabel::Kind::region) return !is_never_region(b);
  if (b.kind() == PatternLabel::Kind::region) return !is_never_region(a);
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
