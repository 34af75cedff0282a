"""Real TLS servers (openssl s_server) behind an origin that sees the bytes of both directions, and
a way through the gate for clients that know no proxy."""
import socket
import subprocess
import threading

import lab as lab_module
from gate import free_port
from hello import HELLO_RETRY_RANDOM
from origins import Origin, read_some
from wire import ESTABLISHED


def copy(source, target, seen=None):
    """Until the source's FIN, which is passed on."""
    try:
        while data := source.recv(1 << 16):
            if seen is not None:
                seen += data
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def make_certificate(folder, name, names=1):
    """A self-signed certificate that grows by about 32 bytes for each name; the path of both it
    and its key."""
    listed = ",".join(f"DNS:name-{number:06}.lab.example.org" for number in range(names))
    with open(f"{folder}/{name}.conf", "w", encoding="ascii") as file:
        file.write(f"[req]\ndistinguished_name=d\n[d]\n[x]\nsubjectAltName={listed}\n")
    path = f"{folder}/{name}.pem"
    lab_module.run(
        *["/usr/bin/openssl", "req", "-x509", "-config", f"{folder}/{name}.conf"],
        *["-extensions", "x", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
        *["-days", "9", "-subj", f"/CN={name}", "-keyout", path, "-out", f"{path}.crt"],
    )
    with open(f"{path}.crt", encoding="ascii") as crt, open(path, "a", encoding="ascii") as both:
        both.write(crt.read())
    return path


class TlsServer(Origin):
    """`openssl s_server` with these options; `received` and `sent` are all bytes of the wire. What
    it prints is in `output`. A context manager."""

    def __init__(self, lab, *options, certificate=None):
        self.sent = bytearray()
        self._port = free_port()
        self._log = f"{lab.make_folder('s_server')}/log"
        pair = ["-cert", f"{lab.certificates}/origin.pem", "-key", f"{lab.certificates}/origin.key"]
        if certificate:
            pair = ["-cert", certificate, "-key", certificate]
        with open(self._log, "wb") as log:
            self._process = subprocess.Popen(
                ["/usr/bin/openssl", "s_server", "-accept", f"127.0.0.1:{self._port}"]
                + [*pair, *options],
                stdin=subprocess.PIPE,  # its end would end the server
                stdout=log,
                stderr=log,
                preexec_fn=lab_module.end_with_parent,
            )
        lab_module.wait_until(lambda: "ACCEPT" in self.output, what="s_server")
        super().__init__(lab, serve=self._relay)

    def close(self):
        super().close()
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()

    @property
    def output(self):
        with open(self._log, encoding="utf-8", errors="replace") as file:
            return file.read()

    @property
    def asked_for_a_second_hello(self):
        return HELLO_RETRY_RANDOM in bytes(self.sent)

    def _relay(self, connection, seen):
        with socket.create_connection(("127.0.0.1", self._port)) as inner:
            down = threading.Thread(target=copy, args=(inner, connection, self.sent), daemon=True)
            down.start()
            while data := read_some(connection, seen):
                inner.sendall(data)
            inner.shutdown(socket.SHUT_WR)
            down.join(30)


class Through:
    """Listens on 127.0.0.1:`port`; whoever connects is in a tunnel to the host. A context
    manager."""

    def __init__(self, gate, host, port=443):
        self.port = free_port()
        self._gate, self._host, self._to = gate, host, port
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        way = socket.create_connection((self._gate.host, self._gate.port))
        with client, way:
            way.sendall(f"CONNECT {self._host}:{self._to} HTTP/1.0\r\n\r\n".encode())
            # To the byte: what an origin says first may follow in the same segment.
            assert way.recv(len(ESTABLISHED), socket.MSG_WAITALL) == ESTABLISHED
            down = threading.Thread(target=copy, args=(way, client), daemon=True)
            down.start()
            copy(client, way)
            down.join(30)
