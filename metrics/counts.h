// Numbers that one thread writes and any thread may read: relaxed atomics without a locked
// instruction, so that counting costs what a plain integer costs.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

namespace sallyport {

/// A number with one writer. Only that thread adds.
class Count {
 public:
  void add(std::int64_t n = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

/// Upper bounds of a histogram's buckets, in seconds; static data, ascending.
using Bounds = std::span<const double>;

/// For what the gate computes: 1 us to 10 ms.
Bounds decision_bounds();
/// For what it waits for: 1 ms to 10 s.
Bounds wait_bounds();

/// How long something took, with one writer.
class LatencyHistogram {
 public:
  static constexpr std::size_t kBucketsMax = 16;

  /// REQUIRES: fewer bounds than kBucketsMax.
  explicit LatencyHistogram(Bounds bounds) : bounds_(bounds) {}

  void observe(std::chrono::nanoseconds took) {
    const double seconds = std::chrono::duration<double>(took).count();
    const auto bound = std::lower_bound(bounds_.begin(), bounds_.end(), seconds);
    buckets_[static_cast<std::size_t>(bound - bounds_.begin())].add();
    sum_ns_.add(took.count());
  }

  /// Not cumulative; the one behind the last bound's is of what took longer than every bound.
  std::int64_t bucket(std::size_t i) const { return buckets_[i].value(); }
  double sum_seconds() const { return static_cast<double>(sum_ns_.value()) / 1e9; }

 private:
  Bounds bounds_;
  std::array<Count, kBucketsMax> buckets_;
  Count sum_ns_;
};

}  // namespace sallyport
