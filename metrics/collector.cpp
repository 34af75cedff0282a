#include "metrics/collector.h"

#include <limits>
#include <sstream>
#include <utility>

#include <prometheus/text_serializer.h>

#include "metrics/process_stats.h"

namespace sallyport {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

constexpr Decision kDecisions[] = {Decision::allow, Decision::block, Decision::would_block};

ClientMetric::Label label(std::string name, std::string_view value) {
  return {std::move(name), std::string(value)};
}

/// A family under construction; `add` gives it one more series.
struct Family {
  MetricFamily family;

  Family(MetricType type, std::string name, std::string help) {
    family.type = type;
    family.name = std::move(name);
    family.help = std::move(help);
  }

  Family& add(Labels labels, double value) {
    ClientMetric metric;
    metric.label = std::move(labels);
    (family.type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
    family.metric.push_back(std::move(metric));
    return *this;
  }
};

Family counter(std::string name, std::string help) {
  return {MetricType::Counter, std::move(name), std::move(help)};
}
Family gauge(std::string name, std::string help) {
  return {MetricType::Gauge, std::move(name), std::move(help)};
}

double seconds(TimePoint time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

MetricFamily histogram(std::string name, std::string help,
                       const std::vector<const WorkerCounters*>& workers,
                       LatencyHistogram WorkerCounters::*member, Bounds bounds) {
  ClientMetric metric;
  std::uint64_t count = 0;
  for (std::size_t i = 0; i <= bounds.size(); ++i) {
    for (const auto* worker : workers) {
      count += static_cast<std::uint64_t>((worker->*member).bucket(i));
    }
    const double bound = i < bounds.size() ? bounds[i] : std::numeric_limits<double>::infinity();
    metric.histogram.bucket.push_back({count, bound});
  }
  metric.histogram.sample_count = count;
  for (const auto* worker : workers) metric.histogram.sample_sum += (worker->*member).sum_seconds();
  Family family(MetricType::Histogram, std::move(name), std::move(help));
  family.family.metric.push_back(std::move(metric));
  return family.family;
}

void collect_process(std::vector<MetricFamily>& families) {
  const ProcessStats stats = process_stats();
  const auto add = [&](Family family, const std::optional<double>& value) {
    if (value) families.push_back(family.add({}, *value).family);
  };
  add(counter("process_cpu_seconds_total", "Total user and system CPU time spent in seconds."),
      stats.cpu_seconds);
  add(gauge("process_open_fds", "Number of open file descriptors."), stats.open_fds);
  add(gauge("process_max_fds", "Maximum number of open file descriptors."), stats.max_fds);
  add(gauge("process_virtual_memory_bytes", "Virtual memory size in bytes."), stats.virtual_bytes);
  add(gauge("process_resident_memory_bytes", "Resident memory size in bytes."),
      stats.resident_bytes);
  add(gauge("process_start_time_seconds", "Start time of the process since unix epoch in seconds."),
      stats.start_time_seconds);
}

}  // namespace

template <class Read>
double Collector::sum(Read read) const {
  std::int64_t total = 0;
  for (const auto* worker : parts_.workers) total += read(*worker);
  return static_cast<double>(total);
}

std::vector<MetricFamily> Collector::Collect() const {
  Families families;
  collect_requests(families);
  collect_blocks(families);
  collect_tunnels(families);
  collect_waits(families);
  collect_dns_and_tls(families);
  collect_policy(families);
  collect_process(families);
  return families;
}

void Collector::collect_requests(Families& families) const {
  Family requests = counter("sallyport_requests_total", "Attempts by how they were decided.");
  Family sessions = gauge("sallyport_sessions", "Client connections that are open.");
  for (std::size_t listener = 0; listener < parts_.listeners.size(); ++listener) {
    const std::string& name = parts_.listeners[listener];
    for (const Decision decision : kDecisions) {
      for (std::size_t r = 0; r < kReasonCount; ++r) {
        const auto reason = static_cast<Reason>(r);
        const double count = sum([&](const WorkerCounters& worker) {
          return worker.requests(listener, decision, reason);
        });
        // A rate needs the 0 before the first; what nearly every policy shows has it.
        const bool is_usual = (decision == Decision::allow && reason == Reason::allowed) ||
                              (decision == Decision::block && reason == Reason::host_not_allowed);
        if (count == 0 && !is_usual) continue;
        requests.add({label("listener", name), label("decision", text(decision)),
                      label("reason", text(reason))},
                     count);
      }
    }
    sessions.add({label("listener", name)},
                 sum([&](const WorkerCounters& worker) { return worker.sessions(listener); }));
  }
  families.push_back(std::move(requests.family));
  families.push_back(std::move(sessions.family));
}

void Collector::collect_blocks(Families& families) const {
  WorkerCounters::Blocks blocks;
  std::vector<TopHosts::Entry> hosts;
  for (const auto* worker : parts_.workers) {
    for (const auto& [key, count] : worker->blocks()) blocks[key] += count;
    const auto entries = worker->blocked_hosts();
    hosts.insert(hosts.end(), entries.begin(), entries.end());
  }
  Family blocked = counter("sallyport_blocked_total", "Attempts that were blocked, by the rule.");
  for (const auto& [key, count] : blocks) {
    const auto& [reason, rule, client_name] = key;
    blocked.add(
        {label("reason", text(reason)), label("rule", rule), label("client_name", client_name)},
        static_cast<double>(count));
  }
  families.push_back(std::move(blocked.family));
  if (parts_.top_hosts == 0) return;
  Family top = gauge("sallyport_top_blocked_host_attempts",
                     "Blocked attempts to the hosts that are blocked most (a bounded estimate).");
  for (const auto& entry : most_blocked(hosts, parts_.top_hosts)) {
    top.add({label("host", entry.host)}, static_cast<double>(entry.attempts));
  }
  families.push_back(std::move(top.family));
}

void Collector::collect_tunnels(Families& families) const {
  families.push_back(
      counter("sallyport_bytes_total", "Bytes relayed, counted when an exchange or tunnel ends.")
          .add({label("direction", "up")},
               sum([](const WorkerCounters& worker) { return worker.bytes_up(); }))
          .add({label("direction", "down")},
               sum([](const WorkerCounters& worker) { return worker.bytes_down(); }))
          .family);
  families.push_back(
      gauge("sallyport_tunnels", "Tunnels that are open.")
          .add({}, sum([](const WorkerCounters& worker) { return worker.tunnels(); }))
          .family);
  Family closed = counter("sallyport_tunnels_closed_total", "Tunnels that ended, by why.");
  for (std::size_t r = 0; r < kReasonCount; ++r) {
    const auto reason = static_cast<Reason>(r);
    const double count =
        sum([&](const WorkerCounters& worker) { return worker.tunnels_closed(reason); });
    if (count == 0 && reason != Reason::allowed) continue;
    closed.add({label("reason", text(reason))}, count);
  }
  families.push_back(std::move(closed.family));
}

void Collector::collect_waits(Families& families) const {
  families.push_back(histogram("sallyport_decision_seconds",
                               "Time to decide an attempt, of one decision in 16.", parts_.workers,
                               &WorkerCounters::decision_seconds, decision_bounds()));
  families.push_back(histogram("sallyport_connect_seconds", "Time to connect to an origin.",
                               parts_.workers, &WorkerCounters::connect_seconds, wait_bounds()));
  families.push_back(histogram("sallyport_resolver_seconds", "Time to resolve a host.",
                               parts_.workers, &WorkerCounters::resolver_seconds, wait_bounds()));
}

void Collector::collect_dns_and_tls(Families& families) const {
  Family queries = counter("sallyport_dns_queries_total", "DNS queries answered, by decision.");
  for (const Decision decision : kDecisions) {
    queries.add({label("decision", text(decision))},
                sum([&](const WorkerCounters& worker) { return worker.dns_queries(decision); }));
  }
  families.push_back(std::move(queries.family));
  families.push_back(
      counter("sallyport_leaf_cache_total",
              "Minted certificates asked for, by where they came from.")
          .add({label("result", "hit")},
               sum([](const WorkerCounters& worker) { return worker.leaf_cache_hits.value(); }))
          .add({label("result", "miss")},
               sum([](const WorkerCounters& worker) { return worker.leaf_cache_misses.value(); }))
          .family);
  families.push_back(
      counter("sallyport_tls_ech_total", "ClientHellos with encrypted_client_hello.")
          .add({}, sum([](const WorkerCounters& worker) { return worker.tls_ech.value(); }))
          .family);
}

void Collector::collect_policy(Families& families) const {
  const auto as_double = [](std::uint64_t value) { return static_cast<double>(value); };
  if (parts_.log != nullptr) {
    families.push_back(counter("sallyport_audit_records_total", "Audit records written.")
                           .add({}, as_double(parts_.log->records()))
                           .family);
    families.push_back(counter("sallyport_audit_lost_total", "Audit records lost.")
                           .add({}, as_double(parts_.log->lost()))
                           .family);
  }
  families.push_back(gauge("sallyport_build_info", "The version that runs; always 1.")
                         .add({label("version", parts_.version)}, 1)
                         .family);
  if (parts_.policy == nullptr) return;
  const PolicyStatus::State state = parts_.policy->state();
  families.push_back(
      counter("sallyport_policy_reloads_total", "Reloads of the policy, by whether it was taken.")
          .add({label("result", "success")}, as_double(state.reloads_taken))
          .add({label("result", "failure")}, as_double(state.reloads_refused))
          .family);
  families.push_back(gauge("sallyport_policy_info", "The policy that holds; always 1.")
                         .add({label("hash", state.hash), label("mode", state.mode)}, 1)
                         .family);
  families.push_back(gauge("sallyport_policy_last_reload_timestamp_seconds",
                           "When the policy that holds was taken, since 1970.")
                         .add({}, seconds(state.last_reload))
                         .family);
  if (state.ca_expiry) {
    families.push_back(gauge("sallyport_ca_expiry_timestamp_seconds",
                             "When the interception CA expires, since 1970.")
                           .add({}, seconds(*state.ca_expiry))
                           .family);
  }
}

std::string Collector::scrape() const {
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, Collect());
  return out.str();
}

}  // namespace sallyport
