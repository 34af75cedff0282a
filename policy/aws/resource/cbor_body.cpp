#include "policy/aws/resource/cbor_body.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policy/values/utf8.h"

namespace sallyport {
namespace {

/// The major types of RFC 8949 section 3.1.
enum class Major : std::uint8_t { number, negative, bytes, text, list, map, tag, simple };

/// The head of an item.
struct Head {
  Major major{};
  std::uint64_t argument = 0;
  bool is_indefinite = false;
  bool is_nothing = false;  ///< null or undefined

  bool is_break() const { return major == Major::simple && is_indefinite; }
};

constexpr std::uint8_t kIndefinite = 31;

class Reader {
 public:
  Reader(std::string_view body, MemberFinder& finder) : rest_(body), finder_(finder) {}

  bool read() {
    while (!is_done_) {
      if (!read_next()) return false;
    }
    return rest_.empty();
  }

 private:
  /// A map or list that has begun.
  struct Open {
    bool is_map;
    bool is_indefinite;
    std::uint64_t left;  ///< entries or elements to come, where it is not indefinite
    bool is_key_next = false;
  };

  bool read_next();
  bool read_key(const Head& head);
  bool read_value(const Head& head);
  bool open(const Head& head);
  bool close();
  /// The value is whole: it was an element, or the end of an entry, perhaps the last of what is
  /// open.
  bool end_value();
  std::optional<Head> head();
  /// What stands behind the head of a string, chunks put together.
  bool read_string(const Head& head, std::string_view& text);
  bool take(std::uint64_t size, std::string_view& taken);

  std::string_view rest_;
  MemberFinder& finder_;
  std::vector<Open> open_;
  std::string chunks_;
  bool is_tagged_ = false;  ///< a tag stands before what comes next
  bool is_done_ = false;
};

bool Reader::take(std::uint64_t size, std::string_view& taken) {
  if (size > rest_.size()) return false;
  taken = rest_.substr(0, static_cast<std::size_t>(size));
  rest_.remove_prefix(static_cast<std::size_t>(size));
  return true;
}

std::optional<Head> Reader::head() {
  std::string_view first;
  if (!take(1, first)) return std::nullopt;
  const auto byte = static_cast<std::uint8_t>(first.front());
  Head head;
  head.major = static_cast<Major>(byte >> 5U);
  const std::uint8_t low = byte & 31U;
  if (low == kIndefinite) {
    head.is_indefinite = true;
    const bool may_be = head.major == Major::bytes || head.major == Major::text ||
                        head.major == Major::list || head.major == Major::map ||
                        head.major == Major::simple;
    if (!may_be) return std::nullopt;
    return head;
  }
  if (low > 27) return std::nullopt;  // reserved: RFC 8949 section 3
  if (low < 24) {
    head.argument = low;
    head.is_nothing = head.major == Major::simple && (low == 22 || low == 23);  // null, undefined
    return head;
  }
  std::string_view bytes;
  if (!take(std::uint64_t{1} << (low - 24U), bytes)) return std::nullopt;
  for (const char c : bytes) head.argument = head.argument << 8U | static_cast<std::uint8_t>(c);
  // A simple value below 32 has no second byte: RFC 8949 section 3.3.
  if (head.major == Major::simple && low == 24 && head.argument < 32) return std::nullopt;
  return head;
}

bool Reader::read_string(const Head& head, std::string_view& text) {
  if (!head.is_indefinite) return take(head.argument, text);
  chunks_.clear();
  while (true) {
    const auto chunk = this->head();
    if (!chunk) return false;
    if (chunk->is_break()) break;
    std::string_view part;
    // Each chunk is a whole string of the same type: RFC 8949 section 3.2.3.
    if (chunk->major != head.major || chunk->is_indefinite) return false;
    if (!take(chunk->argument, part)) return false;
    if (chunk->major == Major::text && !is_utf8(part)) return false;
    chunks_ += part;
  }
  text = chunks_;
  return true;
}

bool Reader::read_next() {
  const auto head = this->head();
  if (!head) return false;
  if (head->is_break()) {
    // Only where an entry or an element might begin.
    const bool may_end = !is_tagged_ && !open_.empty() && open_.back().is_indefinite &&
                         (!open_.back().is_map || open_.back().is_key_next);
    return may_end && close() && end_value();
  }
  if (!open_.empty() && open_.back().is_key_next) return read_key(*head);
  return read_value(*head);
}

bool Reader::read_key(const Head& head) {
  std::string_view key;
  if (head.major != Major::text || !read_string(head, key) || !is_utf8(key)) return false;
  open_.back().is_key_next = false;
  return finder_.key(key);
}

bool Reader::read_value(const Head& head) {
  std::string_view text;
  is_tagged_ = false;
  switch (head.major) {
    case Major::tag:
      is_tagged_ = true;
      return true;  // the value is still to come
    case Major::list:
    case Major::map:
      return open(head);
    case Major::text:
      if (!read_string(head, text) || !is_utf8(text) || !finder_.text(text)) return false;
      break;
    case Major::bytes:
      if (!read_string(head, text) || !finder_.bytes()) return false;
      break;
    case Major::simple:
    case Major::number:
    case Major::negative:
      if (!head.is_nothing && !finder_.scalar()) return false;
      break;
  }
  return end_value();
}

bool Reader::open(const Head& head) {
  if (open_.size() >= kDepthMax) return false;
  const bool is_map = head.major == Major::map;
  if (is_map ? !finder_.open_map() : !finder_.open_list()) return false;
  open_.push_back({is_map, head.is_indefinite, head.argument, is_map});
  const bool is_empty = !head.is_indefinite && head.argument == 0;
  return !is_empty || (close() && end_value());
}

bool Reader::close() {
  const bool is_map = open_.back().is_map;
  open_.pop_back();
  if (is_map) return finder_.close_map();
  finder_.close_list();
  return true;
}

bool Reader::end_value() {
  while (!open_.empty()) {
    Open& around = open_.back();
    around.is_key_next = around.is_map;
    if (around.is_indefinite || --around.left > 0) return true;
    if (!close()) return false;
  }
  is_done_ = true;
  return true;
}

}  // namespace

bool read_cbor(std::string_view body, MemberFinder& finder) { return Reader(body, finder).read(); }

}  // namespace sallyport
