#include "policy/loader/tests_yaml.h"

#include <algorithm>

#include "policy/loader/document_yaml.h"
#include "policy/loader/fields.h"
#include "policy/loader/value_text.h"
#include "policy/quoted.h"

namespace sallyport {
namespace {

std::optional<IpAddress> parse_address(std::string_view text, std::string& error) {
  auto address = IpAddress::parse(text);
  if (!address) error = quoted(text) + " is no address; write one such as 10.20.0.7 or fd00::7";
  return address;
}

/// What a head's reader will look at; here only that it has a name.
std::optional<std::string> parse_field_line(std::string_view text, std::string& error) {
  if (text.find(':') != std::string_view::npos) return std::string(text);
  error = quoted(text) + " is no field; write its name and value, as \"Accept: */*\"";
  return std::nullopt;
}

/// The file beside the tests file.
std::string resolve(const std::string& tests_path, const std::string& name) {
  const auto slash = tests_path.rfind('/');
  if (name.starts_with('/') || slash == std::string::npos) return name;
  return tests_path.substr(0, slash + 1) + name;
}

/// Reads one test.
class TestReader {
 public:
  TestReader(const YamlNode& node, TimePoint now, Diagnostics& diagnostics)
      : fields_(node, Block::test, diagnostics), now_(now), diagnostics_(diagnostics) {}

  PolicyTest read() {
    PolicyTest test;
    test.name = fields_.word("name").value_or("");
    test.mark = fields_.node().mark;
    ToldAttempt& attempt = test.attempt;
    if (const auto client = fields_.parsed("client", parse_address)) attempt.client = *client;
    attempt.time = fields_.parsed("time", parse_time).value_or(now_);
    read_addresses(attempt);
    read_first_bytes(attempt);
    read_request(attempt);
    attempt.field_lines = fields_.list("headers", parse_field_line);
    attempt.body = fields_.word("body");
    if (const auto expect = fields_.below("expect", Block::test_expect)) {
      read_expected(*expect, test.expect);
    }
    return test;
  }

 private:
  void read_addresses(ToldAttempt& attempt) {
    const YamlNode* node = fields_.find("address");
    if (node == nullptr) return;
    if (node->is_sequence()) {
      attempt.addresses = fields_.list("address", parse_address);
    } else if (const auto address = fields_.parsed("address", parse_address)) {
      attempt.addresses = {*address};
    }
  }

  void read_first_bytes(ToldAttempt& attempt) {
    using Kind = FirstBytes::Kind;
    const auto word = fields_.one_of("first_bytes", {"tls", "http", "other", "silence"});
    for (const Kind kind : {Kind::tls, Kind::http, Kind::other, Kind::silence}) {
      if (word == text(kind)) attempt.first_bytes = kind;
    }
    attempt.sni = fields_.word("sni");
    if (attempt.sni && attempt.first_bytes != Kind::tls) {
      diagnostics_.error(fields_.find("sni")->mark,
                         "`sni` has no meaning unless `first_bytes` is tls; take one of them out");
    }
  }

  void read_request(ToldAttempt& attempt) {
    const YamlNode* node = fields_.find("request");
    if (node == nullptr) return;
    const std::string_view request = node->text;
    const auto space = request.find(' ');
    attempt.method = request.substr(0, space);
    const auto is_upper = [](char c) { return (c >= 'A' && c <= 'Z') || c == '-' || c == '_'; };
    const bool is_method = !attempt.method.empty() &&
                           std::all_of(attempt.method.begin(), attempt.method.end(), is_upper);
    if (space == std::string_view::npos || !is_method) return fields_.wants("request");
    attempt.url = request.substr(space + 1);
    const bool is_target = attempt.method == "CONNECT" || attempt.url.starts_with("https://") ||
                           attempt.url.starts_with("http://");
    if (!is_target) fields_.wants("request");
  }

  static void read_expected(const Fields& fields, Expected& expect) {
    const auto decision = fields.one_of("decision", {"allow", "block", "would_block"});
    for (const Decision each : {Decision::allow, Decision::block, Decision::would_block}) {
      if (decision == text(each)) expect.decision = each;
    }
    expect.reason = fields.parsed("reason", [](std::string_view word, std::string& error) {
      auto reason = reason_of(word);
      if (!reason) error = quoted(word) + " is no reason; write one such as host_not_allowed";
      return reason;
    });
    expect.rule = fields.word("rule");
    const auto after =
        fields.one_of("after", {"connect", "address", "first_bytes", "request", "body"});
    for (const Stage each :
         {Stage::connect, Stage::address, Stage::first_bytes, Stage::request, Stage::body}) {
      if (after == text(each)) expect.after = each;
    }
    expect.tls = fields.one_of("tls", {"none", "passthrough", "intercepted"});
    if (const auto aws = fields.below("aws", Block::test_expect_aws)) {
      for (const std::string_view key : key_names(Block::test_expect_aws)) {
        const YamlNode* node = aws->find(key);
        if (node == nullptr) continue;
        auto& [name, values] = expect.aws.emplace_back(key, std::vector<std::string>());
        if (node->is_scalar()) values.push_back(node->text);
        for (const YamlNode& item : node->items) values.push_back(item.text);
      }
    }
  }

  Fields fields_;
  TimePoint now_;
  Diagnostics& diagnostics_;
};

}  // namespace

TestsFile read_tests(std::string_view text, TimePoint now, Diagnostics& diagnostics) {
  TestsFile file;
  const auto root = read_yaml(text, "tests:", diagnostics);
  if (!root) return file;
  const Fields top(*root, Block::test_file, diagnostics);
  if (const auto policy = top.word("policy")) file.policy = resolve(diagnostics.file(), *policy);
  const YamlNode* tests = top.find("tests");
  if (tests == nullptr) return file;
  for (const YamlNode& item : tests->items) {
    PolicyTest test = TestReader(item, now, diagnostics).read();
    const bool is_taken = !test.name.empty() && std::any_of(file.tests.begin(), file.tests.end(),
                                                            [&](const PolicyTest& other) {
                                                              return other.name == test.name;
                                                            });
    if (is_taken) {
      diagnostics.error(
          item.mark, "another test is named " + quoted(test.name) + " already; names must differ");
    }
    file.tests.push_back(std::move(test));
  }
  return file;
}

}  // namespace sallyport
