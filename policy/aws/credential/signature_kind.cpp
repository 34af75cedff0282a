#include <array>
#include <utility>

#include "policy/aws/credential/credentials.h"

namespace sallyport {
namespace {

constexpr std::array<std::pair<SignatureKind, std::string_view>, 9> kWords = {{
    {SignatureKind::sigv4, "sigv4"},
    {SignatureKind::sigv4_query, "sigv4-query"},
    {SignatureKind::sigv4a, "sigv4a"},
    {SignatureKind::sigv2, "sigv2"},
    {SignatureKind::s3_post, "s3-post"},
    {SignatureKind::s3express, "s3express"},
    {SignatureKind::bearer, "bearer"},
    {SignatureKind::basic, "basic"},
    {SignatureKind::federation, "federation"},
}};

}  // namespace

std::string_view text(SignatureKind kind) {
  for (const auto& [known, word] : kWords) {
    if (known == kind) return word;
  }
  return "unknown";
}

std::optional<SignatureKind> signature_kind_of(std::string_view word) {
  for (const auto& [kind, known] : kWords) {
    if (known == word) return kind;
  }
  return std::nullopt;
}

}  // namespace sallyport
