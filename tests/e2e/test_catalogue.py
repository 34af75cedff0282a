"""The tables of the attacks and of the legitimate shapes hold what they are said to hold: who takes
a row away must see it. No attempt is made here, so nothing here is counted as one."""
import test_attack_addresses as addresses
import test_attack_authorities as authorities
import test_attack_fronting_tls as fronting
import test_attack_origin_certificates as certificates
import test_legitimate_hellos as hellos

LIBRARIES = [
    "OpenSSL 3.0",
    "OpenSSL 3.5",
    "BoringSSL",
    "GnuTLS",
    "NSS",
    "JSSE",
    "Go 1.19",
    "Go 1.23",
    "rustls 0.20",
    "s2n-tls",
    "wolfSSL",
    "mbed TLS",
    "BearSSL",
    "Botan",
    "Erlang",
]


def test_the_addresses_are_as_many_as_threats_asks_for():
    """T28 to T31."""
    assert len(addresses.ODD_LITERALS) >= 32 and len(addresses.SCOPES) >= 6
    edges = {edge for network in addresses.RANGES for edge in addresses.edges(network)}
    assert len(edges) >= 150


def test_the_authorities_are_as_many_as_threats_asks_for():
    """T01 to T05, T11."""
    tables = [authorities.T01, authorities.T02, authorities.T03, authorities.T04, authorities.T05]
    assert [len(table) for table in tables] == [64, 12, 30, 66, 40]
    assert (len(set(authorities.T01)), len(authorities.T11)) == (64, 8)


def test_the_captured_hellos_are_of_many_libraries():
    """Who takes a file away takes a library away."""
    notes = "".join(open(path, encoding="ascii").readline() for path in hellos.FILES)
    for library in LIBRARIES:
        assert library in notes, library


def test_the_ways_of_fronting_and_the_bad_certificates_are_as_many_as_threats_asks_for():
    """T09, T14, T23, T24, T26."""
    assert len(fronting.NAMED) >= 36 and len(fronting.HOSTED) >= 100
    assert len(fronting.SECOND_HELLOS) >= 4 and len(fronting.SESSIONS) >= 4
    assert len(certificates.BAD) >= 40 and len(certificates.GOOD) >= 12
