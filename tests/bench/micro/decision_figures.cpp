#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/decide.h"
#include "policy/facts_of.h"
#include "policy/loader/policy_yaml.h"
#include "proxy/policy_file.h"
#include "tests/bench/micro/figures.h"
#include "tests/bench/micro/rounds.h"

namespace sallyport::bench {
namespace {

constexpr std::size_t kRounds = 31;
constexpr std::size_t kDecisions = 100'000;
constexpr std::size_t kBatch = 32;

constexpr TimePoint kTime{std::chrono::seconds(1'790'000'000)};
const IpAddress kClient = IpAddress::v4({10, 20, 0, 7});
const IpAddress kOrigin = IpAddress::v4({52, 94, 77, 1});

/// What 20 rules ask beside their hosts; `effect: deny` is written where it is one.
constexpr std::string_view kConditions[] = {
    "clients: [pipeline]",
    "",
    "ports: [443, 8000-8010]",
    "networks: [52.94.0.0/16]",
    "clients: [data-science]",
    "until: 2027-12-24T18:00:00Z",
    "schemes: [https]",
    "effect: deny, networks: [192.168.0.0/16]",
    "effect: deny, ports: [25, 465, 587]",
    "effect: deny, clients: [pipeline]",
    "",
    "ports: [8443]",
    "clients: [data-science, pipeline]",
    "effect: deny, networks: [10.0.0.0/8]",
    "networks: [10.30.0.0/16]",
    "tls: optional",
    "",
    "effect: deny, until: 2026-01-31T18:00:00Z",
    "clients: [data-science], ports: [443]",
    "",
};

/// A policy of those rules. The host that is asked for is named by all of them, or by one.
Snapshot snapshot_of_20(bool all_name_it) {
  std::string text =
      "version: 1\n"
      "clients:\n"
      "  - {name: data-science, networks: [10.20.0.0/16]}\n"
      "  - {name: pipeline, networks: [10.21.0.0/16]}\n"
      "rules:\n";
  std::size_t number = 0;
  for (const std::string_view condition : kConditions) {
    const bool names_it = all_name_it || number == 1;
    const std::string site = names_it ? "example.org" : "s" + std::to_string(number) + ".org";
    text += "  - {name: r" + std::to_string(number++) + ", hosts: [\"*." + site + "\", " + site +
            "]" + (condition.empty() ? "" : ", ") + std::string(condition) + "}\n";
  }
  const PolicySource source{
      .read_file = [](const std::string&, std::string&) { return std::nullopt; },
      .sha256_hex = [](std::string_view) { return std::string(64, '0'); }};
  const LoadResult result = load_policy_text(text, "bench.yaml", source, kTime);
  for (const Diagnostic& each : result.errors) std::fprintf(stderr, "%s\n", each.text().c_str());
  require(result.is_ok(), "the policy of 20 rules loads");
  return *result.policy->snapshot;
}

Authority authority_of(std::string_view host) {
  return {.host = Host::parse_name(host).value(), .port = 443};
}

/// A CONNECT as the gate judges it: head, address, first bytes, each with its decision.
Answer judge_connect(const Snapshot& snapshot, const Authority& target, Facts& facts) {
  facts = facts_of_connect(snapshot, kClient, target, kTime, false);
  Answer answer = decide(snapshot, facts);
  if (answer.kind != Answer::Kind::need) return answer;
  facts.address.emplace().resolved.push_back({kOrigin, false});
  answer = decide(snapshot, facts);
  if (answer.kind != Answer::Kind::need) return answer;
  facts.address->dialled = kOrigin;
  add_hello(facts, {.server_name = target.host.text(), .alpn = "h2,http/1.1", .has_ech = false});
  return decide(snapshot, facts);
}

void print_decisions_of(const char* name, const Snapshot& snapshot) {
  const Authority target = authority_of("data.example.org");
  Facts facts = facts_of_connect(snapshot, kClient, target, kTime, false);
  require(judge_connect(snapshot, target, facts).is_allow(), "the attempt is allowed");
  const double decision =
      median_nanoseconds(kRounds, kDecisions, [&](std::size_t) { use(decide(snapshot, facts)); });
  std::printf("decision_%s\t%.0f\n", name, decision);
  const double connect = median_nanoseconds(
      kRounds, kDecisions / 4, [&](std::size_t) { use(judge_connect(snapshot, target, facts)); });
  std::printf("connect_%s\t%.0f\n", name, connect);
}

std::size_t resident_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stoul(line.substr(6));
  }
  return 0;
}

}  // namespace

void print_decisions() {
  print_decisions_of("20_rules_name_the_host", snapshot_of_20(true));
  print_decisions_of("1_of_20_names_the_host", snapshot_of_20(false));
}

void print_policy_file(const std::string& path, const std::string& hosts_path) {
  std::vector<Authority> targets;
  std::ifstream hosts(hosts_path);
  for (std::string line; std::getline(hosts, line);) targets.push_back(authority_of(line));
  require(!targets.empty(), "there are hosts to ask for");

  const std::size_t before = resident_kib();
  PolicyFile file;
  const double load = nanoseconds_each(1, [&](std::size_t) { file = read_policy(path); });
  for (const std::string& each : file.errors) std::fprintf(stderr, "%s\n", each.c_str());
  require(file.policy.has_value(), "the policy loads");
  std::printf("load_ms\t%.0f\n", load / 1e6);
  std::printf("growth_kib\t%zu\n", resident_kib() - before);

  const Snapshot& snapshot = *file.policy->snapshot;
  std::size_t named = 0;
  const auto judge = [&](std::size_t i) {
    const Facts facts = facts_of_connect(snapshot, kClient, targets[i], kTime, false);
    use(decide(snapshot, facts));
    named += facts.matches.empty() ? 0 : 1;
  };
  nanoseconds_each(targets.size(), judge);
  std::printf("hits_percent\t%.0f\n",
              100.0 * static_cast<double>(named) / static_cast<double>(targets.size()));
  std::vector<double> means;
  for (std::size_t first = 0; first + kBatch <= targets.size(); first += kBatch) {
    means.push_back(nanoseconds_each(kBatch, [&](std::size_t i) { judge(first + i); }));
  }
  std::printf("match_and_decide\t%.0f\n", median(std::move(means)));
}

}  // namespace sallyport::bench
