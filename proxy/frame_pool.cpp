#include "proxy/frame_pool.h"

#include <array>
#include <cstdint>
#include <new>

namespace sallyport {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kKeepsFrames = false;  // a frame that is used after its end shall be reported
#else
constexpr bool kKeepsFrames = true;
#endif

constexpr std::size_t kStep = 64;
constexpr std::size_t kSizes = 64;      // up to 63 steps, 4,032 bytes
constexpr std::uint32_t kKeptMax = 64;  // of one size

/// The frames of one size, linked through their own memory.
struct Shelf {
  struct Free {
    Free* next;
  };
  Free* first = nullptr;
  std::uint32_t count = 0;
};

struct Shelves {
  ~Shelves() {
    for (Shelf& shelf : sizes) {
      while (shelf.first != nullptr) {
        Shelf::Free* const frame = shelf.first;
        shelf.first = frame->next;
        ::operator delete(frame);
      }
    }
  }
  std::array<Shelf, kSizes> sizes;
};

Shelves& shelves() {
  static thread_local Shelves of_thread;
  return of_thread;
}

std::size_t steps(std::size_t bytes) { return (bytes + kStep - 1) / kStep; }

}  // namespace

void* FramePool::take(std::size_t bytes) {
  const std::size_t size = steps(bytes);
  if (!kKeepsFrames || size >= kSizes) return ::operator new(bytes);
  Shelf& shelf = shelves().sizes[size];
  if (shelf.first == nullptr) return ::operator new(size* kStep);
  Shelf::Free* const frame = shelf.first;
  shelf.first = frame->next;
  --shelf.count;
  return frame;
}

void FramePool::give(void* frame, std::size_t bytes) noexcept {
  const std::size_t size = steps(bytes);
  if (!kKeepsFrames || size >= kSizes) return ::operator delete(frame);
  Shelf& shelf = shelves().sizes[size];
  if (shelf.count == kKeptMax) return ::operator delete(frame);
  shelf.first = new (frame) Shelf::Free{shelf.first};
  ++shelf.count;
}

}  // namespace sallyport
