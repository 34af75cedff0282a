#include "policy/url_target.h"

#include "policy/values/ascii.h"

namespace sallyport {
namespace {

/// One byte of decoded text, and how many bytes of encoded text it took.
struct Decoded {
  char byte = 0;
  std::size_t length = 1;
  bool is_broken = false;
};

/// REQUIRES: text is not empty.
Decoded first_of(std::string_view text) noexcept {
  if (text.front() != '%') return {.byte = text.front()};
  if (text.size() < 3) return {.byte = '%', .is_broken = true};
  const int high = hex_value(text[1]);
  const int low = hex_value(text[2]);
  if (high < 0 || low < 0) return {.byte = '%', .is_broken = true};
  return {.byte = static_cast<char>(high * 16 + low), .length = 3};
}

/// Calls `stop` with each decoded byte until it says true; whether it did.
template <class Stop>
bool any_byte(std::string_view text, Stop stop) noexcept {
  while (!text.empty()) {
    const Decoded next = first_of(text);
    if (stop(next)) return true;
    text.remove_prefix(next.length);
  }
  return false;
}

/// `c0 ae` and the like: a character in more bytes than it needs (RFC 3629 section 3), by which
/// lax decoders read a dot or a slash; up to the five and six bytes that RFC 2279 had.
bool is_overlong(unsigned char lead, unsigned char next) noexcept {
  const bool continues = (next & 0xc0U) == 0x80U;
  if (lead == 0xc0 || lead == 0xc1) return continues;
  if (lead == 0xe0) return continues && next < 0xa0;
  if (lead == 0xf0) return continues && next < 0x90;
  if (lead == 0xf8) return continues && next < 0x88;
  return lead == 0xfc && continues && next < 0x84;
}

bool has_unsafe_byte(std::string_view path) noexcept {
  unsigned char last = 0;
  return any_byte(path, [&last](const Decoded& next) {
    const auto byte = static_cast<unsigned char>(next.byte);
    if (next.is_broken || byte == '\\' || byte == ';' || byte == '\0') return true;
    if (is_overlong(last, byte)) return true;
    last = byte;
    return false;
  });
}

bool is_dot_segment(std::string_view segment) noexcept {
  return decodes_to(segment, ".") || decodes_to(segment, "..");
}

}  // namespace

UrlTarget UrlTarget::of(std::string_view target) noexcept {
  const std::size_t mark = target.find('?');
  if (mark == std::string_view::npos) return {.path = target, .query = std::nullopt};
  return {.path = target.substr(0, mark), .query = target.substr(mark + 1)};
}

PathSegments::PathSegments(std::string_view path, EncodedSlash encoded,
                           RepeatedSlash repeated) noexcept
    : rest_(path.substr(path.empty() ? 0 : 1)),
      is_at_end_(path.empty()),
      encoded_(encoded),
      repeated_(repeated) {}

std::optional<std::string_view> PathSegments::next() noexcept {
  while (!is_at_end_) {
    const std::string_view segment = take();
    const bool is_skipped = segment.empty() && !is_at_end_ && repeated_ == RepeatedSlash::is_one;
    if (!is_skipped) return segment;
  }
  return std::nullopt;
}

std::string_view PathSegments::take() noexcept {
  for (std::size_t at = 0; at < rest_.size();) {
    const Decoded byte = first_of(rest_.substr(at));
    const bool separates =
        byte.byte == '/' && (byte.length == 1 || encoded_ == EncodedSlash::separates);
    if (separates) {
      const std::string_view segment = rest_.substr(0, at);
      rest_.remove_prefix(at + byte.length);
      return segment;
    }
    at += byte.length;
  }
  is_at_end_ = true;
  return rest_;
}

bool decodes_to(std::string_view encoded, std::string_view text) noexcept {
  const bool differs = any_byte(encoded, [&text](const Decoded& next) {
    if (text.empty() || next.is_broken || next.byte != text.front()) return true;
    text.remove_prefix(1);
    return false;
  });
  return !differs && text.empty();
}

bool decodes_form_to(std::string_view encoded, std::string_view text) noexcept {
  const bool differs = any_byte(encoded, [&text](const Decoded& next) {
    const char byte = next.byte == '+' && next.length == 1 ? ' ' : next.byte;
    if (text.empty() || next.is_broken || byte != text.front()) return true;
    text.remove_prefix(1);
    return false;
  });
  return !differs && text.empty();
}

bool fits_glob(std::string_view encoded, std::string_view glob) noexcept {
  // After a mismatch the latest `*` takes one byte more; earlier ones need never be tried again.
  std::string_view retry_glob;
  std::string_view retry_text;
  bool can_retry = false;
  while (!encoded.empty()) {
    if (!glob.empty() && glob.front() == '*') {
      glob.remove_prefix(1);
      retry_glob = glob;
      retry_text = encoded;
      can_retry = true;
      continue;
    }
    const Decoded next = first_of(encoded);
    if (!glob.empty() && !next.is_broken && glob.front() == next.byte) {
      glob.remove_prefix(1);
      encoded.remove_prefix(next.length);
      continue;
    }
    if (!can_retry) return false;
    retry_text.remove_prefix(first_of(retry_text).length);
    glob = retry_glob;
    encoded = retry_text;
  }
  return glob.find_first_not_of('*') == std::string_view::npos;
}

bool has_broken_escape(std::string_view text) noexcept {
  return any_byte(text, [](const Decoded& next) { return next.is_broken; });
}

bool has_nul(std::string_view text) noexcept {
  return any_byte(text, [](const Decoded& next) { return next.byte == '\0'; });
}

bool is_ambiguous_path(std::string_view target) noexcept {
  const std::string_view path = UrlTarget::of(target).path;
  if (path == "*") return false;
  if (has_unsafe_byte(path)) return true;
  for (const EncodedSlash reading : {EncodedSlash::is_data, EncodedSlash::separates}) {
    PathSegments segments(path, reading, RepeatedSlash::is_empty_segment);
    while (const auto segment = segments.next()) {
      if (is_dot_segment(*segment)) return true;
    }
  }
  return false;
}

}  // namespace sallyport
