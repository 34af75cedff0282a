// An exchange between real sockets: a client that is reset frees its origin, one that only ends
// what it sends does not, and no upload outlives its exchange.
#include <optional>

#include "tests/proxy/exchange_fixture.h"
#include "tests/proxy/loopback.h"

namespace sallyport {
namespace {

using namespace test;

class Connected {
 public:
  explicit Connected(const std::string& request) : bytes_(crlf(request)), head_(head_in(bytes_)) {
    exchange_.emplace(at_.worker(), to_client_, to_origin_, this->request());
    run_task(tasks_, serve(*this), [this](bool) { is_done_ = true; });
  }

  Fd& client() { return client_side_.ours; }
  Fd& origin() { return origin_side_.ours; }
  Socket& origin_socket() { return origin_socket_; }
  IdleWorker& at() { return at_; }
  Exchange& exchange() { return *exchange_; }
  bool is_done() const { return is_done_; }
  bool ends() {
    return at_.run_until([this] { return is_done_; });
  }

 private:
  static RequestHead head_in(std::string_view bytes) {
    RequestHeadReader reader;
    REQUIRE(reader.read(bytes) == HeadProgress::done);
    return reader.take();
  }
  Exchange::Request request() const {
    return {.head = head_,
            .body = std::string_view(bytes_).substr(head_.consumed),
            .origin = *head_.authority,
            .via = ""};
  }
  static task<bool> serve(Connected& at) {
    const bool has_answer = co_await at.exchange_->ask();
    if (has_answer) co_await at.exchange_->relay_answer(true, kNoMaximum);
    co_await at.exchange_->finish();
    co_return has_answer;
  }

  IdleWorker at_;
  const std::string bytes_;
  const RequestHead head_;
  Connection client_side_ = connection();
  Connection origin_side_ = connection();
  Socket client_socket_{at_.worker().reactor(), client_side_.gates.release()};
  Socket origin_socket_{at_.worker().reactor(), origin_side_.gates.release()};
  SocketStream to_client_{client_socket_};
  SocketStream to_origin_{origin_socket_};
  std::optional<Exchange> exchange_;
  bool is_done_ = false;
  RootTask::List tasks_;
};

const std::string kRequest = "GET http://a.example/ HTTP/1.1|Host: a.example||";
const std::string kAnswer = crlf("HTTP/1.1 200 OK|Content-Length: 2||ok");

TEST_CASE("a client that is reset while its origin thinks frees the origin") {
  Connected at(kRequest);
  at.at().run_for(std::chrono::milliseconds(20));
  REQUIRE_FALSE(at.is_done());
  reset(at.client());
  CHECK(at.ends());
  CHECK(text(at.exchange().failure()) == "client_gone");
  CHECK_FALSE(at.exchange().origin_is_reusable());
}

TEST_CASE("a client that ended what it sends, or sends the next, still gets the answer") {
  for (const bool ends : {true, false}) {
    CAPTURE(ends);
    Connected at(kRequest);
    at.at().run_for(std::chrono::milliseconds(20));
    if (ends) {
      ::shutdown(at.client().get(), SHUT_WR);
    } else {
      send_all(at.client().get(), "GET");
    }
    at.at().run_for(std::chrono::milliseconds(20));
    REQUIRE_FALSE(at.is_done());
    send_all(at.origin().get(), kAnswer);
    CHECK(at.ends());
    CHECK(text(at.exchange().failure()) == "allowed");
    CHECK(read_bytes(at.client().get(), kAnswer.size()) == kAnswer);
    CHECK(at.exchange().client_is_reusable());
    CHECK(at.exchange().origin_is_reusable());
  }
}

TEST_CASE("an exchange that is over waits for its client no more") {
  Connected at(kRequest);
  send_all(at.origin().get(), kAnswer);
  CHECK(at.ends());
  reset(at.client());
  at.at().run_for(std::chrono::milliseconds(20));
  CHECK(text(at.exchange().failure()) == "allowed");
}

}  // namespace
}  // namespace sallyport
