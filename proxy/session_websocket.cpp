// The part of a session that hands the connections of an exchange over to a WebSocket: to a tunnel
// that lives by itself or, within TLS, to a relay.
#include <utility>

#include "policy/terms.h"
#include "proxy/exchange.h"
#include "proxy/session.h"
#include "proxy/system_calls.h"
#include "proxy/tunnel.h"
#include "proxy/websocket_relay.h"
#include "proxy/worker.h"

namespace sallyport {

// The connections are a tunnel from here on, recorded and judged like any other.
task<> Session::open_websocket(Exchange& exchange, OriginConnection& origin) {
  auto record = judging_->attempt().finish_as_tunnel();
  if (!record) {
    const Reason reason = Reason::audit_unavailable;
    judging_->record_verdict({reason, kNoRule, Stage::request}, Decision::block);
    co_await tell_and_close(judging_->refusal_for(reason, {}));
    co_return;
  }
  if (is_intercepted()) co_return co_await relay_websocket(exchange, origin, std::move(*record));
  const std::string head = exchange.websocket_head();
  const ssize_t sent = sys::send(client().fd(), head.data(), head.size());
  if (sent != static_cast<ssize_t>(head.size())) {  // who waits for it has room for it
    record->finish({.reason = Reason::client_gone, .time = worker_.now()});
    co_return;
  }
  auto* tunnel = new Tunnel(worker_, std::move(*socket_), std::move(origin.socket));
  tunnel->open_behind_exchange(passage(std::move(*record)), exchange.take_left_over(),
                               exchange.behind_answer());
}

task<> Session::relay_websocket(Exchange& exchange, OriginConnection& origin,
                                OpenTunnelRecord record) {
  ConnectionStream to_client(worker_.tls_buffers(), client(), tls_.get());
  ConnectionStream to_origin(worker_.tls_buffers(), origin.socket, origin.tls.get());
  const std::string head = exchange.websocket_head();
  const std::string from_client = exchange.take_left_over();
  WebSocketRelay relay(worker_, *to_client, *to_origin,
                       terms_of(worker_.snapshot(), judging_->facts()));
  const bool is_told = to_client->write(head, {}) == static_cast<ssize_t>(head.size());
  if (is_told) {  // who waits for it has room for it
    websocket_ = &relay;
    co_await relay.run(from_client, exchange.behind_answer());
    websocket_ = nullptr;
  }
  tls_->is_truncated = relay.reason() != Reason::allowed;
  record.finish({.reason = is_told ? relay.reason() : Reason::client_gone,
                 .time = worker_.now(),
                 .bytes_up = relay.bytes_up(),
                 .bytes_down = relay.bytes_down()});
}

}  // namespace sallyport
