#include "proxy/metrics_endpoint.h"

#include <memory>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include "metrics/collector.h"
#include "proxy/listener.h"

namespace sallyport {
namespace {

/// `auto [error, size] = co_await socket.async_read_some(buffer, await);`: no operation throws.
constexpr auto await = asio::as_tuple(asio::use_awaitable_t<executor>{});

namespace http = boost::beast::http;
using Request = http::request_parser<http::empty_body>;
using Response = http::response<http::string_body>;

constexpr std::size_t kConnectionsMax = 128;
constexpr std::size_t kHeadBytesMax = 8 * 1024;
constexpr std::chrono::seconds kPatience{3};

/// Closes the socket when time is up; what waits on it ends. Shared, since the timer may have fired
/// already when it is cancelled.
void close_later(steady_timer& timer, const std::shared_ptr<tcp_socket>& socket) {
  timer.expires_after(kPatience);
  timer.async_wait([socket](error_code error) {
    if (error_code ignored; !error) socket->close(ignored);
  });
}

Response answer(const MetricsEndpoint::Answers& answers, http::verb method,
                std::string_view target) {
  Response response;
  response.version(11);
  response.keep_alive(false);
  response.set(http::field::content_type, "text/plain; charset=utf-8");
  if (method != http::verb::get && method != http::verb::head) {
    response.result(http::status::method_not_allowed);
    response.set(http::field::allow, "GET, HEAD");
    response.body() = "GET or HEAD alone\n";
  } else if (target == "/metrics") {
    response.set(http::field::content_type, Collector::kContentType);
    response.body() = answers.metrics();
  } else if (target == "/healthz") {
    response.body() = "alive\n";
  } else if (target == "/readyz") {
    const bool is_ready = answers.is_ready();
    response.result(is_ready ? http::status::ok : http::status::service_unavailable);
    response.body() = is_ready ? "ready\n" : "not ready\n";
  } else {
    response.result(http::status::not_found);
    response.body() = "/metrics, /healthz and /readyz alone\n";
  }
  response.content_length(response.body().size());
  if (method == http::verb::head) response.body().clear();
  return response;
}

}  // namespace

MetricsEndpoint::MetricsEndpoint(executor ex, Answers answers)
    : executor_(ex), answers_(std::move(answers)), acceptor_(ex) {}

bool MetricsEndpoint::listen(const IpAddress& address, std::uint16_t port) {
  const int fd = open_listener(address, port);
  if (fd < 0) return false;
  acceptor_.assign(address.is_v4() ? tcp::v4() : tcp::v6(), fd);
  asio::co_spawn(executor_, accept_all(), [](const std::exception_ptr&) {});
  return true;
}

asio::awaitable<void, executor> MetricsEndpoint::accept_all() {
  steady_timer pause(executor_);
  for (;;) {
    auto [error, socket] = co_await acceptor_.async_accept(await);
    if (error || connections_ >= kConnectionsMax) {
      socket = tcp_socket(executor_);
      pause.expires_after(std::chrono::milliseconds(100));
      co_await pause.async_wait(await);
      continue;
    }
    ++connections_;
    // Whoever scrapes may fail as it likes; the next scrape tells.
    asio::co_spawn(executor_, serve(std::move(socket)),
                   [this](const std::exception_ptr&) { --connections_; });
  }
}

asio::awaitable<void, executor> MetricsEndpoint::serve(tcp_socket accepted) {
  const auto connection = std::make_shared<tcp_socket>(std::move(accepted));
  tcp_socket& socket = *connection;
  steady_timer timer(executor_);
  close_later(timer, connection);
  boost::beast::flat_buffer buffer(kHeadBytesMax);
  Request request;
  request.header_limit(kHeadBytesMax);
  const auto [read_error, read] = co_await http::async_read_header(socket, buffer, request, await);
  if (read_error) co_return;
  const Response response =
      answer(answers_, request.get().method(),
             std::string_view(request.get().target().data(), request.get().target().size()));
  const auto [write_error, written] = co_await http::async_write(socket, response, await);
  if (error_code ignored; !write_error) socket.shutdown(tcp_socket::shutdown_send, ignored);
  timer.cancel();
}

}  // namespace sallyport
