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

// Takes the next element off the list, as far as its first comment.
std::string_view take_via(std::string_view& list) {
  std::size_t end = 0;
  std::size_t told = std::string_view::npos;  // where the first comment begins
  bool may_be_comment = true;                 // looked for once if it does not end: linear
  while (end < list.size() && list[end] != ',') {
    const std::size_t comment =
        may_be_comment && list[end] == '(' ? comment_size(list.substr(end)) : 0;
    if (comment != 0) {
      told = std::min(told, end);
      end += comment;
    } else {
      may_be_comment = may_be_comment && list[end] != '(';
      ++end;
    }
  }
  const std::string_view element = trim(list.substr(0, std::min(told, end)));
  list.remove_prefix(std::min(end + 1, list.size()));
  return element;
}

// `1.1 pseudonym` or `HTTP/1.1 pseudonym:80`.
bool is_received_by(std::string_view element, std::string_view pseudonym) {
  const std::size_t space = element.find_first_of(" \t");
  if (space == std::string_view::npos) return false;
  std::string_view received_by = trim(element.substr(space));
  if (!equal_ignoring_case(received_by.substr(0, pseudonym.size()), pseudonym)) return false;
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
    for (std::string_view rest = field.value; !rest.empty();) {
      if (is_received_by(take_via(rest), pseudonym)) return true;
    }
  }
  return false;
}

}  // namespace sallyport
