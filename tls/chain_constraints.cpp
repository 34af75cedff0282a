#include "tls/chain_constraints.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "tls/certificate_fields.h"

namespace sallyport {
namespace {

std::string_view text_of(const ASN1_STRING& string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(&string)),
          static_cast<std::size_t>(ASN1_STRING_length(&string))};
}

/// The first address of a constraint: address and mask in one string.
std::optional<Host> first_address(const ASN1_OCTET_STRING& range) {
  const std::string_view bytes = text_of(range);
  const auto copy = [&bytes](auto& to) {
    for (std::size_t i = 0; i < to.size(); ++i) to[i] = static_cast<std::uint8_t>(bytes[i]);
  };
  if (bytes.size() == 8) {
    std::array<std::uint8_t, 4> address{};
    copy(address);
    return Host::of(IpAddress::v4(address));
  }
  if (bytes.size() != 32) return std::nullopt;
  std::array<std::uint8_t, 16> address{};
  copy(address);
  return Host::of(IpAddress::v6(address));
}

std::optional<Host> base_of(const GENERAL_NAME& base) {
  if (base.type == GEN_IPADD) return first_address(*base.d.iPAddress);
  if (base.type != GEN_DNS) return std::nullopt;
  std::string_view name = text_of(*base.d.dNSName);
  if (name.starts_with('.')) name.remove_prefix(1);
  return Host::parse_name(name);
}

/// What permitted and excluded subtrees speak of.
struct Spoken {
  bool of_names = false;
  bool of_addresses = false;
  bool has_leading_dot = false;

  void add(const STACK_OF(GENERAL_SUBTREE) * subtrees) {
    for (int i = 0; i < sk_GENERAL_SUBTREE_num(subtrees); ++i) {
      const GENERAL_NAME& base = *sk_GENERAL_SUBTREE_value(subtrees, i)->base;
      of_addresses = of_addresses || base.type == GEN_IPADD;
      if (base.type != GEN_DNS) continue;
      of_names = true;
      has_leading_dot = has_leading_dot || text_of(*base.d.dNSName).starts_with('.');
    }
  }
};

/// A certificate of these names, to ask about. OpenSSL looks at what it has read of the extension,
/// which it does only of a certificate that it can take a fingerprint of: hence a signature
/// algorithm, though nobody signs.
X509Ptr certificate_of(GENERAL_NAMES& names) {
  X509Ptr certificate(X509_new());
  if (certificate == nullptr || !add_extension(*certificate, NID_subject_alt_name, &names, true)) {
    return nullptr;
  }
  const X509_ALGOR* outer = nullptr;
  X509_get0_signature(nullptr, &outer, certificate.get());
  for (const X509_ALGOR* each : {outer, X509_get0_tbs_sigalg(certificate.get())}) {
    X509_ALGOR_set0(const_cast<X509_ALGOR*>(each), OBJ_nid2obj(NID_ecdsa_with_SHA256), V_ASN1_UNDEF,
                    nullptr);
  }
  return certificate;
}

}  // namespace

bool ChainConstraints::add(X509& authority) {
  int place = 0;
  ConstraintsPtr constraints(static_cast<NAME_CONSTRAINTS*>(
      X509_get_ext_d2i(&authority, NID_name_constraints, &place, nullptr)));
  if (constraints == nullptr) return place == -1;  // -1: it has none
  constraints_.push_back(std::move(constraints));
  return true;
}

bool ChainConstraints::permits(const Host& host) const {
  const GeneralNamesPtr names = general_names(host);
  const X509Ptr certificate = names == nullptr ? nullptr : certificate_of(*names);
  if (certificate == nullptr) return false;
  X509_check_purpose(certificate.get(), -1, 0);  // reads the extensions
  for (const ConstraintsPtr& each : constraints_) {
    if (NAME_CONSTRAINTS_check(certificate.get(), each.get()) != X509_V_OK) return false;
  }
  return true;
}

std::vector<Host> ChainConstraints::permitted_bases() const {
  std::vector<Host> bases;
  for (const ConstraintsPtr& each : constraints_) {
    for (int i = 0; i < sk_GENERAL_SUBTREE_num(each->permittedSubtrees); ++i) {
      const auto* subtree = sk_GENERAL_SUBTREE_value(each->permittedSubtrees, i);
      if (const std::optional<Host> base = base_of(*subtree->base)) bases.push_back(*base);
    }
  }
  return bases;
}

std::vector<std::string> ChainConstraints::warnings() const {
  Spoken spoken;
  for (const ConstraintsPtr& each : constraints_) {
    spoken.add(each->permittedSubtrees);
    spoken.add(each->excludedSubtrees);
  }
  if (!spoken.of_names) {
    return {
        "has no name constraints: whoever has its key can vouch for every name; `sallyport ca init`"
        " makes one that is constrained to what the policy reads"};
  }
  std::vector<std::string> warnings;
  if (!spoken.of_addresses) {
    warnings.emplace_back(
        "has name constraints that let it vouch for every address: excluded 0.0.0.0/0 and ::/0 "
        "would be right");
  }
  if (spoken.has_leading_dot) {
    warnings.emplace_back(
        "has a name constraint with a leading dot, which clients read in two ways (RFC 5280 "
        "4.2.1.10 has none for DNS names): write it without");
  }
  return warnings;
}

}  // namespace sallyport
