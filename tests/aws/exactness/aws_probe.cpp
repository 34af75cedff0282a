// What the gate reads in requests to AWS: one request a line on standard input, one answer a line
// on standard output. exactness.py feeds it what botocore builds.
//
// In: method, URL, signing name, fields, body; parted by tabs. Fields are `name: value`, parted by
// U+001F; the body is in hex. Out, parted by tabs: told | in_body | unknown; the candidates as
// `model.Operation`; their actions (`?`: unknown which); region; account. Lists are parted by
// spaces; region and account stay empty until the readers of credentials are asked, too.
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "policy/aws/operation/operations.h"
#include "policy/values/host.h"

namespace {

using namespace sallyport;

std::vector<std::string_view> cut(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (auto end = text.find(at); end != std::string_view::npos; end = text.find(at)) {
    parts.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  parts.push_back(text);
  return parts;
}

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

void write(const OperationReading& reading) {
  constexpr std::string_view kStates[] = {"told", "in_body", "unknown"};
  std::cout << kStates[static_cast<std::size_t>(reading.state)] << '\t';
  for (const Operation& one : reading.candidates) std::cout << one.model << '.' << one.name << ' ';
  std::cout << '\t';
  for (const Operation& one : reading.candidates) {
    if (one.actions_are_unknown) std::cout << "? ";
    for (const std::string_view action : one.actions) std::cout << action << ' ';
  }
  std::cout << "\t\t\n";
}

void answer(const std::string& line) {
  const auto cells = cut(line, '\t');
  const auto behind = cells.at(1).substr(cells[1].find("://") + 3);
  const auto host = Host::parse(behind.substr(0, behind.find_first_of("/?")));
  const auto aws = host ? aws_host(*host) : std::nullopt;
  if (!aws) return write({});

  AwsRequestView view;
  view.host = *aws;
  view.method = cells[0];
  const auto target = behind.substr(std::min(behind.find('/'), behind.size()));
  view.path = target.substr(0, target.find('?'));
  if (view.path.size() != target.size()) view.query = target.substr(view.path.size() + 1);
  std::vector<HeaderField> fields;
  for (const auto field : cut(cells.at(3), '\x1f')) {
    const auto colon = field.find(": ");
    if (colon != std::string_view::npos) {
      fields.push_back({field.substr(0, colon), field.substr(colon + 2)});
    }
  }
  view.fields = fields;
  const auto query = Parameters::read(view.query.value_or(""), Parameters::Kind::query);
  if (!query) return write({});
  const std::string body = from_hex(cells.at(4));
  OperationReading reading = read_operation(view, cells[2], *query, nullptr);
  if (reading.state == OperationReading::State::in_body) {
    const auto form = Parameters::read(body, Parameters::Kind::form);
    if (form) reading = read_operation(view, cells[2], *query, &*form);
  }
  write(reading);
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) answer(line);
  return 0;
}
