"""Issue 7: TLS is ended where a rule needs the request, and requests are judged one by one."""
from interception import TlsHttpOrigin, TlsHttpWire

TLS_POLICY = """
    rules:
      - {name: read-only, hosts: ["*.example.org"], methods: [GET, HEAD]}
"""


def test_requests_of_one_connection_are_judged_one_by_one(lab, gate, ca):
    with TlsHttpOrigin(lab) as origin, TlsHttpWire(gate, origin, ca) as wire:
        first = wire.ask("/first")
        assert (first.status, first.body) == (200, b"GET /first 0")
        refused = wire.ask("/refused", "DELETE")
        assert (refused.status, refused.reason) == (403, "method_not_allowed")
        assert wire.ask("/third").body == b"GET /third 0"
        assert [each.target for each in origin.requests] == ["/first", "/third"]
        assert origin.hellos == [origin.name] and origin.alpn == ["http/1.1"]
        wire.socket.close()
        records = gate.wait_records(3, host=origin.name)
    told = [(each["event"], each["decision"], each["reason"], each["tls"]) for each in records]
    assert told == [
        ("request", "allow", "allowed", "intercepted"),
        ("request", "block", "method_not_allowed", "intercepted"),
        ("request", "allow", "allowed", "intercepted"),
    ]
