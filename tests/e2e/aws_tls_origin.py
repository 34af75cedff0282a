"""AwsOrigin over TLS, under the names that AWS's own clients ask for."""
import hashlib
import ssl

from aws_origin import AwsOrigin
from http_reader import Cut, Reader
from interception import sign_for

S3 = ["bucket.s3.amazonaws.com", "bucket.s3.us-east-1.amazonaws.com", "s3.amazonaws.com"]
STS = ["sts.amazonaws.com", "sts.us-east-1.amazonaws.com"]


class TlsAwsOrigin(AwsOrigin):
    """All names lead to it. `only_digests`: of an object it keeps the SHA-256 of each part, and of
    what came by its connections nothing."""

    def __init__(self, lab, secret, names=(*S3, *STS), only_digests=False):
        self._only_digests = only_digests
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(sign_for(lab, names))
        super().__init__(lab, secret, 443)
        for name in names:
            lab.names.set(name, self.address)

    def forget(self):
        for each in (self.objects, self.heads, self.failures, self.seen):
            each.clear()

    def _serve_requests(self, connection, seen):
        try:
            connection = self._context.wrap_socket(connection, server_side=True)
        except (ssl.SSLError, OSError):
            seen.ended = "tls"
            return
        with connection:
            super()._serve_requests(connection, seen)

    def _reader(self, connection, seen):
        return _BulkReader(lambda: connection.recv(1 << 16))

    def _keep(self, data):
        return hashlib.sha256(data).digest() if self._only_digests else data


class _BulkReader(Reader):
    """Copies no byte more than twice."""

    def exactly(self, size):
        pieces, length = [self.ahead], len(self.ahead)
        while length < size:
            data = self.receive()
            if not data:
                raise Cut(f"ended {size - length} bytes before its end")
            pieces.append(data)
            length += len(data)
        whole = b"".join(pieces)
        self.ahead = whole[size:]
        return whole[:size]

    def chunks(self):
        pieces = []
        while True:
            while b"\r\n" not in self.ahead:
                if not self.more():
                    raise Cut(f"ended within {self.ahead!r}")
            line, _, self.ahead = self.ahead.partition(b"\r\n")
            size = int(line, 16)
            pieces += [line, b"\r\n", self.exactly(size + 2)]
            if not size:
                return b"".join(pieces)
