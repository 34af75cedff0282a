#include "policy/tools/https_readers.h"

#include <algorithm>
#include <iterator>

#include "policy/loader/pattern_cover.h"

namespace sallyport {
namespace {

/// Some URL of the rule may be of a host of the pattern; so if it asks for no URL.
bool urls_meet(const LiveRule& rule, const HostPattern& pattern) {
  const auto& urls = rule.rule->urls;
  const auto host = host_of(pattern);
  return urls.empty() || std::any_of(urls.begin(), urls.end(), [&](const UrlPattern& url) {
           if (url.scheme() != Scheme::https) return false;
           return host ? url.host().matches(*host, !rule.rule->is_allow())
                       : may_overlap(url.host(), pattern);
         });
}

}  // namespace

bool asks_over_https(const Rule& rule) {
  return rule.asks_for_request() && may_be_true(rule, Scheme::https);
}

std::string_view request_key(const RuleSource& source) {
  for (const auto& [key, mark] : source.keys) {
    if (key == "methods" || key == "urls" || key == "content_types" || key == "aws") return key;
  }
  return {};
}

HttpsReaders::HttpsReaders(const Snapshot& snapshot, std::span<const RuleSource> rules,
                           TimePoint now)
    : snapshot_(snapshot), rules_(live_rules(snapshot, rules, now)) {
  std::copy_if(
      rules_.begin(), rules_.end(), std::back_inserter(readers_),
      [](const LiveRule& each) { return each.rule->enforces() && asks_over_https(*each.rule); });
}

bool HttpsReaders::meet(const LiveRule& reader, const LiveRule& other) {
  return may_be_true(*other.rule, Scheme::https) &&
         share_port(*reader.rule, *other.rule, Scheme::https) &&
         share_client(*reader.rule, *other.rule);
}

bool HttpsReaders::names(const LiveRule& reader, const LiveRule& other,
                         const HostPattern& pattern) {
  if (reader.source == other.source) return !excepts_meeting(other, pattern, pattern, effort_);
  const auto host = host_of(pattern);
  if (host && reader.pattern_count > Effort::kPairsOfMatch) {
    if (!effort_.take(Effort::kPairsOfMatch)) return true;
    RuleMatches matches;
    snapshot_.matcher.match(*host, matches);
    effort_.spend(matches.size());
    return std::any_of(matches.begin(), matches.end(), [&](const RuleMatch& match) {
      return match.rule == reader.source->rule && !match.is_excepted;
    });
  }
  if (!effort_.take(reader.pattern_count)) return true;
  return some_pattern(reader.source->hosts, [&](const HostPattern& of_reader) {
    return share_host(reader, of_reader, other, pattern) && urls_meet(reader, of_reader) &&
           !excepts_meeting(reader, of_reader, pattern, effort_) &&
           !excepts_meeting(other, of_reader, pattern, effort_);
  });
}

bool HttpsReaders::reads(const LiveRule& reader, const LiveRule& other,
                         const HostPattern& pattern) {
  return meet(reader, other) && urls_meet(reader, pattern) && names(reader, other, pattern);
}

const HostItem* HttpsReaders::first_read(const LiveRule& reader, const LiveRule& other) {
  if (!meet(reader, other)) return nullptr;
  for (const HostItem& item : other.source->hosts) {
    for (const HostPattern& pattern : item.patterns) {
      if (reads(reader, other, pattern)) return &item;
    }
  }
  return nullptr;
}

const LiveRule* HttpsReaders::reader_of(const LiveRule& allow, const HostPattern& pattern) {
  for (const LiveRule& reader : readers_) {
    const bool may_read = !reader.rule->is_allow() || reader.source == allow.source;
    if (may_read && reads(reader, allow, pattern)) return &reader;
  }
  return nullptr;
}

}  // namespace sallyport
