#include "proxy/body_relay.h"

#include <fcntl.h>

#include <algorithm>
#include <span>
#include <utility>

#include "proxy/system_calls.h"
#include "proxy/worker.h"

namespace sallyport {
namespace {

/// After so many reads in a row the other sessions of the worker have their turn.
constexpr unsigned kReadsInARow = 32;
/// The same where each may be thousands of records to decrypt.
constexpr unsigned kTlsReadsInARow = 4;
/// Below it a pipe costs more than it saves.
constexpr std::uint64_t kSpliceBytesMin = 64 * 1024;

}  // namespace

task<BodyRelay::End> BodyRelay::run(std::string_view head, std::string_view first) {
  std::optional<End> end = pass(head, first);
  bool is_bulk = false;  // the last read took as much as it could
  const unsigned in_a_row = from_.plain_socket() != nullptr ? kReadsInARow : kTlsReadsInARow;
  for (unsigned reads = 1;; ++reads) {
    while (!unsent_.empty() && !is_stopped_) end = co_await pass_unsent();
    if (end) co_return *end;
    if (is_stopped_) co_return End::stopped;
    if (reads % in_a_row == 0) co_await worker_.next_turn();
    if (is_bulk && may_splice()) {
      if (auto pipe = worker_.pipes().take()) end = co_await pass_by_pipe(*pipe);
      if (end) co_return *end;
    }
    const std::span<char> scratch = worker_.scratch();
    const ssize_t count = from_.read(scratch);
    if (count > 0) {
      worker_.deadlines().touch(watched_);
      const auto size = static_cast<std::size_t>(count);
      is_bulk = size == scratch.size();
      end = pass({}, {scratch.data(), size});
    } else if (count == 0) {
      co_return body_.end_of_stream() == StreamEnd::clean ? End::done : End::truncated;
    } else if (sys::would_block()) {
      const bool goes_on = co_await wait(from_, Reactor::Until::readable);
      if (!goes_on) co_return is_stopped_ ? End::stopped : End::truncated;
    } else {
      co_return End::truncated;
    }
  }
}

std::optional<BodyRelay::End> BodyRelay::pass(std::string_view head, std::string_view bytes) {
  do {
    const Piece piece = body_.read(bytes);
    bytes.remove_prefix(piece.consumed);
    if (body_.payload_bytes() > payload_max_) return End::over_maximum;
    if (piece.progress == BodyProgress::refused) return End::refused;
    const std::size_t size = head.size() + piece.forward.size();
    const ssize_t sent = size == 0 ? 0 : to_.write(head, piece.forward);
    if (sent < 0 && !sys::would_block()) return End::not_taken;
    const std::size_t taken = sent < 0 ? 0 : static_cast<std::size_t>(sent);
    has_sent_ = has_sent_ || size > 0;  // what is left follows
    if (taken < size) {
      unsent_ = head.substr(std::min(taken, head.size()));
      unsent_ += piece.forward.substr(taken > head.size() ? taken - head.size() : 0);
      behind_unsent_ = bytes;
      return std::nullopt;
    }
    head = {};
    count_sent(0);
    if (piece.progress == BodyProgress::done) {
      left_over_ = bytes;
      return End::done;
    }
  } while (!bytes.empty());
  return std::nullopt;
}

task<std::optional<BodyRelay::End>> BodyRelay::pass_unsent() {
  const std::string sending = std::exchange(unsent_, {});
  const std::string behind = std::exchange(behind_unsent_, {});
  const std::size_t unsent = co_await write_all(to_, sending, worker_.deadlines(), watched_);
  count_sent(unsent);
  if (unsent > 0) co_return is_stopped_ ? End::stopped : End::not_taken;
  co_return pass({}, behind);
}

void BodyRelay::count_sent(std::size_t unsent) {
  const std::uint64_t fresh = body_.payload_bytes() - sent_payload_;
  sent_payload_ += fresh - std::min<std::uint64_t>(fresh, unsent);
}

task<bool> BodyRelay::wait(Stream& stream, Reactor::Until what) {
  if (is_stopped_) co_return false;
  const error_code error = co_await stream.ready(what);
  co_return !error && !is_stopped_;
}

bool BodyRelay::may_splice() const {
  return body_.unread_payload() >= kSpliceBytesMin && from_.plain_socket() != nullptr &&
         to_.plain_socket() != nullptr;
}

task<std::optional<BodyRelay::End>> BodyRelay::pass_by_pipe(Pipe& pipe) {
  for (unsigned rounds = 1; !is_stopped_ && body_.unread_payload() >= kSpliceBytesMin; ++rounds) {
    const std::uint64_t room = payload_max_ - body_.payload_bytes();
    const auto most = static_cast<std::size_t>(
        std::min<std::uint64_t>({pipe.capacity(), body_.unread_payload(), room}));
    const ssize_t moved = most == 0
                              ? 0
                              : ::splice(from_.plain_socket()->fd(), nullptr, pipe.write_end(),
                                         nullptr, most, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    if (moved < 0 && !sys::would_block()) {  // told once: the next read would see a clean end
      worker_.pipes().give_back(std::move(pipe));
      co_return End::truncated;
    }
    if (moved <= 0) break;  // the next read tells why
    body_.pass(static_cast<std::uint64_t>(moved));
    worker_.deadlines().touch(watched_);
    auto in_pipe = static_cast<std::size_t>(moved);
    const auto end = co_await empty_pipe(pipe, in_pipe);
    if (end) {
      worker_.pipes().give_back(std::move(pipe), in_pipe);
      co_return end;
    }
    if (rounds % kReadsInARow == 0) co_await worker_.next_turn();
  }
  worker_.pipes().give_back(std::move(pipe));
  if (body_.progress() == BodyProgress::done) co_return End::done;
  co_return std::nullopt;
}

task<std::optional<BodyRelay::End>> BodyRelay::empty_pipe(Pipe& pipe, std::size_t& bytes) {
  while (bytes > 0) {
    const ssize_t moved = ::splice(pipe.read_end(), nullptr, to_.plain_socket()->fd(), nullptr,
                                   bytes, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    if (moved > 0) {
      bytes -= static_cast<std::size_t>(moved);
      sent_payload_ += static_cast<std::uint64_t>(moved);
      worker_.deadlines().touch(watched_);
      continue;
    }
    if (moved == 0 || !sys::would_block()) co_return End::not_taken;
    const bool goes_on = co_await wait(to_, Reactor::Until::writable);
    if (!goes_on) co_return is_stopped_ ? End::stopped : End::not_taken;
  }
  co_return std::nullopt;
}

}  // namespace sallyport
