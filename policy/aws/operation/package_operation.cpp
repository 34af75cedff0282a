#include "policy/aws/operation/package_operation.h"

#include <utility>

namespace sallyport {
namespace {

constexpr std::string_view kModel = "codeartifact";

}  // namespace

bool is_package_repository(const AwsHost& host) {
  return !host.account.empty() && host.models.size() == 1 && host.models.front() == kModel;
}

OperationReading read_package_operation(const AwsRequestView& request) {
  OperationReading reading;
  Operation operation;
  operation.model = kModel;
  operation.is_read = request.method == "GET" || request.method == "HEAD";
  if (operation.is_read) {
    operation.name = "ReadFromRepository";
    operation.actions = {"codeartifact:ReadFromRepository"};
  } else if (request.method == "PUT" || request.method == "POST") {
    operation.name = "PublishPackageVersion";
    operation.actions = {"codeartifact:PublishPackageVersion"};
    operation.further_actions = {"codeartifact:PutPackageMetadata"};  // npm's tags
  } else {
    return reading;
  }
  reading.candidates.push_back(std::move(operation));
  reading.state = OperationReading::State::told;
  return reading;
}

}  // namespace sallyport
