// Rows of bodies that are relayed from one scripted stream to another: what comes, what room there
// is, and what must have come of it.
#pragma once

#include <cstdint>
#include <limits>
#include <ostream>
#include <string>
#include <vector>

#include "proxy/http/body_framing.h"
#include "proxy/http/chunked_body.h"
#include "tests/proxy/scripted_stream.h"

namespace sallyport::test {

/// What came of a body.
struct Relayed {
  std::string end;
  std::string sent;  ///< head and body
  std::uint64_t payload_bytes = 0;
  std::string left_over;

  friend bool operator==(const Relayed&, const Relayed&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Relayed& body) {
    return out << body.end << ", sent '" << body.sent << "', " << body.payload_bytes
               << " of payload, left '" << body.left_over << "'";
  }
};

struct RelayRow {
  std::string what;
  Framing framing;
  Reads reads;
  Room room;
  Relayed then;
  std::string head{};
  std::string first{};
  std::uint64_t payload_max = std::numeric_limits<std::uint64_t>::max();
  Side side = Side::origin;
};

inline constexpr Framing kFive{Framing::length, 5};
inline constexpr Framing kChunked{Framing::chunked};
inline constexpr Framing kUntilClose{Framing::until_close};

// In all texts `|` is CR LF.

/// Where a body ends, and what is behind it.
inline const std::vector<RelayRow> kFramingRows{
    {"no body", {}, {kEnd}, {}, {"done", "H|", 0, ""}, "H|"},
    {"no body, the next request behind", {}, {}, {}, {"done", "H|", 0, "GET"}, "H|", "GET"},
    {"length 0", {Framing::length, 0}, {}, {}, {"done", "H|", 0, "GET"}, "H|", "GET"},
    {"no head, no body", {}, {}, {}, {"done", "", 0, ""}},
    {"length: all with the head", kFive, {}, {}, {"done", "H|hello", 5, ""}, "H|", "hello"},
    {"length: some with it", kFive, {"lo"}, {}, {"done", "H|hello", 5, ""}, "H|", "hel"},
    {"length: in one read", kFive, {"hello"}, {}, {"done", "hello", 5, ""}},
    {"length: in reads with waits",
     kFive,
     {"he", kWait, kWait, "l", kWait, "lo"},
     {},
     {"done", "hello", 5, ""}},
    {"length: more behind it", kFive, {"he", "lloGET"}, {}, {"done", "hello", 5, "GET"}},
    {"length: what is behind is not read", kFive, {"hello", "GET"}, {}, {"done", "hello", 5, ""}},
    {"length: ends amid", kFive, {"hell", kEnd}, {}, {"truncated", "hell", 4, ""}},
    {"length: ends amid, waited for", kFive, {kWait, kEnd}, {}, {"truncated", "", 0, ""}},
    {"length: reset amid", kFive, {"hell", kReset}, {}, {"truncated", "hell", 4, ""}},
    {"length: ends at once", kFive, {kEnd}, {}, {"truncated", "H|", 0, ""}, "H|"},
    {"chunks as they came", kChunked, {"5|hello|0||"}, {}, {"done", "5|hello|0||", 5, ""}},
    {"chunks cut anywhere",
     kChunked,
     {"5", "|", kWait, "hel", "lo|", "0|", kWait, "|GET"},
     {},
     {"done", "5|hello|0||", 5, "GET"}},
    {"chunks with the head", kChunked, {}, {}, {"done", "H|0||", 0, "GET"}, "H|", "0||GET"},
    {"extension and trailer are left out",
     kChunked,
     {"3;x=y|abc|2;z|de|0;q|T: v||GET"},
     {},
     {"done", "3|abc|2|de|0||", 5, "GET"}},
    {"chunks: ends amid one", kChunked, {"5|hel", kEnd}, {}, {"truncated", "5|hel", 3, ""}},
    {"chunks: ends behind the last but its empty line",
     kChunked,
     {"1|a|0|", kEnd},
     {},
     {"truncated", "1|a|0|", 1, ""}},
    {"a chunk that is refused", kChunked, {"1|a|", "z|"}, {}, {"refused", "1|a|", 1, ""}},
    {"refused in the first read: no head", kChunked, {}, {}, {"refused", "", 0, ""}, "H|", "z"},
    {"chunk data without its end", kChunked, {"1|ab"}, {}, {"refused", "", 0, ""}},
    {"a client's extension is refused",
     kChunked,
     {"5;a|hello|0||"},
     {},
     {"refused", "", 0, ""},
     "",
     "",
     100,
     Side::client},
    {"unframed: the data alone",
     kChunked,
     {"3|abc|2|", "de|0||"},
     {},
     {"done", "H|abcde", 5, ""},
     "H|",
     "",
     100,
     Side::origin_unframed},
    {"until close", kUntilClose, {"he", kWait, "llo", kEnd}, {}, {"done", "hello", 5, ""}},
    {"until close: no byte", kUntilClose, {kEnd}, {}, {"done", "H|", 0, ""}, "H|"},
    {"until close: reset", kUntilClose, {"he", kReset}, {}, {"truncated", "he", 2, ""}},
};

/// Of what is over the maximum not a byte is sent, and of the read that shows it none either.
inline const std::vector<RelayRow> kMaximumRows{
    {"exactly it", kFive, {"hello"}, {}, {"done", "hello", 5, ""}, "", "", 5},
    {"one read over it", kFive, {"hello"}, {}, {"over maximum", "", 0, ""}, "", "", 4},
    {"the second is over", kFive, {"hell", "o"}, {}, {"over maximum", "hell", 4, ""}, "", "", 4},
    {"in the first bytes: no head", kFive, {}, {}, {"over maximum", "", 0, ""}, "H|", "hello", 4},
    {"nothing is allowed", kFive, {"h"}, {}, {"over maximum", "H|", 0, ""}, "H|", "", 0},
    {"nothing is allowed, nothing comes", {}, {}, {}, {"done", "H|", 0, ""}, "H|", "", 0},
    {"chunks: payload alone counts",
     kChunked,
     {"5|hello|0||"},
     {},
     {"done", "5|hello|0||", 5, ""},
     "",
     "",
     5},
    {"chunks", kChunked, {"4|hell|", "1|o|"}, {}, {"over maximum", "4|hell|", 4, ""}, "", "", 4},
    {"until close", kUntilClose, {"he", "l"}, {}, {"over maximum", "he", 2, ""}, "", "", 2},
};

/// Who receives takes little, or goes.
inline const std::vector<RelayRow> kRoomRows{
    {"byte by byte", kFive, {"hello"}, {1, 1, 1, 1, 1}, {"done", "hello", 5, ""}},
    {"amid the head",
     kFive,
     {},
     {1, kFull, 1, kFull, kFull, 2, kFull},
     {"done", "H|hello", 5, "GET"},
     "H|",
     "helloGET"},
    {"amid the body", kFive, {}, {5, kFull}, {"done", "H|hello", 5, ""}, "H|", "hello"},
    {"head alone", kFive, {"hello"}, {1, kFull}, {"done", "H|hello", 5, ""}, "H|"},
    {"between two reads", kFive, {"he", "llo"}, {2, kFull, 1, kFull}, {"done", "hello", 5, ""}},
    {"amid pieces of one read, what is behind them waits its turn",
     kChunked,
     {"3;x=y|abc|2;z|de|0;q|T: v||GET"},
     {1, kFull, 1, kFull, 3, kFull, 1, kFull, 2, kFull},
     {"done", "3|abc|2|de|0||", 5, "GET"}},
    {"gone at once", kFive, {"hello"}, {kGone}, {"not taken", "", 0, ""}},
    {"gone behind the head", kFive, {"hello"}, {3, kGone}, {"not taken", "H|", 0, ""}, "H|"},
    {"gone between two reads", kFive, {"he", "llo"}, {2, kGone}, {"not taken", "he", 2, ""}},
    {"gone while waited for", kFive, {"hello"}, {kFull, kGone}, {"not taken", "", 0, ""}},
    {"the wait fails", kFive, {"hello"}, {kBroken}, {"not taken", "", 0, ""}},
};

}  // namespace sallyport::test
