// Files that commands write: new ones, or whole ones in place of old ones. No reader ever sees half
// a file. POSIX alone.
#pragma once

#include <string>
#include <string_view>

namespace sallyport {

/// Writes a file that must not be there yet; `""`, or what went wrong. Nothing is left of it then.
std::string create_file(const std::string& path, std::string_view bytes, unsigned mode);

/// Puts a file there, or in place of another, by rename; one that says the same already is left
/// alone, with its time. `""`, or what went wrong.
std::string replace_file(const std::string& path, std::string_view bytes, unsigned mode);

/// A plain file of this user's, in which nobody else may write: what somebody else has put there is
/// not to be relied on.
bool is_own_file(const std::string& path);

/// The file's bytes; `""` where it cannot be read.
std::string read_whole_file(const std::string& path);

}  // namespace sallyport
