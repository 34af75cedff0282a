#include "policy/explain.h"

#include <fstream>
#include <iomanip>
#include <iostream>
#include <memory>
#include <sstream>

#include <boost/json.hpp>

#include "metrics/wall_clock.h"
#include "policy/loader/value_text.h"
#include "proxy/commands/command.h"
#include "proxy/commands/explanation_json.h"
#include "proxy/commands/told_request.h"
#include "proxy/policy_file.h"

namespace sallyport {
namespace {

struct ExplainOptions {
  std::string config;
  std::string client = "127.0.0.1";
  std::vector<std::string> addresses;
  std::optional<std::string> sni;
  std::string first_bytes = "tls";
  std::string time;
  bool json = false;
  std::string method;
  std::string url;
  std::vector<std::string> field_lines;
  std::string data;
};

struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

IpAddress address_of(const std::string& text) {
  const auto address = IpAddress::parse(text);
  if (!address) throw UsageError("'" + text + "' is no IP address");
  return *address;
}

/// The body that `--data @FILE` names, or that stands there itself.
std::string body_of(const std::string& data) {
  if (!data.starts_with('@')) return data;
  std::ifstream stream(data.substr(1), std::ios::binary);
  std::ostringstream body;
  body << stream.rdbuf();
  if (!stream) throw UsageError("--data: '" + data.substr(1) + "' cannot be read");
  return body.str();
}

ToldAttempt attempt_of(const ExplainOptions& options) {
  ToldAttempt attempt{.method = options.method, .url = options.url};
  attempt.client = address_of(options.client);
  if (!options.addresses.empty()) {
    auto& addresses = attempt.addresses.emplace();
    for (const std::string& each : options.addresses) addresses.push_back(address_of(each));
  }
  attempt.sni = options.sni;
  attempt.time = wall_clock();
  if (!options.time.empty()) {
    std::string error;
    const auto time = parse_time(options.time, error);
    if (!time) throw UsageError("--time: " + error);
    attempt.time = *time;
  }
  attempt.first_bytes = *first_bytes_of(options.first_bytes);
  for (const std::string& line : options.field_lines) {
    if (line.find(':') == std::string::npos) {
      throw UsageError("-H: '" + line + "' is no field; write 'Name: value'");
    }
    attempt.field_lines.push_back(line);
  }
  if (!options.data.empty()) attempt.body = body_of(options.data);
  return attempt;
}

std::string words_of(const Considered& considered) {
  switch (considered.outcome) {
    case Considered::Outcome::matched:
      return "matched";
    case Considered::Outcome::failed:
      return "failed on " + std::string(text(considered.condition)) + " (" +
             std::string(text(considered.reason)) + ")";
    case Considered::Outcome::waits_for:
      return "waits for " + std::string(text(considered.fact));
  }
  return {};
}

void print(const Snapshot& snapshot, const ToldOutcome& outcome) {
  std::cout << text(outcome.decision) << ": " << text(outcome.verdict.reason);
  if (outcome.verdict.rule != kNoRule) {
    std::cout << ", rule " << snapshot.rule_name(outcome.verdict.rule);
  }
  std::cout << ", after " << text(outcome.verdict.after) << '\n';
  if (outcome.needs_request) std::cout << "  the request must be read to tell\n";
  if (outcome.tls() == TlsUse::intercepted) std::cout << "  TLS is intercepted\n";
  if (!outcome.facts) {
    std::cout << "  " << outcome.head_error << '\n';
    return;
  }
  if (const auto& target = outcome.facts->route_target) {
    std::cout << "  a route leads to " << target->text() << '\n';
  }
  if (outcome.facts->address && outcome.facts->address->is_assumed) {
    std::cout << "  " << kAssumed << '\n';
  }
  const std::string_view key = unfilled_key(snapshot, outcome.facts->host);
  if (outcome.verdict.reason == Reason::host_not_allowed && !key.empty()) {
    std::cout << "  a built-in set would match this host if organization." << key << " named it\n";
  }
  for (const Considered& each : explain(snapshot, *outcome.facts)) {
    std::cout << "  " << std::left << std::setw(24) << snapshot.rule_name(each.rule) << ' '
              << words_of(each) << '\n';
  }
}

int run_explain(const ExplainOptions& options) {
  const PolicyFile file =
      read_policy(options.config.empty() ? std::nullopt : std::optional(options.config));
  for (const std::string& error : file.errors) std::cerr << error << '\n';
  if (!file.policy) return kExitUsage;
  const Snapshot& snapshot = *file.policy->snapshot;
  ToldOutcome outcome;
  try {
    outcome = judge(snapshot, attempt_of(options));
  } catch (const UsageError& error) {
    std::cerr << "sallyport: " << error.what() << '\n';
    return kExitUsage;
  }
  if (options.json) {
    std::cout << boost::json::serialize(explanation_json(snapshot, outcome)) << '\n';
  } else {
    print(snapshot, outcome);
  }
  return outcome.decision == Decision::block ? 1 : 0;
}

}  // namespace

void add_explain(CLI::App& app, int& status) {
  auto options = std::make_shared<ExplainOptions>();
  CLI::App* command = app.add_subcommand(
      "explain", "What would happen to an attempt, by which rule, and why no other allowed it");
  command->add_option("--config", options->config, "Policy file; without it the built-in policy");
  command->add_option("--client", options->client, "Client's address")->capture_default_str();
  command
      ->add_option("--address", options->addresses,
                   "What the host resolves to; may be given several times")
      ->allow_extra_args(false);
  command->add_option("--sni", options->sni, "Name in the ClientHello ('': none)");
  command->add_option("--first-bytes", options->first_bytes, "What the tunnel begins with")
      ->check(CLI::IsMember({"tls", "http", "other", "silence"}))
      ->capture_default_str();
  command->add_option("--time", options->time, "When, as 2026-12-24T18:00:00Z; without it now");
  command->add_flag("--json", options->json, "One JSON object");
  command->add_option("-H", options->field_lines, "A field of the request, as 'Name: value'")
      ->allow_extra_args(false);
  command->add_option("--data", options->data, "The request's body: @FILE, or the text itself");
  command->add_option("METHOD", options->method, "CONNECT, or another method")->required();
  command
      ->add_option("URL", options->url, "host:port of a CONNECT, else an https URL or an http one")
      ->required();
  command->callback([options, &status] { status = run_explain(*options); });
}

}  // namespace sallyport
