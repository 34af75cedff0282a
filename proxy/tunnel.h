// Bytes relayed unread between a client and an origin, from the dial on: first only the origin may
// be heard (where the policy lets it speak first), then, once decided, both ways, with half-close
// and backpressure. A state machine that waits by callbacks: an idle tunnel is one object, no
// buffer, no pipe, no coroutine (SPEED.md rule 5). Belongs to its worker; deletes itself when it
// has ended and nobody waits any more.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <boost/intrusive/list.hpp>

#include "metrics/attempt.h"
#include "policy/terms.h"
#include "policy/values/facts.h"
#include "proxy/deadlines.h"
#include "proxy/first_bytes_reader.h"
#include "proxy/pipe_pool.h"
#include "proxy/place.h"
#include "proxy/socket.h"
#include "tls/hello_guard.h"

namespace sallyport {

class Worker;

using TunnelHook =
    boost::intrusive::list_base_hook<boost::intrusive::tag<class Tunnel>,
                                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

class Tunnel final : public Watched, public TunnelHook {
 public:
  /// Takes over both sockets. The caller later open()s or abandon()s it.
  Tunnel(Worker& worker, Socket client, Socket origin);

  Socket& client() { return client_; }
  Socket& origin() { return origin_; }

  /// Relays what the origin sends before anything is decided.
  void hear_origin();

  /// What was let through: its record, its facts for a reload, what the connection takes up.
  struct Passage {
    OpenTunnelRecord record;
    std::unique_ptr<Facts> facts;
    Place place;
  };
  /// Lets the client's bytes pass: `first` are those that were read, of which the first
  /// `hello_bytes` are the ClientHello (0: not TLS). From here on the tunnel lives by itself.
  void open(Passage passage, std::string_view first, std::size_t hello_bytes);
  /// The same behind an exchange, which read `from_origin` of the other side. What it waited for,
  /// the reactor told to it, so that both sockets may have bytes of which it tells no more.
  void open_behind_exchange(Passage passage, std::string_view first, std::string_view from_origin);

  /// Ends a tunnel that was never opened: the origin gets a reset, the client what is queued, then
  /// FIN.
  void abandon();

  /// Both sockets of a tunnel that was never opened, for requests that are read; the origin's is
  /// absent where it is relayed already (and then reset). Nothing: the origin spoke first, so what
  /// it said is no answer, and the client has it.
  struct Ends {
    Socket client;
    std::optional<Socket> origin;
  };
  /// The tunnel ends by it.
  std::optional<Ends> give_back();

  /// Ends an open tunnel at once, for this reason.
  void cut(Reason reason);

  /// The limits of the rules that let it pass, of now on too (a reload).
  void keep_to(const Terms& terms);

  /// Facts of the open tunnel, to be judged again.
  Facts& facts() { return *passage_->facts; }
  bool is_open() const { return passage_.has_value(); }

  void expire() override;

 private:
  enum class Step : std::uint8_t { again, wait_read, wait_write, hold, done };
  /// One direction.
  struct Way {
    Socket& from;
    Socket& to;
    std::uint64_t bytes = 0;
    std::uint64_t bytes_max = Terms::kNoLimit;  ///< more cuts the tunnel
    std::string pending;                        ///< read and not yet sent
    std::optional<Pipe> pipe;                   ///< held while bytes flow by splice
    std::size_t pipe_bytes = 0;                 ///< in the pipe
    bool is_waiting = false;
    bool is_held = false;   ///< ended; its end waits for what the guard keeps
    bool ended = false;     ///< no more will be read
    bool discards = false;  ///< `to` takes no more: what comes is read and dropped
    bool done = false;
  };

  void begin(Way& way);
  void touch();
  void run(Way& way);
  void wait(Way& way, Reactor::Until what);
  void finish_way(Way& way);
  void linger();
  bool is_delivering();
  void end();
  void record_end();
  void release_if_unused();

  // tunnel_way.cpp: one step of a way.
  Step advance(Way& way);
  Step flush_pending(Way& way);
  Step flush_pipe(Way& way);
  Step read_into_pipe(Way& way);
  Step read(Way& way);
  Step take_chunk(Way& way, std::string_view chunk, bool may_be_more);
  static bool has_exceeded(const Way& way) { return way.bytes > way.bytes_max; }
  Step exceed(Way& way);
  Step read_failed(Way& way);
  Step write_failed(Way& way);
  void discard(Way& way);
  void drop_pipe(Way& way);
  bool holds_end_of(const Way& way) const;

  // tunnel_hellos.cpp: what the client begins with, where it comes late, and later hellos.
  Step take_late_bytes(std::string_view chunk, bool may_be_more);
  /// The client ended its direction before it could be told what the late bytes are.
  void late_bytes_ended();
  /// The same of their time.
  void late_bytes_timed_out();
  void judge_late_bytes();
  /// The client, silent when it was decided, has said something that may yet be several things.
  bool is_late_undecided() const { return late_ && !late_->held.empty(); }
  /// The client's first bytes go on, watched if they are TLS (`hello_bytes` of them the hello).
  bool take(Passage passage, std::string_view first, std::string_view from_origin,
            std::size_t hello_bytes);
  void begin_up(std::string_view first, std::size_t hello_bytes);
  /// False: the chunk ends the tunnel.
  bool pass_guard(Way& way, std::string_view& chunk);
  void set_late(Decision decision, const Verdict& verdict, std::string_view sni);
  /// Ends the tunnel as blocked; `sni` is the name in the hello that was refused, if it was one.
  void refuse(const Verdict& verdict, std::string_view sni);
  /// The origin gets a reset; a client of TLS is told and may read it.
  void shut_off(Reason reason);

  Way& other(Way& way) { return &way == &up_ ? down_ : up_; }

  Worker& worker_;
  Socket client_;
  Socket origin_;
  Way up_{client_, origin_};
  Way down_{origin_, client_};
  std::unique_ptr<HelloGuard> guard_;
  /// Of a client that was silent when it was decided, until it speaks.
  struct LateBytes {
    FirstBytesReader reader;
    std::string held;
  };
  std::unique_ptr<LateBytes> late_;
  std::optional<Passage> passage_;
  std::uint32_t unacknowledged_bytes_ = 0xffffffff;  ///< at the last expiry of the linger phase
  Reason reason_ = Reason::allowed;
  /// A session refers to it still, so it may end but not be gone.
  bool is_lent_ = true;
  bool hears_origin_ = false;  ///< what the origin sends is relayed
  bool is_lingering_ = false;
  bool has_ended_ = false;
};

}  // namespace sallyport
