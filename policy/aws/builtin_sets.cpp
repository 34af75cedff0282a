#include "policy/aws/builtin_sets.h"

#include <algorithm>

#include "policy/aws/generated_tables.h"

namespace sallyport {
namespace {

constexpr std::string_view kApiSetName = "aws-api";

LabelSpec label_of(std::string_view text) {
  if (text == "*") return {.is_any = true, .parts = {}};
  LabelSpec label;
  while (!text.empty()) {
    LabelPart part;
    std::size_t length = text.find_first_of("<{");
    if (length != 0) {
      length = std::min(length, text.size());
      part.literal = text.substr(0, length);
    } else if (text.front() == '{') {
      part.kind = LabelPart::Kind::region;
      length = text.find('}') + 1;
    } else {
      part.kind = LabelPart::Kind::typed;
      length = text.find('>') + 1;
      part.tenant = tenant_kind_of(text.substr(1, length - 2)).value();
    }
    label.parts.push_back(part);
    text.remove_prefix(length);
  }
  return label;
}

}  // namespace

PatternLabels labels_of(std::string_view text) {
  PatternLabels pattern;
  if (text.starts_with("*.")) {
    pattern.leading_wildcard = true;
    text.remove_prefix(2);
  }
  for (;;) {
    const auto dot = text.find('.');
    pattern.labels.push_back(label_of(text.substr(0, dot)));
    if (dot == std::string_view::npos) return pattern;
    text.remove_prefix(dot + 1);
  }
}

std::span<const BuiltinPattern> builtin_set(std::string_view name) {
  if (name == kApiSetName) return generated_api_patterns();
  for (const BuiltinSet& set : generated_sets()) {
    if (set.name == name) return set.patterns;
  }
  return {};
}

SetKind kind_of_set(std::string_view name) {
  for (const BuiltinSet& set : generated_sets()) {
    if (set.name == name) return set.kind;
  }
  return SetKind::api;
}

std::vector<std::string_view> builtin_set_names() {
  std::vector<std::string_view> names;
  for (const BuiltinSet& set : generated_sets()) names.push_back(set.name);
  names.push_back(kApiSetName);
  return names;
}

}  // namespace sallyport
