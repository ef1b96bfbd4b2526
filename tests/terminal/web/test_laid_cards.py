"""Cards at the console: what the clerk confirmed is done with that card and no other."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from card_bench import OTHER_READER, READER, purse
from console_in_process import PATIENCE, Browser, ConsoleInProcess, console_in_process
from serving_desk import NAME, ServingDesk

from terminal.web.crew import Worker
from terminal.web.operations import Operation, Stage
from terminal.web.slots import slot_id

CREDIT_FOR_LOAD, SELECT = 0x52, 0xA4
SLOT = slot_id(READER)


@pytest.fixture
def desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> ServingDesk:
    """Give a desk at which a card that hangs is given up soon."""
    made = ServingDesk(tmp_path, monkeypatch, capsys).stocked()
    made.config.write_text(made.config.read_text() + "\n[readers]\ndeadline_seconds = 0.5\n")
    return made


@pytest.fixture
def chip(desk: ServingDesk) -> Any:
    """Lay somebody's card on."""
    made, _ = desk.card_of()
    desk.lay(made.card)
    return made


@pytest.fixture
def inside(desk: ServingDesk, chip: Any) -> Iterator[ConsoleInProcess]:
    with console_in_process(desk) as opened:
        yield opened


def to_confirm(inside: ConsoleInProcess, li: Browser) -> str:
    """Fill a load in, up to the last word; gives its key."""
    inside.until(lambda: inside.console.slots.get(SLOT))
    key = li.get(f"/serve/S-TRANSIT-LOAD/{SLOT}").url.path.rpartition("/")[2]
    shown = li.post(f"/draft/{key}", {"wish.fen": "50"})
    assert NAME in shown.text
    return key


def ended(inside: ConsoleInProcess, key: str) -> Operation:
    """Give an operation once it is over."""
    operations = inside.console.operations
    inside.until(lambda: key not in {each.key for each in operations.running()})
    found = operations.get(key)
    assert found is not None
    return found


def test_another_card_is_laid_on_after_the_check(
    desk: ServingDesk, inside: ConsoleInProcess, chip: Any
) -> None:
    """The page names whose card it is; the money must not go onto the one that lies there now."""
    li = inside.signed_in()
    key = to_confirm(inside, li)
    other, _ = desk.card_of(2, "李四")
    desk.lay(other.card)
    li.post(f"/draft/{key}/start")
    failed = ended(inside, key)
    assert failed.stage is Stage.FAILED
    assert failed.trouble is not None
    assert failed.trouble.code == "other_card"
    assert "再试一次" in li.get(f"/run/{key}").text
    assert (purse(chip), purse(other)) == (0, 0)
    desk.lay(chip.card)
    li.post(f"/draft/{key}/start")
    assert ended(inside, key).stage is Stage.DONE
    assert purse(chip) == 5_000


class Waiting:
    """A card that does not answer one command, by its INS, until it is let go."""

    def __init__(self, card: Any, at: int) -> None:
        self._card = card
        self._at = at
        self.go = threading.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._card, name)

    def transmit(self, command: bytes) -> bytes:
        if command[1] == self._at:
            assert self.go.wait(PATIENCE)
        return bytes(self._card.transmit(command))


def test_a_card_that_hangs_when_it_is_looked_at(
    desk: ServingDesk, inside: ConsoleInProcess, chip: Any
) -> None:
    """The first page says so, and shows the next card that is laid on."""
    li = inside.signed_in()
    inside.until(lambda: (slot := inside.console.slots.get(SLOT)) and slot.face)
    card = Waiting(chip.card, SELECT)
    desk.lay(card)
    inside.until(lambda: (slot := inside.console.slots.get(SLOT)) and slot.trouble)
    assert "card_hung" in li.get("/").text
    card.go.set()
    desk.lay(chip.card)
    inside.until(lambda: (slot := inside.console.slots.get(SLOT)) and slot.face)
    assert "card_hung" not in li.get("/").text


def test_a_card_that_hangs_in_the_middle_of_a_load(
    desk: ServingDesk, inside: ConsoleInProcess, chip: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The load tells it as its own trouble; the process that hangs in it is given up all the same,
    and the money is neither lost nor there twice."""
    given_up: list[Worker] = []
    give_up = Worker.give_up
    monkeypatch.setattr(
        Worker, "give_up", lambda worker: (given_up.append(worker), give_up(worker))
    )
    li = inside.signed_in()
    card = Waiting(chip.card, CREDIT_FOR_LOAD)
    desk.lay(card)
    inside.until(lambda: (slot := inside.console.slots.get(SLOT)) and slot.face)
    key = to_confirm(inside, li)
    li.post(f"/draft/{key}/start")
    failed = ended(inside, key)
    assert failed.trouble is not None
    assert failed.trouble.code == "purse_unsettled"
    assert given_up[0] is inside.console.crew.at(READER)
    card.go.set()
    desk.restart_readers(chip.card)
    assert "接着办" in li.get(f"/run/{key}").text
    li.post(f"/run/{key}/go-on")
    assert ended(inside, key).stage is Stage.DONE
    assert purse(chip) == 5_000


def test_the_reader_is_pulled_and_put_in_again(
    desk: ServingDesk, inside: ConsoleInProcess, chip: Any
) -> None:
    """What was filled in waits for it; nothing is done at another reader instead."""
    li = inside.signed_in()
    key = to_confirm(inside, li)
    other, _ = desk.card_of(2, "李四")
    desk.lay(other.card, OTHER_READER)
    desk.pcsc.remove_reader(READER)
    inside.until(lambda: inside.console.slots.get(SLOT) is None)
    assert "读卡器已断开" in li.get(f"/guest/{SLOT}").text
    assert "没有找到读卡器" in li.get("/").text
    for path in ("/start", ""):
        shown = li.post(f"/draft/{key}{path}", {"wish.fen": "50"})
        assert "reader_gone" in shown.text
    assert inside.console.operations.get(key) is None
    assert (purse(chip), purse(other)) == (0, 0)
    desk.pcsc.add_reader(READER)
    desk.lay(chip.card)
    inside.until(lambda: (slot := inside.console.slots.get(SLOT)) and slot.face)
    assert NAME in li.post(f"/draft/{key}", {"wish.fen": "50"}).text
    li.post(f"/draft/{key}/start")
    assert ended(inside, key).stage is Stage.DONE
    assert (purse(chip), purse(other)) == (5_000, 0)


def test_the_card_tells_how_a_load_ended(
    desk: ServingDesk, inside: ConsoleInProcess, chip: Any
) -> None:
    """Whoever lays it on next settles it at once, without the form of whoever began it."""
    li = inside.signed_in()
    card = Waiting(chip.card, CREDIT_FOR_LOAD)
    desk.lay(card)
    inside.until(lambda: (slot := inside.console.slots.get(SLOT)) and slot.face)
    key = to_confirm(inside, li)
    li.post(f"/draft/{key}/start")
    assert ended(inside, key).stage is Stage.FAILED
    card.go.set()
    desk.restart_readers(chip.card)

    def open_money() -> Any:
        inside.console.slots.look(READER)
        slot = inside.console.slots.get(SLOT)
        return slot and slot.face and slot.face.open_money

    inside.until(open_money)
    assert "让卡说明结果" in li.get("/").text
    told = li.post(f"/guest/{SLOT}/settle").text
    assert "充值 50.00 元：未发生（依据：卡的计数器仍是 0" in told
    inside.until(lambda: not open_money())
    assert "没有要查清的" in li.post(f"/guest/{SLOT}/settle").text
    li.post(f"/run/{key}/go-on")
    assert ended(inside, key).stage is Stage.DONE
    assert purse(chip) == 5_000
