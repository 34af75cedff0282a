#include "policy/aws/resource/member_finder.h"

#include <cstdint>

#include "policy/aws/resource/resource_names.h"
#include "policy/aws/resource/s3_url.h"

namespace sallyport {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

bool has_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

}  // namespace

std::string_view without_space_around(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

MemberKinds resource_kinds(std::string_view text) {
  MemberKinds kinds;
  if (is_account_id(text)) kinds.bits = MemberKinds::account;
  if (text.find_first_of(":/") == std::string_view::npos) return kinds;  // as most texts
  const auto add = [&kinds](MemberKinds::Bit bit) {
    kinds.bits = static_cast<std::uint16_t>(kinds.bits | bit);
  };
  if (Arn::parse(text)) add(MemberKinds::arn);
  if (S3Uri::parse(text) || S3Url::parse(text)) add(MemberKinds::s3_uri);
  if (QueueUrl::parse(text)) add(MemberKinds::queue_url);
  if (ImageUri::parse(text)) add(MemberKinds::image_uri);
  return kinds;
}

MemberFinder::MemberFinder(const MemberPaths* paths, std::size_t top,
                           std::vector<FoundMember>& found)
    : top_(top), found_(found) {
  if (paths == nullptr) return;
  walk_.emplace(*paths);
  look();
}

bool MemberFinder::append(MemberKinds kinds, std::string_view value, bool is_at_top) {
  if (found_.size() >= kFoundMax || has_nul(value)) return false;
  found_.push_back({kinds, std::string(value), is_at_top});
  return true;
}

void MemberFinder::open() {
  if (walk_) walk_->open();
}

void MemberFinder::close() {
  is_list_.pop_back();
  if (!walk_) return;
  walk_->close();
  look();
}

bool MemberFinder::open_map() {
  if (!step()) return false;
  if (walk_ && !here_.may_be_map) return false;
  keys_.open();
  is_list_.push_back(false);
  open();
  return true;
}

bool MemberFinder::key(std::string_view key) {
  if (!step() || has_nul(key)) return false;
  MemberKinds kinds;
  if (walk_) {
    kinds = walk_->around().keys;
    walk_->to_name(key);
    look();
  } else {
    kinds = resource_kinds(without_space_around(key));
  }
  keys_.add(key, walk_ && here_.is_followed);
  return kinds.bits == 0 || append(kinds, without_space_around(key), false);
}

bool MemberFinder::close_map() {
  close();
  return keys_.close();
}

bool MemberFinder::open_list() {
  if (!step()) return false;
  if (walk_ && !here_.may_be_list) return false;
  is_list_.push_back(true);
  open();
  if (walk_) {
    walk_->to_element();
    look();
  }
  return true;
}

void MemberFinder::close_list() { close(); }

void MemberFinder::open_element() {
  is_list_.push_back(false);
  open();
}

bool MemberFinder::element(std::string_view name) {
  if (!step()) return false;
  if (!walk_) return true;
  const bool is_root = is_list_.size() == 1;
  if (!walk_->around().may_be_map) return false;
  if (is_root) {
    walk_->to_any_name();
  } else {
    walk_->to_name(name);
  }
  look();
  return true;
}

void MemberFinder::close_element() { close(); }

void MemberFinder::attribute(std::string_view at_name) {
  if (!walk_) return;
  walk_->to_name(at_name);
  look();
}

bool MemberFinder::text(std::string_view text) {
  if (!step()) return false;
  const std::string_view value = without_space_around(text);
  if (walk_) {
    if (here_.value.bits == 0) return here_.may_be_text;
    return append(here_.value, value, here_.is_at_top);
  }
  const MemberKinds kinds = resource_kinds(value);
  if (kinds.bits == 0) return true;
  return append(kinds, value, is_list_.size() == top_ && !is_list_.back());
}

bool MemberFinder::scalar() {
  if (!step()) return false;
  if (!walk_) return true;
  // A number may be read as the digits of an account or as a bucket's name, or be refused.
  return here_.may_be_text && (here_.value.bits & (MemberKinds::account | MemberKinds::bucket |
                                                   MemberKinds::bucket_path)) == 0;
}

}  // namespace sallyport
