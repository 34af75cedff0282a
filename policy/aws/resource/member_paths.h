// The paths of an operation's members (policy/aws/member.h) as one tree, and a walk through a body
// that follows all of them at once. Names are compared without the case of ASCII letters: a service
// that does not mind it either would else read a member that was not found here. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/aws/member.h"

namespace sallyport {

/// The tree. Built once for a body; the members' text outlives it.
class MemberPaths {
 public:
  using Place = std::uint16_t;
  static constexpr Place kNowhere = 0xffff;
  static constexpr Place kRoot = 0;

  struct Node {
    std::vector<std::pair<std::string_view, Place>> names;  ///< sorted, without case
    Place element = kNowhere;                               ///< `*`
    Place any_depth = kNowhere;                             ///< `**`
    MemberKinds value;                                      ///< of the value itself
    MemberKinds keys;                                       ///< of a map's keys: `@`
    bool is_at_top = false;
    bool is_any_depth = false;  ///< it is the `**`: each level below is the same place
  };

  /// Of the members of that place. Those with `top` components are at the top.
  MemberPaths(std::span<const Member> members, std::span<const MemberPlace> places,
              std::size_t top);

  const Node& at(Place place) const { return nodes_[place]; }
  /// The child of that name, or kNowhere.
  Place child(Place place, std::string_view name) const;
  bool empty() const { return nodes_.size() == 1; }

 private:
  void add(const Member& member, std::size_t top);
  Place make(Place place, std::string_view component);
  Place append();

  std::vector<Node> nodes_;
};

/// Where a walk is: the places of the tree that the path so far may be.
class PathWalk {
 public:
  explicit PathWalk(const MemberPaths& paths);

  /// A map, a list or an element begins here, and ends; steps in between go to its members, each
  /// instead of the one before.
  void open();
  void close();

  void to_name(std::string_view name);
  void to_element();
  /// To whatever member: where its name does not matter.
  void to_any_name();
  /// To the list element of a form, whose lists have a name before the number (`member`, or the
  /// element's own) or have none: services take either.
  void to_form_name(std::string_view name);
  void to_form_element();

  /// What the paths have to say of the value here.
  struct Here {
    bool is_followed = false;  ///< any path leads here, or through here
    MemberKinds value;
    MemberKinds keys;
    bool is_at_top = false;
    bool may_be_map = false;
    bool may_be_list = false;
    bool may_be_text = false;
  };
  Here here() const { return describe(begins_.back(), places_.size()); }
  /// The same of the map, list or element that is open.
  Here around() const { return describe(begins_[begins_.size() - 2], begins_.back()); }

 private:
  Here describe(std::size_t begin, std::size_t end) const;
  void add(MemberPaths::Place place);
  /// Calls `step` with each place around, which adds the places here.
  template <typename Step>
  void go(Step step);

  const MemberPaths& paths_;
  std::vector<MemberPaths::Place> places_;
  std::vector<std::size_t> begins_;  ///< of the places here; the last but one: of those around
};

}  // namespace sallyport
