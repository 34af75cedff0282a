// The fast host matcher against the slow match of each pattern by itself: both must name the same
// rules, as precisely, with the same exceptions (THREATS.md T12).
//
// The first line is a host. Each line behind it is a pattern of a rule: its first byte says which
// of 8 rules (bits 0 to 2), whether it stands in `except_hosts` (bit 3), and whether its wildcards
// take A-labels and literals (bit 4).
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "policy/host_matcher.h"

using namespace sallyport;

namespace {

constexpr std::size_t kRules = 8;

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

/// What the patterns of one rule say, each asked by itself.
struct Slow {
  bool is_named = false;
  bool is_excepted = false;
  std::uint32_t precision = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const auto host = Host::parse(take_line(rest));
  if (!host) return 0;

  HostMatcher matcher;
  std::array<Slow, kRules> slow;
  while (!rest.empty()) {
    const std::string_view line = take_line(rest);
    if (line.empty()) continue;
    std::string error;
    const auto pattern = HostPattern::parse(line.substr(1), error);
    require(pattern.has_value() == error.empty(), "a pattern or an error");
    if (!pattern) continue;
    const auto flags = static_cast<unsigned char>(line.front());
    const RuleIndex rule = flags % kRules;
    const auto part =
        (flags & 8U) != 0 ? HostMatcher::Part::except_hosts : HostMatcher::Part::hosts;
    const bool is_wide = (flags & 16U) != 0;
    matcher.add(*pattern, rule, part, is_wide);
    if (!pattern->matches(*host, is_wide)) continue;
    if (part == HostMatcher::Part::except_hosts) {
      slow[rule].is_excepted = true;
    } else {
      slow[rule].is_named = true;
      slow[rule].precision = std::max(slow[rule].precision, pattern->precision());
    }
  }

  std::vector<RuleMatch> found;
  matcher.match(*host, found);
  auto next = found.begin();
  for (RuleIndex rule = 0; rule < kRules; ++rule) {
    if (!slow[rule].is_named) continue;
    require(next != found.end() && next->rule == rule, "the rule is named");
    require(next->precision == slow[rule].precision, "as precisely");
    require(next->is_excepted == slow[rule].is_excepted, "with the same exceptions");
    ++next;
  }
  require(next == found.end(), "no other rule is named");
  return 0;
}
