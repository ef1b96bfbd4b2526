"""A clerk at a browser: real headless Chromium on the console of a city, keys at the PIN pad.

Everything else is real too: the console is a process, cards lie on the private daemon.
"""

from __future__ import annotations

import contextlib
import itertools
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from city import City
from desk import GUITAI, valid
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect, sync_playwright
from registry import citizen_id
from registry_desk import WORD
from serving_desk import NAME

from emulator.card import Removed
from emulator.id_reader import SoftwareIdReader
from emulator.on_pty import OnPty
from emulator.pin_pad import SoftwarePinPad
from emulator.pin_pad_entry import parse_keys
from emulator.receipt_printer import SoftwareReceiptPrinter
from emulator.vpcd import VirtualSlot

CHROMIUM = "/usr/bin/chromium"
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PATIENCE = 20_000.0
"""Milliseconds until an expectation is given up; what comes is not waited for."""
expect.set_options(timeout=PATIENCE)
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
    id_reader: SoftwareIdReader
    printer: SoftwareReceiptPrinter
    process: subprocess.Popen[str]
    typed: list[str] = field(default_factory=list)
    hold_entry: bool = False
    """Whether the holder stops before ENTER."""
    plugs: dict[str, OnPty] = field(default_factory=dict)
    """Each device's plug, by the name of its port."""
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

    def complaints(self) -> list[str]:
        """Look at the page with axe-core, by the rules of WCAG 2.2 A and AA."""
        found = Axe().run(self.page, options={"runOnly": _RULES}).response["violations"]
        return [
            f"{self.page.url} {each['id']}: {node['html'][:160]}"
            for each in found
            for node in each["nodes"]
        ]

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
def console(city: City, seat: str, devices: str = "", port: int = 0) -> Iterator[tuple[str, Any]]:
    """Run a seat's console as a process; gives its address. ``devices`` are its tables."""
    config = city.folder / f"{seat}-console.toml"
    text = (city.folder / f"{seat}.toml").read_text("utf-8")
    config.write_text(f"{text}\n{devices}", "utf-8")
    command = [*GUITAI, "--config", str(config), "counter", "--port", str(port), "--json"]
    with subprocess.Popen(
        command, env=city.desk.environment, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield valid(process.stdout.readline())["address"], process
        finally:
            process.terminate()


def devices_on(folder: Path) -> str:
    """Name the devices on the desk."""
    return f"""
[pin_pad]
port = "{folder}/pad"
clear_entry = true
[id_reader]
port = "{folder}/id-reader"
[receipt_printer]
port = "{folder}/printer"
"""


@contextmanager
def clerk(browser: Browser, city: City, seat: str = "clerk", **context: Any) -> Iterator[Clerk]:
    """Sit a clerk down at a console with a PIN pad."""
    pins: list[str] = []

    def entries() -> Iterator[bytes]:
        for _ in itertools.count():
            enter = "" if sitting.hold_entry else " ENTER"
            yield parse_keys(f"{pins.pop(0)}{enter}" if pins else "")

    pad, id_reader = SoftwarePinPad(script=entries()), SoftwareIdReader()
    printer = SoftwareReceiptPrinter()
    with ExitStack() as opened:
        plugs = {
            name: opened.enter_context(OnPty(device, city.folder / name))
            for name, device in (("pad", pad), ("id-reader", id_reader), ("printer", printer))
        }
        address, process = opened.enter_context(console(city, seat, devices_on(city.folder)))
        made = opened.enter_context(
            contextlib.closing(browser.new_context(locale="zh-CN", **context))
        )
        page = made.new_page()
        page.set_default_timeout(PATIENCE)
        sitting = Clerk(
            city, address, made, page, pad, id_reader, printer, process, pins, plugs=plugs
        )

        def heard(request: Request) -> None:
            sitting.asked.append(request.url)

        page.on("request", heard)
        page.on("console", lambda said: sitting.complained.append(said.text))
        page.on("pageerror", lambda error: sitting.complained.append(str(error)))
        yield sitting


class HeldCard:
    """A card that waits at a command until it is let go, or leaves behind it.

    ``at`` is the INS of the command; ``held`` is set once it came.
    """

    def __init__(self, card: Any, at: int, *, leaves: bool = False) -> None:
        self.card = card
        self.memory = card.memory
        self.held = threading.Event()
        self.go = threading.Event()
        self._at = at
        self._leaves = leaves

    @property
    def atr(self) -> bytes:
        return bytes(self.card.atr)

    def power_on(self) -> None:
        self.card.power_on()

    def power_off(self) -> None:
        self.card.power_off()

    def reset(self) -> None:
        self.card.reset()

    def transmit(self, command: bytes) -> bytes:
        if command[1] != self._at or self.held.is_set():
            return bytes(self.card.transmit(command))
        self.held.set()
        if self._leaves:
            self.card.transmit(command)
            raise Removed
        assert self.go.wait(PATIENCE / 1000)
        return bytes(self.card.transmit(command))


@contextmanager
def laid(city: City, card: Any, slot: int = 0) -> Iterator[None]:
    """Have a card of this process lie in a reader of the daemon."""
    daemon = city.desk.daemon
    assert daemon is not None
    seen = threading.Event()
    held = VirtualSlot(card, lambda: daemon.connect(slot), inserted=seen.set)
    held.start()
    try:
        assert seen.wait(PATIENCE / 1000)
        yield
    finally:
        held.stop()
