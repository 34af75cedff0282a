// Rows of exchanges whose request has a body that does not go out whole, or not in time. In all
// texts
// `|` is CR LF.
#pragma once

#include <vector>

#include "tests/proxy/exchange_rows.h"

namespace sallyport::test {

/// Bodies that do not go out whole.
inline const std::vector<ExchangeRow> kUploadRows{
    {"the client ends amid it",
     kPost,
     {"he", kWait, kEnd},
     {},
     {kPostOut + "he", "", "client_gone", 2, 0}},
    {"an extension in chunks",
     kPostChunked,
     {"2|he|", "3;x|llo|"},
     {},
     {kPostChunkedOut + "2|he|", "", "malformed_request", 2, 0}},
    {"wrong from the first byte: the origin hears nothing",
     kPostChunked + "z",
     {},
     {},
     {"", "", "malformed_request", 0, 0}},
    {"over the maximum with the head: the origin hears nothing",
     kPost + "hello",
     {},
     {},
     {"", "", "upload_limit", 0, 0},
     4},
    {"over the maximum further on",
     kPost,
     {"hell", kWait, "o"},
     {},
     {kPostOut + "hell", "", "upload_limit", 4, 0},
     4},
    {"exactly the maximum",
     kPost + "hello",
     {},
     {kOk},
     {kPostOut + "hello", kOk, "allowed client", 5, 2},
     5},
    {"an early answer, whose client sends no more",
     kPost,
     {"he"},
     {after("he"), kOk},
     {kPostOut + "he", kOkClose, "allowed", 2, 2}},
    {"an early answer, and the body goes on to its end beside it",
     kPost,
     {"he", after("OK"), "llo"},
     {after("he"), kOk.substr(0, 36), after("hello"), "k"},
     {kPostOut + "hello", kOkClose, "allowed", 5, 2}},
    {"the origin takes no more, but answers",
     kPost + "he",
     {"llo"},
     {kWait, kWait, kOk},
     {kPostOut + "he", kOkClose, "allowed", 2, 2},
     kNoMaximum,
     kNoMaximum,
     {},
     {kAll, kGone}},
    {"wrong beside an answer that has begun",
     kPostChunked,
     {"2|he|", after("o"), "z"},
     {after("he"), kOk.substr(0, 36)},
     {kPostChunkedOut + "2|he|", kOkClose.substr(0, 54), "malformed_request", 2, 1}},
};

}  // namespace sallyport::test
