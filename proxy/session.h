// One client connection from its first byte to the end of its last attempt, or to the moment its
// tunnel lives by itself: the one loop of DESIGN.md. A coroutine on its worker; the session's
// object lives in the coroutine's frame.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/intrusive/list.hpp>

#include "policy/aws/endpoint.h"
#include "policy/terms.h"
#include "proxy/deadlines.h"
#include "proxy/dialer.h"
#include "proxy/exchange.h"
#include "proxy/first_bytes_reader.h"
#include "proxy/held_body.h"
#include "proxy/http/request_head.h"
#include "proxy/judging.h"
#include "proxy/origin_pool.h"
#include "proxy/place.h"
#include "proxy/root_task.h"
#include "proxy/socket.h"
#include "proxy/tls_stream.h"
#include "proxy/tunnel.h"
#include "proxy/websocket_relay.h"
#include "tls/client_tls.h"

namespace sallyport {

class Worker;

using SessionHook =
    boost::intrusive::list_base_hook<boost::intrusive::tag<class Session>,
                                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

class Session final : public Watched, public SessionHook {
 public:
  Session(Worker& worker, Arrival arrival, Socket socket, Place place);
  ~Session();

  /// Serves the connection. Exceptions end the session; its attempt is recorded as internal_error.
  task<> run();

  /// Ends what the session waits for: the worker drains or stops.
  void cut(Reason reason);
  void expire() override;
  /// The policy changed, or a rule ended: cuts the exchange that is under way if it is not allowed
  /// any more.
  void judge_anew();

  /// Nothing is under way, and the client has sent nothing since then at the latest.
  bool is_silent_since(steady_clock::time_point time) const {
    if (websocket_ != nullptr) return websocket_->armed_at() <= time;
    return (!judging_ || waits_for_first_request()) && early_.empty() && armed_at() <= time;
  }

 private:
  enum class Read : std::uint8_t { more, end, expired };

  // session_head.cpp: the heads, and what is refused for them.
  /// `phase`: what it is to wait for the head, `header` or `keep_alive`.
  task<bool> read_head(Phase phase);
  /// Reads on until the head is whole, is refused, or nothing comes any more: `need_more`, and why
  /// is in `ended_how_`.
  task<HeadProgress> read_head_bytes(Phase phase);
  void keep_behind_head(std::string_view bytes);
  /// What is judged still is the CONNECT, whose tunnel is read and had no request yet.
  bool has_unrecorded_connect() const { return through_ && judging_; }
  bool waits_for_first_request() const {
    return through_ && handshaking_ == nullptr &&
           judging_->attempt().record().event == Event::connect;
  }
  void leave_connect_unrecorded();
  void record_tunnel();
  task<> refuse_unfinished_head(Read how, std::string_view bytes);
  task<> refuse_head(const HeadError& error);

  // session.cpp: the loop of a CONNECT, refusals.
  /// True: the tunnel that it asked for is read, as HTTP or, where its TLS was ended, within that.
  task<bool> serve_connect(const Authority& target);
  task<bool> fetch(Stage fact);
  task<bool> learn_address();
  task<> refuse(Verdict verdict);
  task<> fail(Reason reason, Stage after, std::string_view hint);
  /// Sends the refusal and finishes the record by its status. `more_comes`: the client may be
  /// sending still, and closing would be a reset.
  task<> tell_and_close(const Refusal& words, bool more_comes = false);
  task<> answer_and_close(std::string_view reply, bool more_comes = false);
  /// True once all of it is with the kernel. Who asks on without reading is waited for.
  task<bool> send_whole(const std::string& reply);
  task<> linger();
  task<Read> read_more();
  /// The same of the socket's own bytes, whatever they carry.
  task<Read> read_more_of(Stream& stream);
  Socket& client();

  // session_tunnel.cpp: the dial, the 200, the first bytes, the hand-over.
  task<bool> learn_first_bytes();
  DialPlan dial_plan(bool client_speaks_first) const;
  task<Dialled> dial_counted(bool client_speaks_first);
  task<> fail_dial(const Dialled& dialled);
  task<bool> dial_origin();
  task<bool> read_first_bytes();
  void record_first_bytes();
  task<bool> end_without_first_bytes(Read how);
  task<> open_tunnel(const Answer& answer);
  void hand_over(OpenTunnelRecord record);
  Tunnel::Passage passage(OpenTunnelRecord record);
  /// Both sockets, to be read; nothing: the origin has spoken, and that was recorded.
  std::optional<Tunnel::Ends> take_back_ends();
  task<bool> begin_reading();

  // session_interception.cpp: the TLS of a tunnel that is read, on both legs.
  task<bool> begin_intercepting();
  /// The origin proves to be the host before the client is shown a leaf for it.
  task<> verify_origin(OriginConnection origin);
  task<bool> accept_tls();
  /// Ends the tunnel, and its record, before any request of it.
  task<> end_tunnel(Reason reason, Decision decision);
  task<> close_without_answer();
  task<> fail_client_tls(Reason reason, TlsStream::Handshake how);
  /// The client ended right behind the handshake, or said by an alert why it does.
  bool has_left_tls() const;
  /// The origin's side of TLS on a fresh connection. False: why is in `origin_fault_`.
  task<bool> begin_tls(OriginConnection& origin);
  /// A handshake with this deadline, on either leg.
  task<TlsStream::Handshake> shake_hands(Socket& socket, TlsConnection& tls, Phase phase);
  void tell_operator_of_client_tls(std::string_view what) const;
  bool is_intercepted() const { return tls_ != nullptr; }
  /// The gate's end of the client's leg, with a leaf for the host; null: none can be made.
  SslPtr client_end_for(const Host& host, ClientTls::Naming naming);
  /// Where the origin of the attempt is, for the pool.
  OriginName origin_name() const;

  // session_explanation.cpp: a refused CONNECT to an AWS host, answered within TLS.
  /// True: it is to be, and counts as one of the client's few.
  bool takes_explanation(Reason reason);
  task<> explain_refusal(Reason reason, std::string hint);

  // session_requests.cpp: requests in absolute-form or in a tunnel that is read. They say whether
  // the connection goes on.
  enum class Exchanged : std::uint8_t {
    client_stays,
    client_goes,
    not_seen,  ///< by any origin: the connection had ended, or a reload came before it was used
  };
  task<bool> serve_request();
  /// What the host is to AWS; null: no endpoint. Valid until another is asked for.
  const AwsHost* aws_host_of(const Host& host);
  /// Learns address or body; false: why there is none was answered.
  task<bool> learn_of_request(const RequestHead& head, Stage fact);
  task<> revoke_tunnel();
  /// `is_retry`: no pooled connection is taken.
  task<Exchanged> forward_request(const RequestHead& head, bool is_retry);
  std::optional<OriginConnection> take_pooled(bool is_repeatable);
  task<std::optional<OriginConnection>> dial_for_request();
  task<bool> refuse_request(const RequestHead& head, Verdict verdict);

  // session_exchange.cpp: one request and its answer.
  task<Exchanged> exchange_with(OriginConnection& origin, const RequestHead& head, bool may_retry);
  Exchange::Request request_for(const RequestHead& head) const;
  /// What blocks the answer, of which nothing was sent then; nothing: it was relayed, or is a
  /// WebSocket's, or the exchange failed.
  task<std::optional<Verdict>> ask_and_relay(Exchange& exchange);
  task<Exchanged> end_exchange(Exchange& exchange, OriginConnection& origin);
  task<> fail_exchange(const Exchange& exchange);
  task<Exchanged> refuse_exchange(const RequestHead& head, const Verdict& verdict);

  // session_websocket.cpp: what an exchange may become.
  task<> open_websocket(Exchange& exchange, OriginConnection& origin);
  task<> relay_websocket(Exchange& exchange, OriginConnection& origin, OpenTunnelRecord record);

  // session_body.cpp: bodies that are judged.
  task<bool> learn_body(const RequestHead& head);
  task<HeldBody::State> hold_body(const RequestHead& head, std::size_t bytes_max);
  void judge_held_body(const RequestHead& head, std::size_t bytes_max);
  /// What was read of it already, as it was sent.
  std::string_view body_at_hand(const RequestHead& head) const;

  Worker& worker_;
  Arrival arrival_;
  std::optional<Place> place_;
  std::optional<Socket> socket_;  ///< until the tunnel has it
  std::uint64_t dial_era_ = 0;    ///< of the pool, before the last dial
  Tunnel* tunnel_ = nullptr;      ///< from the dial on; deletes itself
  /// The client's leg of a tunnel whose TLS was ended.
  std::unique_ptr<TlsConnection> tls_;
  /// Why the origin's leg failed; told to the request that comes next.
  struct OriginFault {
    Reason reason = Reason::origin_tls_invalid;
    std::string words;
  };
  std::optional<OriginFault> origin_fault_;
  TlsStream* handshaking_ = nullptr;
  RequestHeadReader head_reader_;
  /// The last host that was asked for: nearly all requests of a connection go to one, and to read
  /// what it is takes a twentieth of a GET.
  struct KnownHost {
    explicit KnownHost(const Host& which) : host(which), aws(aws_host(host)) {}
    KnownHost(const KnownHost&) = delete;
    KnownHost& operator=(const KnownHost&) = delete;
    Host host;
    std::optional<AwsHost> aws;  ///< views `host`
  };
  std::optional<KnownHost> known_host_;
  std::optional<Judging> judging_;
  /// Where the requests go that are read in a tunnel: the CONNECT's target.
  std::optional<Authority> through_;
  Exchange* exchange_ = nullptr;         ///< the one that is under way
  WebSocketRelay* websocket_ = nullptr;  ///< likewise, within TLS
  /// Bytes of the client that have to be kept across a wait; else `chunk_` is in the scratch
  /// buffer. Of a request all of it that was read, its head included.
  std::string early_;
  std::string_view chunk_;
  /// The last head ended in a read that was shorter than its buffer, and nobody else reads since:
  /// the reactor tells what comes, and to read before that is a system call for nothing. (Behind a
  /// mark of urgent data more may be there, of which only its sender would have to wait; HTTP has
  /// no use for it.)
  bool client_is_dry_ = false;
  std::optional<HeldBody> held_body_;  ///< of the request that is served
  FirstBytesReader first_bytes_;
  std::optional<Reason> cut_by_;
  bool is_revoked_ = false;  ///< the exchange, before anything of its answer was told
  bool has_expired_ = false;
  Read ended_how_ = Read::end;
};

/// Starts serving a connection at once, on its worker's thread.
void start_session(Worker& worker, Arrival arrival, Socket socket, Place place);

}  // namespace sallyport
