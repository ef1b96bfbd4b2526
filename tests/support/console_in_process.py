"""The clerk's console in process: its pages without a browser, its workers as threads.

Parties, park system and readers are those of a serving desk; the registry is on disk, and read past
the console by the desk's own means.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from httpx import ASGITransport, AsyncClient, Cookies, Response
from registry_desk import WORD
from serving_desk import ServingDesk

from terminal.config import load_config
from terminal.readers.port import Pcsc
from terminal.web.app import make_app
from terminal.web.chores import Chore, Standing
from terminal.web.console import Console
from terminal.web.crew import Hand, Start
from terminal.web.page import session_cookie
from terminal.web.sessions import WebSession
from terminal.web.worker import run_worker

HOST, PORT = "127.0.0.1", 8765
ADDRESS = f"http://{HOST}:{PORT}"
PATIENCE = 20.0
"""Seconds until what comes is given up."""


class WorkerThread(threading.Thread):
    """Be a worker in this process; nothing can end it but its line."""

    def kill(self) -> None:
        """Leave it alone: once its line is closed it ends what it does, and goes."""


def threads(config_path: str, pcsc: Callable[[], Pcsc]) -> Start:
    """Start workers as threads."""

    def start(connection: Connection) -> Hand:
        thread = WorkerThread(
            target=run_worker, args=(connection, config_path, pcsc), name="worker", daemon=True
        )
        thread.start()
        return thread

    return start


class Browser:
    """Ask a console for pages, with cookies of one's own; redirects are followed.

    ``history`` of an answer holds the redirects before it.
    """

    def __init__(self, console: Console) -> None:
        self.console = console
        # A page that fails shows what a clerk would see, not our traceback.
        transport = ASGITransport(make_app(console, HOST, PORT), raise_app_exceptions=False)
        self._client = AsyncClient(transport=transport, base_url=ADDRESS, follow_redirects=True)
        self._runner = asyncio.Runner()

    @property
    def cookies(self) -> Cookies:
        """Give what it keeps."""
        return self._client.cookies

    @property
    def session(self) -> WebSession:
        """Give the session that the browser's cookie names."""
        found = self.console.sessions.get(self._client.cookies.get(session_cookie(PORT)))
        assert found is not None
        return found

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Response:
        """Ask for a page."""
        return self._runner.run(self._client.get(path, headers=headers))

    def post(
        self, path: str, fields: Mapping[str, Any] | None = None, files: Any = None
    ) -> Response:
        """Send a form of this sign-in from a page of the console."""
        return self.send(path, {"csrf": self.session.csrf, **(fields or {})}, files)

    def send(self, path: str, fields: Mapping[str, Any], files: Any = None) -> Response:
        """Send a form as it is given; a list is a field that comes several times."""
        sent = self._client.post(path, data=fields, files=files, headers={"origin": ADDRESS})
        return self._runner.run(sent)

    def sign_in(self, operator: str = "li", word: str = WORD) -> Response:
        """Sign somebody in at this console; who sat here before is signed out."""
        return self.send("/sign-in", {"operator": operator, "password": word, "next": "/"})

    def close(self) -> None:
        """Close it."""
        self._runner.run(self._client.aclose())
        self._runner.close()


@dataclass
class ConsoleInProcess:
    """Hold a console on a serving desk's registry."""

    desk: ServingDesk
    console: Console
    browsers: list[Browser] = field(default_factory=list)

    def browser(self) -> Browser:
        """Open another browser, nobody signed in."""
        self.browsers.append(Browser(self.console))
        return self.browsers[-1]

    def signed_in(self, operator: str = "li") -> Browser:
        """Open another browser, and sign somebody in."""
        browser = self.browser()
        assert browser.sign_in(operator).status_code == 200
        return browser

    def ended(self, chore: Chore) -> Standing:
        """Wait until a chore that was started has ended, and give what came of it."""
        self.until(lambda: not self.console.chores.get(chore).running)
        return self.console.chores.get(chore)

    def until(self, holds: Callable[[], object]) -> None:
        """Wait until something holds; pages are told of every change, and so are we."""
        hub, changed = self.console.hub, threading.Event()
        tell = hub.tell

        def heard(topic: str) -> None:
            tell(topic)
            changed.set()

        hub.tell = heard  # type: ignore[method-assign]  # every change is told there
        try:
            while not holds():
                assert changed.wait(PATIENCE)
                changed.clear()
        finally:
            hub.tell = tell  # type: ignore[method-assign]  # as it was


@contextmanager
def console_in_process(desk: ServingDesk, **more: Any) -> Iterator[ConsoleInProcess]:
    """Open a console on a stocked desk; it sees the desk's scripted readers."""

    def pcsc() -> Pcsc:
        return desk.pcsc  # type: ignore[no-any-return]  # a scripted one

    path = str(desk.config)
    console = Console(load_config(path), threads(path, pcsc), pcsc=pcsc, **more)
    opened = ConsoleInProcess(desk, console)
    try:
        console.open()
        yield opened
    finally:
        for each in opened.browsers:
            each.close()
        console.close()
