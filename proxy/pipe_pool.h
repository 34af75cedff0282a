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
  Pipe(int read_end, int write_end) : read_end_(read_end), write_end_(write_end) {}
  Pipe(Pipe&& other) noexcept
      : read_end_(std::exchange(other.read_end_, -1)),
        write_end_(std::exchange(other.write_end_, -1)) {}
  Pipe& operator=(Pipe&& other) noexcept {
    std::swap(read_end_, other.read_end_);
    std::swap(write_end_, other.write_end_);
    return *this;
  }
  ~Pipe();

  int read_end() const { return read_end_; }
  int write_end() const { return write_end_; }

 private:
  int read_end_;
  int write_end_;
};

class PipePool {
 public:
  /// 256 KiB: larger pipes gain little, and an ordinary user may own 64 MiB of them in all
  /// (SPEED.md rule 7 and trap 4).
  static constexpr int kPipeBytes = 256 * 1024;

  /// At most `pipes_max` are out at once.
  explicit PipePool(std::size_t pipes_max) : pipes_max_(pipes_max) {}

  /// An empty pipe of kPipeBytes; nothing where the cap is reached or the system gives none (then
  /// the tunnel goes on with recv and send).
  std::optional<Pipe> take();
  /// REQUIRES: the pipe came from take() and is empty.
  void give_back(Pipe pipe);
  /// The pipe died with bytes in it.
  void forget() { --out_; }

 private:
  std::size_t pipes_max_;
  std::size_t out_ = 0;
  std::vector<Pipe> idle_;
};

}  // namespace sallyport
