// Certificates, times and names as messages and published files show them.
#pragma once

#include <optional>
#include <string>

#include <openssl/x509.h>

#include "policy/values/facts.h"

namespace sallyport {

/// The certificate's subject on one line: `CN = x, O = y`.
std::string subject_text(const X509& certificate);

/// Absent if it is no time.
std::optional<TimePoint> time_of(const ASN1_TIME& time);

/// `2026-11-26`, of UTC.
std::string date_text(TimePoint time);

/// The certificate as PEM; `""` if memory ends.
std::string pem_of(const X509& certificate);

}  // namespace sallyport
