#include "proxy/http/accept.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include "proxy/http/octets.h"

namespace sallyport {
namespace {

constexpr int kRangesMax = 64;
constexpr int kWhole = 1000;  // q=1, in thousandths

// Takes what stands before the next separator that no quoted string holds.
std::string_view take_until(std::string_view& text, char separator) {
  bool is_quoted = false;
  std::size_t end = 0;
  for (; end < text.size(); ++end) {
    if (text[end] == '"') is_quoted = !is_quoted;
    if (is_quoted && text[end] == '\\') ++end;  // a quoted pair
    if (!is_quoted && text[end] == separator) break;
  }
  end = std::min(end, text.size());
  const std::string_view taken = trim(text.substr(0, end));
  text.remove_prefix(std::min(end + 1, text.size()));
  return taken;
}

// A qvalue in thousandths: `0`, `1`, and up to three decimals (RFC 9110 section 12.4.2). Java sends
// `.2`, which is borne.
std::optional<int> read_weight(std::string_view text) {
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, point);
  const std::string_view decimals = text.substr(std::min(point + 1, text.size()));
  if (text.empty() || text == "." || decimals.size() > 3) return std::nullopt;
  if (!whole.empty() && whole != "0" && whole != "1") return std::nullopt;
  if (!decimals.empty() && !is_digits(decimals)) return std::nullopt;
  int weight = whole == "1" ? kWhole : 0;
  int unit = 100;
  for (const char digit : decimals) {
    weight += (digit - '0') * unit;
    unit /= 10;
  }
  return weight <= kWhole ? std::optional(weight) : std::nullopt;
}

// The weight among a media range's parameters; nothing if it is not one.
std::optional<int> weight_of(std::string_view parameters) {
  while (!parameters.empty()) {
    const std::string_view parameter = take_until(parameters, ';');
    if (parameter.size() >= 2 && to_lower(parameter[0]) == 'q' && parameter[1] == '=') {
      return read_weight(parameter.substr(2));
    }
  }
  return kWhole;
}

// What an Accept says of the forms; absent where it does not name them.
struct Weights {
  std::optional<int> html;
  std::optional<int> json;
  std::optional<int> plain;
  std::optional<int> any_text;
  std::optional<int> anything;

  void add(std::string_view range) {
    const std::string_view type = take_until(range, ';');
    const std::optional<int> weight = weight_of(range);
    std::optional<int>* const named = find(type);
    // Of two that say different things the larger counts: nobody is refused by it.
    if (named != nullptr && weight) *named = std::max(named->value_or(0), *weight);
  }

  ReplyFormat preferred() const {
    const int text = plain ? *plain : any_text ? *any_text : anything.value_or(0);
    const int as_html = html.value_or(0);
    const int as_json = json.value_or(0);
    if (as_html > 0 && as_html >= std::max(text, as_json)) return ReplyFormat::html;
    if (as_json > 0 && as_json >= text) return ReplyFormat::json;
    return ReplyFormat::text;
  }

 private:
  std::optional<int>* find(std::string_view type) {
    const std::array<std::pair<std::string_view, std::optional<int>*>, 5> kTypes = {
        {{"text/html", &html},
         {"application/json", &json},
         {"text/plain", &plain},
         {"text/*", &any_text},
         {"*/*", &anything}}};
    for (const auto& [name, weight] : kTypes) {
      if (equal_ignoring_case(type, name)) return weight;
    }
    // RFC 6839 section 3.1: who reads a `+json` type reads JSON. npm, pip and docker name theirs.
    constexpr std::string_view kJsonSuffix = "+json";
    const std::size_t suffix_begin = type.size() - std::min(type.size(), kJsonSuffix.size());
    return equal_ignoring_case(type.substr(suffix_begin), kJsonSuffix) ? &json : nullptr;
  }
};

}  // namespace

ReplyFormat accepted_format(const FieldLines& fields) {
  Weights weights;
  int ranges = 0;
  for (const Field& field : fields) {
    if (!equal_ignoring_case(field.name, "Accept")) continue;
    for (std::string_view rest = field.value; !rest.empty() && ranges < kRangesMax; ++ranges) {
      weights.add(take_until(rest, ','));
    }
  }
  return weights.preferred();
}

}  // namespace sallyport
