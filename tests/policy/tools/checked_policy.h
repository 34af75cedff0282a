// Whole policies as text, and what the loader and all checks tell of them. Used by the tests of
// policy/tools alone.
#pragma once

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "policy/tools/check.h"

namespace sallyport::test {

/// Loads the text as `policy.yaml` and runs all checks on it.
inline LoadResult checked(const std::string& text) {
  PolicySource source;
  source.read_file = [](const std::string&, std::string& error) -> std::optional<std::string> {
    error = "no files in this test";
    return std::nullopt;
  };
  source.sha256_hex = [](std::string_view) { return std::string(64, '0'); };
  LoadResult loaded = load_policy_text(text, "policy.yaml", source, TimePoint{});
  add_checks(loaded);
  return loaded;
}

/// One a line: errors, warnings, notes.
inline std::string told(const LoadResult& loaded) {
  std::string text;
  for (const Diagnostic& each : loaded.errors) text += each.text() + "\n";
  for (const Diagnostic& each : loaded.warnings) text += each.warning_text() + "\n";
  if (loaded.policy) {
    for (const std::string& each : loaded.policy->notes) text += "note: " + each + "\n";
  }
  return text;
}

/// A policy, and all that is told of it.
struct Row {
  std::string policy;  ///< behind `version: 1`
  std::string told;
};

inline void check_rows(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    CAPTURE(row.policy);
    CHECK(told(checked("version: 1\n" + row.policy + "\n")) == row.told);
  }
}

}  // namespace sallyport::test
