#include "policy/aws/operation/operations.h"

#include <algorithm>
#include <array>

#include "policy/aws/operation/operation_tables.h"
#include "policy/aws/operation/package_operation.h"
#include "policy/aws/operation/registry_operation.h"
#include "policy/aws/operation/rest_path.h"
#include "policy/aws/operation/s3_conditions.h"
#include "policy/aws/operation/s3_operation.h"
#include "policy/aws/percent.h"
#include "policy/values/ascii.h"

namespace sallyport {
namespace {

using operation_tables::kTables;
using operation_tables::ServiceRow;
using operation_tables::speaks;
using operation_tables::text_of;
using State = OperationReading::State;

constexpr std::string_view kForm = "application/x-www-form-urlencoded";

/// The services that may answer at a host.
class Services {
 public:
  auto begin() const { return list_.begin(); }
  auto end() const { return list_.begin() + static_cast<std::ptrdiff_t>(size_); }
  bool empty() const { return size_ == 0; }
  const ServiceRow& first() const { return *list_.front(); }

  /// The service and those that share its host.
  void add_ring_of(const ServiceRow& service) {
    std::size_t place = static_cast<std::size_t>(&service - kTables.services.data());
    do {
      add(kTables.services[place]);
      place = kTables.services[place].next_at_host;
    } while (&kTables.services[place] != &service);
  }

  /// Leaves those that sign under that name; all of them where none does: the host alone says who
  /// reads the request.
  void keep_signing_as(std::string_view name) {
    const auto end = std::stable_partition(
        list_.begin(), list_.begin() + static_cast<std::ptrdiff_t>(size_),
        [name](const ServiceRow* service) { return operation_tables::signs_as(*service, name); });
    if (end != list_.begin()) size_ = static_cast<std::size_t>(end - list_.begin());
  }

  /// More services than this has room for share the host.
  bool is_full() const { return size_ == list_.size(); }

  bool any_speaks(AwsProtocol protocol) const {
    return std::any_of(begin(), end(), [protocol](const ServiceRow* service) {
      return speaks(*service, protocol);
    });
  }
  bool any_takes_action() const {
    return any_speaks(AwsProtocol::query) || any_speaks(AwsProtocol::ec2);
  }

 private:
  void add(const ServiceRow& service) {
    if (!is_full() && std::find(begin(), end(), &service) == end()) list_[size_++] = &service;
  }

  std::array<const ServiceRow*, 12> list_{};
  std::size_t size_ = 0;
};

Services services_at(const AwsHost& host, std::string_view signing_name) {
  Services services;
  for (const std::string_view model : host.models) {
    const ServiceRow* const service = operation_tables::find_service(model);
    if (service != nullptr) services.add_ring_of(*service);
  }
  if (!signing_name.empty() && !services.empty()) services.keep_signing_as(signing_name);
  return services;
}

bool is_form(const AwsRequestView& request) {
  const auto type = request.field("content-type").value_or("");
  return begins_ignoring_case(type, kForm);
}

/// Reads one request; each way of naming an operation has its own function.
class Reader {
 public:
  Reader(const AwsRequestView& request, const Services& services, const Parameters& query,
         const Parameters* form)
      : request_(request), services_(services), query_(query), form_(form) {
    reading_.protocol = static_cast<AwsProtocol>(services.first().first_protocol);
  }

  /// Whoever names an operation in two ways has it unread: which of them the service heeds is not
  /// known.
  OperationReading read() {
    if (request_.count("content-type") > 1) return finish();
    const bool has_rpc = request_.count("smithy-protocol") != 0;
    const bool has_target = request_.count("x-amz-target") != 0;
    const bool takes_action = services_.any_takes_action();
    const bool has_action = takes_action && (has_action_in_query() || is_form(request_));
    if (has_rpc + has_target + has_action > 1) return finish();
    if (has_rpc) return read_rpc();
    if (has_target) return read_target();
    if (has_action) return read_action();
    return read_rest();
  }

 private:
  OperationReading finish(State state = State::ambiguous) {
    reading_.state = state;
    return std::move(reading_);
  }
  OperationReading finish_with_candidates() {
    return finish(reading_.candidates.empty() ? State::unknown : State::told);
  }

  bool has_action_in_query() const { return query_.count_of("action") != 0; }

  void add_named(const ServiceRow& service, std::string_view name) {
    const auto place = operation_tables::find_operation(service, name);
    if (place) reading_.candidates.push_back(operation_tables::operation_at(service, *place));
  }

  /// `/service/X/operation/Y`, Smithy's RPC v2.
  OperationReading read_rpc() {
    reading_.protocol = AwsProtocol::rpc_cbor;
    constexpr std::string_view kService = "/service/";
    constexpr std::string_view kOperation = "/operation/";
    const auto path = request_.path;
    const auto middle = path.find(kOperation);
    if (request_.count("smithy-protocol") != 1 ||
        request_.field("smithy-protocol") != "rpc-v2-cbor" || request_.method != "POST" ||
        !path.starts_with(kService) || middle == std::string_view::npos) {
      return finish();
    }
    const auto target = path.substr(kService.size(), middle - kService.size());
    const auto name = path.substr(middle + kOperation.size());
    for (const ServiceRow* service : services_) {
      if (speaks(*service, AwsProtocol::rpc_cbor) && has_prefix(*service, target)) {
        add_named(*service, name);
      }
    }
    return finish_named(name);
  }

  /// SDKs write the prefix of a few services with what stands before its last dot, or without.
  static bool has_prefix(const ServiceRow& service, std::string_view sent) {
    const std::string_view own = text_of(service.target_prefix);
    return !own.empty() && own.substr(own.rfind('.') + 1) == sent.substr(sent.rfind('.') + 1);
  }

  /// A known operation of the host under a name that no table has for its service is no new one:
  /// whoever answers to it may read what the known one reads.
  OperationReading finish_named(std::string_view name) {
    const bool is_known =
        std::any_of(services_.begin(), services_.end(), [name](const ServiceRow* service) {
          return operation_tables::find_operation(*service, name).has_value();
        });
    if (reading_.candidates.empty() && is_known) return finish();
    return finish_with_candidates();
  }

  /// `X-Amz-Target: Prefix.Operation`, split at the last dot.
  OperationReading read_target() {
    const auto target = *request_.field("x-amz-target");
    const auto dot = target.rfind('.');
    if (request_.count("x-amz-target") != 1 || request_.method != "POST" || request_.path != "/" ||
        dot == std::string_view::npos || has_action_in_query()) {
      return finish();
    }
    for (const ServiceRow* service : services_) {
      const bool is_json_1_1 = speaks(*service, AwsProtocol::json_1_1);
      if (!is_json_1_1 && !speaks(*service, AwsProtocol::json_1_0)) continue;
      if (!has_prefix(*service, target.substr(0, dot))) continue;
      reading_.protocol = is_json_1_1 ? AwsProtocol::json_1_1 : AwsProtocol::json_1_0;
      if (has_cbor()) reading_.protocol = AwsProtocol::rpc_cbor;
      add_named(*service, target.substr(dot + 1));
    }
    return finish_named(target.substr(dot + 1));
  }

  /// The AWS SDK for Java writes the JSON of Kinesis as CBOR.
  bool has_cbor() const {
    const auto type = request_.field("content-type").value_or("");
    constexpr std::string_view kOfJson = "application/x-amz-cbor-1.1";
    return equal_ignoring_case(type, kOfJson) || equal_ignoring_case(type, "application/cbor");
  }

  /// `Action=Operation` of the Query protocol, in the query or in a form: exactly once.
  OperationReading read_action() {
    const bool is_ec2 = services_.any_speaks(AwsProtocol::ec2);
    reading_.protocol = is_ec2 ? AwsProtocol::ec2 : AwsProtocol::query;
    const bool is_post = request_.method == "POST";
    if ((!is_post && request_.method != "GET") || !is_path_of_query_protocol()) return finish();
    if (is_form(request_)) {
      if (!is_post) return finish();
      if (form_ == nullptr) return finish(State::in_body);
    } else if (request_.has_body) {
      return finish();  // some reader may take it for a form
    }
    const auto name = single("Action", "action");
    if (!name || name->empty()) return finish();
    add_of_version(*name, single("Version", "version"));
    return finish_with_candidates();
  }

  /// `/`; older clients of SQS name the queue in the path.
  bool is_path_of_query_protocol() const {
    return request_.path == "/" ||
           (text_of(services_.first().name) == "sqs" && is_plain_path(request_.path));
  }

  /// The value of a parameter that stands exactly once, in that case, in query and form together.
  std::optional<std::string_view> single(std::string_view name, std::string_view lower) const {
    const Parameters* const form = is_form(request_) ? form_ : nullptr;
    const std::size_t count = query_.count_of(lower) + (form ? form->count_of(lower) : 0);
    if (count != 1) return std::nullopt;
    const Parameter* found = query_.find(name);
    if (found == nullptr && form != nullptr) found = form->find(name);
    return found == nullptr ? std::nullopt : found->value;
  }

  /// The services that have the operation in the version, or, since services take older versions
  /// too, all that have it.
  void add_of_version(std::string_view name, std::optional<std::string_view> version) {
    const auto add = [&](bool any_version) {
      for (const ServiceRow* service : services_) {
        if (!speaks(*service, AwsProtocol::query) && !speaks(*service, AwsProtocol::ec2)) continue;
        if (any_version || text_of(service->version) == version) add_named(*service, name);
      }
    };
    if (version) add(false);
    if (reading_.candidates.empty()) add(true);
  }

  OperationReading read_rest() {
    const auto method = operation_tables::http_method(request_.method);
    if (!method || !request_.path.starts_with('/') || !is_plain_path(request_.path))
      return finish();
    const bool has_odd_query = request_.query && encodes_letters(*request_.query);
    const RestRequest rest{*method, request_.path, query_, has_odd_query};
    TemplateMatches matches;
    for (const ServiceRow* service : services_) match_templates(*service, rest, matches);
    const bool speaks_rest =
        services_.any_speaks(AwsProtocol::rest_json) || services_.any_speaks(AwsProtocol::rest_xml);
    if (matches.is_full() || !speaks_rest) return finish();
    matches.keep_best();
    for (const TemplateMatch& match : matches) add_match(match);
    return finish_with_candidates();
  }

  void add_match(const TemplateMatch& match) {
    Operation operation = operation_tables::operation_at(*match.service, match.row->operation);
    for (std::size_t i = 0; i < match.row->labels; ++i) {
      const auto name = text_of(kTables.label_names[match.row->first_label + i]);
      operation.labels.emplace_back(name, match.labels[i]);
    }
    reading_.protocol = speaks(*match.service, AwsProtocol::rest_xml) ? AwsProtocol::rest_xml
                                                                      : AwsProtocol::rest_json;
    reading_.candidates.push_back(std::move(operation));
  }

  const AwsRequestView& request_;
  const Services& services_;
  const Parameters& query_;
  const Parameters* form_;
  OperationReading reading_;
};

}  // namespace

OperationReading read_operation(const AwsRequestView& request, std::string_view signing_name,
                                const Parameters& query, const Parameters* form) {
  if (request.host.is_s3()) return read_s3_operation(request, query, form);
  if (is_registry(request.host)) return read_registry_operation(request, query);
  if (is_package_repository(request.host)) return read_package_operation(request);
  const Services services = services_at(request.host, signing_name);
  if (services.empty() || services.is_full()) {
    OperationReading unread;
    unread.protocol = usual_protocol(request.host);
    return unread;
  }
  return Reader(request, services, query, form).read();
}

AwsProtocol usual_protocol(const AwsHost& host) {
  if (host.is_s3()) return AwsProtocol::rest_xml;
  const Services services = services_at(host, {});
  if (services.empty()) return AwsProtocol::rest_json;
  return static_cast<AwsProtocol>(services.first().first_protocol);
}

std::vector<std::string_view> action_services(const AwsHost& host) {
  if (host.is_s3()) return {"s3", "s3express", "s3-object-lambda", "s3-outposts", "iam"};
  std::vector<std::string_view> found;
  for (const ServiceRow* service : services_at(host, {})) {
    for (const std::string_view name : operation_tables::action_services(*service)) {
      if (std::find(found.begin(), found.end(), name) == found.end()) found.push_back(name);
    }
  }
  if (!found.empty()) found.push_back("iam");
  return found;
}

bool is_known_action(std::string_view action) {
  const auto is_it = [action](std::string_view known) {
    return equal_ignoring_case(known, action);
  };
  for (const auto& row : kTables.operations) {
    if (row.iam == static_cast<std::uint16_t>(operation_tables::IamKind::by_default) &&
        is_it(text_of(row.action))) {
      return true;
    }
  }
  return std::any_of(kTables.iam_actions.begin(), kTables.iam_actions.end(),
                     [&](operation_tables::TextRef ref) { return is_it(text_of(ref)); }) ||
         is_conditional_s3_action(action);
}

}  // namespace sallyport
