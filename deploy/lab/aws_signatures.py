"""Signature Version 4, verified as AWS does it: over the bytes that arrived. Written from the
specification (AWS General Reference), not from a client's code."""
import hashlib
import hmac
import re
from dataclasses import dataclass, field
from urllib.parse import unquote

UNSIGNED = {"UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"}
_HEADER = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/((\d{8})/([^/]+)/([^/]+)/aws4_request), "
    r"SignedHeaders=([^,]+), Signature=([0-9a-f]{64})"
)
_QUERY = re.compile(r"([^/]+)/((\d{8})/([^/]+)/([^/]+)/aws4_request)")


class BadRequest(Exception):
    """What the origin tells the client by an S3 error."""


@dataclass
class Credential:
    """What a request says of who signed it, and how."""

    key_id: str
    scope: str  # DAY/REGION/SERVICE/aws4_request
    day: str
    region: str
    service: str
    signed: str  # names of fields, joined by ;
    signature: str
    date: str
    token: str
    is_query: bool = False


@dataclass
class Request:
    """A head's parts, as they came."""

    method: str
    path: str
    query: str
    fields: dict = field(default_factory=dict)

    def get(self, name, default=""):
        """The first value of a field, named in lower case."""
        return self.fields.get(name, [default])[0]

    def asked(self, name):
        """A parameter of the query, decoded; empty without it."""
        for pair in self.query.split("&"):
            held, _, value = pair.partition("=")
            if unquote(held) == name:
                return unquote(value)
        return ""


def read_request(head):
    first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    method, target, _ = first.split(" ")
    path, _, query = target.partition("?")
    request = Request(method, path, query)
    for line in lines:
        name, _, value = line.partition(":")
        request.fields.setdefault(name.lower(), []).append(" ".join(value.split()))
    return request


def _sha256(data):
    return hashlib.sha256(data).hexdigest()


def _hmac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def credential_of(request):
    """None where it is unsigned; what is none of SigV4 with a shared secret is refused."""
    if request.asked("X-Amz-Algorithm") == "AWS4-HMAC-SHA256":
        told = _QUERY.fullmatch(request.asked("X-Amz-Credential"))
        ask = request.asked
        more = [ask("X-Amz-SignedHeaders"), ask("X-Amz-Signature"), ask("X-Amz-Date")]
        token = ask("X-Amz-Security-Token")
        return Credential(*told.groups(), *more, token, is_query=True)
    if "authorization" not in request.fields:
        return None
    told = _HEADER.fullmatch(request.get("authorization"))
    if not told:
        raise BadRequest("AccessDenied")
    date, token = request.get("x-amz-date"), request.get("x-amz-security-token")
    return Credential(*told.groups(), date, token)


def _canonical_query(query):
    pairs = [pair.partition("=") for pair in query.split("&") if pair]
    return "&".join(
        f"{name}={value}" for name, _, value in sorted(pairs) if name != "X-Amz-Signature"
    )


def _signing_key(secret, credential):
    key = ("AWS4" + secret).encode()
    for part in (credential.day, credential.region, credential.service, "aws4_request"):
        key = _hmac(key, part)
    return key


def check_signature(secret, head, body_hash):
    """Raises BadRequest unless head and body are what was signed; without a hash the body is still
    to come. Returns the credential."""
    request = read_request(head)
    credential = credential_of(request)
    if not credential:
        raise BadRequest("AccessDenied")
    presigned = credential.is_query and credential.service == "s3"
    payload = request.get("x-amz-content-sha256", "UNSIGNED-PAYLOAD" if presigned else body_hash)
    canonical = "\n".join(
        [
            request.method,
            request.path,
            _canonical_query(request.query),
            *[
                f"{name}:{','.join(request.fields.get(name, []))}"
                for name in credential.signed.split(";")
            ],
            "",
            credential.signed,
            payload,
        ]
    )
    text = "\n".join(
        ["AWS4-HMAC-SHA256", credential.date, credential.scope, _sha256(canonical.encode())]
    )
    if _hmac(_signing_key(secret, credential), text).hex() != credential.signature:
        raise BadRequest("SignatureDoesNotMatch")
    if payload not in UNSIGNED and body_hash is not None and payload != body_hash:
        raise BadRequest("XAmzContentSHA256Mismatch")
    return credential


def form_credential(form):
    """Of the fields of a POST form; None where they hold none."""
    told = _QUERY.fullmatch(form.get("x-amz-credential", ""))
    if not told:
        return None
    signature, date = form.get("x-amz-signature", ""), form.get("x-amz-date", "")
    return Credential(*told.groups(), "", signature, date, form.get("x-amz-security-token", ""))


def check_form(secret, form):
    """Raises BadRequest unless the form's policy is what was signed."""
    credential = form_credential(form)
    if _hmac(_signing_key(secret, credential), form["policy"]).hex() != credential.signature:
        raise BadRequest("SignatureDoesNotMatch")


def read_form(content_type, body):
    """The fields of multipart/form-data, named in lower case; that of a file is its bytes."""
    boundary = re.search(r'boundary="?([^";]+)', content_type)[1].encode()
    form = {}
    for part in body.split(b"--" + boundary)[1:-1]:
        head, _, value = part[2:-2].partition(b"\r\n\r\n")
        name = re.search(rb'(?i)\bname="([^"]*)"', head)[1].decode().lower()
        form[name] = value if b"filename=" in head or name == "file" else value.decode()
    return form
