#include "policy/loader/policy_yaml.h"

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <doctest/doctest.h>

#include "policy/rehearse.h"
#include "policy/tools/check.h"
#include "tests/policy/loader/load_text.h"

namespace sallyport {
namespace {

using namespace sallyport::test;

const std::filesystem::path kFolder =
    std::filesystem::path(SALLYPORT_SOURCE_DIR) / "tests" / "policy";

std::optional<std::string> read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

PolicySource folder_source(std::filesystem::path folder) {
  PolicySource source = source_of({});
  source.read_file = [folder = std::move(folder)](const std::string& path, std::string& error) {
    auto text = read(folder / path);
    if (!text) error = "No such file or directory";
    return text;
  };
  return source;
}

/// What the head of a file says: `# expect: LINE:COLUMN: message`, or with a FILE before it.
std::vector<std::string> expectations(const std::string& text) {
  constexpr std::string_view kHead = "# expect: ";
  std::vector<std::string> expected;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line) && line.starts_with(kHead);) {
    expected.push_back(line.substr(kHead.size()));
  }
  return expected;
}

std::vector<std::string> messages(const LoadResult& result, const std::string& file) {
  std::vector<std::string> lines;
  const auto add = [&](std::string line) {
    if (line.starts_with(file + ":")) line.erase(0, file.size() + 1);
    lines.push_back(std::move(line));
  };
  for (const Diagnostic& error : result.errors) add(error.text());
  for (const Diagnostic& warning : result.warnings) add(warning.warning_text());
  return lines;
}

TEST_CASE("each bad policy gets all its errors, word for word, and no snapshot") {
  const PolicySource source = folder_source(kFolder / "bad");
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder / "bad")) {
    if (entry.path().extension() != ".yaml") continue;
    ++count;
    const std::string name = entry.path().filename().string();
    CAPTURE(name);
    const auto expected = expectations(read(entry.path()).value());
    CHECK_MESSAGE(!expected.empty(), "the file says not what to expect");
    LoadResult result = load_policy(name, source, kNow);
    add_checks(result);
    CHECK_FALSE(result.is_ok());
    CHECK(joined(messages(result, name)) == joined(expected));
  }
  CHECK(count >= 40);
}

TEST_CASE("DESIGN's example, as far as it is built, loads") {
  const LoadResult result = load_policy("design.yaml", folder_source(kFolder / "good"), kNow);
  CHECK(joined(messages(result, "design.yaml")) == "");
  REQUIRE(result.is_ok());
  const Snapshot& snapshot = *result.policy->snapshot;
  CHECK(snapshot.rules.size() == 9);
  CHECK(result.policy->files == std::vector<std::string>{"design.yaml", "ca.pem", "next-ca.pem",
                                                         "ca.key", "partners.txt",
                                                         "/etc/ssl/certs/ca-certificates.crt"});
  CHECK(snapshot.interception->explains_refused);
  CHECK(snapshot.route_of(*Host::parse("b.s3.us-east-1.amazonaws.com")) != nullptr);
  CHECK(result.policy->gate.no_proxy == std::vector<std::string>{"jupyterhub", "mlflow.internal"});
  CHECK(snapshot.contact == "ask #ml-platform, or platform@example.org");
  CHECK(result.rules.size() == snapshot.rules.size());
  CHECK(result.draft == result.policy->snapshot);
}

/// The rule by which a CONNECT from `client` is allowed or blocked; `""`: by none.
std::string rule_for(const Snapshot& snapshot, std::string_view target, bool& allowed) {
  const GivenAttempt given{.client = IpAddress::parse("10.20.0.7").value(),
                           .target = parse_authority(target).value(),
                           .time = kNow,
                           .addresses = std::nullopt,
                           .first_bytes = FirstBytes::Kind::tls,
                           .sni = std::nullopt};
  const Rehearsal rehearsal = rehearse(snapshot, given);
  allowed = rehearsal.answer.is_allow();
  return std::string(snapshot.rule_name(rehearsal.answer.verdict.rule));
}

TEST_CASE("what DESIGN's example says is what is decided") {
  const LoadResult result = load_policy("design.yaml", folder_source(kFolder / "good"), kNow);
  REQUIRE(result.is_ok());
  struct Row {
    std::string_view target;
    bool is_allowed;
    std::string_view rule;
  };
  const Row rows[] = {
      {"aws.amazon.com:443", true, "console"},
      {"us-east-1.console.aws.amazon.com:443", true, "console"},
      {"acme-data.signin.aws.amazon.com:443", true, "console"},
      {"stranger.signin.aws.amazon.com:443", false, "console"},
      {"d-abcdefghijkl.studio.us-east-1.sagemaker.aws:443", true, "studio"},
      {"d-zzzzzzzzzzzz.studio.us-east-1.sagemaker.aws:443", false, ""},
      {"d-abcdefghijkl.studio.us-west-2.sagemaker.aws:443", false, ""},
      // Not yet: their requests are read.
      {"api.sagemaker.eu-central-1.amazonaws.com:443", false, ""},
      {"packages.example.org:443", false, ""},
      {"stranger.s3.us-east-1.amazonaws.com:443", false, "own-buckets"},
      {"packages.example.org:8005", false, "packages"},
      {"a.partner.example.net:443", true, "partners"},
      {"a.partner.example.net:8005", true, "partners"},
      {"a.partner.example.net:8011", false, "partners"},
      {"old.example.net:443", false, ""},
      {"bucket.s3-website-us-east-1.amazonaws.com:80", false, "never"},
      {"example.com:443", false, ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.target);
    bool is_allowed = !row.is_allowed;
    CHECK(rule_for(*result.policy->snapshot, row.target, is_allowed) == row.rule);
    CHECK(is_allowed == row.is_allowed);
  }
}

TEST_CASE("the built-in policy loads, and opens what DESIGN says it opens") {
  const LoadResult result =
      load_policy_text(builtin_policy_text(), std::string(kBuiltinPolicyName), source_of({}), kNow);
  CHECK(errors_of(result).empty());
  CHECK(result.warnings.empty());
  REQUIRE(result.is_ok());
  const LoadedPolicy& policy = *result.policy;
  REQUIRE(policy.gate.listeners.size() == 1);
  CHECK(policy.gate.listeners[0].address == IpAddress::v4({127, 0, 0, 1}));
  CHECK(policy.gate.listeners[0].port == 3128);
  CHECK(policy.gate.metrics == MetricsSettings{});
  CHECK(policy.gate.audit == AuditSettings{});
  bool allowed = false;
  CHECK(rule_for(*policy.snapshot, "signin.aws.amazon.com:443", allowed) == "console");
  CHECK(allowed);
  CHECK(rule_for(*policy.snapshot, "d-abcdefghijkl.studio.us-east-1.sagemaker.aws:443", allowed) ==
        "sagemaker");
  CHECK(allowed);
  CHECK(rule_for(*policy.snapshot, "s3.us-east-1.amazonaws.com:443", allowed).empty());
  CHECK_FALSE(allowed);
}

TEST_CASE("errors of every part are told in one pass, in the order of the file") {
  const LoadResult result = load_text(
      "version: 2\n"
      "organization: {accounts: [111122223333]}\n"
      "clients: [{name: Lab, networks: [10.0.0.1/8]}]\n"
      "host_sets: {s3: {hosts: [.a]}}\n"
      "rules: [{name: docs, host: [a.example.org]}]\n"
      "audit: {path: stdout, required: maybe}\n"
      "limits: {connections: none}\n"
      "timeouts: {idle: 1}\n");
  std::set<std::uint32_t> lines;
  Mark last{0, 0};
  for (const Diagnostic& error : result.errors) {
    CHECK(last < error.mark);
    last = error.mark;
    lines.insert(error.mark.line);
  }
  CHECK(lines == std::set<std::uint32_t>{1, 2, 3, 4, 5, 6, 7, 8});
}

TEST_CASE("a file that cannot be read is one error, in the system's words") {
  const LoadResult result = load_policy("gone.yaml", source_of({}), kNow);
  CHECK(errors_of(result) ==
        std::vector<std::string>{"gone.yaml:1:1: cannot be read: No such file or directory"});
  CHECK_FALSE(result.is_ok());
}

TEST_CASE("a policy of more than 8 MiB is refused unread") {
  const LoadResult result = load_text(with_a_rule("# " + std::string(8 * 1024 * 1024, 'x')));
  CHECK(errors_of(result) ==
        std::vector<std::string>{
            "p.yaml:1:1: the file has more than 8 MiB; a longer one is not read"});
}

TEST_CASE("the hash is the same for the same bytes, and another for any other byte of any file") {
  const std::string text = with_a_rule("host_sets: {partners: {file: partners.txt}}\n");
  const auto hash = [&](const std::string& policy, const std::string& partners) {
    const LoadResult result = load_text(policy, {{"partners.txt", partners}});
    REQUIRE(result.is_ok());
    return result.policy->snapshot->hash;
  };
  const std::string first = hash(text, "a.example.net\n");
  CHECK(hash(text, "a.example.net\n") == first);
  CHECK(hash(text, "a.example.net\n\n") != first);
  CHECK(hash(text + "# \n", "a.example.net\n") != first);
  // What one file loses at its end and the next one wins is another policy.
  CHECK(hash(text + "#", "a.example.net\n") != hash(text, "#\na.example.net\n"));
}

TEST_CASE("two loads are two snapshots") {
  const LoadResult a = load_text(with_a_rule(""));
  const LoadResult b = load_text(with_a_rule(""));
  REQUIRE(a.is_ok());
  REQUIRE(b.is_ok());
  CHECK(a.policy->snapshot->number != b.policy->snapshot->number);
}

TEST_CASE("with errors there is a draft for further checks, and rules say whether they are whole") {
  const LoadResult result =
      load_text(with_rules("  - {name: a, hosts: [a.example.org]}\n"
                           "  - {name: b, hosts: [.b]}\n"));
  CHECK_FALSE(result.is_ok());
  REQUIRE(result.draft);
  CHECK(result.draft->rules.size() == 2);
  REQUIRE(result.rules.size() == 2);
  CHECK(result.rules[0].is_whole);
  CHECK_FALSE(result.rules[1].is_whole);
  CHECK(result.rules[0].mark == Mark{3, 12});
  CHECK(result.rules[0].mark_of("hosts") == Mark{3, 15});
  CHECK(result.rules[0].mark_of("ports") == Mark{3, 12});
}

TEST_CASE("a policy with warnings loads, and they are told as whole lines") {
  const LoadResult result =
      load_text(with_rules("  - {name: a, hosts: [a.example.org], until: 2026-01-01T00:00:00Z}\n"));
  REQUIRE(result.is_ok());
  REQUIRE(result.warnings.size() == 1);
  CHECK(result.warnings[0].warning_text() ==
        "p.yaml:3:46: warning: the rule has ended; it allows nothing any more");
}

}  // namespace
}  // namespace sallyport
