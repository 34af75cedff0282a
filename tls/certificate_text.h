// Certificates, times and names as messages and published files show them.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <openssl/x509v3.h>

#include "policy/values/facts.h"
#include "tls/openssl_ptr.h"

namespace sallyport {

/// Frees a stack together with its certificates.
struct CertificateStackDeleter {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_pop_free(stack, X509_free); }
};
using CertificateStackPtr = std::unique_ptr<STACK_OF(X509), CertificateStackDeleter>;

/// The certificate's subject on one line: `CN = x, O = y`.
std::string subject_text(const X509& certificate);

/// Absent if it is no time.
std::optional<TimePoint> time_of(const ASN1_TIME& time);

/// `2026-11-26`, of UTC.
std::string date_text(TimePoint time);

/// The certificate as PEM; `""` if memory ends.
std::string pem_of(const X509& certificate);

}  // namespace sallyport
