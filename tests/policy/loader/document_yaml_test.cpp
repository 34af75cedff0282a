#include "policy/loader/document_yaml.h"

#include <doctest/doctest.h>

namespace sallyport {
namespace {

std::optional<YamlNode> tree_of(std::string_view text, std::vector<std::string>* errors = nullptr) {
  Diagnostics diagnostics("f");
  auto root = read_yaml(text, "version: 1", diagnostics);
  if (errors != nullptr) {
    for (const Diagnostic& error : diagnostics.errors()) errors->push_back(error.text());
  }
  return root;
}

TEST_CASE("the tree keeps the order of keys, places, and what was quoted") {
  const auto root =
      tree_of("b: plain\na: 'quoted'\nlist:\n  - \"x\"\n  - y\nempty:\nblock: |\n  z\n");
  REQUIRE(root);
  REQUIRE(root->is_mapping());
  REQUIRE(root->entries.size() == 5);
  CHECK(root->entries[0].key == "b");
  CHECK(root->entries[0].mark == Mark{1, 1});
  CHECK(root->entries[0].value.mark == Mark{1, 4});
  CHECK_FALSE(root->entries[0].value.is_quoted);
  CHECK(root->entries[1].key == "a");
  CHECK(root->entries[1].value.is_quoted);
  const YamlNode& list = root->entries[2].value;
  REQUIRE(list.is_sequence());
  REQUIRE(list.items.size() == 2);
  CHECK(list.items[0].mark == Mark{4, 5});
  CHECK(list.items[0].is_quoted);
  CHECK_FALSE(list.items[1].is_quoted);
  CHECK(root->entries[3].value.kind == YamlNode::Kind::null);
  CHECK(root->entries[4].value.text == "z\n");
  CHECK(root->entries[4].value.is_quoted);
}

TEST_CASE("what is quoted is told rightly behind text of many bytes a character") {
  const auto root = tree_of("a: \"\xc3\xa9\xe2\x82\xac\"\nb: [\"1\", 2]\n");
  REQUIRE(root);
  const auto& items = root->entries[1].value.items;
  REQUIRE(items.size() == 2);
  CHECK(items[0].is_quoted);
  CHECK_FALSE(items[1].is_quoted);
}

TEST_CASE("lines may end by CR LF, and null has its four spellings") {
  const auto root = tree_of("a: ~\r\nb: null\r\nc:\r\nd: 'null'\r\n");
  REQUIRE(root);
  REQUIRE(root->entries.size() == 4);
  CHECK(root->entries[0].value.kind == YamlNode::Kind::null);
  CHECK(root->entries[1].value.kind == YamlNode::Kind::null);
  CHECK(root->entries[2].value.kind == YamlNode::Kind::null);
  CHECK(root->entries[3].value.text == "null");
}

TEST_CASE("of two equal keys the first stays, and the second is told") {
  std::vector<std::string> errors;
  const auto root = tree_of("a: 1\nb: 2\na: 3\n", &errors);
  REQUIRE(root);
  CHECK(root->entries.size() == 2);
  CHECK(root->entries[0].value.text == "1");
  CHECK(errors == std::vector<std::string>{"f:3:1: duplicate key 'a'; the first is on line 1"});
}

TEST_CASE("a quote that is never closed is no YAML, though yaml-cpp takes it") {
  for (const std::string_view text :
       {"a: \"b\n", "a: 'b\n", "a: 'b''\n", "a: \"b\\\"\n", "a: \""}) {
    CAPTURE(text);
    std::vector<std::string> errors;
    CHECK_FALSE(tree_of(text, &errors));
    CHECK(errors.size() == 1);
  }
  for (const std::string_view text : {"a: \"b\"", "a: 'b'", "a: 'b'''", "a: \"b\\\"\""}) {
    CAPTURE(text);
    CHECK(tree_of(text));
  }
}

TEST_CASE("nesting ends at 32 levels, however deep the text goes") {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + "x" + std::string(depth, ']');
  };
  CHECK(tree_of(nested(kYamlDepthMax)));
  CHECK_FALSE(tree_of(nested(kYamlDepthMax + 1)));
  CHECK_FALSE(tree_of(std::string(100'000, '[')));
}

TEST_CASE("aliases that would grow without end are refused where they stand") {
  std::vector<std::string> errors;
  tree_of("a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]\n", &errors);
  CHECK(errors.size() == 6);
}

TEST_CASE("more values than a policy can have are refused, before or while they are read") {
  std::vector<std::string> errors;
  std::string commas = "rules:\n  [";
  for (std::size_t i = 0; i < kYamlNodesMax; ++i) commas += ",\n"[i % 2];
  commas += std::string(kYamlNodesMax, ',');
  CHECK_FALSE(tree_of(commas, &errors));
  std::string lines;
  for (std::size_t i = 0; i <= kYamlNodesMax; ++i) lines += "-\n";
  CHECK_FALSE(tree_of(lines, &errors));
  REQUIRE(errors.size() == 2);
  CHECK(errors[0].find("more than 1000000 values") != std::string::npos);
  CHECK(errors[1].find("more than 1000000 values") != std::string::npos);
}

}  // namespace
}  // namespace sallyport
