"""Devices that are not what they should be, as the console tells them: what, why, and what now."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from card_bench import READER
from console_in_process import Browser, ConsoleInProcess, console_in_process
from registry import citizen_id
from serving_desk import NAME, ServingDesk

from apdu.zt598_switches import Model
from emulator.on_pty import OnPty
from terminal.devices import escpos_link, sam_a_link, zt598_link
from terminal.devices.zt598_link import Patience
from terminal.web.slots import slot_id

SLOT = slot_id(READER)
SOON = 0.1
PORTS = ("pin_pad", "id_reader", "receipt_printer")


class Stranger:
    """Something else at the port, which answers whatever it is told."""

    def __init__(self, answer: Callable[[bytes], bytes]) -> None:
        self._answer = answer
        self._out: deque[bytes] = deque()
        self.on_output: Callable[[], None] = lambda: None

    def feed(self, data: bytes) -> None:
        self._out.append(self._answer(data))
        self.on_output()

    def take(self) -> bytes:
        return self._out.popleft() if self._out else b""


def at_other_speed(data: bytes) -> bytes:
    """Give what a line makes of bytes at another rate."""
    return bytes(0x80 | (byte ^ 0x5F) >> 2 for byte in data[::2])


STRANGERS: dict[str, Callable[[bytes], bytes]] = {
    "echo": lambda data: data,
    "modem": lambda _: b"OK\r\n",
    "speed": at_other_speed,
    "storm": lambda _: b"U" * 20_000,
    "mute": lambda _: b"",
}


@pytest.fixture
def desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> ServingDesk:
    """Give a desk with a port for each device, whose drivers wait for nothing."""
    made = ServingDesk(tmp_path, monkeypatch, capsys).stocked()
    chip, _ = made.card_of()
    made.lay(chip.card)
    more = "".join(f'\n[{name}]\nport = "{made.folder / name}"\n' for name in PORTS)
    more = more.replace("[pin_pad]", "[pin_pad]\nclear_entry = true")
    made.config.write_text(made.config.read_text() + more)
    monkeypatch.setattr(escpos_link, "ANSWER_SECONDS", SOON)
    monkeypatch.setattr(sam_a_link, "_USUAL_SECONDS", SOON)
    monkeypatch.setattr(sam_a_link, "_QUIET_SECONDS", SOON)
    monkeypatch.setitem(zt598_link.PATIENCE, Model.ZT598, Patience(SOON, 3))
    return made


@pytest.fixture
def inside(desk: ServingDesk) -> Iterator[ConsoleInProcess]:
    with console_in_process(desk) as opened:
        yield opened


@pytest.fixture
def li(inside: ConsoleInProcess) -> Browser:
    """Sign a clerk in, and have the card looked at."""
    signed_in = inside.signed_in()
    inside.until(lambda: (found := inside.console.slots.get(SLOT)) and found.face)
    return signed_in


def pin(inside: ConsoleInProcess, li: Browser) -> str:
    """Have a PIN changed; gives the page behind it."""
    number = citizen_id(1)
    keyed = {"kind": "citizen_id", "number": number, "again": number, "name": NAME}
    key = li.get(f"/serve/S-PIN-CHANGE/{SLOT}").url.path.rpartition("/")[2]
    fields = {"paper": "shown", **{f"holder.{name}": value for name, value in keyed.items()}}
    assert li.post(f"/draft/{key}", fields).status_code == 200
    li.post(f"/draft/{key}/start")
    inside.until(lambda: not inside.console.operations.running())
    return li.get(f"/run/{key}").text


def document(inside: ConsoleInProcess, li: Browser) -> str:
    """Have a document read; gives the page behind it."""
    li.post("/reading")
    inside.until(lambda: (reading := li.session.reading) is None or reading.future.done())
    return li.get("/reading").text


def slip(inside: ConsoleInProcess, li: Browser) -> str:
    """Have a slip printed; gives the page behind it."""
    key = li.get(f"/serve/S-STATUS/{SLOT}").url.path.rpartition("/")[2]
    li.post(f"/draft/{key}")
    li.post(f"/draft/{key}/start")
    inside.until(lambda: not inside.console.operations.running())
    return li.post(f"/run/{key}/print").text


ACTS = {"pin_pad": pin, "id_reader": document, "receipt_printer": slip}


@pytest.mark.parametrize("port", PORTS)
def test_something_else_at_the_port(
    desk: ServingDesk, inside: ConsoleInProcess, li: Browser, port: str
) -> None:
    """Another device, another speed, nobody: told in the clerk's words, and settings are for people
    who know them. One after the other, with no restart between."""
    for name, answer in STRANGERS.items():
        with OnPty(Stranger(answer), desk.folder / port):
            page = ACTS[port](inside, li)
        code = re.search(rf"{port}_(silent|garbled)", page)
        assert code, name
        alert = page[page.index('role="alert"') :]
        assert "原因：" in alert
        assert "技术人员" in alert[alert.index("办法：") : alert.index(code[0])]
        assert "Traceback" not in page
