// A trust store for Java, which reads no bundle: made by the JDK's own keytool.
#pragma once

#include <optional>
#include <string>

namespace sallyport {

/// The Java of a machine.
struct JavaTools {
  std::string keytool;
  std::string trusted;  ///< what this Java trusts: its `cacerts`

  /// By JAVA_HOME, else by PATH; nothing if there is none.
  static std::optional<JavaTools> find();
};

/// Puts a copy of what Java trusts, and the certificates of the PEM file `added`, at `store`; not
/// if that is newer than both. `""`, or what went wrong.
std::string make_java_store(const JavaTools& tools, const std::string& added,
                            const std::string& store);

}  // namespace sallyport
