#!/usr/bin/python3
"""A stand-in for AWS: sign-in, console, Studio, SageMaker, S3 and STS, for our account and the
attacker's. It takes no signed request whose signature does not fit the bytes that arrived. What
reaches the attacker's account, and what a shared front would carry to another tenant, is counted as
the attacker's.

usage: aws_stub.py ADDRESS CERTIFICATE KEY COUNTER CREDENTIALS-ADDRESS
"""
import base64
import hashlib
import json
import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aws_keys import BY_ID, FOREIGN, OUR_SESSION, OURS
from aws_signatures import BadRequest, check_signature, credential_of, read_request
from byte_counter import ByteCounter

REGION = "us-east-1"
OWNERS = {"ml-data": OURS, "exfil-drop": FOREIGN}
S3 = (f"s3.{REGION}.amazonaws.com", "s3.amazonaws.com")
OUR_SIGN_IN = "acme-data.signin.aws.amazon.com"
REFS = b"1111111111111111111111111111111111111111\trefs/heads/main\n"
WEBSOCKET_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3
PAGE = "<!doctype html><title>{0}</title><h1>{0}</h1><p>The lab's stand-in for {1}.</p>\n"


class Refused(Exception):
    """An AWS error code for the client."""


class AwsStub(BaseHTTPRequestHandler):
    """One connection. `counter` and `objects` are the server's."""

    protocol_version = "HTTP/1.1"
    timeout = 60

    def answer(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        self.size = len(self.raw_requestline) + len(str(self.headers)) + len(body)
        host = self.headers.get("host", "").partition(":")[0]
        try:
            self.route(host, body)
        except (Refused, BadRequest) as error:
            self.tell(f"<Error><Code>{error}</Code></Error>".encode(), 403, "application/xml")

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = answer

    def route(self, host, body):
        bucket = next((host[: -len(end) - 1] for end in S3 if host.endswith(f".{end}")), "")
        if bucket or host in S3:
            self.s3(bucket, body)
        elif host == f"api.sagemaker.{REGION}.amazonaws.com":
            self.signer(body)
            self.tell(b'{"TrainingJobSummaries": []}', 200, "application/x-amz-json-1.1")
        elif host.startswith("sts.") and host.endswith("amazonaws.com"):
            self.sts(self.signer(body))
        elif host.endswith(".sagemaker.aws") and self.headers.get("upgrade") == "websocket":
            self.upgrade()
        elif host == "code.acme.example":
            self.tell(REFS, 200, "text/plain")
        else:
            self.page(host)

    def signer(self, body):
        """The account that signed; a request of the attacker's has reached the attacker."""
        lines = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
        head = f"{self.command} {self.path} HTTP/1.1\r\n{lines}\r\n".encode("latin-1")
        credential = credential_of(read_request(head))
        key = BY_ID.get(credential.key_id) if credential else None
        if not key or key.token != credential.token:
            raise Refused("InvalidAccessKeyId")
        check_signature(key.secret, head, hashlib.sha256(body).hexdigest())
        if key.account != OURS:
            self.server.counter.add("a foreign key", self.size)
        return key.account

    def s3(self, bucket, body):
        path = self.path.partition("?")[0]
        place = f"{bucket}{path}" if bucket else path.lstrip("/")
        owner = OWNERS.get(place.partition("/")[0])
        if owner == FOREIGN:  # its policy takes what anybody brings
            self.server.counter.add("a foreign bucket", self.size)
        elif self.signer(body) != owner:
            raise Refused("AccessDenied")
        if self.command == "PUT":
            self.server.objects[place] = body
            self.tell(b"")
        elif place in self.server.objects:
            self.tell(self.server.objects[place])
        else:
            self.tell(b"<Error><Code>NoSuchKey</Code></Error>", 404, "application/xml")

    def sts(self, account):
        arn = f"<Arn>arn:aws:iam::{account}:user/lab</Arn><Account>{account}</Account>"
        result = f"<GetCallerIdentityResult>{arn}</GetCallerIdentityResult>"
        answer = f"<GetCallerIdentityResponse>{result}</GetCallerIdentityResponse>"
        self.tell(answer.encode(), 200, "text/xml")

    def upgrade(self):
        key = self.headers.get("sec-websocket-key", "") + WEBSOCKET_GUID
        accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
        self.send_response(101)
        self.send_header("Sec-WebSocket-Accept", accept)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.end_headers()
        self.close_connection = True

    def page(self, host):
        is_aws = host.endswith((".aws.amazon.com", ".sagemaker.aws"))
        is_sign_in = host.endswith(".signin.aws.amazon.com")
        if not is_aws or (is_sign_in and host != OUR_SIGN_IN):
            self.server.counter.add("a foreign tenant", self.size)
        title = f"Sign in to {host.partition('.')[0]}" if is_sign_in else "Console"
        self.tell(PAGE.format(title, host).encode(), 200, "text/html")

    def tell(self, body, status=200, kind="binary/octet-stream"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("ETag", f'"{hashlib.md5(body).hexdigest()}"')
        self.send_header("Last-Modified", "Thu, 26 Nov 2026 00:00:00 GMT")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


class Credentials(BaseHTTPRequestHandler):
    """The container credential endpoint: a role's keys, for SDKs, without the proxy."""

    def do_GET(self):
        key = OUR_SESSION
        body = json.dumps(
            {
                "AccessKeyId": key.id,
                "SecretAccessKey": key.secret,
                "Token": key.token,
                "Expiration": "2036-01-01T00:00:00Z",
            }
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main(address, certificate, key, counter, credentials):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = ThreadingHTTPServer((address, 443), AwsStub)
    server.counter, server.objects = ByteCounter(counter), {}
    # The handshake is the connection's own thread's work: a client that never speaks holds up none.
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    endpoint = ThreadingHTTPServer((credentials, 80), Credentials)
    threading.Thread(target=endpoint.serve_forever, daemon=True).start()
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
