// What a policy file says of the process rather than of attempts: fixed from start to end; a reload
// that changes it is refused by name (SEMANTICS.md section 10).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "policy/interception.h"
#include "policy/snapshot.h"
#include "policy/values/ip_address.h"

namespace sallyport {

struct ListenerSettings {
  std::string protocol;  ///< `http`
  IpAddress address;
  std::uint16_t port = 0;

  friend bool operator==(const ListenerSettings&, const ListenerSettings&) = default;
};

struct MetricsSettings {
  bool is_on = true;
  IpAddress address = IpAddress::v4({127, 0, 0, 1});
  std::uint16_t port = 9180;
  std::uint32_t top_hosts = 20;

  friend bool operator==(const MetricsSettings&, const MetricsSettings&) = default;
};

struct AuditSettings {
  std::string path = "stdout";
  bool is_required = true;

  friend bool operator==(const AuditSettings&, const AuditSettings&) = default;
};

struct GateSettings {
  std::vector<ListenerSettings> listeners;
  MetricsSettings metrics;
  std::optional<std::uint32_t> workers;  ///< absent: `auto`
  AuditSettings audit;
  bool reloads_on_change = true;
  std::vector<std::string> no_proxy;  ///< names and addresses that `sallyport env` adds to NO_PROXY

  /// The first of `listeners`, `metrics`, `workers`, `audit` in which the two differ; `""` if none.
  static std::string_view first_difference(const GateSettings& a, const GateSettings& b);
};

/// A policy file, loaded whole.
struct LoadedPolicy {
  GateSettings gate;
  std::shared_ptr<const Snapshot> snapshot;
  std::vector<std::string> notes;  ///< what stands open: accepted tenancy, monitor, left-out labels
  std::vector<std::string> files;  ///< the policy's own path first, then all that it names
  InterceptionMarks interception_marks;
  /// All hosts whose requests over https are read; filled by add_checks() of policy/tools.
  std::vector<InterceptedHost> intercepted;
};

}  // namespace sallyport
