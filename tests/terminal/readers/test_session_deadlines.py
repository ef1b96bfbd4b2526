"""Deadlines of a session: what hangs is given up in time, and nobody else waits for it."""

import threading
import time

import pytest
from sessions import ASK, LATE, OK, OTHER, READER, REFUSED, SOON, Clock, Patient, ask

from emulator.pcsc import SHARED, ScriptedPcsc
from terminal.errors import (
    CardHung,
    CardSlow,
    GuitaiError,
    ReaderBusy,
)
from terminal.readers.connection import CardConnection
from terminal.readers.session import CardSession


def test_a_hung_card_is_given_up_within_the_deadline(pcsc: ScriptedPcsc, card) -> None:
    """The clerk's screen must not freeze with the card, and the other readers go on."""
    card.answer = patient = Patient()
    pcsc.insert(OTHER, type(card)())
    hung, other = CardSession(pcsc, READER, deadline=SOON), CardSession(pcsc, OTHER)
    began = time.monotonic()
    caught: list[GuitaiError] = []

    def caller() -> None:
        with pytest.raises(CardHung) as raised:
            hung.run(ask)
        caught.append(raised.value)

    thread = threading.Thread(target=caller)
    thread.start()
    assert patient.asked.wait(LATE)
    while thread.is_alive():
        assert other.run(ask) == REFUSED
    taken = time.monotonic() - began
    assert SOON < taken < LATE
    assert caught[0].facts == {"seconds": "0.15"}
    other.close()
    hung.close()
    patient.go.set()
    hung._thread.join(LATE)


def test_the_deadline_is_one_commands_not_the_operations(pcsc: ScriptedPcsc, card) -> None:
    """Reading a photo takes long and is in order; no single command does."""
    clock = Clock()

    def slowly(command: bytes) -> bytes:
        clock.now += 9
        return OK

    card.answer = slowly
    with CardSession(pcsc, READER, deadline=10, clock=clock) as session:
        session.run(lambda connection: [connection.transmit(ASK) for _ in range(5)])
    assert clock.now == 45


def test_a_card_that_answers_for_ever_is_slow_and_not_hung(pcsc: ScriptedPcsc, card) -> None:
    """Each answer is in time and the operation comes to no end: another cause, another remedy."""
    clock = Clock()

    def slowly(command: bytes) -> bytes:
        clock.now += 3
        return OK

    card.answer = slowly
    with CardSession(pcsc, READER, deadline=10, limit=60, clock=clock) as session:
        with pytest.raises(CardSlow) as caught:
            session.run(lambda connection: [connection.transmit(ASK) for _ in iter(int, 1)])
        assert caught.value.facts == {"seconds": "60"}


def test_thinking_has_no_deadline(pcsc: ScriptedPcsc, card) -> None:
    """An operation may wait for a key service between commands; that is not the card's fault."""
    clock = Clock()

    def thinking(connection: CardConnection) -> bytes:
        connection.transmit(ASK)
        clock.now += 1000
        looked.wait(SOON)
        return connection.transmit(ASK)

    looked = threading.Event()
    with CardSession(pcsc, READER, deadline=1, clock=clock) as session:
        assert session.run(thinking) == REFUSED


@pytest.mark.parametrize("call", ["SCardEstablishContext", "SCardConnect", "SCardStatus"])
def test_a_hung_connect_is_a_hung_card(pcsc: ScriptedPcsc, card, call: str) -> None:
    """The daemon powers the card up inside the connect, and hangs with it."""
    go = pcsc.hang_next(call)
    session = CardSession(pcsc, READER, deadline=SOON)
    with pytest.raises(CardHung):
        session.run(ask)
    go.set()
    session._thread.join(LATE)
    assert card.commands == []
    assert pcsc.contexts == []


def test_a_begin_that_waits_for_others_is_a_busy_reader(pcsc: ScriptedPcsc, card) -> None:
    """Somebody else's transaction is no fault of the card."""
    go = pcsc.hang_next("SCardBeginTransaction")
    session = CardSession(pcsc, READER, deadline=SOON)
    with pytest.raises(ReaderBusy):
        session.run(ask)
    go.set()
    session._thread.join(LATE)


def test_a_connect_that_waits_for_others_is_a_busy_reader(pcsc: ScriptedPcsc, card) -> None:
    """The daemon lets a connect wait for another's transaction; "take the card out" is no help."""
    other = pcsc.establish().connect(READER, SHARED)
    other.begin()
    session = CardSession(pcsc, READER, deadline=SOON)
    with pytest.raises(ReaderBusy):
        session.run(ask)
    other.end(0)
    session._thread.join(LATE)


def test_a_busy_reader_is_waited_for(pcsc: ScriptedPcsc, card) -> None:
    """Another program's short transaction is no reason to fail."""
    other = pcsc.establish().connect(READER, SHARED)
    other.begin()
    pcsc.before = lambda call: call == "SCardConnect" and other.end(0)
    with CardSession(pcsc, READER, deadline=LATE) as session:
        assert session.run(ask) == REFUSED


def test_an_operation_never_begins_after_its_caller_was_told_busy(pcsc: ScriptedPcsc, card) -> None:
    """A purse would be loaded minutes after the clerk was told that it was not."""
    go = pcsc.hang_next("SCardBeginTransaction")
    session = CardSession(pcsc, READER, deadline=SOON)
    began = threading.Event()
    with pytest.raises(ReaderBusy):
        session.run(lambda _: began.set())
    go.set()
    session._thread.join(LATE)
    assert not session._thread.is_alive()
    assert not began.is_set()
    assert pcsc.contexts == [], "and the reader is free for others"


def test_nothing_more_reaches_a_card_that_was_given_up(pcsc: ScriptedPcsc, card) -> None:
    """When the hung command returns after all, its operation must not go on behind our backs."""
    card.answer = patient = Patient()
    session = CardSession(pcsc, READER, deadline=SOON)
    came_back: list[str] = []

    def operation(connection: CardConnection) -> None:
        for _ in range(2):
            try:
                connection.transmit(ASK)
                came_back.append("an answer")
            except CardHung:
                came_back.append("hung")

    with pytest.raises(CardHung):
        session.run(operation)
    patient.go.set()
    session._thread.join(LATE)
    assert came_back == ["hung", "hung"]
    assert len(card.commands) == 1
    assert card.resets == 1, "what was proved to it is forgotten"


def test_a_session_that_was_given_up_says_so_again(pcsc: ScriptedPcsc, card) -> None:
    """The second question must not hang, and must not blame the service."""
    card.answer = patient = Patient()
    session = CardSession(pcsc, READER, deadline=SOON)
    for _ in range(2):
        with pytest.raises(CardHung):
            session.run(ask)
    session.close()
    session.close()
    assert len(card.commands) == 1
    patient.go.set()
    session._thread.join(LATE)


def test_who_waits_behind_a_hung_operation_is_told_too(pcsc: ScriptedPcsc, card) -> None:
    """Several threads may wait for one reader, and none of them for ever."""
    card.answer = patient = Patient()
    session = CardSession(pcsc, READER, deadline=SOON)
    told: list[GuitaiError] = []

    def caller() -> None:
        with pytest.raises(CardHung) as caught:
            session.run(ask)
        told.append(caught.value)

    callers = [threading.Thread(target=caller) for _ in range(3)]
    for each in callers:
        each.start()
    for each in callers:
        each.join(LATE)
    assert len(told) == 3
    patient.go.set()
    session._thread.join(LATE)
    assert len(card.commands) == 1


def test_closing_does_not_wait_for_a_card_that_hangs_in_its_reset(pcsc: ScriptedPcsc, card) -> None:
    """The end of the program is no place to hang either."""
    session = CardSession(pcsc, READER, deadline=SOON)
    session.run(ask)
    go = pcsc.hang_next("SCardEndTransaction")
    session.close()
    assert session._thread.is_alive()
    go.set()
    session._thread.join(LATE)
    assert card.resets == 1
