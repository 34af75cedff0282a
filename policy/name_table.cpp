#include "policy/name_table.h"

#include <limits>
#include <stdexcept>
#include <utility>

namespace sallyport {
namespace {

constexpr std::size_t kSlotsMin = 64;

}  // namespace

std::uint32_t& NameTable::number_of(std::uint32_t scope, std::string_view name) {
  if ((count_ + 1) * 3 > slots_.size() * 2) grow();
  const std::uint32_t hash = hash_of(name).in(scope);
  Slot& slot = slots_[place_of(scope, name, hash)];
  if (slot.entry == 0) {
    slot = {hash, add_entry(scope, name)};
    ++count_;
  }
  return entries_[slot.entry + kNumber];
}

std::uint32_t NameTable::add_entry(std::uint32_t scope, std::string_view name) {
  const std::size_t entry = entries_.size();
  const std::size_t text_words =
      (1 + name.size() + sizeof(std::uint32_t) - 1) / sizeof(std::uint32_t);
  if (entry > std::numeric_limits<std::uint32_t>::max() - kText - text_words) {
    throw std::length_error("host patterns of more than 16 GiB");
  }
  entries_.resize(entry + kText + text_words);
  entries_[entry + kScope] = scope;
  char* text = reinterpret_cast<char*>(&entries_[entry + kText]);
  *text = static_cast<char>(name.size());
  name.copy(text + 1, name.size());
  return static_cast<std::uint32_t>(entry);
}

void NameTable::grow() {
  std::vector<Slot> grown(slots_.empty() ? kSlotsMin : slots_.size() * 2);
  const std::size_t mask = grown.size() - 1;
  for (const Slot& slot : slots_) {
    if (slot.entry == 0) continue;
    std::size_t place = slot.hash & mask;
    while (grown[place].entry != 0) place = (place + 1) & mask;
    grown[place] = slot;
  }
  slots_ = std::move(grown);
}

}  // namespace sallyport
