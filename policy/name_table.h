// A table from names to numbers, for a million of them: 8 bytes a slot, what the slots stand for in
// one array, nothing allocated for each. A name stands in a scope, so that one table can hold the
// labels below many nodes. One that is absent costs one cache miss, one that is there two. Built
// once, then read by any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace sallyport {

class NameTable {
 public:
  /// The hash of a name, read from its end: that of `example.org` is known on the way to that of
  /// `www.example.org`.
  class Hash {
   public:
    /// The next character to the left.
    void prepend(char c) { bits_ = (bits_ ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL; }
    /// Where a name of this hash stands in that scope.
    std::uint32_t in(std::uint32_t scope) const {
      const std::uint64_t mixed = (bits_ ^ scope * 0xff51afd7ed558ccdULL) * 0x9e3779b97f4a7c15ULL;
      return static_cast<std::uint32_t>(mixed >> 32);
    }

   private:
    std::uint64_t bits_ = 0xcbf29ce484222325ULL;  // FNV-1a
  };

  static Hash hash_of(std::string_view name) {
    Hash hash;
    for (std::size_t i = name.size(); i-- > 0;) hash.prepend(name[i]);
    return hash;
  }

  /// The number of the name, which has 255 characters at most: 0 until the caller sets another;
  /// valid until the next call. Throws std::length_error beyond 16 GiB of names.
  std::uint32_t& number_of(std::uint32_t scope, std::string_view name);

  /// The number of the name; 0: absent. REQUIRES: `hash` is the name's.
  std::uint32_t find(std::uint32_t scope, std::string_view name, Hash hash) const {
    if (slots_.empty()) return 0;
    const std::uint32_t entry = slots_[place_of(scope, name, hash.in(scope))].entry;
    return entry == 0 ? 0 : entries_[entry + kNumber];
  }

  /// Has the memory fetched that `find` reads first.
  void prefetch(std::uint32_t scope, Hash hash) const {
    if (!slots_.empty()) __builtin_prefetch(&slots_[hash.in(scope) & (slots_.size() - 1)]);
  }

 private:
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t entry = 0;  ///< its place in entries_; 0: the slot is free
  };
  // The words of an entry.
  static constexpr std::size_t kScope = 0;
  static constexpr std::size_t kNumber = 1;
  static constexpr std::size_t kText = 2;  ///< a byte of length, then the name

  /// Of the name's slot, or of the free one where it belongs. REQUIRES: slots.
  std::size_t place_of(std::uint32_t scope, std::string_view name, std::uint32_t hash) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t place = hash & mask;
    while (slots_[place].entry != 0 && !is_of(slots_[place], scope, name, hash)) {
      place = (place + 1) & mask;
    }
    return place;
  }
  bool is_of(const Slot& slot, std::uint32_t scope, std::string_view name,
             std::uint32_t hash) const {
    return slot.hash == hash && entries_[slot.entry + kScope] == scope &&
           text_of(slot.entry) == name;
  }
  std::string_view text_of(std::uint32_t entry) const {
    const char* text = reinterpret_cast<const char*>(&entries_[entry + kText]);
    return {text + 1, static_cast<unsigned char>(*text)};
  }
  std::uint32_t add_entry(std::uint32_t scope, std::string_view name);
  void grow();

  std::vector<Slot> slots_;  // a power of two, at least a third of them free
  std::size_t count_ = 0;
  std::vector<std::uint32_t> entries_{0};  // 0 is no entry's place
};

}  // namespace sallyport
