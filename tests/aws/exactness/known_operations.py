"""What the tables of policy/aws/data say of operations: by which IAM actions they are decided, and
which names are retired."""

import pathlib
import re

DATA = pathlib.Path(__file__).resolve().parents[3] / "policy/aws/data"


def cells_of(name, width):
    for line in (DATA / name).read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            cells = line.split("\t")
            yield cells + [""] * (width - len(cells))


def actions_of(prefix, name, column):
    """The column `iam` (policy/aws/data/README.md) as a set; empty where none is told."""
    if column[:1] in ("?", "!"):
        return set()
    if column[:1] in ("", "+"):  # what follows a + is asked for on the way
        return {f"{prefix}:{name}"}
    return set(re.split(r"[,|]", re.sub(r"[*~]", "", column)))


class KnownOperations:
    """Both maps by (botocore's service, operation)."""

    def __init__(self):
        services = {cells[0]: cells for cells in cells_of("operations_services.tsv", 12)}
        self.signing_names = {name: set(cells[2].split(",")) for name, cells in services.items()}
        self.actions, self.retired = {}, set()
        service = ""
        for cells in cells_of("operations.tsv", 9):
            if cells[0].startswith("="):
                service = cells[0][1:]
                continue
            key = (service, cells[0])
            if cells[8]:
                self.retired.add(key)
            if key not in self.actions or not cells[8]:
                self.actions[key] = actions_of(services[service][7], cells[0], cells[4])

    def is_newer_name(self, service, told, retired):
        """The request of a retired operation is that of the one that is told today."""
        return ((service, retired) in self.retired and (service, told) in self.actions
                and (service, told) not in self.retired)
