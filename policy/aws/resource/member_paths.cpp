#include "policy/aws/resource/member_paths.h"

#include <algorithm>

#include "policy/values/ascii.h"
#include "policy/values/take_part.h"

namespace sallyport {
namespace {

template <typename Names>
auto place_of(Names& names, std::string_view name) {
  return std::lower_bound(names.begin(), names.end(), name,
                          [](const auto& entry, std::string_view wanted) {
                            return is_before_ignoring_case(entry.first, wanted);
                          });
}

constexpr std::string_view kListName = "member";

}  // namespace

MemberPaths::MemberPaths(std::span<const Member> members, std::span<const MemberPlace> places,
                         std::size_t top) {
  append();
  for (const Member& member : members) {
    if (std::find(places.begin(), places.end(), member.place) != places.end()) add(member, top);
  }
}

MemberPaths::Place MemberPaths::append() {
  nodes_.emplace_back();
  return static_cast<Place>(nodes_.size() - 1);
}

void MemberPaths::add(const Member& member, std::size_t top) {
  std::string_view path = member.path;
  if (path.starts_with('/')) path.remove_prefix(1);
  Place place = kRoot;
  std::size_t depth = 0;
  while (!path.empty()) {
    const std::string_view component = take_until(path, '/');
    ++depth;
    if (component == "@" && path.empty()) {
      nodes_[place].keys.bits |= member.kinds.bits;
      return;
    }
    place = make(place, component);
  }
  Node& node = nodes_[place];
  node.value.bits |= member.kinds.bits;
  node.is_at_top = node.is_at_top || depth == top;
}

MemberPaths::Place MemberPaths::make(Place place, std::string_view component) {
  if (component == "*" || component == "**") {
    const bool is_any_depth = component == "**";
    const auto next = is_any_depth ? &Node::any_depth : &Node::element;
    if (nodes_[place].*next == kNowhere) {
      const Place made = append();
      nodes_[made].is_any_depth = is_any_depth;
      nodes_[place].*next = made;
    }
    return nodes_[place].*next;
  }
  if (const Place known = child(place, component); known != kNowhere) return known;
  const Place made = append();
  auto& names = nodes_[place].names;
  names.insert(place_of(names, component), {component, made});
  return made;
}

MemberPaths::Place MemberPaths::child(Place place, std::string_view name) const {
  const auto& names = nodes_[place].names;
  const auto found = place_of(names, name);
  if (found == names.end() || !equal_ignoring_case(found->first, name)) return kNowhere;
  return found->second;
}

PathWalk::PathWalk(const MemberPaths& paths) : paths_(paths), begins_{0} {
  if (!paths.empty()) add(MemberPaths::kRoot);
}

void PathWalk::add(MemberPaths::Place place) {
  if (place == MemberPaths::kNowhere) return;
  const auto begin = places_.begin() + static_cast<std::ptrdiff_t>(begins_.back());
  if (std::find(begin, places_.end(), place) != places_.end()) return;
  places_.push_back(place);
  add(paths_.at(place).any_depth);  // which may be no level at all; never two in a row
}

void PathWalk::open() { begins_.push_back(places_.size()); }

void PathWalk::close() {
  places_.resize(begins_.back());
  begins_.pop_back();
}

template <typename Step>
void PathWalk::go(Step step) {
  places_.resize(begins_.back());
  for (std::size_t i = begins_[begins_.size() - 2]; i < begins_.back(); ++i) {
    const MemberPaths::Node& node = paths_.at(places_[i]);
    if (node.is_any_depth) add(places_[i]);
    step(places_[i], node);
  }
}

void PathWalk::to_name(std::string_view name) {
  go([this, name](MemberPaths::Place place, const MemberPaths::Node& node) {
    add(paths_.child(place, name));
    add(node.element);
  });
}

void PathWalk::to_element() {
  go([this](MemberPaths::Place, const MemberPaths::Node& node) { add(node.element); });
}

void PathWalk::to_any_name() {
  go([this](MemberPaths::Place, const MemberPaths::Node& node) {
    for (const auto& [name, next] : node.names) add(next);
    add(node.element);
  });
}

void PathWalk::to_form_name(std::string_view name) {
  go([this, name](MemberPaths::Place place, const MemberPaths::Node& node) {
    add(paths_.child(place, name));
    for (const auto& [known, next] : node.names) {
      const bool is_list_name = equal_ignoring_case(name, kListName) || known == kListName;
      if (is_list_name && paths_.at(next).element != MemberPaths::kNowhere) add(next);
    }
  });
}

void PathWalk::to_form_element() {
  go([this](MemberPaths::Place, const MemberPaths::Node& node) {
    add(node.element);
    for (const auto& [name, next] : node.names) add(paths_.at(next).element);
  });
}

PathWalk::Here PathWalk::describe(std::size_t begin, std::size_t end) const {
  Here here;
  here.is_followed = begin != end;
  bool is_free = begin == end;
  for (std::size_t i = begin; i < end; ++i) {
    const MemberPaths::Node& node = paths_.at(places_[i]);
    const bool is_any_depth = node.is_any_depth || node.any_depth != MemberPaths::kNowhere;
    const bool is_list = node.element != MemberPaths::kNowhere;
    here.value.bits |= node.value.bits;
    here.keys.bits |= node.keys.bits;
    here.is_at_top = here.is_at_top || (node.is_at_top && node.value.bits != 0);
    here.may_be_list = here.may_be_list || is_list;
    here.may_be_map = here.may_be_map || is_list || !node.names.empty() || node.keys.bits != 0;
    here.may_be_text = here.may_be_text || node.value.bits != 0;
    is_free = is_free || is_any_depth;
  }
  here.may_be_map = here.may_be_map || is_free;
  here.may_be_list = here.may_be_list || is_free;
  here.may_be_text = here.may_be_text || is_free;
  return here;
}

}  // namespace sallyport
