// What all workers of a gate share, made once before them and outliving them: limits and log.
// Thread-safe as a whole.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>

#include "metrics/operator_log.h"
#include "proxy/client_slots.h"

namespace sallyport {

struct Gate {
  explicit Gate(std::uint32_t per_client, std::string via = "sallyport")
      : pseudonym(std::move(via)), slots(per_client) {}

  /// The gate's name in Via.
  const std::string pseudonym;
  OperatorLog log;
  ClientSlots slots;
  /// Connections open, over all workers; touched at accept and at close.
  std::atomic<std::uint32_t> connections{0};
  std::atomic<std::uint32_t> connections_max{0};
  std::size_t pipes_per_worker = 0;
};

}  // namespace sallyport
