#include "proxy/ready_handler.h"

#include <memory>

#include <boost/asio/error.hpp>
#include <doctest/doctest.h>

namespace sallyport {
namespace {

TEST_CASE("a handler is called once, wherever it was moved, and its captures are freed") {
  const auto shared = std::make_shared<int>(0);
  ReadyHandler first([shared](boost::system::error_code error) { *shared += error ? 10 : 1; });
  CHECK(first);
  CHECK(shared.use_count() == 2);
  ReadyHandler second(std::move(first));
  CHECK_FALSE(first);
  ReadyHandler third;
  CHECK_FALSE(third);
  third = std::move(second);
  third({});
  CHECK(*shared == 1);
  CHECK_FALSE(third);
  CHECK(shared.use_count() == 1);
}

TEST_CASE("a handler that is never called, or replaced, is destroyed") {
  const auto shared = std::make_shared<int>(0);
  {
    ReadyHandler one([shared](boost::system::error_code) { ++*shared; });
    ReadyHandler other([shared](boost::system::error_code) { ++*shared; });
    CHECK(shared.use_count() == 3);
    one = std::move(other);
    CHECK(shared.use_count() == 2);
  }
  CHECK(shared.use_count() == 1);
  CHECK(*shared == 0);
}

TEST_CASE("a handler may put another into its own place while it runs") {
  ReadyHandler place;
  int calls = 0;
  place = ReadyHandler([&](boost::system::error_code) {
    ++calls;
    place = ReadyHandler([&](boost::system::error_code) { calls += 10; });
  });
  place(boost::asio::error::operation_aborted);
  CHECK(calls == 1);
  place({});
  CHECK(calls == 11);
}

}  // namespace
}  // namespace sallyport
