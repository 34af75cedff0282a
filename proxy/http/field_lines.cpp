#include "proxy/http/field_lines.h"

#include <algorithm>

#include "proxy/http/octets.h"

namespace sallyport {

std::optional<Field> split_field_line(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return std::nullopt;
  return Field{line.substr(0, colon), trim(line.substr(colon + 1))};
}

void FieldLines::Iterator::read() {
  const std::string_view line = rest_.substr(0, rest_.find("\r\n"));
  field_ = split_field_line(line).value_or(Field{});
}

FieldLines::Iterator& FieldLines::Iterator::operator++() {
  const std::size_t line_end = rest_.find("\r\n");
  rest_.remove_prefix(line_end == std::string_view::npos ? rest_.size() : line_end + 2);
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
