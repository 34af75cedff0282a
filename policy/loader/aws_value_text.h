// The values that an `aws:` block of a rule may hold, each read as it is written. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "policy/loader/document_yaml.h"

namespace sallyport {

// Each returns the value in canonical form; or nothing, and `error` says what would be right.

/// Twelve digits, quoted: else YAML's readers take them for a number.
std::optional<std::string> parse_account(const YamlNode& node, std::string& error);
/// S3's rule for names of buckets (those of directory buckets and aliases of access points pass,
/// too); never a pattern.
std::optional<std::string> parse_bucket(std::string_view text, std::string& error);
std::optional<std::string> parse_region(std::string_view text, std::string& error);
/// A signing name that some AWS endpoint has.
std::optional<std::string> parse_service(std::string_view text, std::string& error);
/// `service:Name` with IAM's wildcards in the name, or `*`.
std::optional<std::string> parse_action(std::string_view text, std::string& error);
/// An ARN with IAM's wildcards, or `*`.
std::optional<std::string> parse_arn_pattern(std::string_view text, std::string& error);
std::optional<std::string> parse_access_key(std::string_view text, std::string& error);
/// The word of a kind of credential.
std::optional<std::string> parse_signature(std::string_view text, std::string& error);

}  // namespace sallyport
