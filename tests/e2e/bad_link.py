"""A bad network of packets, where the kernel has no netem: a tun device whose other end is this
process, which delays, drops, doubles, reorders and paces real IPv4 packets.

Both ends of a connection stand in the lab's namespace. Who connects to FAR gets to NEAR: packets
for FAR leave by the device, and come back as packets of a stranger to NEAR; answers likewise.
"""
import fcntl
import heapq
import os
import select
import struct
import threading
import time
from dataclasses import dataclass

from lab import run

NEAR, STRANGER, FAR = "10.99.0.1", "10.99.0.2", "52.95.240.1"
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 1, 0x1000


@dataclass
class Weather:
    """What befalls packets; `every` counts packets, 0 is never."""

    delay: float = 0.0  # seconds each way
    drop_every: int = 0
    double_every: int = 0
    reorder_every: int = 0  # this one waits 30 ms more
    rate: int = 0  # bytes a second each way
    mtu: int = 1500


def _packed(address):
    return bytes(map(int, address.split(".")))


def _fold(total):
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def _renamed(packet):
    """The packet with its addresses exchanged for those of the other side, checksums mended."""
    if packet[0] >> 4 != 4 or packet[9] != 6:
        return None
    source, target = (STRANGER, NEAR) if packet[16:20] == _packed(FAR) else (FAR, NEAR)
    old, new = packet[12:20], _packed(source) + _packed(target)
    change = sum(struct.unpack("!4H", new)) + sum(
        0xFFFF - word for word in struct.unpack("!4H", old)
    )
    out = bytearray(packet)
    out[12:20] = new
    for at in (10, (packet[0] & 15) * 4 + 16):  # the header's checksum, and TCP's
        (checksum,) = struct.unpack_from("!H", packet, at)
        struct.pack_into("!H", out, at, 0xFFFF - _fold((0xFFFF - checksum) + change))
    return bytes(out)


class BadLink:
    """A context manager; the weather may change, and counts in `dropped` since then."""

    def __init__(self):
        self.weather, self.dropped = Weather(), 0
        self._device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(self._device, TUNSETIFF, struct.pack("16sH", b"bad0", IFF_TUN | IFF_NO_PI))
        run("ip", "address", "add", f"{NEAR}/30", "dev", "bad0")
        run("ip", "link", "set", "bad0", "up")
        run("ip", "route", "add", f"{FAR}/32", "dev", "bad0")
        self._waiting, self._number, self._is_over = [], 0, False
        self._free_at = {}
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def change(self, weather):
        run("ip", "link", "set", "bad0", "mtu", str(weather.mtu))
        self.weather, self.dropped = weather, 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._is_over = True
        self._thread.join()
        os.close(self._device)  # the device and its routes go with it

    def _serve(self):
        while not self._is_over:
            now = time.monotonic()
            while self._waiting and self._waiting[0][0] <= now:
                os.write(self._device, heapq.heappop(self._waiting)[2])
            pause = min(0.1, self._waiting[0][0] - now) if self._waiting else 0.1
            if select.select([self._device], [], [], max(0, pause))[0]:
                self._take(os.read(self._device, 1 << 16))

    def _take(self, packet):
        renamed, weather = _renamed(packet), self.weather
        if renamed is None:
            return
        self._number += 1
        if weather.drop_every and self._number % weather.drop_every == 0:
            self.dropped += 1
            return
        leaves = time.monotonic()
        if weather.rate:
            direction = packet[16:20]
            leaves = max(leaves, self._free_at.get(direction, 0)) + len(packet) / weather.rate
            self._free_at[direction] = leaves
        late = bool(weather.reorder_every) and self._number % weather.reorder_every == 0
        arrives = leaves + weather.delay + (0.03 if late else 0)
        heapq.heappush(self._waiting, (arrives, self._number, renamed))
        if weather.double_every and self._number % weather.double_every == 0:
            heapq.heappush(self._waiting, (arrives + 0.002, self._number, renamed))
