"""What is found of the things on a desk: each kind produced by the looks that give it."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

import pytest

from terminal import config
from terminal.config import Config
from terminal.devices.id_reader import IdReaderHealth, IdReaderInfo
from terminal.devices.pin_pad import Health, PadInfo
from terminal.devices.receipt_printer import Fault, PaperState, PrinterStatus
from terminal.diagnosis.desk import of_error
from terminal.diagnosis.finding import Finding, Level
from terminal.errors import PinPadMissing
from terminal.journal import Journal
from terminal.registry.vault import make_key_file
from terminal.services.opening import init_registry_of
from terminal.web import asking_devices, examining
from terminal.web.views import Checked


class Pad:
    def __init__(self, health: Health) -> None:
        self._health = health

    def self_test(self) -> Health:
        return self._health

    def info(self) -> PadInfo:
        return PadInfo("ZT598", "1", "2", "2026", "3")

    def close(self) -> None:
        """Give nothing back."""


class Reader:
    def __init__(self, health: IdReaderHealth) -> None:
        self._health = health

    def self_test(self) -> IdReaderHealth:
        return self._health

    def info(self) -> IdReaderInfo:
        return IdReaderInfo(bytes(16))

    def close(self) -> None:
        """Give nothing back."""


def codes(found: Iterable[Checked | Finding]) -> list[str]:
    return [each.code for each in found]


@pytest.fixture
def with_pad(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    def look(health: Health) -> list[str]:
        monkeypatch.setattr(asking_devices, "open_pin_pad", lambda *_: Pad(health))
        return codes(asking_devices.pin_pad(Config(pin_pad=config.PinPad(port="/dev/x"))))

    return look


def test_pads(with_pad: Callable[..., list[str]]) -> None:
    """A pad that is well, weak or was opened: each has its word, the worst alone."""
    assert with_pad(Health(tampered=False)) == ["device_answers"]
    assert with_pad(Health(tampered=False, battery_low=True)) == ["battery_low", "device_answers"]
    assert with_pad(Health(tampered=True)) == ["pin_pad_tampered"]


@pytest.mark.parametrize(
    ("working", "authorised", "code"),
    [
        (True, True, "device_answers"),
        (False, True, "self_test_failed"),
        (True, False, "id_reader_unauthorised"),
    ],
)
def test_id_readers(
    monkeypatch: pytest.MonkeyPatch, working: bool, authorised: bool, code: str
) -> None:
    """A reader that is broken is told from one that may not read: others mend it."""
    health = IdReaderHealth(working, authorised)
    monkeypatch.setattr(asking_devices, "open_id_reader", lambda *_: Reader(health))
    there = Config(id_reader=config.IdReader(port="/dev/x"))
    assert codes(asking_devices.id_reader(there)) == [code]


@pytest.mark.parametrize(
    ("status", "found"),
    [
        (PrinterStatus(), ["device_answers"]),
        (PrinterStatus(paper=PaperState.NEAR_END), ["paper_low", "device_answers"]),
        (PrinterStatus(paper=PaperState.OUT), ["receipt_printer_paper_out"]),
        (PrinterStatus(cover_open=True), ["receipt_printer_cover_open"]),
        (PrinterStatus(faults=(Fault.JAM,)), ["receipt_printer_faulty"]),
        (PrinterStatus(offline=True), ["receipt_printer_offline"]),
    ],
)
def test_printers(status: PrinterStatus, found: list[str]) -> None:
    """What people have to put right at a printer is said as when it refuses to print."""
    assert codes(asking_devices.printer_findings(status, 48)) == found


@pytest.mark.parametrize("name", asking_devices.DEVICES)
def test_devices_in_use_or_left_out(name: str) -> None:
    """A desk without a device is well; one that is in use is not asked in between."""
    part, look = asking_devices.DEVICES[name]
    assert codes(look(Config())) == ["not_configured"]
    assert codes(examining._device(part, True, look, Config())) == ["in_use"]


def test_keys_in_a_sam() -> None:
    """A SAM card is one of the things on a desk, where the configuration has its keys there."""
    with_sam = Config(keys=config.Keys(service="sam"))
    assert codes(examining._sam(with_sam, [None])) == ["keys_ready"]
    missing = PinPadMissing(port="x", detail="y")
    assert codes(examining._sam(with_sam, [missing])) == ["pin_pad_missing"]
    assert codes(examining._sam(Config(), [])) == ["not_configured"]


def test_an_error_keeps_its_words() -> None:
    """One catalogue: whoever looks a code up finds what the page said."""
    error = PinPadMissing(port="/dev/x", detail="none")
    found = of_error(error)
    assert (found.code, found.level) == ("pin_pad_missing", Level.FAIL)
    assert error.message("zh") in found.what.zh
    assert found.remedy is not None
    assert found.remedy.en == error.advice("en")


def test_a_desk_without_books(tmp_path: Path) -> None:
    """A registry that is not there is told in the catalogue's words, and spoils nothing else."""
    make_key_file(tmp_path / "key")
    registry = config.Registry(
        file=str(tmp_path / "none.db"),
        key_file=str(tmp_path / "key"),
        anchor_file=str(tmp_path / "anchors"),
    )
    journal = config.Journal(file=str(tmp_path / "journal.db"))
    found = codes(examining._books(Config(registry=registry, journal=journal)))
    assert found == ["registry_missing", "registry_missing", "journal_clear"]


def test_books_that_are_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Registry and audit are told as well once they are, with how far the chain goes."""
    registry = config.Registry(
        file=str(tmp_path / "registry.db"),
        key_file=str(tmp_path / "key"),
        anchor_file=str(tmp_path / "anchors"),
    )
    journal = config.Journal(file=str(tmp_path / "journal.db"))
    made = Config(outlet=config.Outlet(id="A01"), registry=registry, journal=journal)
    init_registry_of(made)
    monkeypatch.setattr(Journal, "unfinished", lambda _: (1, 2))
    found = list(examining._books(made))
    assert codes(found) == ["registry_works", "audit_whole", "journal_open"]
    assert "A01-1" in found[1].said.zh
    assert found[2].minor


def test_a_line_that_answers() -> None:
    """Who listens answers: nothing is asked of them."""
    with closing(socket.create_server(("127.0.0.1", 0))) as there:
        park = config.Park(url=f"http://127.0.0.1:{there.getsockname()[1]}/")
        found = codes(examining._lines(Config(park=park)))
    assert found == [*["not_configured"] * 6, "line_answers"]
