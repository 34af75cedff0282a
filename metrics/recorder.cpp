#include "metrics/recorder.h"

#include <cstring>
#include <string>

#include "metrics/live_line.h"

namespace sallyport {
namespace {

/// Nobody was dialled for it, so it stays blocked and unsent also where its line is lost.
bool may_be_lost(const AttemptRecord& record) {
  return record.decision == Decision::block && !record.origin;
}

}  // namespace

std::optional<Reservation> Recorder::reserve_line() noexcept {
  if (!parts_.log.is_required()) return Reservation();
  if (!parts_.log.is_available()) return std::nullopt;
  // More than is kept: a ring that is nearly full lets nothing begin, and ends what is under way.
  if (parts_.ring.room() < AuditLine::kBytesMax) return std::nullopt;
  return parts_.ring.reserve(AuditLine::kBytesMin);
}

std::optional<Reservation> Recorder::reserve_close(const TunnelRecord& tunnel,
                                                   const Reservation& own) noexcept {
  if (!parts_.log.is_required()) return Reservation();
  if (!parts_.log.is_available()) return std::nullopt;
  auto close = parts_.ring.reserve(parts_.line.close_bytes_max(tunnel));
  if (!close || own.bytes() + parts_.ring.room() < AuditLine::kBytesMin) return std::nullopt;
  return close;
}

void Recorder::take(const AttemptRecord& record, Reservation place) noexcept {
  place.release();
  const auto write = [&](char* to, std::size_t limit) {
    return parts_.line.write(record, to, limit);
  };
  if (may_be_lost(record)) {
    parts_.ring.put_lesser(AuditLine::kBytesMin, AuditLine::kBytesMax, write);
  } else {
    parts_.ring.put(AuditLine::kBytesMin, AuditLine::kBytesMax, write);
  }
  parts_.counters.count(record);
  if (parts_.live != nullptr && record.decision != Decision::allow) show(record);
}

void Recorder::take_close(const TunnelRecord& tunnel, const TunnelEnd& end,
                          Reservation place) noexcept {
  const std::size_t least = place.bytes() > 0 ? place.bytes() : parts_.line.close_bytes_max(tunnel);
  place.release();
  parts_.ring.put(least, AuditLine::kBytesMax, [&](char* to, std::size_t limit) {
    return parts_.line.write(tunnel, end, to, limit);
  });
  parts_.counters.tunnel_ended(end.reason, end.bytes_up, end.bytes_down);
  if (end.late != nullptr) tell_late(tunnel, end);
}

// What is decided within a tunnel counts and shows as what is decided before one opens.
void Recorder::tell_late(const TunnelRecord& tunnel, const TunnelEnd& end) {
  AttemptRecord told;
  told.decision = end.late->decision;
  told.reason = end.late->reason;
  told.rule = end.late->rule;
  told.time = end.time;
  told.client = tunnel.client;
  told.client_name = tunnel.client_name;
  told.host = tunnel.host;
  told.host_is_canonical = true;
  told.port = tunnel.port;
  if (told.decision == Decision::block) parts_.counters.count_block(told);
  if (parts_.live != nullptr) show(told);
}

void Recorder::show(const AttemptRecord& record) {
  const std::string line = live_line(record, parts_.live_colour);
  parts_.live->put(line.size(), line.size(), [&](char* to, std::size_t limit) {
    std::memcpy(to, line.data(), limit);
    return limit;
  });
}

}  // namespace sallyport
