#include "proxy/exchange.h"

#include "tests/proxy/exchange_fixture.h"
#include "tests/proxy/exchange_rows.h"
#include "tests/proxy/exchange_upload_rows.h"

namespace sallyport {
namespace {

using namespace test;

void check_rows(const std::vector<ExchangeRow>& rows) {
  for (const ExchangeRow& row : rows) {
    CAPTURE(row.what);
    Exchanging at(row);
    at.at().settle();
    CHECK(at.exchanged() == row.then);
    CHECK(at.exchange().has_told() == (at.has_answer() && !row.then.client_got.empty()));
  }
}

TEST_CASE("whole answers, and what may be used again behind them") { check_rows(kWholeRows); }

TEST_CASE("interim answers come before the answer") { check_rows(kInterimRows); }

TEST_CASE("answers that are cut or wrong: who is told what, and what is over the maximum") {
  check_rows(kBrokenRows);
}

TEST_CASE("bodies that do not go out whole") { check_rows(kUploadRows); }

TEST_CASE("a flood of interim answers is no answer") {
  for (const int interims : {32, 33}) {
    CAPTURE(interims);
    ExchangeRow row{"", kGet, {}, {}, {}};
    std::string told;
    for (int i = 0; i < interims; ++i) row.origin.push_back(kContinue);
    for (int i = 0; i < 32; ++i) told += kContinue;
    row.origin.push_back(kOk);
    Exchanging at(row);
    at.at().settle();
    CHECK(at.exchanged() == (interims == 32
                                 ? Exchanged{kGetOut, told + kOk, "allowed client origin", 0, 2}
                                 : Exchanged{kGetOut, told, "origin_malformed", 0, 0}));
  }
}

TEST_CASE("what is wrong is said in words") {
  struct Row {
    const char* request;
    Reads origin;
    std::string words;
  };
  const Row rows[] = {
      {kGet.c_str(), {"HTTP/1.1 101 Switching Protocols||"}, "101 was not asked for"},
      {kGet.c_str(), {kOk}, ""},
      {kGet.c_str(), {kEnd}, ""},
  };
  for (const Row& row : rows) {
    Exchanging at({"", row.request, {}, row.origin, {}});
    at.at().settle();
    CHECK(at.exchange().failure_words() == row.words);
  }
  Exchanging body({"", kPostChunked + "z", {}, {}, {}});
  body.at().settle();
  CHECK(std::string(body.exchange().failure_words()).size() > 0);
}

TEST_CASE("what the client sent behind the request is left for the next") {
  const std::string next = "GET http://b.example/";
  Exchanging whole({"", kPost + "hello" + next, {}, {kOk}, {}});
  whole.at().settle();
  CHECK(whole.exchange().take_left_over() == next);
  Exchanging none({"", kGet + next, {}, {kOk}, {}});
  none.at().settle();
  CHECK(none.exchange().take_left_over() == next);
  CHECK(no_crlf(none.origin().sent()) == kGetOut);
}

const std::string kHandshake =
    "GET http://a.example/ HTTP/1.1|Host: a.example|Connection: Upgrade|Upgrade: websocket|"
    "Sec-WebSocket-Version: 13|Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==||";
const std::string kAccept = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=|";

TEST_CASE("the 101 of a WebSocket is handed over with what is behind it, untold") {
  Exchanging at(
      {"",
       kHandshake + "frames",
       {},
       {kContinue, "HTTP/1.1 101 Yes|Connection: Upgrade|Upgrade: websocket|" + kAccept + "|hi"},
       {}});
  at.at().settle();
  REQUIRE(at.is_done());
  CHECK(at.exchange().is_websocket());
  CHECK(at.exchange().failure() == Reason::allowed);
  CHECK(no_crlf(at.exchange().websocket_head()) ==
        "HTTP/1.1 101 Yes|" + kAccept + "Connection: Upgrade|Upgrade: websocket||");
  CHECK(at.exchange().behind_answer() == "hi");
  CHECK(at.exchange().take_left_over() == "frames");
  CHECK(no_crlf(at.client().sent()) == kContinue);
  CHECK_FALSE(at.exchange().has_told());
  CHECK_FALSE(at.exchange().client_is_reusable());
  CHECK_FALSE(at.exchange().origin_is_reusable());
}

TEST_CASE("a WebSocket's 101 with a wrong key is malformed, and another answer is HTTP's") {
  Exchanging wrong({"",
                    kHandshake,
                    {},
                    {"HTTP/1.1 101 Yes|Connection: Upgrade|Upgrade: websocket|"
                     "Sec-WebSocket-Accept: AAAALMBiTxaQ9kYGzzhZRbK+xOo=||"},
                    {}});
  wrong.at().settle();
  CHECK(text(wrong.exchange().failure()) == "origin_malformed");
  CHECK_FALSE(wrong.exchange().is_websocket());
  Exchanging no({"", kHandshake, {}, {kOk}, {}});
  no.at().settle();
  CHECK_FALSE(no.exchange().is_websocket());
  CHECK(no_crlf(no.client().sent()) == kOk);
}

}  // namespace
}  // namespace sallyport
