"""The decoy of the attacks can be reached and counts what reaches it: else its silence would prove
nothing."""
import pytest

from decoy import DECOY_V4, DECOY_V6, Trial
from hello import hello
from lab import wait_until
from wire import Wire

HOSTS = {"four.evil.example": DECOY_V4, "six.evil.example": DECOY_V6}


@pytest.mark.short
def test_whoever_is_let_through_is_seen_at_the_decoy(lab):
    policy = 'rules: [{name: open, hosts: ["*.evil.example"], ports: [443, 80, 22]}]'
    with Trial(lab, policy) as trial:
        for name, address in HOSTS.items():
            trial.names.set(name, address)
        for number, (name, port) in enumerate((n, p) for n in HOSTS for p in (443, 80, 22)):
            with Wire(trial.gate) as wire:
                wire.tunnel(name, port).send(hello(name))
                sent = lambda: trial.decoy.received.count(name.encode()) == number % 3 + 1
                wait_until(sent, what=f"bytes at {name}:{port}")
            assert trial.decoy.connections == number + 1
            opened = trial.records.next(event="connect", decision="allow", host=name)
            trial.records.next(event="close", id=opened["id"])
        with pytest.raises(AssertionError):
            trial.untouched()
