#include "policy/aws/request/named_by_s3.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "policy/aws/operation/s3_address.h"
#include "policy/aws/operation/s3_operation.h"
#include "policy/aws/request/copy_source.h"
#include "policy/aws/resource/resource_names.h"
#include "policy/values/ascii.h"

namespace sallyport {
namespace {

class S3Names {
 public:
  S3Names(const AwsRequestView& request, const Parameters& query, const OperationReading& operation,
          NamedByHead& named, ShownResources& shown)
      : request_(request), query_(query), operation_(operation), named_(named), shown_(shown) {}

  void add() {
    add_address();
    add_copy_source();
    named_.bucket_owners = add_owners("x-amz-expected-bucket-owner");
    add_owners("x-amz-source-expected-bucket-owner");
  }

 private:
  void add_address() {
    const auto address = s3_address(request_.host, request_.path);
    if (!address) {
      shown_.has_untold = true;
      return;
    }
    // The alias of an access point, or a route to a function, which may be anybody's.
    const bool shows_nobody = request_.host.s3_form != S3Form::path &&
                              request_.host.s3_form != S3Form::express_control &&
                              address->bucket.empty() && request_.host.account.empty();
    if (shows_nobody) shown_.has_untold = true;
    if (address->kind == S3Address::Kind::service) return;
    shown_.add_bucket(address->bucket, may_change());
    std::string bucket_arn = arn_of(*address);
    named_.before_key = bucket_arn;
    named_.before_key += separator(*address);
    named_.can_name_bucket_owner =
        std::none_of(operation_.candidates.begin(), operation_.candidates.end(),
                     [](const Operation& each) { return each.name == "CreateBucket"; });
    if (acts_on_objects_in_body()) return;
    shown_.add_arn(names_object(*address) ? named_.before_key + address->key()
                                          : std::move(bucket_arn));
  }

  /// On these alone, as IAM has it, and not on the bucket.
  bool acts_on_objects_in_body() const {
    const auto& candidates = operation_.candidates;
    return is_s3_post_form(operation_) ||
           (candidates.size() == 1 && candidates.front().name == "DeleteObjects");
  }

  /// `arn:aws:s3:::bucket`, or the access point's, whose service is the host's (Service
  /// Authorization Reference, resource types of S3, S3 Object Lambda and S3 on Outposts).
  std::string arn_of(const S3Address& address) const {
    const AwsHost& host = request_.host;
    std::string arn = "arn:" + std::string(text(host.partition)) + ':';
    if (address.access_point.empty()) return arn + "s3:::" + address.bucket;
    arn += host.service;
    arn += ':' + std::string(host.region) + ':' + std::string(host.account) + ':';
    if (!host.outpost.empty()) arn += "outpost/" + std::string(host.outpost) + '/';
    return arn + "accesspoint/" + std::string(address.access_point);
  }

  /// What stands between it and the key of an object. An access point of Object Lambda's has no
  /// objects: a function makes them.
  std::string_view separator(const S3Address& address) const {
    if (request_.host.s3_form == S3Form::object_lambda) return {};
    return address.access_point.empty() ? "/" : "/object/";
  }

  bool names_object(const S3Address& address) const {
    return address.kind == S3Address::Kind::object && !separator(address).empty();
  }

  bool may_change() const {
    const auto& candidates = operation_.candidates;
    return candidates.empty() || !std::all_of(candidates.begin(), candidates.end(),
                                              [](const Operation& each) { return each.is_read; });
  }

  /// What is in the field, or in the query of a presigned request, which S3 may read as the field.
  void add_copy_source() {
    constexpr std::string_view kName = "x-amz-copy-source";
    for (const HeaderField& field : request_.fields) {
      if (equal_ignoring_case(field.name, kName)) add_copy_source(field.value);
    }
    for (const Parameter& each : query_) {
      if (equal_ignoring_case(each.name, kName))
        add_copy_source(each.value.value_or(std::string_view()));
    }
  }

  void add_copy_source(std::string_view value) {
    const auto source = CopySource::parse(value, text(request_.host.partition));
    if (!source) {
      shown_.has_untold = true;
      return;
    }
    shown_.add_bucket(source->bucket, false);
    shown_.add_account(source->account);
    shown_.add_arn(source->arn);
  }

  /// The accounts in the field, where the operation takes it. In the query they are accounts that
  /// are named, and no proof: whether S3 asks for them there is not known.
  ShownTexts add_owners(std::string_view name) {
    ShownTexts owners;
    for (const HeaderField& field : request_.fields) {
      if (!equal_ignoring_case(field.name, name)) continue;
      add_owner(field.value);
      if (all_take(name)) owners.emplace_back(field.value);
    }
    for (const Parameter& each : query_) {
      if (equal_ignoring_case(each.name, name)) add_owner(each.value.value_or(std::string_view()));
    }
    return owners;
  }

  void add_owner(std::string_view account) {
    if (!is_account_id(account)) shown_.has_untold = true;
    shown_.add_account(account);
  }

  /// Each operation that it may be has a field of that name, so that S3 heeds it.
  bool all_take(std::string_view name) const {
    const auto takes = [name](const Operation& each) {
      return std::any_of(each.members.begin(), each.members.end(), [name](const Member& member) {
        return member.place == MemberPlace::header && member.path == name;
      });
    };
    return std::all_of(operation_.candidates.begin(), operation_.candidates.end(), takes);
  }

  const AwsRequestView& request_;
  const Parameters& query_;
  const OperationReading& operation_;
  NamedByHead& named_;
  ShownResources& shown_;
};

}  // namespace

void name_by_s3(const AwsRequestView& request, const Parameters& query,
                const OperationReading& operation, NamedByHead& named, ShownResources& shown) {
  S3Names(request, query, operation, named, shown).add();
}

}  // namespace sallyport
