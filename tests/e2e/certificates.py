"""Certificates as no honest CA signs them, and honest ones of every kind, by `openssl ca`, which
leaves all to who asks: dates, digests, keys and each extension."""
import itertools
from dataclasses import dataclass

import lab as lab_module

OPENSSL = "/usr/bin/openssl"
P256 = ("ec", "ec_paramgen_curve:P-256")
CA_CONFIG = """
[ca]
default_ca = one
[one]
dir = {folder}
database = {folder}/index
new_certs_dir = {folder}
rand_serial = yes
unique_subject = no
policy = any
[any]
commonName = optional
organizationName = optional
"""
AUTHORITY = ("basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign")
LEAF = ("basicConstraints=CA:FALSE",)


@dataclass
class Pair:
    """A certificate with its key, and those that are sent behind it."""

    certificate: str
    key: str
    chain: tuple = ()  # paths of certificates

    def in_one_file(self):
        """As servers load it: key, certificate, chain."""
        path = f"{self.certificate}.all"
        with open(path, "w", encoding="ascii") as out:
            for part in (self.key, self.certificate, *self.chain):
                with open(part, encoding="ascii") as file:
                    out.write(file.read())
        return path


class Workshop:
    """Signs below the lab's CA or another pair; everything in one folder."""

    def __init__(self, lab):
        self.root = Pair(lab.ca, f"{lab.certificates}/ca.key")
        self._folder, self._numbers = lab.make_folder("workshop"), itertools.count()
        self._config = self._write("config", CA_CONFIG.format(folder=self._folder))
        self._write("index", "")

    def _write(self, name, text):
        with open(f"{self._folder}/{name}", "w", encoding="ascii") as file:
            file.write(text)
        return f"{self._folder}/{name}"

    def sign(
        self,
        names=(),
        extensions=LEAF,
        subject="/CN=origin",
        by=None,
        key=P256,
        digest="sha256",
        dates=("-days", "9"),
    ):
        """`names` are of subjectAltName, `DNS:` where they say nothing else; `by` is a Pair, or
        `itself`; `dates` are options of `openssl ca`. What `by` has behind it comes along."""
        stem = f"{self._folder}/{next(self._numbers)}"
        kind, option = key
        asked = ["req", "-new", "-newkey", kind, "-nodes", "-subj", subject]
        asked += ["-pkeyopt", option] if option else []
        lab_module.run(OPENSSL, *asked, "-keyout", f"{stem}.key", "-out", f"{stem}.csr")
        lines = list(extensions)
        if names:
            listed = ",".join(each if ":" in each else f"DNS:{each}" for each in names)
            lines.append(f"subjectAltName={listed}")
        signer = self.root if by is None else by
        signs = ["-selfsign", "-keyfile", f"{stem}.key"]
        if by != "itself":
            signs = ["-cert", signer.certificate, "-keyfile", signer.key]
        self._write(f"{stem.rpartition('/')[2]}.ext", "\n".join([*lines, ""]))
        lab_module.run(
            *[OPENSSL, "ca", "-batch", "-notext", "-config", self._config, "-in", f"{stem}.csr"],
            *["-out", f"{stem}.crt", "-extfile", f"{stem}.ext", "-md", digest, *signs, *dates],
        )
        chain = () if by in (None, "itself") else (signer.certificate, *signer.chain)
        return Pair(f"{stem}.crt", f"{stem}.key", chain)

    def intermediate(self, *more, **options):
        """A CA below the lab's, or below `by`."""
        name = f"/CN=intermediate {next(self._numbers)}"
        return self.sign(extensions=(*AUTHORITY, *more), subject=name, **options)


def der_of_name(name):
    """subjectAltName of one dNSName whatever it holds, for an extension file."""
    raw = name if isinstance(name, bytes) else name.encode("latin-1")
    inner = b"\x82" + bytes([len(raw)]) + raw
    whole = b"\x30" + bytes([len(inner)]) + inner
    return "subjectAltName=DER:" + ":".join(f"{byte:02x}" for byte in whole)
