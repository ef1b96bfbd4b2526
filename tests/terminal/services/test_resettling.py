"""A card that was pulled while it was written: put back at once, asked, and the clerk told.

Reference transit-purse.md §5, 5. What tearing does to money is tried in test_purse_tearing.py;
here is what the clerk sees of it before anybody has to ask for a recovery.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from purse_counter import READER, PurseCounter, purse_card
from purse_tearing import Money, TornCard

from card_profiles.profiles import PROFILES
from emulator.card import InsertedCard, Removed, SoftwareCard
from emulator.facts import made_up_facts
from emulator.purse_habits import LockStyle, PurseHabits
from terminal.errors import (
    CannotTell,
    CardMute,
    DidNotHappen,
    HostUnreachable,
    PurseUnsettled,
    ServiceLost,
    ServiceMissing,
)
from terminal.journal.model import Method, State
from terminal.services.deciding import decide_by_people
from terminal.services.resettling import MOST_CARDS, settle_when_back
from terminal.services.transit import PurseResult, TransitDesk

KEY = "intention-1"
ENDS = (0x52, 0x54, 0x1E)
"""CREDIT, DEBIT, BLOCK: what changes the card."""


class Pulled(TornCard):
    """A card that is taken away at the command that changes it; once."""

    def transmit(self, command: bytes) -> bytes:
        if not self.how or command[1] not in ENDS:
            return self.card.transmit(command)
        if self.how == "after":
            self.card.transmit(command)
        self.how = ""
        raise Removed


class Scene:
    """A counter with a pulled card, and what is laid on when it is asked for."""

    def __init__(self, folder: Path, how: str, card: SoftwareCard | None = None) -> None:
        self.card = Pulled(card or purse_card(5_000))
        self.card.how = how
        self.counter = PurseCounter(self.card, folder)
        self.laid_on: list[InsertedCard | Exception] = [self.card]
        self.waited = 0

    def load(self) -> PurseUnsettled:
        with pytest.raises(PurseUnsettled) as unsettled, self.counter.desk() as desk:
            desk.load(1_000, Method.CASH, KEY)
        assert self.counter.pcsc.readers[READER].card is None
        return unsettled.value

    @contextmanager
    def open_desk(self) -> Iterator[TransitDesk]:
        laid_on = self.laid_on.pop(0)
        if isinstance(laid_on, Exception):
            raise laid_on
        if self.counter.pcsc.readers[READER].card is not None:
            self.counter.pcsc.remove(READER)
        self.counter.pcsc.insert(READER, laid_on)
        with self.counter.desk() as desk:
            yield desk

    def open_desk_with(self, card: InsertedCard) -> AbstractContextManager[TransitDesk]:
        self.laid_on = [card]
        return self.open_desk()

    def settle(self, unsettled: PurseUnsettled) -> PurseResult:
        self.counter.said.clear()
        return settle_when_back(
            unsettled,
            self.counter.journal,
            self.open_desk,
            self.next_card,
            self.counter.said.append,
        )

    def next_card(self) -> None:
        """Another card is laid each time: `open_desk` lays what comes next."""
        self.waited += 1

    @property
    def said(self) -> str:
        return "\n".join(each.zh for each in self.counter.said)

    @property
    def state(self) -> State:
        return self.counter.journal.find(KEY).state

    @property
    def money(self) -> int:
        return Money.of(self.card.memory).available


def test_it_had_happened(tmp_path: Path) -> None:
    """The money is on the card: the clerk gets the result as if nothing had been pulled."""
    scene = Scene(tmp_path, "after")
    result = scene.settle(scene.load())
    assert (result.before, result.after, result.repeated) == (5_000, 6_000, False)
    assert result.entry.facts["tac_checked"] is True
    assert (scene.state, scene.money) == (State.DONE, 6_000)
    assert scene.said.startswith("请把同一张卡放回读卡器")


def test_it_had_not_happened(tmp_path: Path) -> None:
    """The command never arrived: said as settled, nothing is done by itself a second time."""
    scene = Scene(tmp_path, "before")
    with pytest.raises(DidNotHappen) as settled:
        scene.settle(scene.load())
    assert "充值 10.00 元" in settled.value.message("zh")
    assert "没有办成" in settled.value.message("zh")
    assert (scene.state, scene.money) == (State.UNDONE, 5_000)


def test_a_card_that_answered_was_not_taken_away(tmp_path: Path) -> None:
    """Its proof was wrong and it lies there: nobody is sent to put back what is in its place."""
    scene = Scene(tmp_path, "after")
    unsettled = scene.load()
    unsettled.__cause__ = None  # as where nothing was torn
    scene.settle(unsettled)
    assert scene.said.startswith("正在向卡查问结果")


def test_what_it_is_called_before(tmp_path: Path) -> None:
    """The clerk is told not to take money and not to do it again, in both languages."""
    unsettled = Scene(tmp_path, "after").load()
    assert "请勿再做一次" in unsettled.message("zh")
    assert "现金先不要收付" in unsettled.advice("zh")
    assert "do not repeat it" in unsettled.message("en")


def test_another_card_first(tmp_path: Path) -> None:
    """In the hurry the wrong one is laid on: it is not written to, and the right one settles."""
    scene = Scene(tmp_path, "after")
    other = purse_card(700, seed=2)
    plain = SoftwareCard.new(PROFILES["gen3"], made_up_facts(PROFILES["gen3"], 1))
    scene.laid_on = [other, plain, scene.card]
    assert scene.settle(scene.load()).after == 6_000
    assert scene.said.count("请放回原来的卡") == 2
    assert Money.of(other.memory) == Money(700, 0, 0)


def test_other_cards_without_end(tmp_path: Path) -> None:
    """Nobody waits for ever: the entry stays open, and the first error is the last word."""
    scene = Scene(tmp_path, "after")
    scene.laid_on = [purse_card(700, seed=2 + number) for number in range(MOST_CARDS)]
    unsettled = scene.load()
    with pytest.raises(PurseUnsettled) as still:
        scene.settle(unsettled)
    assert still.value is unsettled
    assert (scene.state, scene.laid_on) == (State.UNKNOWN, [])
    assert scene.waited == MOST_CARDS  # each was taken away before the next was looked at


@pytest.mark.parametrize(
    "failure", [CardMute(), ServiceMissing(), HostUnreachable(detail="no route"), None]
)
def test_it_does_not_come_back(tmp_path: Path, failure: Exception | None) -> None:
    """The holder has left, the card lies askew, the daemon is gone: open, to be recovered later.

    The clerk hears of the money, not of the daemon.
    """
    scene = Scene(tmp_path, "after")
    unsettled = scene.load()
    if failure is None:
        open_desk: object = scene.counter.desk  # an empty reader
    else:
        scene.laid_on, open_desk = [failure], scene.open_desk
    with pytest.raises(PurseUnsettled) as still:
        settle_when_back(
            unsettled,
            scene.counter.journal,
            open_desk,  # type: ignore[arg-type]
            scene.next_card,
            scene.counter.said.append,
        )
    assert still.value is unsettled
    assert scene.state is State.UNKNOWN
    with scene.open_desk_with(scene.card) as desk:
        (settled,) = desk.recover()
    assert (settled.decided, scene.state) == (True, State.DONE)


def test_the_daemon_goes_while_the_next_card_is_waited_for(tmp_path: Path) -> None:
    """What cannot be waited for has not come."""
    scene = Scene(tmp_path, "after")
    scene.laid_on = [purse_card(700, seed=2), scene.card]
    unsettled = scene.load()

    def gone() -> None:
        raise ServiceLost

    with pytest.raises(PurseUnsettled) as still:
        settle_when_back(
            unsettled, scene.counter.journal, scene.open_desk, gone, scene.counter.said.append
        )
    assert still.value is unsettled
    assert scene.laid_on == [scene.card]


def test_pulled_again_while_it_is_asked(tmp_path: Path) -> None:
    """A contact that is loose fails twice: still open, still recoverable."""
    scene = Scene(tmp_path, "after")
    unsettled = scene.load()
    again = TornCard(scene.card.card)
    again.at, again.how = 4, "before"
    scene.laid_on = [again]
    with pytest.raises(PurseUnsettled):
        scene.settle(unsettled)
    with scene.open_desk_with(scene.card) as desk:
        assert [each.decided for each in desk.recover()] == [True]
    assert (scene.state, scene.money) == (State.DONE, 6_000)


def test_used_elsewhere_before_it_is_back(tmp_path: Path) -> None:
    """A card that shows no log and went through other hands does not tell: people decide."""
    scene = Scene(tmp_path, "after", purse_card(5_000, habits=PurseHabits(log_needs_pin=True)))
    unsettled = scene.load()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with PurseCounter(scene.card, elsewhere).desk() as desk:
        desk.load(300, Method.CASH, "intention-2")
    with pytest.raises(CannotTell) as cannot:
        scene.settle(unsettled)
    assert "主管" in cannot.value.advice("zh")
    assert scene.state is State.UNKNOWN


@pytest.mark.parametrize(
    ("habits", "operation"),
    [(PurseHabits(), "purchase"), (PurseHabits(unload_purse=True), "unload")],
)
def test_a_refund(tmp_path: Path, habits: PurseHabits, operation: str) -> None:
    """The cash must not be paid out on hope, nor kept when the card is empty."""
    scene = Scene(tmp_path, "after", purse_card(5_000, habits=habits))
    with pytest.raises(PurseUnsettled) as unsettled, scene.counter.desk() as desk:
        desk.refund(Method.CASH, KEY)
    result = scene.settle(unsettled.value)
    assert (result.after, scene.money, result.entry.intention.till) == (0, 0, -5_000)
    assert result.entry.facts["operation"] == operation


@pytest.mark.parametrize("how", ["after", "before"])
def test_a_closing(tmp_path: Path, how: str) -> None:
    """A closed application has no number: its chip is what it is known by."""
    scene = Scene(tmp_path, how, purse_card(0))
    with pytest.raises(PurseUnsettled) as unsettled, scene.counter.desk() as desk:
        desk.close("renewal", KEY)
    if how == "after":
        assert scene.settle(unsettled.value).entry.state is State.DONE
        return
    with pytest.raises(DidNotHappen):
        scene.settle(unsettled.value)
    assert scene.state is State.UNDONE


def test_an_entry_that_the_journal_lost(tmp_path: Path) -> None:
    """Without the entry there is nothing to settle by; the error is not swallowed."""
    scene = Scene(tmp_path, "after")
    unsettled = scene.load()
    unsettled.facts["key"] = "another"
    with pytest.raises(PurseUnsettled):
        scene.settle(unsettled)
    assert scene.said == ""


def test_a_blocked_card_that_says_nothing(tmp_path: Path) -> None:
    """Blocked by a gate after our load: it can't say whose it is, so it is evidence of nothing."""
    scene = Scene(tmp_path, "after")
    scene.load()
    scene.card.memory.write("transit.blocked", b"\2")
    scene.counter.pcsc.insert(READER, scene.card)
    with scene.counter.desk() as desk:
        assert desk.recover() == ()
    assert scene.state is State.UNKNOWN
    decided = decide_by_people(
        scene.counter.journal,
        KEY,
        happened=True,
        operator="boss",
        second="clerk2",
        reason="清算方 7 号函",
        without_card=True,
    )
    assert decided.state is State.DONE


def test_a_card_that_is_blocked_as_fmcos_does(tmp_path: Path) -> None:
    """6A81 is what a closed application answers there: a closing that was torn is settled by it."""
    habits = PurseHabits(lock_style=LockStyle.UNSUPPORTED)
    scene = Scene(tmp_path, "after", purse_card(0, habits=habits))
    with pytest.raises(PurseUnsettled), scene.counter.desk() as desk:
        desk.close("renewal", KEY)
    scene.counter.pcsc.insert(READER, scene.card)
    with scene.counter.desk() as desk:
        (settled,) = desk.recover()
    assert settled.entry.state is State.DONE
