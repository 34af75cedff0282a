"""The tables of tests/data/http inside TLS that the gate ends: THREATS.md rows T09, T39 to T43.
Whatever is refused in plain HTTP is refused there, however it is cut; what reaches the origin
reaches it by the same framing."""
import pytest

from http_attacks import read_attacks
from http_trials import check, check_records, make_all, note_what_reached
from http_wire import At
from interception import TlsHttpOrigin, client_context, say_tls

pytestmark = [pytest.mark.attack]

TLS_POLICY = """
    limits: {connections_per_client: 4096}
    timeouts: {header: 30s, drain: 1s}
    rules:
      - {name: read, hosts: ["*.example.org"], urls: ["https://*.example.org/**"]}
"""
ATTACKS = [
    each
    for each in read_attacks("framing_attacks", "head_attacks", "chunk_attacks")
    if "tunnel" in each.places
]
SHORT = 9  # of so many one is in the short run


@pytest.fixture(scope="module")
def origin(lab):
    with TlsHttpOrigin(lab) as origin:
        yield origin


@pytest.fixture(scope="module")
def told(request, gate, origin, ca):
    """The attempts of all cases of this run, made side by side."""
    chosen = [
        item.callspec.params["attack"]
        for item in request.session.items
        if item.module is request.module and "attack" in getattr(item, "fixturenames", ())
    ]
    full, context = request.config.getoption("--full"), client_context(ca)

    async def write(attempt, source):
        return await say_tls(gate, origin.name, context, attempt.pieces, source=source)

    made = make_all(chosen, At(origin.name), full, write, lambda _: ["tls"])
    note_what_reached(origin)
    return made


@pytest.mark.parametrize(
    "attack",
    [
        pytest.param(each, marks=[pytest.mark.short] if number % SHORT == 0 else [], id=str(each))
        for number, each in enumerate(ATTACKS)
    ],
)
def test_a_request_has_one_reading_however_it_is_cut(attack, told, origin):
    check(attack, told[str(attack)], origin)


@pytest.mark.short
def test_all_that_the_origin_read_was_asked_for_and_each_attempt_has_its_record(told, gate, origin):
    """Behind all others of this table."""
    check_records(told, ATTACKS, origin, gate)
