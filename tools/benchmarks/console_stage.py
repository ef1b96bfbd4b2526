"""A clerk signed in at a real console, without a browser: what the console's benchmarks stand on.

``guitai counter`` is a process, cards lie on a private daemon in processes of their own, the other
parties are programs on their lines. It lies on a disk, for every service waits for it.
"""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from benchmarks.journal_cost import on_a_disk
from benchmarks.measure import Unavailable
from benchmarks.stage import program
from emulator.daemon import DaemonUnavailable

sys.path.append(str(Path(__file__).resolve().parents[2] / "tests/support"))

# found by the line above
from city import City, open_city
from registry_desk import WORD

_CSRF = re.compile('name="csrf" value="([^"]+)"')
_SLOT = re.compile('data-slot="([0-9a-f]+)"')
_LOOKED = "现在可以办理"
_RUNNING = "data-running"
_DONE = "已办理"


class Wrong(Exception):
    """Say what the console answered instead."""


@dataclass
class Clerk:
    """Ask one console for pages, as a browser does, and hear its topics."""

    address: str
    cookie: str = ""
    csrf: str = ""
    slot: str = ""
    _topics: http.client.HTTPResponse | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self.host = urlsplit(self.address).netloc
        self._line = http.client.HTTPConnection(self.host)

    def sign_in(self, operator: str = "li") -> None:
        """Sign in, and listen from then on."""
        self._ask("POST", "/sign-in", {"operator": operator, "password": WORD, "next": "/"})
        line = http.client.HTTPConnection(self.host)
        line.request("GET", "/events", headers={"cookie": self.cookie})
        self._topics = line.getresponse()
        assert self._topics.readline().startswith(b"retry")  # from here on nothing is missed
        page = self.get("/")
        self.csrf = _found(_CSRF, page)
        self.slot = _found(_SLOT, page)

    def get(self, path: str) -> str:
        """Ask for a page; raises Wrong."""
        status, text, _ = self._ask("GET", path)
        if status != 200:
            raise Wrong(f"{path}: {status}")
        return text

    def follow(self, method: str, path: str, fields: Mapping[str, str] | None = None) -> str:
        """Do something that leads to another page; gives its path, raises Wrong."""
        sent = None if method == "GET" else {"csrf": self.csrf, **(fields or {})}
        status, text, place = self._ask(method, path, sent)
        if status != 303:
            raise Wrong(f"{path}: {status} {text}")
        return place

    def hear(self, topic: str) -> None:
        """Wait until a topic is told."""
        assert self._topics is not None
        while self._topics.readline().strip() != f"data: {topic}".encode():
            if self._topics.isclosed():
                raise Wrong("the console is gone")

    def see(self, path: str, topic: str, wanted: str) -> str:
        """Ask for a part each time its topic is told, until it has what is wanted in it."""
        while wanted not in (page := self.get(path)):
            self.hear(topic)
        return page

    def see_holder(self) -> str:
        """Wait until the page shows whose card lies there."""
        return self.see("/part/cards", "cards", _LOOKED)

    def load(self, yuan: str = "1") -> float:
        """Load the card's purse; gives the seconds from the last word until the page says so."""
        key = self.follow("GET", f"/serve/S-TRANSIT-LOAD/{self.slot}").rpartition("/")[2]
        confirm = self.follow("POST", f"/draft/{key}", {"wish.fen": yuan})
        self.get(confirm)
        began = time.perf_counter()
        self.follow("POST", f"/draft/{key}/start")
        while _RUNNING in (page := self.get(f"/part/run/{key}")):
            self.hear(f"run:{key}")
        took = time.perf_counter() - began
        if _DONE not in page:
            raise Wrong(page)
        return took

    def _ask(
        self, method: str, path: str, fields: Mapping[str, str] | None = None
    ) -> tuple[int, str, str]:
        headers = {"cookie": self.cookie, "origin": self.address.rstrip("/"), "connection": "close"}
        if fields is not None:
            headers["content-type"] = "application/x-www-form-urlencoded"
        self._line.request(method, path, None if fields is None else urlencode(fields), headers)
        answer = self._line.getresponse()
        text = answer.read().decode()
        given = answer.getheader("set-cookie")
        if given:
            self.cookie = given.partition(";")[0]
        return answer.status, text, answer.getheader("location", "")


@dataclass(frozen=True, slots=True)
class Console:
    """Hold a console with its clerk; ``pid`` is the process that answers pages."""

    city: City
    clerk: Clerk
    pid: int
    measured_on: str


@contextmanager
def open_console() -> Iterator[Console]:
    """Start a counter's console and sign a clerk in; raises Unavailable."""
    with ExitStack() as opened:
        folder, where = opened.enter_context(on_a_disk())
        try:
            city = opened.enter_context(open_city(folder))
        except DaemonUnavailable as refused:
            raise Unavailable(refused.reason) from refused
        command = [program("guitai"), "--config", str(folder / "clerk.toml")]
        process = opened.enter_context(
            subprocess.Popen(
                [*command, "counter", "--port", "0", "--json"],
                env=city.desk.environment,
                stdout=subprocess.PIPE,
                text=True,
            )
        )
        opened.callback(process.terminate)
        assert process.stdout is not None
        clerk = Clerk(json.loads(process.stdout.readline())["address"])
        clerk.sign_in()
        yield Console(city, clerk, process.pid, where)


@contextmanager
def card_laid(console: Console) -> Iterator[None]:
    """Lay the holder's card, a process of its own, until the page shows whose it is."""
    image = str(console.city.folder / "old.json")
    with console.city.desk.emulating("--image", image, "--json"):
        console.clerk.see_holder()
        yield


def _found(what: re.Pattern[str], page: str) -> str:
    found = what.search(page)
    if found is None:
        raise Wrong(f"no {what.pattern} in {page}")
    return found[1]
