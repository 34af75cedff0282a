// GET /metrics, /healthz and /readyz, and nothing else, for Prometheus and for health checks. On
// the main thread's io_context, apart from the workers; bounded in connections and time.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "policy/values/ip_address.h"
#include "proxy/net.h"

namespace sallyport {

class MetricsEndpoint {
 public:
  struct Answers {
    std::function<std::string()> metrics;
    std::function<bool()> is_ready;
  };

  MetricsEndpoint(executor ex, Answers answers);

  /// False and errno where the address cannot be listened on.
  bool listen(const IpAddress& address, std::uint16_t port);

 private:
  asio::awaitable<void, executor> accept_all();
  asio::awaitable<void, executor> serve(tcp_socket accepted);

  executor executor_;
  Answers answers_;
  tcp_acceptor acceptor_;
  std::size_t connections_ = 0;
};

}  // namespace sallyport
