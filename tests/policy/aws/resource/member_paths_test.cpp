#include "policy/aws/resource/member_paths.h"

#include <array>
#include <string>

#include <doctest/doctest.h>

#include "tests/policy/aws/resource/found_text.h"

namespace sallyport {
namespace {

constexpr std::array kBody = {MemberPlace::body};

/// The kinds that the paths have at `steps`: `/name`, `/#` a list's element.
std::string kinds_at(std::string_view members, std::string_view steps) {
  const auto list = members_of(members);
  const MemberPaths paths(list, kBody, 1);
  PathWalk walk(paths);
  while (!steps.empty()) {
    steps.remove_prefix(1);
    const std::string_view step = steps.substr(0, steps.find('/'));
    steps.remove_prefix(step.size());
    walk.open();
    if (step == "#") {
      walk.to_element();
    } else {
      walk.to_name(step);
    }
  }
  std::vector<FoundMember> found{{walk.here().value, "", walk.here().is_at_top}};
  return text_of(true, found);
}

TEST_CASE("A path is followed by names, elements, and through any depth") {
  struct Row {
    std::string_view members;
    std::string_view steps;
    std::string_view kinds;
  };
  const Row rows[] = {
      {"Ab:/RoleArn", "/RoleArn", "A! "},
      {"Ab:/RoleArn", "/roleARN", "A! "},
      {"Ab:/RoleArn", "/RoleArn/x", " "},
      {"Ab:/RoleArn", "/Role", " "},
      {"Ab:/RoleArn", "/RoleArn2", " "},
      {"Ab:/RoleArn", "/x/RoleArn", " "},
      {"Ab:/RoleArn", "", " "},
      {"Ab:/a/b Nb:/a/c", "/a/b", "A "},
      {"Ab:/a/b Nb:/a/c", "/a/c", "N "},
      {"Ab:/a/b aBb:/a/B", "/a/b", "AaB "},  // one value, of all kinds that it may be
      {"Ab:/a/*", "/a/#", "A "},
      {"Ab:/a/*", "/a/key", "A "},  // a map's value
      {"Ab:/a/*/b", "/a/#/b", "A "},
      {"Ab:/a/*/b", "/a/b", " "},
      {"Ab:/a/*/b Nb:/a/x/b", "/a/x/b", "AN "},
      {"Ab:/d/**/x", "/d/x", "A "},
      {"Ab:/d/**/x", "/d/a/x", "A "},
      {"Ab:/d/**/x", "/d/a/#/#/x", "A "},
      {"Ab:/d/**/x", "/d/x/x/x", "A "},
      {"Ab:/d/**/x", "/x", " "},
      {"Ab:/d/**/m/*", "/d/1/2/m/k", "A "},
      {"Ab:/d/**/m/*", "/d/1/2/m", " "},
  };
  for (const Row& row : rows) {
    CAPTURE(row.members);
    CAPTURE(row.steps);
    CHECK(kinds_at(row.members, row.steps) == row.kinds);
  }
}

TEST_CASE("The paths say which shapes a value may have") {
  const auto members = members_of("Ab:/text Ab:/list/* Ab:/map/x Ab:/deep/**/x ab:/keys/@");
  const MemberPaths paths(members, kBody, 1);
  struct Row {
    std::string_view name;
    bool text, list, map;
  };
  const Row rows[] = {
      {"text", true, false, false}, {"list", false, true, true},  {"map", false, false, true},
      {"deep", true, true, true},   {"keys", false, false, true}, {"other", true, true, true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    PathWalk walk(paths);
    walk.open();
    walk.to_name(row.name);
    CHECK(walk.here().is_followed == (row.name != "other"));
    CHECK(walk.here().may_be_text == row.text);
    CHECK(walk.here().may_be_list == row.list);
    CHECK(walk.here().may_be_map == row.map);
  }
}

TEST_CASE("Where what was open ends, the walk is where it was") {
  const auto members = members_of("Ab:/a/b Nb:/a/c");
  const MemberPaths paths(members, kBody, 1);
  PathWalk walk(paths);
  walk.open();
  walk.to_name("a");
  walk.open();
  walk.to_name("b");
  CHECK(walk.here().value.has(MemberKinds::arn));
  walk.open();
  walk.close();
  walk.to_name("c");
  CHECK(walk.here().value.has(MemberKinds::account));
  walk.close();
  CHECK(walk.here().may_be_map);
  walk.to_name("z");
  CHECK_FALSE(walk.here().is_followed);
}

TEST_CASE("Members of other places are not followed in a body") {
  const auto members = members_of("Af:/a");
  const MemberPaths paths(members, kBody, 1);
  CHECK(paths.empty());
}

}  // namespace
}  // namespace sallyport
