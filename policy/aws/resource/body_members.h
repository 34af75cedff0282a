// The members of a request's body that identify resources, found without building a tree: JSON,
// CBOR, XML and forms are walked once, strictly. A body that breaks its format's grammar, repeats a
// key, nests deeper than kDepthMax, has more than kStepsMax parts or goes on behind its end is not
// judgeable: AWS might read it differently.
//
// On the side of finding more: the case of ASCII letters in names does not count (a service might
// not mind it), nor does the name of XML's root; in forms a list's elements may be called `member`,
// by their own name, or nothing; white space around a value is cut off. A followed value of another
// shape than its path says (a list where a text is, a number where an account or bucket is) is not
// judgeable: AWS refuses it, or reads it in a way of its own. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/aws/member.h"
#include "policy/aws/parameters.h"

namespace sallyport {

/// How a body is written.
enum class BodyFormat : std::uint8_t { json, cbor, xml };

/// A value that was found, decoded.
struct FoundMember {
  MemberKinds kinds;
  std::string value;
  /// The member itself is at the top (`/TopicArn`; in XML inside the root): it says what the
  /// operation acts on.
  bool is_at_top = false;
};

inline constexpr std::size_t kDepthMax = 100;
inline constexpr std::size_t kFoundMax = 10'000;
/// Keys, values and elements. A body of more takes a worker's time from everybody.
inline constexpr std::size_t kStepsMax = 500'000;

/// Appends the values at the paths of `members` whose place is body. False: not judgeable (what was
/// appended then means nothing). An empty body has no members and is judgeable.
bool find_members(BodyFormat format, std::string_view body, std::span<const Member> members,
                  std::vector<FoundMember>& found);

/// The same of a form (`Entries.member.1.Arn`), by the paths of place form and body: the table
/// writes a path of form only where it differs.
bool find_members(const Parameters& form, std::span<const Member> members,
                  std::vector<FoundMember>& found);

/// For an operation that is in no table: appends every value, and every map key, whose whole text
/// is an ARN, an account id, an S3 URI (or a URL of S3: s3_url.h), a queue URL or an image URI,
/// with that kind.
bool find_resource_names(BodyFormat format, std::string_view body, std::vector<FoundMember>& found);
bool find_resource_names(const Parameters& form, std::vector<FoundMember>& found);

}  // namespace sallyport
