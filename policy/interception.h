// What a policy says of interception: the CA by which TLS is read, where that stands in the file,
// and the hosts whose requests its rules need to read. Plain data, made by the loader and by
// policy/tools; whether TLS is read follows from the rules alone (SEMANTICS.md section 3).
#pragma once

#include <string>
#include <vector>

#include "policy/host_pattern.h"
#include "policy/mark.h"

namespace sallyport {

/// `interception` of a policy file. The files are named here; who reads TLS opens and judges them.
struct Interception {
  std::vector<std::string> ca_certificates;  ///< resolved paths; the first signs
  std::string ca_private_key;                ///< resolved path
  /// `explain_refused`: a refused CONNECT to an AWS API host is answered in that service's words.
  bool explains_refused = false;
};

/// Where the keys that name certificates stand, for messages about what is in those files. The
/// place of what is not written is the block's, else the file's first.
struct InterceptionMarks {
  std::string file;  ///< the policy's path, as it is told to people
  Mark ca_certificates;
  Mark ca_private_key;
  Mark explain_refused;
  Mark ca_bundle;
};

/// Hosts whose requests over https are read.
struct InterceptedHost {
  HostPattern pattern;
  Mark mark;         ///< of the item of `hosts` that holds it, or of `explain_refused`
  std::string rule;  ///< the allow rule that names them; empty: those of `explain_refused`
};

}  // namespace sallyport
