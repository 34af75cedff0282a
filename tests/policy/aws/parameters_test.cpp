#include "policy/aws/parameters.h"

#include <string>
#include <string_view>
#include <utility>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

using Kind = Parameters::Kind;

/// `<a=1><b>`: each parameter in its brackets; `no safe reading` where there is none.
std::string shown(std::string_view encoded, Kind kind) {
  const auto read = Parameters::read(encoded, kind);
  if (!read) return "no safe reading";
  std::string text;
  for (const Parameter& one : *read) {
    text += '<';
    text += one.name;
    if (one.value) text += "=" + std::string(*one.value);
    text += '>';
  }
  return text;
}

struct Row {
  std::string_view encoded;
  std::string_view query;
  std::string_view form;
};

constexpr Row kRows[] = {
    {"", "", ""},
    {"a", "<a>", "<a>"},
    {"a=", "<a=>", "<a=>"},
    {"=v", "<=v>", "<=v>"},
    {"a=1&b=2", "<a=1><b=2>", "<a=1><b=2>"},
    {"b=2&a=1&b=3", "<b=2><a=1><b=3>", "<b=2><a=1><b=3>"},
    {"a=b=c", "<a=b=c>", "<a=b=c>"},
    // Nothing between two separators is no parameter.
    {"&", "", ""},
    {"a&&b&", "<a><b>", "<a><b>"},
    // `;` separates nothing: old form readers disagree, AWS does not (FACTS section 2).
    {"a=1;b=2", "<a=1;b=2>", "<a=1;b=2>"},
    {"a=1%26b=2", "<a=1&b=2>", "<a=1&b=2>"},
    {"a%3Db=2", "<a=b=2>", "<a=b=2>"},
    // Decoded once, names too.
    {"%58-Amz-Date=1", "<X-Amz-Date=1>", "<X-Amz-Date=1>"},
    {"a=%2541", "<a=%41>", "<a=%41>"},
    {"a=%2f%2F", "<a=//>", "<a=//>"},
    {"a=x+y%2B", "<a=x+y+>", "<a=x y+>"},
    {"a+b=1", "<a+b=1>", "<a b=1>"},
    {"a=\xc3\xa9%C3%A9", "<a=\xc3\xa9\xc3\xa9>", "<a=\xc3\xa9\xc3\xa9>"},
    // No safe reading.
    {"a=%", "no safe reading", "no safe reading"},
    {"a=%4", "no safe reading", "no safe reading"},
    {"a=%4g", "no safe reading", "no safe reading"},
    {"%g4=1", "no safe reading", "no safe reading"},
    {"a=1&%zz", "no safe reading", "no safe reading"},
    {"a=%00", "no safe reading", "no safe reading"},
    {"a%00=b", "no safe reading", "no safe reading"},
    {std::string_view("a=\0", 3), "no safe reading", "no safe reading"},
    {"a=%u0041", "no safe reading", "no safe reading"},
};

TEST_CASE("A query and a form are taken apart at & and decoded once") {
  for (const Row& row : kRows) {
    CAPTURE(row.encoded);
    CHECK(shown(row.encoded, Kind::query) == row.query);
    CHECK(shown(row.encoded, Kind::form) == row.form);
  }
}

TEST_CASE("A name is found as it is spelled, and counted in any case") {
  const auto read = Parameters::read("a=1&A=2&%41=3&b&a=4", Kind::query);
  REQUIRE(read);
  REQUIRE(read->find("a"));
  CHECK(*read->find("a")->value == "1");
  CHECK(*read->find("A")->value == "2");
  CHECK_FALSE(read->find("b")->value);
  CHECK(read->find("B") == nullptr);
  CHECK(read->count_of("a") == 4);
  CHECK(read->count_of("b") == 1);
  CHECK(read->count_of("c") == 0);
  // Only ASCII letters have a case: the Kelvin sign is no `k`, `[` is no `{`.
  const auto signs = Parameters::read("\xe2\x84\xaa=1&[=2", Kind::query);
  CHECK(signs->count_of("k") == 0);
  CHECK(signs->count_of("{") == 0);
}

TEST_CASE("What was read stays where it is when it is moved") {
  auto read = Parameters::read("a=1", Kind::query);
  const std::string_view value = *read->find("a")->value;
  const Parameters moved = std::move(*read);
  CHECK(moved.find("a")->value->data() == value.data());
}

TEST_CASE("Fields of another reader are copied") {
  std::string text = "key=up";
  const Parameter fields[] = {
      {std::string_view(text).substr(0, 3), std::string_view(text).substr(4)},
      {"empty", ""},
      {"none", std::nullopt}};
  const Parameters copy = Parameters::of(fields);
  text = "######";
  CHECK(*copy.find("key")->value == "up");
  CHECK(copy.find("empty")->value->empty());
  CHECK_FALSE(copy.find("none")->value);
}

}  // namespace
}  // namespace sallyport
