#include "metrics/audit_log.h"

#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace sallyport {
namespace {

using namespace std::chrono_literals;

constexpr auto kTurn = 20ms;  // a pause, and the longest wait for a reader: stop and reopen wait it
constexpr auto kRetry = 200ms;
constexpr auto kLook = 500ms;  // after a vanished file; DESIGN promises a second
constexpr auto kQuiet = 1min;  // between two lines to the operator that load alone can cause
constexpr auto kStopMax = 2s;
constexpr auto kStopWithoutProgressMax = 500ms;
/// Of one ring before the next has its turn; with more than that waiting there is no pause.
constexpr std::size_t kBatchBytes = 256 * 1024;

/// Signals are the main thread's, and a broken pipe is an error, no signal.
void block_signals() {
  sigset_t all;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

std::uint64_t lines_in(const char* data, std::size_t bytes) {
  std::uint64_t lines = 0;
  for (const char* end = data + bytes; data < end; ++data, ++lines) {
    data = static_cast<const char*>(std::memchr(data, '\n', static_cast<std::size_t>(end - data)));
    if (data == nullptr) break;
  }
  return lines;
}

/// The bytes up to the end of the last whole line.
std::size_t whole_lines(const char* data, std::size_t bytes) {
  const void* last = ::memrchr(data, '\n', bytes);
  return last == nullptr ? 0 : static_cast<std::size_t>(static_cast<const char*>(last) - data) + 1;
}

std::string in_words(int error) { return std::generic_category().message(error); }

}  // namespace

AuditLog::AuditLog(Options options) : options_(std::move(options)), output_(options_.path) {}

AuditLog::~AuditLog() { stop(); }

AuditRing& AuditLog::add_ring() { return rings_.emplace_back(options_.ring_bytes); }

std::optional<std::string> AuditLog::start() {
  if (const int error = output_.open(); error != 0) {
    return "audit log " + options_.path + ": " + in_words(error);
  }
  look_at_ = Clock::now() + kLook;
  writer_ = std::thread([this] { run(); });
  return std::nullopt;
}

std::uint64_t AuditLog::stop() {
  if (!writer_.joinable()) return lost();
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  wake_.notify_one();
  writer_.join();
  std::uint64_t left = 0;
  for (AuditRing& ring : rings_) {
    const auto rest = ring.readable();
    left += lines_in(rest.data(), rest.size());
    ring.consume(rest.size());
  }
  left_behind_.fetch_add(left, std::memory_order_relaxed);
  return lost();
}

std::uint64_t AuditLog::lost() const {
  std::uint64_t lost = left_behind_.load(std::memory_order_relaxed);
  for (const AuditRing& ring : rings_) lost += ring.lost();
  return lost;
}

std::size_t AuditLog::bytes_waiting() const {
  std::size_t bytes = 0;
  for (const AuditRing& ring : rings_) bytes += ring.readable().size();
  return bytes;
}

void AuditLog::run() {
  block_signals();
  std::unique_lock lock(mutex_);
  while (!is_stopping_) {
    lock.unlock();
    turn();
    const bool goes_on = Clock::now() >= retry_at_ && bytes_waiting() > kBatchBytes;
    lock.lock();
    if (!goes_on) wake_.wait_for(lock, kTurn, [this] { return is_stopping_; });
  }
  lock.unlock();
  write_the_rest();
}

void AuditLog::write_the_rest() {
  const auto end = Clock::now() + kStopMax;
  auto progress_at = Clock::now();
  for (auto now = progress_at; bytes_waiting() > 0 && now < end; now = Clock::now()) {
    if (now - progress_at > kStopWithoutProgressMax) break;
    const std::uint64_t before = records();
    turn();
    if (records() != before) progress_at = now;
    if (Clock::now() < retry_at_) std::this_thread::sleep_for(kTurn);
  }
}

void AuditLog::turn() {
  turn_end_ = Clock::now() + kTurn;
  refresh_output();
  if (Clock::now() >= retry_at_ && output_.is_open() && drain()) judge();
  tell_lost();
}

/// Opens anew where the file vanished: looks after SIGUSR1, after a failure, and now and then.
void AuditLog::refresh_output() {
  const auto now = Clock::now();
  const bool is_asked = wants_reopen_.exchange(false, std::memory_order_relaxed);
  const bool has_failed = trouble_ == Trouble::failed && now >= retry_at_;
  if (!is_asked && !has_failed && now < look_at_) return;
  look_at_ = now + kLook;
  if (output_.is_open() && !output_.has_vanished()) return;
  if (const int error = output_.open(); error != 0) {
    fail(error);
    return;
  }
  // What the former file got of a line is no line; the new one gets it whole.
  line_bytes_written_ = 0;
}

/// One batch of each ring, or what the turn's time allows. False if the output failed.
bool AuditLog::drain() {
  for (std::size_t i = 0; i < rings_.size(); ++i) {
    AuditRing& ring = rings_[next_ring_];
    if (batch_bytes_ == 0) {
      const auto waiting = ring.readable();
      batch_bytes_ =
          waiting.size() <= kBatchBytes ? waiting.size() : whole_lines(waiting.data(), kBatchBytes);
    }
    if (!write_batch(ring)) return false;
    if (batch_bytes_ > 0) return true;
    next_ring_ = (next_ring_ + 1) % rings_.size();
  }
  return true;
}

bool AuditLog::write_batch(AuditRing& ring) {
  while (batch_bytes_ > 0) {
    const auto [bytes, error] = output_.write(ring.readable().data() + line_bytes_written_,
                                              batch_bytes_ - line_bytes_written_);
    if (error != 0) {
      fail(error);
      return false;
    }
    take_written(ring, bytes);
    const auto now = Clock::now();
    if (now >= turn_end_) break;
    if (bytes == 0) output_.wait(turn_end_ - now);
  }
  return true;
}

void AuditLog::take_written(AuditRing& ring, std::size_t bytes) {
  const char* data = ring.readable().data();
  const std::size_t written = line_bytes_written_ + bytes;
  const std::size_t whole = whole_lines(data, written);
  records_.fetch_add(lines_in(data, whole), std::memory_order_relaxed);
  ring.consume(whole);
  batch_bytes_ -= whole;
  line_bytes_written_ = written - whole;
}

/// After a turn in which the output did not fail.
void AuditLog::judge() {
  if (trouble_ == Trouble::none) {
    if (any_fuller_than(2)) stall();
  } else if (!any_fuller_than(4)) {
    recover();
  }
}

/// A ring holds more than 1 / `share` of what it can.
bool AuditLog::any_fuller_than(std::size_t share) const {
  return std::any_of(rings_.begin(), rings_.end(), [share](const AuditRing& ring) {
    return ring.used() > ring.capacity() / share;
  });
}

void AuditLog::fail(int error) {
  retry_at_ = Clock::now() + kRetry;
  if (error == EPIPE) line_bytes_written_ = 0;  // for the next reader of a named pipe
  is_available_.store(false, std::memory_order_relaxed);
  if (std::exchange(trouble_, Trouble::failed) == Trouble::failed) return;
  is_trouble_told_ = true;
  options_.tell("audit log " + options_.path + " cannot be written: " + in_words(error) +
                (options_.required ? "; nothing is let through until it can (audit.required)"
                                   : "; records are lost when its queue is full"));
}

void AuditLog::stall() {
  trouble_ = Trouble::stalled;
  is_available_.store(false, std::memory_order_relaxed);
  const auto now = Clock::now();
  is_trouble_told_ = now >= tell_stall_at_;
  if (!is_trouble_told_) return;
  tell_stall_at_ = now + kQuiet;
  options_.tell("audit log " + options_.path +
                " is not being read fast enough and its queue is filling" +
                (options_.required ? "; nothing is let through until it is (audit.required)"
                                   : "; records are lost when it is full"));
}

void AuditLog::recover() {
  trouble_ = Trouble::none;
  is_available_.store(true, std::memory_order_relaxed);
  if (is_trouble_told_) options_.tell("audit log " + options_.path + " is written again");
}

/// Lines that may be lost come as fast as a client likes; the operator hears of them seldom.
void AuditLog::tell_lost() {
  const auto now = Clock::now();
  const std::uint64_t lost_now = lost();
  if (lost_now == lost_told_ || now < tell_lost_at_) return;
  tell_lost_at_ = now + kQuiet;
  options_.tell("audit log " + options_.path + " lost " +
                std::to_string(lost_now - std::exchange(lost_told_, lost_now)) +
                " records, those of blocked attempts first: they come faster than it is written");
}

}  // namespace sallyport
