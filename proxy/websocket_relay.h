// A WebSocket between two streams of which one at least is TLS, behind its 101: bytes both ways
// until both have ended or it is cut. Plain ones become tunnels, which need no coroutine
// (tunnel.h). On its worker's thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "policy/terms.h"
#include "policy/values/reason.h"
#include "proxy/async_event.h"
#include "proxy/body_relay.h"
#include "proxy/deadlines.h"
#include "proxy/root_task.h"
#include "proxy/stream.h"
#include "proxy/task.h"

namespace sallyport {

class Worker;

class WebSocketRelay final : public Watched {
 public:
  /// The streams outlive it.
  WebSocketRelay(Worker& worker, Stream& client, Stream& origin, const Terms& terms);
  ~WebSocketRelay();

  /// What was read of each side beyond its head. Once; the caller stays until it returns.
  task<> run(std::string_view from_client, std::string_view from_origin);

  /// The limits of the rules that let it pass, of now on too (a reload).
  void keep_to(const Terms& terms);
  void cut(Reason reason);
  void expire() override;

  /// Why it ended: `allowed` where its two ends did.
  Reason reason() const { return reason_; }
  std::uint64_t bytes_up() const { return up_.payload_bytes(); }
  std::uint64_t bytes_down() const { return down_.payload_bytes(); }

 private:
  static RootTask relay_up(RootTask::List& among, WebSocketRelay& relay, std::string first);
  /// One direction is over: the other end is told, and has some time left.
  void ended(BodyRelay::End how, Stream& to, Reason over_maximum);
  void stop();

  Worker& worker_;
  Stream& client_;
  Stream& origin_;
  BodyRelay up_;
  BodyRelay down_;
  AsyncEvent up_ended_;
  Reason reason_ = Reason::allowed;
  bool is_up_over_ = false;
  bool is_half_over_ = false;
};

}  // namespace sallyport
