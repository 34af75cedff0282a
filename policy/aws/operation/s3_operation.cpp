#include "policy/aws/operation/s3_operation.h"

#include <algorithm>

#include "policy/aws/operation/operation_tables.h"
#include "policy/aws/operation/s3_address.h"
#include "policy/aws/operation/s3_conditions.h"
#include "policy/aws/operation/s3_request.h"
#include "policy/values/ascii.h"

namespace sallyport {
namespace {

using operation_tables::HttpMethod;
using operation_tables::kTables;
using operation_tables::S3Row;

constexpr std::string_view kModel = "s3";

/// The rows of one method and kind of path.
std::span<const S3Row> rows_of(HttpMethod method, S3Address::Kind kind) {
  const auto place = [](const S3Row& row) { return row.method * 3 + row.kind; };
  const int wanted = static_cast<int>(method) * 3 + static_cast<int>(kind);
  const auto begin = std::partition_point(kTables.s3_rows.begin(), kTables.s3_rows.end(),
                                          [&](const S3Row& row) { return place(row) < wanted; });
  const auto end = std::partition_point(begin, kTables.s3_rows.end(),
                                        [&](const S3Row& row) { return place(row) <= wanted; });
  return {begin, end};
}

/// Another row, which is sure, has all the marks of this one and more; or the same, and is newer.
bool is_beaten(const S3Row& row, std::span<const S3Row> rows, const S3Marks& marks) {
  return std::any_of(rows.begin(), rows.end(), [&](const S3Row& other) {
    if ((other.markers & ~marks.sure) != 0 || (row.markers & ~other.markers) != 0) return false;
    return row.markers != other.markers || (row.is_old && !other.is_old);
  });
}

/// The list of directory buckets is told from that of buckets by the host alone.
bool is_of_host(std::string_view name, S3Form form) {
  if (name == "ListDirectoryBuckets") return form == S3Form::express_control;
  return name != "ListBuckets" || form != S3Form::express_control;
}

bool is_get_or_list(std::string_view action) {
  const auto name = action.substr(std::min(action.find(':'), action.size() - 1) + 1);
  return name.starts_with("Get") || name.starts_with("List");
}

bool is_read(HttpMethod method, const Operation& operation) {
  return (method == HttpMethod::get || method == HttpMethod::head) && !operation.actions.empty() &&
         std::all_of(operation.actions.begin(), operation.actions.end(), is_get_or_list);
}

bool posts_form(const AwsRequestView& request) {
  constexpr std::string_view kForm = "multipart/form-data";
  return std::any_of(request.fields.begin(), request.fields.end(),
                     [kForm](const HeaderField& field) {
                       return equal_ignoring_case(field.name, "content-type") &&
                              begins_ignoring_case(field.value, kForm);
                     });
}

/// Operations that no model has: by their own names, S3's documentation's.
Operation unmodelled(std::string_view name) {
  Operation operation;
  operation.model = kModel;
  operation.name = name;
  return operation;
}

class Reader {
 public:
  Reader(const AwsRequestView& request, const S3Address& address, const S3Marks& marks)
      : request_(request), address_(address), marks_(marks) {
    reading_.protocol = AwsProtocol::rest_xml;
  }

  OperationReading read(HttpMethod method, bool has_form) {
    if (method == HttpMethod::options) {
      read_preflight();
    } else if (is_object_lambda_answer(method)) {
      add(operation_tables::find_operation(service_, "WriteGetObjectResponse").value(), method);
    } else {
      read_rows(method);
      if (method == HttpMethod::post && address_.kind == S3Address::Kind::bucket &&
          posts_form(request_)) {
        add_posted_form(has_form);
      }
    }
    reading_.state = reading_.candidates.empty() ? OperationReading::State::unknown
                                                 : OperationReading::State::told;
    return std::move(reading_);
  }

 private:
  /// What a browser asks before it sends a request to another site: nothing is done by it.
  void read_preflight() {
    if (request_.count("origin") != 1 || request_.count("access-control-request-method") != 1)
      return;
    reading_.candidates.push_back(unmodelled("CORSPreflight"));
  }

  bool is_object_lambda_answer(HttpMethod method) const {
    return method == HttpMethod::post && request_.host.s3_form == S3Form::object_lambda &&
           address_.raw_key == "WriteGetObjectResponse";
  }

  void read_rows(HttpMethod method) {
    const auto rows = rows_of(method, address_.kind);
    std::uint64_t explained = 0;
    for (const S3Row& row : rows) {
      if ((row.markers & ~marks_.possible) != 0) continue;
      explained |= row.markers;
      if (!is_beaten(row, rows, marks_)) add(row.operation, method);
    }
    const std::uint64_t subresources = (std::uint64_t{1} << kTables.first_s3_parameter) - 1;
    // A subresource that nothing here has chooses an operation that we do not know.
    if ((marks_.possible & subresources & ~explained) != 0) reading_.candidates.clear();
  }

  void add(std::size_t place, HttpMethod method) {
    Operation operation = operation_tables::operation_at(service_, place);
    if (!is_of_host(operation.name, request_.host.s3_form)) return;
    add_s3_conditions(request_.host.s3_form, marks_, operation);
    operation.is_read = is_read(method, operation);
    reading_.candidates.push_back(std::move(operation));
  }

  /// The form's fields ask for further permissions; unread, a deny must reckon with them.
  void add_posted_form(bool has_form) {
    Operation operation = unmodelled("PostObject");
    operation.actions.push_back("s3:PutObject");
    if (!has_form) operation.further_actions = {"s3:PutObjectAcl", "s3:PutObjectTagging"};
    add_s3_conditions(request_.host.s3_form, marks_, operation);
    reading_.candidates.push_back(std::move(operation));
  }

  const AwsRequestView& request_;
  const S3Address& address_;
  const S3Marks& marks_;
  const operation_tables::ServiceRow& service_ = kTables.services[kTables.s3];
  OperationReading reading_;
};

}  // namespace

OperationReading read_s3_operation(const AwsRequestView& request, const Parameters& query,
                                   const Parameters* form) {
  OperationReading untold;
  untold.protocol = AwsProtocol::rest_xml;
  const auto method = operation_tables::http_method(request.method);
  const auto address = s3_address(request.host, request.path);
  if (!method || !address || request.count("content-type") > 1) return untold;
  const auto marks = read_s3_marks(request, query, form);
  // Objects of directory buckets are at the zones' hosts. What looks like one here is a request of
  // S3 Control's, such as that for the scope of an access point (/v20180820/accesspoint/...).
  const bool is_of_control =
      request.host.s3_form == S3Form::express_control && address->kind == S3Address::Kind::object;
  if (!marks || is_of_control) {
    untold.state = OperationReading::State::unknown;
    return untold;
  }
  return Reader(request, *address, *marks).read(*method, form != nullptr);
}

bool is_s3_post_form(const OperationReading& operation) {
  const auto& candidates = operation.candidates;
  return std::any_of(candidates.begin(), candidates.end(),
                     [](const Operation& each) { return each.name == "PostObject"; });
}

}  // namespace sallyport
