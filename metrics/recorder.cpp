#include "metrics/recorder.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "metrics/live_line.h"

namespace sallyport {

bool Recorder::can_record() const noexcept {
  if (!parts_.log.is_required()) return true;
  return parts_.log.is_available() && parts_.ring.room() >= AuditLine::kBytesMax;
}

std::optional<Reservation> Recorder::reserve_line() noexcept {
  if (!parts_.log.is_required()) return Reservation();
  if (!parts_.log.is_available()) return std::nullopt;
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
  const std::size_t room = std::min(parts_.ring.room(), AuditLine::kBytesMax);
  if (room >= AuditLine::kBytesMin) {
    parts_.ring.commit(parts_.line.write(record, parts_.ring.next_line(), room));
  } else {
    parts_.ring.count_lost();
  }
  parts_.counters.count(record);
  if (parts_.live != nullptr && record.decision != Decision::allow) show(record);
}

void Recorder::take_close(const TunnelRecord& tunnel, const TunnelEnd& end,
                          Reservation place) noexcept {
  place.release();
  const std::size_t room = std::min(parts_.ring.room(), AuditLine::kBytesMax);
  if (room >= parts_.line.close_bytes_max(tunnel)) {
    parts_.ring.commit(parts_.line.write(tunnel, end, parts_.ring.next_line(), room));
  } else {
    parts_.ring.count_lost();
  }
  parts_.counters.tunnel_ended(end.reason, end.bytes_up, end.bytes_down);
}

void Recorder::show(const AttemptRecord& record) {
  const std::string line = live_line(record, parts_.live_colour);
  if (parts_.live->room() < line.size()) {
    parts_.live->count_lost();
    return;
  }
  std::memcpy(parts_.live->next_line(), line.data(), line.size());
  parts_.live->commit(line.size());
}

}  // namespace sallyport
