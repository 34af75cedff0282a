#include "proxy/http/via.h"

#include <algorithm>
#include <cstddef>

#include "proxy/http/octets.h"

namespace sallyport {
namespace {

// The size of the comment at the start of the text, parentheses and nested comments included; 0 if
// it does not end (RFC 9110 section 5.6.5).
std::size_t comment_size(std::string_view text) {
  std::size_t depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;  // a quoted pair
    } else if (text[i] == '(') {
      ++depth;
    } else if (text[i] == ')' && --depth == 0) {
      return i + 1;
    }
  }
  return 0;
}

// The elements of one Via field, each as far as its first comment.
class ViaElements {
 public:
  explicit ViaElements(std::string_view list) : rest_(list) {}

  bool empty() const { return rest_.empty(); }

  std::string_view take() {
    std::size_t end = 0;
    std::size_t told = std::string_view::npos;  // where the first comment begins
    while (end < rest_.size() && rest_[end] != ',') {
      const bool opens = comments_end_ && rest_[end] == '(';
      const std::size_t comment = opens ? comment_size(rest_.substr(end)) : 0;
      comments_end_ = comments_end_ && (!opens || comment != 0);
      if (comment != 0) told = std::min(told, end);
      end += std::max<std::size_t>(comment, 1);
    }
    const std::string_view element = trim(rest_.substr(0, std::min(told, end)));
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    return element;
  }

 private:
  std::string_view rest_;
  // One that does not end was found: the rest is read as if there were no comments, since to look
  // for the end of each would take time by the square of their number.
  bool comments_end_ = true;
};

// `1.1 pseudonym` or `HTTP/1.1 pseudonym:80`.
bool is_received_by(std::string_view element, std::string_view pseudonym) {
  const std::size_t space = element.find_first_of(" \t");
  if (space == std::string_view::npos) return false;
  std::string_view received_by = trim(element.substr(space));
  if (!begins_ignoring_case(received_by, pseudonym)) return false;
  received_by.remove_prefix(pseudonym.size());
  if (received_by.empty()) return true;
  // A port, or text that no element has behind its name: the name was ours all the same.
  return received_by.front() == ':' || received_by.front() == ' ' || received_by.front() == '\t';
}

}  // namespace

std::string via_pseudonym(std::uint64_t number) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string pseudonym = "sallyport-";
  for (int shift = 60; shift >= 0; shift -= 4) pseudonym += kDigits[(number >> shift) & 15U];
  return pseudonym;
}

bool has_passed(const FieldLines& fields, std::string_view pseudonym) {
  for (const Field& field : fields) {
    if (!equal_ignoring_case(field.name, "Via")) continue;
    for (ViaElements elements(field.value); !elements.empty();) {
      if (is_received_by(elements.take(), pseudonym)) return true;
    }
  }
  return false;
}

}  // namespace sallyport
