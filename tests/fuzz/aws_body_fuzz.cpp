// The members of bodies: what is found in JSON against a tree of it and one path after the other
// (plain_members.h), and the same body in CBOR, which must tell the same; bodies of the other
// formats must come to an end without a word read beyond theirs.
//
// The first byte is the format: `j`, `c`, `x` or `f`; the body follows.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/aws/parameters.h"
#include "policy/aws/resource/body_members.h"
#include "policy/aws/resource/member_finder.h"
#include "tests/fuzz/plain_members.h"
#include "tests/fuzz/require.h"
#include "tests/policy/aws/resource/found_text.h"

using namespace sallyport;
using fuzz::require;

namespace {

const std::vector<Member>& members() {
  static const std::vector<Member> all = members_of(
      "Ab:/A Nb:/N/* Bb:/O/B ab:/T/@ Ub:/L/*/U Ab:/D/**/x ab:/D/**/m/@ aBb:/D/**/l/* Ab:/X/*/* "
      "Ab:/R/A Ib:/R/@i Af:/F/member/*/A");
  return all;
}

std::vector<Member> body_members() {
  std::vector<Member> found;
  for (const Member& member : members()) {
    if (member.place == MemberPlace::body) found.push_back(member);
  }
  return found;
}

/// A head of CBOR with an argument of four bytes, longer than most need.
void add_head(std::string& cbor, unsigned major, std::size_t argument) {
  cbor += static_cast<char>(major << 5U | 26U);
  for (const unsigned shift : {24U, 16U, 8U, 0U}) {
    cbor += static_cast<char>(argument >> shift & 0xffU);
  }
}

/// The tree as CBOR: lists without a length, maps with one, each text in one chunk of several.
void add_cbor(std::string& cbor, const boost::json::value& value) {
  if (const auto* text = value.if_string()) {
    cbor += '\x7f';
    add_head(cbor, 3, text->size());
    cbor.append(text->data(), text->size());
    cbor += "\x60\xff";
  } else if (const auto* list = value.if_array()) {
    cbor += '\x9f';
    for (const auto& element : *list) add_cbor(cbor, element);
    cbor += '\xff';
  } else if (const auto* map = value.if_object()) {
    add_head(cbor, 5, map->size());
    for (const auto& entry : *map) {
      add_head(cbor, 3, entry.key().size());
      cbor.append(entry.key().data(), entry.key().size());
      add_cbor(cbor, entry.value());
    }
  } else {
    cbor += value.is_null() ? '\xf6' : '\x01';
  }
}

/// A name with NUL in it is one that cannot be told, at whatever path.
bool has_name_with_nul(const boost::json::value& value) {
  if (const auto* text = value.if_string()) {
    const std::string_view name = without_space_around({text->data(), text->size()});
    return name.find('\0') != std::string_view::npos && resource_kinds(name).bits != 0;
  }
  if (const auto* list = value.if_array()) {
    return std::any_of(list->begin(), list->end(), has_name_with_nul);
  }
  const auto* map = value.if_object();
  return map != nullptr && std::any_of(map->begin(), map->end(), [](const auto& entry) {
           return has_name_with_nul(entry.value());
         });
}

void ask_json(std::string_view body) {
  std::vector<FoundMember> found;
  const bool is_judgeable = find_members(BodyFormat::json, body, members(), found);
  if (body.empty()) return;
  boost::json::error_code error;
  boost::json::parse_options options;
  options.max_depth = kDepthMax;
  const auto tree = boost::json::parse({body.data(), body.size()}, error, {}, options);
  require(!is_judgeable || !error, "what is judged is JSON to others, too");
  if (error) return;
  std::vector<FoundMember> names;
  require(!is_judgeable || find_resource_names(BodyFormat::json, body, names) ||
              names.size() >= kFoundMax || has_name_with_nul(tree),
          "what has members that can be told has names that can be told");

  const std::vector<Member> of_body = body_members();
  if (is_judgeable) {
    require(text_of(true, found) == text_of(true, fuzz::PlainMembers(of_body).find(tree)),
            "each value at a path is found, and no other");
  }
  std::string cbor;
  add_cbor(cbor, tree);
  std::vector<FoundMember> twins;
  const bool is_twin_judgeable = find_members(BodyFormat::cbor, cbor, members(), twins);
  // Of a key that stands twice the tree has one; then the twin may be judged where JSON is not.
  require(!is_judgeable || is_twin_judgeable, "the same in CBOR is judged, too");
  if (is_judgeable) require(text_of(true, found) == text_of(true, twins), "and tells the same");
}

void ask(BodyFormat format, std::string_view body) {
  std::vector<FoundMember> found;
  const bool is_judgeable = find_members(format, body, members(), found);
  std::size_t bytes = 0;
  for (const FoundMember& member : found) bytes += member.value.size();
  require(found.size() <= kFoundMax, "no more is found than is kept");
  require(!is_judgeable || bytes <= 2 * body.size(), "no more is found than was sent");
  std::vector<FoundMember> names;
  find_resource_names(format, body, names);
}

void ask_form(std::string_view body) {
  const auto form = Parameters::read(body, Parameters::Kind::form);
  if (!form) return;
  std::vector<FoundMember> found;
  find_members(*form, members(), found);
  require(found.size() <= kFoundMax, "no more is found than is kept");
  find_resource_names(*form, found);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  // A copy of the exact size, so that ASan sees a read past its end.
  const std::vector<char> bytes(data + 1, data + size);
  const std::string_view body(bytes.data(), bytes.size());
  switch (data[0]) {
    case 'j':
      ask_json(body);
      break;
    case 'c':
      ask(BodyFormat::cbor, body);
      break;
    case 'x':
      ask(BodyFormat::xml, body);
      break;
    case 'f':
      ask_form(body);
      break;
    default:
      break;
  }
  return 0;
}
