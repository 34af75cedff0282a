#include "policy/gate_settings.h"

#include <functional>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

namespace sallyport {

TEST_CASE("a change of listeners, metrics, workers or audit is found by its name") {
  struct Row {
    std::string_view key;
    std::function<void(GateSettings&)> change;
  };
  const auto listen = [](std::uint16_t port) {
    return ListenerSettings{"http", IpAddress::v4({127, 0, 0, 1}), port};
  };
  const std::vector<Row> rows = {
      {"", [](GateSettings&) {}},
      {"listeners", [&](GateSettings& gate) { gate.listeners.push_back(listen(3129)); }},
      {"listeners", [](GateSettings& gate) { gate.listeners.clear(); }},
      {"listeners", [](GateSettings& gate) { gate.listeners[0].port = 3127; }},
      {"listeners", [](GateSettings& gate) { gate.listeners[0].protocol = "https"; }},
      {"listeners", [](GateSettings& gate) { gate.listeners[0].address = IpAddress(); }},
      {"metrics", [](GateSettings& gate) { gate.metrics.is_on = false; }},
      {"metrics", [](GateSettings& gate) { gate.metrics.port = 9181; }},
      {"metrics", [](GateSettings& gate) { gate.metrics.address = IpAddress(); }},
      {"metrics", [](GateSettings& gate) { gate.metrics.top_hosts = 0; }},
      {"workers", [](GateSettings& gate) { gate.workers = 2; }},
      {"audit", [](GateSettings& gate) { gate.audit.path = "audit.jsonl"; }},
      {"audit", [](GateSettings& gate) { gate.audit.is_required = false; }},
      // `reload` itself can be changed by a reload.
      {"", [](GateSettings& gate) { gate.reloads_on_change = false; }},
      // The first of several.
      {"metrics",
       [](GateSettings& gate) {
         gate.audit.path = "audit.jsonl";
         gate.metrics.port = 9181;
       }},
  };
  GateSettings before;
  before.listeners.push_back(listen(3128));
  for (const Row& row : rows) {
    GateSettings after = before;
    row.change(after);
    CHECK(GateSettings::first_difference(before, after) == row.key);
    CHECK(GateSettings::first_difference(after, before) == row.key);
  }
}

TEST_CASE("the defaults of what a policy file does not say of the process") {
  const GateSettings gate;
  CHECK(gate.metrics.is_on);
  CHECK(gate.metrics.address.text() == "127.0.0.1");
  CHECK(gate.metrics.port == 9180);
  CHECK(gate.metrics.top_hosts == 20);
  CHECK_FALSE(gate.workers);
  CHECK(gate.audit.path == "stdout");
  CHECK(gate.audit.is_required);
  CHECK(gate.reloads_on_change);
}

}  // namespace sallyport
