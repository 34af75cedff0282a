// What a fuzz target says when something does not hold. It ends the process, which is how libFuzzer
// and the replay of a corpus learn of it.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace sallyport::fuzz {

/// Says `what` should have held, and aborts, unless it does.
inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

}  // namespace sallyport::fuzz
