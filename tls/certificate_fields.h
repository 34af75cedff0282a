// What stands in the certificates that we make: serial, validity, names and extensions. Each
// function is false, and OpenSSL's queue holds the reason, where memory or randomness ends.
#pragma once

#include <memory>

#include <openssl/x509v3.h>

#include "policy/values/facts.h"
#include "policy/values/host.h"
#include "tls/openssl_ptr.h"

namespace sallyport {

using GeneralNamesPtr = std::unique_ptr<GENERAL_NAMES, OpensslDeleter<GENERAL_NAMES_free>>;

/// The host alone, as a dNSName or an iPAddress (RFC 5280 4.2.1.6); nothing if memory ends.
GeneralNamesPtr general_names(const Host& host);

/// 127 random bits: positive, never zero, and nobody can foretell it (RFC 5280 4.1.2.2).
bool set_random_serial(X509& certificate);

/// In whole seconds.
bool set_validity(X509& certificate, TimePoint from, TimePoint until);

/// Adds the extension `nid`, whose structure `value` is.
bool add_extension(X509& certificate, int nid, void* value, bool is_critical);

/// Adds keyUsage, critical; `bits` as X509_get_key_usage() tells them (KU_...).
bool add_key_usage(X509& certificate, unsigned bits);

/// Adds extendedKeyUsage: serverAuth alone.
bool add_server_auth(X509& certificate);

/// Adds authorityKeyIdentifier: the issuer's subjectKeyIdentifier alone. With name and serial as
/// well, an issuer that was made anew with the same key would fit no more.
bool add_authority_key_id(X509& certificate, const X509& issuer);

/// The hash that goes with the key's strength: SHA-384 with P-384, SHA-512 with P-521, else
/// SHA-256.
const EVP_MD* hash_for(const EVP_PKEY& key);

}  // namespace sallyport
