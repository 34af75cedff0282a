// Which rules need to read requests over https, and on whose hosts: an enforcing allow rule that
// asks for more than a CONNECT shows, on its own hosts, and an enforcing deny rule that does, where
// an allow rule lets https through for the same host, port and client (SEMANTICS.md section 3).
// Where that would take too long to tell, they do. Pure; at load alone.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "policy/tools/rule_overlap.h"

namespace sallyport {

/// It asks for more of an attempt over https than a CONNECT shows.
bool asks_over_https(const Rule& rule);

/// The first key of the rule that asks for the request, as it is written.
std::string_view request_key(const RuleSource& source);

class HttpsReaders {
 public:
  /// All must outlive this. `now` decides which rules have ended.
  HttpsReaders(const Snapshot& snapshot, std::span<const RuleSource> rules, TimePoint now);

  /// The rules that count, in file order.
  const std::vector<LiveRule>& rules() const { return rules_; }

  /// Those that need to read where they meet https: enforcing, with conditions on the request.
  const std::vector<LiveRule>& readers() const { return readers_; }

  /// The first item of the other rule whose hosts the reader would read; null if none.
  const HostItem* first_read(const LiveRule& reader, const LiveRule& other);

  /// The first reader by which hosts of this pattern of an enforcing allow rule are read: itself or
  /// a deny; null if none.
  const LiveRule* reader_of(const LiveRule& allow, const HostPattern& pattern);

 private:
  /// They share scheme, port and client.
  static bool meet(const LiveRule& reader, const LiveRule& other);
  /// The reader would have requests read for some client and port of the other rule, on hosts of
  /// this pattern of it. The other rule may be the reader itself.
  bool reads(const LiveRule& reader, const LiveRule& other, const HostPattern& pattern);
  bool names(const LiveRule& reader, const LiveRule& other, const HostPattern& pattern);

  const Snapshot& snapshot_;
  std::vector<LiveRule> rules_;
  std::vector<LiveRule> readers_;
  Effort effort_;
};

}  // namespace sallyport
