"""What everyday clients and origins say passes inside TLS that the gate ends as it came: head and
body to the byte. The shapes are those of plain HTTP (tests/data/http/legitimate.txt); but for the
fields that are the hop's own nothing is added, dropped or altered, and no Via."""
import re

import pytest

import http_shapes
from http_stage import PlainHttp, Stage, perform, size_of_small_pieces
from interception import TlsHttpWire, TlsOrigin

pytestmark = pytest.mark.legitimate

TLS_POLICY = """
    rules:
      - {name: read, hosts: ["*.example.org"], urls: ["https://*.example.org/**"]}
"""
SECTIONS = [each.replace(":80", ":443") for each in http_shapes.sections()]


@pytest.fixture(scope="module")
def stage():
    return Stage()


class InTls(PlainHttp):
    """In a tunnel whose TLS the gate ends."""

    has_via = False

    def __init__(self, gate, origin, ca):
        super().__init__(gate, origin)
        self._ca = ca

    def open(self, shape):
        return TlsHttpWire(self.gate, self.origin, self._ca)

    def head_of(self, shape):
        """In origin-form, as a client says it there."""
        head = re.sub(rb"(?i)^(\S+ )http://[^/? ]*", rb"\1", super().head_of(shape))
        return re.sub(rb"^(\S+ )(?=[? ])", rb"\1/", head)

    def sentinel(self, shape):
        return f"GET /the-sentinel HTTP/1.1\r\nHost: {self.origin.name}\r\n\r\n".encode()


@pytest.fixture(scope="module")
def place(lab, gate, stage, ca):
    with TlsOrigin(lab, stage.serve) as origin:
        yield InTls(gate, origin, ca)


@pytest.mark.parametrize(
    "section",
    [
        pytest.param(
            section, id=http_shapes.name_of(section), marks=() if at % 10 else pytest.mark.short
        )
        for at, section in enumerate(SECTIONS)
    ],
)
def test_a_shape_passes(place, stage, section):
    perform(place, stage, http_shapes.read_shape(section, place.origin.name), 1 << 20)


@pytest.mark.parametrize(
    "section", SECTIONS, ids=[http_shapes.name_of(section) for section in SECTIONS]
)
def test_a_shape_in_small_pieces_passes(place, stage, section):
    shape = http_shapes.read_shape(section, place.origin.name)
    perform(place, stage, shape, size_of_small_pieces(shape))
