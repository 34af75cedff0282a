// Counts what a fuzz target takes from the heap by new. Replaces the global operators, so that one
// source file of a program includes it. For one thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <new>

#include <malloc.h>

namespace sallyport::fuzz {

/// What was taken since the program began.
struct Memory {
  std::size_t allocations = 0;
  std::size_t bytes = 0;      ///< held now
  std::size_t bytes_max = 0;  ///< held at most since it was last set
};

inline Memory memory;

inline void* take_memory(std::size_t size) noexcept {
  void* taken = std::malloc(size != 0 ? size : 1);
  if (taken == nullptr) return nullptr;
  ++memory.allocations;
  memory.bytes += malloc_usable_size(taken);
  memory.bytes_max = std::max(memory.bytes_max, memory.bytes);
  return taken;
}

inline void give_memory(void* taken) noexcept {
  if (taken == nullptr) return;
  memory.bytes -= malloc_usable_size(taken);
  std::free(taken);
}

}  // namespace sallyport::fuzz

// Each form is replaced, so that ASan finds new and delete to be a pair.
void* operator new(std::size_t size) {
  if (void* taken = sallyport::fuzz::take_memory(size)) return taken;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
  return sallyport::fuzz::take_memory(size);
}
void operator delete(void* taken) noexcept { sallyport::fuzz::give_memory(taken); }
void operator delete(void* taken, std::size_t /*size*/) noexcept {
  sallyport::fuzz::give_memory(taken);
}
