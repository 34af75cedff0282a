#!/usr/bin/python3
"""Tries every direct way out of the workstation, and a name. Each must be refused at once: by a
reset or an ICMP answer, not by silence.

usage: walls.py      a line a way; exit 1 if one of them is open or keeps its client waiting
"""
import errno
import socket
import sys
import time

SECONDS = 1
ATTACKER, NAMES, DOCKERS_NAMES = "198.18.2.66", "198.18.2.53", "127.0.0.11"
QUESTION = b"\1\2\1\0\0\1\0\0\0\0\0\0\6secret\4evil\7example\0\0\1\0\1"
REFUSALS = (errno.ECONNREFUSED, errno.EPERM, errno.EHOSTUNREACH)
WAYS = (
    ("https to the attacker", "tcp", ATTACKER, 443),
    ("ssh to the attacker", "tcp", ATTACKER, 22),
    ("QUIC to the attacker", "udp", ATTACKER, 443),
    ("an allowed origin, past the gate", "tcp", "198.18.2.10", 443),
    ("the engine's machine", "tcp", "198.18.1.1", 22),
    ("the cloud's metadata", "tcp", "169.254.169.254", 80),
    ("another port beside the credentials", "tcp", "169.254.170.2", 443),
    ("the gate's metrics", "tcp", "198.18.3.2", 9180),
    ("DNS over UDP", "udp", NAMES, 53),
    ("DNS over TCP", "tcp", NAMES, 53),
    ("Docker's name server", "udp", DOCKERS_NAMES, 53),
    ("Docker's name server, over TCP", "tcp", DOCKERS_NAMES, 53),
)


def dial(kind, host, port):
    """What became of it: an error number, 0 where something answered."""
    family = socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM
    with socket.socket(socket.AF_INET, family) as peer:
        peer.settimeout(SECONDS)
        try:
            peer.connect((host, port))
            if kind == "udp":
                peer.send(QUESTION)
                peer.recv(512)
        except socket.timeout:
            return errno.ETIMEDOUT
        except OSError as error:
            return error.errno
    return 0


def resolve(name):
    try:
        socket.getaddrinfo(name, 443)
    except socket.gaierror:
        return errno.ECONNREFUSED
    return 0


def tell(way, attempt, *arguments):
    """Prints the way's line; whether it is shut."""
    start = time.monotonic()
    error = attempt(*arguments)
    seconds = time.monotonic() - start
    is_shut = error in REFUSALS and seconds < SECONDS
    verdict = "refused at once" if is_shut else "NOT AS IT SHOULD BE"
    said = errno.errorcode.get(error, "an answer")
    print(f"    {verdict}: {way} ({said}, {seconds * 1000:.0f} ms)", flush=True)
    return is_shut


def main():
    shut = [tell(way, dial, *place) for way, *place in WAYS]
    shut.append(tell("a name that is not in the hosts file", resolve, "secret.evil.example"))
    return 0 if all(shut) else 1


if __name__ == "__main__":
    sys.exit(main())
