#include "metrics/attempt.h"

#include <utility>

#include "metrics/wall_clock.h"

namespace sallyport {
namespace {

std::chrono::microseconds since(std::chrono::steady_clock::time_point began) {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() -
                                                               began);
}

}  // namespace

OpenTunnelRecord::OpenTunnelRecord(AttemptSink& sink, TunnelRecord record, Reservation place)
    : sink_(&sink), record_(std::move(record)), place_(std::move(place)) {}

OpenTunnelRecord::OpenTunnelRecord(OpenTunnelRecord&& other) noexcept
    : sink_(std::exchange(other.sink_, nullptr)),
      record_(std::move(other.record_)),
      late_(std::move(other.late_)),
      place_(std::move(other.place_)) {}

OpenTunnelRecord::~OpenTunnelRecord() {
  if (sink_ != nullptr) finish({.reason = Reason::internal_error, .time = wall_clock()});
}

void OpenTunnelRecord::set_late(LateVerdict verdict) {
  late_ = std::make_unique<LateVerdict>(std::move(verdict));
}

void OpenTunnelRecord::finish(TunnelEnd end) noexcept {
  if (sink_ == nullptr) return;
  end.duration = since(record_.began);
  end.late = late_.get();
  // Whatever came after it, the block ended the tunnel.
  if (late_ && late_->decision == Decision::block) end.reason = late_->reason;
  std::exchange(sink_, nullptr)->take_close(record_, end, std::move(place_));
}

Attempt::Attempt(AttemptSink& sink, Event event, std::uint16_t listener, const IpAddress& client,
                 TimePoint now)
    : sink_(&sink) {
  record_.event = event;
  record_.listener = listener;
  record_.client = client;
  record_.time = now;
  record_.id = sink.next_id();
}

Attempt::Attempt(Attempt&& other) noexcept
    : sink_(std::exchange(other.sink_, nullptr)),
      record_(std::move(other.record_)),
      place_(std::move(other.place_)),
      began_(other.began_) {}

Attempt::~Attempt() {
  if (sink_ == nullptr) return;
  record_.decision = Decision::block;
  record_.reason = Reason::internal_error;
  finish();
}

void Attempt::set_host(const Host& host, std::uint16_t port) {
  record_.host = host.text();
  record_.host_is_canonical = true;
  record_.port = port;
}

void Attempt::set_decision(Decision decision, Reason reason, std::string_view rule,
                           std::optional<Stage> after) {
  record_.decision = decision;
  record_.reason = reason;
  record_.rule = rule;
  record_.after = after;
}

bool Attempt::reserve() {
  if (sink_ == nullptr) return false;
  if (place_.bytes() > 0) return true;
  auto place = sink_->reserve_line();
  if (!place) return false;
  place_ = std::move(*place);
  return true;
}

void Attempt::finish() noexcept {
  if (sink_ == nullptr) return;
  record_.duration = since(began_);
  std::exchange(sink_, nullptr)->take(record_, std::move(place_));
}

std::optional<OpenTunnelRecord> Attempt::finish_as_tunnel() {
  if (sink_ == nullptr) return std::nullopt;
  TunnelRecord tunnel{.id = record_.id,
                      .began = began_,
                      .client = record_.client,
                      .decision = record_.decision,
                      .tls = record_.tls,
                      .listener = record_.listener,
                      .port = record_.port,
                      .client_name = record_.client_name,
                      .user = record_.user,
                      .rule = record_.rule,
                      .host = record_.host,
                      .policy = record_.policy};
  auto close = sink_->reserve_close(tunnel, place_);
  if (!close) return std::nullopt;
  AttemptSink& sink = *sink_;
  finish();
  sink.tunnel_began();
  return std::optional<OpenTunnelRecord>(std::in_place, sink, std::move(tunnel), std::move(*close));
}

void Attempt::leave_unrecorded() noexcept {
  sink_ = nullptr;
  place_ = Reservation();
}

}  // namespace sallyport
