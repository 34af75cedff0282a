// Sums the workers' counters at a scrape and tells them as Prometheus metrics (DESIGN.md, section
// Metrics). Reads atomics and takes each worker's mutex of blocks for a copy; no worker waits for
// a scrape longer than that.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include "metrics/audit_log.h"
#include "metrics/counters.h"
#include "metrics/policy_status.h"

namespace sallyport {

class Collector final : public prometheus::Collectable {
 public:
  /// All that is pointed to outlives the collector. REQUIRES: as many counters of listeners in each
  /// worker as there are `listeners`.
  struct Parts {
    std::vector<const WorkerCounters*> workers;
    std::vector<std::string> listeners;
    const AuditLog* log = nullptr;
    const PolicyStatus* policy = nullptr;
    std::string version;
    std::size_t top_hosts = 20;
  };

  explicit Collector(Parts parts) : parts_(std::move(parts)) {}

  /// Every family has its help; series that are known beforehand appear with 0. Any thread.
  std::vector<prometheus::MetricFamily> Collect() const override;

  /// The same in the text format 0.0.4.
  std::string scrape() const;

  static constexpr const char* kContentType = "text/plain; version=0.0.4; charset=utf-8";

 private:
  using Families = std::vector<prometheus::MetricFamily>;

  void collect_requests(Families& families) const;
  void collect_blocks(Families& families) const;
  void collect_tunnels(Families& families) const;
  void collect_waits(Families& families) const;
  void collect_dns_and_tls(Families& families) const;
  void collect_policy(Families& families) const;
  template <class Read>
  double sum(Read read) const;

  Parts parts_;
};

}  // namespace sallyport
