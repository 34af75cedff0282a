#include "policy/aws/operation/registry_operation.h"

#include <algorithm>

#include "policy/aws/operation/operation_tables.h"
#include "policy/aws/percent.h"
#include "policy/values/take_part.h"

namespace sallyport {
namespace {

constexpr std::string_view kModel = "ecr";

/// What a method does to one kind of thing.
struct Row {
  std::string_view method;
  std::string_view kind;  ///< what stands behind the repository's name
  std::string_view operation;
};

constexpr Row kRows[] = {
    {"GET", "manifests", "BatchGetImage"},
    {"HEAD", "manifests", "BatchGetImage"},
    {"PUT", "manifests", "PutImage"},
    {"DELETE", "manifests", "BatchDeleteImage"},
    {"GET", "blobs", "GetDownloadUrlForLayer"},
    {"HEAD", "blobs", "BatchCheckLayerAvailability"},
    {"GET", "tags", "ListImages"},
    {"POST", "uploads", "InitiateLayerUpload"},
    {"PATCH", "uploads", "UploadLayerPart"},
    {"GET", "uploads", "UploadLayerPart"},  // how far it has come
    {"PUT", "uploads", "UploadLayerPart"},  // with the last part, or all of it, in its body
    {"PUT", "uploads", "CompleteLayerUpload"},
};

struct Path {
  std::string_view repository;
  std::string_view kind;
};

/// `/v2/<name>/<kind>/<reference>`, and `/v2/<name>/blobs/uploads/<id>`; the name has slashes.
Path parts_of(std::string_view path) {
  constexpr std::string_view kBegin = "/v2/";
  if (!path.starts_with(kBegin) || path.find("//") != std::string_view::npos) return {};
  path.remove_prefix(kBegin.size());
  const auto reference = take_last(path, '/');
  auto kind = take_last(path, '/');
  if (kind == "blobs" && reference == "uploads") return {path, reference};
  if (kind == "uploads") {
    if (take_last(path, '/') != "blobs") return {};
    return {path, kind};
  }
  if (reference.empty() || (kind == "tags" && reference != "list")) return {};
  return {path, kind};
}

}  // namespace

bool is_registry(const AwsHost& host) {
  return !host.account.empty() && host.models.size() == 1 && host.models.front() == kModel;
}

OperationReading read_registry_operation(const AwsRequestView& request, const Parameters& query) {
  OperationReading reading;
  const auto* const service = operation_tables::find_service(kModel);
  if (service == nullptr || !is_plain_path(request.path)) return reading;
  const Path path = parts_of(request.path);
  if (path.repository.find('%') != std::string_view::npos) return reading;
  reading.state = OperationReading::State::unknown;
  if (path.repository.empty()) return reading;
  const auto add = [&](std::string_view name) {
    const auto place = operation_tables::find_operation(*service, name);
    if (!place) return;
    Operation operation = operation_tables::operation_at(*service, *place);
    operation.members = {};  // those of its JSON form
    operation.labels.emplace_back("repositoryName", path.repository);
    reading.candidates.push_back(std::move(operation));
  };
  for (const Row& row : kRows) {
    if (row.method == request.method && row.kind == path.kind) add(row.operation);
  }
  // `?mount=` takes a layer over from another repository.
  if (path.kind == "uploads" && query.count_of("mount") != 0) add("GetDownloadUrlForLayer");
  if (!reading.candidates.empty()) reading.state = OperationReading::State::told;
  return reading;
}

}  // namespace sallyport
