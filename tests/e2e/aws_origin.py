"""An origin that is S3 and STS as far as clients look, and takes no request whose SigV4 signature
does not fit the bytes that arrived.

The signature is computed from the head's own lines (aws_signatures.py): a header line or a target
that was altered on its way, or a body, is refused and remembered in `failures`.
"""
import base64
import hashlib
import re
import threading
import zlib
from urllib.parse import quote, unquote

from aws_signatures import BadRequest, check_signature
from http_reader import Reader
from origins import Origin, read_some

IDENTITY = (
    '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
    "<GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/lab</Arn>"
    "<UserId>lab</UserId><Account>111122223333</Account>"
    "</GetCallerIdentityResult></GetCallerIdentityResponse>"
)


def _line(data, at):
    """The line that begins there, and where the next one does."""
    end = data.index(b"\r\n", at)
    return data[at:end], end + 2


def aws_chunks(body):
    """What stands in a body of aws-chunked; its trailing checksum must be right."""
    pieces, at = [], 0
    while True:
        line, at = _line(body, at)
        size = int(line.partition(b";")[0], 16)
        if not size:
            break
        pieces.append(body[at : at + size])
        at += size + 2
    data = b"".join(pieces)
    trailer = re.fullmatch(
        rb"x-amz-checksum-(crc32|sha1|sha256):([A-Za-z0-9+/=]+)\r\n\r\n", body[at:]
    )
    if not trailer or base64.b64decode(trailer[2]) != _checksum(trailer[1], data):
        raise BadRequest("BadDigest")
    return data


def _checksum(algorithm, data):
    if algorithm == b"crc32":
        return zlib.crc32(data).to_bytes(4, "big")
    return hashlib.new(algorithm.decode(), data).digest()


def unchunked(raw):
    """The payload of Transfer-Encoding: chunked without extensions and trailers."""
    pieces, at = [], 0
    while True:
        line, at = _line(raw, at)
        size = int(line, 16)
        if not size:
            return b"".join(pieces)
        pieces.append(raw[at : at + size])
        at += size + 2


class AwsOrigin(Origin):
    """`objects` is what was put; `heads` all that arrived; `failures` what was refused."""

    def __init__(self, lab, secret, port=80):
        self.secret, self.objects, self.heads, self.failures = secret, {}, [], []
        self._parts, self._lock = {}, threading.Lock()
        super().__init__(lab, port, self._serve_requests)

    def _serve_requests(self, connection, seen):
        reader = self._reader(connection, seen)
        while head := reader.head():
            self.heads.append(head)
            try:
                answer = self._answer(connection, reader, head)
            except BadRequest as error:
                self.failures.append((str(error), head))
                body = f"<Error><Code>{error}</Code><Message>refused</Message></Error>".encode()
                answer = self._told(body, "403 Forbidden", close=True)
                connection.sendall(answer)
                return
            connection.sendall(answer)

    def _reader(self, connection, seen):
        return Reader(lambda: read_some(connection, seen))

    def _check(self, head, body):
        """Raises BadRequest unless its signature fits; without a body that is still to come."""
        digest = None if body is None else hashlib.sha256(body).hexdigest()
        check_signature(self.secret, head, digest)

    def _keep(self, data):
        """What is remembered of an object, or of a part of one."""
        return data

    @staticmethod
    def _told(body=b"", status="200 OK", fields="", close=False, length=None):
        closing = "Connection: close\r\n" if close else ""
        kind = "application/xml" if body.startswith(b"<") else "binary/octet-stream"
        head = (
            f"HTTP/1.1 {status}\r\nx-amz-request-id: LAB\r\nContent-Type: {kind}\r\n"
            f"Content-Length: {len(body) if length is None else length}\r\n{fields}{closing}\r\n"
        )
        return head.encode() + body

    def _answer(self, connection, reader, head):
        if re.search(rb"(?i)\r\nexpect: *100-continue\r\n", head):
            self._check(head, None)  # before a byte of the body is asked for
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = reader.body(head)
        if re.search(rb"(?i)\r\ntransfer-encoding: *chunked\r\n", head):
            body = unchunked(body)
        self._check(head, body)
        if re.search(rb"(?i)\r\ncontent-encoding: *aws-chunked\r\n", head):
            body = aws_chunks(body)
        method, target = head.decode("latin-1").split(" ")[:2]
        path, _, query = target.partition("?")
        with self._lock:
            return self._do(method, unquote(path), query, body, head)

    def _do(self, method, path, query, body, head):
        if method == "POST" and path == "/" and b"Action=GetCallerIdentity" in body:
            return self._told(IDENTITY.encode())
        etag = f'ETag: "{hashlib.md5(body).hexdigest()}"\r\n'
        if method == "POST" and re.match("uploads=?(&|$)", query):
            return self._told(
                b"<InitiateMultipartUploadResult><UploadId>lab</UploadId>"
                b"</InitiateMultipartUploadResult>"
            )
        if method == "POST" and "uploadId=lab" in query:
            parts = self._parts.pop(path)
            self.objects[path] = b"".join(parts[number] for number in sorted(parts))
            return self._told(
                b"<CompleteMultipartUploadResult><ETag>lab</ETag></CompleteMultipartUploadResult>"
            )
        if method == "PUT" and (part := re.search(r"partNumber=(\d+)", query)):
            self._parts.setdefault(path, {})[int(part[1])] = self._keep(body)
            return self._told(fields=etag)
        if method == "PUT":
            self.objects[path] = self._keep(body)
            return self._told(fields=etag)
        if method == "DELETE":
            self.objects.pop(path, None)
            return b"HTTP/1.1 204 No Content\r\nx-amz-request-id: LAB\r\n\r\n"
        if "list-type=2" in query:
            return self._told(self._listed())
        return self._get(method, path, head)

    def _listed(self, under="/"):
        each = "<Contents><Key>{}</Key><Size>{}</Size><LastModified>{}</LastModified></Contents>"
        listed = "".join(
            each.format(quote(path[len(under) :]), len(data), "2026-11-26T00:00:00.000Z")
            for path, data in sorted(self.objects.items())
            if path.startswith(under)
        )
        return (
            f"<ListBucketResult><KeyCount>{len(self.objects)}</KeyCount><EncodingType>url"
            f"</EncodingType><IsTruncated>false</IsTruncated>{listed}</ListBucketResult>"
        ).encode()

    def _get(self, method, path, head):
        data = self.objects.get(path)
        if data is None:
            return self._told(b"<Error><Code>NoSuchKey</Code></Error>", "404 Not Found")
        fields = (
            f'ETag: "{hashlib.md5(data).hexdigest()}"\r\n'
            "Last-Modified: Thu, 26 Nov 2026 00:00:00 GMT\r\nAccept-Ranges: bytes\r\n"
        )
        if method == "HEAD":
            return self._told(fields=fields, length=len(data))
        ranged = re.search(rb"(?i)\r\nrange: *bytes=(\d+)-(\d*)\r\n", head)
        if not ranged:
            return self._told(data, fields=fields)
        first, last = int(ranged[1]), int(ranged[2] or len(data) - 1)
        last = min(last, len(data) - 1)
        fields += f"Content-Range: bytes {first}-{last}/{len(data)}\r\n"
        return self._told(data[first : last + 1], "206 Partial Content", fields)
