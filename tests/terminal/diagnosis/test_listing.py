"""What PC/SC lists: each reader's state, and how many."""

from collections.abc import Callable

import pytest

from emulator.card import SoftwareCard
from emulator.pcsc import EXCLUSIVE, SHARED, ScriptedPcsc
from terminal.diagnosis.finding import Finding, Level
from terminal.readers.port import PcscFailure

Found = Callable[..., dict[str, Finding]]
READER = "ACS ACR39U ICC Reader 00 00"


class MuteCard:
    """A card that was put in the wrong way round."""

    atr = b""

    def power_on(self) -> None:
        """Nothing comes of it."""

    power_off = reset = power_on

    def transmit(self, command: bytes) -> bytes:
        raise AssertionError("a mute card was sent a command")


def test_empty_and_with_card(
    found: Found, pcsc: ScriptedPcsc, virtual_card: Callable[..., SoftwareCard]
) -> None:
    """A reader that works is named with what is in it, so that one sees which one is meant."""
    assert READER in found()["reader_empty"].what.zh
    card = virtual_card()
    pcsc.insert(READER, card)
    all_found = found()
    assert "reader_empty" not in all_found
    assert card.atr.hex().upper() in all_found["reader_card"].what.zh
    assert all_found["reader_card"].code == "reader_card"


def test_none(found: Found, pcsc: ScriptedPcsc) -> None:
    """The service runs and there is no reader: a cable, not a daemon."""
    pcsc.remove_reader(READER)
    assert "no_reader" in found()


def test_mute(found: Found, pcsc: ScriptedPcsc) -> None:
    """A card that does not answer looks to clerks like a reader that does not work."""
    pcsc.insert(READER, MuteCard())
    all_found = found()
    assert "card_mute" in all_found
    assert "reader_card" not in all_found


def test_broken(found: Found, pcsc: ScriptedPcsc) -> None:
    """A reader that is listed and does not work must not be called empty."""
    pcsc.break_reader(READER)
    all_found = found()
    assert "reader_broken" in all_found
    assert "reader_empty" not in all_found


@pytest.mark.parametrize(
    ("share", "code", "level"),
    [(EXCLUSIVE, "reader_exclusive", Level.WARN), (SHARED, "reader_shared", Level.NOTE)],
)
def test_in_use(
    found: Found,
    pcsc: ScriptedPcsc,
    virtual_card: Callable[..., SoftwareCard],
    run: Callable[..., None],
    share: int,
    code: str,
    level: Level,
) -> None:
    """A held reader says who may hold it, and only one that is held alone is a warning."""
    run("bank-plugin", "7f00 r-xp /usr/lib/x86_64-linux-gnu/libpcsclite.so.1.0.0")
    pcsc.insert(READER, virtual_card())
    pcsc.establish().connect(READER, share)
    finding = found()[code]
    assert finding.level is level
    assert "bank-plugin (pid " in finding.what.zh


@pytest.mark.parametrize(("count", "full"), [(15, False), (16, True), (17, False)])
def test_full(found: Found, count: int, full: bool) -> None:
    """The daemon drops the seventeenth reader in silence; one that shows 17 has no such limit."""
    names = [f"Reader {number:02X} 00" for number in range(count)]
    pcsc = ScriptedPcsc(*names, failure=PcscFailure)
    assert ("readers_full" in found(pcsc=pcsc)) is full


def test_unplugged_while_looking(found: Found, pcsc: ScriptedPcsc) -> None:
    """A reader that goes between list and look is no failure of the service."""
    pcsc.fail_next("SCardGetStatusChange", 0x80100009)
    assert "service_answers" in found()
