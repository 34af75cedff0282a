#include "policy/aws/resource/form_body.h"

#include <algorithm>
#include <string_view>

#include "policy/aws/resource/member_finder.h"
#include "policy/values/ascii.h"
#include "policy/values/take_part.h"
#include "policy/values/utf8.h"

namespace sallyport {
namespace {

bool is_number(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// True where no two names are the same, whatever their case.
bool has_each_name_once(const Parameters& form) {
  std::vector<std::string_view> names;
  for (const Parameter& parameter : form) names.push_back(parameter.name);
  std::sort(names.begin(), names.end(), is_before_ignoring_case);
  return std::adjacent_find(names.begin(), names.end(), equal_ignoring_case) == names.end();
}

/// What the paths say of the parameter of that name.
PathWalk::Here place_of(std::string_view name, const MemberPaths& paths) {
  PathWalk walk(paths);
  do {
    const std::string_view component = take_until(name, '.');
    walk.open();
    if (is_number(component)) {
      walk.to_form_element();
    } else {
      walk.to_form_name(component);
    }
  } while (!name.empty() && walk.here().is_followed);
  return walk.here();
}

}  // namespace

bool read_form(const Parameters& form, const MemberPaths* paths, std::vector<FoundMember>& found) {
  if (!has_each_name_once(form)) return false;
  for (const Parameter& parameter : form) {
    const bool is_at_top = parameter.name.find('.') == std::string_view::npos;
    const std::string_view value = without_space_around(parameter.value.value_or(""));
    const MemberKinds kinds =
        paths != nullptr ? place_of(parameter.name, *paths).value : resource_kinds(value);
    if (!is_utf8(parameter.name)) return false;
    if (kinds.bits == 0) continue;
    if (!is_utf8(value) || found.size() >= kFoundMax) return false;
    found.push_back({kinds, std::string(value), is_at_top});
  }
  return true;
}

}  // namespace sallyport
