#include "metrics/blocked_counts.h"

#include <algorithm>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "policy/values/reason.h"

namespace sallyport {
namespace {

using Event = AuditEntry::Event;

// Stands between the two halves of a name: no text in UTF-8 has this byte, and the reader of lines
// takes no other.
constexpr char kBetween = '\xff';

std::string pair_of(std::string_view first, std::string_view second) {
  std::string pair;
  pair.reserve(first.size() + 1 + second.size());
  pair.append(first);
  pair += kBetween;
  pair.append(second);
  return pair;
}

std::pair<std::string_view, std::string_view> halves_of(std::string_view pair) {
  const std::size_t between = pair.find(kBetween);
  return {pair.substr(0, between), pair.substr(between + 1)};
}

/// Whether the record tells a verdict that no other tells. A tunnel's opening was told by its
/// `connect`; its `close` repeats what monitor mode let pass then, with the reason of the end. What
/// was decided within it is told by the `close` alone: a block, or a reason that monitor lifts,
/// which no tunnel ends by.
bool tells_verdict(const AuditEntry& entry) {
  if (entry.event != Event::close || entry.decision != Decision::would_block) return true;
  const auto reason = reason_of(entry.reason);
  return reason && info(*reason).monitor_lifts;
}

}  // namespace

BlockedCounts::BlockedCounts(std::size_t names_max)
    : names_{CountedNames(names_max), CountedNames(names_max), CountedNames(names_max),
             CountedNames(names_max)},
      follows_(names_max),
      last_allowed_(names_max) {}

const CountedNames& BlockedCounts::names(BlockedBy what) const {
  return names_[static_cast<std::size_t>(what)];
}

CountedNames& BlockedCounts::names(BlockedBy what) {
  return names_[static_cast<std::size_t>(what)];
}

void BlockedCounts::take(const AuditEntry& entry) {
  if (entry.event == Event::other) return;
  if (entry.decision == Decision::allow) {
    if (entry.event == Event::close) return;
    ++allowed_;
    // Of an origin that was not reached nothing can follow.
    if (!entry.host.empty() && entry.reason == text(Reason::allowed)) {
      last_allowed_.note(entry.client, entry.host, entry.time, entry.time + entry.duration);
    }
  } else if (tells_verdict(entry)) {
    count(entry);
  } else {
    return;
  }
  from_ = std::min(from_.value_or(entry.time), entry.time);
  to_ = std::max(to_.value_or(entry.time), entry.time);
}

void BlockedCounts::count(const AuditEntry& entry) {
  const Decision decision = entry.decision;
  ++(decision == Decision::block ? blocked_.block : blocked_.would_block);
  names(BlockedBy::host).count(entry.host, decision);
  names(BlockedBy::client).count(pair_of(entry.client, entry.client_name), decision);
  names(BlockedBy::reason).count(entry.reason, decision);
  names(BlockedBy::rule).count(entry.rule, decision);
  // What is refused within a tunnel follows the tunnel itself.
  if (entry.event == Event::close) return;
  const std::string_view followed = last_allowed_.before(entry.client, entry.time);
  if (followed.empty() || followed == entry.host) return;
  follows_.count(pair_of(entry.host, followed), decision);
}

std::vector<BlockedCounts::Row> BlockedCounts::most(BlockedBy what, std::size_t rows) const {
  std::vector<Row> most;
  for (const auto& [name, count] : names(what).most(rows)) {
    Row& row = most.emplace_back();
    row.name = name;
    row.count = count;
    if (what == BlockedBy::client) std::tie(row.name, row.client_name) = halves_of(name);
  }
  if (what == BlockedBy::host) add_follows(most);
  return most;
}

void BlockedCounts::add_follows(std::vector<Row>& rows) const {
  std::unordered_map<std::string_view, Row*> by_host;
  for (Row& row : rows) by_host.emplace(row.name, &row);
  for (const auto& [pair, count] : follows_.all()) {
    const auto [host, followed] = halves_of(pair);
    const auto found = by_host.find(host);
    if (found != by_host.end()) found->second->follows.push_back({followed, count.sum()});
  }
  for (Row& row : rows) {
    std::sort(row.follows.begin(), row.follows.end(), [](const Followed& a, const Followed& b) {
      return a.count != b.count ? a.count > b.count : a.host < b.host;
    });
    if (row.follows.size() > kFollowsMax) row.follows.resize(kFollowsMax);
  }
}

}  // namespace sallyport
