// Request heads and what must become of them: tables that can be checked without knowing the code.
// Shared by the tests of the parts and by the test that cuts each head at every byte.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proxy/http/request_head.h"

namespace sallyport::tests {

/// One head. `expected` is `done` or the word of a reason.
struct HeadRow {
  std::string name;
  std::string bytes;
  std::string_view expected;
  HeadPlace place = HeadPlace::proxy;
};

/// `done`, or the reason's word; `need_more` where the bytes do not suffice.
inline std::string_view outcome(const RequestHeadReader& reader, HeadProgress progress) {
  if (progress == HeadProgress::need_more) return "need_more";
  return progress == HeadProgress::done ? "done" : text(reader.error().reason);
}

std::vector<HeadRow> target_rows();
std::vector<HeadRow> host_rows();
std::vector<HeadRow> framing_rows();
std::vector<HeadRow> byte_rows();
std::vector<HeadRow> real_client_rows();

}  // namespace sallyport::tests
