#!/usr/bin/env python3
"""The style test: what STYLE.md asks of every file and a machine can see.

usage: tidy.py [TOP]      prints FILE:LINE: what is wrong, and what would be right; exit 1 if any

The last line is a count of files: `N passed, N failed`. Python's standard library alone. The rules
have their own test, tidy_test.py. Exceptions from the rule of the mirrored test stand in no_mirror.
"""

import pathlib
import re
import sys

from cpp_text import blank_comments, blank_comments_and_strings, functions

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70
LINE_COLUMNS_MAX = 100

CPP = {".h", ".cpp"}
CODE = CPP | {".py", ".sh", ".cmake"}
TEXT = CODE | {".txt", ".md", ".yaml", ".yml", ".json", ".jsonl", ".tsv", ".conf", ""}
SKIPPED_FOLDERS = {".git", "build", "__pycache__", ".pytest_cache", "node_modules"}
ROOMS = ("policy/", "tls/", "metrics/", "proxy/")
GENERATED = "_generated."

# Which of our folders a file may include from; the longest folder that holds the file counts.
MAY_INCLUDE = {
    "policy/values": ("policy/values/",),
    "policy/aws": ("policy/values/", "policy/aws/"),
    "policy/loader": ("policy/values/", "policy/aws/", "policy/loader/", "policy/*"),
    "policy/tools": ("policy/",),
    "policy": ("policy/values/", "policy/aws/", "policy/*"),
    "tls": ("policy/values/", "tls/"),
    "metrics": ("policy/values/", "metrics/"),
    "proxy/http": ("policy/values/", "proxy/http/"),
    "proxy/commands": ROOMS,
    "proxy": ("policy/", "tls/", "metrics/", "proxy/http/", "proxy/*"),
}
ASIO = r"boost/(asio|beast)\b"
IMPURE = (ASIO + r"|openssl/|thread>|mutex>|shared_mutex>|condition_variable>|future>|fstream>"
          r"|filesystem>|sys/socket\.h>|unistd\.h>|pthread\.h>")
NO_LIBRARY = r".*/|.*\.h>"
# What a folder must not include in angle brackets (a pattern on what follows `<`).
BANNED_SYSTEM_INCLUDES = {
    "policy/values": (IMPURE, r"(?!boost/container/)(" + NO_LIBRARY + ")"),
    "policy/aws": (IMPURE,),
    "policy/loader": (IMPURE,),
    "policy/tools": (IMPURE,),
    "policy": (IMPURE,),
    "proxy/http": (IMPURE, r"(?!zlib\.h>)(" + NO_LIBRARY + ")"),
    "tls": (ASIO, "prometheus/"),
    "metrics": (ASIO, "openssl/"),
    "proxy/commands": (),
    "proxy": (),
}
PURE_FOLDERS = {"policy/values", "policy/aws", "policy/loader", "policy/tools", "policy",
                "proxy/http"}
YAML_READERS = r"policy/loader/\w+_yaml\.(cpp|h)"
CLOCKS = re.compile(r"\b(system_clock|steady_clock|high_resolution_clock|utc_clock)::now\b"
                    r"|\b(clock_gettime|gettimeofday)\s*\(|\bstd::time\s*\("
                    r"|\btime\s*\((0|NULL|nullptr)")

# In our own C++, outside comments and strings: the word, and what to write instead.
BANNED_CODE = (
    (r"\bdetached\b", "co_spawn with a handler that looks at the exception_ptr"),
    (r"\buse_future\b", "co_await, or post to the worker"),
    (r"\bbeast::iequals\b", "our ASCII compare (Beast 345 reads one byte past the end)"),
    (r"\bbeast::tcp_stream\b", "a plain tcp_socket and the session's deadline"),
    (r"\bhttp::async_read\s*\(", "async_read_header, or our own reader: whole messages are "
                                 "buffered with hidden limits"),
    (r"\batomic<\s*std::shared_ptr\b", "a plain shared_ptr of each worker, posted to it"),
    (r"(?i)\b\w*(up|down)stream\w*\b", "client or origin"),
    (r"\b(class|struct|enum)\s+(\[\[\w+\]\]\s*)?\w*(Manager|Helper|Helpers|Util|Utils|Misc)\b",
     "a noun of the domain"),
)
LEFTOVERS = re.compile(r"\b(FIX" r"ME|TO" r"DO|X" r"XX|HA" r"CK)\b")
LAMBDA_TASK = re.compile(r"(?<!\])\]\s*\([^{};]*?\)\s*(mutable\s*)?(noexcept\s*)?->\s*"
                         r"(\w+::)*(task|awaitable)\s*<")
BANNED_NAMES = {"util", "utils", "helper", "helpers", "common", "misc", "manager"}
ACCESS_KEY_ID = re.compile(r"\b(AKIA|ASIA|AROA|AIDA|AGPA|ANPA|ABIA|ACCA)[A-Z2-7]{16}\b")
MACHINE_PATH = re.compile(r"(?<![\w./*$})-])/(work|root|home/\w+|Users/\w+)/")


def folder_of(path, table):
    """The longest folder of the table that holds the file, or None."""
    holders = [folder for folder in table if path.startswith(folder + "/")]
    return max(holders, key=len, default=None)


def may_include(path, included):
    """Whether a file of ours may include another of ours."""
    folder = folder_of(path, MAY_INCLUDE)
    for allowed in MAY_INCLUDE[folder]:
        if allowed.endswith("*"):  # the folder's own files, not those of its subfolders
            if included.startswith(allowed[:-1]) and "/" not in included[len(allowed) - 1:]:
                return True
        elif included.startswith(allowed):
            return True
    return False


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def check_includes(path, text):
    for number, line in enumerate(blank_comments(text).split("\n"), 1):
        match = re.match(r'\s*#\s*include\s*([<"])([^">]+[">])', line)
        if not match:
            continue
        is_ours, name = match[1] == '"', match[2]
        if is_ours:
            name = name[:-1]
            if name.startswith("../") or not name.startswith((*ROOMS, "tests/")):
                yield number, f'include by the full path from the top, not "{name}"'
            elif path.startswith(ROOMS) and not may_include(path, name):
                yield number, f'{folder_of(path, MAY_INCLUDE)}/ may not know "{name}"'
            continue
        if re.match(r"boost/(asio|beast)\.hpp>", name):
            yield number, f"<{name} is all of it: include the single headers"
        if path.startswith(ROOMS):
            if name.startswith("yaml-cpp/") and not re.fullmatch(YAML_READERS, path):
                yield number, "yaml-cpp belongs in policy/loader/*_yaml.cpp alone"
            folder = folder_of(path, BANNED_SYSTEM_INCLUDES)
            if any(re.match(banned, name) for banned in BANNED_SYSTEM_INCLUDES[folder]):
                yield number, f"{folder}/ may not know <{name}"


def check_cpp(path, text):
    yield from check_includes(path, text)
    code = blank_comments_and_strings(text)
    for pattern, instead in BANNED_CODE:
        for match in re.finditer(pattern, code):
            yield line_of(code, match.start()), f"`{match[0].strip()}`: {instead}"
    if folder_of(path, MAY_INCLUDE) in PURE_FOLDERS:
        for match in CLOCKS.finditer(code):
            yield line_of(code, match.start()), f"`{match[0]}`: the time is a fact; pass it in"
    for match in LAMBDA_TASK.finditer(code):
        yield (line_of(code, match.start()),
               "a lambda that is a coroutine loses its captures: write a named function")
    for name, first, lines in functions(code):
        if lines > FUNCTION_LINES_MAX:
            yield first, f"`{name}` has {lines} lines; at most {FUNCTION_LINES_MAX}"
    if path.endswith(".h"):
        lines = text.split("\n")
        if not re.match(r"// \S", lines[0]):
            yield 1, "a header begins with a paragraph: what it is, who owns what, threading"
        code_lines = [line for line in code.split("\n") if line.strip()]
        if not code_lines or code_lines[0].strip() != "#pragma once":
            yield 1, "#pragma once stands first after the header's paragraph"


def check_code(path, text):
    lines = text.split("\n")
    length = len(lines) - (lines[-1] == "")
    if length > FILE_LINES_MAX:
        yield length, f"{length} lines; at most {FILE_LINES_MAX}: split it by idea"
    for number, line in enumerate(lines, 1):
        if len(line) > LINE_COLUMNS_MAX:
            yield number, f"{len(line)} columns; at most {LINE_COLUMNS_MAX}"
        if match := LEFTOVERS.search(line):
            yield number, f"`{match[0]}`: finish it, or file an issue"


def check_text(path, text):
    for number, line in enumerate(text.split("\n"), 1):
        if ACCESS_KEY_ID.search(line):
            yield number, "a whole access key id: put it together from its prefix and its tail"
        if match := MACHINE_PATH.search(line):
            yield number, f"`{match[0]}` is a path of one machine"


def check_name(path):
    for part in pathlib.PurePosixPath(path).parts:
        words = set(re.split(r"[_.\-]", part.lower()))
        if words & BANNED_NAMES:
            yield 1, f"`{part}` says nothing: name the idea"


def read_exceptions(top):
    """{path: reason} of tests/tidy/no_mirror; lines of `PATH: REASON`."""
    file = top / "tests/tidy/no_mirror"
    found = {}
    for line in file.read_text().splitlines() if file.exists() else ():
        if line.strip() and not line.startswith("#"):
            path, _, reason = line.partition(":")
            found[path.strip()] = reason.strip()
    return found


def check_mirrors(top, paths):
    """Every .cpp of a room has a test of the same place and name, or a reason why not."""
    exceptions = read_exceptions(top)
    for path in paths:
        if not path.startswith(ROOMS) or not path.endswith(".cpp") or GENERATED in path:
            continue
        has_mirror = f"tests/{path[:-4]}_test.cpp" in paths
        if path in exceptions:
            if has_mirror:
                yield "tests/tidy/no_mirror", 1, f"{path} has its test now: take the line out"
            elif not exceptions[path]:
                yield "tests/tidy/no_mirror", 1, f"{path}: a reason is missing"
        elif not has_mirror:
            yield path, 1, (f"tests/{path[:-4]}_test.cpp is missing (or a line with the reason in "
                            "tests/tidy/no_mirror)")
    for path in exceptions:
        if path not in paths:
            yield "tests/tidy/no_mirror", 1, f"{path} is gone: take the line out"


def files_of(top):
    """Paths below top, from top, of all that is read as text."""
    found = []
    for file in sorted(top.rglob("*")):
        path = file.relative_to(top)
        if SKIPPED_FOLDERS & set(path.parts) or not file.is_file() or file.is_symlink():
            continue
        # The benchmark's programs stay as the figures of SPEED.md were measured with them; they are
        # built apart, and nothing of them is in the gate.
        if path.as_posix().startswith("tests/bench/"):
            continue
        if file.suffix in TEXT:
            found.append(path.as_posix())
    return found


def check_file(top, path):
    try:
        text = (top / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return  # bytes that a parser is fed with
    yield from check_name(path)
    yield from check_text(path, text)
    if GENERATED in path:
        return
    suffix = pathlib.PurePosixPath(path).suffix
    if suffix in CODE or path.endswith("CMakeLists.txt"):
        yield from check_code(path, text)
    if suffix in CPP:
        yield from check_cpp(path, text)


def check_tree(top):
    """All that is wrong below top: (path, line, what)."""
    paths = files_of(top)
    for path in paths:
        for line, what in check_file(top, path):
            yield path, line, what
    yield from check_mirrors(top, set(paths))


def main(arguments):
    top = pathlib.Path(arguments[0]) if arguments else pathlib.Path(__file__).parents[2]
    top = top.resolve()
    wrong = sorted(check_tree(top))
    for path, line, what in wrong:
        print(f"{path}:{line}: {what}")
    failed = len({path for path, _, _ in wrong})
    checked = len(files_of(top))
    if checked == 0:
        print(f"{top}: no file to check")
        return 1
    print(f"{checked - failed} passed, {failed} failed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
