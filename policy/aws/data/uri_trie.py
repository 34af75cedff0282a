"""The URI templates of REST operations as one array of trie nodes: a node's literal children lie
side by side, sorted; beside them at most one child for a label and one for a greedy label."""

import re

NO_NODE = 0xFFFF


def split_uri(uri):
    """The path, and the constant query as (name, value or None)."""
    path, _, query = uri.partition("?")
    pairs = [part.partition("=") for part in query.split("&") if part]
    return path, [(name, value if equals else None) for name, equals, value in pairs]


class Node:
    def __init__(self):
        self.literals, self.label, self.greedy, self.rows = {}, None, None, []


class Trie:
    def __init__(self, pool, methods):
        self.pool, self.methods = pool, methods
        self.roots, self.order = [], []
        self.labels, self.label_place = [], {}
        self.markers, self.marker_place = [], {}

    def new_root(self):
        self.roots.append(Node())
        return len(self.roots) - 1

    def add(self, root, operation, row):
        path, query = split_uri(operation.uri)
        node, labels = self.roots[root], []
        for segment in path.split("/")[1:]:
            match = re.fullmatch(r"\{([^{}+]+)(\+?)\}", segment)
            if not match and re.search("[{}]", segment):
                raise ValueError("a segment that is literal in part: " + operation.uri)
            if not match:
                node = node.literals.setdefault(segment, Node())
                continue
            labels.append(match[1])
            if match[2]:
                node.greedy = node.greedy or Node()
                node = node.greedy
            else:
                node.label = node.label or Node()
                node = node.label
        if operation.needs:
            raise ValueError("needs are read for S3 alone: " + operation.uri)
        node.rows.append(
            (
                row,
                self.methods.index(operation.method),
                *self.list_of(query, self.markers, self.marker_place),
                *self.list_of(labels, self.labels, self.label_place),
            )
        )

    @staticmethod
    def list_of(values, flat, place):
        """(first, count) of the values in a shared flat list."""
        key = tuple(values)
        if key not in place:
            place[key] = len(flat)
            flat += values
        return place[key], len(values)

    def finish(self):
        """Lays the nodes out: the roots first, then each node's children side by side."""
        self.order = list(self.roots)
        self.children = []
        for node in self.order:
            texts = sorted(node.literals)
            first = len(self.order)
            self.order += [node.literals[text] for text in texts]
            others = []
            for child in (node.label, node.greedy):
                others.append(NO_NODE if child is None else len(self.order))
                if child is not None:
                    self.order.append(child)
            self.children.append((first, len(texts), *others))
        self.text_of = {id(root): "" for root in self.roots}
        for node in self.order:
            self.text_of.update({id(child): text for text, child in node.literals.items()})
            for child in (node.label, node.greedy):
                self.text_of[id(child)] = ""
        if len(self.order) >= NO_NODE:
            raise ValueError("more nodes than 16 bits count")

    def node_rows(self):
        lines, first_row = [], 0
        for node, children in zip(self.order, self.children):
            text = self.pool.ref(self.text_of[id(node)])
            lines.append("{%d,%d,%d,%d,%d,%d,%d}" % (text, *children, first_row, len(node.rows)))
            first_row += len(node.rows)
        return lines

    def rest_rows(self):
        return ["{%d,%d,%d,%d,%d,%d}" % row for node in self.order for row in node.rows]

    def label_names(self):
        return [self.pool.ref(name) for name in self.labels]

    def marker_rows(self):
        return [
            "{%d,%d,%d}" % (self.pool.ref(name), self.pool.ref(value or ""), value is not None)
            for name, value in self.markers
        ]
