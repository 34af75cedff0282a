#include "policy/aws/operation/operation_tables.h"

#include <algorithm>
#include <unordered_map>
#include <vector>

namespace sallyport::operation_tables {
namespace {

constexpr std::string_view kMethods[] = {"GET",    "HEAD",  "PUT",    "POST",
                                         "DELETE", "PATCH", "OPTIONS"};

std::string_view name_of(const ServiceRow& service, const OperationRow& operation) {
  return text_of(operation.action).substr(service.action_prefix_size);
}

void add_actions(const OperationRow& row, Operation& operation) {
  const auto listed = static_cast<std::uint16_t>(IamKind::listed);
  if (row.iam < listed) {
    const auto kind = static_cast<IamKind>(row.iam);
    if (kind == IamKind::by_default) operation.actions.push_back(text_of(row.action));
    operation.actions_are_unknown = kind == IamKind::unconfirmed;
    return;
  }
  const IamRow& iam = kTables.iam[row.iam - listed];
  const auto actions = kTables.iam_actions.subspan(iam.first, iam.own + std::size_t{iam.further});
  for (std::size_t i = 0; i < actions.size(); ++i) {
    auto& list = i < iam.own ? operation.actions : operation.further_actions;
    list.push_back(text_of(actions[i]));
  }
  operation.actions_are_unknown = iam.is_unconfirmed;
}

MemberList members_of(std::size_t set) {
  if (set == 0) return {};
  return {kTables.member_sets[set - 1], kTables.member_sets[set]};
}

using Names = std::vector<std::string_view>;

Names read_action_services(const ServiceRow& service) {
  Names found;
  for (std::size_t i = service.first_operation; i < service.end_operation; ++i) {
    for (const std::string_view action : operation_at(service, i).actions) {
      const auto name = action.substr(0, action.find(':'));
      if (std::find(found.begin(), found.end(), name) == found.end()) found.push_back(name);
    }
  }
  return found;
}

/// A pull of an image: it changes nothing.
bool is_pull(std::string_view name) {
  return name == "BatchGetImage" || name == "GetDownloadUrlForLayer" ||
         name == "BatchCheckLayerAvailability";
}

}  // namespace

const ServiceRow* find_service(std::string_view name) {
  // Asked for each request: a search by halves compares nine names.
  static const auto kByName = [] {
    std::unordered_map<std::string_view, const ServiceRow*> all;
    for (const ServiceRow& each : kTables.services) all.emplace(text_of(each.name), &each);
    return all;
  }();
  const auto found = kByName.find(name);
  return found == kByName.end() ? nullptr : found->second;
}

std::optional<std::size_t> find_operation(const ServiceRow& service, std::string_view name) {
  const auto first = kTables.operations.begin() + service.first_operation;
  const auto end = kTables.operations.begin() + service.end_operation;
  const auto found = std::lower_bound(first, end, name,
                                      [&service](const OperationRow& row, std::string_view text) {
                                        return name_of(service, row) < text;
                                      });
  if (found == end || name_of(service, *found) != name) return std::nullopt;
  return static_cast<std::size_t>(found - kTables.operations.begin());
}

bool signs_as(const ServiceRow& service, std::string_view signing_name) {
  const auto names =
      kTables.signing_names.subspan(service.first_signing_name, service.signing_names);
  return std::any_of(names.begin(), names.end(),
                     [signing_name](TextRef name) { return text_of(name) == signing_name; });
}

std::optional<HttpMethod> http_method(std::string_view method) {
  const auto* found = std::find(std::begin(kMethods), std::end(kMethods), method);
  if (found == std::end(kMethods)) return std::nullopt;
  return static_cast<HttpMethod>(found - std::begin(kMethods));
}

std::span<const std::string_view> action_services(const ServiceRow& service) {
  static const std::vector<Names> kOfServices = [] {
    std::vector<Names> all;
    all.reserve(kTables.services.size());
    for (const ServiceRow& each : kTables.services) all.push_back(read_action_services(each));
    return all;
  }();
  return kOfServices[static_cast<std::size_t>(&service - kTables.services.data())];
}

Operation operation_at(const ServiceRow& service, std::size_t place) {
  const OperationRow& row = kTables.operations[place];
  Operation operation;
  operation.model = text_of(service.name);
  operation.name = name_of(service, row);
  add_actions(row, operation);
  operation.members = members_of(row.members());
  operation.is_read = operation.model == "ecr" && is_pull(operation.name);
  operation.is_unsigned = row.is_unsigned();
  return operation;
}

}  // namespace sallyport::operation_tables

namespace sallyport {

Member MemberList::Iterator::operator*() const {
  using operation_tables::kTables;
  const unsigned kinds = kTables.member_kinds[place_];
  return {MemberKinds{static_cast<std::uint16_t>(kinds & 0x1fffU)},
          static_cast<MemberPlace>(kinds >> 13U),
          operation_tables::text_of(kTables.member_paths[place_])};
}

}  // namespace sallyport
