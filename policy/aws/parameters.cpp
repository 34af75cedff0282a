#include "policy/aws/parameters.h"

#include <algorithm>

#include "policy/values/ascii.h"

namespace sallyport {
namespace {

/// Decodes `encoded` to where `out` points and moves it behind; false where there is no safe
/// reading.
bool decode(std::string_view encoded, Parameters::Kind kind, char*& out) {
  for (std::size_t i = 0; i < encoded.size(); ++i) {
    char byte = encoded[i];
    if (byte == '%') {
      if (encoded.size() - i < 3) return false;
      const int high = hex_value(encoded[i + 1]);
      const int low = hex_value(encoded[i + 2]);
      if (high < 0 || low < 0) return false;
      byte = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (byte == '+' && kind == Parameters::Kind::form) {
      byte = ' ';
    }
    if (byte == '\0') return false;
    *out++ = byte;
  }
  return true;
}

}  // namespace

std::optional<Parameters> Parameters::read(std::string_view encoded, Kind kind) {
  Parameters read;
  if (encoded.empty()) return read;
  const auto separators = static_cast<std::size_t>(std::count(encoded.begin(), encoded.end(), '&'));
  if (separators >= kCountMax) return std::nullopt;
  read.text_.resize(encoded.size());  // decoding makes nothing longer
  read.list_.reserve(1 + separators);
  char* out = read.text_.data();
  const auto decoded = [&](std::string_view part) -> std::optional<std::string_view> {
    const char* const begin = out;
    if (!decode(part, kind, out)) return std::nullopt;
    return std::string_view(begin, static_cast<std::size_t>(out - begin));
  };
  while (!encoded.empty()) {
    const std::string_view part = encoded.substr(0, encoded.find('&'));
    encoded.remove_prefix(std::min(part.size() + 1, encoded.size()));
    if (part.empty()) continue;
    const auto equals = part.find('=');
    const auto name = decoded(part.substr(0, equals));
    if (!name) return std::nullopt;
    Parameter parameter{.name = *name, .value = std::nullopt};
    if (equals != std::string_view::npos) {
      parameter.value = decoded(part.substr(equals + 1));
      if (!parameter.value) return std::nullopt;
    }
    read.list_.push_back(parameter);
  }
  return read;
}

Parameters Parameters::of(std::span<const Parameter> list) {
  std::size_t size = 0;
  for (const Parameter& one : list) size += one.name.size() + one.value.value_or("").size();
  Parameters made;
  made.text_.resize(size);
  made.list_.reserve(list.size());
  char* out = made.text_.data();
  const auto copied = [&out](std::string_view text) {
    const char* const begin = out;
    out = std::copy(text.begin(), text.end(), out);
    return std::string_view(begin, text.size());
  };
  for (const Parameter& one : list) {
    Parameter& copy = made.list_.emplace_back();
    copy.name = copied(one.name);
    if (one.value) copy.value = copied(*one.value);
  }
  return made;
}

const Parameter* Parameters::find(std::string_view name) const noexcept {
  const auto found = std::find_if(list_.begin(), list_.end(),
                                  [name](const Parameter& one) { return one.name == name; });
  return found == list_.end() ? nullptr : &*found;
}

std::size_t Parameters::count_of(std::string_view name) const noexcept {
  return static_cast<std::size_t>(
      std::count_if(list_.begin(), list_.end(),
                    [name](const Parameter& one) { return equal_ignoring_case(one.name, name); }));
}

}  // namespace sallyport
