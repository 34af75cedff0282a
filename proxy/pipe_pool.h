// Pipes for splice(2), shared by the tunnels of a worker: a tunnel has one only while bytes are in
// it. Not thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace sallyport {

/// A pipe; closed when it dies.
class Pipe {
 public:
  Pipe(int read_end, int write_end, std::size_t capacity)
      : read_end_(read_end), write_end_(write_end), capacity_(capacity) {}
  Pipe(Pipe&& other) noexcept
      : read_end_(std::exchange(other.read_end_, -1)),
        write_end_(std::exchange(other.write_end_, -1)),
        capacity_(other.capacity_) {}
  Pipe& operator=(Pipe&& other) noexcept {
    std::swap(read_end_, other.read_end_);
    std::swap(write_end_, other.write_end_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  ~Pipe();

  int read_end() const { return read_end_; }
  int write_end() const { return write_end_; }
  /// Bytes that it holds.
  std::size_t capacity() const { return capacity_; }

 private:
  int read_end_;
  int write_end_;
  std::size_t capacity_;
};

class PipePool {
 public:
  /// Of the first pipes, which are all that a calm gate needs, and of those behind them: an
  /// ordinary user may own 64 MiB of pipes in all (SPEED.md rule 7 and trap 4).
  static constexpr std::size_t kLargeBytes = 1024 * 1024;
  static constexpr std::size_t kSmallBytes = 256 * 1024;
  /// One pipe in so many is large.
  static constexpr std::size_t kOneInLarge = 8;

  /// At most `pipes_max` are out at once.
  explicit PipePool(std::size_t pipes_max)
      : pipes_max_(pipes_max), large_left_((pipes_max + kOneInLarge - 1) / kOneInLarge) {}

  /// An empty pipe; nothing where the cap is reached or the system gives none (then the tunnel goes
  /// on with recv and send).
  std::optional<Pipe> take();
  /// Of take(). A pipe with bytes left in it dies with them.
  void give_back(Pipe pipe, std::size_t bytes_left = 0);

 private:
  std::size_t pipes_max_;
  std::size_t large_left_;  // that may still be made
  std::size_t out_ = 0;
  std::vector<Pipe> idle_;
};

}  // namespace sallyport
