#include "policy/aws/operation/operation_tables.h"

#include <algorithm>
#include <string_view>

#include <doctest/doctest.h>

namespace sallyport::operation_tables {
namespace {

TEST_CASE("The tables hold what the data hold") {
  CHECK(kTables.services.size() == 459);
  CHECK(kTables.operations.size() == 19'939);
  CHECK(kTables.member_sets.size() == 3'407);
  CHECK(text_of(kTables.services[kTables.s3].name) == "s3");
}

TEST_CASE("Services and their operations are sorted, so that they are found") {
  std::string_view before;
  std::size_t first = 0;
  for (const ServiceRow& service : kTables.services) {
    CHECK(before < text_of(service.name));
    before = text_of(service.name);
    CHECK(service.first_operation == first);
    first = service.end_operation;
    CHECK(find_service(before) == &service);
    for (std::size_t i = service.first_operation; i < service.end_operation; ++i) {
      const auto name = operation_at(service, i).name;
      const auto found = find_operation(service, name);
      REQUIRE(found);
      CHECK(operation_at(service, *found).name == name);
      CHECK((*found == i || kTables.operations[i].is_old()));
    }
  }
  CHECK(first == kTables.operations.size());
  CHECK(find_service("") == nullptr);
  CHECK(find_service("sagemake") == nullptr);
  CHECK(find_service("zzz") == nullptr);
  CHECK_FALSE(find_operation(*find_service("sagemaker"), ""));
  CHECK_FALSE(find_operation(*find_service("sagemaker"), "createapp"));
}

TEST_CASE("The children of every node are sorted, and reached once") {
  for (const TrieNode& node : kTables.nodes) {
    const auto children = kTables.nodes.subspan(node.first_child, node.literal_children);
    CHECK(std::is_sorted(children.begin(), children.end(), [](const auto& one, const auto& other) {
      return text_of(one.text) < text_of(other.text);
    }));
  }
  CHECK(kTables.rest_rows.size() > 10'000);
  CHECK(kTables.s3_rows.size() == 115);
}

TEST_CASE("The column of IAM actions is read in all its forms") {
  const auto of = [](std::string_view service, std::string_view operation) {
    const ServiceRow& row = *find_service(service);
    return operation_at(row, find_operation(row, operation).value());
  };
  using Actions = IamActions;
  CHECK(of("sts", "AssumeRole").actions == Actions{"sts:AssumeRole"});
  CHECK(of("cloudwatch", "PutMetricData").actions == Actions{"cloudwatch:PutMetricData"});
  CHECK(of("lambda", "Invoke").actions == Actions{"lambda:InvokeFunction"});
  // `a|b|c`: each of them counts.
  CHECK(of("neptune-graph", "ExecuteQuery").actions == Actions{"neptune-graph:ReadDataViaQuery",
                                                               "neptune-graph:WriteDataViaQuery",
                                                               "neptune-graph:DeleteDataViaQuery"});
  // `+a`: the default decides, and AWS asks for more on the way.
  CHECK(of("sagemaker", "CreateModel").actions == Actions{"sagemaker:CreateModel"});
  CHECK(of("sagemaker", "CreateModel").further_actions == Actions{"iam:PassRole"});
  // `!`: none decides. `?`: not confirmed which does.
  CHECK(of("connectparticipant", "SendMessage").actions.empty());
  CHECK_FALSE(of("connectparticipant", "SendMessage").actions_are_unknown);
  bool has_unknown = false;
  for (const ServiceRow& service : kTables.services) {
    for (std::size_t i = service.first_operation; i < service.end_operation; ++i) {
      if (kTables.operations[i].iam != static_cast<std::uint16_t>(IamKind::unconfirmed)) continue;
      const Operation operation = operation_at(service, i);
      has_unknown = true;
      CHECK(operation.actions_are_unknown);
      CHECK(operation.actions.empty());
    }
  }
  CHECK(has_unknown);
}

TEST_CASE("Members say what they hold and where") {
  const ServiceRow& s3 = *find_service("s3");
  const auto list = operation_at(s3, find_operation(s3, "GetObject").value()).members;
  const std::vector<Member> members(list.begin(), list.end());
  REQUIRE(members.size() == 2);
  CHECK(members[0].path == "Bucket");
  CHECK(members[0].place == MemberPlace::label);
  CHECK(members[0].kinds.bits == (MemberKinds::maybe_arn | MemberKinds::bucket));
  CHECK(members[1].path == "x-amz-expected-bucket-owner");
  CHECK(members[1].place == MemberPlace::header);
  CHECK(members[1].kinds.bits == MemberKinds::account);
  for (std::size_t i = 1; i < kTables.member_sets.size(); ++i) {
    CHECK(kTables.member_sets[i - 1] < kTables.member_sets[i]);
  }
}

TEST_CASE("Methods are known in capitals alone") {
  CHECK(http_method("GET") == HttpMethod::get);
  CHECK(http_method("OPTIONS") == HttpMethod::options);
  CHECK_FALSE(http_method("get"));
  CHECK_FALSE(http_method("TRACE"));
  CHECK_FALSE(http_method(""));
}

}  // namespace
}  // namespace sallyport::operation_tables
