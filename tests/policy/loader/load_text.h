// Loads policies that stand in a test: files are a map, the hash is no hash but shows what went in.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "policy/loader/policy_yaml.h"

namespace sallyport::test {

using Files = std::map<std::string, std::string>;

/// 2026-06-01T12:00:00Z.
inline constexpr TimePoint kNow{std::chrono::sys_days(std::chrono::year(2026) / 6 / 1) +
                                std::chrono::hours(12)};

inline PolicySource source_of(Files files) {
  return {
      .read_file = [files = std::move(files)](const std::string& path,
                                              std::string& error) -> std::optional<std::string> {
        const auto file = files.find(path);
        if (file != files.end()) return file->second;
        error = "No such file or directory";
        return std::nullopt;
      },
      .sha256_hex = [](std::string_view bytes) { return std::string(bytes); }};
}

/// Loads `p.yaml` with this text, and whatever files it names.
inline LoadResult load_text(std::string_view text, Files files = {}) {
  files["p.yaml"] = text;
  return load_policy("p.yaml", source_of(std::move(files)), kNow);
}

/// The whole lines that a person would see.
inline std::vector<std::string> errors_of(const LoadResult& result) {
  std::vector<std::string> lines;
  for (const Diagnostic& error : result.errors) lines.push_back(error.text());
  return lines;
}

/// One line each, so that a failed comparison shows them.
inline std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

/// A policy of one rule that holds for all that a test does not ask about.
inline std::string with_a_rule(std::string_view more) {
  return "version: 1\nrules: [{name: docs, hosts: [docs.example.org]}]\n" + std::string(more);
}

/// A policy of these rules, each a YAML mapping on its line.
inline std::string with_rules(std::string_view rules, std::string_view more = "") {
  return "version: 1\n" + std::string(more) + "rules:\n" + std::string(rules);
}

}  // namespace sallyport::test
