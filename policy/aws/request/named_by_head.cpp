#include "policy/aws/request/named_by_head.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "policy/aws/name_case.h"
#include "policy/aws/percent.h"
#include "policy/aws/request/named_by_s3.h"

namespace sallyport {
namespace {

using Depth = ShownResources::Depth;

/// Adds what one operation's labels, query parameters and header fields hold.
class HeadMembers {
 public:
  HeadMembers(const AwsRequestView& request, const Parameters& query, const Operation& operation,
              NamedByHead& named, ShownResources& shown)
      : request_(request), query_(query), operation_(operation), named_(named), shown_(shown) {}

  void add() {
    for (const Member& member : operation_.members) {
      switch (member.place) {
        case MemberPlace::label:
          // S3's labels are read with the host (named_by_s3.h).
          if (!request_.host.is_s3()) add_label(member);
          break;
        case MemberPlace::query:
          add_parameters(member, Depth::head);
          break;
        case MemberPlace::header:
          for (const HeaderField& each : request_.fields) {
            if (is_same_name(each.name, member.path)) {
              shown_.add(member.kinds, each.value, depth_of_field(member));
            }
          }
          add_parameters(member, depth_of_field(member));  // where a presigned URL has them
          break;
        case MemberPlace::body:
        case MemberPlace::form:
          break;
      }
    }
  }

 private:
  /// S3 acts on what its address says; the ARN of a key that encrypts is only referred to.
  Depth depth_of_field(const Member& member) const {
    const bool is_account = member.kinds.has(MemberKinds::account);
    return request_.host.is_s3() && !is_account ? Depth::deep : Depth::head;
  }

  void add_parameters(const Member& member, Depth depth) {
    for (const Parameter& each : query_) {
      if (each.value && is_same_name(each.name, member.path)) {
        shown_.add(member.kinds, *each.value, depth);
      }
    }
  }

  void add_label(const Member& member) {
    for (const auto& [name, encoded] : operation_.labels) {
      if (name != member.path) continue;
      const auto value = percent_decoded(encoded);
      if (value) {
        shown_.add(member.kinds, *value, Depth::head);
      } else {
        named_.is_untold = true;
      }
    }
  }

  const AwsRequestView& request_;
  const Parameters& query_;
  const Operation& operation_;
  NamedByHead& named_;
  ShownResources& shown_;
};

/// What the path names where no template says what it is: a queue's account (the URL of a queue is
/// where its older clients send to), and ARNs of operations that are in no table.
void add_path(const AwsRequestView& request, const OperationReading& operation, NamedByHead& named,
              ShownResources& shown) {
  const bool is_queue = request.host.service == "sqs";
  if (!is_queue && operation.state != OperationReading::State::unknown) return;
  std::string_view rest = request.path;
  while (!rest.empty()) {
    rest.remove_prefix(rest.front() == '/' ? 1 : 0);
    const std::string_view segment = rest.substr(0, rest.find('/'));
    rest.remove_prefix(segment.size());
    const auto decoded = percent_decoded(segment);
    if (!decoded) {
      named.is_untold = true;
      continue;
    }
    const MemberKinds kinds{
        static_cast<std::uint16_t>(is_queue ? MemberKinds::account : MemberKinds::maybe_arn)};
    shown.add(kinds, *decoded, Depth::head);
  }
}

}  // namespace

NamedByHead named_by_head(const AwsRequestView& request, const Parameters& query,
                          const OperationReading& operation, ShownResources& shown) {
  NamedByHead named;
  if (!request.host.account.empty()) shown.add_account(request.host.account);
  for (const Operation& each : operation.candidates) {
    HeadMembers(request, query, each, named, shown).add();
  }
  if (request.host.is_s3()) {
    name_by_s3(request, query, operation, named, shown);
  } else {
    add_path(request, operation, named, shown);
  }
  return named;
}

}  // namespace sallyport
