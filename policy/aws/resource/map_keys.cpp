#include "policy/aws/resource/map_keys.h"

#include <algorithm>

#include "policy/values/ascii.h"

namespace sallyport {

void MapKeys::add(std::string_view key, bool is_followed) {
  const auto begin = static_cast<std::uint32_t>(text_.size());
  keys_.push_back({begin, static_cast<std::uint32_t>(key.size()) & 0x7fffffffU, is_followed});
  text_ += key;
}

bool MapKeys::close() {
  const auto first = keys_.begin() + static_cast<std::ptrdiff_t>(begins_.back());
  // By size first, which most keys differ in; the same keys then stand side by side.
  std::sort(first, keys_.end(), [this](const Key& a, const Key& b) {
    if (a.size != b.size) return a.size < b.size;
    if (is_before_ignoring_case(text(a), text(b))) return true;
    return !is_before_ignoring_case(text(b), text(a)) && text(a) < text(b);
  });
  const bool has_same = std::adjacent_find(first, keys_.end(), [this](const Key& a, const Key& b) {
                          if (!equal_ignoring_case(text(a), text(b))) return false;
                          return a.is_followed || b.is_followed || text(a) == text(b);
                        }) != keys_.end();
  std::size_t text_end = text_.size();
  for (auto key = first; key != keys_.end(); ++key)
    text_end = std::min<std::size_t>(text_end, key->begin);
  text_.resize(text_end);
  keys_.erase(first, keys_.end());
  begins_.pop_back();
  return !has_same;
}

}  // namespace sallyport
