#include <algorithm>
#include <fstream>
#include <iostream>
#include <memory>
#include <set>
#include <sstream>

#include "metrics/wall_clock.h"
#include "policy/loader/tests_yaml.h"
#include "proxy/commands/command.h"
#include "proxy/commands/explanation_json.h"
#include "proxy/commands/told_request.h"
#include "proxy/policy_file.h"

namespace sallyport {
namespace {

struct TestOptions {
  std::string config;
  std::vector<std::string> files;
  std::string requests;
  bool json = false;
};

struct Count {
  std::size_t passed = 0;
  std::size_t failed = 0;
};

/// The policy, or nothing after its errors were printed.
std::shared_ptr<const Snapshot> load(const std::optional<std::string>& path) {
  PolicyFile file = read_policy(path);
  for (const std::string& error : file.errors) std::cerr << error << '\n';
  return file.policy ? file.policy->snapshot : nullptr;
}

/// How what is found is told: lines for people, or one JSON object a line.
class Report {
 public:
  explicit Report(bool is_json) : is_json_(is_json) {}

  void differs(const std::string& file, const PolicyTest& test, const std::string& what) {
    if (!is_json_) {
      std::cout << file << ':' << test.mark.line << ": " << test.name << ": " << what << '\n';
      return;
    }
    write({{"file", file}, {"line", test.mark.line}, {"test", test.name}, {"failed", what}});
  }
  void is_untested(const std::string& file, std::string_view rule) {
    if (!is_json_) {
      std::cout << file << ": no test reaches rule '" << rule << "'\n";
      return;
    }
    write({{"file", file}, {"untested_rule", rule}});
  }
  void ends(const Count& count) {
    if (!is_json_) {
      std::cout << count.passed << " passed, " << count.failed << " failed\n";
      return;
    }
    write({{"passed", count.passed}, {"failed", count.failed}});
  }

 private:
  static void write(const boost::json::object& line) {
    std::cout << boost::json::serialize(line) << '\n';
  }

  bool is_json_;
};

/// What the request shows of AWS under that key of the record; nothing where it shows none.
std::vector<std::string> shown_of(const ToldOutcome& outcome, const std::string& key) {
  std::vector<std::string> values;
  if (!outcome.facts || !outcome.facts->request || !outcome.facts->request->aws) return values;
  const boost::json::object aws = aws_json(*outcome.facts->request->aws);
  const boost::json::value* found = aws.if_contains(key);
  if (found == nullptr) return values;
  if (found->is_string()) return {std::string(found->get_string())};
  for (const auto& each : found->get_array()) values.emplace_back(each.get_string());
  return values;
}

std::string one_line(std::vector<std::string> values) {
  std::sort(values.begin(), values.end());
  std::string line;
  for (const std::string& each : values) line += (line.empty() ? "" : ", ") + each;
  return line;
}

/// One line for each thing that is not as expected.
std::vector<std::string> differences(const Snapshot& snapshot, const Expected& expect,
                                     const ToldOutcome& outcome) {
  std::vector<std::string> lines;
  const auto compare = [&](std::string_view what, std::string_view wanted, std::string_view got) {
    if (wanted == got) return;
    lines.push_back(std::string(what) + ": expected '" + std::string(wanted) + "', got '" +
                    std::string(got) + "'");
  };
  compare("decision", text(expect.decision), text(outcome.decision));
  if (expect.reason) compare("reason", text(*expect.reason), text(outcome.verdict.reason));
  if (expect.rule) compare("rule", *expect.rule, snapshot.rule_name(outcome.verdict.rule));
  if (expect.after) compare("after", text(*expect.after), text(outcome.verdict.after));
  if (expect.tls) compare("tls", *expect.tls, text(outcome.tls()));
  for (const auto& [key, wanted] : expect.aws) {
    compare("aws." + key, one_line(wanted), one_line(shown_of(outcome, key)));
  }
  return lines;
}

void report_untested(const Snapshot& snapshot, const std::string& file,
                     const std::set<RuleIndex>& tested, Report& report) {
  for (RuleIndex rule = 0; rule < snapshot.rules.size(); ++rule) {
    if (tested.count(rule) > 0) continue;
    report.is_untested(file, snapshot.rule_name(rule));
  }
}

/// False: the file or its policy cannot be used, and that was printed.
bool run_file(const std::string& path, const std::string& config, Report& report, Count& count) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text_of_file;
  text_of_file << stream.rdbuf();
  if (!stream) {
    std::cerr << path << ": cannot be read\n";
    return false;
  }
  Diagnostics diagnostics(path);
  const TestsFile file = read_tests(text_of_file.str(), wall_clock(), diagnostics);
  for (const Diagnostic& each : diagnostics.errors()) std::cerr << each.text() << '\n';
  if (diagnostics.has_errors()) return false;
  const auto snapshot = load(config.empty() ? file.policy : std::optional(config));
  if (!snapshot) return false;

  std::set<RuleIndex> tested;
  for (const PolicyTest& test : file.tests) {
    const ToldOutcome outcome = judge(*snapshot, test.attempt);
    tested.insert(outcome.verdict.rule);
    const auto wrong = differences(*snapshot, test.expect, outcome);
    ++(wrong.empty() ? count.passed : count.failed);
    for (const std::string& line : wrong) report.differs(path, test, line);
  }
  report_untested(*snapshot, path, tested, report);
  return true;
}

int run_requests(const TestOptions& options) {
  const auto snapshot = load(options.config.empty() ? std::nullopt : std::optional(options.config));
  if (!snapshot) return kExitUsage;
  std::ifstream stream(options.requests);
  if (!stream) {
    std::cerr << options.requests << ": cannot be read\n";
    return kExitUsage;
  }
  std::size_t number = 0;
  for (std::string line; std::getline(stream, line);) {
    ++number;
    std::string error;
    const auto request = read_told_request(line, wall_clock(), error);
    if (!request) {
      std::cerr << options.requests << ':' << number << ":1: " << error << '\n';
      return kExitUsage;
    }
    boost::json::object answer = explanation_json(*snapshot, judge(*snapshot, request->attempt));
    answer["id"] = request->id;
    std::cout << boost::json::serialize(answer) << '\n';
  }
  return 0;
}

int run_tests(const TestOptions& options) {
  if (!options.requests.empty() && options.files.empty()) return run_requests(options);
  if (!options.requests.empty() || options.files.empty()) {
    std::cerr << "sallyport: test needs TESTS.yaml files, or --requests FILE.jsonl, and not both\n";
    return kExitUsage;
  }
  Report report(options.json);
  Count count;
  bool are_usable = true;
  for (const std::string& file : options.files) {
    are_usable = run_file(file, options.config, report, count) && are_usable;
  }
  report.ends(count);
  if (!are_usable) return kExitUsage;
  return count.failed == 0 ? 0 : 1;
}

}  // namespace

void add_test(CLI::App& app, int& status) {
  auto options = std::make_shared<TestOptions>();
  CLI::App* command = app.add_subcommand(
      "test", "Policy tests: attempts with the decision, reason and rule that each must get");
  command->add_option("--config", options->config,
                      "Policy file, instead of the one that a tests file names");
  command->add_option("--requests", options->requests, "Decide one request a line (JSON lines)");
  command->add_flag("--json", options->json,
                    "What is found as JSON, one object a line (always so with --requests)");
  command->add_option("TESTS", options->files, "Tests files");
  command->callback([options, &status] { status = run_tests(*options); });
}

}  // namespace sallyport
