#include "policy/aws/resource/body_members.h"

#include <array>

#include "policy/aws/resource/cbor_body.h"
#include "policy/aws/resource/form_body.h"
#include "policy/aws/resource/json_body.h"
#include "policy/aws/resource/member_finder.h"
#include "policy/aws/resource/member_paths.h"
#include "policy/aws/resource/xml_body.h"

namespace sallyport {
namespace {

constexpr std::array kBodyPlaces = {MemberPlace::body};
constexpr std::array kFormPlaces = {MemberPlace::body, MemberPlace::form};

/// What the readers count in 31 bits. No limit of a policy comes near it.
constexpr std::size_t kBodyBytesMax = 0x7fffffff;

/// How deep the members of the operation stand: XML has them inside an element of their own.
std::size_t top_of(BodyFormat format) { return format == BodyFormat::xml ? 2 : 1; }

bool find(BodyFormat format, std::string_view body, const MemberPaths* paths,
          std::vector<FoundMember>& found) {
  if (body.empty()) return true;
  if (body.size() > kBodyBytesMax) return false;
  MemberFinder finder(paths, top_of(format), found);
  switch (format) {
    case BodyFormat::json:
      return read_json(body, finder);
    case BodyFormat::cbor:
      return read_cbor(body, finder);
    case BodyFormat::xml:
      return read_xml(body, finder);
  }
  return false;
}

}  // namespace

bool find_members(BodyFormat format, std::string_view body, std::span<const Member> members,
                  std::vector<FoundMember>& found) {
  const MemberPaths paths(members, kBodyPlaces, top_of(format));
  return find(format, body, &paths, found);
}

bool find_members(const Parameters& form, std::span<const Member> members,
                  std::vector<FoundMember>& found) {
  const MemberPaths paths(members, kFormPlaces, 1);
  return read_form(form, &paths, found);
}

bool find_resource_names(BodyFormat format, std::string_view body,
                         std::vector<FoundMember>& found) {
  return find(format, body, nullptr, found);
}

bool find_resource_names(const Parameters& form, std::vector<FoundMember>& found) {
  return read_form(form, nullptr, found);
}

}  // namespace sallyport
