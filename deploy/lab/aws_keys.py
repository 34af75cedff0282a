"""Keys of three accounts whose secrets the stubs of AWS know: ours, an attacker's, and one of AWS
itself. The ids decode to their accounts; they stand in two parts, so that no scanner takes this
file for a leak. Secrets and tokens follow from the ids, so that the programs of the lab agree.
"""
import base64
import hashlib
from dataclasses import dataclass

OURS, FOREIGN, AWS_OWNED = "111122223333", "999999999999", "763104351884"


@dataclass(frozen=True)
class Key:
    """What a client signs with; `token` is that of temporary credentials."""

    account: str
    id: str
    secret: str
    token: str = ""

    @property
    def shortened(self):
        """As an audit record may show it."""
        return f"{self.id[:4]}...{self.id[-4:]}"

    @property
    def variables(self):
        """An environment for AWS's clients."""
        held = {"AWS_ACCESS_KEY_ID": self.id, "AWS_SECRET_ACCESS_KEY": self.secret}
        return {**held, "AWS_SESSION_TOKEN": self.token} if self.token else held


def _field(number, data):
    """One length-delimited field of protobuf."""
    return bytes([number << 3 | 2, len(data)]) + data


def session_token(account):
    """Shaped as STS's are, whose account can be read (FACTS.md 1.5)."""
    user = b"\x08\x30\x10\x01" + _field(3, account.encode()) + _field(5, _filler(account, 24))
    token = b"\x21" + _field(1, b"origin_ec") + b"\x10\x78" + _field(3, b"us-east-1")
    return base64.b64encode(token + _field(4, _filler(account, 30)) + _field(5, user)).decode()


def _filler(seed, size):
    """Bytes that look random and are the same in each process."""
    return hashlib.sha256(f"sallyport lab {seed}".encode()).digest()[:size]


def _key(account, id_in_parts, token=""):
    key_id = id_in_parts.replace("~", "")
    return Key(account, key_id, "lab" + _filler(key_id, 20).hex()[:37], token)


OUR_KEY = _key(OURS, "AKIA~RTX3GSDSQADWKQZB")
OUR_SESSION = _key(OURS, "ASIA~RTX3GSDSQAASGRLH", session_token(OURS))
FOREIGN_KEY = _key(FOREIGN, "AKIA~6RVFFB77QADWKQZB")
FOREIGN_SESSION = _key(FOREIGN, "ASIA~6RVFFB77QAASGRLH", session_token(FOREIGN))
AWS_KEY = _key(AWS_OWNED, "AKIA~3DLEQK2GABNFUWS2")
# Of AWS's documents: an old one, that no account can be read from.
DOCUMENTS_KEY = _key("", "AKIA~IOSFODNN7EXAMPLE")
KEYS = (OUR_KEY, OUR_SESSION, FOREIGN_KEY, FOREIGN_SESSION, AWS_KEY, DOCUMENTS_KEY)
BY_ID = {key.id: key for key in KEYS}
