"""A clerk at a browser: real headless Chromium on the console of a city, keys at the PIN pad.

Everything else is real too: the console is a process, cards lie on the private daemon.
"""

from __future__ import annotations

import contextlib
import itertools
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from city import City
from desk import GUITAI, valid
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright
from registry import citizen_id
from registry_desk import WORD
from serving_desk import NAME

from emulator.on_pty import OnPty
from emulator.pin_pad import SoftwarePinPad
from emulator.pin_pad_entry import parse_keys

CHROMIUM = "/usr/bin/chromium"
PATIENCE = 20_000.0
"""Milliseconds until an expectation is given up; what comes is not waited for."""
_SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Clerk:
    """Hold a browser at the console; ``asked`` are the addresses that its pages asked for."""

    city: City
    address: str
    context: BrowserContext
    page: Page
    pad: SoftwarePinPad
    process: subprocess.Popen[str]
    typed: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    complained: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        """Open a page."""
        self.page.goto(self.address.rstrip("/") + path)

    def sign_in(self, operator: str = "li") -> None:
        """Sign in."""
        self.go("/sign-in")
        self.page.get_by_label("工号").fill(operator)
        self.page.get_by_label("密码", exact=True).fill(WORD)
        self.page.get_by_role("button", name="签到").click()

    def document(self, sequence: int = 1, name: str = NAME) -> None:
        """Key in somebody's identity card, the number twice."""
        number = citizen_id(sequence)
        self.page.get_by_label("证件号码", exact=True).first.fill(number)
        self.page.get_by_label("再输入一次号码").first.fill(number)
        self.page.get_by_label("姓名", exact=True).first.fill(name)

    def press(self, name: str) -> None:
        """Press a button, or follow a link, by what is written on it."""
        self.page.get_by_role("button", name=name).or_(
            self.page.get_by_role("link", name=name)
        ).first.click()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start a browser of one's own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_SWITCHES)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def console(city: City, seat: str, pad: Path | None = None) -> Iterator[tuple[str, Any]]:
    """Run a seat's console as a process; gives its address."""
    config = city.folder / f"{seat}-console.toml"
    text = (city.folder / f"{seat}.toml").read_text("utf-8")
    if pad is not None:
        text += f'\n[pin_pad]\nport = "{pad}"\nclear_entry = true\n'
    config.write_text(text, "utf-8")
    command = [*GUITAI, "--config", str(config), "counter", "--port", "0", "--json"]
    with subprocess.Popen(
        command, env=city.desk.environment, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield valid(process.stdout.readline())["address"], process
        finally:
            process.terminate()


@contextmanager
def clerk(browser: Browser, city: City, seat: str = "clerk", **context: Any) -> Iterator[Clerk]:
    """Sit a clerk down at a console with a PIN pad."""
    pins: list[str] = []

    def entries() -> Iterator[bytes]:
        for _ in itertools.count():
            yield parse_keys(f"{pins.pop(0)} ENTER" if pins else "")

    pad = SoftwarePinPad(script=entries())
    with ExitStack() as opened:
        opened.enter_context(OnPty(pad, city.folder / "pad"))
        address, process = opened.enter_context(console(city, seat, city.folder / "pad"))
        made = opened.enter_context(
            contextlib.closing(browser.new_context(locale="zh-CN", **context))
        )
        page = made.new_page()
        page.set_default_timeout(PATIENCE)
        sitting = Clerk(city, address, made, page, pad, process, pins)

        def heard(request: Request) -> None:
            sitting.asked.append(request.url)

        page.on("request", heard)
        page.on("console", lambda said: sitting.complained.append(said.text))
        page.on("pageerror", lambda error: sitting.complained.append(str(error)))
        yield sitting
