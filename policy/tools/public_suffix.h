// The public suffix list: names below which anyone can get a name of their own. Read once, from
// libpsl's list or the system's newer one; safe from any thread.
#pragma once

#include <string>

namespace sallyport {

/// Anyone can register a name directly below `suffix`, a canonical name, or two labels below it
/// (`*.ck`). An unlisted top-level name counts, unless it is reserved for private use (RFC 6761,
/// `internal`); without any list every name does.
bool anyone_can_register_below(const std::string& suffix);

}  // namespace sallyport
