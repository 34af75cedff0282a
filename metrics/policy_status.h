// What the whole gate tells of its policy, rather than a worker: which one holds, how reloads went,
// when the CA expires; and the `reload` records. All calls from any thread.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "metrics/audit_line.h"
#include "metrics/audit_ring.h"

namespace sallyport {

class PolicyStatus {
 public:
  struct State {
    std::string hash;
    std::string mode;
    TimePoint last_reload;  ///< when the policy that holds was taken
    std::uint64_t reloads_taken = 0;
    std::uint64_t reloads_refused = 0;
    std::optional<TimePoint> ca_expiry;
  };

  /// `ring`: this object's own, of the audit log; it outlives this object. `hash` and `mode` of the
  /// policy the gate starts with, which is no reload.
  PolicyStatus(AuditRing& ring, AuditLine line, std::string hash, std::string mode, TimePoint now);

  /// A policy was taken: counts it and writes its `reload` record.
  void taken(std::string hash, std::string mode, TimePoint now);
  /// A policy was refused, and the former holds on. `hash` may be empty.
  void refused(const std::string& hash, std::vector<std::string> errors, TimePoint now);

  /// Of the certificate that signs leaves; nothing: no interception.
  void set_ca_expiry(std::optional<TimePoint> expiry);

  State state() const;

 private:
  void write(const ReloadRecord& record);

  mutable std::mutex mutex_;  // guards all below; it also makes callers one producer of the ring
  AuditRing& ring_;
  AuditLine line_;
  State state_;
};

}  // namespace sallyport
