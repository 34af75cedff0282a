#include "policy/host_pattern.h"

#include <algorithm>

#include <idn2.h>
#include <re2/re2.h>

#include "policy/quoted.h"

namespace sallyport {
namespace {

constexpr std::size_t kRegexBytesMax = 1000;
/// Ample for any host rule; a pattern that needs more compiles into a program too slow to trust.
constexpr std::int64_t kRegexMemoryMax = 1 << 20;

/// Precisions of SEMANTICS.md section 4, far enough apart for a name's length between them.
constexpr std::uint32_t kPrecisionExact = 3000;
constexpr std::uint32_t kPrecisionWildcard = 2000;
constexpr std::uint32_t kPrecisionLabels = 1000;
constexpr std::uint32_t kPrecisionRegex = 1;
constexpr std::uint32_t kPrecisionAny = 0;

bool is_literal(const PatternLabel& label) { return label.kind() == PatternLabel::Kind::literal; }

PatternLabel literal_label(std::string_view text) {
  FilledPart part;
  part.literal = text;
  return {.parts = {std::move(part)}};
}

/// Cuts the last label off a name.
std::string_view take_last_label(std::string_view& name) {
  const std::size_t dot = name.rfind('.');
  const std::string_view label = name.substr(dot + 1);  // of a single label npos + 1, its begin
  name = dot == std::string_view::npos ? std::string_view() : name.substr(0, dot);
  return label;
}

/// Names the form that was probably meant, for what other products write.
std::string form_error(std::string_view text) {
  if (text.find("://") != std::string_view::npos) {
    return "a host pattern has no scheme; write the host alone (paths stand in `urls`)";
  }
  if (text.find('/') != std::string_view::npos) {
    return "a host pattern has no path and no prefix length; ranges of addresses stand in "
           "`networks`";
  }
  if (text.size() > 1 && text.front() == '.') {
    const std::string name(text.substr(1));
    return "write '*." + name + "' for all names below " + name + ", and '" + name +
           "' for that name itself";
  }
  if (text.find('@') != std::string_view::npos) return "a host pattern has no user part";
  const bool is_bracketed_with_port = text.front() == '[' && text.find("]:") != text.npos;
  if (is_bracketed_with_port || std::count(text.begin(), text.end(), ':') == 1) {
    return "a host pattern has no port; write it in `ports`";
  }
  return {};
}

/// The A-label form of a name that is written in another script, if it has one.
std::string a_label_error(std::string_view text) {
  char* ascii = nullptr;
  const std::string name(text);
  const int result = idn2_to_ascii_8z(name.c_str(), &ascii, IDN2_NONTRANSITIONAL);
  std::string error = quoted(text) + " is not ASCII";
  if (result == IDN2_OK) error += "; write its A-label form '" + std::string(ascii) + "'";
  idn2_free(ascii);
  return error;
}

std::optional<HostPattern> parse_regex(std::string_view text, std::string& error) {
  const std::string_view expression = text.substr(3);
  if (expression.empty() || expression.size() > kRegexBytesMax) {
    error = "`re:` needs an expression of 1 to " + std::to_string(kRegexBytesMax) + " characters";
    return std::nullopt;
  }
  re2::RE2::Options options;
  options.set_encoding(re2::RE2::Options::EncodingLatin1);
  options.set_never_nl(true);
  options.set_log_errors(false);
  options.set_max_mem(kRegexMemoryMax);
  HostPattern pattern;
  pattern.kind = HostPattern::Kind::regex;
  pattern.regex =
      std::make_shared<re2::RE2>(re2::StringPiece(expression.data(), expression.size()), options);
  if (!pattern.regex->ok()) {
    error = "not an RE2 expression: " + pattern.regex->error();
    return std::nullopt;
  }
  return pattern;
}

/// Labels with `*` among them, and what is no host name at all: each is judged as part of a name in
/// which `*` is some label.
std::optional<HostPattern> parse_labels(std::string_view text, std::string& error) {
  HostPattern pattern;
  std::string_view rest = text;
  if (rest.substr(0, 2) == "*.") {
    pattern.leading_wildcard = true;
    rest.remove_prefix(2);
  }
  std::string as_name;
  std::vector<bool> is_wild;
  for (const std::string_view label : split_labels(rest)) {
    const bool is_star = label == "*";
    if (!is_star && label.find('*') != std::string_view::npos) {
      error =
          "'*' stands for whole labels only: '*.example.org' is every name below example.org, "
          "'a.*.example.org' any one label between";
      return std::nullopt;
    }
    if (!is_wild.empty()) as_name += '.';
    as_name += is_star ? std::string_view("x") : label;
    is_wild.push_back(is_star);
  }
  const auto name = Host::parse_name(as_name);
  if (!name) {
    error = quoted(text) + " is no host name (labels of a-z, 0-9, '_' and '-')";
    return std::nullopt;
  }
  const auto labels = split_labels(name->text());  // a trailing dot is gone
  if (is_wild[labels.size() - 1]) {
    error = quoted(text) + " would match any top-level name; write the last label out";
    return std::nullopt;
  }
  for (std::size_t i = 0; i < labels.size(); ++i) {
    pattern.labels.push_back(is_wild[i] ? PatternLabel{} : literal_label(labels[i]));
  }
  return pattern;
}

std::optional<HostPattern> parse_form(std::string_view text, std::string& error) {
  if (text.empty()) {
    error = "a host pattern is empty; write a name, '*.name', '@set' or 're:expression'";
    return std::nullopt;
  }
  if (text.substr(0, 3) == "re:") return parse_regex(text, error);
  if (text == "*") {
    HostPattern pattern;
    pattern.kind = HostPattern::Kind::any;
    return pattern;
  }
  if (auto host = Host::parse(text)) {
    HostPattern pattern;
    pattern.kind = HostPattern::Kind::host;
    pattern.the_host = std::move(host);
    return pattern;
  }
  const bool is_ascii = std::all_of(text.begin(), text.end(),
                                    [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (!is_ascii) {
    error = a_label_error(text);
    return std::nullopt;
  }
  if (const auto address = IpAddress::parse(text); address && !address->is_v4()) {
    error = "write an IPv6 address in brackets: '[" + std::string(text) + "]'";
    return std::nullopt;
  }
  error = form_error(text);
  if (!error.empty()) return std::nullopt;
  return parse_labels(text, error);
}

}  // namespace

std::optional<HostPattern> HostPattern::parse(std::string_view text, std::string& error) {
  auto pattern = parse_form(text, error);
  if (pattern) pattern->text = text;
  return pattern;
}

HostPattern HostPattern::of(const FilledPattern& filled) {
  HostPattern pattern;
  pattern.text = filled.text();
  pattern.leading_wildcard = filled.leading_wildcard;
  pattern.labels = filled.labels;
  return pattern;
}

bool HostPattern::is_exact() const {
  if (kind == Kind::host) return true;
  return kind == Kind::labels && !leading_wildcard &&
         std::all_of(labels.begin(), labels.end(), is_literal);
}

std::uint32_t HostPattern::precision() const {
  switch (kind) {
    case Kind::any:
      return kPrecisionAny;
    case Kind::regex:
      return kPrecisionRegex;
    case Kind::host:
      return kPrecisionExact;
    case Kind::labels:
      break;
  }
  if (is_exact()) return kPrecisionExact;
  if (!std::all_of(labels.begin(), labels.end(), is_literal)) return kPrecisionLabels;
  std::uint32_t length = 0;
  for (const PatternLabel& label : labels) {
    length += static_cast<std::uint32_t>(label.literal().size()) + 1;
  }
  return kPrecisionWildcard + length;
}

bool HostPattern::matches(const Host& host, bool wild_takes_a_labels) const noexcept {
  const bool may_be_wild = wild_takes_a_labels || (!host.is_literal() && !host.has_a_label());
  switch (kind) {
    case Kind::any:
      return may_be_wild;
    case Kind::regex:
      return may_be_wild &&
             re2::RE2::FullMatch(re2::StringPiece(host.text().data(), host.text().size()), *regex);
    case Kind::host:
      return *the_host == host;
    case Kind::labels:
      break;
  }
  if (host.is_literal()) return false;
  const auto takes = [&](std::string_view label) {
    return wild_takes_a_labels || !is_a_label(label);
  };
  std::string_view rest = host.text();
  for (auto label = labels.rbegin(); label != labels.rend(); ++label) {
    if (rest.empty()) return false;
    const std::string_view name = take_last_label(rest);
    const bool fits = is_literal(*label) ? label->literal() == name
                                         : takes(name) && sallyport::matches(*label, name);
    if (!fits) return false;
  }
  if (rest.empty() == leading_wildcard) return false;
  while (!rest.empty()) {
    if (!takes(take_last_label(rest))) return false;
  }
  return true;
}

std::vector<std::string_view> split_labels(std::string_view name) {
  std::vector<std::string_view> labels;
  for (std::size_t begin = 0;;) {
    const std::size_t end = name.find('.', begin);
    labels.push_back(name.substr(begin, end - begin));
    if (end == std::string_view::npos) return labels;
    begin = end + 1;
  }
}

}  // namespace sallyport
