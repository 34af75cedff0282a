#include "policy/tests_yaml.h"

#include <algorithm>

#include "policy/document_yaml.h"
#include "policy/fields.h"
#include "policy/value_text.h"

namespace sallyport {
namespace {

constexpr std::uint16_t kHttpsPort = 443;

std::optional<IpAddress> parse_address(std::string_view text, std::string& error) {
  auto address = IpAddress::parse(text);
  if (!address) error = quoted(text) + " is no address; write one such as 10.20.0.7 or fd00::7";
  return address;
}

/// The file beside the tests file.
std::string resolve(const std::string& tests_path, const std::string& name) {
  const auto slash = tests_path.rfind('/');
  if (name.starts_with('/') || slash == std::string::npos) return name;
  return tests_path.substr(0, slash + 1) + name;
}

/// Why a head with this target is refused (SEMANTICS.md section 9, Targets).
Reason fault_of(std::string_view target) {
  const bool is_malformed = std::any_of(target.begin(), target.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte >= 0x7f || c == '#' || c == '\\';
  });
  return is_malformed ? Reason::malformed_request : Reason::invalid_host;
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
    const auto client = fields_.parsed("client", parse_address);
    const auto time = fields_.parsed("time", parse_time);
    GivenAttempt given{.client = client.value_or(IpAddress::v4({127, 0, 0, 1})),
                       .target = {Host::of(IpAddress()), 0},
                       .time = time.value_or(now_),
                       .addresses = std::nullopt,
                       .first_bytes = FirstBytes::Kind::tls,
                       .sni = std::nullopt};
    read_addresses(given);
    read_first_bytes(given);
    if (const auto target = read_request(test)) {
      given.target = *target;
      test.given = std::move(given);
    }
    if (const auto expect = fields_.below("expect", Block::test_expect)) {
      read_expected(*expect, test.expect);
    }
    return test;
  }

 private:
  void read_addresses(GivenAttempt& given) {
    const YamlNode* node = fields_.find("address");
    if (node == nullptr) return;
    if (node->is_sequence()) {
      given.addresses = fields_.list("address", parse_address);
    } else if (const auto address = fields_.parsed("address", parse_address)) {
      given.addresses = {*address};
    }
  }

  void read_first_bytes(GivenAttempt& given) {
    using Kind = FirstBytes::Kind;
    const auto word = fields_.one_of("first_bytes", {"tls", "http", "other", "silence"});
    for (const Kind kind : {Kind::tls, Kind::http, Kind::other, Kind::silence}) {
      if (word == text(kind)) given.first_bytes = kind;
    }
    given.sni = fields_.word("sni");
    if (given.sni && given.first_bytes != Kind::tls) {
      diagnostics_.error(fields_.find("sni")->mark,
                         "`sni` has no meaning unless `first_bytes` is tls; take one of them out");
    }
  }

  /// Where the request goes; absent where it is refused, or no request (which is told).
  std::optional<Authority> read_request(PolicyTest& test) {
    const YamlNode* node = fields_.find("request");
    if (node == nullptr) return std::nullopt;
    test.request = node->text;
    const std::string_view request = test.request;
    const auto space = request.find(' ');
    const std::string_view method = request.substr(0, space);
    const bool is_method = !method.empty() && std::all_of(method.begin(), method.end(), [](char c) {
      return (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
    });
    if (space == std::string_view::npos || !is_method) {
      fields_.wants("request");
      return std::nullopt;
    }
    constexpr std::string_view kHttps = "https://";
    const std::string_view target = request.substr(space + 1);
    std::string_view authority = target;
    if (method != "CONNECT") {
      if (target.starts_with("http://")) {
        diagnostics_.error(node->mark, waiting_message("request: METHOD http://...", kRoomHttp));
        return std::nullopt;
      }
      if (!target.starts_with(kHttps)) {
        fields_.wants("request");
        return std::nullopt;
      }
      authority.remove_prefix(kHttps.size());
      authority = authority.substr(0, authority.find_first_of("/?#"));
    }
    const Reason fault = fault_of(target);
    auto parsed = parse_authority(authority, method == "CONNECT" ? 0 : kHttpsPort);
    if (parsed && fault != Reason::malformed_request) return parsed;
    test.refused = fault;
    return std::nullopt;
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
