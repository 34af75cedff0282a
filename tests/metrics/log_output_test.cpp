#include "metrics/log_output.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

namespace fs = std::filesystem;

/// A file of its own, gone at the end.
struct File {
  fs::path folder;
  fs::path path;
  File() {
    std::string name = (fs::temp_directory_path() / "sallyport-output-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder = name;
    path = folder / "audit.jsonl";
  }
  ~File() { fs::remove_all(folder); }

  void write(std::string_view text) const { std::ofstream(path) << text; }
  std::string content() const {
    std::ostringstream out;
    out << std::ifstream(path).rdbuf();
    return out.str();
  }
};

TEST_CASE("a line that is written begins at the beginning of one, whatever the file ends with") {
  const struct {
    std::string_view found;
    std::string_view after;
  } rows[] = {
      {"", "new\n"},     {"whole\n", "whole\nnew\n"}, {"whole\ntor", "whole\ntor\nnew\n"},
      {"t", "t\nnew\n"}, {"\n", "\nnew\n"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.found);
    const File file;
    file.write(row.found);
    LogOutput output(file.path.string());
    REQUIRE(output.open() == 0);
    CHECK(file.content() == row.found);  // nothing is written before there is a line
    CHECK(output.write("new\n", 4).bytes == 4);
    CHECK(file.content() == row.after);
  }
}

TEST_CASE("a line that this process continues is not ended") {
  const File file;
  LogOutput output(file.path.string());
  REQUIRE(output.open() == 0);
  CHECK(output.write("ne", 2).bytes == 2);
  CHECK(output.write("w\n", 2).bytes == 2);
  CHECK(file.content() == "new\n");
}

}  // namespace
}  // namespace sallyport
