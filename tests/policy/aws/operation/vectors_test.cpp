#include <algorithm>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "tests/policy/aws/operation/asked.h"

namespace sallyport {
namespace {

using Columns = std::vector<std::string>;

Columns cut(const std::string& text, const std::string& at) {
  Columns parts;
  std::size_t begin = 0;
  for (auto end = text.find(at); end != std::string::npos; end = text.find(at, begin)) {
    parts.push_back(text.substr(begin, end - begin));
    begin = end + at.size();
  }
  parts.push_back(text.substr(begin));
  return parts;
}

/// The lines of a table below TOP, without comments; the first names the columns.
std::vector<std::map<std::string, std::string>> table(const std::string& path) {
  std::ifstream file(std::string(SALLYPORT_SOURCE_DIR) + "/" + path);
  std::vector<std::map<std::string, std::string>> rows;
  Columns names;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#') continue;
    const Columns cells = cut(line, "\t");
    if (names.empty()) {
      names = cells;
      continue;
    }
    auto& row = rows.emplace_back();
    for (std::size_t i = 0; i < cells.size(); ++i) row[names[i]] = cells[i];
  }
  return rows;
}

Asked asked_by(std::map<std::string, std::string> row) {
  Asked asked{row["method"], row["host"], row["target"], {}, {}, row["signing"]};
  for (const std::string& field : cut(row["headers"], " | ")) {
    if (field.empty()) continue;
    const auto colon = field.find(": ");
    asked.fields.emplace_back(field.substr(0, colon), field.substr(colon + 2));
    if (field.find("x-www-form-urlencoded") != std::string::npos) asked.form = row["body"];
  }
  return asked;
}

TEST_CASE("What SDKs send is told as the operation that they meant, with its IAM action") {
  const auto rows = table("tests/data/aws/operations_vectors.tsv");
  REQUIRE(rows.size() == 310);
  std::size_t several = 0;
  for (auto row : rows) {
    CAPTURE(row["id"]);
    const Told told = tell(asked_by(row));
    const std::string wanted = row["service"] + "." + row["operation"];
    CAPTURE(wanted);
    CAPTURE(told.names());
    REQUIRE(told.reading.state == OperationReading::State::told);
    const bool is_alone = told.names() == wanted;
    several += is_alone ? 0 : 1;
    const auto& candidates = told.reading.candidates;
    const auto found = std::find_if(candidates.begin(), candidates.end(), [&](const auto& one) {
      return std::string(one.model) + "." + std::string(one.name) == wanted;
    });
    REQUIRE(found != candidates.end());
    CHECK((is_alone || told.actions() == row["iam_action"]));
    if (row["iam_action"].empty()) continue;
    const auto& actions = found->actions;
    CHECK(std::find(actions.begin(), actions.end(), row["iam_action"]) != actions.end());
  }
  // CreateDBInstance of rds, docdb and neptune; TagResource of lambda and lambda-microvms.
  CHECK(several == 2);
}

}  // namespace
}  // namespace sallyport
