#include "proxy/http/head_lines.h"

#include <optional>

namespace sallyport {

const char* wrong_byte_words(char byte) {
  if (byte == '\n') return "lines end with CR LF, not with LF alone";
  if (byte == '\0') return "a head holds no NUL";
  return "a field holds no control bytes";
}

const char* read_field_line(std::string_view line, Field& out) {
  if (line.front() == ' ' || line.front() == '\t') {
    return "a field stands on one line; folded lines are refused";
  }
  const std::optional<Field> field = split_field_line(line);
  if (!field) return "a field line is a name, a colon at once behind it, and a value";
  out = *field;
  return nullptr;
}

}  // namespace sallyport
