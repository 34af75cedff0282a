#include <sys/ioctl.h>
#include <unistd.h>

#include <cstring>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "metrics/audit_log_reader.h"
#include "metrics/blocked_counts.h"
#include "metrics/log_input.h"
#include "policy/loader/value_text.h"
#include "proxy/commands/command.h"
#include "proxy/commands/followed_log.h"
#include "proxy/commands/top_json.h"
#include "proxy/commands/top_table.h"
#include "proxy/commands/valid_policy.h"

namespace sallyport {
namespace {

struct TopOptions {
  std::string path;
  bool follows = false;
  bool json = false;
  std::size_t rows = 20;
  std::string since;
  std::string until;
};

/// The attempts that count: all without bounds.
struct Span {
  std::optional<TimePoint> since;
  std::optional<TimePoint> until;

  bool holds(TimePoint time) const {
    return (!since || time >= *since) && (!until || time < *until);
  }
};

/// Throws UsageError.
std::optional<TimePoint> time_of(const std::string& option, const std::string& text) {
  if (text.empty()) return std::nullopt;
  std::string error;
  const auto time = parse_time(text, error);
  if (!time) throw UsageError(option + ": " + error);
  return time;
}

std::optional<Screen> screen_of(int terminal) {
  winsize size = {};
  if (::ioctl(terminal, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0) {
    return Screen{.lines = 24, .columns = 80};
  }
  return Screen{.lines = size.ws_row, .columns = size.ws_col};
}

/// Over what stood there before: from the top left corner on, each line to its end.
std::string redrawn(const std::string& table) {
  std::string text = "\x1b[H";
  for (const char c : table) {
    if (c == '\n') text += "\x1b[K";
    text += c;
  }
  return text + "\x1b[J";
}

/// Prints what was counted so far; false where the output takes it no more.
class Output {
 public:
  explicit Output(bool is_json, bool is_redrawn) : is_json_(is_json), is_redrawn_(is_redrawn) {}

  bool print(const TopView& view) {
    if (is_json_) {
      std::cout << top_json(view) << '\n';
    } else if (is_redrawn_) {
      std::cout << redrawn(top_table(view, screen_of(STDOUT_FILENO)));
    } else {
      if (!std::exchange(is_first_, false)) std::cout << '\n';
      std::cout << top_table(view, std::nullopt);
    }
    return static_cast<bool>(std::cout.flush());
  }

 private:
  bool is_json_;
  bool is_redrawn_;
  bool is_first_ = true;
};

/// To the end of the input; `""`, or what went wrong.
std::string read_all(LogInput& input, AuditLogReader& log) {
  std::vector<char> buffer(std::size_t{256} * 1024);
  for (;;) {
    const LogInput::Got got = input.read(buffer.data(), buffer.size(), LogInput::Clock::now());
    if (got.kind == LogInput::Got::Kind::failed) return std::strerror(got.error);
    if (got.kind == LogInput::Got::Kind::end) break;
    log.read({buffer.data(), got.bytes});
  }
  log.end();
  return {};
}

int top(const TopOptions& options) {
  const bool is_redrawn = options.follows && !options.json && ::isatty(STDOUT_FILENO) != 0;
  const Span span{time_of("--since", options.since), time_of("--until", options.until)};
  try {
    BlockedCounts counts;
    AuditLogReader log([&](const AuditEntry& entry) {
      if (span.holds(entry.time)) counts.take(entry);
    });
    LogInput input(options.path, options.follows);
    if (const int error = input.open(); error != 0) throw UsageError(std::strerror(error));
    Output output(options.json, is_redrawn);
    const std::string name = options.path == "-" ? "standard input" : options.path;
    const TopView view{counts, log, name, options.rows};
    const auto show = [&] { return output.print(view); };
    const std::string error = options.follows ? follow_log(input, log, show) : read_all(input, log);
    if (!error.empty()) throw UsageError(error);
    if (!options.follows && !show()) throw std::runtime_error("the output takes nothing");
  } catch (const UsageError& error) {
    std::cerr << "sallyport: " << options.path << ": " << error.what() << '\n';
    return kExitUsage;
  }
  return 0;
}

}  // namespace

void add_top(CLI::App& app, int& status) {
  auto options = std::make_shared<TopOptions>();
  CLI::App* command = app.add_subcommand(
      "top", "What was blocked most, by an audit log: hosts, clients, reasons and rules");
  command->add_option("AUDIT.jsonl", options->path, "Audit log; - for standard input")->required();
  command->add_flag("--follow", options->follows, "Read on as the log grows, until Ctrl-C");
  command->add_flag("--json", options->json, "One JSON object; with --follow, one each update");
  command->add_option("--top", options->rows, "How many rows of each kind")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command->add_option("--since", options->since, "From then on, as 2026-12-24T18:00:00Z");
  command->add_option("--until", options->until, "Before then");
  command->callback([options, &status] { status = top(*options); });
}

}  // namespace sallyport
