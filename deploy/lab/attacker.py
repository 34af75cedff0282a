#!/usr/bin/python3
"""The attacker's machine: takes whatever comes, on every port that a way out would use, and counts
every byte. It speaks TLS, HTTP, WebSocket and DNS well enough that clients believe it.

usage: attacker.py ADDRESS CERTIFICATE KEY COUNTER
"""
import socket
import ssl
import sys
import threading

from byte_counter import ByteCounter

TCP_PORTS = (22, 53, 80, 443, 8443)
THANKS = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\nConnection: close\r\n\r\nthanks\n"
UPGRADED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"


class Counted:
    """A connection that counts what it reads; reads and writes TLS where it began with it."""

    def __init__(self, connection, counted, context):
        self._connection, self._counted = connection, counted
        self._tls = None
        first = connection.recv(65536)
        counted(len(first))
        if first[:1] == b"\x16":
            self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            self._incoming.write(first)
            self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
            self._until_done(self._tls.do_handshake)
        self._first = b"" if self._tls else first

    def read(self):
        """Empty at the end."""
        if self._tls:
            return self._until_done(lambda: self._tls.read(65536))
        first, self._first = self._first, b""
        return first or self._receive()

    def write(self, data):
        if self._tls:
            self._tls.write(data)
            self._connection.sendall(self._outgoing.read())
        else:
            self._connection.sendall(data)

    def _receive(self):
        data = self._connection.recv(65536)
        self._counted(len(data))
        return data

    def _until_done(self, step):
        while True:
            try:
                done = step()
                self._connection.sendall(self._outgoing.read())
                return done
            except ssl.SSLWantReadError:
                self._connection.sendall(self._outgoing.read())
                data = self._receive()
                if not data:
                    return b""
                self._incoming.write(data)


def serve(connection, counted, context):
    try:
        connection.settimeout(30)
        client, head = Counted(connection, counted, context), b""
        while data := client.read():
            if b"\r\n\r\n" not in head:
                head += data
                if b"\r\n\r\n" in head:
                    client.write(UPGRADED if b"pgrade: websocket" in head else THANKS)
    except OSError:
        pass  # what came until then is counted
    finally:
        connection.close()


def listen(address, port, counter, context):
    server = socket.create_server((address, port), backlog=128)
    while True:
        connection, _ = server.accept()
        counted = lambda size: counter.add(f"tcp {port}", size)  # noqa: E731
        threading.Thread(target=serve, args=(connection, counted, context), daemon=True).start()


def answer_names(address, counter):
    """Every name of its zone is its own address: a question alone has told it something."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((address, 53))
    while True:
        query, peer = server.recvfrom(4096)
        counter.add("dns", len(query))
        end = query.find(b"\0", 12) + 5  # after the name: type and class
        is_a = query[end - 4 : end - 2] == b"\0\1"
        head = query[:2] + b"\x84\0\0\1" + (b"\0\1" if is_a else b"\0\0") + b"\0\0\0\0"
        record = b"\xc0\x0c\0\1\0\1\0\0\0\5\0\4" + socket.inet_aton(address)
        server.sendto(head + query[12:end] + (record if is_a else b""), peer)


def main(address, certificate, key, counter_path):
    counter = ByteCounter(counter_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    for port in TCP_PORTS:
        arguments = (address, port, counter, context)
        threading.Thread(target=listen, args=arguments, daemon=True).start()
    answer_names(address, counter)


if __name__ == "__main__":
    main(*sys.argv[1:])
