// POLICY.md against the program: its tables are what the tables of keys, sets and labels and the
// parsers say, and its examples load. With SALLYPORT_WRITE_REFERENCE set the tables are written.
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "tests/policy/loader/load_text.h"
#include "tests/policy/loader/reference_keys.h"
#include "tests/policy/loader/reference_patterns.h"
#include "tests/policy/loader/reference_sets.h"

namespace sallyport {
namespace {

struct Section {
  std::string name;
  std::string table;
};

/// All that is generated.
std::vector<Section> sections() {
  std::vector<Section> all;
  for (std::size_t i = 0; i < kBlockCount; ++i) {
    const auto block = static_cast<Block>(i);
    all.push_back({test::section_name(block), test::keys_table(block)});
  }
  all.push_back({"host sets", test::sets_table()});
  all.push_back({"labels", test::labels_table()});
  all.push_back({"host patterns", test::examples_table(test::kHostExamples, test::host_matches)});
  all.push_back({"host patterns refused", test::host_refusals_table()});
  all.push_back({"URL patterns", test::examples_table(test::kUrlExamples, test::url_matches)});
  all.push_back({"URL patterns refused", test::url_refusals_table()});
  all.push_back({"durations", test::durations_table()});
  all.push_back({"sizes", test::sizes_table()});
  return all;
}

std::string path_of_reference() { return std::string(SALLYPORT_SOURCE_DIR) + "/POLICY.md"; }

std::string reference() {
  std::ifstream file(path_of_reference());
  REQUIRE(file.is_open());
  return {std::istreambuf_iterator<char>(file), {}};
}

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t i = text.find(part); i != text.npos; i = text.find(part, i + 1)) ++found;
  return found;
}

std::string begin_of(const std::string& name) { return "<!-- " + name + ": begin -->\n"; }
std::string end_of(const std::string& name) { return "<!-- " + name + ": end -->\n"; }

/// Where the section's table stands, between its markers.
std::pair<std::size_t, std::size_t> place_of(const std::string& text, const std::string& name) {
  REQUIRE_MESSAGE(count(text, begin_of(name)) == 1, name);
  REQUIRE_MESSAGE(count(text, end_of(name)) == 1, name);
  const std::size_t begin = text.find(begin_of(name)) + begin_of(name).size();
  const std::size_t end = text.find(end_of(name));
  REQUIRE_MESSAGE(begin <= end, name);
  return {begin, end - begin};
}

void write_reference() {
  std::string text = reference();
  for (const Section& section : sections()) {
    const auto [begin, length] = place_of(text, section.name);
    text.replace(begin, length, section.table);
  }
  std::ofstream file(path_of_reference());
  file << text;
  REQUIRE(file.flush());
}

/// What stands in fences of YAML.
std::vector<std::string> yaml_of(std::string_view text) {
  constexpr std::string_view kFence = "```yaml\n";
  std::vector<std::string> blocks;
  for (std::size_t begin = text.find(kFence); begin != text.npos;
       begin = text.find(kFence, begin)) {
    begin += kFence.size();
    blocks.emplace_back(text.substr(begin, text.find("```", begin) - begin));
  }
  return blocks;
}

TEST_CASE("POLICY.md has the tables that the program has; SALLYPORT_WRITE_REFERENCE writes them") {
  if (std::getenv("SALLYPORT_WRITE_REFERENCE") != nullptr) write_reference();
  const std::string text = reference();
  const auto all = sections();
  for (const Section& section : all) {
    CAPTURE(section.name);
    const auto [begin, length] = place_of(text, section.name);
    CHECK(text.substr(begin, length) == section.table);
  }
  CHECK(count(text, ": begin -->") == all.size());
  CHECK(count(text, ": end -->") == all.size());
}

TEST_CASE("each example of POLICY.md loads") {
  const auto blocks = yaml_of(reference());
  CHECK(blocks.size() >= 3);
  for (const std::string& block : blocks) {
    const bool has_rules = block.find("rules:") != std::string::npos;
    const std::string policy = has_rules ? "version: 1\n" + block : test::with_a_rule(block);
    CAPTURE(policy);
    const auto result =
        test::load_text(policy, {{"partners.txt", "old.example.net\n*.example.net"}});
    CHECK(test::joined(test::errors_of(result)) == "");
  }
}

TEST_CASE("POLICY.md has words for each built-in set and each label, and for no other") {
  const auto names = builtin_set_names();
  CHECK(std::size(test::kSetWords) == names.size());
  for (const std::string_view name : names) {
    CAPTURE(name);
    CHECK_FALSE(test::words_of_set(name).empty());
    for (const TenantKind kind : test::pinned_kinds(name)) {
      CHECK_FALSE(test::words_of_kind(kind).empty());
    }
  }
}

TEST_CASE("the labels that POLICY.md lists are those that filling a set asks for") {
  for (const std::string_view name : builtin_set_names()) {
    CAPTURE(name);
    std::set<std::string_view> keys;
    for (const TenantKind kind : test::pinned_kinds(name)) {
      const auto fill_it = organization_keys(kind);
      keys.insert(fill_it.begin(), fill_it.end());
    }
    CHECK(keys == test::keys_left_out(name, SetPlace::allow_hosts));
  }
}

TEST_CASE("the loader is asked which values wait for a room") {
  CHECK(
      test::what_waits(*find_key(Block::listener, "protocol")) ==
      "`https` **refused: authenticated listeners is not built yet**; `transparent` **refused: "
      "transparent listener is not built yet**; `dns` **refused: DNS listener is not built yet**");
  CHECK(test::what_waits(*find_key(Block::rule, "urls")).empty());
  CHECK(test::what_waits(*find_key(Block::rule, "ports")).empty());
  CHECK(test::what_waits(*find_key(Block::client, "mode")).empty());
}

TEST_CASE("text of the table of keys becomes Markdown that shows it as it is typed") {
  CHECK(test::markdown("a list, such as [\"s3:Get*\", a] or `off`") ==
        "a list, such as `[\"s3:Get*\", a]` or `off`");
  CHECK(test::markdown("fills <region> in *any* set") == "fills `<region>` in \\*any\\* set");
  CHECK(test::markdown("a size, such as 64KiB, or none") == "a size, such as `64KiB`, or none");
}

}  // namespace
}  // namespace sallyport
