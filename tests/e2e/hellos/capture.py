#!/usr/bin/env python3
"""Captures what a client says to a proxy: its CONNECT head and its ClientHello, to the byte.

usage: capture.py NAME NOTE COMMAND...      PROXY, PORT, HOST and FOLDER in the command are replaced

It listens as a proxy on loopback, answers the CONNECT for HOST by 200, reads the whole ClientHello,
writes NAME.hex beside itself (the note first) and prints the head. Every other CONNECT gets a 403,
so that a browser's own errands are not taken for it; a client without proxy support is pointed at
PORT itself. A new library: run this, and commit the file.
"""
import os
import socket
import struct
import subprocess
import sys
import tempfile

HOST = "captured.example.org"
HERE = os.path.dirname(os.path.abspath(__file__))


def read_head(client):
    """The CONNECT; nothing of a client that knows no proxy and begins with its hello."""
    head = b""
    if client.recv(1, socket.MSG_PEEK) == b"\x16":
        return head
    while b"\r\n\r\n" not in head and (data := client.recv(1 << 16)):
        head += data
    return head


def read_hello(client):
    """The records, as they came, that hold the first handshake message whole."""
    raw, message = b"", b""
    while len(message) < 4 or len(message) < 4 + int.from_bytes(message[1:4], "big"):
        while len(raw) < 5 or len(raw) < 5 + struct.unpack("!H", raw[3:5])[0]:
            data = client.recv(1 << 16)
            assert data, f"the client ended within its hello: {raw[:20]!r}"
            raw += data
        assert raw[0] == 22, f"no handshake: {raw[:20]!r}"
        end = 5 + struct.unpack("!H", raw[3:5])[0]
        message += raw[5:end]
        yield raw[:end]
        raw = raw[end:]


def capture(listener):
    """Head and hello of the first client that asks for HOST."""
    while True:
        client, _ = listener.accept()
        client.settimeout(20)
        with client:
            head = read_head(client)
            if not head:
                return head, b"".join(read_hello(client))
            if not head.startswith(b"CONNECT " + HOST.encode()):
                client.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
                continue
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            return head, b"".join(read_hello(client))


def main():
    name, note, *command = sys.argv[1:]
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(60)
    port = listener.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        words = {"PROXY": f"http://127.0.0.1:{port}", "PORT": str(port), "HOST": HOST}
        words["FOLDER"] = folder
        for word, value in words.items():
            command = [argument.replace(word, value) for argument in command]
        environment = {"PATH": os.environ["PATH"], "HOME": folder, "LANG": "C.UTF-8"}
        environment |= {"https_proxy": words["PROXY"], "HTTPS_PROXY": words["PROXY"]}
        environment |= {"NODE_USE_ENV_PROXY": "1", "AWS_EC2_METADATA_DISABLED": "true"}
        client = subprocess.Popen(command, env=environment, cwd=folder, stdin=subprocess.PIPE)
        try:
            head, hello = capture(listener)
        finally:
            client.terminate()
            client.wait(20)
    hexadecimal = hello.hex()
    lines = [hexadecimal[at : at + 96] for at in range(0, len(hexadecimal), 96)]
    with open(f"{HERE}/{name}.hex", "w", encoding="ascii") as file:
        file.write("\n".join([f"# {note}", *lines]) + "\n")
    print(f"{name}: {len(hello)} bytes of hello; {head!r}")


if __name__ == "__main__":
    main()
