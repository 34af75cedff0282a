// One worker's sink of finished records: formats the line straight into the worker's ring, counts
// the attempt, and shows blocks on the live ring. Where audit is required nothing is let through
// without a place for its line and its `close`. A block that sent nothing needs none: its line may
// be lost, and counted, so that a flood of blocks cannot close the gate to others. Used by its
// worker's thread alone; the log, the rings and the counters outlive it.
#pragma once

#include <optional>
#include <utility>

#include "metrics/attempt.h"
#include "metrics/audit_line.h"
#include "metrics/audit_log.h"
#include "metrics/counters.h"

namespace sallyport {

class Recorder final : public AttemptSink {
 public:
  struct Parts {
    AuditLog& log;
    AuditRing& ring;  ///< of `log`, this worker's own
    WorkerCounters& counters;
    AuditLine line;
    AttemptIds ids;
    /// A ring of a second log for a person's terminal; null: nothing is shown.
    AuditRing* live = nullptr;
    bool live_colour = false;
  };

  explicit Recorder(Parts parts) : parts_(std::move(parts)) {}

  AttemptId next_id() noexcept override { return parts_.ids.next(); }
  std::optional<Reservation> reserve_line() noexcept override;
  std::optional<Reservation> reserve_close(const TunnelRecord& tunnel,
                                           const Reservation& own) noexcept override;
  void take(const AttemptRecord& record, Reservation place) noexcept override;
  void tunnel_began() noexcept override { parts_.counters.tunnel_began(); }
  void take_close(const TunnelRecord& tunnel, const TunnelEnd& end,
                  Reservation place) noexcept override;

  /// Gives spare memory back, for when little is recorded.
  void trim() { parts_.ring.trim(); }
  /// All bytes that were ever recorded.
  std::uint64_t written() const { return parts_.ring.written(); }

 private:
  void tell_late(const TunnelRecord& tunnel, const TunnelEnd& end);
  void show(const AttemptRecord& record);

  Parts parts_;
};

}  // namespace sallyport
