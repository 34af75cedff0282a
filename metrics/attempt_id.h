// The name of one attempt, as records and block pages tell it. Made by each worker on its own, so
// no lock and no shared counter stands between workers.
#pragma once

#include <cstdint>
#include <string>

#include "policy/values/facts.h"

namespace sallyport {

/// Unique within an instance, across its restarts. Plain data, 16 bytes.
struct AttemptId {
  /// 18 characters (base32, digits and lower case): start of the process, worker, number. Those of
  /// one worker sort in the order in which they were made.
  static constexpr std::size_t kTextBytes = 18;

  std::uint64_t origin = 0;  ///< start of the process in ms, and the worker in the low 10 bits
  std::uint64_t number = 0;

  /// Writes kTextBytes characters, without a terminator.
  void write(char* to) const;
  std::string text() const;

  friend bool operator==(const AttemptId&, const AttemptId&) = default;
};

/// One worker's source of ids. Used by that worker's thread alone.
class AttemptIds {
 public:
  /// `worker` below 1,024.
  AttemptIds(std::uint16_t worker, TimePoint process_start);

  AttemptId next() { return {origin_, ++number_}; }

 private:
  std::uint64_t origin_;
  std::uint64_t number_ = 0;
};

}  // namespace sallyport
