// The body of a refusal: text for a terminal, a page for a browser, JSON for a program. All three
// say what was asked for (the canonical host and nothing else that the client sent), the reason in
// a word and in a sentence, the rule, what to do, and whom to ask. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "policy/values/reason.h"
#include "proxy/http/refusal.h"

namespace sallyport {

/// Size of a text body at most, its contact line aside.
inline constexpr std::size_t kRefusalBodyBytesMax = 511;

/// Size of a page and of a JSON body at most, their contact aside.
inline constexpr std::size_t kBlockPageBytesMax = 4095;

/// The page's Content-Security-Policy: its own style sheet, by its hash, and nothing else. It says
/// nothing of frames, so that a page that frames a blocked one shows why.
extern const std::string_view kBlockPageSecurityPolicy;

/// A fault or an end is not the policy's doing, and is not told as a block.
bool is_block(Reason reason);

/// The body in the refusal's form, whose media type is content_type().
std::string block_page(const Refusal& refusal);

/// `text/html; charset=utf-8` and the like.
std::string_view content_type(ReplyFormat format);

}  // namespace sallyport
