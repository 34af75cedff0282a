// Gives libFuzzer the dictionary that lies beside a target, unless the command line names one.
#include <algorithm>
#include <cstring>
#include <vector>

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  static char option[] = "-dict=" SALLYPORT_DICTIONARY;
  static std::vector<char*> arguments(*argv, *argv + *argc);
  const bool is_named = std::any_of(arguments.begin(), arguments.end(), [](const char* argument) {
    return std::strncmp(argument, "-dict=", 6) == 0;
  });
  if (!is_named) arguments.insert(arguments.begin() + 1, option);
  *argc = static_cast<int>(arguments.size());
  arguments.push_back(nullptr);
  *argv = arguments.data();
  return 0;
}
