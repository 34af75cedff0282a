// Exchanges that end from outside: by their deadline, by a drain, by a client that is reset; and
// finish(), which waits for what still goes on.
#include "tests/proxy/exchange_fixture.h"
#include "tests/proxy/exchange_rows.h"

namespace sallyport {
namespace {

using namespace test;

/// From outside, once nothing moves.
struct EndRow {
  ExchangeRow exchange;
  /// Of cut(Reason::draining).
  std::string cut;
  /// Of expire().
  std::string expired;
};

const std::vector<EndRow> kEndRows{
    {{"waits for the answer", kGet, {}, {}, {kGetOut, "", "", 0, 0}},
     "draining",
     "response_timeout"},
    {{"waits for more of its head", kGet, {}, {"HTTP/1.1 2"}, {kGetOut, "", "", 0, 0}},
     "draining",
     "response_timeout"},
    {{"waits behind an interim answer", kGet, {}, {kContinue}, {kGetOut, kContinue, "", 0, 0}},
     "draining",
     "response_timeout"},
    {{"the client sends no more", kPost, {"he"}, {}, {kPostOut + "he", "", "", 2, 0}},
     "draining",
     "idle_timeout"},
    {{"the origin takes no more",
      kPost,
      {"he", "llo"},
      {},
      {kPostOut + "he", "", "", 2, 0},
      kNoMaximum,
      kNoMaximum,
      {},
      {kAll, kAll, kNeverRoom}},
     "draining",
     "idle_timeout"},
    {{"the client takes no interim answer",
      kGet,
      {},
      {kContinue},
      {kGetOut, "", "", 0, 0},
      kNoMaximum,
      kNoMaximum,
      {kNeverRoom}},
     "draining",
     "response_timeout"},
    {{"amid an answer with a length",
      kGet,
      {},
      {"HTTP/1.1 200 OK|Content-Length: 2||o"},
      {kGetOut, "HTTP/1.1 200 OK|Content-Length: 2||o", "", 0, 1}},
     "draining",
     "idle_timeout"},
    {{"amid an answer until close", kGet, {}, {kOpen + "o"}, {kGetOut, kOpenOut + "o", "", 0, 1}},
     "draining reset",
     "idle_timeout reset"},
    {{"the client takes no more of the answer",
      kGet,
      {},
      {kChunks + "1|o|", kWait, "1|k|"},
      {kGetOut, kChunks + "1|o|", "", 0, 1},
      kNoMaximum,
      kNoMaximum,
      {kAll, kNeverRoom}},
     "draining",
     "idle_timeout"},
    {{"amid body and answer",
      kPost,
      {"he"},
      {after("he"), "HTTP/1.1 200 OK|Content-Length: 2||o"},
      {kPostOut + "he", kOkClose.substr(0, 54), "", 2, 1}},
     "draining",
     "idle_timeout"},
};

TEST_CASE("cut() and expire() end whatever is waited for") {
  for (const EndRow& row : kEndRows) {
    for (const bool is_cut : {true, false}) {
      CAPTURE(row.exchange.what);
      CAPTURE(is_cut);
      Exchanging at(row.exchange);
      at.at().settle();
      REQUIRE(at.exchanged().end == "waits");
      if (is_cut) {
        at.exchange().cut(Reason::draining);
      } else {
        at.exchange().expire();
      }
      at.at().settle();
      Exchanged then = row.exchange.then;
      then.end = is_cut ? row.cut : row.expired;
      CHECK(at.exchanged() == then);
    }
  }
}

TEST_CASE("the first reason stays") {
  Exchanging at({"", kGet, {}, {}, {}});
  at.at().settle();
  at.exchange().cut(Reason::draining);
  at.exchange().expire();
  at.at().settle();
  CHECK(at.exchanged().end == "draining");
}

TEST_CASE("a fault of ours is what ended it") {
  Exchanging at({"", kGet, {}, {}, {}});
  at.at().settle();
  at.exchange().break_down();
  at.exchange().expire();
  at.at().settle();
  CHECK(at.is_done());
  CHECK(at.exchanged().end == "internal_error");
}

/// A whole answer while the client still sends: finish() has to end that.
const ExchangeRow kEarlyAnswer{
    "", kPost, {"he"}, {after("he"), kOk}, {kPostOut + "he", kOkClose, "allowed", 2, 2}};

TEST_CASE("a cut within finish() leaves a whole answer allowed") {
  Exchanging at(kEarlyAnswer);
  while (!at.is_finishing() && at.at().turn()) {
  }
  REQUIRE(at.is_finishing());
  REQUIRE_FALSE(at.is_done());
  at.exchange().cut(Reason::draining);
  at.at().settle();
  CHECK(at.exchanged() == kEarlyAnswer.then);
}

// As an origin answers 413 while it reads no further.
TEST_CASE("finish() ends an upload whose wait for room has just ended well") {
  Exchanging at({"",
                 kPost + "hello",
                 {},
                 {kOk},
                 {},
                 kNoMaximum,
                 kNoMaximum,
                 {},
                 {57, kFull, kFull, kFull, 1, kNeverRoom}});
  at.at().settle();
  CHECK(at.is_finishing());
  CHECK(at.is_done());
}

TEST_CASE("each part of an exchange has its own time limit") {
  struct Row {
    const char* what;
    std::string request;
    Reads client;
    Reads origin;
    Phase phase;
  };
  const Row rows[] = {
      {"the body goes out", kPost, {"he"}, {}, Phase::transfer},
      {"the origin thinks", kPost + "hello", {}, {}, Phase::response},
      {"also where there is no body", kGet, {}, {"HTTP/1.1 2"}, Phase::response},
      {"the answer comes", kGet, {}, {kChunks + "1|o|"}, Phase::transfer},
      {"the answer came before the body went",
       kPost,
       {after("OK"), "hello"},
       {kChunks + "1|o|"},
       Phase::transfer},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    Exchanging at({"", row.request, row.client, row.origin, {}});
    at.at().settle();
    Deadlines& deadlines = at.at().worker().deadlines();
    CHECK(deadlines.oldest(row.phase) == &at.exchange());
    const Phase other = row.phase == Phase::response ? Phase::transfer : Phase::response;
    CHECK(deadlines.oldest(other) == nullptr);
    at.exchange().cut(Reason::draining);
    at.at().settle();
    REQUIRE(at.is_done());
    CHECK(deadlines.oldest(row.phase) == nullptr);
  }
}

task<bool> finish(Exchange& exchange) {
  co_await exchange.finish();
  co_return true;
}

TEST_CASE("finish() a second time does nothing") {
  for (const ExchangeRow& row : {kEarlyAnswer, kWholeRows.front(), kBrokenRows.front()}) {
    Exchanging at(row);
    at.at().settle();
    REQUIRE(at.is_done());
    bool is_done_again = false;
    RootTask::List tasks;
    run_task(tasks, finish(at.exchange()), [&is_done_again](bool) { is_done_again = true; });
    CHECK(is_done_again);  // at once
    CHECK(at.exchanged() == row.then);
  }
}

}  // namespace
}  // namespace sallyport
