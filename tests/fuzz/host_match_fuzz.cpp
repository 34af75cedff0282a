// The fast host matcher, and each pattern by itself, against a slow reading of each pattern by
// itself, which was written from SEMANTICS.md section 6 and knows nothing of the gate's: the same
// patterns are patterns, and both name the same rules, as precisely, with the same exceptions
// (THREATS.md T12).
//
// The first line is a host. Each line behind it is a pattern of a rule: its first byte says which
// of 8 rules (bits 0 to 2), whether it stands in `except_hosts` (bit 3), and whether its wildcards
// take A-labels and literals (bit 4).
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <re2/re2.h>

#include "policy/host_matcher.h"
#include "tests/fuzz/plain_host.h"
#include "tests/fuzz/require.h"

using namespace sallyport;
using fuzz::require;

namespace {

constexpr std::size_t kRules = 8;
using Labels = std::vector<std::string>;

/// A host as plain_host.h reads it.
struct PlainHost {
  std::string text;
  std::string name;  ///< as `re:` sees it: the gate's own text
  Labels labels;     ///< none of a literal
  bool is_special = false;

  PlainHost(const std::string& plain, std::string_view canonical) : text(plain), name(canonical) {
    const bool is_literal = plain.front() == '[' || fuzz::is_quad(plain);
    if (!is_literal) labels = fuzz::split(plain, '.');
    is_special = is_literal || std::any_of(labels.begin(), labels.end(), is_of_other_script);
  }
  static bool is_of_other_script(const std::string& label) { return label.starts_with("xn--"); }
};

/// A pattern, likewise.
struct PlainPattern {
  enum class Kind : std::uint8_t { any, regex, labels, wildcard, exact };  // by precision

  Kind kind = Kind::exact;
  std::string text;  ///< of an exact one the host, of `re:` the expression
  Labels labels;     ///< with `*` for any one, behind a leading one that stands for several

  static std::optional<PlainPattern> read(const std::string& written);
  bool takes(const PlainHost& host, bool is_wide) const;
  std::tuple<Kind, std::size_t> rank() const {
    return {kind, kind == Kind::wildcard ? text.size() : 0};
  }
};

std::optional<PlainPattern> PlainPattern::read(const std::string& written) {
  if (written == "*") return PlainPattern{.kind = Kind::any, .text = {}, .labels = {}};
  if (written.starts_with("re:")) {
    return PlainPattern{.kind = Kind::regex, .text = written.substr(3), .labels = {}};
  }
  if (const auto host = fuzz::plain_host(written)) {
    return PlainPattern{.kind = Kind::exact, .text = *host, .labels = {}};
  }
  PlainPattern pattern{.kind = Kind::labels, .text = fuzz::to_lower(written), .labels = {}};
  if (pattern.text.ends_with('.')) pattern.text.pop_back();
  pattern.labels = fuzz::split(pattern.text, '.');
  const bool is_leading = pattern.labels.front() == "*" && pattern.labels.size() > 1;
  if (pattern.text.size() > (is_leading ? 255 : 253)) return std::nullopt;
  const auto is_star = [](const std::string& label) { return label == "*"; };
  const auto stars = std::count_if(pattern.labels.begin(), pattern.labels.end(), is_star);
  if (stars == 0 || is_star(pattern.labels.back())) return std::nullopt;
  for (const std::string& label : pattern.labels) {
    if (!is_star(label) && !fuzz::is_label(label)) return std::nullopt;
  }
  if (fuzz::is_number(pattern.labels.back())) return std::nullopt;
  if (is_leading && stars == 1) pattern.kind = Kind::wildcard;
  return pattern;
}

bool PlainPattern::takes(const PlainHost& host, bool is_wide) const {
  switch (kind) {
    case Kind::any:
      return is_wide || !host.is_special;
    case Kind::regex: {
      re2::RE2::Options options(re2::RE2::Latin1);
      options.set_never_nl(true);
      options.set_log_errors(false);
      const re2::RE2 expression(text, options);
      return (is_wide || !host.is_special) &&
             expression.Match(host.name, 0, host.name.size(), re2::RE2::ANCHOR_BOTH, nullptr, 0);
    }
    case Kind::exact:
      return text == host.text;
    case Kind::labels:
    case Kind::wildcard:
      break;
  }
  const bool is_leading = labels.front() == "*";
  // Behind the leading star label by label from the right; it takes one or more that are left.
  const std::size_t fixed = labels.size() - (is_leading ? 1 : 0);
  const bool fits = is_leading ? host.labels.size() > fixed : host.labels.size() == fixed;
  if (!fits) return false;
  for (std::size_t i = 0; i < host.labels.size(); ++i) {
    const std::string& name = host.labels[host.labels.size() - 1 - i];
    const std::string& label = i < fixed ? labels[labels.size() - 1 - i] : labels.front();
    const bool is_taken =
        label == "*" ? is_wide || !PlainHost::is_of_other_script(name) : label == name;
    if (!is_taken) return false;
  }
  return true;
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
  std::tuple<PlainPattern::Kind, std::size_t> rank{};
  std::uint32_t precision = 0;
};

void ask_slowly(const PlainPattern& plain, std::uint32_t precision, const PlainHost& host,
                unsigned flags, Slow& slow) {
  if (!plain.takes(host, (flags & 16U) != 0)) return;
  if ((flags & 8U) != 0) {
    slow.is_excepted = true;
    return;
  }
  const bool is_first = !slow.is_named;
  slow.is_named = true;
  if (!is_first && plain.rank() < slow.rank) return;
  require(is_first || plain.rank() > slow.rank || precision == slow.precision,
          "patterns of one rank are as precise");
  slow.rank = plain.rank();
  slow.precision = precision;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const std::string_view written = take_line(rest);
  const auto host = Host::parse(written);
  const auto plain_text = fuzz::plain_host(std::string(written));
  require(host.has_value() == plain_text.has_value(), "both read a host or neither does");
  if (!host) return 0;
  const PlainHost plain_host(*plain_text, host->text());

  HostMatcher matcher;
  std::array<Slow, kRules> slow;
  while (!rest.empty()) {
    const std::string_view line = take_line(rest);
    if (line.empty()) continue;
    std::string error;
    const auto pattern = HostPattern::parse(line.substr(1), error);
    require(pattern.has_value() == error.empty(), "a pattern or an error");
    const auto plain = PlainPattern::read(std::string(line.substr(1)));
    const bool is_regex = plain && plain->kind == PlainPattern::Kind::regex;
    require(is_regex || pattern.has_value() == plain.has_value(), "both read it or neither does");
    if (!pattern) continue;
    const auto flags = static_cast<unsigned char>(line.front());
    const RuleIndex rule = flags % kRules;
    const auto part =
        (flags & 8U) != 0 ? HostMatcher::Part::except_hosts : HostMatcher::Part::hosts;
    const bool is_wide = (flags & 16U) != 0;
    matcher.add(*pattern, rule, part, is_wide);
    require(pattern->matches(*host, is_wide) == plain->takes(plain_host, is_wide),
            "the pattern by itself takes the host, or both refuse it");
    ask_slowly(*plain, pattern->precision(), plain_host, flags, slow[rule]);
  }

  RuleMatches found;
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
