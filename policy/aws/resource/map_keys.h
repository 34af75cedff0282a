// The keys of the maps that are open in a body, to tell that none has the same key twice. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport {

/// A stack of maps. Its memory is bounded by the keys of the maps that are open.
class MapKeys {
 public:
  void open() { begins_.push_back(keys_.size()); }
  /// A key of the innermost map, decoded. `is_followed`: a path of a member leads through it.
  /// REQUIRES: all keys of a body together have less than 2 GiB.
  void add(std::string_view key, bool is_followed);
  /// Ends the innermost map. False where two of its keys are the same, or where two are so but for
  /// the case of ASCII letters and one of them is followed: parsers differ in which of them counts.
  bool close();

 private:
  /// Small: a body may be little but keys.
  struct Key {
    std::uint32_t begin;
    std::uint32_t size : 31;
    std::uint32_t is_followed : 1;
  };
  std::string_view text(const Key& key) const {
    return std::string_view(text_).substr(key.begin, key.size);
  }

  std::string text_;
  std::vector<Key> keys_;
  std::vector<std::size_t> begins_;
};

}  // namespace sallyport
