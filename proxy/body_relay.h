// Moves one body from one end of an exchange to the other, as its reader lets it pass: through the
// worker's scratch buffer, by splice(2) where both ends are plain and much is to come. Holds no
// more than one buffer, and that only while the receiving end takes nothing. On its worker's
// thread.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "proxy/deadlines.h"
#include "proxy/http/body_reader.h"
#include "proxy/pipe_pool.h"
#include "proxy/stream.h"
#include "proxy/task.h"

namespace sallyport {

class Worker;

class BodyRelay {
 public:
  /// Both streams, and who has the deadline, outlive it.
  BodyRelay(Worker& worker, Watched& watched, Stream& from, Stream& to, const BodyReader& body,
            std::uint64_t payload_max = std::numeric_limits<std::uint64_t>::max())
      : worker_(worker),
        watched_(watched),
        from_(from),
        to_(to),
        body_(body),
        payload_max_(payload_max) {}

  enum class End : std::uint8_t {
    done,          ///< the body is whole at the other end
    truncated,     ///< who sends it ended or reset the stream amid it
    not_taken,     ///< who receives it takes no more
    refused,       ///< it is not framed right: see error()
    over_maximum,  ///< there is more than `payload_max`; what is over was not sent
    stopped,
  };

  /// Sends `head`, then `first`, which was read already, then what comes. Both are looked at before
  /// the first wait alone. Once.
  task<End> run(std::string_view head, std::string_view first);

  /// Another maximum, of now on.
  void keep_to(std::uint64_t payload_max) { payload_max_ = payload_max; }
  /// run() ends soon. Its waits are the caller's to cancel.
  void stop() { is_stopped_ = true; }

  /// Of what was sent.
  std::uint64_t payload_bytes() const { return sent_payload_; }
  /// Some of head or body was sent.
  bool has_sent() const { return has_sent_; }
  HeadError error() const { return body_.error(); }
  /// What was read behind the body's end.
  const std::string& left_over() const { return left_over_; }
  std::string take_left_over() { return std::move(left_over_); }

 private:
  // These say how it ended, or nothing: the body goes on.

  /// Sends what is taken at once. The rest is `unsent_` then, and nothing else may be sent.
  std::optional<End> pass(std::string_view head, std::string_view bytes);
  /// Waits until that is taken, and passes on what was behind it.
  task<std::optional<End>> pass_unsent();
  task<std::optional<End>> pass_by_pipe(Pipe& pipe);
  /// `bytes`: how many are in it; what is left at the end.
  task<std::optional<End>> empty_pipe(Pipe& pipe, std::size_t& bytes);
  /// All payload that was read, but for what is in the last bytes that were not sent; of chunks
  /// perhaps less.
  void count_sent(std::size_t unsent);
  task<bool> wait(Stream& stream, Reactor::Until what);
  bool may_splice() const;

  Worker& worker_;
  Watched& watched_;
  Stream& from_;
  Stream& to_;
  BodyReader body_;
  std::uint64_t payload_max_;
  std::string unsent_;         ///< what was read, and was not taken at once
  std::string behind_unsent_;  ///< what was read behind that, as it came
  std::string left_over_;
  std::uint64_t sent_payload_ = 0;
  bool has_sent_ = false;
  bool is_stopped_ = false;
};

}  // namespace sallyport
