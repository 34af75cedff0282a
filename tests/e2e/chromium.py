"""A headless Chromium that a test leads by its debugging pipe: pages, what stands in them, and
pictures of them, at any size and in either colour scheme."""
import base64
import itertools
import json
import os
import select
import struct
import subprocess
import time
import zlib

from lab import end_with_parent, run, wait_until

FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-pipe",
]


def trust_in_nss(home, ca):
    """Puts a CA into the store that Chromium reads beside its own."""
    store = f"{home}/.pki/nssdb"
    os.makedirs(store)
    for arguments in [["-N", "--empty-password"], ["-A", "-t", "C,,", "-n", "gate", "-i", ca]]:
        run("/usr/bin/certutil", "-d", f"sql:{store}", *arguments)


class Chromium:
    """One browser with one page; a context manager. Without a `proxy` it has that of its
    environment, `variables`; it trusts `ca` too."""

    def __init__(self, lab, proxy=None, ca=None, variables=None):
        home = lab.make_folder("chromium")
        if ca:
            trust_in_nss(home, ca)
        read_end, self._to = os.pipe()
        self._from, write_end = os.pipe()
        # Chromium reads from 3 and writes to 4.
        script = f'exec "$@" 3<&{read_end} 4>&{write_end}'
        with open(f"{home}/log", "wb") as log:
            self._process = subprocess.Popen(
                [
                    "/bin/bash",
                    "-c",
                    script,
                    "bash",
                    "/usr/bin/chromium",
                    *FLAGS,
                    f"--user-data-dir={home}/profile",
                    *([f"--proxy-server={proxy}"] if proxy else []),
                ],
                pass_fds=(read_end, write_end),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=end_with_parent,
                env=lab.client_environment(home, **(variables or {})),
            )
        os.close(read_end)
        os.close(write_end)
        self._numbers, self._unread, self._events = itertools.count(1), b"", []
        self._session = None
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        attached = self.ask("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        self.ask("Page.enable")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait(20)
        os.close(self._to)
        os.close(self._from)

    def ask(self, method, seconds=30, **parameters):
        """The result of one command of the DevTools protocol."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + seconds
        while True:
            told = self._read(end)
            if told.get("id") == number:
                assert "error" not in told, told
                return told["result"]
            self._events.append(told)

    def _read(self, end):
        while b"\0" not in self._unread:
            ready, _, _ = select.select([self._from], [], [], max(0, end - time.monotonic()))
            assert ready, "the browser said nothing"
            data = os.read(self._from, 1 << 20)
            assert data, "the browser ended"
            self._unread += data
        message, _, self._unread = self._unread.partition(b"\0")
        return json.loads(message)

    def open(self, url, seconds=30):
        """Returns when the page is loaded; an error text if it could not be."""
        self._go("about:blank", seconds)  # what still loads is not taken for the page
        return self._go(url, seconds)

    def _go(self, url, seconds):
        error = self.ask("Page.navigate", url=url).get("errorText")
        wanted = "complete/" + ("blank" if url == "about:blank" else "page")
        here = "document.readyState + (location.href == 'about:blank' ? '/blank' : '/page')"
        wait_until(lambda: self.evaluate(here) == wanted, seconds, f"{url} to load")
        self._events.clear()
        return error

    def evaluate(self, script):
        """The value of an expression; of a promise, what it is resolved to."""
        told = self.ask(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    def text(self):
        return self.evaluate("document.body?.innerText ?? ''")  # amid a navigation there is none

    def look_like(self, width, height, is_phone, scheme):
        """From now on: the size in CSS pixels, and `light` or `dark`."""
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=is_phone,
        )
        self.ask(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": scheme}],
        )

    def picture(self, path):
        """Writes a PNG of what is seen, and gives its Picture."""
        data = base64.b64decode(self.ask("Page.captureScreenshot", format="png")["data"])
        with open(path, "wb") as file:
            file.write(data)
        return Picture(data)


class Picture:
    """The pixels of a PNG as Chromium writes them: 8 bits each of red, green and blue, perhaps
    alpha, not interlaced (RFC 2083)."""

    def __init__(self, png):
        self.width, self.height, depth, kind, _, _, interlace = struct.unpack(
            "!IIBBBBB", png[16:29]
        )
        assert (depth, interlace) == (8, 0) and kind in (2, 6), (depth, kind, interlace)
        self._size = 3 if kind == 2 else 4
        packed, at = b"", 8
        while at < len(png):
            (length,) = struct.unpack_from("!I", png, at)
            if png[at + 4 : at + 8] == b"IDAT":
                packed += png[at + 8 : at + 8 + length]
            at += length + 12
        self._rows = self._unfiltered(zlib.decompress(packed))

    def _unfiltered(self, data):
        stride, size = self.width * self._size, self._size
        rows, above = [], bytearray(stride)
        for at in range(0, len(data), stride + 1):
            kind, row = data[at], bytearray(data[at + 1 : at + 1 + stride])
            if kind:
                for x in range(stride):
                    left = row[x - size] if x >= size else 0
                    corner = above[x - size] if x >= size else 0
                    row[x] = (row[x] + _guess(kind, left, above[x], corner)) & 255
            rows.append(row)
            above = row
        return rows

    def pixel(self, x, y):
        """(red, green, blue)."""
        return tuple(self._rows[y][x * self._size : x * self._size + 3])

    def colours(self, step=1):
        """How many pixels there are of each colour, of every `step`th."""
        counted = {}
        for y in range(0, self.height, step):
            for x in range(0, self.width, step):
                colour = self.pixel(x, y)
                counted[colour] = counted.get(colour, 0) + 1
        return counted


def _guess(kind, left, above, corner):
    """What PNG's filters foretell of a byte."""
    if kind == 1:
        return left
    if kind == 2:
        return above
    if kind == 3:
        return (left + above) // 2
    near = left + above - corner
    return min((left, above, corner), key=lambda each: abs(near - each))
