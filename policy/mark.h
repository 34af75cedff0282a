// A place in a policy file. Plain data.
#pragma once

#include <compare>
#include <cstdint>

namespace sallyport {

/// Lines and columns (in bytes) count from 1.
struct Mark {
  std::uint32_t line = 1;
  std::uint32_t column = 1;

  friend auto operator<=>(const Mark&, const Mark&) = default;
};

}  // namespace sallyport
