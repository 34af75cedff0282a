#include "proxy/frame_pool.h"

#include <cstring>
#include <vector>

#include <doctest/doctest.h>

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

TEST_CASE("more frames of one size than are kept go back to the heap") {
  std::vector<void*> taken;
  for (int i = 0; i < 1'000; ++i) taken.push_back(FramePool::take(200));
  for (void* frame : taken) FramePool::give(frame, 200);
  for (int i = 0; i < 1'000; ++i) taken[static_cast<std::size_t>(i)] = FramePool::take(200);
  for (void* frame : taken) FramePool::give(frame, 200);
}

}  // namespace
}  // namespace sallyport
