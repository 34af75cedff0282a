// How the small figures are measured: many operations a round, several rounds, the median of their
// means. The clock is the thread's CPU time, so that a neighbour on the core costs caches alone.
// One thread; who runs it pins it to a core.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include <time.h>

namespace sallyport::bench {

/// Ends the program where it does not hold: a figure of something else would be worse than none.
inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "not as it should be: %s\n", what);
  std::exit(1);
}

/// The middle one. REQUIRES: some.
inline double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// CPU time of this thread so far, in ns.
inline double spent_nanoseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

/// What `run(i)` costs for i from 0 to `count`, in ns each.
template <class Run>
double nanoseconds_each(std::size_t count, Run&& run) {
  const double begin = spent_nanoseconds();
  for (std::size_t i = 0; i < count; ++i) run(i);
  return (spent_nanoseconds() - begin) / static_cast<double>(count);
}

/// The median over rounds; the first one only warms up.
template <class Run>
double median_nanoseconds(std::size_t rounds, std::size_t count, Run&& run) {
  nanoseconds_each(count, run);
  std::vector<double> means;
  for (std::size_t round = 0; round < rounds; ++round)
    means.push_back(nanoseconds_each(count, run));
  return median(std::move(means));
}

/// Keeps the compiler from leaving out what made the value.
template <class Value>
void use(const Value& value) {
  asm volatile("" : : "g"(&value) : "memory");
}

}  // namespace sallyport::bench
