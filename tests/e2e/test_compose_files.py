"""The image's and the Compose lab's files (deploy/Dockerfile, deploy/compose), as far as they can
be held against each other, the lab's programs and the packet rules without a container engine."""
import ipaddress
import os
import re

import pytest
import yaml

from gate import TOP

FOLDER = f"{TOP}/deploy/compose"


def read(path):
    with open(f"{TOP}/deploy/{path}", encoding="utf-8") as file:
        return file.read()


COMPOSE = yaml.safe_load(read("compose/compose.yaml"))
POLICY = yaml.safe_load(read("lab/policy.yaml"))
SERVICES, NETWORKS = COMPOSE["services"], COMPOSE["networks"]
PROFILES = {"gateway": "", "sidecar": "-sidecar"}
# Root, once and without a network of its own or with nothing but this right in it.
ROOT = {"prepare": ["CHOWN"], "rules": ["NET_ADMIN"], "rules-sidecar": ["NET_ADMIN"]}
GATE_UID = re.search(r"gate_uid = (\d+)", read("sidecar/packet-rules.nft"))[1]
COPY = re.compile(r"^COPY (?!--from)(.*) \S+$", re.MULTILINE)


def address(service, network):
    return SERVICES[service]["networks"][network]["ipv4_address"]


def subnet(network):
    return NETWORKS[network]["ipam"]["config"][0]["subnet"]


def user(service):
    return SERVICES[service]["user"].partition(":")[0]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_no_rights(name):
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service.get("cap_add", []) == ROOT.get(name, [])
    assert (user(name) == "0") == (name in ROOT)
    assert not {"privileged", "devices", "pid", "ipc", "restart"} & service.keys()


@pytest.mark.parametrize("name", [name for name in SERVICES if "workstation" not in name])
def test_only_the_workstation_and_grafana_write_outside_volumes(name):
    assert SERVICES[name].get("read_only", False) == (name != "grafana")


def test_no_network_leads_out_but_that_of_prometheus_and_grafana():
    assert [name for name, network in NETWORKS.items() if not network.get("internal")] == ["desk"]
    on_desk = {name for name in SERVICES if "desk" in SERVICES[name].get("networks", ())}
    assert on_desk == {"prometheus", "grafana"}
    published = [port for service in SERVICES.values() for port in service.get("ports", ())]
    assert len(published) == 2 and all(port.startswith("127.0.0.1:") for port in published)


@pytest.mark.parametrize("profile, suffix", PROFILES.items())
def test_rules_are_set_before_the_workstation_starts(profile, suffix):
    done = {"condition": "service_completed_successfully"}
    pause, rules = SERVICES[f"pause{suffix}"], SERVICES[f"rules{suffix}"]
    workstation = SERVICES[f"workstation{suffix}"]
    assert pause["profiles"] == rules["profiles"] == workstation["profiles"] == [profile]
    assert rules["network_mode"] == workstation["network_mode"] == f"service:pause{suffix}"
    assert workstation["depends_on"][f"rules{suffix}"] == done
    assert "packet-rules.nft" in str(rules["command"])
    assert workstation["volumes"] == ["environment:/lab/environment:ro"]
    assert user(f"workstation{suffix}") not in (GATE_UID, "0")
    assert user(f"pause{suffix}") != GATE_UID


def test_the_sidecar_shares_the_namespace_whose_rules_are_set():
    gate = SERVICES["gate-sidecar"]
    assert gate["network_mode"] == "service:pause-sidecar"
    done = {"condition": "service_completed_successfully"}
    assert gate["depends_on"]["rules-sidecar"] == done
    assert SERVICES["pause-sidecar"]["extra_hosts"] == ["gate:127.0.0.1"]
    assert "inside" not in SERVICES["pause-sidecar"]["networks"]


def test_the_gate_as_a_gateway_is_the_only_neighbour():
    gate = address("gate", "inside")
    assert SERVICES["pause"]["extra_hosts"] == [f"gate:{gate}"]
    assert f"ip daddr {gate} tcp dport 3128 accept" in str(SERVICES["rules"]["command"])
    assert set(SERVICES["pause"]["networks"]) == {"inside", "credentials"}


def test_the_gates_user_is_the_same_everywhere():
    assert f"USER {GATE_UID}:{GATE_UID}\n" in read("Dockerfile")
    assert f"GATE_UID={GATE_UID}\n" in read("lab/lab.sh")
    assert {user(name) for name in SERVICES if "gate" in name} == {GATE_UID}


def test_addresses_are_those_of_the_policy():
    metrics = POLICY["metrics"]["address"]
    assert yaml.safe_load(read("compose/gates.yml")) == [{"targets": [metrics]}]
    for holder in ("gate", "pause-sidecar"):
        assert f"{address(holder, 'watch')}:9180" == metrics
    for gate in ("gate", "gate-sidecar"):
        assert SERVICES[gate]["healthcheck"]["test"][-1] == metrics
    assert POLICY["resolver"]["servers"] == [address("names", "outside")]
    assert POLICY["destinations"]["allow_networks"] == [subnet("outside")]
    assert POLICY["clients"][0]["networks"] == [subnet("inside"), "127.0.0.0/8"]


def test_addresses_are_those_of_the_names():
    names = read("lab/names.conf")
    assert f"listen-address={address('names', 'outside')}\n" in names
    assert f"address=/amazonaws.com/{address('aws-stub', 'outside')}\n" in names
    assert f"host-record=mirror.acme.example,{address('mirror', 'outside')}\n" in names
    assert f"server=/evil.example/{address('attacker', 'outside')}\n" in names
    assert address("aws-stub", "credentials") in read("sidecar/packet-rules.nft")


def test_no_two_services_of_a_profile_have_one_address():
    for profile in PROFILES:
        here = [s for s in SERVICES.values() if s.get("profiles", [profile]) == [profile]]
        held = [
            (network, place["ipv4_address"])
            for service in here
            if isinstance(service.get("networks"), dict)
            for network, place in service["networks"].items()
            if place
        ]
        assert len(held) == len(set(held))
        for network, place in held:
            assert ipaddress.ip_address(place) in ipaddress.ip_network(subnet(network))


def test_what_is_mounted_and_copied_exists():
    for service in SERVICES.values():
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            is_file = source.startswith(".")
            assert os.path.exists(f"{FOLDER}/{source}") if is_file else source in COMPOSE["volumes"]
    let_in = re.findall(r"^!(\S+)", open(f"{TOP}/.dockerignore", encoding="utf-8").read(), re.M)
    for dockerfile in ("Dockerfile", "compose/lab.Dockerfile"):
        for sources in COPY.findall(read(dockerfile)):
            for source in sources.split():
                assert os.path.exists(f"{TOP}/{source}"), source
                assert source.startswith(tuple(let_in)), source
