"""What readers there are and what is in them, now; and waiting for a card."""

import threading

import pytest

from emulator.pcsc import DIRECT, EXCLUSIVE, SHARED, ScriptedPcsc
from terminal.errors import ReaderGone, ServiceLost, ServiceMissing
from terminal.readers.port import PcscFailure, ReaderStatus
from terminal.readers.survey import survey, wait_for_any_card, wait_for_card

READER, OTHER = "Reader 00 00", "Reader 00 01"
WAIT = "SCardGetStatusChange"
LATE = 10


def seen(pcsc: ScriptedPcsc) -> list[tuple[str, ...]]:
    """Give each reader's name and what is true of it."""
    flags = ("card", "in_use", "exclusive", "mute")
    return [(view.name, *[flag for flag in flags if getattr(view, flag)]) for view in survey(pcsc)]


def test_readers_and_cards_are_seen(pcsc: ScriptedPcsc, card) -> None:
    """The list behind ``guitai readers``, in the daemon's order, numbered as people count."""
    first, second = survey(pcsc)
    assert (first.number, first.name, first.card, first.atr) == (1, READER, True, card.atr)
    assert (second.number, second.name, second.card, second.atr) == (2, OTHER, False, b"")
    assert first.identity.stable == "Reader slot 0"
    assert pcsc.contexts == []


def test_use_by_others_is_seen(pcsc: ScriptedPcsc, card) -> None:
    """Before anybody asks why a reader is busy, the list says that it is."""
    other = pcsc.establish()
    handle = other.connect(READER, SHARED)
    assert seen(pcsc) == [(READER, "card", "in_use"), (OTHER,)]
    handle.disconnect(0)
    other.connect(READER, EXCLUSIVE)
    assert seen(pcsc) == [(READER, "card", "exclusive"), (OTHER,)]
    other.connect(OTHER, DIRECT)
    assert seen(pcsc)[1] == (OTHER,), "without a card nothing is used"


def test_a_mute_card_is_seen(pcsc: ScriptedPcsc, card) -> None:
    """A card the wrong way round is there, and says nothing."""
    pcsc.insert(OTHER, type(card)(b""))
    assert seen(pcsc)[1] == (OTHER, "card", "mute")


def test_no_reader_is_an_empty_list() -> None:
    """What to make of none is for who asked."""
    assert survey(ScriptedPcsc(failure=PcscFailure)) == []


@pytest.mark.parametrize("result", [0x8010000A, 0x80100009])
def test_readers_are_listed_where_their_states_are_not_to_be_had(
    pcsc: ScriptedPcsc, card, result: int
) -> None:
    """One that leaves just now must not hide the others."""
    pcsc.fail_next(WAIT, result)
    assert seen(pcsc) == [(READER,), (OTHER,)]


@pytest.mark.parametrize(
    ("call", "leaf"),
    [
        ("SCardEstablishContext", ServiceMissing),
        ("SCardListReaders", ServiceLost),
        (WAIT, ServiceLost),
    ],
)
def test_without_a_service_it_says_so(pcsc: ScriptedPcsc, call: str, leaf: type[Exception]) -> None:
    """The catalogue's words, and nothing left behind."""
    pcsc.fail_next(call, 0x8010001D)
    with pytest.raises(leaf):
        survey(pcsc)
    assert pcsc.contexts == []


# --- Waiting -------------------------------------------------------------------------------


def test_a_card_that_is_there_is_not_waited_for(pcsc: ScriptedPcsc, card) -> None:
    """The usual case costs one look."""
    seen = wait_for_card(pcsc, READER, 0)
    assert seen is not None
    assert (seen.name, seen.atr) == (READER, card.atr)
    assert pcsc.calls[WAIT] == 1
    assert pcsc.contexts == []


@pytest.mark.parametrize("seconds", [0, 1])
def test_looked_once_however_late_it_is(pcsc: ScriptedPcsc, card, seconds: float) -> None:
    """A busy machine may have used the time up before the first look; the card is there."""
    for look in (
        lambda clock: wait_for_card(pcsc, READER, seconds, clock=clock),
        lambda clock: wait_for_any_card(pcsc, [OTHER, READER], seconds, clock=clock),
    ):
        times = iter([0.0, *[seconds + 5.0] * 9])
        assert look(lambda times=times: next(times)) is not None


def test_a_card_that_comes_is_seen(pcsc: ScriptedPcsc, card) -> None:
    """The clerk types first and inserts then."""
    waiting = threading.Event()
    pcsc.before = lambda call: call == WAIT and pcsc.calls[WAIT] == 1 and waiting.set()
    found: list[ReaderStatus | None] = []
    thread = threading.Thread(target=lambda: found.append(wait_for_card(pcsc, OTHER, LATE)))
    thread.start()
    assert waiting.wait(LATE)
    pcsc.insert(OTHER, type(card)())
    thread.join(LATE)
    assert [each and each.present for each in found] == [True]


def test_a_card_that_does_not_come_is_given_up(pcsc: ScriptedPcsc) -> None:
    """Told, not raised: what to say is for who asked."""
    assert wait_for_card(pcsc, READER, 0.05) is None
    assert pcsc.contexts == []


def test_other_changes_do_not_prolong_the_wait(pcsc: ScriptedPcsc) -> None:
    """A reader that another program opens and closes changes its state all the time."""
    times = iter([0.0, 1.0, 2.0, 3.0, 4.0, 5.0])
    pcsc.idle = lambda: (
        bool(pcsc.break_reader(READER, broken=not pcsc.readers[READER].broken)) or True
    )
    assert wait_for_card(pcsc, READER, 3, clock=lambda: next(times)) is None
    assert pcsc.calls[WAIT] == 3


def test_a_card_that_is_only_remembered_does_not_count(pcsc: ScriptedPcsc, card) -> None:
    """The daemon looks now and then; a card just taken out is listed still, and is no new one."""
    pcsc.set_counter(READER, 3)
    seen = wait_for_card(pcsc, READER, 0)
    assert wait_for_card(pcsc, READER, 0.05, seen=seen) is None
    steps = iter([lambda: pcsc.remove(READER), lambda: pcsc.insert(READER, card)])
    pcsc.idle = lambda: bool(next(steps)()) or True
    again = wait_for_card(pcsc, READER, LATE, seen=seen)
    assert again is not None
    assert again.counter == 5


def test_a_reader_that_leaves_meanwhile_is_gone(pcsc: ScriptedPcsc) -> None:
    """ "No card" would send the clerk to look for a card."""
    pcsc.idle = lambda: bool(pcsc.remove_reader(READER)) or True
    with pytest.raises(ReaderGone):
        wait_for_card(pcsc, READER, LATE)
    assert pcsc.contexts == []


def test_a_service_that_goes_meanwhile_is_lost(pcsc: ScriptedPcsc) -> None:
    """And the wait ends with it."""
    pcsc.idle = lambda: bool(pcsc.lose_service()) or True
    with pytest.raises(ServiceLost):
        wait_for_card(pcsc, READER, LATE)
