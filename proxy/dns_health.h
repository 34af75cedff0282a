// Tells the operator, and not only each client, that names are not resolved any more, and that they
// are again. One per worker, on its thread; the log is the gate's and limits the lines of all
// workers to one a minute, so that a client who asks for broken names cannot flood it.
#pragma once

#include "metrics/operator_log.h"
#include "proxy/resolution.h"

namespace sallyport {

class DnsHealth {
 public:
  /// `log` outlives this.
  explicit DnsHealth(OperatorLog& log) : log_(log) {}

  /// A lookup ended so. That a name is absent is an answer; a failure or a time-out is none.
  void saw(Resolution::Outcome outcome);

 private:
  OperatorLog& log_;
  unsigned failures_ = 0;  // in a row
};

}  // namespace sallyport
