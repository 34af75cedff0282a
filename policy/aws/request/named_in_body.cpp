#include "policy/aws/request/named_in_body.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "policy/aws/operation/s3_operation.h"
#include "policy/aws/resource/body_members.h"

namespace sallyport {
namespace {

using Depth = ShownResources::Depth;

/// What a DeleteObjects names stands in its body; the tables have no kind for it.
constexpr Member kDeleted[] = {
    {{MemberKinds::object_key}, MemberPlace::body, "/Delete/Object/Key"},
    {{MemberKinds::version_id}, MemberPlace::body, "/Delete/Object/VersionId"},
};

/// The members of all candidates behind the head, in one list.
std::vector<Member> members_in_body(const OperationReading& operation) {
  std::vector<Member> members;
  for (const Operation& each : operation.candidates) {
    std::copy_if(each.members.begin(), each.members.end(), std::back_inserter(members),
                 [](const Member& member) {
                   return member.place == MemberPlace::body || member.place == MemberPlace::form;
                 });
    if (each.name == "DeleteObjects") {
      members.insert(members.end(), std::begin(kDeleted), std::end(kDeleted));
    }
  }
  return members;
}

BodyFormat format_of(AwsProtocol protocol) {
  switch (protocol) {
    case AwsProtocol::rest_xml:
      return BodyFormat::xml;
    case AwsProtocol::rpc_cbor:
      return BodyFormat::cbor;
    default:
      return BodyFormat::json;
  }
}

class BodyNames {
 public:
  BodyNames(const BodyToRead& body, ShownResources& shown)
      : body_(body), shown_(shown), members_(members_in_body(body.operation)) {}

  NamedInBody add() {
    NamedInBody named;
    named.is_told = find();
    if (!named.is_told) return named;
    for (const FoundMember& each : found_) {
      if (each.kinds.has(MemberKinds::object_key)) {
        shown_.add_arn(body_.head.before_key + each.value);
      } else if (each.kinds.has(MemberKinds::version_id)) {
        named.has_versions = true;
      } else {
        shown_.add(each.kinds, each.value, each.is_at_top ? Depth::top : Depth::deep);
      }
    }
    return named;
  }

 private:
  /// An object of S3 is payload, whatever is done with it.
  bool scans_all() const {
    return body_.operation.state == OperationReading::State::unknown && !body_.request.host.is_s3();
  }

  bool find() {
    // The Query protocol has its members in the URL or in a form, as its client likes.
    const AwsProtocol protocol = body_.operation.protocol;
    const bool is_query = protocol == AwsProtocol::query || protocol == AwsProtocol::ec2;
    if ((is_query || scans_all()) && !find_in(body_.query)) return false;
    const bool is_in_body = body_.request.has_body && (scans_all() || !members_.empty());
    if (!is_in_body) return true;
    if (body_.form != nullptr) return find_in(*body_.form);
    if (body_.bytes == nullptr) return false;
    const BodyFormat format = format_of(protocol);
    return scans_all() ? find_resource_names(format, *body_.bytes, found_)
                       : find_members(format, *body_.bytes, members_, found_);
  }

  bool find_in(const Parameters& form) {
    return scans_all() ? find_resource_names(form, found_) : find_members(form, members_, found_);
  }

  const BodyToRead& body_;
  ShownResources& shown_;
  const std::vector<Member> members_;
  std::vector<FoundMember> found_;
};

/// A posted form names its object, may name the bucket once more, and has settings of the object in
/// fields that are called as header fields are.
bool add_posted_object(const BodyToRead& body, ShownResources& shown) {
  const Parameter* key = body.form->find("key");
  if (key == nullptr || !key->value) return false;
  shown.add_arn(body.head.before_key + std::string(*key->value));
  if (const Parameter* bucket = body.form->find("bucket")) {
    shown.add_bucket(bucket->value.value_or(std::string_view()), true);
  }
  for (const Operation& each : body.operation.candidates) {
    for (const Member& member : each.members) {
      const Parameter* field =
          member.place == MemberPlace::header ? body.form->find(member.path) : nullptr;
      if (field != nullptr && field->value) shown.add(member.kinds, *field->value, Depth::top);
    }
  }
  return true;
}

}  // namespace

NamedInBody named_in_body(const BodyToRead& body, ShownResources& shown) {
  if (body.form_is_missing) return {.is_told = false};
  if (is_s3_post_form(body.operation)) return {.is_told = add_posted_object(body, shown)};
  return BodyNames(body, shown).add();
}

}  // namespace sallyport
