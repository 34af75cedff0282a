// Memory of coroutine frames that ended, kept for the next ones of the same thread: a session's
// frames are made and freed by the dozen.
#pragma once

#include <cstddef>

namespace sallyport {

class FramePool {
 public:
  /// `bytes` of memory for any type that needs no more than the usual alignment.
  static void* take(std::size_t bytes);
  /// Back from the thread that took it, with the same size.
  static void give(void* frame, std::size_t bytes) noexcept;
};

}  // namespace sallyport
