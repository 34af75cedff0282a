// The folder of an interception CA, as `ca init` makes it: `ca.pem` (the CA that signs, and its
// root), `trust.pem` (the root, for workstations) and `ca.key`. Nothing is ever overwritten.
#pragma once

#include <string>

#include "tls/new_authority.h"

namespace sallyport {

struct CaFolder {
  std::string path;

  std::string certificates() const { return path + "/ca.pem"; }
  std::string root() const { return path + "/trust.pem"; }
  std::string key() const { return path + "/ca.key"; }

  /// What stands in the way of writing: a folder that others own or can write, who could put their
  /// own key in the place of this one, or a file that is there already; `""`: nothing.
  std::string obstacle() const;

  /// Writes the three, and the folder (mode 700) where it is absent. `""`, or what went wrong; what
  /// was written of them is gone then.
  std::string write(const NewAuthority& authority) const;

  /// Takes back what write() wrote.
  void remove() const;
};

}  // namespace sallyport
