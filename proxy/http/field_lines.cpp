#include "proxy/http/field_lines.h"

#include <algorithm>

#include "proxy/http/octets.h"

namespace sallyport {

std::optional<Field> split_field_line(std::string_view line) {
  std::size_t colon = 0;
  while (colon < line.size() && is_token_byte(line[colon])) ++colon;
  if (colon == 0 || colon == line.size() || line[colon] != ':') return std::nullopt;
  return Field{line.substr(0, colon), trim(line.substr(colon + 1))};
}

// The lines were split once already: no byte needs another look but those that end something.
void FieldLines::Iterator::read() {
  if (rest_.empty()) return;
  const std::size_t colon = rest_.find(':');
  line_size_ = std::min(rest_.find('\n', colon), rest_.size() - 1) + 1;
  field_.name = rest_.substr(0, colon);
  field_.value = trim(rest_.substr(colon + 1, line_size_ - 2 - (colon + 1)));
}

FieldLines::Iterator& FieldLines::Iterator::operator++() {
  rest_.remove_prefix(line_size_);
  read();
  return *this;
}

FieldLines::Iterator FieldLines::Iterator::operator++(int) {
  const Iterator before = *this;
  ++*this;
  return before;
}

std::optional<std::string_view> FieldLines::find(std::string_view name) const {
  const Iterator found = std::find_if(
      begin(), end(), [name](const Field& field) { return equal_ignoring_case(field.name, name); });
  if (found == end()) return std::nullopt;
  return found->value;
}

std::size_t FieldLines::count(std::string_view name) const {
  return static_cast<std::size_t>(std::count_if(
      begin(), end(), [name](const Field& f) { return equal_ignoring_case(f.name, name); }));
}

}  // namespace sallyport
