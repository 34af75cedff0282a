// The variables of our own environment.
#pragma once

#include <cstdlib>
#include <string>

namespace sallyport {

/// The variable's value; empty where it is not set.
inline std::string environment_variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace sallyport
