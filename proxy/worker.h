// One thread and all that it needs to serve connections alone: its io_context, listening sockets,
// snapshot, resolver, deadlines, buffers and counters. Workers share no lock on the path of a byte
// (DESIGN.md, Threads). What other threads may call says so.
#pragma once

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/intrusive/list.hpp>

#include "metrics/counters.h"
#include "metrics/recorder.h"
#include "policy/snapshot.h"
#include "proxy/body_budget.h"
#include "proxy/deadlines.h"
#include "proxy/dns_health.h"
#include "proxy/explanation_budget.h"
#include "proxy/gate.h"
#include "proxy/listener.h"
#include "proxy/net.h"
#include "proxy/origin_pool.h"
#include "proxy/own_addresses.h"
#include "proxy/pipe_pool.h"
#include "proxy/reactor.h"
#include "proxy/resolver.h"
#include "proxy/session.h"
#include "proxy/tls_legs.h"
#include "proxy/tls_stream.h"
#include "proxy/tunnel.h"
#include "proxy/waiting_room.h"

namespace sallyport {

using SnapshotPtr = std::shared_ptr<const Snapshot>;

/// A snapshot, and what it reads TLS with; null: nothing is read.
struct PolicyParts {
  PolicyParts(SnapshotPtr judges, std::shared_ptr<const TlsMaterial> reads = nullptr)
      : snapshot(std::move(judges)), tls(std::move(reads)) {}

  SnapshotPtr snapshot;
  std::shared_ptr<const TlsMaterial> tls;
};

class Worker {
 public:
  using Tunnels = boost::intrusive::list<Tunnel, boost::intrusive::base_hook<TunnelHook>,
                                         boost::intrusive::constant_time_size<false>>;
  using Sessions = boost::intrusive::list<Session, boost::intrusive::base_hook<SessionHook>,
                                          boost::intrusive::constant_time_size<false>>;

  /// `sockets`: listening, one for each of the gate's listeners, taken over.
  Worker(Gate& gate, WorkerCounters& counters, Recorder::Parts recorder, PolicyParts policy,
         const std::vector<int>& sockets, OwnAddresses own);
  ~Worker();

  /// Serves until it was stopped and nothing lives any more. The worker's thread.
  void run();

  // Any thread: they post.

  /// A new snapshot: holds for every decision from then on; live tunnels are judged by it.
  void adopt(PolicyParts policy);
  void adopt(OwnAddresses own);
  /// No more connections; idle tunnels end, what is left is cut over the last third of `drain`.
  void drain();
  /// Ends everything at once.
  void stop();

  // The worker's thread.

  Gate& gate() { return gate_; }
  io_context::executor_type executor() { return context_.get_executor(); }
  const Snapshot& snapshot() const { return *snapshot_; }
  const PolicyHash& policy_hash() const { return policy_hash_; }
  Reactor& reactor() { return reactor_; }
  Deadlines& deadlines() { return deadlines_; }
  Resolver& resolver() { return resolver_; }
  PipePool& pipes() { return pipes_; }
  OriginPool& origins() { return origins_; }
  /// Null where the policy reads no TLS.
  TlsLegs* tls() { return tls_.get(); }
  TlsBuffers& tls_buffers() { return tls_buffers_; }
  ExplanationBudget& explanations() { return explanations_; }
  BodyBudget& body_budget() { return body_budget_; }
  Recorder& recorder() { return recorder_; }
  WorkerCounters& counters() { return counters_; }
  Tunnels& tunnels() { return tunnels_; }
  Sessions& sessions() { return sessions_; }
  RootTask::List& session_tasks() { return session_tasks_; }
  WaitingRoom& waiting_room() { return waiting_room_; }
  /// For bytes between a read and the write that follows; nobody keeps a view across a wait.
  std::span<char> scratch() { return scratch_; }
  /// For a head between its writing and its sending, likewise.
  std::string& head_buffer() { return head_buffer_; }
  /// `co_await`: the other sessions have their turn.
  auto next_turn() {
    struct Turn {
      sallyport::executor on;
      bool await_ready() const noexcept { return false; }
      void await_suspend(std::coroutine_handle<> waiter) const {
        asio::post(on, [waiter] { waiter.resume(); });
      }
      void await_resume() const noexcept {}
    };
    return Turn{context_.get_executor()};
  }
  /// No more connections are taken, and those that are open are to end.
  bool is_draining() const { return drain_began_ != steady_clock::time_point(); }
  /// Counts the decisions.
  std::uint64_t next_decision() { return decisions_++; }
  /// The wall clock, as a fact.
  TimePoint now() const;
  bool is_own(const IpAddress& address) const;
  /// Something begins or ends, so records are written: their memory is given back some time after
  /// the last.
  void trim_later();
  /// A session died of an exception; its attempt recorded itself.
  void session_failed(const std::exception_ptr& error);

 private:
  /// Open tunnels and exchanges under way: what is not allowed any more is cut.
  void judge_anew();
  void schedule_judging();
  /// As of that time, which may be over.
  void begin_drain(steady_clock::time_point time);
  void continue_drain();
  void cut_idle_tunnels();
  void cut_silent_sessions();
  void cut_share_of_tunnels(steady_clock::duration left);
  void cut_tunnels(std::size_t count);
  void end_everything();
  bool is_empty() const;

  Gate& gate_;
  WorkerCounters& counters_;
  Recorder recorder_;
  SnapshotPtr snapshot_;
  PolicyHash policy_hash_;
  std::unique_ptr<TlsLegs> tls_;
  OwnAddresses own_;
  std::vector<char> scratch_;
  std::string head_buffer_;
  TlsBuffers tls_buffers_;
  ExplanationBudget explanations_;
  BodyBudget body_budget_;
  std::uint64_t decisions_ = 0;

  /// Can destroy what still waits while all that it refers to lives.
  struct Context : io_context {
    using execution_context::shutdown;
    using io_context::io_context;
  };
  Context context_{1};
  Reactor reactor_;
  Deadlines deadlines_;
  DnsHealth dns_health_;
  Resolver resolver_;
  PipePool pipes_;
  OriginPool origins_;
  Tunnels tunnels_;
  Sessions sessions_;
  RootTask::List session_tasks_;
  WaitingRoom waiting_room_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  /// When a rule's `until` comes: live tunnels are judged then.
  steady_timer judging_;
  steady_timer draining_;
  steady_timer trimming_;
  bool is_trim_due_ = false;
  steady_clock::time_point drain_began_{};
};

}  // namespace sallyport
