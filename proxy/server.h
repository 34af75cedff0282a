// The whole gate: what all workers share, the workers and their threads, signals, reload and drain.
// Everything here runs on the main thread; ownership is the order of the members.
#pragma once

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/signal_set.hpp>

#include "metrics/audit_log.h"
#include "metrics/collector.h"
#include "metrics/counters.h"
#include "metrics/policy_status.h"
#include "policy/gate_settings.h"
#include "proxy/gate.h"
#include "proxy/metrics_endpoint.h"
#include "proxy/own_addresses.h"
#include "proxy/policy_watch.h"
#include "proxy/worker.h"

namespace sallyport {

/// The gate cannot start; what() is one line for the operator.
class StartError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Server {
 public:
  struct Options {
    LoadedPolicy policy;
    /// Null where the policy reads no TLS.
    std::shared_ptr<const TlsMaterial> tls;
    /// Where the policy is read again from; absent: the built-in one, which never changes.
    std::optional<std::string> policy_path;
    std::string instance;
    std::string version;
  };

  /// Opens listeners, logs and metrics. Throws StartError, and then nothing was served.
  explicit Server(Options options);
  ~Server();

  /// Serves until SIGTERM or SIGINT and the drain are over.
  void run();

 private:
  using Signals = asio::basic_signal_set<executor>;

  void open_listeners(std::uint32_t workers);
  void open_logs();
  void make_workers();
  void start_logs();
  void start_metrics();
  void watch_signals();
  void on_signal(int number);
  PolicyParts policy_parts() const { return {options_.policy.snapshot, options_.tls}; }
  /// `/readyz` fails from now on, and the listeners close a moment later, so that a balancer sends
  /// no more connections before they are refused.
  void begin_drain();
  /// Ends everything at once.
  void stop();
  void look_after();
  AuditLine audit_line() const;
  std::vector<std::string> listener_names() const;

  // server_policy.cpp: what a policy brings, at start and on reload.
  void reload();
  void refuse_reload(const std::vector<std::string>& errors, const std::string& hash);
  void take(LoadedPolicy policy, std::shared_ptr<const TlsMaterial> tls);
  /// The key of a CA is in memory from now on, perhaps.
  void guard_ca_key();
  /// Warns of the CA's end from 14 days before, once a day; at first what read it has done so.
  void tell_of_ca();
  /// Connections that the descriptors carry.
  std::uint32_t carried() const;
  /// Why these limits cannot hold here; nothing: they can.
  std::optional<std::string> limits_error(const Snapshot& snapshot) const;
  /// What the system's DNS servers leave to be known, where the policy names none.
  void tell_of_resolv_conf();
  void apply_limits(const Snapshot& snapshot);

  Options options_;
  std::uint32_t worker_count_;
  std::uint64_t descriptors_;
  io_context context_{1};
  Gate gate_;
  std::vector<std::vector<int>> sockets_;  ///< of each worker; handed over
  std::unique_ptr<AuditLog> log_;
  std::unique_ptr<AuditLog> live_log_;  ///< blocks for a person at a terminal
  std::vector<std::unique_ptr<WorkerCounters>> counters_;
  std::unique_ptr<PolicyStatus> status_;
  std::unique_ptr<Collector> collector_;
  OwnAddresses own_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::thread> threads_;
  std::unique_ptr<MetricsEndpoint> metrics_;
  std::unique_ptr<PolicyWatch> watch_;
  Signals signals_;
  steady_timer housekeeping_;
  steady_timer before_drain_;
  std::size_t workers_running_ = 0;
  TimePoint told_of_ca_ = {};
  bool is_draining_ = false;
  bool is_stopped_ = false;
};

}  // namespace sallyport
