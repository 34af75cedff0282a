#include "metrics/blocked_counts.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

using namespace std::chrono_literals;
using Event = AuditEntry::Event;

const TimePoint kNoon{1798113600s};

AuditEntry entry_of(Event event, Decision decision, std::string_view host,
                    std::chrono::milliseconds after = {}) {
  AuditEntry entry;
  entry.event = event;
  entry.decision = decision;
  entry.time = kNoon + after;
  entry.client = "10.20.0.7";
  entry.client_name = "data-science";
  entry.reason = decision == Decision::allow ? "allowed" : "host_not_allowed";
  entry.host = host;
  return entry;
}

/// Each row as `name block would_block`, and of a host `follows count`s.
std::vector<std::string> rows_of(const BlockedCounts& counts, BlockedBy what,
                                 std::size_t rows = 20) {
  std::vector<std::string> texts;
  for (const auto& row : counts.most(what, rows)) {
    std::string& text = texts.emplace_back(row.name);
    if (!row.client_name.empty()) text += " (" + std::string(row.client_name) + ")";
    text += " " + std::to_string(row.count.block) + " " + std::to_string(row.count.would_block);
    for (const auto& [host, count] : row.follows) {
      text += ", " + std::string(host) + " " + std::to_string(count);
    }
  }
  return texts;
}

using Rows = std::vector<std::string>;

TEST_CASE("blocks are counted by host, client, reason and rule, those of monitor mode apart") {
  BlockedCounts counts;
  for (const Event event : {Event::connect, Event::request, Event::dns}) {
    AuditEntry entry = entry_of(event, Decision::block, "evil.example", 1s);
    counts.take(entry);
    entry.decision = Decision::would_block;
    entry.rule = "watch";
    entry.host = "odd.example";
    entry.time = kNoon + 3s;
    counts.take(entry);
    counts.take(entry);
    counts.take(entry_of(event, Decision::allow, "docs.example", 20s));
  }
  AuditEntry other = entry_of(Event::connect, Decision::block, "");
  other.client = "10.20.0.8";
  other.client_name = "";
  other.reason = "invalid_host";
  counts.take(other);
  CHECK(counts.allowed() == 3);
  CHECK(counts.blocked() == BlockedCount{.block = 4, .would_block = 6});
  CHECK(counts.from() == kNoon);
  CHECK(counts.to() == kNoon + 20s);
  CHECK(rows_of(counts, BlockedBy::host) == Rows{"odd.example 0 6", "evil.example 3 0", " 1 0"});
  CHECK(rows_of(counts, BlockedBy::client) ==
        Rows{"10.20.0.7 (data-science) 3 6", "10.20.0.8 1 0"});
  CHECK(rows_of(counts, BlockedBy::reason) == Rows{"host_not_allowed 3 6", "invalid_host 1 0"});
  CHECK(rows_of(counts, BlockedBy::rule) == Rows{"watch 0 6", " 4 0"});
  CHECK(rows_of(counts, BlockedBy::rule, 1) == Rows{"watch 0 6"});
  for (const BlockedBy what : kBlockedBy) CHECK(counts.missed_max(what) == 0);
  CHECK(counts.size(BlockedBy::host) == 3);
}

// One tunnel is one attempt: its `connect` told the verdict, and its `close` tells another only
// where something was decided within.
TEST_CASE("the end of a tunnel counts where a verdict fell within it, and is no second attempt") {
  const struct {
    Decision opened;
    Decision closed;
    const char* why;
    BlockedCount counted;
  } rows[] = {
      {Decision::allow, Decision::allow, "allowed", {0, 0}},
      {Decision::allow, Decision::allow, "idle_timeout", {0, 0}},
      {Decision::allow, Decision::allow, "tunnel_revoked", {0, 0}},
      {Decision::allow, Decision::block, "sni_mismatch", {1, 0}},
      {Decision::allow, Decision::block, "client_hello_timeout", {1, 0}},
      {Decision::allow, Decision::would_block, "not_tls", {0, 1}},
      {Decision::would_block, Decision::would_block, "allowed", {0, 1}},
      {Decision::would_block, Decision::would_block, "client_gone", {0, 1}},
      {Decision::would_block, Decision::would_block, "tunnel_revoked", {0, 1}},
      {Decision::would_block, Decision::would_block, "of_a_later_version", {0, 1}},
      {Decision::would_block, Decision::block, "malformed_client_hello", {1, 1}},
  };
  for (const auto& row : rows) {
    BlockedCounts counts;
    counts.take(entry_of(Event::connect, row.opened, "a.example"));
    AuditEntry close = entry_of(Event::close, row.closed, "a.example", 9s);
    close.reason = row.why;
    counts.take(close);
    CAPTURE(text(row.opened));
    CAPTURE(row.why);
    CHECK(counts.blocked() == row.counted);
    CHECK(counts.allowed() == (row.opened == Decision::allow ? 1 : 0));
  }
}

TEST_CASE("a blocked host follows the one that was last allowed to the same client") {
  BlockedCounts counts;
  const auto allow = [&](std::string_view host, std::chrono::milliseconds after) {
    counts.take(entry_of(Event::connect, Decision::allow, host, after));
  };
  const auto block = [&](std::string_view host, std::chrono::milliseconds after) {
    counts.take(entry_of(Event::connect, Decision::block, host, after));
  };
  block("files.example", 0s);  // nothing was allowed yet
  allow("docs.example", 1s);
  block("files.example", 2s);
  block("files.example", 3s);
  allow("hub.example", 4s);
  block("files.example", 9s);  // five seconds
  block("files.example", 9s + 1ms);
  allow("files.example", 10s);
  block("files.example", 11s);  // by its method, say: no host follows itself
  CHECK(rows_of(counts, BlockedBy::host) ==
        Rows{"files.example 6 0, docs.example 2, hub.example 1"});
}

TEST_CASE("what a host follows is an origin that was reached, by the same client") {
  BlockedCounts counts;
  AuditEntry allowed = entry_of(Event::request, Decision::allow, "docs.example");
  allowed.client = "10.20.0.8";
  counts.take(allowed);
  AuditEntry failed = entry_of(Event::request, Decision::allow, "gone.example");
  failed.reason = "connect_failed";
  counts.take(failed);
  counts.take(entry_of(Event::connect, Decision::would_block, "odd.example"));
  counts.take(entry_of(Event::close, Decision::allow, "old.example"));
  counts.take(entry_of(Event::request, Decision::allow, ""));
  counts.take(entry_of(Event::connect, Decision::block, "evil.example", 1s));
  CHECK(rows_of(counts, BlockedBy::host, 1) == Rows{"evil.example 1 0"});

  // A slow answer that redirects: the five seconds begin with its end.
  AuditEntry slow = entry_of(Event::request, Decision::allow, "slow.example", 10s);
  slow.duration = 30s;
  counts.take(slow);
  counts.take(entry_of(Event::dns, Decision::would_block, "evil.example", 44s));
  CHECK(rows_of(counts, BlockedBy::host, 1) == Rows{"evil.example 1 1, slow.example 1"});

  // What is refused within a tunnel is no new destination.
  counts.take(entry_of(Event::close, Decision::block, "tunnel.example", 41s));
  CHECK(rows_of(counts, BlockedBy::host) ==
        Rows{"evil.example 1 1, slow.example 1", "tunnel.example 1 0", "odd.example 0 1"});
}

TEST_CASE("three hosts are told that a blocked one follows, most first") {
  BlockedCounts counts;
  for (int i = 1; i <= 5; ++i) {
    for (int times = 0; times < i; ++times) {
      counts.take(
          entry_of(Event::connect, Decision::allow, "allowed" + std::to_string(i) + ".example"));
      counts.take(entry_of(Event::connect, Decision::would_block, "evil.example"));
    }
  }
  CHECK(rows_of(counts, BlockedBy::host) ==
        Rows{"evil.example 0 15, allowed5.example 5, allowed4.example 4, allowed3.example 3"});
}

TEST_CASE("whatever a log names, few names are kept, and it is said that counts are not exact") {
  BlockedCounts counts(64);
  for (int i = 0; i < 10'000; ++i) {
    const std::string number = std::to_string(i);
    const std::string allowed = "allowed" + number;
    AuditEntry entry = entry_of(Event::connect, Decision::allow, allowed);
    entry.client = entry.client_name = number;
    counts.take(entry);
    entry.decision = Decision::block;
    entry.host = entry.reason = entry.rule = number;
    counts.take(entry);
  }
  CHECK(counts.blocked().block == 10'000);
  for (const BlockedBy what : kBlockedBy) {
    CHECK(counts.size(what) <= 64);
    CHECK(counts.missed_max(what) > 0);
  }
}

TEST_CASE("a record of another kind counts nothing") {
  BlockedCounts counts;
  counts.take(entry_of(Event::other, Decision::block, "a.example"));
  CHECK(counts.blocked() == BlockedCount{});
  CHECK_FALSE(counts.from());
}

}  // namespace
}  // namespace sallyport
