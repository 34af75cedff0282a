// A byte ring between one worker, which formats whole lines into it, and the audit log's writer.
// Its memory is mapped twice in a row, so that every line and every batch is contiguous; pages are
// committed when they are first written, used again by later laps, and given back by trim(). Lines
// that may be lost fill at most a quarter of what is not promised: they never take the room of
// those that may not. Producer calls belong to one thread, consumer calls to another; the counters
// may be read by any.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

namespace sallyport {

class AuditRing;

/// Bytes of a ring promised to a line that will come. Gives them back when it dies. Belongs to the
/// producer's thread; the ring outlives it. An empty one promises nothing.
class Reservation {
 public:
  Reservation() = default;
  Reservation(Reservation&& other) noexcept
      : ring_(std::exchange(other.ring_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  Reservation& operator=(Reservation&& other) noexcept {
    if (this != &other) {
      release();
      ring_ = std::exchange(other.ring_, nullptr);
      bytes_ = std::exchange(other.bytes_, 0);
    }
    return *this;
  }
  ~Reservation() { release(); }

  std::size_t bytes() const { return bytes_; }
  void release();

 private:
  friend class AuditRing;
  Reservation(AuditRing* ring, std::uint32_t bytes) : ring_(ring), bytes_(bytes) {}

  AuditRing* ring_ = nullptr;
  std::uint32_t bytes_ = 0;
};

class AuditRing {
 public:
  /// `capacity` is rounded up to whole pages. Throws std::system_error where the memory cannot be
  /// mapped.
  explicit AuditRing(std::size_t capacity);
  AuditRing(const AuditRing&) = delete;
  AuditRing& operator=(const AuditRing&) = delete;
  ~AuditRing();

  std::size_t capacity() const { return capacity_; }

  // The producer's side.

  /// Bytes that are neither used nor promised.
  std::size_t room() const;
  /// The part of room() that is open to lines that may be lost.
  std::size_t lesser_room() const;
  /// Promises `bytes`, if there is room for them.
  std::optional<Reservation> reserve(std::size_t bytes);
  /// Where the next line is written; the caller owns room() bytes from there.
  char* next_line() { return data_ + head_.load(std::memory_order_relaxed) % capacity_; }
  /// Publishes a whole line, with its line feed, of at most room() bytes.
  void commit(std::size_t bytes);
  /// Gives the memory of what is free back to the system, for when little is written.
  void trim();
  /// All bytes that were ever written.
  std::uint64_t written() const { return head_.load(std::memory_order_relaxed); }
  /// Counts a line that found no place.
  void count_lost() { lost_.store(lost() + 1, std::memory_order_relaxed); }
  /// Has `write(to, limit)` write a whole line and say its length; `limit` is the room there is, at
  /// most `most` bytes. With less room than `least` the line is lost, and counted.
  template <class Write>
  void put(std::size_t least, std::size_t most, Write&& write) {
    put_within(room(), least, most, write);
  }
  /// The same for a line that may be lost, in lesser_room().
  template <class Write>
  void put_lesser(std::size_t least, std::size_t most, Write&& write) {
    put_within(lesser_room(), least, most, write);
  }

  // The consumer's side.

  /// All whole lines not yet consumed, in one piece; valid until consume().
  std::span<const char> readable() const;
  /// Gives back the first `bytes` of readable().
  void consume(std::size_t bytes);

  // Any thread.

  /// Bytes written and not given back.
  std::size_t used() const;
  std::uint64_t lost() const { return lost_.load(std::memory_order_relaxed); }

 private:
  friend class Reservation;

  template <class Write>
  void put_within(std::size_t room, std::size_t least, std::size_t most, Write& write) {
    const std::size_t limit = std::min(room, most);
    if (limit < least) return count_lost();
    commit(write(next_line(), limit));
  }

  std::size_t capacity_;
  char* data_ = nullptr;      // 2 * capacity_ bytes, the second half mirrors the first
  std::size_t reserved_ = 0;  // the producer's
  std::uint64_t read_ = 0;    // the consumer's
  std::atomic<std::uint64_t> lost_{0};
  alignas(64) std::atomic<std::uint64_t> head_{0};       // bytes ever committed
  alignas(64) std::atomic<std::uint64_t> free_from_{0};  // bytes ever given back
};

inline void Reservation::release() {
  if (ring_ != nullptr) ring_->reserved_ -= bytes_;
  ring_ = nullptr;
  bytes_ = 0;
}

}  // namespace sallyport
