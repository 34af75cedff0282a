#include "policy/aws/request/named_by_head.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "policy/aws/percent.h"
#include "policy/aws/request/named_by_s3.h"
#include "policy/aws/resource/resource_names.h"
#include "policy/values/ascii.h"

namespace sallyport {
namespace {

using Depth = ShownResources::Depth;

/// Adds what one operation's labels, query parameters and header fields hold.
class HeadMembers {
 public:
  HeadMembers(const AwsRequestView& request, const Parameters& query, const Operation& operation,
              ShownResources& shown)
      : request_(request), query_(query), operation_(operation), shown_(shown) {}

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
            if (equal_ignoring_case(each.name, member.path)) {
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
      if (each.value && equal_ignoring_case(each.name, member.path)) {
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
        shown_.has_untold = true;
      }
    }
  }

  const AwsRequestView& request_;
  const Parameters& query_;
  const Operation& operation_;
  ShownResources& shown_;
};

/// The URL of a queue is where its older clients send to.
void add_queue(const AwsRequestView& request, ShownResources& shown) {
  if (request.path == "/") return;
  if (const auto queue = QueueUrl::parse_at_any_host(request.path)) {
    shown.add_account(queue->account);
  } else {
    shown.has_untold = true;
  }
}

/// What the path of an operation names that is in no table.
void add_segments(const AwsRequestView& request, ShownResources& shown) {
  std::string_view rest = request.path;
  while (!rest.empty()) {
    rest.remove_prefix(rest.front() == '/' ? 1 : 0);
    const std::string_view segment = rest.substr(0, rest.find('/'));
    rest.remove_prefix(segment.size());
    const auto decoded = percent_decoded(segment);
    if (decoded) {
      constexpr MemberKinds kKinds{MemberKinds::maybe_arn | MemberKinds::account};
      shown.add(kKinds, *decoded, Depth::head);
    } else {
      shown.has_untold = true;
    }
  }
}

}  // namespace

NamedByHead named_by_head(const AwsRequestView& request, const Parameters& query,
                          const OperationReading& operation, ShownResources& shown) {
  NamedByHead named;
  if (!request.host.account.empty()) shown.add_account(request.host.account);
  for (const Operation& each : operation.candidates) {
    HeadMembers(request, query, each, shown).add();
  }
  if (request.host.is_s3()) {
    name_by_s3(request, query, operation, named, shown);
  } else if (request.host.service == "sqs") {
    add_queue(request, shown);
  } else if (operation.state == OperationReading::State::unknown) {
    add_segments(request, shown);
  }
  return named;
}

}  // namespace sallyport
