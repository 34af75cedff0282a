// A worker that runs in a thread of its own, for tests: a policy from text, one listener on
// 127.0.0.1, records as they stand in the ring of an audit log that was never started.
#pragma once

#include <csignal>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include "policy/loader/policy_yaml.h"
#include "proxy/worker.h"
#include "tests/proxy/loopback.h"

namespace sallyport::test {

/// Allows a host that no test asks for.
inline const std::string kDocsPolicy = "rules: [{name: docs, hosts: [docs.example.org]}]";

/// `text` stands behind `version: 1`.
inline SnapshotPtr snapshot_of(const std::string& text) {
  PolicySource source;
  source.read_file = [](const std::string&, std::string& error) -> std::optional<std::string> {
    error = "no files in this test";
    return std::nullopt;
  };
  source.sha256_hex = [](std::string_view) { return std::string(64, '0'); };
  const LoadResult loaded =
      load_policy_text("version: 1\n" + text + "\n", "test.yaml", source, TimePoint{});
  for (const Diagnostic& error : loaded.errors) FAIL(error.text());
  return loaded.policy->snapshot;
}

class RunningWorker {
 public:
  struct Options {
    std::string policy = kDocsPolicy;
    std::uint32_t per_client = 512;
    std::uint32_t connections = 1000;
    std::size_t pipes = 16;
  };

  explicit RunningWorker(const Options& options) : RunningWorker(options, nullptr) {}
  /// A second worker of the same gate.
  RunningWorker(const Options& options, Gate* shared)
      : own_gate_(shared == nullptr ? std::make_unique<Gate>(options.per_client) : nullptr),
        log_({.path = "/dev/null", .required = true, .ring_bytes = 1024 * 1024}),
        ring_(log_.add_ring()),
        gate(shared == nullptr ? *own_gate_ : *shared) {
    ::signal(SIGPIPE, SIG_IGN);
    gate.connections_max = options.connections;
    gate.pipes_per_worker = options.pipes;
    const int fd = open_listener(IpAddress::v4({127, 0, 0, 1}), 0);
    REQUIRE(fd >= 0);
    port = port_of(fd);
    Recorder::Parts recorder{.log = log_,
                             .ring = ring_,
                             .counters = counters,
                             .line = AuditLine("test", {"http test"}),
                             .ids = AttemptIds(0, TimePoint{})};
    worker_ = std::make_unique<Worker>(gate, counters, std::move(recorder),
                                       snapshot_of(options.policy), std::vector<int>{fd},
                                       std::make_shared<const std::vector<IpAddress>>());
  }
  ~RunningWorker() { stop(); }

  void start() {
    thread_ = std::thread([this] { worker_->run(); });
  }
  /// Ends everything, also the worker itself.
  void stop() {
    if (worker_) worker_->stop();
    join();
    worker_.reset();
  }
  /// Waits until the worker ended by itself.
  void join() {
    if (thread_.joinable()) thread_.join();
  }
  std::thread& thread() { return thread_; }

  Worker& worker() { return *worker_; }

  /// Calls it on the worker's thread and waits.
  template <class Function>
  auto on_worker(Function function) {
    std::packaged_task<decltype(function())()> call(std::move(function));
    auto result = call.get_future();
    asio::post(worker_->executor(), [&call] { call(); });
    return result.get();
  }

  /// Waits until that holds on the worker's thread, five seconds at most.
  template <class Condition>
  bool comes_true(Condition condition) {
    for (int tries = 0; tries < 500; ++tries) {
      if (on_worker(condition)) return true;
      ::usleep(10'000);
    }
    return false;
  }
  bool becomes_empty() {
    return comes_true([this] { return worker_->tunnels().empty() && worker_->sessions().empty(); });
  }

  /// The records so far.
  std::vector<boost::json::object> records() const {
    std::vector<boost::json::object> records;
    std::string_view lines(ring_.readable().data(), ring_.readable().size());
    while (!lines.empty()) {
      const std::size_t end = lines.find('\n');
      records.push_back(boost::json::parse(lines.substr(0, end)).as_object());
      lines.remove_prefix(end + 1);
    }
    return records;
  }
  /// `event reason` of each record, joined by commas.
  std::string told() const {
    std::string told;
    for (const boost::json::object& record : records()) {
      if (!told.empty()) told += ", ";
      told += std::string(record.at("event").as_string()) + " " +
              std::string(record.at("reason").as_string());
    }
    return told;
  }

 private:
  std::unique_ptr<Gate> own_gate_;
  AuditLog log_;
  AuditRing& ring_;
  std::unique_ptr<Worker> worker_;
  std::thread thread_;

 public:
  Gate& gate;
  WorkerCounters counters{1, 20};
  std::uint16_t port = 0;
};

}  // namespace sallyport::test
