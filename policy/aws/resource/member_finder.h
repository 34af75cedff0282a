// What a walk through a body finds: the values at the members' paths, or, for an operation that is
// in no table, all that names a resource. The readers of the formats (json_body.h and its like)
// tell it what they meet. Each step answers false where the body has no one safe reading. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "policy/aws/resource/body_members.h"
#include "policy/aws/resource/map_keys.h"
#include "policy/aws/resource/member_paths.h"

namespace sallyport {

/// The kinds that the whole text parses as, of ARN, account id, S3 URI (or S3's own URL), queue URL
/// and image URI.
MemberKinds resource_kinds(std::string_view text);

/// Appends to `found`. A map, list or element is told where a value stands, and its members then
/// stand inside.
class MemberFinder {
 public:
  /// Without paths: whatever names a resource. The value of a member of a map that is `top` levels
  /// deep is at the top.
  MemberFinder(const MemberPaths* paths, std::size_t top, std::vector<FoundMember>& found);

  // Maps and lists, of JSON and CBOR.
  bool open_map();
  bool key(std::string_view key);
  bool close_map();
  bool open_list();
  void close_list();

  // Elements, of XML: one may stand more than once.
  void open_element();
  /// An element inside the open one. The name of the root counts for nothing: services that find
  /// it wrong may read on.
  bool element(std::string_view name);
  void close_element();
  /// `@name`, whose value is told next.
  void attribute(std::string_view at_name);

  /// True if the text that stands here is needed.
  bool wants_text() const { return !walk_ || here_.value.bits != 0; }
  bool text(std::string_view text);
  /// A number or a truth value.
  bool scalar();
  /// Bytes, which are never text.
  bool bytes() const { return !here_.is_followed || here_.value.bits == 0; }

 private:
  /// One thing more was met; false where there are more than a body may have.
  bool step() { return ++steps_ <= kStepsMax; }
  bool append(MemberKinds kinds, std::string_view value, bool is_at_top);
  void open();
  void close();
  void look() { here_ = walk_->here(); }

  std::optional<PathWalk> walk_;
  PathWalk::Here here_;
  MapKeys keys_;
  std::vector<bool> is_list_;  ///< of what is open
  std::size_t top_;
  std::size_t steps_ = 0;
  std::vector<FoundMember>& found_;
};

/// What may stand around a value without belonging to it: white space. A service may cut it off.
std::string_view without_space_around(std::string_view text);

}  // namespace sallyport
