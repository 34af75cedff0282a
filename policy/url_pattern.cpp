#include "policy/url_pattern.h"

#include <algorithm>

namespace sallyport {
namespace {

constexpr std::string_view kAnyRest = "**";
constexpr EncodedSlash kReadings[] = {EncodedSlash::is_data, EncodedSlash::separates};

using Query = std::vector<std::pair<std::string, std::string>>;

/// A pattern cut into its parts; views into the text.
struct Parts {
  Scheme scheme = Scheme::https;
  std::string_view host;
  std::string_view path;  ///< without the leading `/`
  std::optional<std::string_view> query;
};

std::string code(std::string_view text) { return "'" + std::string(text) + "'"; }

std::optional<Parts> cut(std::string_view text, std::string& error) {
  Parts parts;
  std::string_view rest = text;
  if (rest.starts_with("https://")) {
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    parts.scheme = Scheme::http;
    rest.remove_prefix(7);
  } else {
    error = "a URL pattern begins with 'https://' or 'http://'";
    return std::nullopt;
  }
  const std::size_t slash = rest.find('/');
  parts.host = rest.substr(0, slash);
  const bool is_regex = parts.host.starts_with("re:");
  if (slash == std::string_view::npos || (!is_regex && parts.host.find('?') < slash)) {
    error = "a URL pattern has a path; write '/**' behind the host for every path";
    return std::nullopt;
  }
  if (parts.host.starts_with('@')) {
    error = "a set cannot stand in a URL pattern; write 'https://*/path' for all hosts of the rule";
    return std::nullopt;
  }
  parts.path = rest.substr(slash + 1);
  if (const std::size_t mark = parts.path.find('?'); mark != std::string_view::npos) {
    parts.query = parts.path.substr(mark + 1);
    parts.path = parts.path.substr(0, mark);
  }
  return parts;
}

/// What no target that matches can hold, or what would have two readings.
std::string character_error(std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) return "a URL pattern has no control characters";
    switch (c) {
      case '%':
        return "a URL pattern is matched on the decoded URL; write the character itself, or '*' "
               "for "
               "part of a segment";
      case '#':
        return "a URL pattern has no fragment; clients do not send it";
      case '\\':
      case ';':
        return "a URL with " + code({&c, 1}) + " has two readings and never matches a path";
      default:
        break;
    }
  }
  return {};
}

std::string segment_error(std::string_view segment, bool is_last) {
  if (segment == "." || segment == "..") {
    return "a URL with a dot segment has two readings and never matches a path";
  }
  if (segment.find(kAnyRest) == std::string_view::npos) return {};
  if (segment != kAnyRest) {
    return "'**' is a whole segment; write '*' for part of one, '/**' at the end for any rest";
  }
  if (!is_last) return "'**' stands at the end of the path alone; write '*' for one segment";
  return {};
}

std::optional<std::vector<std::string>> read_path(std::string_view path, std::string& error) {
  error = character_error(path);
  if (!error.empty()) return std::nullopt;
  std::vector<std::string> segments;
  for (;;) {
    const std::size_t slash = path.find('/');
    const std::string_view segment = path.substr(0, slash);
    error = segment_error(segment, slash == std::string_view::npos);
    if (!error.empty()) return std::nullopt;
    segments.emplace_back(segment);
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

std::optional<Query> read_query(std::string_view text, std::string& error) {
  error = character_error(text);
  if (!error.empty()) return std::nullopt;
  if (text.find('*') != std::string_view::npos) {
    error = "'*' has no meaning in a query; write the value out, or no '?' for any query";
    return std::nullopt;
  }
  Query query;
  for (;;) {
    const std::size_t end = text.find('&');
    const std::string_view part = text.substr(0, end);
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      error =
          "a query is written '?key=value&key=value' ('key=' for an empty value); write no '?' "
          "for any query";
      return std::nullopt;
    }
    const std::string_view key = part.substr(0, equals);
    const bool is_repeated = std::any_of(query.begin(), query.end(),
                                         [key](const auto& each) { return each.first == key; });
    if (is_repeated) {
      error = "a query parameter is present exactly once; " + code(key) + " stands here twice";
      return std::nullopt;
    }
    query.emplace_back(key, part.substr(equals + 1));
    if (end == std::string_view::npos) return query;
    text.remove_prefix(end + 1);
  }
}

bool fits_segment(std::string_view encoded, std::string_view pattern) noexcept {
  if (pattern == "*") return !encoded.empty();
  return fits_glob(encoded, pattern);
}

/// How often a parameter stands in a query, and how often with the value.
struct Occurrences {
  std::size_t of_key = 0;
  std::size_t with_value = 0;
};

/// Whether `+` of a query is itself, or a space as well, as forms write it.
enum class Plus : bool { is_plus, may_be_space };

bool reads_as(std::string_view encoded, std::string_view text, Plus plus) noexcept {
  return decodes_to(encoded, text) ||
         (plus == Plus::may_be_space && decodes_form_to(encoded, text));
}

Occurrences count(std::string_view query, std::string_view key, std::string_view value,
                  Plus plus) noexcept {
  Occurrences found;
  for (;;) {
    const std::size_t end = query.find('&');
    const std::string_view part = query.substr(0, end);
    const std::size_t equals = std::min(part.find('='), part.size());
    if (reads_as(part.substr(0, equals), key, plus)) {
      ++found.of_key;
      const std::string_view shown = part.substr(std::min(equals + 1, part.size()));
      if (reads_as(shown, value, plus)) ++found.with_value;
    }
    if (end == std::string_view::npos) return found;
    query.remove_prefix(end + 1);
  }
}

/// `;` separates parameters for some origins and is data for others.
bool is_ambiguous_query(std::string_view query) noexcept {
  return query.find(';') != std::string_view::npos || has_broken_escape(query);
}

bool query_matches(const Query& wanted, const UrlTarget& target) noexcept {
  if (wanted.empty()) return true;
  if (!target.query || is_ambiguous_query(*target.query)) return false;
  return std::all_of(wanted.begin(), wanted.end(), [&](const auto& each) {
    const Occurrences found = count(*target.query, each.first, each.second, Plus::is_plus);
    return found.of_key == 1 && found.with_value == 1;
  });
}

bool query_may_match(const Query& wanted, const UrlTarget& target) noexcept {
  if (wanted.empty()) return true;
  if (!target.query) return false;
  if (is_ambiguous_query(*target.query)) return true;
  return std::all_of(wanted.begin(), wanted.end(), [&](const auto& each) {
    return count(*target.query, each.first, each.second, Plus::may_be_space).with_value > 0;
  });
}

}  // namespace

std::optional<UrlPattern> UrlPattern::parse(std::string_view text, std::string& error) {
  const auto parts = cut(text, error);
  if (!parts) return std::nullopt;
  auto host = HostPattern::parse(parts->host, error);
  if (!host) return std::nullopt;
  auto segments = read_path(parts->path, error);
  if (!segments) return std::nullopt;
  UrlPattern pattern(text, std::move(*host));
  if (parts->query) {
    auto query = read_query(*parts->query, error);
    if (!query) return std::nullopt;
    pattern.query_ = std::move(*query);
  }
  pattern.scheme_ = parts->scheme;
  pattern.looks_at_path_ = !(segments->size() == 1 && segments->front() == kAnyRest);
  pattern.segments_ = std::move(*segments);
  return pattern;
}

bool UrlPattern::fits(Scheme scheme, const Host& host, bool wild_takes_a_labels) const noexcept {
  return scheme == scheme_ && host_.matches(host, wild_takes_a_labels);
}

bool UrlPattern::path_matches(std::string_view path, EncodedSlash encoded,
                              RepeatedSlash repeated) const noexcept {
  if (!looks_at_path_) return true;
  if (!path.starts_with('/')) return false;
  PathSegments target(path, encoded, repeated);
  for (const std::string& pattern : segments_) {
    const auto segment = target.next();
    if (!segment) return false;
    if (pattern == kAnyRest) return true;
    if (!fits_segment(*segment, pattern)) return false;
  }
  return !target.next();
}

bool UrlPattern::matches(std::string_view target, EncodedSlash reading) const noexcept {
  if (looks_at_path_ && is_ambiguous_path(target)) return false;
  const UrlTarget parts = UrlTarget::of(target);
  return path_matches(parts.path, reading, RepeatedSlash::is_empty_segment) &&
         query_matches(query_, parts);
}

bool UrlPattern::may_match(std::string_view target) const noexcept {
  if (looks_at_path_ && is_ambiguous_path(target)) return true;
  if ((looks_at_path_ || looks_at_query()) && has_nul(target)) return true;
  const UrlTarget parts = UrlTarget::of(target);
  if (!query_may_match(query_, parts)) return false;
  return std::any_of(std::begin(kReadings), std::end(kReadings), [&](EncodedSlash reading) {
    return path_matches(parts.path, reading, RepeatedSlash::is_empty_segment) ||
           path_matches(parts.path, reading, RepeatedSlash::is_one);
  });
}

bool urls_allow(std::span<const UrlPattern> urls, Scheme scheme, const Host& host,
                std::string_view target) noexcept {
  if (has_nul(target)) return false;
  const auto some = [&](auto holds) {
    return std::any_of(urls.begin(), urls.end(), [&](const UrlPattern& url) {
      return url.fits(scheme, host, false) && holds(url);
    });
  };
  if (is_ambiguous_path(target) &&
      some([](const UrlPattern& url) { return url.looks_at_path(); })) {
    return false;
  }
  return std::all_of(std::begin(kReadings), std::end(kReadings), [&](EncodedSlash reading) {
    return some([&](const UrlPattern& url) { return url.matches(target, reading); });
  });
}

bool urls_deny(std::span<const UrlPattern> urls, Scheme scheme, const Host& host,
               std::string_view target) noexcept {
  return std::any_of(urls.begin(), urls.end(), [&](const UrlPattern& url) {
    return url.fits(scheme, host, true) && url.may_match(target);
  });
}

}  // namespace sallyport
