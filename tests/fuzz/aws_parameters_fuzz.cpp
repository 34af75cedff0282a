// Queries and forms against a second, obvious reading: cut at `&`, cut at the first `=`, decode
// each part on its own. Ours must accept exactly what that one accepts, with the same parameters.
//
// The first byte says whether it is a form.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policy/aws/parameters.h"
#include "tests/fuzz/require.h"

using namespace sallyport;
using fuzz::require;

namespace {

std::vector<std::string> cut(const std::string& text, char at) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == at) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

/// Decodes by way of the standard library; nothing where it may not be decoded.
std::optional<std::string> plain_decoded(const std::string& text, bool is_form) {
  const std::string hex = "0123456789abcdefABCDEF";
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '+' && is_form) c = ' ';
    if (c == '%') {
      const std::string digits = text.substr(i + 1, 2);
      if (digits.size() != 2 || digits.find_first_not_of(hex) != std::string::npos) return {};
      c = static_cast<char>(std::stoi(digits, nullptr, 16));
      i += 2;
    }
    if (c == '\0') return {};
    decoded += c;
  }
  return decoded;
}

struct Plain {
  std::string name;
  std::optional<std::string> value;
};

std::optional<std::vector<Plain>> plain_parameters(const std::string& text, bool is_form) {
  std::vector<Plain> list;
  for (const std::string& part : cut(text, '&')) {
    if (part.empty()) continue;
    const auto equals = part.find('=');
    const auto name = plain_decoded(part.substr(0, equals), is_form);
    if (!name) return {};
    list.push_back({*name, std::nullopt});
    if (equals == std::string::npos) continue;
    list.back().value = plain_decoded(part.substr(equals + 1), is_form);
    if (!list.back().value) return {};
  }
  return list;
}

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return text;
}

void compare(const Parameters& ours, const std::vector<Plain>& plain) {
  std::size_t place = 0;
  for (const Parameter& one : ours) {
    require(place < plain.size(), "there are as many");
    require(one.name == plain[place].name, "the names are those");
    require(one.value.has_value() == plain[place].value.has_value(), "a value where there is one");
    require(!one.value || *one.value == *plain[place].value, "the values are those");
    ++place;
  }
  require(place == plain.size(), "none is left out");
  for (const Plain& one : plain) {
    std::size_t count = 0;
    for (const Plain& other : plain) count += lower(other.name) == lower(one.name) ? 1 : 0;
    require(ours.count_of(lower(one.name)) == count, "all of a name are counted");
    const Parameter* const found = ours.find(one.name);
    require(found != nullptr && found->name == one.name, "a name is found");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > 4096) return 0;
  const bool is_form = data[0] % 2 == 1;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto ours =
      Parameters::read(text, is_form ? Parameters::Kind::form : Parameters::Kind::query);
  const auto plain = plain_parameters(text, is_form);
  require(ours.has_value() == plain.has_value(), "both accept or neither does");
  if (ours) compare(*ours, *plain);
  return 0;
}
