"""C++ as text, as far as the style test reads it: comments, literals, and where functions lie.

It knows no grammar: it reads code that clang-format has laid out. All functions keep the number of
characters and lines, so that an offset means the same place before and after.
"""

import re

# A comment, a raw string, a string, or a character. Digit separators (1'000) are no characters.
TOKENS = re.compile(
    r'(?P<comment>//[^\n]*|/\*.*?\*/)'
    r'|(?P<raw>R"(?P<delimiter>[^()\\\s]{0,16})\(.*?\)(?P=delimiter)")'
    r'|(?P<string>"(?:\\.|[^"\\\n])*")'
    r"|(?P<character>(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+')",
    re.DOTALL)


def _blank(text):
    return re.sub(r"[^\n]", " ", text)


def blank_comments(text):
    """The text with spaces for comments."""
    return TOKENS.sub(lambda token: _blank(token[0]) if token["comment"] else token[0], text)


def blank_comments_and_strings(text):
    """The text with spaces for comments and for what stands in literals; quotes stay."""
    def blank(token):
        if token["comment"]:
            return _blank(token[0])
        return token[0][0] + _blank(token[0][1:-1]) + token[0][-1]
    return TOKENS.sub(blank, text)


# What stands before the brace of something that is no function.
_NO_FUNCTION = re.compile(r"^\s*(?:\[\[\w+\]\]\s*)?(?:template\s*<[^;{}]*>\s*)?"
                          r"(?:inline\s+)?(?:(?:namespace|class|struct|union|enum|concept)\b|"
                          r'extern\s*"[^"]*"\s*$)')
_FUNCTION = re.compile(r"\)\s*(?:const|noexcept(?:\([^()]*\))?|override|final|mutable|&&?|"
                       r"requires\b[^;{}]*|->[^;{}=]*|:[^;{}]*|\s)*$")
_STATEMENT = re.compile(r"^\s*(?:if|for|while|switch|do|else|try|catch|return)\b")


def _is_function(head):
    head = re.sub(r"^\s*(?:#[^\n]*\n|\s)*", "", head)
    head = re.sub(r"^(?:(?:public|private|protected)\s*:\s*)+", "", head)
    if _NO_FUNCTION.match(head) or _STATEMENT.match(head):
        return False
    return bool(_FUNCTION.search(head)) and not re.search(r"(?<![=!<>])=(?!=)\s*[^)]*$", head)


def _name(head):
    names = re.findall(r"([~\w:]+)\s*\(", head)
    return names[0] if names else "function"


_TABLE = re.compile(r"(?:[,({]|(?:=|\breturn\b)(?:\s*[\w:][\w:<>, ]*)?)\s*$")


def functions(code):
    """(name, first line, lines) of each outermost function; `code` has comments and strings
    blanked. A function begins with its head and ends with its closing brace; the rows of tables in
    it (braced lists of values) are not counted."""
    found = []
    depth, head_begin = 0, 0
    name, begin, function_depth = "", 0, None  # the function that is open
    rows, table_begin, table_depth = 0, 0, None  # the table that is open in it
    for match in re.finditer(r"[{};]", code):
        mark, place = match[0], match.start()
        if mark == "{":
            head = code[head_begin:place]
            if function_depth is None and _is_function(head):
                begin = head_begin + len(head) - len(head.lstrip())
                name, function_depth, rows = _name(head), depth, 0
            elif function_depth is not None and table_depth is None and _TABLE.search(head):
                table_begin, table_depth = place, depth
            depth += 1
        elif mark == "}":
            depth -= 1
            if table_depth is not None and depth <= table_depth:
                rows += max(0, code.count("\n", table_begin, place) - 1)
                table_depth = None
            if function_depth is not None and depth <= function_depth:
                lines = code.count("\n", begin, place) + 1 - rows
                found.append((name, code.count("\n", 0, begin) + 1, lines))
                function_depth = None
        head_begin = place + 1
    return found
