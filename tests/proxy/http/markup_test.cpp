#include "proxy/http/markup.h"

#include <doctest/doctest.h>

namespace sallyport {
namespace {

TEST_CASE("text stays text in markup, in JSON, and where it is cut") {
  struct Row {
    std::string text;
    const char* markup;
    const char* json;
  };
  const Row rows[] = {
      {"", "", "\"\""},
      {"plain", "plain", "\"plain\""},
      {"a<b>&\"'", "a&lt;b&gt;&amp;&#34;&#39;", "\"a\\u003cb\\u003e\\u0026\\\"'\""},
      {"tab\tend\n", "tab end ", "\"tab\\u0009end\\u000a\""},
      {"back\\slash", "back\\slash", "\"back\\\\slash\""},
      {"\x7f", " ", "\"\\u007f\""},
      {"caf\xc3\xa9", "caf\xc3\xa9", "\"caf\xc3\xa9\""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    std::string markup;
    append_escaped(markup, row.text);
    CHECK(markup == row.markup);
    std::string json;
    append_json_string(json, row.text);
    CHECK(json == row.json);
  }
  CHECK(cut_text("abc", 3) == "abc");
  CHECK(cut_text("abc", 2) == "ab");
  CHECK(cut_text("a\xc3\xa9", 2) == "a");  // never half a character
}

}  // namespace
}  // namespace sallyport
