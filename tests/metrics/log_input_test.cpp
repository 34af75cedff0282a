#include "metrics/log_input.h"

#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using Clock = LogInput::Clock;
using Kind = LogInput::Got::Kind;

/// A log that is written while it is read; gone at the end.
struct Log {
  fs::path folder;
  fs::path path;
  Clock::time_point now = Clock::time_point() + 1h;

  Log() {
    std::string name = (fs::temp_directory_path() / "sallyport-input-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder = name;
    path = folder / "audit.jsonl";
    append("");
  }
  ~Log() { fs::remove_all(folder); }

  void append(std::string_view text, const char* name = "audit.jsonl") const {
    std::ofstream(folder / name, std::ios::app) << text;
  }
  void rotate(const char* name) const { fs::rename(path, folder / name); }

  /// Everything up to the first read without bytes: `+` for each new beginning, then what that last
  /// read gave.
  std::string read(LogInput& input, Kind last, int error = 0) const {
    std::string text;
    for (;;) {
      char bytes[7];
      const auto got = input.read(bytes, sizeof bytes, now);
      if (got.kind == Kind::bytes) {
        text.append(bytes, got.bytes);
      } else if (got.kind == Kind::anew) {
        text += '+';
      } else {
        CHECK(got.kind == last);
        CHECK(got.error == error);
        return text;
      }
    }
  }
};

TEST_CASE("a log that is not followed is read to its end") {
  Log log;
  log.append("one\ntwo\nthree\n");
  LogInput input(log.path.string(), false);
  REQUIRE(input.open() == 0);
  CHECK(log.read(input, Kind::end) == "one\ntwo\nthree\n");
  CHECK(input.descriptor() == -1);
}

TEST_CASE("what cannot be read is told by its errno") {
  const Log log;
  LogInput absent((log.folder / "absent").string(), true);
  CHECK(absent.open() == ENOENT);
  LogInput folder(log.folder.string(), true);
  REQUIRE(folder.open() == 0);
  log.read(folder, Kind::failed, EISDIR);
}

TEST_CASE("a log that grows is read on") {
  const Log log;
  LogInput input(log.path.string(), true);
  REQUIRE(input.open() == 0);
  CHECK(log.read(input, Kind::nothing).empty());
  log.append("one\ntw");
  CHECK(log.read(input, Kind::nothing) == "one\ntw");
  log.append("o\n");
  CHECK(log.read(input, Kind::nothing) == "o\n");
}

TEST_CASE("a log that was truncated is read from its beginning") {
  const Log log;
  LogInput input(log.path.string(), true);
  REQUIRE(input.open() == 0);
  log.append("one\ntwo\n");
  CHECK(log.read(input, Kind::nothing) == "one\ntwo\n");
  fs::resize_file(log.path, 0);
  CHECK(log.read(input, Kind::nothing) == "+");
  log.append("three\n");
  CHECK(log.read(input, Kind::nothing) == "three\n");
  fs::resize_file(log.path, 0);
  log.append("4\n");
  CHECK(log.read(input, Kind::nothing) == "+4\n");
}

TEST_CASE("a log that was moved away is read on until the new one is written alone") {
  Log log;
  LogInput input(log.path.string(), true);
  REQUIRE(input.open() == 0);
  log.append("one\n");
  CHECK(log.read(input, Kind::nothing) == "one\n");
  log.rotate("audit.jsonl.1");
  log.now += 1min;
  CHECK(log.read(input, Kind::nothing).empty());  // there is no new one
  log.append("two\n", "audit.jsonl.1");
  CHECK(log.read(input, Kind::nothing) == "two\n");
  log.now += 1min;
  log.append("four\n");  // made by whoever moved it, before the gate has opened it
  CHECK(log.read(input, Kind::nothing).empty());
  log.now += LogInput::kGrace - 1ms;
  log.append("three\n", "audit.jsonl.1");
  CHECK(log.read(input, Kind::nothing) == "three\n");
  log.now += LogInput::kGrace - 1ms;
  CHECK(log.read(input, Kind::nothing).empty());
  log.now += 1ms;
  CHECK(log.read(input, Kind::nothing) == "+four\n");
}

TEST_CASE("a shorter log in the place of one that was removed is read whole") {
  Log log;
  LogInput input(log.path.string(), true);
  REQUIRE(input.open() == 0);
  log.append("a long line\n");
  CHECK(log.read(input, Kind::nothing) == "a long line\n");
  log.append("new\n", "next");
  fs::rename(log.folder / "next", log.path);
  CHECK(log.read(input, Kind::nothing).empty());
  log.now += LogInput::kGrace;
  CHECK(log.read(input, Kind::nothing) == "+new\n");
}

TEST_CASE("a new log that cannot be opened yet is told, and tried again") {
  Log log;
  LogInput input(log.path.string(), true);
  REQUIRE(input.open() == 0);
  log.rotate("audit.jsonl.1");
  // A socket cannot be opened, not even by root.
  REQUIRE(::mknod(log.path.c_str(), S_IFSOCK | 0600, 0) == 0);
  CHECK(log.read(input, Kind::nothing).empty());
  log.now += LogInput::kGrace;
  CHECK(log.read(input, Kind::nothing, ENXIO).empty());
  log.append("one\n", "audit.jsonl.1");
  CHECK(log.read(input, Kind::nothing) == "one\n");
  fs::remove(log.path);
  log.append("two\n");
  CHECK(log.read(input, Kind::nothing).empty());
  log.now += LogInput::kGrace;
  CHECK(log.read(input, Kind::nothing) == "+two\n");
}

TEST_CASE("nobody waits for the writer of a named pipe that is followed") {
  const Log log;
  const fs::path pipe = log.folder / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  LogInput input(pipe.string(), true);
  REQUIRE(input.open() == 0);
  CHECK(log.read(input, Kind::nothing).empty());
  std::ofstream writer(pipe);
  CHECK(log.read(input, Kind::nothing).empty());
  writer << "one\n" << std::flush;
  CHECK(log.read(input, Kind::nothing) == "one\n");
  writer.close();
  CHECK(log.read(input, Kind::nothing).empty());
}

}  // namespace
}  // namespace sallyport
