#include "proxy/tunnel.h"

#include "proxy/worker.h"

namespace sallyport {
namespace {

/// After so many steps in a row the other sessions of the worker have their turn.
constexpr unsigned kStepsInARow = 32;

}  // namespace

Tunnel::Tunnel(Worker& worker, Socket client, Socket origin)
    : worker_(worker), client_(std::move(client)), origin_(std::move(origin)) {
  worker_.tunnels().push_back(*this);
}

void Tunnel::hear_origin() {
  hears_origin_ = true;
  begin(down_);
}

// Where nothing is left over to be sent or told, the way waits first: a wait is free, a read that
// finds nothing is not.
void Tunnel::begin(Way& way) {
  const bool has_work = way.ended || way.discards || !way.pending.empty();
  if (has_work || has_ended_) return run(way);
  wait(way, Reactor::Until::readable);
}

void Tunnel::open(Passage passage, std::string_view first, std::size_t hello_bytes) {
  if (take(std::move(passage), first, {}, hello_bytes)) {
    if (first.size() < worker_.scratch().size()) {
      begin(up_);
    } else {
      run(up_);  // the last read may have left something
    }
    if (!hears_origin_ && !has_ended_) hear_origin();
  }
  release_if_unused();
}

void Tunnel::open_behind_exchange(Passage passage, std::string_view first,
                                  std::string_view from_origin) {
  if (take(std::move(passage), first, from_origin, 0)) {
    hears_origin_ = true;
    run(up_);
    run(down_);
  }
  release_if_unused();
}

// False: it ended.
bool Tunnel::take(Passage passage, std::string_view first, std::string_view from_origin,
                  std::size_t hello_bytes) {
  is_lent_ = false;
  passage_.emplace(std::move(passage));
  up_.bytes = first.size();
  if (has_ended_) {  // while the session had it
    record_end();
    return false;
  }
  worker_.deadlines().arm(*this, is_lingering_ ? Phase::linger : Phase::idle);
  down_.pending += from_origin;
  down_.bytes += from_origin.size();
  keep_to(terms_of(worker_.snapshot(), *passage_->facts));
  if (has_exceeded(up_) || has_exceeded(down_)) {
    exceed(has_exceeded(up_) ? up_ : down_);
    return false;
  }
  const auto& first_bytes = passage_->facts->first_bytes;
  if (first_bytes && first_bytes->kind == FirstBytes::Kind::silence) {
    late_ = std::make_unique<LateBytes>();
  }
  begin_up(first, hello_bytes);
  return true;
}

void Tunnel::keep_to(const Terms& terms) {
  up_.bytes_max = terms.upload_max;
  down_.bytes_max = terms.download_max;
}

void Tunnel::abandon() {
  is_lent_ = false;
  if (origin_.is_open()) origin_.reset();
  end();
  release_if_unused();
}

std::optional<Tunnel::Ends> Tunnel::give_back() {
  is_lent_ = false;
  std::optional<Ends> ends;
  if (!has_ended_ && down_.bytes == 0 && !down_.ended) {
    ends.emplace(std::move(client_), std::nullopt);
    if (!hears_origin_) ends->origin.emplace(std::move(origin_));
  }
  if (origin_.is_open()) origin_.reset();
  end();
  release_if_unused();
  return ends;
}

void Tunnel::cut(Reason reason) {
  if (has_ended_) return;
  reason_ = reason;
  end();
  release_if_unused();
}

void Tunnel::expire() {
  if (is_late_undecided()) return late_bytes_timed_out();
  if (!is_lingering_) return cut(Reason::idle_timeout);
  if (is_delivering()) return worker_.deadlines().arm(*this, Phase::linger);
  end();
  release_if_unused();
}

// What came late has its time from its first byte on, whatever the origin sends meanwhile.
void Tunnel::touch() {
  if (!is_late_undecided()) worker_.deadlines().touch(*this);
}

void Tunnel::run(Way& way) {
  way.is_held = false;
  for (unsigned steps = 0; !has_ended_; ++steps) {
    switch (advance(way)) {
      case Step::again:
        if (steps < kStepsInARow) continue;
        way.is_waiting = true;
        asio::post(worker_.executor(), [this, &way] {
          way.is_waiting = false;
          run(way);
          release_if_unused();
        });
        return;
      case Step::wait_read:
        return wait(way, Reactor::Until::readable);
      case Step::wait_write:
        return wait(way, Reactor::Until::writable);
      case Step::hold:
        way.is_held = true;
        return;
      case Step::done:
        finish_way(way);
        return;
    }
  }
}

void Tunnel::wait(Way& way, Reactor::Until what) {
  way.is_waiting = true;
  Socket& socket = what == Reactor::Until::readable ? way.from : way.to;
  socket.when(what, [this, &way](error_code error) {
    way.is_waiting = false;
    // A wait that was cancelled to have the way look again is no error.
    if (error && error != asio::error::operation_aborted) {
      reason_ = Reason::internal_error;
      end();
    }
    run(way);
    release_if_unused();
  });
}

void Tunnel::finish_way(Way& way) {
  way.done = true;
  Way& opposite = other(way);
  if (opposite.done) return end();
  ::shutdown(way.to.fd(), SHUT_WR);
  if (opposite.discards) linger();
  if (&way == &down_ && up_.is_held) run(up_);
}

void Tunnel::linger() {
  // The side that can still be told something is told its end; what it sends meanwhile is dropped,
  // since closing on unread bytes would be a reset that may take the last of what was delivered.
  if (is_lingering_) return;
  is_lingering_ = true;
  if (!is_lent_) worker_.deadlines().arm(*this, Phase::linger);
}

// Closing now would be a reset as soon as the peer sends more, and what it has not read were lost.
bool Tunnel::is_delivering() {
  const std::uint32_t before = std::exchange(
      unacknowledged_bytes_, client_.unacknowledged_bytes() + origin_.unacknowledged_bytes());
  return unacknowledged_bytes_ > 0 && unacknowledged_bytes_ < before;
}

void Tunnel::end() {
  if (has_ended_) return;
  has_ended_ = true;
  worker_.deadlines().disarm(*this);
  drop_pipe(up_);
  drop_pipe(down_);
  client_.close();
  origin_.close();
  if (passage_) record_end();
}

void Tunnel::record_end() {
  worker_.trim_later();
  passage_->record.finish(
      {.reason = reason_, .time = worker_.now(), .bytes_up = up_.bytes, .bytes_down = down_.bytes});
}

void Tunnel::release_if_unused() {
  if (!has_ended_ || is_lent_ || up_.is_waiting || down_.is_waiting) return;
  delete this;
}

}  // namespace sallyport
