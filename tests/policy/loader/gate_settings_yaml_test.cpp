#include "policy/loader/gate_settings_yaml.h"

#include <doctest/doctest.h>

#include "tests/policy/loader/load_text.h"

namespace sallyport {
namespace {

using namespace sallyport::test;

GateSettings gate_of(std::string_view more) {
  const LoadResult result = load_text(with_a_rule(more));
  CHECK(errors_of(result).empty());
  REQUIRE(result.is_ok());
  return result.policy->gate;
}

TEST_CASE("without a word of it the gate listens on loopback, records to stdout and must") {
  const GateSettings gate = gate_of("");
  REQUIRE(gate.listeners.size() == 1);
  CHECK(gate.listeners[0] == ListenerSettings{"http", IpAddress::v4({127, 0, 0, 1}), 3128});
  CHECK(gate.metrics.is_on);
  CHECK(gate.metrics.port == 9180);
  CHECK(gate.metrics.top_hosts == 20);
  CHECK_FALSE(gate.workers);
  CHECK(gate.audit.path == "stdout");
  CHECK(gate.audit.is_required);
  CHECK(gate.reloads_on_change);
}

TEST_CASE("what is written of the gate is what it gets") {
  const GateSettings gate = gate_of(
      "listeners:\n"
      "  - {protocol: http, address: \"0.0.0.0:3128\", proxy_protocol: false}\n"
      "  - {protocol: http, address: \"[::]:3128\"}\n"
      "metrics: {address: \"10.0.0.1:9000\", top_hosts: 0}\n"
      "workers: 3\n"
      "audit: {path: stderr, required: false}\n"
      "reload: signal\n");
  REQUIRE(gate.listeners.size() == 2);
  CHECK(gate.listeners[0].address.text() == "0.0.0.0");
  CHECK(gate.listeners[1].address.text() == "::");
  CHECK(gate.metrics.address.text() == "10.0.0.1");
  CHECK(gate.metrics.port == 9000);
  CHECK(gate.metrics.top_hosts == 0);
  CHECK(gate.workers == 3U);
  CHECK(gate.audit == AuditSettings{"stderr", false});
  CHECK_FALSE(gate.reloads_on_change);
}

TEST_CASE("metrics can be off, and workers auto") {
  CHECK_FALSE(gate_of("metrics: off\n").metrics.is_on);
  CHECK_FALSE(gate_of("workers: auto\n").workers);
}

TEST_CASE("an audit file is found from the policy's folder, wherever the gate was started") {
  const Files files{{"etc/gate/p.yaml", with_a_rule("audit: {path: log/audit.jsonl}\n")},
                    {"etc/gate/q.yaml", with_a_rule("audit: {path: /var/log/audit.jsonl}\n")}};
  CHECK(load_policy("etc/gate/p.yaml", source_of(files), kNow).policy->gate.audit.path ==
        "etc/gate/log/audit.jsonl");
  CHECK(load_policy("etc/gate/q.yaml", source_of(files), kNow).policy->gate.audit.path ==
        "/var/log/audit.jsonl");
}

}  // namespace
}  // namespace sallyport
