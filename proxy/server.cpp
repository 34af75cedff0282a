#include "proxy/server.h"

#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <random>

#include "metrics/wall_clock.h"
#include "policy/values/authority.h"
#include "proxy/cpu_quota.h"
#include "proxy/descriptors.h"
#include "proxy/http/via.h"

namespace sallyport {
namespace {

std::uint64_t random_number() {
  std::random_device source;
  return std::uint64_t{source()} << 32 | source();
}

constexpr std::chrono::seconds kHousekeepingEvery{1};
/// `/readyz` fails for so long before the listeners close.
constexpr std::chrono::milliseconds kNotReadyBeforeDrain{200};

std::string address_text(const IpAddress& address, std::uint16_t port) {
  return Authority{Host::of(address), port}.text();
}

std::vector<IpAddress> listening_addresses(const GateSettings& settings) {
  std::vector<IpAddress> addresses;
  for (const ListenerSettings& each : settings.listeners) addresses.push_back(each.address);
  addresses.push_back(settings.metrics.address);
  return addresses;
}

}  // namespace

Server::Server(Options options)
    : options_(std::move(options)),
      worker_count_(options_.policy.gate.workers.value_or(auto_workers())),
      descriptors_(raise_descriptor_limit()),
      gate_(connections_of_one_client(options_.policy.snapshot->limits.connections_per_client,
                                      carried()),
            via_pseudonym(random_number())),
      signals_(context_.get_executor()),
      housekeeping_(context_.get_executor()),
      before_drain_(context_.get_executor()) {
  ::signal(SIGPIPE, SIG_IGN);
  for (const int number : {SIGHUP, SIGTERM, SIGINT, SIGUSR1}) signals_.add(number);
  gate_.pipes_per_worker = std::max<std::size_t>(1, kPipesMax / worker_count_);
  if (const auto error = limits_error(*options_.policy.snapshot)) throw StartError(*error);
  apply_limits(*options_.policy.snapshot);
  own_ = read_own_addresses(listening_addresses(options_.policy.gate), nullptr);
  open_listeners(worker_count_);
  open_logs();
  make_workers();
  guard_ca_key();
  start_logs();
  start_metrics();
  tell_of_resolv_conf();
}

Server::~Server() {
  for (const auto& worker : workers_) worker->stop();
  for (std::thread& thread : threads_) thread.join();
  for (const auto& sockets : sockets_) {
    for (const int fd : sockets) ::close(fd);
  }
}

void Server::open_listeners(std::uint32_t workers) {
  sockets_.resize(workers);
  for (const ListenerSettings& listener : options_.policy.gate.listeners) {
    for (std::vector<int>& sockets : sockets_) {
      const int fd = open_listener(listener.address, listener.port);
      if (fd < 0) {
        throw StartError("cannot listen on " + address_text(listener.address, listener.port) +
                         ": " + std::strerror(errno));
      }
      sockets.push_back(fd);
    }
  }
}

std::vector<std::string> Server::listener_names() const {
  std::vector<std::string> names;
  for (const ListenerSettings& each : options_.policy.gate.listeners) {
    names.push_back(each.protocol + " " + address_text(each.address, each.port));
  }
  return names;
}

AuditLine Server::audit_line() const { return {options_.instance, listener_names()}; }

void Server::open_logs() {
  const AuditSettings& audit = options_.policy.gate.audit;
  // A person at a terminal reads one line for each block, not JSON.
  const bool is_watched = audit.path == "stdout" && ::isatty(STDOUT_FILENO) == 1;
  const auto tell = [this](std::string_view text) {
    gate_.log.log(OperatorLog::Level::error, text);
  };
  log_ = std::make_unique<AuditLog>(AuditLog::Options{
      .path = is_watched ? "/dev/null" : audit.path, .required = audit.is_required, .tell = tell});
  if (is_watched) {
    live_log_ = std::make_unique<AuditLog>(AuditLog::Options{.path = "stdout", .required = false});
  }
}

void Server::make_workers() {
  const TimePoint now = wall_clock();
  const Snapshot& snapshot = *options_.policy.snapshot;
  status_ = std::make_unique<PolicyStatus>(log_->add_ring(), audit_line(), snapshot.hash,
                                           std::string(text(snapshot.mode)), now);
  for (std::uint32_t i = 0; i < worker_count_; ++i) {
    counters_.push_back(std::make_unique<WorkerCounters>(options_.policy.gate.listeners.size(),
                                                         options_.policy.gate.metrics.top_hosts));
    Recorder::Parts recorder{.log = *log_,
                             .ring = log_->add_ring(),
                             .counters = *counters_.back(),
                             .line = audit_line(),
                             .ids = AttemptIds(static_cast<std::uint16_t>(i), now),
                             .live = live_log_ ? &live_log_->add_ring() : nullptr,
                             .live_colour = live_log_ != nullptr};
    workers_.push_back(std::make_unique<Worker>(gate_, *counters_.back(), std::move(recorder),
                                                policy_parts(), std::exchange(sockets_[i], {}),
                                                own_));
  }
}

void Server::start_logs() {
  for (AuditLog* log : {log_.get(), live_log_.get()}) {
    if (log == nullptr) continue;
    if (const auto error = log->start()) throw StartError(*error);
  }
}

void Server::start_metrics() {
  Collector::Parts parts{.listeners = listener_names(),
                         .log = log_.get(),
                         .policy = status_.get(),
                         .version = options_.version,
                         .top_hosts = options_.policy.gate.metrics.top_hosts};
  for (const auto& each : counters_) parts.workers.push_back(each.get());
  collector_ = std::make_unique<Collector>(std::move(parts));
  const MetricsSettings& metrics = options_.policy.gate.metrics;
  if (!metrics.is_on) return;
  metrics_ = std::make_unique<MetricsEndpoint>(
      context_.get_executor(),
      MetricsEndpoint::Answers{.metrics = [this] { return collector_->scrape(); },
                               .is_ready = [this] { return !is_draining_; }});
  if (!metrics_->listen(metrics.address, metrics.port)) {
    throw StartError("cannot serve metrics on " + address_text(metrics.address, metrics.port) +
                     ": " + std::strerror(errno));
  }
}

void Server::run() {
  watch_signals();
  if (options_.policy_path) watch_ = std::make_unique<PolicyWatch>(options_.policy.files);
  look_after();
  workers_running_ = workers_.size();
  for (const auto& worker : workers_) {
    threads_.emplace_back([this, &worker] {
      worker->run();
      asio::post(context_, [this] {
        if (--workers_running_ == 0) context_.stop();
      });
    });
  }
  context_.run();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  workers_.clear();
  if (live_log_) live_log_->stop();
  if (const std::uint64_t lost = log_->stop(); lost > 0) {
    gate_.log.log(OperatorLog::Level::error,
                  std::to_string(lost) + " audit records could not be written");
  }
}

void Server::watch_signals() {
  signals_.async_wait([this](error_code error, int number) {
    if (error) return;
    on_signal(number);
    watch_signals();
  });
}

void Server::on_signal(int number) {
  switch (number) {
    case SIGHUP:
      return reload();
    case SIGUSR1:
      return log_->reopen();
    default:
      break;
  }
  if (is_draining_) return stop();
  begin_drain();
}

void Server::begin_drain() {
  is_draining_ = true;
  before_drain_.expires_after(kNotReadyBeforeDrain);
  before_drain_.async_wait([this](error_code error) {
    if (error || is_stopped_) return;
    for (const auto& worker : workers_) worker->drain();
  });
}

void Server::stop() {
  is_stopped_ = true;
  for (const auto& worker : workers_) worker->stop();
}

void Server::look_after() {
  const OwnAddresses own = read_own_addresses(listening_addresses(options_.policy.gate), own_);
  if (*own != *own_) {
    own_ = own;
    for (const auto& worker : workers_) worker->adopt(own_);
  }
  tell_of_ca();
  if (watch_ && options_.policy.gate.reloads_on_change && watch_->has_changed()) reload();
  housekeeping_.expires_after(kHousekeepingEvery);
  housekeeping_.async_wait([this](error_code error) {
    if (!error) look_after();
  });
}

}  // namespace sallyport
