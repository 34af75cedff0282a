// A request to an AWS host as a test writes it, and what read_operation tells of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/aws/operation/operations.h"
#include "policy/values/host.h"

namespace sallyport {

/// A request with all that its view points to.
struct Asked {
  std::string method = "GET";
  std::string host;
  std::string target = "/";  ///< path and query
  std::vector<std::pair<std::string, std::string>> fields;
  std::optional<std::string> form = std::nullopt;  ///< the body, where it is a form and was read
  std::string signing_name;
};

/// A reading, and what its labels point to.
struct Told {
  Asked asked;
  std::optional<Host> host;
  std::vector<HeaderField> fields;
  OperationReading reading;

  /// `model.Operation` of each candidate, with a space between them; the state where it is not
  /// told.
  std::string names() const {
    if (reading.state == OperationReading::State::in_body) return "in_body";
    if (reading.state == OperationReading::State::unknown) return "unknown";
    if (reading.state == OperationReading::State::ambiguous) return "ambiguous";
    std::string text;
    for (const Operation& one : reading.candidates) {
      text += (text.empty() ? "" : " ") + std::string(one.model) + "." + std::string(one.name);
    }
    return text;
  }

  /// The actions of all candidates, each once, in the order in which they came.
  std::string actions() const {
    std::vector<std::string_view> seen;
    std::string text;
    for (const Operation& one : reading.candidates) {
      if (one.actions_are_unknown) text += text.empty() ? "?" : " ?";
      for (const std::string_view action : one.actions) {
        bool is_new = true;
        for (const std::string_view known : seen) is_new &= known != action;
        if (!is_new) continue;
        seen.push_back(action);
        text += (text.empty() ? "" : " ") + std::string(action);
      }
    }
    return text;
  }
};

inline Told tell(Asked asked) {
  Told told;
  told.asked = std::move(asked);
  const std::string_view target = told.asked.target;
  told.host = Host::parse(told.asked.host);
  if (!told.host) return told;
  const auto aws = aws_host(*told.host);
  if (!aws) return told;
  AwsRequestView view;
  view.host = *aws;
  view.method = told.asked.method;
  view.path = target.substr(0, target.find('?'));
  if (view.path.size() != target.size()) view.query = target.substr(view.path.size() + 1);
  for (const auto& [name, value] : told.asked.fields) told.fields.push_back({name, value});
  view.fields = told.fields;
  view.has_body = told.asked.form || view.count("transfer-encoding") != 0 ||
                  view.field("content-length").value_or("0") != "0";
  const auto query = Parameters::read(view.query.value_or(""), Parameters::Kind::query);
  if (!query) return told;
  std::optional<Parameters> form;
  if (told.asked.form) form = Parameters::read(*told.asked.form, Parameters::Kind::form);
  told.reading = read_operation(view, told.asked.signing_name, *query, form ? &*form : nullptr);
  return told;
}

}  // namespace sallyport
