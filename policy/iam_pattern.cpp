#include "policy/iam_pattern.h"

#include <cstddef>
#include <utility>

#include "policy/values/ascii.h"
#include "policy/values/take_part.h"

namespace sallyport {
namespace {

bool same(char a, char b) { return a == b; }
bool same_but_case(char a, char b) { return to_lower(a) == to_lower(b); }

/// Walks both at once, and goes back to the last `*` alone: a longer run of an earlier one could
/// not match what the last cannot.
template <class Equal>
bool glob_matches(std::string_view pattern, std::string_view text, Equal equal) noexcept {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t behind_star = 0;  // of the text: what the last `*` has not taken
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      behind_star = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || equal(pattern[p], text[t]))) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++behind_star;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

constexpr int kPartsBeforeResource = 5;

/// The pattern, up to its first `*`, agrees with what every text that begins so begins with.
bool may_begin_with(std::string_view pattern, std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i == pattern.size()) return false;
    if (pattern[i] == '*') return true;
    if (pattern[i] != '?' && pattern[i] != text[i]) return false;
  }
  return true;
}

}  // namespace

bool action_matches(std::string_view pattern, std::string_view action) noexcept {
  return glob_matches(pattern, action, same_but_case);
}

bool arn_matches(std::string_view pattern, std::string_view arn) noexcept {
  if (pattern == "*") return true;
  for (int i = 0; i < kPartsBeforeResource; ++i) {
    if (!glob_matches(take_until(pattern, ':'), take_until(arn, ':'), same)) return false;
  }
  return glob_matches(pattern, arn, same);
}

bool arn_may_be_of_bucket(std::string_view pattern, std::string_view bucket) noexcept {
  if (pattern == "*") return true;
  for (int i = 0; i < kPartsBeforeResource; ++i) take_until(pattern, ':');
  if (glob_matches(pattern, bucket, same)) return true;
  if (!may_begin_with(pattern, bucket)) return false;
  const auto star = pattern.find('*');
  if (star != std::string_view::npos && star <= bucket.size()) return true;
  return pattern.size() > bucket.size() &&
         (pattern[bucket.size()] == '/' || pattern[bucket.size()] == '?');
}

}  // namespace sallyport
