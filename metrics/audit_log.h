// The audit log: one writer thread that drains the workers' rings into one output, whole lines in
// each ring's order, a batch of each ring in turn. Workers never wait for it. The writer sleeps
// between batches while little waits, and waits for a full pipe's reader, never for the next turn.
// Where it cannot write, or a ring is half full, is_available() turns false, and where audit is
// required nothing more is let through; that ends once no ring is more than a quarter full. Lines
// that may be lost fill no more than that quarter (audit_ring.h), so a flood of them neither closes
// the gate nor keeps it closed. A line that was written in part is continued, or written anew where
// the output was opened anew.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "metrics/audit_ring.h"
#include "metrics/log_output.h"

namespace sallyport {

class AuditLog {
 public:
  /// Memory of a ring is committed only where lines wait in it. A tunnel holds about 1 KiB of
  /// address space for its `close`; this carries some 15,000 tunnels a worker.
  static constexpr std::size_t kRingBytes = 16 * 1024 * 1024;

  struct Options {
    std::string path = "stdout";  ///< `stdout`, `stderr` or a file's name
    /// Nothing is let through that cannot be recorded. False: lines are lost and counted.
    bool required = true;
    std::size_t ring_bytes = kRingBytes;
    /// Told once when the output fails and once when it is back; at most once a minute of a reader
    /// that is too slow, and of lines that were lost. On the writer's thread.
    std::function<void(std::string_view)> tell = [](std::string_view) {};
  };

  explicit AuditLog(Options options);
  /// Stops.
  ~AuditLog();

  /// A ring for one producer thread; lives as long as the log. REQUIRES: not yet started. Throws
  /// std::system_error where there is no memory.
  AuditRing& add_ring();

  /// Opens the output and starts the writer. The error in words where it cannot be opened; then
  /// nothing was started.
  std::optional<std::string> start();

  /// Looks at once whether the file was moved away, and opens it anew if so (SIGUSR1).
  /// Async-signal-safe.
  void reopen() { wants_reopen_.store(true, std::memory_order_relaxed); }

  /// Writes what can be written within 2 s, gives up after half a second without progress, and ends
  /// the thread. Returns how many lines were lost since the start. The producers have ended.
  std::uint64_t stop();

  bool is_required() const { return options_.required; }
  /// False while the output takes nothing (disk full, I/O error, reader gone), and from when a ring
  /// is half full because nobody reads fast enough until every ring is down to a quarter. Any
  /// thread.
  bool is_available() const { return is_available_.load(std::memory_order_relaxed); }

  /// Lines written. Any thread.
  std::uint64_t records() const { return records_.load(std::memory_order_relaxed); }
  /// Lines that found no place in a ring, or were left when the log stopped. Any thread.
  std::uint64_t lost() const;

 private:
  using Clock = std::chrono::steady_clock;
  enum class Trouble { none, failed, stalled };

  void run();
  void write_the_rest();
  void turn();
  void refresh_output();
  bool drain();
  bool write_batch(AuditRing& ring);
  void take_written(AuditRing& ring, std::size_t bytes);
  void judge();
  void fail(int error);
  void stall();
  void recover();
  void tell_lost();
  bool any_fuller_than(std::size_t share) const;
  std::size_t bytes_waiting() const;

  Options options_;
  std::deque<AuditRing> rings_;

  // The writer's.
  LogOutput output_;
  std::size_t next_ring_ = 0;
  std::size_t batch_bytes_ = 0;         // whole lines of next_ring_ that go before another's
  std::size_t line_bytes_written_ = 0;  // of the first line of next_ring_, still in the ring
  Trouble trouble_ = Trouble::none;
  Clock::time_point retry_at_{};
  Clock::time_point look_at_{};
  Clock::time_point turn_end_{};
  bool is_trouble_told_ = false;
  Clock::time_point tell_stall_at_{};
  Clock::time_point tell_lost_at_{};
  std::uint64_t lost_told_ = 0;

  std::atomic<bool> is_available_{true};
  std::atomic<bool> wants_reopen_{false};
  std::atomic<std::uint64_t> records_{0};
  std::atomic<std::uint64_t> left_behind_{0};

  std::mutex mutex_;  // guards is_stopping_
  std::condition_variable wake_;
  bool is_stopping_ = false;
  std::thread writer_;
};

}  // namespace sallyport
