#include "policy/aws/filled_pattern.h"

#include <algorithm>
#include <span>

namespace sallyport {
namespace {

bool holds(const std::vector<std::string>& values, std::string_view text) {
  return std::find(values.begin(), values.end(), text) != values.end();
}

bool fits(const FilledPart& part, std::string_view text) {
  switch (part.kind) {
    case FilledPart::Kind::literal:
      return text == part.literal;
    case FilledPart::Kind::region:
      if (!part.one_of.empty()) return holds(part.one_of, text);
      return !(partition_of_region(text) & part.partitions).is_empty();
    case FilledPart::Kind::shape:
      return has_shape(part.tenant, text) && !holds(part.except, text);
  }
  return false;
}

/// True if `text` can be cut into the parts, in some way. Labels are short and parts few.
bool fits_all(std::span<const FilledPart> parts, std::string_view text) {
  if (parts.size() == 1) return fits(parts.front(), text);
  if (parts.front().kind == FilledPart::Kind::literal) {
    const std::string_view literal = parts.front().literal;
    return text.starts_with(literal) && fits_all(parts.subspan(1), text.substr(literal.size()));
  }
  for (std::size_t length = 1; length < text.size(); ++length) {
    if (fits(parts.front(), text.substr(0, length)) &&
        fits_all(parts.subspan(1), text.substr(length))) {
      return true;
    }
  }
  return false;
}

void append(std::string& out, const FilledPart& part) {
  switch (part.kind) {
    case FilledPart::Kind::literal:
      out += part.literal;
      return;
    case FilledPart::Kind::region:
      if (part.one_of.size() == 1) {
        out += part.one_of.front();
      } else {
        out += "<region>";
      }
      return;
    case FilledPart::Kind::shape:
      out += '<';
      out += text(part.tenant);
      out += '>';
      return;
  }
}

}  // namespace

FilledPart FilledPart::of_literal(std::string_view text) {
  FilledPart part;
  part.literal = text;
  return part;
}

FilledPart FilledPart::of_region(PartitionSet partitions) {
  FilledPart part;
  part.kind = Kind::region;
  part.partitions = partitions;
  return part;
}

FilledPart FilledPart::of_shape(TenantKind tenant) {
  FilledPart part;
  part.kind = Kind::shape;
  part.tenant = tenant;
  return part;
}

FilledLabel::Kind FilledLabel::kind() const {
  if (parts.empty()) return Kind::any;
  if (parts.size() > 1) return Kind::composed;
  switch (parts.front().kind) {
    case FilledPart::Kind::literal:
      return Kind::literal;
    case FilledPart::Kind::region:
      return Kind::region;
    case FilledPart::Kind::shape:
      return Kind::shape;
  }
  return Kind::any;
}

std::string FilledPattern::text() const {
  std::string out = leading_wildcard ? "*" : "";
  for (const FilledLabel& label : labels) {
    if (!out.empty()) out += '.';
    if (label.parts.empty()) out += '*';
    for (const FilledPart& part : label.parts) append(out, part);
  }
  return out;
}

bool matches(const FilledLabel& label, std::string_view text) {
  return label.parts.empty() || fits_all(label.parts, text);
}

bool matches(const FilledPattern& pattern, const Host& host) {
  if (host.is_literal()) return false;
  std::string_view rest = host.text();
  for (auto label = pattern.labels.rbegin(); label != pattern.labels.rend(); ++label) {
    if (rest.empty()) return false;
    const auto dot = rest.rfind('.');
    const auto text = dot == std::string_view::npos ? rest : rest.substr(dot + 1);
    if (!matches(*label, text)) return false;
    rest = dot == std::string_view::npos ? std::string_view{} : rest.substr(0, dot);
  }
  return rest.empty() != pattern.leading_wildcard;
}

}  // namespace sallyport
