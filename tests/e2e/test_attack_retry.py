"""A hello that is asked for twice: THREATS.md section 1B, row T23. After a HelloRetryRequest a
client says another ClientHello; it and all that come before the origin's answer must name the
host of the first."""
import ssl

import pytest

from decoy import Trial
from hello import (
    ACCESS_DENIED,
    APPLICATION_DATA,
    CHANGE_CIPHER_SPEC,
    HELLO_RETRY_RANDOM,
    client_hello,
    hello,
    record,
    records,
    server_hello,
)
from origins import Origin, only_listen, read_some
from wire import Wire

pytestmark = [pytest.mark.attack, pytest.mark.short]

POLICY = """
    timeouts: {header: 2s, client_hello: 2s, connect: 3s, drain: 1s}
    rules:
      - {name: ours, hosts: ["*.allowed.example"]}
"""
REAL, MUTE, EVIL = "real.allowed.example", "mute.allowed.example", "www.evil.example"
EVIL_MESSAGE = client_hello(EVIL)
SPEC = record(b"\x01", CHANGE_CIPHER_SPEC)
DATA = record(b"early", APPLICATION_DATA)
MISMATCH, MALFORMED = "sni_mismatch", "malformed_client_hello"


def right(name):
    return hello(name)


# Behind the first hello: what comes before the HelloRetryRequest, what after it (a right hello
# stands for `right`), what of that may reach the origin, and the reason.
T23 = {
    "another name": (b"", [hello(EVIL)], [], MISMATCH),
    "no name": (b"", [hello()], [], MISMATCH),
    "another name behind change_cipher_spec": (b"", [SPEC, hello(EVIL)], [SPEC], MISMATCH),
    "another name over records": (b"", [records(EVIL_MESSAGE, 40, 40, 40)], [], MISMATCH),
    "another name glued to the first": (hello(EVIL), [], [], MISMATCH),
    "another begun before, ended after": (hello(EVIL)[:60], [hello(EVIL)[60:]], [], MISMATCH),
    "a third glued to the right second": (b"", [right, hello(EVIL)], [right], MISMATCH),
    "a third behind data": (b"", [right, DATA, hello(EVIL)], [right, DATA], MISMATCH),
    "a third without a name": (b"", [right, hello()], [right], MISMATCH),
    "a fourth": (b"", [right, right, hello(EVIL)], [right], MISMATCH),
    "a third begun": (b"", [right, record(b"\x01\xff\xff\xff")], [right], MALFORMED),
    "a third within another message": (
        b"",
        [right, record(b"\x0b\x00\x00\x01\x00" + EVIL_MESSAGE)],
        [right],
        MALFORMED,
    ),
    "no hello but another message": (b"", [record(b"\x0b\x00\x00\x01\x00")], [], MALFORMED),
}


def retry_origin(lab):
    """A real origin of TLS 1.3 that takes P-256 alone, so that a client which offers a share of
    X25519 is asked for another hello."""

    def serve(connection, seen):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(f"{lab.certificates}/origin.pem", f"{lab.certificates}/origin.key")
        context.set_ecdh_curve("prime256v1")
        into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(into, out, server_side=True)
        while data := read_some(connection, seen):
            into.write(data)
            try:
                tls.do_handshake()
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLError:
                connection.sendall(out.read())
                return
            connection.sendall(out.read())

    return Origin(lab, serve=serve)


def mute_origin(lab):
    """Asks for another hello and never answers that."""

    def serve(connection, seen):
        if read_some(connection, seen):
            connection.sendall(record(server_hello(HELLO_RETRY_RANDOM)))
            only_listen(connection, seen)

    return Origin(lab, serve=serve)


@pytest.fixture(scope="module")
def trial(lab):
    with Trial(lab, POLICY) as trial, retry_origin(lab) as real, mute_origin(lab) as mute:
        trial.origins = {REAL: real, MUTE: mute}
        for name, origin in trial.origins.items():
            trial.names.set(name, origin.address)
        yield trial


# The real one hears all at once; one that never answers leaves time for pieces.
@pytest.mark.parametrize("front, piece", [(REAL, 1 << 20), (MUTE, 1 << 20), (MUTE, 23)])
@pytest.mark.parametrize("shape", T23)
def test_t23_every_hello_after_a_retry_request_names_the_host(trial, shape, front, piece):
    before, after, passed, reason = T23[shape]
    first, second = hello(front), hello(front)
    after, passed = (
        b"".join(second if part is right else part for part in parts) for parts in (after, passed)
    )
    trial.records.none_is_left()
    seen = len(trial.origins[front].seen)
    with Wire(trial.gate) as wire:
        wire.tunnel(front).send(first + before)
        if after:
            assert HELLO_RETRY_RANDOM in wire.read_record()
            wire.send_in_pieces(after, piece)
        assert wire.rest().endswith(ACCESS_DENIED)
    told = trial.records.next(event="connect", host=front)
    if told["decision"] == "allow":
        told = trial.records.next(event="close", id=told["id"])
    assert told["reason"] == reason
    # Refused in its first flight, the connection was not even accepted.
    received = b"".join(bytes(each.data) for each in trial.origins[front].seen[seen:])
    assert EVIL.encode() not in received
    assert (first + passed).startswith(received)
    trial.untouched()


def test_t23_a_real_second_hello_passes_and_the_tunnel_works(trial):
    """A client of Python whose first share does not fit; nothing of the guard is felt."""
    trial.records.none_is_left()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with Wire(trial.gate) as wire:
        wire.tunnel(REAL)
        with context.wrap_socket(wire.socket, server_hostname=REAL) as tls:
            assert tls.version() == "TLSv1.3"
    assert trial.origins[REAL].seen[-1].data.count(REAL.encode()) == 2, "it said two hellos"
    opened = trial.records.next(event="connect", decision="allow", host=REAL)
    trial.records.next(event="close", id=opened["id"])
