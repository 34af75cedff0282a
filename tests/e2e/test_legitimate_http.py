"""Issue 6: what everyday clients and origins say in plain HTTP passes, line by line as it came.

The shapes stand in tests/data/http/legitimate.txt. After each, the same connection carries a second
request: what was framed in another way than the gate took it would be found there.
"""
import pytest

import http_shapes
from http_stage import PlainHttp, Stage, perform, size_of_small_pieces
from origins import Origin

pytestmark = pytest.mark.legitimate

POLICY = """
    rules:
      - {name: plain, hosts: ["*.example.org"], schemes: [http], ports: ["1-65535"]}
"""
SECTIONS = http_shapes.sections()


@pytest.fixture(scope="module")
def stage():
    return Stage()


@pytest.fixture(scope="module")
def place(lab, gate, stage):
    with Origin(lab, 80, stage.serve) as origin:
        yield PlainHttp(gate, origin)


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


def test_each_shape_is_written_as_it_would_be_sent():
    """Lengths agree with bodies, every title has its mark, and there are at least 80."""
    for section in SECTIONS:
        shape = http_shapes.read_shape(section, "o100.example.org")
        assert shape.how in ("run", "told"), section
        assert shape.flags <= {"tunnel", "waits", "early", "closes"}, section
        status = shape.answers[-1].first_line[9:12]
        for message in [shape.request, shape.answers[-1]]:
            length = message.value("content-length")
            is_bodiless = message is not shape.request and (
                shape.request.first_line.startswith("HEAD ") or status in ("204", "304")
            )
            if length and not is_bodiless:
                assert int(length) == len(message.body), (shape.name, len(message.body))
    assert len(SECTIONS) >= 80
    assert len({http_shapes.name_of(section) for section in SECTIONS}) == len(SECTIONS)
