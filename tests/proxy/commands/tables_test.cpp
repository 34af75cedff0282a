// The decision tables of tests/data, judged by the same code as `sallyport test` and the running
// gate; the end-to-end tests send the same rows.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "policy/loader/tests_yaml.h"
#include "proxy/commands/told_attempt.h"
#include "proxy/policy_file.h"
#include "tests/policy/loader/load_text.h"

namespace sallyport {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTestsEnding = ".tests.yaml";
constexpr std::string_view kPolicyEnding = ".policy.yaml";

/// A tests file and the policy that it names.
struct Table {
  fs::path path;
  TestsFile file;
  PolicyFile policy;
};

std::vector<fs::path> files_ending(std::string_view ending) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(fs::path(SALLYPORT_SOURCE_DIR) / "tests/data")) {
    if (entry.path().string().ends_with(ending)) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::string joined(const std::vector<std::string>& lines) { return test::joined(lines); }

std::vector<Table> read_tables() {
  std::vector<Table> tables;
  for (const fs::path& path : files_ending(kTestsEnding)) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    Diagnostics diagnostics(path.string());
    Table& table = tables.emplace_back();
    table.path = path;
    table.file = read_tests(text.str(), test::kNow, diagnostics);
    std::vector<std::string> errors;
    for (const Diagnostic& each : diagnostics.errors()) errors.push_back(each.text());
    REQUIRE(joined(errors) == "");
    REQUIRE(table.file.policy);
    table.policy = read_policy(*table.file.policy);
    REQUIRE(joined(table.policy.errors) == "");
  }
  return tables;
}

const std::vector<Table>& tables() {
  static const std::vector<Table> all = read_tables();
  return all;
}

/// `decision reason 'rule' after tls` with only what the row says.
std::string told_of(const Expected& expect) {
  std::string words(text(expect.decision));
  if (expect.reason) words += " " + std::string(text(*expect.reason));
  if (expect.rule) words += " '" + *expect.rule + "'";
  if (expect.after) words += " after " + std::string(text(*expect.after));
  if (expect.tls) words += " tls " + *expect.tls;
  return words;
}

/// The same of an outcome, with what `expect` says.
std::string told_of(const Snapshot& snapshot, const ToldOutcome& outcome, const Expected& expect) {
  Expected got{.decision = outcome.decision};
  if (expect.reason) got.reason = outcome.verdict.reason;
  if (expect.rule) got.rule = snapshot.rule_name(outcome.verdict.rule);
  if (expect.after) got.after = outcome.verdict.after;
  if (expect.tls) got.tls = text(outcome.tls());
  return told_of(got);
}

/// The reason needs a request that is read over https, an answer, or a gate that runs.
bool needs_more(Reason reason) {
  switch (reason) {
    case Reason::content_type_not_allowed:
    case Reason::multiple_credentials:
    case Reason::credential_scope_mismatch:
    case Reason::session_token_mismatch:
    case Reason::proxy_loop:
      return true;
    default:
      return false;
  }
}

TEST_CASE("every row of the decision tables is decided as it says") {
  for (const Table& table : tables()) {
    const Snapshot& snapshot = *table.policy.policy->snapshot;
    for (const PolicyTest& row : table.file.tests) {
      CAPTURE(table.path.filename().string());
      CAPTURE(row.name);
      CAPTURE(row.attempt.url);
      const ToldOutcome outcome = judge(snapshot, row.attempt);
      CHECK(told_of(snapshot, outcome, row.expect) == told_of(row.expect));
    }
  }
}

TEST_CASE("the tables hold enough rows, and each says decision, reason and rule") {
  std::size_t rows = 0;
  for (const Table& table : tables()) {
    CAPTURE(table.path.filename().string());
    CHECK(!table.file.tests.empty());
    rows += table.file.tests.size();
    for (const PolicyTest& row : table.file.tests) {
      CAPTURE(row.name);
      CHECK(row.expect.reason.has_value());
      CHECK(row.expect.rule.has_value());
    }
  }
  CHECK(rows >= 150);
}

TEST_CASE("every rule of a table's policy is told by some row") {
  for (const Table& table : tables()) {
    std::set<std::string> told_rules;
    for (const PolicyTest& row : table.file.tests) {
      if (row.expect.rule) told_rules.insert(*row.expect.rule);
    }
    for (const Rule& rule : table.policy.policy->snapshot->rules) {
      CAPTURE(table.path.filename().string());
      CAPTURE(rule.name);
      CHECK(told_rules.count(rule.name) == 1);
    }
  }
}

TEST_CASE("every reason that a rule, a contradiction or the guard can give here is in some row") {
  std::set<Reason> told_reasons;
  for (const Table& table : tables()) {
    for (const PolicyTest& row : table.file.tests) {
      if (row.expect.reason) told_reasons.insert(*row.expect.reason);
    }
  }
  for (std::size_t i = 0; i < kReasonCount; ++i) {
    const auto reason = static_cast<Reason>(i);
    const ReasonClass kind = info(reason).reason_class;
    const bool is_of_tables = kind == ReasonClass::allowed || kind == ReasonClass::policy ||
                              kind == ReasonClass::contradiction ||
                              kind == ReasonClass::destination;
    if (!is_of_tables || needs_more(reason)) continue;
    CAPTURE(text(reason));
    CHECK(told_reasons.count(reason) == 1);
  }
}

TEST_CASE("every policy of the tables has its tests, and every tests file its own policy") {
  std::set<std::string> named;
  for (const Table& table : tables()) {
    named.insert(fs::path(*table.file.policy).filename().string());
    const std::string name = table.path.filename().string();
    const std::string subject = name.substr(0, name.size() - kTestsEnding.size());
    CHECK(fs::path(*table.file.policy).filename().string() == subject + std::string(kPolicyEnding));
  }
  for (const fs::path& path : files_ending(kPolicyEnding)) {
    CAPTURE(path.filename().string());
    CHECK(named.count(path.filename().string()) == 1);
  }
  // tests/run.sh and the end-to-end tests take a file for a table by what it holds.
  for (const fs::path& path : files_ending(".yaml")) {
    CAPTURE(path.filename().string());
    CHECK((path.string().ends_with(kTestsEnding) || path.string().ends_with(kPolicyEnding)));
  }
}

}  // namespace
}  // namespace sallyport
