// What a workstation's shell is to know of the gate: variables by which tools find the proxy, trust
// its CA, and go past it where they must. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/values/authority.h"

namespace sallyport {

/// Where tools find the gate.
struct ProxyUrl {
  std::string scheme;  ///< `http` or `https`
  Authority authority;

  std::string text() const { return scheme + "://" + authority.text(); }

  /// `http://HOST:PORT` or `https://HOST:PORT`, a slash at its end or none; anything else: nothing.
  static std::optional<ProxyUrl> parse(std::string_view text);
};

/// Files by which tools trust the CA.
struct TrustFiles {
  std::string bundle;      ///< what the system trusts, and the CA
  std::string added;       ///< the CA alone
  std::string wgetrc;      ///< the system's, and the bundle
  std::string java_store;  ///< the same as the bundle, for Java; empty: no Java is there
};

struct Workstation {
  ProxyUrl proxy;
  std::vector<std::string> no_proxy;  ///< as NO_PROXY is to have them
  std::optional<TrustFiles> trust;    ///< absent: no TLS is read
  bool has_java = false;
};

struct Variable {
  std::string name;
  std::string value;

  /// `export NAME='value'`, for a POSIX shell.
  std::string line() const;
};

/// The variables, in the order in which they are printed.
std::vector<Variable> workstation_variables(const Workstation& workstation);

/// The entries of NO_PROXY: this machine, the endpoints that give out credentials, and those of
/// `no_proxy`. What must not be there, or is not read alike by all tools, is left out with a
/// warning.
std::vector<std::string> no_proxy_entries(const std::vector<std::string>& no_proxy,
                                          std::vector<std::string>& warnings);

}  // namespace sallyport
