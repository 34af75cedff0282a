"""Interception under test: a CA for the gate, origins that speak TLS, and clients that say exactly
what a test writes, inside TLS."""
import asyncio
import contextlib
import os
import socket
import ssl
import struct
import textwrap
import threading

import lab as lab_module
from http_origin import HttpOrigin, echo
from http_wire import At, Heard, HttpWire, in_tunnel
from origins import Origin
from wire import ESTABLISHED

OPENSSL = "/usr/bin/openssl"
_EC = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
_making = threading.Lock()


def make_ca(folder, name="gate-ca", extensions=(), days=30):
    """A CA that may sign for every name, unless `extensions` say otherwise; the paths of its
    certificate and its key."""
    certificate, key = f"{folder}/{name}.pem", f"{folder}/{name}.key"
    added = ["basicConstraints=critical,CA:true,pathlen:0", "keyUsage=critical,keyCertSign,cRLSign"]
    lab_module.run(
        *[OPENSSL, "req", "-x509", *_EC, "-days", str(days), "-subj", f"/CN={name}"],
        *[part for each in [*added, *extensions] for part in ("-addext", each)],
        *["-keyout", key, "-out", certificate],
    )
    os.chmod(key, 0o600)
    return certificate, key


def policy_with(lab, ca, policy):
    """The policy with an interception block; origins are trusted by the lab's own CA."""
    certificate, key = ca
    return (
        f"\ninterception: {{ca_certificates: [{certificate}], ca_private_key: {key}}}\n"
        f"destinations: {{ca_bundle: {lab.ca}}}\n" + textwrap.dedent(policy)
    )


def sign_for(lab, names, extensions=(), days=9, ca=None, subject="/CN=origin"):
    """A certificate of the lab's CA, or another, for these names, in one file with its key."""
    with _making:
        folder = lab.make_folder("leaf")
        listed = ",".join(each if ":" in each else f"DNS:{each}" for each in names)
        with open(f"{folder}/ext", "w", encoding="ascii") as file:
            lines = [f"subjectAltName={listed}"] if names else []
            file.write("\n".join([*lines, "basicConstraints=CA:FALSE", *extensions]) + "\n")
        certificate, key = ca or (lab.ca, f"{lab.certificates}/ca.key")
        request = [OPENSSL, "req", *_EC, "-subj", subject, "-keyout", f"{folder}/leaf.key"]
        lab_module.run(*request, "-out", f"{folder}/leaf.csr")
        lab_module.run(
            *[OPENSSL, "x509", "-req", "-in", f"{folder}/leaf.csr", "-CA", certificate],
            *["-CAkey", key, "-CAcreateserial", "-days", str(days), "-extfile", f"{folder}/ext"],
            *["-out", f"{folder}/leaf.crt"],
        )
        with open(f"{folder}/leaf.pem", "w", encoding="ascii") as both:
            for part in ("leaf.key", "leaf.crt"):
                with open(f"{folder}/{part}", encoding="ascii") as file:
                    both.write(file.read())
        return f"{folder}/leaf.pem"


class PoliteSocket(ssl.SSLSocket):
    """Says close_notify before it closes, unless it resets or was cut()."""

    def close(self):
        linger = self.fileno() >= 0 and self.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8)
        if linger and not struct.unpack("ii", linger)[0]:
            try:
                self.settimeout(0)
                self.unwrap()
            except (OSError, ValueError):
                pass  # the other's close_notify is not waited for
        super().close()


def cut(connection):
    """A step of a script: TCP ends, and TLS has not."""
    connection.shutdown(socket.SHUT_RDWR)


class SpeaksTls:
    """Before an Origin's class: makes it speak TLS. `certificate` is a PEM file with its key, or
    makes one for a name; by default one for its own. What it is told counts as its requests do,
    inside TLS. `hellos` are the server names that were asked for, `alpn` the protocols that were
    agreed on, `resumed` whether it was a session of before. It ends by close_notify."""

    def begin_tls(self, lab, certificate, tune):
        self.hellos, self.alpn, self.resumed = [], [], []
        self._lab, self._certificate, self._tune = lab, certificate, tune
        self._context, self._is_made = None, threading.Event()

    def make_context(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.sslsocket_class = PoliteSocket
        if self._tune:
            self._tune(context)
        certificate = self._certificate
        if callable(certificate):
            certificate = certificate(self.name)
        context.load_cert_chain(certificate or sign_for(self._lab, [self.name]))
        context.set_alpn_protocols(["h2", "http/1.1"])
        context.sni_callback = lambda _, name, __: self.hellos.append(name)
        self._context = context
        self._is_made.set()

    def hold_handshakes(self):
        """Those that begin from now on wait until let_go()."""
        self._is_made.clear()

    def let_go(self):
        self._is_made.set()

    def load_certificate(self, certificate):
        """Shows another one from now on."""
        self._context.load_cert_chain(certificate)

    def _run(self, connection, seen):
        self._is_made.wait()
        connection.settimeout(60)
        try:
            tls = self._context.wrap_socket(connection, server_side=True)
        except OSError:
            seen.ended = "tls"
            connection.close()
            return
        self.alpn.append(tls.selected_alpn_protocol())
        self.resumed.append(tls.session_reused)
        super()._run(tls, seen)


class TlsOrigin(SpeaksTls, Origin):
    """An Origin whose connections are TLS."""

    def __init__(self, lab, serve, port=443, certificate=None, tune=None, **more):
        self.begin_tls(lab, certificate, tune)
        super().__init__(lab, port, serve, **more)
        self.make_context()


class TlsHttpOrigin(SpeaksTls, HttpOrigin):
    """An HttpOrigin whose connections are TLS."""

    def __init__(self, lab, script=echo, at="end", port=443, certificate=None, tune=None, **more):
        self.begin_tls(lab, certificate, tune)
        super().__init__(lab, port, script, at, **more)
        self.make_context()


def client_context(ca, version=None, alpn=()):
    """What a client trusts and offers: the gate's CA, and one version of TLS or those it has."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(ca[0])
    context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF  # an end without close_notify is told
    if alpn:
        context.set_alpn_protocols(list(alpn))
    if version:
        context.minimum_version = context.maximum_version = version
    return context


class TlsHttpWire(HttpWire):
    """One connection to an origin through the gate, that trusts the gate's CA inside its CONNECT.
    `sni` is another name to ask for, or None for none; `connect` another spelling of the host;
    `session` one to resume, of `context`."""

    def __init__(
        self,
        gate,
        origin,
        ca,
        sni="",
        source=None,
        timeout=10,
        connect=None,
        session=None,
        context=None,
        **offer,
    ):
        super().__init__(gate, origin, source, timeout)
        self.tunnel(connect or origin.name, origin.port)
        context = context or client_context(ca, **offer)
        context.check_hostname = sni == ""
        name = origin.name if sni == "" else sni
        self.socket = context.wrap_socket(
            self.socket, server_hostname=name, session=session, suppress_ragged_eofs=False
        )

    def read_more(self):
        """An end without close_notify is `truncated`."""
        try:
            return super().read_more()
        except ssl.SSLError as error:
            if error.reason not in ("UNEXPECTED_EOF_WHILE_READING", None):
                raise
            self.ended = "truncated"
            return b""

    def ask(self, path="/", method="GET", fields="", body=b""):
        """One exchange within the tunnel."""
        return self.send(in_tunnel(self.target, path, method, fields, body)).read_http(method)

    @property
    def target(self):
        """The origin as an https URL names it."""
        return At(self._origin.name, 80 if self._origin.port == 443 else self._origin.port)

    def finish_writing(self):
        """TLS has an end of its own."""
        self.socket.unwrap()
        return self


def raw_tunnel(gate, host, port=443):
    """A socket in a tunnel that the gate has opened."""
    connection = socket.create_connection((gate.host, gate.port), 10)
    connection.sendall(f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
    head = b""
    while len(head) < len(ESTABLISHED):
        head += connection.recv(len(ESTABLISHED) - len(head))
    assert head == ESTABLISHED, head
    return connection


async def say_tls(gate, host, context, pieces, pause=0.001, seconds=10, source=None):
    """As http_wire.say(), inside TLS inside a tunnel to the host: each piece is a record of its
    own. What is heard begins with the gate's 200; it ends by `fin` where TLS did, by `cut` where
    TCP alone ended, by `reset`, or is `open` where time ran out."""
    reader, writer = await asyncio.open_connection(
        gate.host, gate.port, local_addr=(source, 0) if source else None
    )
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    engine = context.wrap_bio(incoming, outgoing, server_hostname=host)
    data = bytearray()

    async def flush():
        writer.write(outgoing.read())
        await writer.drain()

    async def read_more():
        fresh = await reader.read(1 << 16)
        if not fresh:
            raise ConnectionAbortedError
        incoming.write(fresh)

    def take():
        """False once TLS has ended."""
        try:
            while True:
                more = engine.read(1 << 16)
                if not more:
                    return False
                data.extend(more)
        except ssl.SSLWantReadError:
            return True
        except ssl.SSLZeroReturnError:
            return False

    async def hear():
        try:
            while take():
                await read_more()
            return "fin"
        except ConnectionAbortedError:
            return "cut"
        except ConnectionError:
            return "reset"

    writer.write(f"CONNECT {host}:443 HTTP/1.1\r\n\r\n".encode())
    data += await reader.readexactly(len(ESTABLISHED))
    while True:
        try:
            engine.do_handshake()
            break
        except ssl.SSLWantReadError:
            await flush()
            await read_more()
    await flush()
    hearing = asyncio.ensure_future(hear())
    try:
        for number, piece in enumerate(pieces):
            if hearing.done():
                break
            if number:
                await asyncio.sleep(pause)
            engine.write(piece)
            await flush()
        if not hearing.done() and take():
            with contextlib.suppress(ssl.SSLWantReadError):
                engine.unwrap()
            await flush()
    except (ConnectionError, ssl.SSLError):
        pass
    try:
        ended = await asyncio.wait_for(hearing, seconds)
    except asyncio.TimeoutError:
        ended = "open"
    finally:
        writer.transport.abort()
    return Heard(bytes(data), ended)
