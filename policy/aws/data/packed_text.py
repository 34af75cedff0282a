"""Text and numbers of generated tables as C++: one pool of characters, and references into it that
need no relocation."""

# A reference is OFFSET << LENGTH_BITS | LENGTH (operation_tables.h, TextRef).
LENGTH_BITS = 10
LINE = 100


class TextPool:
    """All texts in one string. One that begins or ends another lies in it."""

    def __init__(self):
        self.parts, self.size, self.refs, self.kept = [], 0, {}, []

    def add_all(self, texts):
        """Adds texts so that each prefix of another shares its place."""
        following = ""
        for text in sorted(set(texts), reverse=True):
            if following.startswith(text):
                offset = self.refs[following] >> LENGTH_BITS
                self.refs[text] = offset << LENGTH_BITS | len(text)
            else:
                self.ref(text)
            following = text

    def ref(self, text):
        if text not in self.refs:
            if not text.isascii() or len(text) >= 1 << LENGTH_BITS:
                raise ValueError(text)
            self.refs[text] = self.size << LENGTH_BITS | len(text)
            self.parts.append(text)
            self.size += len(text)
            if self.size >= 1 << (32 - LENGTH_BITS):
                raise ValueError("the pool is full")
        return self.refs[text]

    def text(self):
        return "".join(self.parts)


def array(kind, name, values):
    """`constexpr KIND NAME[] = {...};`, as many values a line as fit."""
    lines, line = [], ""
    for value in map(str, values):
        if line and len(line) + len(value) + 1 > LINE:
            lines.append(line)
            line = ""
        line += value + ","
    lines.append(line)
    return "constexpr %s %s[] = {\n%s\n};\n\n" % (kind, name, "\n".join(lines))


def string_literal(name, text):
    lines = []
    for start in range(0, len(text), LINE - 2):
        part = text[start : start + LINE - 2].replace("\\", "\\\\").replace('"', '\\"')
        lines.append('"%s"' % part)
    return "constexpr char %s[] =\n%s;\n\n" % (name, "\n".join(lines))
