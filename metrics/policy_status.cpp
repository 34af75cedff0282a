#include "metrics/policy_status.h"

#include <utility>

namespace sallyport {

PolicyStatus::PolicyStatus(AuditRing& ring, AuditLine line, std::string hash, std::string mode,
                           TimePoint now)
    : ring_(ring), line_(std::move(line)) {
  state_.hash = std::move(hash);
  state_.mode = std::move(mode);
  state_.last_reload = now;
}

void PolicyStatus::taken(std::string hash, std::string mode, TimePoint now) {
  const std::lock_guard lock(mutex_);
  write({.time = now, .previous_policy = state_.hash, .policy = hash, .errors = {}});
  state_.hash = std::move(hash);
  state_.mode = std::move(mode);
  state_.last_reload = now;
  ++state_.reloads_taken;
}

void PolicyStatus::refused(const std::string& hash, std::vector<std::string> errors,
                           TimePoint now) {
  const std::lock_guard lock(mutex_);
  write({.time = now, .previous_policy = state_.hash, .policy = hash, .errors = std::move(errors)});
  ++state_.reloads_refused;
}

void PolicyStatus::set_ca_expiry(std::optional<TimePoint> expiry) {
  const std::lock_guard lock(mutex_);
  state_.ca_expiry = expiry;
}

PolicyStatus::State PolicyStatus::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

void PolicyStatus::write(const ReloadRecord& record) {
  ring_.put(AuditLine::kBytesMin, AuditLine::kBytesMax,
            [&](char* to, std::size_t limit) { return line_.write(record, to, limit); });
}

}  // namespace sallyport
