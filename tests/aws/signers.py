"""Who signs a request of the AWS tables, in which form: `ours`, `foreign-query`, `old-sigv2` ...

A signature here is made up: the gate reads who signs, AWS verifies it (policy/aws/credential). Key
ids are put together from the account, so that none stands whole in the tree.
"""

import base64
import json
import re
import urllib.parse

ACCOUNTS = {
    "ours": "111122223333",
    "ours-too": "444455556666",
    "foreign": "999999999999",
    "aws": "763104351884",  # runs SageMaker's images
}
# From before account ids stood in key ids; AWS's documentation writes it.
OLD_TAIL = "IOSFODNN7" "EXAMPLE"
DATE = "20261123"
TIME = DATE + "T093823Z"
HMAC = "AWS4-HMAC-SHA256"
ECDSA = "AWS4-ECDSA-P256-SHA256"
SIGNATURE = "cc3c917acca3042d649c29be9c08f466adf637c7140fcb83b69f8fc34c239f20"
OPAQUE_TOKEN = "FwoGZXIvYXdzEBYaDExampleToken"
REGION = re.compile(r"\b(?:us|eu|ap|sa|ca|me|af|il|mx|cn)(?:-gov)?-[a-z]+-\d\b")
# Signing names where the first label of the host is another one; the first that matches.
SERVICES = (
    (r"\.s3express-|^s3express-", "s3express"),
    (r"(^|\.)s3-object-lambda\b", "s3-object-lambda"),
    (r"\.s3-outposts\.", "s3-outposts"),
    (r"(^|[.-])s3[.-]", "s3"),
    (r"\.mrap\.accesspoint\.", "s3"),
    (r"sagemaker", "sagemaker"),
    (r"(^|\.)(api|dkr)[.]ecr\b|^ecr[.]", "ecr"),
    (r"\bddb\.|^dynamodb", "dynamodb"),
    (r"^bedrock", "bedrock"),
    (r"^email\.", "ses"),
    (r"codeartifact", "codeartifact"),
    (r"^portal\.sso", "awsssoportal"),
    (r"^oidc\.", "sso-oauth"),
    (r"queue\.amazonaws|\bsqs\b", "sqs"),
)


def key_id(who, prefix="AKIA"):
    if who == "old":
        return prefix + OLD_TAIL
    bits = 1 << 79 | int(ACCOUNTS[who]) << 39
    return prefix + base64.b32encode(bits.to_bytes(10, "big")).decode()


def session_token(who):
    """One that shows its account, in the form of STS's tokens since 2019."""
    user = b"\x1a\x0c" + ACCOUNTS[who].encode()
    message = b"\x21\x0a\x09origin_ec\x2a" + bytes([len(user)]) + user
    return base64.b64encode(message).decode()


def scope_of(host):
    """Service and region that an SDK would sign for."""
    host = host.lower().rstrip(".")
    region = REGION.search(host)
    for pattern, service in SERVICES:
        if re.search(pattern, host):
            break
    else:
        service = host.split(".", 1)[0].removesuffix("-fips")
    return f"{service}/{region[0] if region else 'us-east-1'}"


class Signer:
    """Adds one credential to a request (Request of tables.py)."""

    def __init__(self, who, request, scope, token=None):
        self.who = who
        self.request = request
        self.service, _, self.region = scope.partition("/")
        self.token = session_token(token) if token else None
        self.id = key_id(who, "ASIA" if token else "AKIA")

    def credential(self):
        return f"{self.id}/{DATE}/{self.region}/{self.service}/aws4_request"

    def header(self):
        self.request.headers += [
            f"X-Amz-Date: {TIME}",
            f"Authorization: {HMAC} Credential={self.credential()}, "
            f"SignedHeaders=host;x-amz-date, Signature={SIGNATURE}",
        ]
        self._add_token_header()

    def session(self):
        self.id = key_id(self.who, "ASIA")
        self.token = self.token or OPAQUE_TOKEN
        self.header()

    def sigv4a(self):
        credential = f"{self.id}/{DATE}/{self.service}/aws4_request"
        self.request.headers += [
            "X-Amz-Region-Set: *",
            f"Authorization: {ECDSA} Credential={credential}, "
            f"SignedHeaders=host;x-amz-region-set, Signature=3045",
        ]
        self._add_token_header()

    def query(self):
        self._add_presigned(HMAC, self.credential(), {})

    def sigv4a_query(self):
        credential = f"{self.id}/{DATE}/{self.service}/aws4_request"
        self._add_presigned(ECDSA, credential, {"X-Amz-Region-Set": "*"})

    def sigv2(self):
        self.request.headers.append(f"Authorization: AWS {self.id}:a802xGzI2e0jxGYtBVdCvzVm8iw=")

    def sigv2_query(self):
        words = {"AWSAccessKeyId": self.id, "Signature": "p6gob6rz5wTK3JDSX4Euuo6MuWs="}
        if self.service == "s3":
            words["Expires"] = "1795430303"
        else:
            words.update(self._sigv2_version())
        self.request.add_query(words)

    def sigv2_form(self):
        words = {"AWSAccessKeyId": self.id, **self._sigv2_version(), "Signature": "AAAA"}
        self.request.body += "&" + urllib.parse.urlencode(words)

    def sigv3(self):
        self.request.headers.append("X-Amzn-Authorization: AWS3-HTTPS "
                                    f"AWSAccessKeyId={self.id},Algorithm=HmacSHA256,Signature=2N4=")

    def express(self):
        self.header()
        self.request.headers.append("x-amz-s3session-token: AgV4cHJlc3NTZXNzaW9u")

    def bearer(self):
        """A long-term API key of Bedrock."""
        text = f"BedrockAPIKey-abcd-at-{ACCOUNTS[self.who]}:{'0' * 32}"
        self.request.headers.append("Authorization: Bearer ABSK" + _base64(text))

    def bearer_short(self):
        self.service = "bedrock"
        words = self._presigned(HMAC, self.credential(), {})
        text = ("bedrock.amazonaws.com/?Action=CallWithBearerToken&"
                + urllib.parse.urlencode(words) + "&Version=1")
        self.request.headers.append("Authorization: Bearer bedrock-api-key-" + _base64(text))

    def post_form(self):
        self.request.fields.update({
            "policy": _base64('{"expiration": "2027-01-01T00:00:00Z", "conditions": []}'),
            "x-amz-algorithm": HMAC,
            "x-amz-credential": self.credential(),
            "x-amz-date": TIME,
            "x-amz-signature": SIGNATURE,
        })
        if self.token:
            self.request.fields["x-amz-security-token"] = self.token

    def post_form_v2(self):
        self.request.fields.update({
            "AWSAccessKeyId": self.id,
            "policy": _base64('{"expiration": "2027-01-01T00:00:00Z", "conditions": []}'),
            "signature": "bna83MNNOAAu83S4y9wECBUL5JU=",
        })

    def federation(self):
        session = {"sessionId": key_id(self.who, "ASIA"), "sessionKey": "k", "sessionToken": "t"}
        self.request.add_query({"Session": json.dumps(session)})

    def _presigned(self, algorithm, credential, further):
        words = {"X-Amz-Algorithm": algorithm, "X-Amz-Credential": credential,
                 "X-Amz-Date": TIME, "X-Amz-Expires": "3600", **further,
                 "X-Amz-SignedHeaders": "host", "X-Amz-Signature": SIGNATURE}
        if self.token:
            words["X-Amz-Security-Token"] = self.token
        return words

    def _add_presigned(self, algorithm, credential, further):
        self.request.add_query(self._presigned(algorithm, credential, further))

    def _add_token_header(self):
        if self.token:
            self.request.headers.append(f"X-Amz-Security-Token: {self.token}")

    @staticmethod
    def _sigv2_version():
        return {"SignatureVersion": "2", "SignatureMethod": "HmacSHA256",
                "Timestamp": "2026-11-23T09:38:23Z"}


# Credentials that show nobody.
OPAQUE = {
    "basic": "Authorization: Basic QVdTOnRva2Vu",
    "bearer": "Authorization: Bearer eyJvcGFxdWUiOjF9.e30.c2ln",
    "sso": "x-amz-sso_bearer_token: aoaAAAAAexample",
}


def sign(request, by, scope, token):
    """`by`: `none`, an opaque form, or WHO or WHO-FORM (`ours`, `foreign-sigv2-query`)."""
    if by == "none":
        return
    if by in OPAQUE:
        request.headers.append(OPAQUE[by])
        return
    who = max((each for each in (*ACCOUNTS, "old") if f"{by}-".startswith(f"{each}-")), key=len)
    form = by[len(who) + 1:].replace("-", "_") or "header"
    getattr(Signer(who, request, scope, token), form)()


def _base64(text):
    return base64.b64encode(text.encode()).decode()
