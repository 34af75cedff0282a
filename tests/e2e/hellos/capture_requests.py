#!/usr/bin/env python3
"""Captures what a client sends through a proxy in plain HTTP, head by head and to the byte.

usage: capture_requests.py COMMAND...      PROXY, HOST and FOLDER in the command are replaced

It listens as a proxy on loopback, answers a CONNECT by 200 and every request for HOST by the file
in FOLDER that has the name of its last path segment, else by an empty 200, and prints each head as
the beginning of a section of tests/data/http/legitimate.txt. A new client: run this, and paste.
"""
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading

HOST = "captured.example.org"


def read_head(client, ahead):
    while b"\r\n\r\n" not in ahead:
        data = client.recv(1 << 16)
        if not data:
            return b"", b""
        ahead += data
    head, _, ahead = ahead.partition(b"\r\n\r\n")
    return head, ahead


def read_body(client, head, ahead):
    """Whatever the framing; answers an Expect first."""
    if re.search(rb"(?im)^expect: *100-continue", head):
        client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    length = re.search(rb"(?im)^content-length: *(\d+)", head)
    is_chunked = re.search(rb"(?im)^transfer-encoding: *chunked", head)
    needed = int(length[1]) if length else 0
    while len(ahead) < needed or (is_chunked and not ahead.endswith(b"0\r\n\r\n")):
        data = client.recv(1 << 16)
        if not data:
            break
        ahead += data
    return (ahead, b"") if is_chunked else (ahead[:needed], ahead[needed:])


def answer_of(head, folder):
    path = head.split(b" ")[1].decode().split("?")[0].rstrip("/").rpartition("/")[2]
    body = b""
    if path and os.path.isfile(f"{folder}/{path}"):
        with open(f"{folder}/{path}", "rb") as file:
            body = file.read()
    kind = "text/html" if body.startswith(b"<") else "application/json"
    told = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return told.encode() + (b"" if head.startswith(b"HEAD ") else body)


def serve(client, folder):
    ahead = b""
    client.settimeout(20)
    with client:
        while True:
            head, ahead = read_head(client, ahead)
            if not head:
                return
            first = head.split(b"\r\n")[0]
            if HOST.encode() not in head:
                client.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
                continue
            if first.startswith(b"CONNECT"):
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                continue
            body, ahead = read_body(client, head, ahead)
            print("== run == ")
            for line in head.replace(HOST.encode(), b"{host}").split(b"\r\n") + [b""]:
                print("> " + line.decode("latin-1"))
            print(f"> {body[:200]!r} ({len(body)})\n", flush=True)
            client.sendall(answer_of(head, folder))


def accept(listener, folder):
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client, folder), daemon=True).start()


def main():
    listener = socket.create_server(("127.0.0.1", 0))
    proxy = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with tempfile.TemporaryDirectory() as folder:
        threading.Thread(target=accept, args=(listener, folder), daemon=True).start()
        command = sys.argv[1:]
        for word, value in {"PROXY": proxy, "HOST": HOST, "FOLDER": folder}.items():
            command = [argument.replace(word, value) for argument in command]
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": folder, "LANG": "C.UTF-8"}
        environment |= {"http_proxy": proxy, "HTTP_PROXY": proxy, "NODE_USE_ENV_PROXY": "1"}
        kept = ("AWS_ACCESS", "AWS_SECRET", "NODE_PATH")
        environment |= {key: os.environ[key] for key in os.environ if key.startswith(kept)}
        environment |= {"AWS_EC2_METADATA_DISABLED": "true", "AWS_DEFAULT_REGION": "us-east-1"}
        ran = subprocess.run(
            command,
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
        print(ran.stderr.decode(errors="replace")[-500:], file=sys.stderr)


if __name__ == "__main__":
    main()
