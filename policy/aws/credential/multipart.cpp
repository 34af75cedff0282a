#include "policy/aws/credential/multipart.h"

#include <algorithm>
#include <string>

#include "policy/aws/credential/characters.h"
#include "policy/values/ascii.h"

namespace sallyport {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::size_t kBoundaryBytesMax = 70;  // RFC 2046 section 5.1.1

/// A byte of a quoted string. A backslash escapes for some readers and is itself for others.
bool is_quoted_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte != 0x7f && c != '"' && c != '\\';
}

std::string_view trim(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

/// `form-data; name="key"`: a word, and parameters behind it (RFC 9110 section 5.6.6).
class WordAndParameters {
 public:
  explicit WordAndParameters(std::string_view text)
      : word_(trim(text.substr(0, text.find(';')))),
        rest_(text.substr(std::min(text.find(';'), text.size()))) {}

  std::string_view word() const { return word_; }
  /// Something in it has no safe reading.
  bool is_broken() const { return is_broken_; }

  struct Parameter {
    std::string_view name;
    std::string_view value;
  };

  std::optional<Parameter> next() {
    if (rest_.empty() || is_broken_) return std::nullopt;
    rest_ = trim(rest_.substr(1));  // the semicolon
    const auto equals = rest_.find('=');
    const std::string_view name = rest_.substr(0, equals);
    if (equals == std::string_view::npos || !is_all_of(name, name.size(), CharacterClass::token)) {
      return broken();
    }
    rest_.remove_prefix(equals + 1);
    const bool is_quoted = rest_.starts_with('"');
    if (is_quoted) rest_.remove_prefix(1);
    std::size_t size = 0;
    while (size < rest_.size() &&
           (is_quoted ? is_quoted_byte(rest_[size]) : is_of(rest_[size], CharacterClass::token))) {
      ++size;
    }
    const std::string_view value = rest_.substr(0, size);
    rest_.remove_prefix(size);
    if (is_quoted) {
      if (!rest_.starts_with('"')) return broken();
      rest_.remove_prefix(1);
    } else if (value.empty()) {
      return broken();
    }
    rest_ = trim(rest_);
    if (!rest_.empty() && rest_.front() != ';') return broken();
    return Parameter{name, value};
  }

 private:
  std::optional<Parameter> broken() {
    is_broken_ = true;
    return std::nullopt;
  }

  std::string_view word_;
  std::string_view rest_;
  bool is_broken_ = false;
};

/// Reads Content-Disposition; false where it is not that of a form's part, or not clearly so.
bool read_disposition(std::string_view text, PartHead& head) {
  WordAndParameters disposition(text);
  if (!equal_ignoring_case(disposition.word(), "form-data")) return false;
  bool has_name = false;
  while (const auto parameter = disposition.next()) {
    if (equal_ignoring_case(parameter->name, "name") && !has_name) {
      head.name = parameter->value;
      has_name = true;
    } else if (equal_ignoring_case(parameter->name, "filename") && !head.filename) {
      head.filename = parameter->value;
    } else if (equal_ignoring_case(parameter->name, "filename*") && !head.has_encoded_filename) {
      head.has_encoded_filename = true;
    } else {
      return false;
    }
  }
  // Browsers write a quote in a name as %22, which not every reader takes back.
  return has_name && !disposition.is_broken() && !head.name.empty() &&
         head.name.find('%') == std::string_view::npos;
}

/// How a value of that Content-Type is read; nothing where the type has no safe reading.
std::optional<PartHead::Value> value_of_type(std::string_view text) {
  WordAndParameters type(text);
  if (!equal_ignoring_case(type.word(), "text/plain")) return PartHead::Value::file;
  auto value = PartHead::Value::utf8;
  bool has_charset = false;
  while (const auto parameter = type.next()) {
    if (!equal_ignoring_case(parameter->name, "charset") || has_charset) return std::nullopt;
    has_charset = true;
    if (equal_ignoring_case(parameter->value, "utf-8")) continue;
    // What Java's and Apache's clients write unasked.
    if (!equal_ignoring_case(parameter->value, "iso-8859-1") &&
        !equal_ignoring_case(parameter->value, "us-ascii")) {
      return PartHead::Value::file;
    }
    value = PartHead::Value::ascii;
  }
  if (type.is_broken()) return std::nullopt;
  return value;
}

/// Reads one line of a part's head; false where the part is read in different ways because of it.
bool read_line(std::string_view line, PartHead& head) {
  const auto colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  if (colon == std::string_view::npos || !is_all_of(name, name.size(), CharacterClass::token))
    return false;
  const std::string_view value = trim(line.substr(colon + 1));
  if (equal_ignoring_case(name, "content-disposition"))
    return head.name.empty() && read_disposition(value, head);
  if (equal_ignoring_case(name, "content-type")) {
    const auto read = value_of_type(value);
    if (!read || head.value != PartHead::Value::utf8) return false;
    head.value = *read;
    return true;
  }
  if (equal_ignoring_case(name, "content-length")) {
    if (head.length || !is_all_of(value, 12, CharacterClass::digit)) return false;
    head.length = value;
    return true;
  }
  // The encodings that change nothing.
  return equal_ignoring_case(name, "content-transfer-encoding") &&
         (equal_ignoring_case(value, "8bit") || equal_ignoring_case(value, "binary") ||
          equal_ignoring_case(value, "7bit"));
}

}  // namespace

std::optional<std::string_view> multipart_boundary(std::string_view content_type) {
  WordAndParameters type(content_type);
  if (!equal_ignoring_case(type.word(), "multipart/form-data")) return std::nullopt;
  std::optional<std::string_view> boundary;
  while (const auto parameter = type.next()) {
    if (!equal_ignoring_case(parameter->name, "boundary")) continue;
    if (boundary || !is_all_of(parameter->value, kBoundaryBytesMax, CharacterClass::boundary)) {
      return std::nullopt;
    }
    boundary = parameter->value;
  }
  if (type.is_broken()) return std::nullopt;
  return boundary;
}

std::optional<PartHead> MultipartReader::next_head() {
  if (!take("--") || !take(boundary_) || !take(kLineEnd)) return std::nullopt;
  PartHead head;
  while (!take(kLineEnd)) {
    const auto end = rest_.find('\r');
    const std::string_view line = rest_.substr(0, end);
    if (end == std::string_view::npos ||
        line.find_first_of(std::string_view("\n\0", 2)) != std::string_view::npos) {
      return std::nullopt;
    }
    rest_.remove_prefix(end);
    if (!take(kLineEnd) || !read_line(line, head)) return std::nullopt;
  }
  if (head.name.empty()) return std::nullopt;
  return head;
}

std::optional<std::string_view> MultipartReader::value(const PartHead& head) {
  // The first run of these bytes, wherever it stands: readers differ over what may be before it.
  std::size_t at = rest_.find(boundary_);
  if (at == std::string_view::npos || at < 4 || rest_.substr(at - 4, 4) != "\r\n--") {
    return std::nullopt;
  }
  const std::string_view value = rest_.substr(0, at - 4);
  if (head.length && *head.length != std::to_string(value.size())) return std::nullopt;
  rest_.remove_prefix(at - 2);
  return value;
}

bool MultipartReader::take(std::string_view text) {
  if (!rest_.starts_with(text)) return false;
  rest_.remove_prefix(text.size());
  return true;
}

}  // namespace sallyport
