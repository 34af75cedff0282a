#include "metrics/audit_log.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

bool put(AuditRing& ring, std::string_view line) {
  if (ring.room() < line.size()) return false;
  std::memcpy(ring.next_line(), line.data(), line.size());
  ring.commit(line.size());
  return true;
}

template <class Condition>
bool holds_within(std::chrono::milliseconds span, Condition condition) {
  const auto end = std::chrono::steady_clock::now() + span;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(5ms);
  }
  return true;
}

/// A folder of its own, gone at the end.
struct Folder {
  fs::path path;
  Folder() {
    std::string name = (fs::temp_directory_path() / "sallyport-audit-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Folder() { fs::remove_all(path); }
};

std::string content(const fs::path& path) {
  std::ifstream file(path);
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

/// What the log told the operator.
struct Told {
  std::mutex mutex;
  std::vector<std::string> lines;
  std::function<void(std::string_view)> tell() {
    return [this](std::string_view text) {
      const std::lock_guard lock(mutex);
      lines.emplace_back(text);
    };
  }
  std::size_t count() {
    const std::lock_guard lock(mutex);
    return lines.size();
  }
  bool has(std::string_view text) {
    const std::lock_guard lock(mutex);
    return std::any_of(lines.begin(), lines.end(), [&](const std::string& line) {
      return line.find(text) != std::string::npos;
    });
  }
};

TEST_CASE("two producers' lines arrive whole, each producer's in its order") {
  const Folder folder;
  AuditLog log({.path = folder.path / "audit.jsonl", .ring_bytes = 65536});
  AuditRing& first = log.add_ring();
  AuditRing& second = log.add_ring();
  REQUIRE_FALSE(log.start());
  constexpr int kLines = 20000;
  const auto produce = [](AuditRing& ring, const std::string& name) {
    for (int i = 0; i < kLines;) {
      if (put(ring, name + " " + std::to_string(i) + "\n")) {
        ++i;
      } else {
        std::this_thread::sleep_for(1ms);
      }
    }
  };
  std::thread one([&] { produce(first, "one"); });
  std::thread two([&] { produce(second, "two"); });
  while (log.records() < 100) std::this_thread::sleep_for(1ms);
  one.join();
  two.join();
  CHECK(log.stop() == 0);
  CHECK(log.records() == 2 * kLines);
  std::map<std::string, int> next;
  std::ifstream file(folder.path / "audit.jsonl");
  std::string name;
  int number = 0;
  while (file >> name >> number) {
    if (number != next[name]++) FAIL(name, " ", number);
  }
  CHECK(next["one"] == kLines);
  CHECK(next["two"] == kLines);
}

TEST_CASE("a full disk closes the gate, is told once, and loses nothing that waits") {
  Told told;
  AuditLog log({.path = "/dev/full", .ring_bytes = 8192, .tell = told.tell()});
  AuditRing& ring = log.add_ring();
  REQUIRE_FALSE(log.start());
  CHECK(log.is_available());
  put(ring, "line\n");
  CHECK(holds_within(1000ms, [&] { return !log.is_available(); }));
  put(ring, "line\n");
  std::this_thread::sleep_for(500ms);  // two more tries
  CHECK(told.count() == 1);
  CHECK(told.has("No space left on device"));
  CHECK(told.has("nothing is let through"));
  CHECK(log.records() == 0);
  CHECK(log.lost() == 0);
  const auto before = std::chrono::steady_clock::now();
  CHECK(log.stop() == 2);
  CHECK(std::chrono::steady_clock::now() - before < 1s);
}

/// A named pipe with a reader's end that reads only when told to.
struct StoppedReader {
  Folder folder;
  fs::path path = folder.path / "pipe";
  int fd = -1;
  StoppedReader() {
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    fd = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    REQUIRE(fd >= 0);
  }
  /// Once the log has opened it, which enlarges a pipe.
  void shrink() const { REQUIRE(::fcntl(fd, F_SETPIPE_SZ, 4096) >= 4096); }
  ~StoppedReader() { close(); }
  void close() {
    if (fd >= 0) ::close(fd);
    fd = -1;
  }
  std::string read_some() {
    std::string bytes(65536, '\0');
    const ssize_t count = ::read(fd, bytes.data(), bytes.size());
    bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return bytes;
  }
};

TEST_CASE("a reader that stopped blocks nobody; when it reads again every line is whole") {
  StoppedReader reader;
  Told told;
  AuditLog log({.path = reader.path, .ring_bytes = 32768, .tell = told.tell()});
  AuditRing& ring = log.add_ring();
  REQUIRE_FALSE(log.start());
  reader.shrink();
  std::string expected;
  for (int i = 0;; ++i) {
    const std::string line = std::to_string(i) + std::string(90, 'x') + "\n";
    if (!put(ring, line)) break;
    expected += line;
  }
  CHECK(holds_within(1000ms, [&] { return !log.is_available(); }));
  CHECK(told.count() == 1);
  CHECK(told.has("not being read fast enough"));
  std::string arrived;
  CHECK(holds_within(5000ms, [&] {
    arrived += reader.read_some();
    return arrived.size() >= expected.size();
  }));
  CHECK(arrived == expected);
  CHECK(holds_within(1000ms, [&] { return log.is_available(); }));
  CHECK(told.count() == 2);
  CHECK(told.has("written again"));
  CHECK(log.stop() == 0);
}

TEST_CASE("with a reader that stopped, stop ends within a second and counts what is lost") {
  StoppedReader reader;
  AuditLog log({.path = reader.path, .required = false, .ring_bytes = 65536});
  AuditRing& ring = log.add_ring();
  REQUIRE_FALSE(log.start());
  reader.shrink();
  const std::string line = std::string(99, 'x') + "\n";
  std::uint64_t put_lines = 0;
  while (put(ring, line)) ++put_lines;
  ring.count_lost();
  const auto before = std::chrono::steady_clock::now();
  const std::uint64_t lost = log.stop();
  CHECK(std::chrono::steady_clock::now() - before < 1s);
  CHECK(lost > 500);
  CHECK(lost + log.records() == put_lines + 1);
}

/// Empties a pipe of 4 KiB on a thread of its own, with `pause` in between.
struct Reader {
  StoppedReader pipe;
  std::atomic<bool> is_stopping{false};
  std::atomic<std::size_t> bytes_read{0};
  std::thread thread;
  void start(std::chrono::milliseconds pause) {
    pipe.shrink();
    thread = std::thread([this, pause] {
      while (!is_stopping) {
        bytes_read += pipe.read_some().size();
        std::this_thread::sleep_for(pause);
      }
    });
  }
  ~Reader() {
    is_stopping = true;
    if (thread.joinable()) thread.join();
  }
};

TEST_CASE("a full pipe is filled again as soon as it is read, not at the next turn") {
  // 4 KiB each millisecond at best; with one pipe-full each 20 ms this would take 1.2 s.
  Reader reader;
  AuditLog log({.path = reader.pipe.path, .ring_bytes = 8 << 20});
  AuditRing& ring = log.add_ring();
  REQUIRE_FALSE(log.start());
  reader.start(1ms);
  const std::string line = std::string(499, 'x') + "\n";
  for (int i = 0; i < 500; ++i) REQUIRE(put(ring, line));
  CHECK(holds_within(800ms, [&] { return reader.bytes_read == 500 * line.size(); }));
  CHECK(log.is_available());
}

TEST_CASE("a pipe is enlarged") {
  StoppedReader reader;
  AuditLog log({.path = reader.path, .ring_bytes = 8192});
  REQUIRE_FALSE(log.start());
  CHECK(::fcntl(reader.fd, F_GETPIPE_SZ) >= 1024 * 1024);
}

TEST_CASE("a slow reader of a continuing flood of blocks leaves the log available") {
  Reader reader;
  Told told;
  AuditLog log({.path = reader.pipe.path, .ring_bytes = 1 << 20, .tell = told.tell()});
  AuditRing& ring = log.add_ring();
  REQUIRE_FALSE(log.start());
  reader.start(10ms);
  const std::string line = std::string(499, 'x') + "\n";
  const auto flood = [&](auto condition) {
    return holds_within(10000ms, [&] {
      for (int i = 0; i < 1000; ++i) {
        ring.put_lesser(line.size(), line.size(), [&](char* to, std::size_t) {
          std::memcpy(to, line.data(), line.size());
          return line.size();
        });
      }
      return condition();
    });
  };
  CHECK(flood([&] { return !log.is_available() || ring.lost() > 50000; }));
  CHECK(log.is_available());
  CHECK(told.count() == 1);
  CHECK(told.has("lost"));
  // What else came closed the gate; the flood goes on, and does not keep it closed.
  while (put(ring, line)) {
  }
  CHECK(flood([&] { return !log.is_available(); }));
  CHECK(flood([&] { return log.is_available(); }));
  CHECK(ring.used() > ring.capacity() / 8);
}

TEST_CASE("a ring that floods does not keep the others' lines from being written") {
  Reader reader;
  AuditLog log({.path = reader.pipe.path, .ring_bytes = 4 << 20});
  AuditRing& flooded = log.add_ring();
  AuditRing& other = log.add_ring();
  REQUIRE_FALSE(log.start());
  reader.start(1ms);
  const std::string line = std::string(499, 'x') + "\n";
  const auto is_written = [&] {
    while (put(flooded, line)) {
    }
    return other.used() == 0;
  };
  REQUIRE(put(other, std::string(8191, 'x') + "\n"));  // whole pages: used() is exact
  CHECK(holds_within(5000ms, is_written));
}

TEST_CASE("a reader that went away is an error, no signal") {
  StoppedReader reader;
  AuditLog log({.path = reader.path, .ring_bytes = 8192});
  AuditRing& ring = log.add_ring();
  REQUIRE_FALSE(log.start());
  reader.close();
  put(ring, "line\n");
  CHECK(holds_within(1000ms, [&] { return !log.is_available(); }));
}

TEST_CASE("a file that was renamed away or removed is opened anew within a second") {
  const Folder folder;
  const fs::path path = folder.path / "audit.jsonl";
  AuditLog log({.path = path, .ring_bytes = 8192});
  AuditRing& ring = log.add_ring();
  REQUIRE_FALSE(log.start());
  put(ring, "first\n");
  REQUIRE(holds_within(1000ms, [&] { return content(path) == "first\n"; }));
  fs::rename(path, folder.path / "old.jsonl");
  CHECK(holds_within(1000ms, [&] { return fs::exists(path); }));
  put(ring, "second\n");
  CHECK(holds_within(1000ms, [&] { return content(path) == "second\n"; }));
  fs::remove(path);
  CHECK(holds_within(1000ms, [&] { return fs::exists(path); }));
  CHECK(content(folder.path / "old.jsonl") == "first\n");
}

TEST_CASE("SIGUSR1's reopen follows a rotation at once") {
  const Folder folder;
  const fs::path path = folder.path / "audit.jsonl";
  AuditLog log({.path = path, .ring_bytes = 8192});
  AuditRing& ring = log.add_ring();
  REQUIRE_FALSE(log.start());
  fs::rename(path, folder.path / "old.jsonl");
  log.reopen();
  CHECK(holds_within(300ms, [&] { return fs::exists(path); }));
  put(ring, "new\n");
  CHECK(log.stop() == 0);
  CHECK(content(path) == "new\n");
}

TEST_CASE("a truncated file grows from its start, without a hole") {
  const Folder folder;
  const fs::path path = folder.path / "audit.jsonl";
  AuditLog log({.path = path, .ring_bytes = 8192});
  AuditRing& ring = log.add_ring();
  REQUIRE_FALSE(log.start());
  put(ring, std::string(1000, 'x') + "\n");
  REQUIRE(holds_within(1000ms, [&] { return fs::file_size(path) == 1001; }));
  fs::resize_file(path, 0);
  put(ring, "after\n");
  CHECK(log.stop() == 0);
  CHECK(content(path) == "after\n");
}

TEST_CASE("a folder that vanished closes the gate until it is back, also when no line waits") {
  const Folder folder;
  const fs::path inner = folder.path / "logs";
  fs::create_directory(inner);
  Told told;
  AuditLog log({.path = inner / "audit.jsonl", .ring_bytes = 8192, .tell = told.tell()});
  AuditRing& ring = log.add_ring();
  REQUIRE_FALSE(log.start());
  fs::rename(inner, folder.path / "moved");
  CHECK(holds_within(1500ms, [&] { return !log.is_available(); }));
  put(ring, "kept\n");
  fs::create_directory(inner);
  CHECK(holds_within(1500ms, [&] { return log.is_available(); }));
  CHECK(log.stop() == 0);
  CHECK(content(inner / "audit.jsonl") == "kept\n");
  CHECK(told.count() == 2);
}

TEST_CASE("a path that cannot be opened at the start is an error in words") {
  const Folder folder;
  AuditLog log({.path = folder.path / "absent" / "audit.jsonl"});
  const auto error = log.start();
  REQUIRE(error);
  CHECK(error->find("No such file or directory") != std::string::npos);
  CHECK(log.stop() == 0);
}

}  // namespace
}  // namespace sallyport
