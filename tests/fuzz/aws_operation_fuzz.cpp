// Requests to AWS hosts, read for their operation. Whatever is in them: nothing crashes, what is
// told has a name, labels are pieces of the request, and neither the case of header names nor a
// header that nobody reads changes anything.
//
// The first byte chooses the host. Then lines: method, path and query, `name: value` of each
// header; behind an empty line the body.
#include <algorithm>
#include <cctype>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "policy/aws/operation/operations.h"
#include "policy/aws/operation/s3_address.h"
#include "policy/values/host.h"
#include "tests/fuzz/require.h"

using namespace sallyport;
using fuzz::require;

namespace {

constexpr std::string_view kHosts[] = {
    "s3.us-east-1.amazonaws.com",
    "ml-data.s3.us-east-1.amazonaws.com",
    "b--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com",
    "s3express-control.us-east-1.amazonaws.com",
    "ap-111122223333.s3-accesspoint.us-east-1.amazonaws.com",
    "route1.s3-object-lambda.us-east-1.amazonaws.com",
    "111122223333.s3-control.us-east-1.amazonaws.com",
    "api.sagemaker.us-east-1.amazonaws.com",
    "monitoring.us-east-1.amazonaws.com",
    "sqs.us-east-1.amazonaws.com",
    "iam.amazonaws.com",
    "ec2.us-east-1.amazonaws.com",
    "elasticloadbalancing.us-east-1.amazonaws.com",
    "email.us-east-1.amazonaws.com",
    "lambda.us-east-1.amazonaws.com",
    "chime.us-east-1.amazonaws.com",
    "mediaconnect.us-east-1.amazonaws.com",
    "securityhub.us-east-1.amazonaws.com",
    "workspaces-web.us-east-1.amazonaws.com",
    "wisdom.us-east-1.amazonaws.com",
};

std::string_view take_line(std::string_view& text) {
  const auto line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

struct Input {
  AwsRequestView view;
  std::vector<HeaderField> fields;
  std::string_view body;
};

Input input_of(const AwsHost& host, std::string_view text) {
  Input input;
  input.view.host = host;
  input.view.method = take_line(text);
  const auto target = take_line(text);
  input.view.path = target.substr(0, target.find('?'));
  if (input.view.path.size() != target.size()) {
    input.view.query = target.substr(input.view.path.size() + 1);
  }
  for (auto line = take_line(text); !line.empty(); line = take_line(text)) {
    const auto colon = std::min(line.find(": "), line.size());
    const auto value = line.substr(std::min(colon + 2, line.size()));
    input.fields.push_back({line.substr(0, colon), value});
  }
  input.body = text;
  return input;
}

bool is_same(const OperationReading& one, const OperationReading& other) {
  return one.state == other.state && one.protocol == other.protocol &&
         std::equal(one.candidates.begin(), one.candidates.end(), other.candidates.begin(),
                    other.candidates.end(), [](const Operation& a, const Operation& b) {
                      return a.model == b.model && a.name == b.name && a.actions == b.actions &&
                             a.further_actions == b.further_actions && a.labels == b.labels &&
                             a.is_read == b.is_read;
                    });
}

bool lies_in(std::string_view part, std::string_view whole) {
  return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

void check(const OperationReading& reading, const AwsRequestView& view) {
  const bool is_told = reading.state == OperationReading::State::told;
  require(is_told != reading.candidates.empty(), "told is what has candidates");
  for (const Operation& one : reading.candidates) {
    require(!one.model.empty() && !one.name.empty(), "a candidate has a name");
    require(!one.is_read || !one.actions.empty(), "a read has an action");
    for (const auto& [name, value] : one.labels) {
      require(!name.empty() && !value.empty(), "a label has a name and a value");
      require(lies_in(value, view.path) || lies_in(value, view.host.bucket),
              "a label is a piece of the request");
    }
  }
  if (is_told && view.host.is_s3()) {
    require(s3_address(view.host, view.path).has_value(), "what S3 does, it does somewhere");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto host = Host::parse(kHosts[data[0] % std::size(kHosts)]);
  const auto aws = aws_host(*host);
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  Input input = input_of(*aws, text);
  AwsRequestView& view = input.view;
  view.fields = input.fields;
  const auto query = Parameters::read(view.query.value_or(""), Parameters::Kind::query);
  const auto form = Parameters::read(input.body, Parameters::Kind::form);
  if (!query || !form) return 0;

  const OperationReading unread = read_operation(view, "", *query, nullptr);
  const OperationReading read = read_operation(view, "", *query, &*form);
  check(unread, view);
  check(read, view);
  require(read.state != OperationReading::State::in_body, "a body that was read is not asked for");

  std::vector<std::string> names;
  for (const HeaderField& field : input.fields) {
    std::string& name = names.emplace_back(field.name);
    for (char& c : name) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte < 128)
        c = static_cast<char>(std::isupper(byte) ? std::tolower(byte) : std::toupper(byte));
    }
  }
  std::vector<HeaderField> swapped = {{"Accept", "*/*"}};
  for (std::size_t i = 0; i < names.size(); ++i)
    swapped.push_back({names[i], input.fields[i].value});
  view.fields = swapped;
  require(is_same(read, read_operation(view, "", *query, &*form)),
          "the case of a header's name means nothing");
  return 0;
}
