#include "policy/aws/request/aws_request.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "policy/aws/credential/credentials.h"
#include "policy/aws/credential/s3_post_form.h"
#include "policy/aws/managed/aws_managed.h"
#include "policy/aws/operation/registry_operation.h"
#include "policy/aws/operation/s3_operation.h"
#include "policy/aws/parameters.h"
#include "policy/aws/request/named_by_head.h"
#include "policy/aws/request/named_in_body.h"
#include "policy/aws/request/shown_resources.h"

namespace sallyport {
namespace {

using State = ShownValues::State;

/// The fields of a body that is a form, if they can be read.
std::optional<Parameters> read_form(const AwsRequestView& request, bool is_posted,
                                    std::string_view body) {
  if (!is_posted) return Parameters::read(body, Parameters::Kind::form);
  return read_s3_post_form(request.field("content-type").value_or(std::string_view()), body);
}

class RequestReading {
 public:
  RequestReading(const AwsRequestView& request, const JudgedBody& body)
      : request_(request), body_(body) {}

  AwsReading read() {
    auto query =
        Parameters::read(request_.query.value_or(std::string_view()), Parameters::Kind::query);
    has_safe_query_ = query.has_value();
    if (query) query_ = std::move(*query);
    credentials_ = read_credentials(request_, has_safe_query_ ? &query_ : nullptr, nullptr);
    read_operation_and_form();
    tell_credentials();
    tell_operation();
    tell_resources();
    return {std::move(facts_), operation_.protocol};
  }

 private:
  bool body_is_read() const { return !request_.has_body || body_.state == JudgedBody::State::read; }

  /// A form adds to the operation and to the credentials.
  void read_operation_and_form() {
    if (!has_safe_query_) {  // unknown, then
      operation_.protocol = usual_protocol(request_.host);
      return;
    }
    operation_ = read_operation(request_, signing_name(), query_, nullptr);
    const bool is_posted = is_s3_post_form(operation_);
    has_form_ = is_posted || operation_.state == OperationReading::State::in_body;
    if (!has_form_ || !body_is_read() || form_has_two_readings()) return;
    auto form =
        read_form(request_, is_posted, request_.has_body ? body_.bytes : std::string_view());
    if (!form) return;
    form_ = std::move(form);
    credentials_ = read_credentials(request_, &query_, &*form_);
    operation_ = read_operation(request_, signing_name(), query_, &*form_);
  }

  /// Coded bytes may be a form themselves, where a service does not know of the coding; CloudWatch
  /// does.
  bool form_has_two_readings() const {
    return request_.has_body && body_.was_coded && request_.host.service != "monitoring";
  }

  std::string_view signing_name() const {
    return credentials_.found.size() == 1 ? std::string_view(credentials_.found.front().service)
                                          : std::string_view();
  }

  /// A signature proves nothing there. The portal of IAM Identity Center does look at its token.
  bool takes_unsigned() const {
    if (request_.field("x-amz-sso_bearer_token") && request_.host.service == "awsssoportal") {
      return false;
    }
    const auto& candidates = operation_.candidates;
    return std::any_of(candidates.begin(), candidates.end(),
                       [](const Operation& each) { return each.is_unsigned; });
  }

  /// A private registry answers what comes without a credential with the question for one, which
  /// docker and containerd ask first (Docker Registry HTTP API V2, API version check).
  bool asks_registry() const {
    const bool is_read = request_.method == "GET" || request_.method == "HEAD";
    return is_read && !request_.has_body && credentials_.found.empty() &&
           is_registry(request_.host) && request_.path.starts_with("/v2/");
  }

  /// Where a bucket is, S3 tells without a credential by a field of its refusal (HeadBucket,
  /// `x-amz-bucket-region`): Arrow and object_store ask so before they sign.
  bool asks_region_of_bucket() const {
    if (request_.method != "HEAD" || request_.has_body || request_.query ||
        !credentials_.found.empty() || !request_.host.is_s3()) {
      return false;
    }
    const auto& candidates = operation_.candidates;
    return candidates.size() == 1 && candidates.front().name == "HeadBucket";
  }

  /// What a browser asks before a script's request: without that request's own signature, but with
  /// its URL, which may be presigned.
  bool is_preflight() const {
    return request_.method == "OPTIONS" && !request_.has_body &&
           request_.field("access-control-request-method") && !request_.field("authorization");
  }

  /// Some of what is asked for stands in a form that was not read.
  bool form_is_missing() const { return has_form_ && !form_; }

  void tell_credentials() {
    AwsFacts& facts = *facts_;
    facts.contradiction = credentials_.contradiction;
    for (Credential& each : credentials_.found) {
      if (!facts.contradiction && !scope_fits(each, request_.host)) {
        facts.contradiction = Reason::credential_scope_mismatch;
      }
      facts.signatures.values.emplace_back(text(each.kind));
      if (!each.account.empty()) {
        take(each.account, facts.principal_accounts);
      } else if (!each.access_key_id.empty() || each.kind == SignatureKind::unknown) {
        facts.principal_accounts.state = State::untold;
      }
      take(each.access_key_id, facts.access_keys);
      take(each.service, facts.services);
      take(each.region, facts.regions);
    }
    if (!has_safe_query_) {
      facts.signatures.values.emplace_back(text(SignatureKind::unknown));
      facts.principal_accounts.state = State::untold;
    } else if (credentials_.found.empty() && form_is_missing()) {
      for (ShownValues* each : {&facts.signatures, &facts.access_keys, &facts.principal_accounts}) {
        each->state = State::in_body;
      }
    } else {
      facts.is_unsigned = credentials_.found.empty() || takes_unsigned();
    }
    if (facts.is_unsigned) facts.principal_accounts = {};
    if (facts.services.values.empty()) {
      const auto& names = request_.host.signing_names;
      facts.services.values.assign(names.begin(), names.end());
    }
    if (facts.regions.values.empty() && !request_.host.signing_region.empty()) {
      facts.regions.values.emplace_back(request_.host.signing_region);
    }
    facts.is_preflight = is_preflight() || asks_registry() || asks_region_of_bucket();
  }

  /// Text of a credential, which nobody asks any more.
  static void take(std::string& text, ShownValues& shown) {
    if (!text.empty()) shown.values.push_back(std::move(text));
  }

  void tell_operation() {
    AwsFacts& facts = *facts_;
    const auto told = operation_.state;
    if (told == OperationReading::State::unknown || told == OperationReading::State::ambiguous) {
      facts.actions.state = State::untold;
    } else if (told == OperationReading::State::in_body || form_is_missing()) {
      facts.actions.state = State::in_body;  // fields of a form ask for further actions
      facts.may_be_unsigned = told == OperationReading::State::in_body;
    }
    for (const Operation& each : operation_.candidates) {
      if (each.actions_are_unknown) facts.actions.state = State::untold;
      for (const auto& action : each.actions) add_once(facts.actions.values, action);
      for (const auto& action : each.further_actions) {
        if (!form_is_missing()) add_once(facts.further_actions, action);
      }
      if (facts.operation.empty()) facts.operation = each.name;
    }
    const bool is_known = body_.state != JudgedBody::State::unread;
    if (facts.actions.state == State::untold ||
        (facts.actions.state == State::in_body && is_known)) {
      facts.action_services = action_services(request_.host);
    }
    // A GET of the Query protocol does whatever its Action says.
    const bool is_query =
        operation_.protocol == AwsProtocol::query || operation_.protocol == AwsProtocol::ec2;
    const bool is_read = !is_query && (request_.method == "GET" || request_.method == "HEAD");
    facts.reads_resources = is_read || all_candidates_read();
  }

  static void add_once(ShownTexts& list, std::string_view value) {
    if (std::find(list.begin(), list.end(), value) == list.end()) list.emplace_back(value);
  }

  bool all_candidates_read() const {
    const auto& candidates = operation_.candidates;
    return !candidates.empty() && std::all_of(candidates.begin(), candidates.end(),
                                              [](const Operation& each) { return each.is_read; });
  }

  void tell_resources() {
    ShownResources shown(iam_prefix());
    NamedByHead named = named_by_head(request_, query_, operation_, shown);
    const bool has_bytes = !form_ && body_.state == JudgedBody::State::read;
    const NamedInBody in_body = named_in_body({.request = request_,
                                               .operation = operation_,
                                               .head = named,
                                               .query = query_,
                                               .form = form_ ? &*form_ : nullptr,
                                               .form_is_missing = form_is_missing(),
                                               .bytes = has_bytes ? &body_.bytes : nullptr},
                                              shown);
    AwsFacts& facts = *facts_;
    tell_actions_with_versions(in_body);
    facts.can_name_bucket_owner = named.can_name_bucket_owner;
    facts.bucket_owners.values = std::move(named.bucket_owners);
    const State state = is_ambiguous() || shown.has_untold ? State::untold
                        : in_body.is_told                  ? State::shown
                                                           : State::in_body;
    facts.resource_accounts = {state, std::move(shown.acted_accounts)};
    facts.referenced_accounts = {state, std::move(shown.referenced_accounts)};
    facts.buckets = {state, std::move(shown.buckets)};
    facts.resources = {state, std::move(shown.arns)};
    if (operation_.state == OperationReading::State::unknown) {
      facts.resources.state = State::untold;
    }
    std::sort(shown.changed_buckets.begin(), shown.changed_buckets.end());
    facts.changed_buckets = std::move(shown.changed_buckets);
    const auto& buckets = facts.buckets.values;
    facts.reads_aws_buckets =
        facts.reads_resources && request_.host.is_s3() && !buckets.empty() &&
        std::all_of(buckets.begin(), buckets.end(),
                    [](const std::string& bucket) { return is_aws_managed_bucket(bucket); });
  }

  /// What it names cannot be told: another reader may see another operation. Of S3, what is newer
  /// than the tables may have anything in its body.
  bool is_ambiguous() const {
    const bool is_unknown_of_s3 = operation_.state == OperationReading::State::unknown &&
                                  request_.host.is_s3() && request_.has_body;
    const bool may_be_posted =
        is_s3_post_form(operation_) && operation_.candidates.size() > 1;  // a form, or none
    return !has_safe_query_ || operation_.state == OperationReading::State::ambiguous ||
           is_unknown_of_s3 || may_be_posted;
  }

  /// Some actions are asked for only where versions of objects are named.
  void tell_actions_with_versions(const NamedInBody& in_body) {
    ShownValues& actions = facts_->actions;
    for (const Operation& each : operation_.candidates) {
      if (each.actions_with_versions.empty()) continue;
      if (!in_body.is_told && actions.state == State::shown) actions.state = State::in_body;
      if (!in_body.has_versions) continue;
      for (const auto& action : each.actions_with_versions) add_once(actions.values, action);
    }
  }

  /// Of the ARNs in a request, those of this service are acted on.
  std::string_view iam_prefix() const {
    if (!operation_.candidates.empty() && !operation_.candidates.front().actions.empty()) {
      const std::string_view action = operation_.candidates.front().actions.front();
      return action.substr(0, action.find(':'));
    }
    return facts_->services.values.empty() ? request_.host.service
                                           : std::string_view(facts_->services.values.front());
  }

  const AwsRequestView& request_;
  const JudgedBody& body_;
  bool has_safe_query_ = false;
  bool has_form_ = false;
  Parameters query_;
  std::optional<Parameters> form_;
  CredentialReading credentials_;
  OperationReading operation_;
  std::shared_ptr<AwsFacts> facts_ = std::make_shared<AwsFacts>();
};

}  // namespace

AwsReading read_aws_request(const AwsRequestView& request, const JudgedBody& body) {
  return RequestReading(request, body).read();
}

std::shared_ptr<const AwsFacts> aws_facts_of_host(const Host& host) {
  const auto found = aws_host(host);
  if (!found) return nullptr;
  auto facts = std::make_shared<AwsFacts>();
  facts->reads_resources = true;  // which may be, for all that the host tells
  facts->services.values.assign(found->signing_names.begin(), found->signing_names.end());
  if (!found->signing_region.empty()) facts->regions.values.emplace_back(found->signing_region);
  if (!found->account.empty()) facts->resource_accounts.values.emplace_back(found->account);
  if (!found->bucket.empty()) facts->buckets.values.emplace_back(found->bucket);
  return facts;
}

}  // namespace sallyport
