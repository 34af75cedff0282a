// Policy files: any bytes are refused with words and a place, or give a snapshot that can be asked;
// soon, and in little memory (YAML bombs, deep nesting, anchors, giant scalars).
//
// What stands behind the first NUL byte, if there is one, is the text of the files that the policy
// names.
#include <algorithm>
#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/facts_of.h"
#include "policy/loader/policy_yaml.h"
#include "policy/tools/check.h"
#include "tests/fuzz/asked_decide.h"
#include "tests/fuzz/require.h"

using namespace sallyport;
using fuzz::require;

namespace {

constexpr std::string_view kPath = "etc/policy.yaml";
constexpr std::size_t kHostsMax = 6;
// With sanitizers, on a slow machine; a policy of this size takes a few milliseconds.
constexpr double kSecondsMax = 2;
constexpr std::size_t kMemoryMax = 64 << 20;
/// 2026-06-01T12:00:00Z.
constexpr TimePoint kNow{std::chrono::sys_days(std::chrono::year(2026) / 6 / 1) +
                         std::chrono::hours(12)};

double seconds_of_this_thread() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

PolicySource source_of(std::optional<std::string> file) {
  return {.read_file = [file = std::move(file)](const std::string&,
                                                std::string& error) -> std::optional<std::string> {
            if (!file) error = "No such file or directory";
            return file;
          },
          .sha256_hex = [](std::string_view bytes) { return std::to_string(bytes.size()); }};
}

/// `FILE:LINE:COLUMN: message`, on one line, at a place that is there.
void check_diagnostics(const std::vector<Diagnostic>& list, std::string_view policy,
                       std::string_view file) {
  for (const Diagnostic& each : list) {
    require(!each.message.empty(), "a message says something");
    require(std::none_of(each.message.begin(), each.message.end(),
                         [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; }),
            "on one line");
    const std::string place = each.file + ":" + std::to_string(each.mark.line) + ":" +
                              std::to_string(each.mark.column) + ": ";
    require(each.text() == place + each.message, "behind FILE:LINE:COLUMN");
    require(!each.file.empty() && each.mark.line > 0 && each.mark.column > 0, "with all three");
    const std::string_view text = each.file == kPath ? policy : file;
    const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
    require(each.mark.line <= lines + 1, "in the file");
  }
}

/// Hosts that the rules may be about.
std::vector<Host> some_hosts(const LoadResult& loaded) {
  std::vector<Host> hosts{*Host::parse("a.example.org"), *Host::parse("10.1.2.3")};
  for (const RuleSource& rule : loaded.rules) {
    for (const HostItem& item : rule.hosts) {
      if (item.patterns.empty() || hosts.size() >= kHostsMax) continue;
      std::string name = item.patterns.front().text;
      std::replace(name.begin(), name.end(), '*', 'x');
      if (const auto host = Host::parse(name)) hosts.push_back(*host);
    }
  }
  return hosts;
}

void ask_of(const Snapshot& snapshot, const Host& host, std::uint16_t port) {
  Facts facts =
      facts_of_connect(snapshot, *IpAddress::parse("10.20.0.1"), {host, port}, kNow, false);
  begin_address(facts);
  if (host_to_dial(facts).is_literal()) {
    add_address(facts, host_to_dial(facts).address(), false);
  } else {
    for (const char* each : {"203.0.114.1", "10.30.0.1", "127.0.0.1"}) {
      add_address(facts, *IpAddress::parse(each), false);
    }
  }
  const std::string name(host.text());
  for (const bool is_tls : {true, false}) {
    if (is_tls) {
      HelloWords hello;
      if (!host.is_literal()) hello.server_name = name;
      add_hello(facts, hello);
    } else {
      add_first_bytes(facts, FirstBytes::Kind::silence);
    }
    fuzz::ask_every_way(snapshot, facts);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t end = std::min(input.find('\0'), input.size());
  const std::string_view policy = input.substr(0, end);
  std::optional<std::string> file;
  if (end < input.size()) file = input.substr(end + 1);
  const PolicySource source = source_of(file);

  const double begin = seconds_of_this_thread();
  const std::size_t held = fuzz::memory.bytes;
  fuzz::memory.bytes_max = held;
  LoadResult loaded = load_policy_text(policy, std::string(kPath), source, kNow);
  require(loaded.is_ok() == loaded.errors.empty(), "a policy or errors");
  add_checks(loaded);
  require(loaded.is_ok() == loaded.errors.empty(), "checked too");
  require(seconds_of_this_thread() - begin < kSecondsMax, "soon");
  require(fuzz::memory.bytes_max - held < kMemoryMax, "in little memory");

  check_diagnostics(loaded.errors, policy, file.value_or(""));
  check_diagnostics(loaded.warnings, policy, file.value_or(""));
  if (!loaded.is_ok()) return 0;
  require(loaded.policy->snapshot != nullptr, "a policy has a snapshot");
  for (const Host& host : some_hosts(loaded)) {
    ask_of(*loaded.policy->snapshot, host, 443);
    ask_of(*loaded.policy->snapshot, host, 8443);
  }
  return 0;
}
