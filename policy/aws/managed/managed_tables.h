// The tables of aws_managed.h as policy/aws/data/generate.py writes them: static text, sorted. Only
// aws_managed.cpp includes this.
#pragma once

#include <span>
#include <string_view>

namespace sallyport {

std::span<const std::string_view> generated_managed_accounts();
std::span<const std::string_view> generated_managed_buckets();

}  // namespace sallyport
