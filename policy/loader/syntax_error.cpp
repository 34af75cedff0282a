#include "policy/loader/syntax_error.h"

#include <array>

namespace sallyport {

std::string syntax_error(std::string_view told, int position, std::string_view text) {
  const bool has_place = position >= 0 && static_cast<std::size_t>(position) < text.size();
  switch (has_place ? text[static_cast<std::size_t>(position)] : '\0') {
    case '*':
      return "'*' begins a YAML alias; quote the text, as \"*.example.org\"";
    case '@':
      return "'@' cannot begin a plain YAML word; quote the text, as \"@s3\"";
    default:
      break;
  }
  struct Row {
    std::string_view theirs;  // how the message begins
    std::string_view ours;
  };
  constexpr std::string_view kIndentation =
      "the indentation fits nothing above; what belongs together begins in one column";
  constexpr std::array<Row, 10> kRows{{
      {"illegal flow end", "a bracket closes that was not opened; see that each has its partner"},
      {"end of sequence flow not found", "']' is missing behind this list"},
      {"end of map flow not found", "'}' is missing behind this mapping"},
      {"end of sequence not found", kIndentation},
      {"end of map not found", kIndentation},
      {"illegal block entry", kIndentation},
      {"illegal map value", "': ' cannot stand here; quote text that holds one"},
      {"illegal EOF in scalar", "a quote is not closed"},
      {"unknown escape character",
       "a backslash begins an escape in \"...\"; write the text in '...' instead"},
      {"unknown token", "a plain YAML word cannot begin so; quote the text"},
  }};
  for (const Row& row : kRows) {
    if (told.starts_with(row.theirs)) return "not YAML: " + std::string(row.ours);
  }
  return "not YAML: " + std::string(told);
}

}  // namespace sallyport
