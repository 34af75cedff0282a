// The one owner of an attempt's record: whoever tries something holds an Attempt, fills its record
// and finishes it once. Nothing else counts an attempt or writes a line. One that dies unfinished
// is recorded as `internal_error`. Attempts live on their worker's thread; the sink outlives them.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string_view>

#include "metrics/attempt_record.h"
#include "metrics/audit_ring.h"
#include "policy/values/host.h"

namespace sallyport {

/// Where finished records go: lines, counters. One per worker, used by that worker's thread alone.
class AttemptSink {
 public:
  virtual ~AttemptSink() = default;

  virtual AttemptId next_id() noexcept = 0;
  /// A place for one line, kept until the exchange ends; nothing: block by `audit_unavailable`.
  virtual std::optional<Reservation> reserve_line() noexcept = 0;
  /// A place for the `close` of this tunnel, where its `connect` has one too (`own`, or room of the
  /// ring); nothing: block by `audit_unavailable`.
  virtual std::optional<Reservation> reserve_close(const TunnelRecord& tunnel,
                                                   const Reservation& own) noexcept = 0;
  virtual void take(const AttemptRecord& record, Reservation place) noexcept = 0;
  virtual void tunnel_began() noexcept = 0;
  virtual void take_close(const TunnelRecord& tunnel, const TunnelEnd& end,
                          Reservation place) noexcept = 0;
};

/// The rest of an attempt whose tunnel is open: holds what its `close` record needs, and the place
/// reserved for it. Dying unfinished, it is recorded as closed by `internal_error`.
class OpenTunnelRecord {
 public:
  OpenTunnelRecord(AttemptSink& sink, TunnelRecord record, Reservation place);
  OpenTunnelRecord(OpenTunnelRecord&& other) noexcept;
  OpenTunnelRecord& operator=(OpenTunnelRecord&&) = delete;
  ~OpenTunnelRecord();

  const TunnelRecord& record() const { return record_; }

  /// Something was decided within the tunnel; its end is told by that.
  void set_late(LateVerdict verdict);

  /// Records the end, with the time that passed since the attempt began; later calls do nothing.
  void finish(TunnelEnd end) noexcept;

 private:
  AttemptSink* sink_;  // null once finished
  TunnelRecord record_;
  std::unique_ptr<LateVerdict> late_;
  Reservation place_;
};

class Attempt {
 public:
  /// `listener`: its place among the listeners' names. Gives the attempt its id.
  Attempt(AttemptSink& sink, Event event, std::uint16_t listener, const IpAddress& client,
          TimePoint now);
  /// The other is finished by it, without a record.
  Attempt(Attempt&& other) noexcept;
  Attempt& operator=(Attempt&&) = delete;
  ~Attempt();

  /// Valid and writable until finished.
  AttemptRecord& record() { return record_; }
  const AttemptRecord& record() const { return record_; }
  const AttemptId& id() const { return record_.id; }
  bool is_finished() const { return sink_ == nullptr; }

  void set_host(const Host& host, std::uint16_t port);
  /// The rule's name is copied at once.
  void set_decision(Decision decision, Reason reason, std::string_view rule,
                    std::optional<Stage> after);

  /// Keeps a place for this attempt's line. False: block by `audit_unavailable`. True always where
  /// audit is not required, and when a place is kept already.
  bool reserve();

  /// Hands the record on, once; later calls do nothing.
  void finish() noexcept;

  /// The same for a CONNECT that is let through and relayed unread: takes a place for its `close`
  /// first. Nothing: there is none, the attempt is not finished; block by `audit_unavailable`.
  std::optional<OpenTunnelRecord> finish_as_tunnel();

  /// Ends without a record: a session without a byte, or a CONNECT whose requests have their own.
  void leave_unrecorded() noexcept;

 private:
  AttemptSink* sink_;  // null once finished
  AttemptRecord record_;
  Reservation place_;
  /// How long it lasts does not hang on the wall clock, which may be set.
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace sallyport
