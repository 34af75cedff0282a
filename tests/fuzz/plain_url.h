// URL patterns and request targets read a second time, slowly and plainly, from SEMANTICS.md
// section 6 (URLs) and what policy/url_pattern.h and url_target.h promise: all is decoded to
// strings first and compared then. The oracle of the gate's matching in place; of it, only hosts
// are used, which have an oracle of their own (plain_host.h).
#pragma once

#include <algorithm>
#include <array>
#include <cctype>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "policy/host_pattern.h"
#include "policy/values/facts.h"
#include "tests/fuzz/plain_host.h"

namespace sallyport::fuzz {

using Texts = std::vector<std::string>;
using Parameters = std::vector<std::pair<std::string, std::string>>;

/// A byte of a text that was decoded once.
struct PlainByte {
  char byte = 0;
  bool is_encoded = false;  ///< it was written `%xx`
  bool is_broken = false;   ///< a `%` that two hex digits do not follow
};

inline std::vector<PlainByte> decode(const std::string& text) {
  const auto is_hex = [&text](std::size_t at) {
    return at < text.size() && std::isxdigit(static_cast<unsigned char>(text[at])) != 0;
  };
  std::vector<PlainByte> bytes;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '%' && is_hex(at + 1) && is_hex(at + 2)) {
      const int value = std::stoi(text.substr(at + 1, 2), nullptr, 16);
      bytes.push_back({.byte = static_cast<char>(value), .is_encoded = true});
      at += 2;
    } else {
      bytes.push_back({.byte = text[at], .is_broken = text[at] == '%'});
    }
  }
  return bytes;
}

inline std::string text_of(const std::vector<PlainByte>& bytes) {
  std::string text;
  for (const PlainByte& each : bytes) text += each.byte;
  return text;
}

inline bool is_some_broken(const std::vector<PlainByte>& bytes) {
  return std::any_of(bytes.begin(), bytes.end(), [](const auto& each) { return each.is_broken; });
}

/// A lead byte and the byte behind it begin a UTF-8 form that is longer than its character needs:
/// whatever follows, the number stays below the least one of that length. With the forms of five
/// and six bytes that RFC 2279 had.
inline bool begins_overlong(char first, char second) {
  struct Length {
    unsigned lead, mask, least;
    int bytes;
  };
  static constexpr std::array<Length, 5> kLengths{{{0xc0, 0xe0, 0x80, 2},
                                                   {0xe0, 0xf0, 0x800, 3},
                                                   {0xf0, 0xf8, 0x10000, 4},
                                                   {0xf8, 0xfc, 0x200000, 5},
                                                   {0xfc, 0xfe, 0x4000000, 6}}};
  const unsigned lead = static_cast<unsigned char>(first);
  const unsigned next = static_cast<unsigned char>(second);
  if ((next & 0xc0U) != 0x80U) return false;
  return std::any_of(kLengths.begin(), kLengths.end(), [lead, next](const Length& length) {
    if ((lead & length.mask) != length.lead) return false;
    unsigned most = (lead & ~length.mask) << 6U | (next & 0x3fU);
    for (int i = 2; i < length.bytes; ++i) most = most << 6U | 0x3fU;
    return most < length.least;
  });
}

/// The query of a target, without its `?`.
struct PlainQuery {
  Parameters parameters;
  Parameters by_form;         ///< the same, where `+` is a space
  bool is_ambiguous = false;  ///< `;`, which separates for some origins, or a broken escape

  static PlainQuery of(const std::string& text) {
    PlainQuery query;
    query.is_ambiguous = text.find(';') != std::string::npos || is_some_broken(decode(text));
    for (const std::string& part : split(text, '&')) {
      const std::size_t equals = std::min(part.find('='), part.size());
      const std::string value = part.substr(std::min(equals + 1, part.size()));
      const auto both = [](std::string written) {
        const std::string plain = text_of(decode(written));
        std::replace(written.begin(), written.end(), '+', ' ');
        return std::pair(plain, text_of(decode(written)));
      };
      const auto [key, form_key] = both(part.substr(0, equals));
      const auto [shown, form_shown] = both(value);
      query.parameters.emplace_back(key, shown);
      query.by_form.emplace_back(form_key, form_shown);
    }
    return query;
  }
};

/// A request target that begins with `/`, or `*`.
struct PlainTarget {
  std::vector<PlainByte> path;
  std::optional<PlainQuery> query;
  bool has_nul = false;  ///< in path or query

  explicit PlainTarget(const std::string& text) {
    const std::size_t mark = std::min(text.find('?'), text.size());
    path = decode(text.substr(0, mark));
    if (mark < text.size()) query = PlainQuery::of(text.substr(mark + 1));
    has_nul = text_of(decode(text)).find('\0') != std::string::npos;
  }

  /// The path's segments in one of its four readings; none of `*`.
  Texts segments(bool encoded_slash_separates, bool repeated_slash_is_one) const {
    if (path.front().byte != '/') return {};
    Texts all(1);
    for (std::size_t i = 1; i < path.size(); ++i) {
      if (path[i].byte == '/' && (encoded_slash_separates || !path[i].is_encoded)) {
        all.emplace_back();
      } else {
        all.back() += path[i].byte;
      }
    }
    if (!repeated_slash_is_one) return all;
    Texts some;  // an empty last one stays: `/a/` is not `/a`
    std::copy_if(all.begin(), all.end() - 1, std::back_inserter(some),
                 [](const std::string& segment) { return !segment.empty(); });
    some.push_back(all.back());
    return some;
  }

  bool is_path_ambiguous() const {
    const std::string text = text_of(path);
    if (is_some_broken(path) || text.find_first_of(std::string("\\;\0", 3)) != std::string::npos) {
      return true;
    }
    for (std::size_t i = 1; i < text.size(); ++i) {
      if (begins_overlong(text[i - 1], text[i])) return true;
    }
    const auto is_dot = [](const std::string& each) { return each == "." || each == ".."; };
    const Texts narrow = segments(false, false);
    const Texts wide = segments(true, false);
    return std::any_of(narrow.begin(), narrow.end(), is_dot) ||
           std::any_of(wide.begin(), wide.end(), is_dot);
  }
};

/// `*` in the pattern is any run of bytes, also none. `ends` are the places that the text may have
/// been read to by the pattern so far.
inline bool fits_plainly(const std::string& text, const std::string& pattern) {
  std::vector<bool> ends(text.size() + 1, false);
  ends[0] = true;
  for (const char each : pattern) {
    std::vector<bool> next(text.size() + 1, false);
    for (std::size_t from = 0; from <= text.size(); ++from) {
      if (!ends[from]) continue;
      if (each == '*')
        std::fill(next.begin() + static_cast<std::ptrdiff_t>(from), next.end(), true);
      if (each != '*' && from < text.size() && text[from] == each) next[from + 1] = true;
    }
    ends = next;
  }
  return ends.back();
}

/// A URL pattern.
struct PlainUrl {
  Scheme scheme = Scheme::https;
  std::optional<HostPattern> host;
  Texts segments;
  Parameters query;

  static std::optional<PlainUrl> read(const std::string& text);

  bool looks_at_path() const { return segments != Texts{"**"}; }
  bool fits(Scheme of, const Host& name, bool is_wide) const {
    return scheme == of && host->matches(name, is_wide);
  }
  bool takes_path(const Texts& of) const;
  bool takes_query_once(const PlainTarget& target) const;
  bool takes_some_query(const PlainTarget& target) const;
  bool denies(const PlainTarget& target) const;
};

/// Text without what has two readings, what no target holds, and control characters.
inline bool is_plain_text(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte != 0x7f && std::string("%#;\\").find(c) == std::string::npos;
  });
}

inline std::optional<PlainUrl> PlainUrl::read(const std::string& text) {
  PlainUrl url;
  if (text.starts_with("http://")) url.scheme = Scheme::http;
  if (url.scheme == Scheme::https && !text.starts_with("https://")) return std::nullopt;
  const std::string rest = text.substr(text.find("//") + 2);
  const std::size_t slash = rest.find('/');
  if (slash == std::string::npos || rest.front() == '@') return std::nullopt;
  std::string error;
  url.host = HostPattern::parse(rest.substr(0, slash), error);
  const std::size_t mark = std::min(rest.find('?', slash), rest.size());
  const std::string path = rest.substr(slash + 1, mark - slash - 1);
  if (!url.host || !is_plain_text(path)) return std::nullopt;

  url.segments = split(path, '/');
  for (std::size_t i = 0; i < url.segments.size(); ++i) {
    const std::string& segment = url.segments[i];
    const bool is_last = i + 1 == url.segments.size();
    if (segment == "." || segment == "..") return std::nullopt;
    const bool has_rest = segment.find("**") != std::string::npos;
    if (has_rest && (segment != "**" || !is_last)) return std::nullopt;
  }
  if (mark == rest.size()) return url;

  const std::string query = rest.substr(mark + 1);
  if (!is_plain_text(query) || query.find('*') != std::string::npos) return std::nullopt;
  for (const std::string& part : split(query, '&')) {
    const std::size_t equals = part.find('=');
    if (equals == std::string::npos || equals == 0) return std::nullopt;
    const std::string key = part.substr(0, equals);
    for (const auto& each : url.query) {
      if (each.first == key) return std::nullopt;
    }
    url.query.emplace_back(key, part.substr(equals + 1));
  }
  return url;
}

inline bool PlainUrl::takes_path(const Texts& of) const {
  if (!looks_at_path()) return true;
  const bool has_rest = segments.back() == "**";
  const std::size_t fixed = segments.size() - (has_rest ? 1 : 0);
  if (has_rest ? of.size() <= fixed : of.size() != fixed) return false;
  for (std::size_t i = 0; i < fixed; ++i) {
    if (segments[i] == "*" ? of[i].empty() : !fits_plainly(of[i], segments[i])) return false;
  }
  return true;
}

/// Each parameter is there exactly once, with that value.
inline bool PlainUrl::takes_query_once(const PlainTarget& target) const {
  if (query.empty()) return true;
  if (!target.query || target.query->is_ambiguous) return false;
  return std::all_of(query.begin(), query.end(), [&target](const auto& wanted) {
    Texts values;
    for (const auto& [key, value] : target.query->parameters) {
      if (key == wanted.first) values.push_back(value);
    }
    return values == Texts{wanted.second};
  });
}

/// Each parameter is there with that value, among others perhaps; or may be.
inline bool PlainUrl::takes_some_query(const PlainTarget& target) const {
  if (query.empty()) return true;
  if (!target.query) return false;
  const Parameters& shown = target.query->parameters;
  const Parameters& by_form = target.query->by_form;
  return target.query->is_ambiguous ||
         std::all_of(query.begin(), query.end(), [&](const auto& wanted) {
           for (std::size_t i = 0; i < shown.size(); ++i) {
             const bool is_key = wanted.first == shown[i].first || wanted.first == by_form[i].first;
             const bool is_value =
                 wanted.second == shown[i].second || wanted.second == by_form[i].second;
             if (is_key && is_value) return true;
           }
           return false;
         });
}

/// In a deny that stands for the host: some reading fits, or what it looks at has no safe one.
inline bool PlainUrl::denies(const PlainTarget& target) const {
  if (looks_at_path() && target.is_path_ambiguous()) return true;
  if ((looks_at_path() || !query.empty()) && target.has_nul) return true;
  const bool is_path_taken =
      takes_path(target.segments(false, false)) || takes_path(target.segments(false, true)) ||
      takes_path(target.segments(true, false)) || takes_path(target.segments(true, true));
  return is_path_taken && takes_some_query(target);
}

}  // namespace sallyport::fuzz
