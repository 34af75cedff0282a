// A request to an AWS host as it was read, before anybody has asked what it means. Views over the
// caller's bytes, which outlive it; copy what is kept.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "policy/aws/endpoint.h"

namespace sallyport {

/// One field line of a head: the name as it was sent, the value without white space around it.
struct HeaderField {
  std::string_view name;
  std::string_view value;
};

/// The head of a request.
struct AwsRequestView {
  AwsHost host;
  std::string_view method;
  /// As it was sent, percent-encoded; begins with `/`, or is `*`.
  std::string_view path;
  /// Behind `?`, as it was sent; absent without `?`.
  std::optional<std::string_view> query;
  std::span<const HeaderField> fields;
  /// It has a body, or may have one (chunked).
  bool has_body = false;

  /// The first value of that name (in lower case), whatever the case it was sent in.
  std::optional<std::string_view> field(std::string_view name) const;
  /// How many lines have that name (in lower case).
  std::size_t count(std::string_view name) const;
};

}  // namespace sallyport
