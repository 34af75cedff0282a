// What a reader of a body has to say of the bytes that it was shown.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sallyport {

/// How far a body was read.
enum class BodyProgress : std::uint8_t { more, done, refused };

/// What becomes of bytes that were read.
struct Piece {
  /// So many were read. What stands behind them was not looked at: the caller shows it again, or
  /// for the next message once the body is `done`. 0 only where nothing was shown, or once the body
  /// is `done` or `refused`.
  std::size_t consumed = 0;
  /// These of them go on, as they are. The others, in front and behind, are left out.
  std::string_view forward;
  /// Of `refused`, what stands in front of the wrong byte is in `forward`; the caller may as well
  /// leave it unsent, since the message is cut.
  BodyProgress progress = BodyProgress::more;
};

}  // namespace sallyport
