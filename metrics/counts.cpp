#include "metrics/counts.h"

namespace sallyport {

Bounds decision_bounds() {
  static constexpr double kBounds[] = {1e-6, 2.5e-6, 5e-6, 1e-5, 2.5e-5, 5e-5,
                                       1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 1e-2};
  static_assert(std::size(kBounds) < LatencyHistogram::kBucketsMax);
  return kBounds;
}

Bounds wait_bounds() {
  static constexpr double kBounds[] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                       0.25,  0.5,    1.0,   2.5,  5.0,   10.0};
  static_assert(std::size(kBounds) < LatencyHistogram::kBucketsMax);
  return kBounds;
}

}  // namespace sallyport
