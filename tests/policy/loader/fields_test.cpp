#include "policy/loader/fields.h"

#include <doctest/doctest.h>

#include "policy/loader/value_text.h"

namespace sallyport {
namespace {

/// Fields over a text of their own.
struct Reading {
  Reading(std::string_view text, Block block) : diagnostics("f") {
    root = read_yaml(text, "x", diagnostics).value();
    fields.emplace(root, block, diagnostics);
  }

  std::vector<std::string> errors() const {
    std::vector<std::string> lines;
    for (const Diagnostic& error : diagnostics.errors()) lines.push_back(error.text());
    return lines;
  }

  Diagnostics diagnostics;
  YamlNode root;
  std::optional<Fields> fields;
};

TEST_CASE("what is found has the shape that the table says; what has not is told and hidden") {
  const Reading reading(
      "connections: [1]\nconnections_per_client: 7\nheader_bytes: ~\nunknown: 1\n", Block::limits);
  CHECK(reading.fields->find("connections") == nullptr);
  CHECK(reading.fields->find("header_bytes") == nullptr);
  CHECK(reading.fields->find("unknown") == nullptr);
  CHECK(reading.fields->find("judged_body_bytes") == nullptr);
  CHECK(reading.fields->number("connections_per_client", 1, 10) == 7U);
  CHECK(reading.errors().size() == 3);
}

TEST_CASE("readers of a key that is absent read nothing and tell nothing") {
  const Reading reading("path: stdout\n", Block::audit);
  CHECK(reading.fields->word("path") == "stdout");
  CHECK_FALSE(reading.fields->flag("required"));
  CHECK_FALSE(reading.fields->one_of("required", {"true"}));
  CHECK_FALSE(reading.fields->number("required", 0, 1));
  CHECK(reading.fields->list("required", parse_ports).empty());
  CHECK(reading.errors().empty());
}

TEST_CASE("of a list the right items are read, and each wrong one is told") {
  const Reading reading("name: a\nhosts: [h]\nports: [443, x, [1], 80, 0]\n", Block::rule);
  const auto ports = reading.fields->list("ports", parse_ports);
  REQUIRE(ports.size() == 2);
  CHECK(ports[0].first == 443);
  CHECK(ports[1].first == 80);
  CHECK(reading.errors().size() == 3);
}

TEST_CASE("a flag is true or false and nothing that looks like it") {
  for (const std::string_view word : {"yes", "on", "True", "TRUE", "1", "'true'", "\"false\""}) {
    CAPTURE(word);
    const Reading reading("required: " + std::string(word) + "\n", Block::audit);
    CHECK_FALSE(reading.fields->flag("required"));
    CHECK(reading.errors().size() == 1);
  }
  CHECK(Reading("required: true\n", Block::audit).fields->flag("required") == true);
  CHECK(Reading("required: false\n", Block::audit).fields->flag("required") == false);
}

TEST_CASE("a misspelt required key is told once") {
  CHECK(Reading("nmae: a\nhosts: [h]\n", Block::rule).errors() ==
        std::vector<std::string>{"f:1:1: unknown key 'nmae'; did you mean 'name'?"});
}

TEST_CASE("a message stays on one line, whatever it quotes") {
  CHECK(Reading("\"a\\nb\": 1\npath: x\n", Block::audit).errors() ==
        std::vector<std::string>{"f:1:1: unknown key 'a b'; the keys here are path required"});
}

TEST_CASE("past a thousand errors the rest is counted") {
  std::string text;
  for (int i = 0; i < 1500; ++i) text += "key_of_nobody_" + std::to_string(i) + ": 1\n";
  const auto errors = Reading(text, Block::audit).errors();
  REQUIRE(errors.size() == kErrorsToldMax + 1);
  CHECK(errors.back() == "f:1:1: and 500 more errors");
}

}  // namespace
}  // namespace sallyport
