#include "metrics/collector.h"

#include <set>
#include <sstream>
#include <string>

#include <doctest/doctest.h>

#include "metrics/process_stats.h"

namespace sallyport {
namespace {

const TimePoint kTime{std::chrono::seconds(1000)};

struct Gate {
  AuditLog log{{.path = "stdout", .ring_bytes = 65536}};
  AuditRing& ring = log.add_ring();
  PolicyStatus policy{ring, AuditLine("gate", {}), "aa11", "enforce", kTime};
  WorkerCounters first{2, 20};
  WorkerCounters second{2, 20};
  Collector collector{{.workers = {&first, &second},
                       .listeners = {"http 127.0.0.1:3128", "dns 127.0.0.1:53"},
                       .log = &log,
                       .policy = &policy,
                       .version = "0.1.0",
                       .top_hosts = 20}};

  bool shows(const std::string& line) const {
    return ("\n" + collector.scrape()).find("\n" + line + "\n") != std::string::npos;
  }
};

TEST_CASE("before anything happened, what rates need is there with 0") {
  const Gate gate;
  for (const char* line : {
           R"(sallyport_requests_total{listener="http 127.0.0.1:3128",)"
           R"(decision="allow",reason="allowed"} 0)",
           R"(sallyport_requests_total{listener="dns 127.0.0.1:53",)"
           R"(decision="allow",reason="allowed"} 0)",
           R"(sallyport_bytes_total{direction="up"} 0)",
           R"(sallyport_bytes_total{direction="down"} 0)",
           R"(sallyport_sessions{listener="http 127.0.0.1:3128"} 0)",
           "sallyport_tunnels 0",
           R"(sallyport_tunnels_closed_total{reason="allowed"} 0)",
           "sallyport_decision_seconds_count 0",
           "sallyport_connect_seconds_count 0",
           "sallyport_resolver_seconds_count 0",
           R"(sallyport_dns_queries_total{decision="block"} 0)",
           R"(sallyport_leaf_cache_total{result="hit"} 0)",
           "sallyport_audit_records_total 0",
           "sallyport_audit_lost_total 0",
           R"(sallyport_policy_reloads_total{result="success"} 0)",
           R"(sallyport_policy_reloads_total{result="failure"} 0)",
           "sallyport_tls_ech_total 0",
           R"(sallyport_policy_info{hash="aa11",mode="enforce"} 1)",
           "sallyport_policy_last_reload_timestamp_seconds 1000",
           R"(sallyport_build_info{version="0.1.0"} 1)",
       }) {
    CAPTURE(line);
    CHECK(gate.shows(line));
  }
  CHECK(gate.collector.scrape().find("sallyport_ca_expiry") == std::string::npos);
}

TEST_CASE("every family has its help, and the names are those of DESIGN.md") {
  Gate gate;
  gate.policy.set_ca_expiry(kTime);
  const std::set<std::string> expected{"sallyport_requests_total",
                                       "sallyport_blocked_total",
                                       "sallyport_bytes_total",
                                       "sallyport_sessions",
                                       "sallyport_tunnels",
                                       "sallyport_tunnels_closed_total",
                                       "sallyport_decision_seconds",
                                       "sallyport_connect_seconds",
                                       "sallyport_dns_queries_total",
                                       "sallyport_resolver_seconds",
                                       "sallyport_leaf_cache_total",
                                       "sallyport_audit_records_total",
                                       "sallyport_audit_lost_total",
                                       "sallyport_policy_reloads_total",
                                       "sallyport_tls_ech_total",
                                       "sallyport_ca_expiry_timestamp_seconds",
                                       "sallyport_policy_info",
                                       "sallyport_policy_last_reload_timestamp_seconds",
                                       "sallyport_build_info",
                                       "sallyport_top_blocked_host_attempts",
                                       "process_cpu_seconds_total",
                                       "process_open_fds",
                                       "process_max_fds",
                                       "process_virtual_memory_bytes",
                                       "process_resident_memory_bytes",
                                       "process_start_time_seconds"};
  std::set<std::string> names;
  for (const auto& family : gate.collector.Collect()) {
    CHECK_FALSE(family.help.empty());
    CHECK(names.insert(family.name).second);
  }
  CHECK(names == expected);
}

TEST_CASE("the workers' counts are summed") {
  Gate gate;
  AttemptRecord record;
  record.reason = Reason::denied_by_rule;
  record.rule = "never";
  record.host = "evil.example";
  record.host_is_canonical = true;
  gate.first.count(record);
  gate.second.count(record);
  gate.second.count(record);
  gate.first.tunnel_began();
  gate.second.tunnel_began();
  gate.second.tunnel_ended(Reason::idle_timeout, 10, 20);
  gate.first.decision_seconds.observe(std::chrono::microseconds(2));
  gate.second.decision_seconds.observe(std::chrono::seconds(1));
  for (const char* line : {
           R"(sallyport_requests_total{listener="http 127.0.0.1:3128",)"
           R"(decision="block",reason="denied_by_rule"} 3)",
           R"(sallyport_blocked_total{reason="denied_by_rule",rule="never",client_name=""} 3)",
           R"(sallyport_top_blocked_host_attempts{host="evil.example"} 3)",
           "sallyport_tunnels 1",
           R"(sallyport_tunnels_closed_total{reason="idle_timeout"} 1)",
           R"(sallyport_bytes_total{direction="down"} 20)",
           "sallyport_decision_seconds_count 2",
           R"(sallyport_decision_seconds_bucket{le="+Inf"} 2)",
       }) {
    CAPTURE(line);
    CHECK(gate.shows(line));
  }
}

TEST_CASE("100,000 distinct denied hosts leave the number of series as it was (T79)") {
  Gate gate;
  const auto deny = [&](int i) {
    AttemptRecord record;
    record.reason = Reason::host_not_allowed;
    record.host = "h" + std::to_string(i) + ".example";
    record.host_is_canonical = true;
    gate.first.count(record);
  };
  const auto series = [&] {
    std::istringstream text(gate.collector.scrape());
    int count = 0;
    for (std::string line; std::getline(text, line);) count += line[0] != '#';
    return count;
  };
  for (int i = 0; i < 200; ++i) deny(i);
  const int before = series();
  for (int i = 200; i < 100000; ++i) deny(i);
  CHECK(series() == before);
}

TEST_CASE("a reload is counted, told and recorded; a refused one leaves the policy") {
  Gate gate;
  gate.policy.refused("bb22", {"p.yaml:1:1: no"}, kTime);
  CHECK(gate.shows(R"(sallyport_policy_info{hash="aa11",mode="enforce"} 1)"));
  CHECK(gate.shows(R"(sallyport_policy_reloads_total{result="failure"} 1)"));
  gate.policy.taken("cc33", "monitor", kTime + std::chrono::seconds(5));
  CHECK(gate.shows(R"(sallyport_policy_info{hash="cc33",mode="monitor"} 1)"));
  CHECK(gate.shows(R"(sallyport_policy_reloads_total{result="success"} 1)"));
  CHECK(gate.shows("sallyport_policy_last_reload_timestamp_seconds 1005"));
  const std::string lines(gate.ring.readable().data(), gate.ring.readable().size());
  CHECK(lines.find(R"("previous_policy":"aa11","policy":"bb22","errors":["p.yaml:1:1: no"]})") !=
        std::string::npos);
  CHECK(lines.find(R"("previous_policy":"aa11","policy":"cc33"})") != std::string::npos);
}

TEST_CASE("the kernel tells all of the process") {
  const ProcessStats stats = process_stats();
  REQUIRE(stats.cpu_seconds);
  REQUIRE(stats.open_fds);
  CHECK(*stats.open_fds >= 3);
  CHECK(*stats.max_fds >= *stats.open_fds);
  CHECK(*stats.resident_bytes > 1e6);
  CHECK(*stats.virtual_bytes > *stats.resident_bytes);
  const double now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  CHECK(*stats.start_time_seconds <= now + 1);
  CHECK(*stats.start_time_seconds > now - 86400);
}

TEST_CASE("a process began once, whenever it is asked") {
  const std::optional<double> first = process_stats().start_time_seconds;
  REQUIRE(first);
  for (int i = 0; i < 1000; ++i) REQUIRE(process_stats().start_time_seconds == first);
}

}  // namespace
}  // namespace sallyport
