#!/usr/bin/env python3
"""The test of the style test: what it must report, and what it must leave alone.

Each case is a small tree and a part of the message that must come, or None for silence. Words that
tidy.py bans are put together here, since it reads this file too. Prints `N passed, N failed`.
"""

import pathlib
import sys
import tempfile

import tidy

HEADER = "// What it is.\n#pragma once\n"
KEY_ID = "AKIA" + "ABCDEFGHIJKLMNOP"


def source(path, text):
    """A source of a room with its mirrored test, so that no other rule speaks."""
    return {path: text, f"tests/{path[:-4]}_test.cpp": ""}


def function(lines, head="int f(int a)"):
    """A function of so many lines, from its head to its brace."""
    return head + " {\n" + "  a += 1;\n" * (lines - 2) + "}\n"


CASES = (
    # Lengths
    ("a file of 400 lines", source("tls/a.cpp", "int a;\n" * 400), None),
    ("a file of 401 lines", source("tls/a.cpp", "int a;\n" * 401), "401 lines; at most 400"),
    ("a generated file of any length", source("tls/a_generated.cpp", "int a;\n" * 900), None),
    ("a script of 401 lines", {"tests/a.sh": "true\n" * 401}, "401 lines"),
    ("a line of 100 columns", source("tls/a.cpp", "//" + "x" * 98), None),
    ("a line of 101 columns", source("tls/a.cpp", "//" + "x" * 99), "101 columns"),
    ("a function of 70 lines", source("tls/a.cpp", function(70)), None),
    ("a function of 71 lines", source("tls/a.cpp", function(71)), "`f` has 71 lines"),
    ("a long member function", source("tls/a.cpp", function(71, "bool A::g() const noexcept")),
     "`A::g` has 71"),
    ("a long constructor", source("tls/a.cpp", function(71, "A::A(int b) : b_(b)")), "`A::A` has"),
    ("a long test case", source("tls/a.cpp", function(71, 'TEST_CASE("a { b")')), "has 71 lines"),
    ("a long fuzz target", source("tls/a.cpp", function(71, 'extern "C" int g(int a)')), "`g` has"),
    ("a long function in a class",
     source("tls/a.cpp", "class A {\n" + function(71, "int g()") + "};\n"), "`g` has 71 lines"),
    ("a long namespace of short functions",
     source("tls/a.cpp", "namespace a {\n" + function(40) + function(40) + "}\n"), None),
    ("a long table", source("tls/a.cpp", "const int kA[] = {\n" + "  1,\n" * 90 + "};\n"), None),
    ("a long table in a function",
     source("tls/a.cpp", "auto f() {\n  return std::vector<A>{\n" + "      {1, {2}},\n" * 90
            + "  };\n}\nauto g() {\n  const A a[] = {\n" + "      {1},\n" * 90 + "  };\n}\n"),
     None),
    ("a long function with a table",
     source("tls/a.cpp", "int f(int a) {\n  const A b[] = {\n" + "      {1},\n" * 90 + "  };\n"
            + "  a += 1;\n" * 70 + "}\n"), "`f` has 74 lines"),
    ("braces in strings, characters and comments",
     source("tls/a.cpp", function(40, 'int f(char c = \'{\')') + 'auto s = "{"; // {\n'
            + 'auto r = R"x({)x";\n' + function(40)), None),

    # Layers
    ("values know values", source("policy/values/a.cpp", '#include "policy/values/b.h"'), None),
    ("values know no rule", source("policy/values/a.cpp", '#include "policy/rule.h"'),
     'may not know "policy/rule.h"'),
    ("values know no library", source("policy/values/a.cpp", "#include <re2/re2.h>"), "re2/re2.h"),
    ("but containers",
     source("policy/values/a.cpp", "#include <boost/container/small_vector.hpp>"), None),
    ("policy knows aws", source("policy/a.cpp", '#include "policy/aws/b.h"'), None),
    ("policy knows no tools", source("policy/a.cpp", '#include "policy/tools/b.h"'), "tools/b.h"),
    ("aws knows no rule", source("policy/aws/a.cpp", '#include "policy/rule.h"'), "policy/rule.h"),
    ("policy knows no Asio", source("policy/a.cpp", "#include <boost/asio/ip/address.hpp>"),
     "may not know <boost/asio"),
    ("policy knows no OpenSSL", source("policy/a.cpp", "#include <openssl/sha.h>"), "openssl"),
    ("policy knows no thread", source("policy/a.cpp", "#include <thread>"), "<thread>"),
    ("policy reads no file", source("policy/a.cpp", "#include <fstream>"), "<fstream>"),
    ("policy knows no clock",
     source("policy/a.cpp", "auto t = std::chrono::system_clock::now();"), "the time is a fact"),
    ("proxy may read the clock",
     source("proxy/a.cpp", "auto t = std::chrono::system_clock::now();"), None),
    ("heads know no lock", source("proxy/http/a.cpp", "#include <mutex>"), "<mutex>"),
    ("heads know no library but zlib", source("proxy/http/a.cpp", "#include <expat.h>"), "expat"),
    ("heads know no session", source("proxy/http/a.cpp", '#include "proxy/session.h"'), "session"),
    ("tls knows no metrics", source("tls/a.cpp", '#include "metrics/attempt.h"'), "metrics/"),
    ("tls knows OpenSSL", source("tls/a.cpp", "#include <openssl/ssl.h>"), None),
    ("tls knows no Asio", source("tls/a.cpp", "#include <boost/asio/ssl/context.hpp>"), "asio"),
    ("metrics know no rule", source("metrics/a.cpp", '#include "policy/rule.h"'), "policy/rule.h"),
    ("proxy knows all", source("proxy/a.cpp", '#include "policy/a.h"\n#include "tls/b.h"'), None),
    ("proxy knows no command", source("proxy/a.cpp", '#include "proxy/commands/b.h"'), "commands"),
    ("policy knows no loader", source("policy/a.cpp", '#include "policy/loader/b.h"'),
     'may not know "policy/loader/b.h"'),
    ("the loader knows rules", source("policy/loader/a.cpp", '#include "policy/rule.h"'), None),
    ("the loader knows no tools", source("policy/loader/a.cpp", '#include "policy/tools/b.h"'),
     "tools/b.h"),
    ("the loader reads no file", source("policy/loader/a.cpp", "#include <fstream>"), "<fstream>"),
    ("tools know the loader", source("policy/tools/a.cpp", '#include "policy/loader/b.h"'), None),
    ("yaml in the loader", source("policy/loader/a_yaml.cpp", "#include <yaml-cpp/yaml.h>"), None),
    ("yaml elsewhere in the loader", source("policy/loader/a.cpp", "#include <yaml-cpp/yaml.h>"),
     "*_yaml.cpp alone"),
    ("yaml in no loader", source("policy/a_yaml.cpp", "#include <yaml-cpp/yaml.h>"),
     "*_yaml.cpp alone"),
    ("an include that goes up", source("policy/aws/a.cpp", '#include "../rule.h"'), "full path"),
    ("an include of a neighbour", source("policy/a.cpp", '#include "rule.h"'), "full path"),
    ("an include in a comment", source("policy/a.cpp", '// #include "../rule.h"'), None),
    ("all of Asio", source("proxy/a.cpp", "#include <boost/asio.hpp>"), "single headers"),

    # Words
    ("a coroutine let go", source("proxy/a.cpp", "co_spawn(e, f(), asio::det" "ached);"),
     "exception_ptr"),
    ("the same word in a comment", source("proxy/a.cpp", "// never det" "ached"), None),
    ("the same word in a string", source("proxy/a.cpp", 'auto s = "det' 'ached";'), None),
    ("Beast's compare", source("proxy/a.cpp", "beast::iequals(a, b);"), "reads one byte past"),
    ("Beast's stream", source("proxy/a.cpp", "beast::tcp_stream s;"), "tcp_socket"),
    ("a future", source("proxy/a.cpp", "f(asio::use_future);"), "co_await"),
    ("the wrong word for an end", source("proxy/a.cpp", "int upstream_port;"), "client or origin"),
    ("the wrong word in a type", source("proxy/a.cpp", "struct DownstreamConfig;"), "client or"),
    ("a type that manages", source("proxy/a.cpp", "class SessionManager {};"), "noun"),
    ("a leftover", source("tls/a.cpp", "// TO" "DO: later"), "finish it"),
    ("a leftover in a script", {"tests/a.sh": "# FIX" "ME"}, "finish it"),
    ("a lambda that is a coroutine",
     source("proxy/a.cpp", "auto f = [&](int a) -> task<void> { co_return; };"), "coroutine"),
    ("the same over two lines",
     source("proxy/a.cpp", "auto f = [this](std::function<void(int)> a,\n  int b) mutable\n"
            "    -> net::task<> { co_return; };"), "coroutine"),
    ("a coroutine with a name", source("proxy/a.cpp", "[[nodiscard]] auto f() -> task<>;"), None),

    # Names, headers, mirrors
    ("a folder of odds and ends", {"policy/util/a.h": HEADER}, "says nothing"),
    ("a file of odds and ends", {"proxy/string_helpers.h": HEADER}, "says nothing"),
    ("a header", {"tls/a.h": HEADER}, None),
    ("a header without its paragraph", {"tls/a.h": "#pragma once\n"}, "begins with a paragraph"),
    ("a header without its pragma", {"tls/a.h": "// What.\nint a();\n"}, "#pragma once stands"),
    ("a pragma too late", {"tls/a.h": "// What.\n#include <a>\n#pragma once\n"}, "#pragma once"),
    ("a source without a test", {"tls/a.cpp": ""}, "tests/tls/a_test.cpp is missing"),
    ("a source that says why", {"tls/a.cpp": "", "tests/tidy/no_mirror": "tls/a.cpp: data"}, None),
    ("a source that says nothing", {"tls/a.cpp": "", "tests/tidy/no_mirror": "tls/a.cpp:"},
     "a reason is missing"),
    ("an exception that has its test",
     {**source("tls/a.cpp", ""), "tests/tidy/no_mirror": "tls/a.cpp: x"}, "has its test now"),
    ("an exception that is gone", {"tests/tidy/no_mirror": "tls/a.cpp: x"}, "is gone"),

    # What must not be in any file
    ("a whole access key id", {"tests/data/a.yaml": f"id: {KEY_ID}"}, "access key id"),
    ("a shortened access key id", {"tests/data/a.yaml": "id: AKIA...MNOP"}, None),
    ("a path of one machine", {"tests/a.py": 'open("/wo' 'rk/main/x")'}, "one machine"),
    ("a person's path", {"a.md": "see /ho" "me/ann/x"}, "one machine"),
    ("a path of a URL", {"a.md": "https://x.example/home/ann/x"}, None),
    ("a path below a variable", {"tests/a.sh": 'cd "$top/work/x"'}, None),
    ("bytes that are no text", {"tests/fuzz/a": b"\xff\xfe"}, None),
)


def run_case(tree, expected):
    """What is wrong with the outcome, or None."""
    with tempfile.TemporaryDirectory() as folder:
        top = pathlib.Path(folder)
        for path, text in tree.items():
            (top / path).parent.mkdir(parents=True, exist_ok=True)
            (top / path).write_bytes(text if isinstance(text, bytes) else text.encode())
        told = [f"{path}:{line}: {what}" for path, line, what in tidy.check_tree(top)]
    if expected is None:
        return f"must be left alone, and is told: {told}" if told else None
    if not any(expected in line for line in told):
        return f"must be told ...{expected}..., and is told: {told}"
    return None


def main():
    failed = 0
    for title, tree, expected in CASES:
        if problem := run_case(tree, expected):
            failed += 1
            print(f"{title}: {problem}")
    print(f"{len(CASES) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
