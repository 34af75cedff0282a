#include "policy/gate_settings.h"

namespace sallyport {

std::string_view GateSettings::first_difference(const GateSettings& a, const GateSettings& b) {
  if (a.listeners != b.listeners) return "listeners";
  if (!(a.metrics == b.metrics)) return "metrics";
  if (a.workers != b.workers) return "workers";
  if (!(a.audit == b.audit)) return "audit";
  return {};
}

}  // namespace sallyport
