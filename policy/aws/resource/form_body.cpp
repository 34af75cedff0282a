#include "policy/aws/resource/form_body.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

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

/// The parameters by name, whatever its case.
class ByName {
 public:
  explicit ByName(const Parameters& form) {
    for (const Parameter& parameter : form) sorted_.push_back(&parameter);
    std::sort(sorted_.begin(), sorted_.end(), [](const Parameter* one, const Parameter* other) {
      return is_before_ignoring_case(one->name, other->name);
    });
  }

  bool has_each_once() const {
    const auto is_same = [](const Parameter* one, const Parameter* other) {
      return equal_ignoring_case(one->name, other->name);
    };
    return std::adjacent_find(sorted_.begin(), sorted_.end(), is_same) == sorted_.end();
  }

  /// Its value; empty where there is none.
  std::string_view value_of(std::string_view name) const {
    const auto found = std::lower_bound(sorted_.begin(), sorted_.end(), name,
                                        [](const Parameter* each, std::string_view wanted) {
                                          return is_before_ignoring_case(each->name, wanted);
                                        });
    if (found == sorted_.end() || !equal_ignoring_case((*found)->name, name)) return {};
    return without_space_around((*found)->value.value_or(""));
  }

 private:
  std::vector<const Parameter*> sorted_;
};

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

/// True where `name` is the value of a pair whose key, which stands beside it, says that it is a
/// bucket.
bool is_bucket_by_key(std::string_view name, const ByName& form) {
  struct Key {
    std::string_view name;
    std::string_view key;
  };
  constexpr Key kBuckets[] = {
      {"Key", "access_logs.s3.bucket"},  // Elastic Load Balancing, LoadBalancerAttribute
      {"Key", "connection_logs.s3.bucket"},
      {"Key", "health_check_logs.s3.bucket"},
      {"OptionName", "AccessLogsS3Bucket"},  // Elastic Beanstalk, aws:elbv2:loadbalancer
  };
  const std::string pair(name.substr(0, name.rfind('.') + 1));
  return std::any_of(std::begin(kBuckets), std::end(kBuckets), [&](const Key& each) {
    return equal_ignoring_case(form.value_of(pair + std::string(each.name)), each.key);
  });
}

}  // namespace

bool read_form(const Parameters& form, const MemberPaths* paths, std::vector<FoundMember>& found) {
  const ByName by_name(form);
  if (!by_name.has_each_once()) return false;
  for (const Parameter& parameter : form) {
    const bool is_at_top = parameter.name.find('.') == std::string_view::npos;
    const std::string_view value = without_space_around(parameter.value.value_or(""));
    MemberKinds kinds =
        paths != nullptr ? place_of(parameter.name, *paths).value : resource_kinds(value);
    if (kinds.has(MemberKinds::paired)) {
      kinds = {};
      if (is_bucket_by_key(parameter.name, by_name)) kinds.bits = MemberKinds::bucket;
    }
    if (!is_utf8(parameter.name)) return false;
    if (kinds.bits == 0) continue;
    if (!is_utf8(value) || found.size() >= kFoundMax) return false;
    found.push_back({kinds, std::string(value), is_at_top});
  }
  return true;
}

}  // namespace sallyport
