// A query or an `application/x-www-form-urlencoded` body, decoded once. The one reader of both; who
// asks for a parameter asks here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace sallyport {

/// A name and its value, decoded. `a` without `=` has no value; `a=` an empty one.
struct Parameter {
  std::string_view name;
  std::optional<std::string_view> value;
};

/// The parameters in the order in which they came. Split at `&` alone, never at `;`. Owns its text.
class Parameters {
 public:
  enum class Kind : std::uint8_t {
    query,  ///< `+` is itself, as AWS reads and signs it
    form,   ///< `+` is a space
  };

  Parameters() = default;
  Parameters(Parameters&&) = default;
  Parameters& operator=(Parameters&&) = default;
  Parameters(const Parameters&) = delete;
  Parameters& operator=(const Parameters&) = delete;

  /// More are not read: no API has so many, and each takes time of everybody's.
  static constexpr std::size_t kCountMax = 50'000;

  /// Nothing where a `%` has no two hex digits behind it, or where NUL is in it: that has no safe
  /// reading. Nor where there are more than kCountMax.
  static std::optional<Parameters> read(std::string_view encoded, Kind kind);

  /// A copy of fields that another reader has taken apart, such as those of a multipart form.
  static Parameters of(std::span<const Parameter> list);

  /// The first of exactly that name.
  const Parameter* find(std::string_view name) const noexcept;
  /// How many have that name, whatever the case of ASCII letters; `name` in lower case.
  std::size_t count_of(std::string_view name) const noexcept;

  auto begin() const noexcept { return list_.begin(); }
  auto end() const noexcept { return list_.end(); }
  bool empty() const noexcept { return list_.empty(); }

 private:
  std::vector<char> text_;  ///< a vector: its buffer stays where it is when it is moved
  std::vector<Parameter> list_;
};

}  // namespace sallyport
