// An attempt as people tell it to `explain` and `test`, and what would become of it: the same head
// reader, facts and decide() as the running gate, without a socket.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/rehearse.h"
#include "policy/snapshot.h"
#include "policy/tests_yaml.h"
#include "policy/values/decision.h"
#include "policy/values/facts.h"

namespace sallyport {

/// METHOD URL and what is said beside it. `CONNECT` takes `host:port`; another method with an https
/// URL is a CONNECT to its host and port.
struct ToldAttempt {
  std::string method;
  std::string url;
  IpAddress client = IpAddress::v4({127, 0, 0, 1});
  TimePoint time;
  std::optional<std::vector<IpAddress>> addresses;
  FirstBytes::Kind first_bytes = FirstBytes::Kind::tls;
  std::optional<std::string> sni;
};

struct ToldOutcome {
  Decision decision = Decision::block;
  Verdict verdict;
  /// The request must be read to tell; then `verdict` says `allowed` by no rule.
  bool needs_request = false;
  /// Absent where the head was refused already.
  std::optional<Facts> facts;
  /// Why the head was refused, in words.
  std::string_view head_error;

  /// `none`, `passthrough` or `intercepted`.
  std::string_view tls() const;
};

/// The attempt of a tests file.
ToldAttempt told(const PolicyTest& test);

ToldOutcome judge(const Snapshot& snapshot, const ToldAttempt& attempt);

}  // namespace sallyport
