// The tables that policy/aws/data/generate.py writes, as its readers see them: all static text and
// static arrays. Only the readers of policy/aws include this.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "policy/aws/builtin_sets.h"

namespace sallyport {

/// A named set of domains.yaml.
struct BuiltinSet {
  std::string_view name;
  SetKind kind;
  std::span<const BuiltinPattern> patterns;
};

/// The sets of domains.yaml, in its order; `aws-api` stands apart.
std::span<const BuiltinSet> generated_sets();

/// `@aws-api`, sorted by text.
std::span<const BuiltinPattern> generated_api_patterns();

inline constexpr std::uint16_t kNoService = 0xffff;

/// The endpoint that the pattern at the same place of generated_api_patterns() is.
struct EndpointRow {
  std::uint16_t service;  ///< place in generated_services(); kNoService: S3 forms, see s3_host.h
  bool is_fips;
  bool is_dualstack;
  std::string_view signing_region;  ///< of a global service; else empty
};

std::span<const EndpointRow> generated_endpoint_rows();

/// From a pattern's text to its place: a table of a power of two, by FNV-1a (32 bits) of the text
/// and linear probing; 0 is an empty slot, else the place plus one.
std::span<const std::uint16_t> generated_endpoint_slots();

/// What answers at an endpoint.
struct ServiceRow {
  std::span<const std::string_view> signing_names;
  std::span<const std::string_view> models;  ///< botocore's service names
};

std::span<const ServiceRow> generated_services();

/// A suffix (labels, `{r}`, a leading `*`) and what it means.
struct SuffixRow {
  std::string_view text;
  std::string_view meaning;
};

std::span<const SuffixRow> generated_tenant_suffixes();
std::span<const SuffixRow> generated_front_ends();

}  // namespace sallyport
