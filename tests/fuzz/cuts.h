// How the bytes of a fuzz input are cut into reads, records or anything else that must not matter:
// sizes that follow from one byte of the input, so that a corpus file holds all there is to say.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sallyport::fuzz {

/// A sequence of sizes.
class Cuts {
 public:
  explicit Cuts(std::uint8_t seed) : seed_(seed), state_(seed) {}

  /// The next size, 1 or more: always 1 for seed 0, all that is left for seed 255, else small ones
  /// and now and then a large one.
  std::size_t next() {
    if (seed_ == 0) return 1;
    if (seed_ == 255) return SIZE_MAX;
    state_ = state_ * 1664525U + 1013904223U;
    const std::size_t drawn = state_ >> 16U;
    const bool is_large = drawn % 4 == 0;
    return 1 + (drawn >> 2U) % (is_large ? 1024 : 8);
  }

  /// True once in `times`, on the average.
  bool once_in(std::uint32_t times) {
    state_ = state_ * 1664525U + 1013904223U;
    return (state_ >> 16U) % times == 0;
  }

 private:
  std::uint8_t seed_;
  std::uint32_t state_;
};

}  // namespace sallyport::fuzz
