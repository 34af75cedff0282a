#include "proxy/websocket_relay.h"

#include <doctest/doctest.h>

#include "tests/proxy/idle_worker.h"
#include "tests/proxy/run_task.h"
#include "tests/proxy/scripted_stream.h"

namespace sallyport::test {
namespace {

/// A relay between two scripted streams.
struct Relaying {
  Relaying(const Reads& from_client, const Reads& from_origin, const Terms& terms = {},
           std::string_view early = {}, std::string_view behind = {})
      : client(at.turns(), from_client, {}),
        origin(at.turns(), from_origin, {}),
        relay(at.worker(), client, origin, terms) {
    run_task(tasks, run(relay, early, behind), [this](bool) { is_done = true; });
    at.settle();
  }
  ~Relaying() {
    relay.cut(Reason::draining);
    at.settle();
  }

  static task<bool> run(WebSocketRelay& relay, std::string_view early, std::string_view behind) {
    co_await relay.run(early, behind);
    co_return true;
  }
  std::string outcome() const {
    std::string told = is_done ? std::string(text(relay.reason())) : "waits";
    if (client.has_finished()) told += ", client told";
    if (origin.has_finished()) told += ", origin told";
    return told;
  }

  IdleWorker at;
  ScriptedStream client;
  ScriptedStream origin;
  WebSocketRelay relay;
  bool is_done = false;
  RootTask::List tasks;
};

TEST_CASE("bytes go both ways until both ends have ended") {
  struct Row {
    const char* what;
    Reads client;
    Reads origin;
    const char* early;
    const char* behind;
    const char* to_origin;
    const char* to_client;
    const char* outcome;
  };
  const Row rows[] = {
      {"both end",
       {"a", "b", kEnd},
       {"1", kEnd},
       "",
       "",
       "ab",
       "1",
       "allowed, client told, origin told"},
      {"what was read with the heads comes first",
       {"b", kEnd},
       {"2", kEnd},
       "a",
       "1",
       "ab",
       "12",
       "allowed, client told, origin told"},
      {"one end leaves the other direction open",
       {kEnd},
       {"1"},
       "",
       "",
       "",
       "1",
       "waits, origin told"},
      {"nobody says anything", {}, {}, "", "", "", "", "waits"},
      {"the origin is reset", {"a"}, {"1", kReset}, "", "", "a", "1", "origin_reset"},
      {"the client is reset", {"a", kReset}, {"1"}, "", "", "a", "", "client_gone"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    const Relaying relaying(row.client, row.origin, {}, row.early, row.behind);
    CHECK(relaying.outcome() == row.outcome);
    CHECK(relaying.origin.sent() == row.to_origin);
    CHECK(relaying.client.sent() == row.to_client);
    CHECK(relaying.relay.bytes_up() == relaying.origin.sent().size());
    CHECK(relaying.relay.bytes_down() == relaying.client.sent().size());
  }
}

TEST_CASE("the limits of the rules hold") {
  const Relaying up({"aaaa", "aaaa"}, {}, {.upload_max = 6});
  CHECK(up.outcome() == "upload_limit");
  CHECK(up.origin.sent() == "aaaa");
  const Relaying down({}, {"bbbb", "bbbb"}, {.download_max = 6});
  CHECK(down.outcome() == "download_limit");
  CHECK(down.client.sent() == "bbbb");
}

TEST_CASE("a relay that is cut, or whose time is over, ends at once") {
  Relaying cut({"a"}, {"1"});
  cut.relay.cut(Reason::tunnel_revoked);
  cut.at.settle();
  CHECK(cut.outcome() == "tunnel_revoked");

  Relaying idle({"a"}, {"1"});
  idle.relay.expire();
  idle.at.settle();
  CHECK(idle.outcome() == "idle_timeout");

  Relaying half({kEnd}, {"1"});
  half.relay.expire();
  half.at.settle();
  CHECK(half.outcome() == "allowed, origin told");
}

}  // namespace
}  // namespace sallyport::test
