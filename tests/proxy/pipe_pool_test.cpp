#include "proxy/pipe_pool.h"

#include <fcntl.h>
#include <unistd.h>

#include <vector>

#include <doctest/doctest.h>

#include "tests/proxy/loopback.h"

namespace sallyport {
namespace {

TEST_CASE("a pipe holds what it says and neither blocks nor is inherited") {
  PipePool pool(1);
  const auto pipe = pool.take();
  REQUIRE(pipe);
  CHECK(::fcntl(pipe->write_end(), F_GETPIPE_SZ) >= static_cast<int>(pipe->capacity()));
  for (const int end : {pipe->read_end(), pipe->write_end()}) {
    CHECK((::fcntl(end, F_GETFL) & O_NONBLOCK) != 0);
    CHECK((::fcntl(end, F_GETFD) & FD_CLOEXEC) != 0);
  }
}

TEST_CASE("no more than the cap are out, and each that comes back can go out again") {
  PipePool pool(2);
  auto first = pool.take();
  auto second = pool.take();
  REQUIRE((first && second));
  CHECK_FALSE(pool.take());
  const int read_end = first->read_end();
  pool.give_back(std::move(*first));
  auto third = pool.take();
  REQUIRE(third);
  CHECK(third->read_end() == read_end);
  CHECK_FALSE(pool.take());
}

TEST_CASE("a pipe that died with bytes in it makes room for a new one") {
  PipePool pool(1);
  auto pipe = pool.take();
  REQUIRE(pipe);
  REQUIRE(::write(pipe->write_end(), "x", 1) == 1);
  pool.give_back(std::move(*pipe), 1);
  auto fresh = pool.take();
  REQUIRE(fresh);
  char byte = 0;
  CHECK(::read(fresh->read_end(), &byte, 1) < 0);
}

TEST_CASE("one pipe in eight is of 1 MiB, the others of 256 KiB") {
  PipePool pool(16);
  std::vector<Pipe> pipes;
  while (auto pipe = pool.take()) pipes.push_back(std::move(*pipe));
  REQUIRE(pipes.size() == 16);
  for (std::size_t i = 0; i < pipes.size(); ++i) {
    CAPTURE(i);
    CHECK(pipes[i].capacity() == (i < 2 ? PipePool::kLargeBytes : PipePool::kSmallBytes));
  }
  pool.give_back(std::move(pipes[0]), 1);
  CHECK(pool.take()->capacity() == PipePool::kLargeBytes);
}

TEST_CASE("a pool without pipes gives none") { CHECK_FALSE(PipePool(0).take()); }

TEST_CASE("no descriptor is left behind") {
  const auto before = test::open_descriptors();
  {
    PipePool pool(3);
    auto kept = pool.take();
    auto back = pool.take();
    REQUIRE((kept && back));
    pool.give_back(std::move(*back));
    Pipe assigned(-1, -1, 0);
    assigned = std::move(*kept);
  }
  CHECK(test::open_descriptors() == before);
}

}  // namespace
}  // namespace sallyport
