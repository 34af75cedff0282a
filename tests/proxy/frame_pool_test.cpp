#include "proxy/frame_pool.h"

#include <cstring>
#include <memory>
#include <set>
#include <vector>

#include <doctest/doctest.h>
#include <malloc.h>

namespace sallyport {
namespace {

TEST_CASE("memory of any size can be taken, written whole, and given back in any order") {
  std::vector<std::pair<char*, std::size_t>> taken;
  for (int round = 0; round < 3; ++round) {
    for (std::size_t bytes = 1; bytes < 6'000; bytes += 37) {
      auto* const frame = static_cast<char*>(FramePool::take(bytes));
      std::memset(frame, round, bytes);
      taken.emplace_back(frame, bytes);
    }
    for (std::size_t i = 0; i < taken.size(); ++i) {
      const auto& [frame, bytes] = taken[i * 53 % taken.size()];
      for (std::size_t at = 0; at < bytes; ++at) {
        if (frame[at] != round) FAIL("two frames overlap");
      }
    }
    for (const auto& [frame, bytes] : taken) FramePool::give(frame, bytes);
    taken.clear();
  }
}

/// What the heap has given out; under the sanitizers, which have a heap of their own, it stays.
std::size_t heap_bytes() { return ::mallinfo2().uordblks; }

TEST_CASE("more frames of one size than are kept go back to the heap") {
  constexpr std::size_t kBytes = 200;
  std::vector<void*> taken(1'000);
  const std::size_t before = heap_bytes();
  for (void*& frame : taken) frame = FramePool::take(kBytes);
  for (void* frame : taken) FramePool::give(frame, kBytes);
  CHECK(heap_bytes() < before + 100 * kBytes);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_CASE("what was given back is taken next, and by nobody else") {
  constexpr std::size_t kBytes = 3'000;
  std::set<void*> given;
  while (given.size() < 20) given.insert(FramePool::take(kBytes));
  for (void* frame : given) FramePool::give(frame, kBytes);
  std::vector<std::unique_ptr<char[]>> others;
  while (others.size() < 20) others.push_back(std::make_unique<char[]>(kBytes));
  std::set<void*> taken;
  while (taken.size() < 20) taken.insert(FramePool::take(kBytes));
  CHECK(taken == given);
  for (void* frame : taken) FramePool::give(frame, kBytes);
}
#endif

}  // namespace
}  // namespace sallyport
