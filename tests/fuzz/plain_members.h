// A slow, obvious reading of members in JSON: Boost.JSON's own tree, and each path asked about each
// value. It knows nothing of the gate's readers; the oracle of aws_body_fuzz.cpp.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

#include "policy/aws/member.h"
#include "policy/aws/resource/body_members.h"

namespace sallyport::fuzz {

/// The way to a value: names, and `*` for a list's element (no name: it has a NUL before it).
using Steps = std::vector<std::string>;
inline const std::string kElement = std::string("\0*", 2);

inline Steps split_path(std::string_view path) {
  Steps steps;
  for (std::size_t begin = 1; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    steps.emplace_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return steps;
}

inline std::string in_lower_case(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return text;
}

/// True if the path, from its component `i` on, fits the steps from `j` on.
inline bool fits(const Steps& path, std::size_t i, const Steps& steps, std::size_t j) {
  if (i == path.size()) return j == steps.size();
  if (path[i] == "**") {
    for (std::size_t skipped = j; skipped <= steps.size(); ++skipped) {
      if (fits(path, i + 1, steps, skipped)) return true;
    }
    return false;
  }
  if (j == steps.size()) return false;
  const bool is_fit =
      path[i] == "*" || (steps[j] != kElement && in_lower_case(path[i]) == in_lower_case(steps[j]));
  return is_fit && fits(path, i + 1, steps, j + 1);
}

inline std::string trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1));
}

class PlainMembers {
 public:
  explicit PlainMembers(const std::vector<Member>& members) : members_(members) {}

  std::vector<FoundMember> find(const boost::json::value& tree) {
    look(tree);
    return found_;
  }

 private:
  void add(bool is_key, std::string_view value) {
    FoundMember found{{}, trimmed(value), false};
    for (const Member& member : members_) {
      Steps path = split_path(member.path);
      const bool is_of_keys = path.back() == "@";
      if (is_of_keys) path.pop_back();
      if (is_of_keys != is_key || !fits(path, 0, steps_, 0)) continue;
      found.kinds.bits |= member.kinds.bits;
      if (!is_key && path.size() == 1) found.is_at_top = true;
    }
    if (found.kinds.bits != 0) found_.push_back(found);
  }

  void look(const boost::json::value& value) {
    if (const auto* text = value.if_string()) {
      add(false, {text->data(), text->size()});
    } else if (const auto* list = value.if_array()) {
      steps_.push_back(kElement);
      for (const auto& element : *list) look(element);
      steps_.pop_back();
    } else if (const auto* map = value.if_object()) {
      for (const auto& entry : *map) {
        const std::string key(entry.key().data(), entry.key().size());
        add(true, key);
        steps_.push_back(key);
        look(entry.value());
        steps_.pop_back();
      }
    }
  }

  const std::vector<Member>& members_;
  Steps steps_;
  std::vector<FoundMember> found_;
};

}  // namespace sallyport::fuzz
