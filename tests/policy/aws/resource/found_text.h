// What is found in a body, as one line of a table. Members are written as
// policy/aws/data/operations_members.tsv has them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "policy/aws/parameters.h"
#include "policy/aws/resource/body_members.h"

namespace sallyport {

/// A letter of the table and its kind.
struct KindLetter {
  char letter;
  MemberKinds::Bit bit;
};
inline constexpr KindLetter kKindLetters[] = {
    {'A', MemberKinds::arn},         {'a', MemberKinds::maybe_arn}, {'N', MemberKinds::account},
    {'U', MemberKinds::s3_uri},      {'B', MemberKinds::bucket},    {'Q', MemberKinds::queue_url},
    {'I', MemberKinds::image_uri},   {'W', MemberKinds::anything},  {'P', MemberKinds::bucket_path},
    {'H', MemberKinds::bucket_host}, {'R', MemberKinds::registry},  {'K', MemberKinds::paired},
};

/// `Ab:/RoleArn aBb:/Out/*/Bucket Af:/Arns/member/*`; the text outlives what is made of it.
inline std::vector<Member> members_of(std::string_view items) {
  std::vector<Member> members;
  while (!items.empty()) {
    std::string_view item = items.substr(0, items.find(' '));
    items.remove_prefix(std::min(item.size() + 1, items.size()));
    const auto colon = item.find(':');
    Member member;
    member.place = item[colon - 1] == 'f' ? MemberPlace::form : MemberPlace::body;
    member.path = item.substr(colon + 1);
    for (const char letter : item.substr(0, colon - 1)) {
      for (const KindLetter& known : kKindLetters) {
        if (known.letter == letter) {
          member.kinds.bits = static_cast<std::uint16_t>(member.kinds.bits | known.bit);
        }
      }
    }
    members.push_back(member);
  }
  return members;
}

inline constexpr std::string_view kNotJudgeable = "not judgeable";

/// `A arn:... | aB! name`: kinds, `!` at the top, value.
inline std::string text_of(bool is_judgeable, const std::vector<FoundMember>& found) {
  if (!is_judgeable) return std::string(kNotJudgeable);
  std::string text;
  for (const FoundMember& member : found) {
    if (!text.empty()) text += " | ";
    for (const KindLetter& known : kKindLetters) {
      if (member.kinds.has(known.bit)) text += known.letter;
    }
    text += (member.is_at_top ? "! " : " ") + member.value;
  }
  return text;
}

/// The members found in the body.
inline std::string found_in(BodyFormat format, std::string_view body, std::string_view members) {
  std::vector<FoundMember> found;
  const bool is_judgeable = find_members(format, body, members_of(members), found);
  return text_of(is_judgeable, found);
}

/// The same of a form, as it was sent.
inline std::string found_in_form(std::string_view body, std::string_view members) {
  const auto form = Parameters::read(body, Parameters::Kind::form);
  std::vector<FoundMember> found;
  return text_of(form && find_members(*form, members_of(members), found), found);
}

/// All that names a resource in the body.
inline std::string named_in(BodyFormat format, std::string_view body) {
  std::vector<FoundMember> found;
  const bool is_judgeable = find_resource_names(format, body, found);
  return text_of(is_judgeable, found);
}

inline std::string named_in_form(std::string_view body) {
  const auto form = Parameters::read(body, Parameters::Kind::form);
  std::vector<FoundMember> found;
  return text_of(form && find_resource_names(*form, found), found);
}

}  // namespace sallyport
