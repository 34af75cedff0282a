// The reader of tests files (DESIGN.md, Command line): attempts, and what a policy must say of
// them. Strict like the loader of policies, and pure. Called by `sallyport test` and by the unit
// tests.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/loader/diagnostics.h"
#include "policy/values/decision.h"
#include "policy/values/facts.h"
#include "policy/values/reason.h"

namespace sallyport {

/// What an attempt must get; what is absent is not compared.
struct Expected {
  Decision decision = Decision::block;
  std::optional<Reason> reason;
  std::optional<std::string> rule;  ///< `""`: no rule
  std::optional<Stage> after;
  std::optional<std::string> tls;  ///< `none`, `passthrough` or `intercepted`
  /// By their keys in the audit record; a list in any order.
  std::vector<std::pair<std::string, std::vector<std::string>>> aws;
};

/// An attempt as people tell it: METHOD URL and what is said beside it. `CONNECT` takes
/// `host:port`; another method with an https URL is a CONNECT to its host and port, with an http
/// URL a request in absolute-form. Who judges it reads the URL.
struct ToldAttempt {
  std::string method;
  std::string url;
  IpAddress client = IpAddress::v4({127, 0, 0, 1});
  TimePoint time;
  std::optional<std::vector<IpAddress>> addresses;
  FirstBytes::Kind first_bytes = FirstBytes::Kind::tls;
  /// The name in the hello; absent: the host's, `""`: none.
  std::optional<std::string> sni;
  /// `Name: value`, in order. Without `Host` it is the URL's.
  std::vector<std::string> field_lines;
  /// Transfer-decoded.
  std::optional<std::string> body;
};

struct PolicyTest {
  std::string name;
  Mark mark;  ///< where it begins
  ToldAttempt attempt;
  Expected expect;
};

struct TestsFile {
  std::optional<std::string> policy;  ///< its path; relative ones begin at the tests file's folder
  std::vector<PolicyTest> tests;
};

/// Reads the text of the tests file at `path`, the file of `diagnostics`; with errors the result is
/// for nobody. `now` is the time of tests that say none.
TestsFile read_tests(std::string_view text, TimePoint now, Diagnostics& diagnostics);

}  // namespace sallyport
