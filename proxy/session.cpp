#include "proxy/session.h"

#include <chrono>
#include <limits>
#include <utility>

#include "policy/facts_of.h"
#include "proxy/refusal_words.h"
#include "proxy/system_calls.h"
#include "proxy/tunnel.h"
#include "proxy/worker.h"
#include "tls/alert.h"

namespace sallyport {
namespace {

/// Requests of one client, after which the others of its worker have their turn.
constexpr unsigned kHeadsInARow = 16;
/// Reads of what nobody will use, likewise.
constexpr unsigned kReadsInARow = 32;
/// Who still sends, or still has to be sent something, is borne for so long.
constexpr std::chrono::seconds kLingerMax{30};

RootTask serve([[maybe_unused]] RootTask::List& among, Worker& worker, Arrival arrival,
               Socket socket, Place place) {
  try {
    Session session(worker, arrival, std::move(socket), std::move(place));
    co_await session.run();
  } catch (...) {
    worker.session_failed(std::current_exception());
  }
}

}  // namespace

void start_session(Worker& worker, Arrival arrival, Socket socket, Place place) {
  worker.trim_later();
  serve(worker.session_tasks(), worker, arrival, std::move(socket), std::move(place));
}

Session::Session(Worker& worker, Arrival arrival, Socket socket, Place place)
    : worker_(worker),
      arrival_(arrival),
      place_(std::move(place)),
      socket_(std::move(socket)),
      head_reader_(HeadPlace::proxy, {.bytes = worker.snapshot().limits.header_bytes}) {
  worker_.sessions().push_back(*this);
}

Session::~Session() {
  // Cut while it resolved or dialled, which nothing ends early.
  if (cut_by_ && judging_ && !judging_->attempt().is_finished()) {
    const bool has_address = judging_->has_facts() && judging_->facts().address;
    judging_->attempt().set_decision(Decision::allow, *cut_by_, {},
                                     has_address ? Stage::address : Stage::connect);
    judging_->attempt().finish();
  }
  if (tunnel_ != nullptr) tunnel_->abandon();
  if (tls_ && socket_->is_open()) {
    TlsStream(worker_.tls_buffers(), *socket_, *tls_).finish_writing();
  }
}

task<> Session::run() {
  Phase phase = Phase::header;
  for (unsigned heads = 1;; ++heads) {
    const bool has_head = co_await read_head(phase);
    if (!has_head) co_return;
    if (head_reader_.head().is_connect()) {
      const bool is_read = co_await serve_connect(*head_reader_.head().authority);
      if (!is_read) co_return;
      // Within TLS a browser may keep it for later; else its first bytes are there already.
      phase = is_intercepted() ? Phase::keep_alive : Phase::header;
      continue;
    }
    const bool goes_on = co_await serve_request();
    if (!goes_on || cut_by_) co_return;
    // An idle connection holds no buffers.
    judging_.reset();
    if (early_.empty()) early_.shrink_to_fit();
    phase = early_.empty() ? Phase::keep_alive : Phase::header;
    // Who sends without a pause would never be waited for.
    if (heads % kHeadsInARow == 0) co_await worker_.next_turn();
  }
}

void Session::cut(Reason reason) {
  cut_by_ = reason;
  if (exchange_ != nullptr) return exchange_->cut(reason);
  if (websocket_ != nullptr) return websocket_->cut(reason);
  if (handshaking_ != nullptr) handshaking_->cancel();
  client().cancel();
}

void Session::expire() {
  has_expired_ = true;
  if (handshaking_ != nullptr) handshaking_->cancel();
  client().cancel();
}

Socket& Session::client() { return tunnel_ != nullptr ? tunnel_->client() : *socket_; }

task<Session::Read> Session::read_more() {
  ConnectionStream stream(worker_.tls_buffers(), client(), tls_.get());
  co_return co_await read_more_of(*stream);
}

task<Session::Read> Session::read_more_of(Stream& stream) {
  const std::span<char> scratch = worker_.scratch();
  for (;;) {
    if (!std::exchange(client_is_dry_, false)) {
      const ssize_t count = stream.read(scratch);
      if (count > 0) {
        chunk_ = {scratch.data(), static_cast<std::size_t>(count)};
        co_return Read::more;
      }
      if (count == 0 || !sys::would_block()) co_return Read::end;
    }
    const error_code error = co_await stream.ready(Reactor::Until::readable);
    if (has_expired_) co_return Read::expired;
    if (error || cut_by_) co_return Read::end;
  }
}

task<bool> Session::serve_connect(const Authority& target) {
  judging_.emplace(worker_, arrival_, Event::connect);
  judging_->record().method = "CONNECT";
  judging_->set_target(target);
  judging_->begin_connect();
  if (!judging_->attempt().reserve()) {
    co_await refuse({Reason::audit_unavailable, kNoRule, Stage::connect});
    co_return false;
  }
  for (;;) {
    const Answer answer = judging_->ask();
    if (answer.is_allow()) {
      co_await open_tunnel(answer);
      co_return false;
    }
    if (answer.is_block()) {
      co_await refuse(answer.verdict);
      co_return false;
    }
    const auto& first_bytes = judging_->facts().first_bytes;
    const bool is_http = first_bytes && first_bytes->kind == FirstBytes::Kind::http;
    if (answer.need == Stage::request && is_http) co_return co_await begin_reading();
    if (answer.need == Stage::request) co_return co_await begin_intercepting();
    const bool has_fact = co_await fetch(answer.need);
    if (!has_fact) co_return false;
  }
}

task<bool> Session::fetch(Stage fact) {
  if (fact == Stage::address) co_return co_await learn_address();
  if (fact == Stage::first_bytes) co_return co_await learn_first_bytes();
  // A CONNECT has no other facts, so this is a fault of ours.
  co_await refuse({Reason::internal_error, kNoRule, Stage::first_bytes});
  co_return false;
}

task<bool> Session::learn_address() {
  const Resolution::Outcome outcome = co_await judging_->learn_address();
  if (outcome == Resolution::Outcome::ok) co_return true;
  const bool is_busy = outcome == Resolution::Outcome::overloaded;
  co_await fail(is_busy ? Reason::overloaded : Reason::dns_failure, Stage::address,
                words_for(outcome));
  co_return false;
}

task<> Session::refuse(Verdict verdict) {
  // Not the rules end it, but another way that a reload gave the host.
  if (verdict.reason == Reason::tunnel_revoked) {
    co_return co_await fail(verdict.reason, verdict.after, {});
  }
  judging_->record_verdict(verdict, Decision::block);
  if (tunnel_ != nullptr) {
    // The 200 was sent. A person's TLS client is told by an alert; others see the end.
    const auto& first_bytes = judging_->facts().first_bytes;
    const bool is_tls = first_bytes && first_bytes->kind == FirstBytes::Kind::tls;
    const bool tells = is_tls || verdict.reason == Reason::client_hello_timeout;
    judging_->finish(200);
    tunnel_->origin().reset();
    co_await answer_and_close(tells ? kAccessDeniedAlert : std::string_view());
    co_return;
  }
  const std::string hint = hint_for(worker_.snapshot(), judging_->facts(), verdict.reason);
  const bool is_explained = takes_explanation(verdict.reason);
  if (is_explained) co_return co_await explain_refusal(verdict.reason, hint);
  co_await tell_and_close(judging_->refusal_for(verdict.reason, hint));
}

task<> Session::fail(Reason reason, Stage after, std::string_view hint) {
  // A limit is a block; faults and ends are what became of an attempt that no rule blocked.
  const bool is_block = info(reason).reason_class == ReasonClass::resource;
  judging_->record_verdict({reason, kNoRule, after}, is_block ? Decision::block : Decision::allow);
  if (tunnel_ != nullptr) {
    judging_->finish(200);
    co_return;
  }
  co_await tell_and_close(judging_->refusal_for(reason, hint));
}

task<> Session::tell_and_close(const Refusal& words, bool more_comes) {
  const std::string reply = refusal(words);
  judging_->finish(status_of(words));
  co_await answer_and_close(reply, more_comes);
}

task<> Session::answer_and_close(std::string_view reply, bool more_comes) {
  // What does not fit into the socket's buffer at once is not waited for: nobody reads there.
  ConnectionStream stream(worker_.tls_buffers(), client(), tls_.get());
  if (!reply.empty()) stream->write(reply, {});
  // Closing on unread bytes would be a reset, which may overtake the answer.
  const std::span<char> scratch = worker_.scratch();
  const bool has_unread = sys::recv(client().fd(), scratch.data(), scratch.size()) > 0;
  if (has_unread || more_comes || !early_.empty()) co_await linger();
}

task<bool> Session::send_whole(const std::string& reply) {
  ConnectionStream to_client(worker_.tls_buffers(), client(), tls_.get());
  const ssize_t sent = to_client->write(reply, {});  // nearly always all of it
  if (sent == static_cast<ssize_t>(reply.size())) co_return true;
  if (sent < 0 && !sys::would_block()) co_return false;
  worker_.deadlines().arm(*this, Phase::transfer);
  const auto rest = std::string_view(reply).substr(sent < 0 ? 0 : static_cast<std::size_t>(sent));
  const std::size_t unsent = co_await write_all(*to_client, rest, worker_.deadlines(), *this);
  worker_.deadlines().disarm(*this);
  co_return unsent == 0;
}

task<> Session::linger() {
  if (tls_) TlsStream(worker_.tls_buffers(), client(), *tls_).finish_writing();
  SocketStream socket(client());  // nobody will use what comes
  socket.finish_writing();
  const auto end = steady_clock::now() + kLingerMax;
  std::uint32_t undelivered = std::numeric_limits<std::uint32_t>::max();
  for (unsigned reads = 1; !cut_by_ && steady_clock::now() < end; ++reads) {
    has_expired_ = false;
    worker_.deadlines().arm(*this, Phase::linger);
    const Read how = co_await read_more_of(socket);
    if (how == Read::end) break;
    if (how == Read::expired) {
      // A close would be a reset if the client sends more, and what it has not got were lost.
      const std::uint32_t before = std::exchange(undelivered, client().unacknowledged_bytes());
      if (undelivered == 0 || undelivered >= before) break;
    }
    if (reads % kReadsInARow == 0) co_await worker_.next_turn();
  }
  worker_.deadlines().disarm(*this);
}

}  // namespace sallyport
