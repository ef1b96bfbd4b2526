"""A reader's owner: whole operations on one thread, deadlines that are kept, and what ends it."""

import threading
from collections.abc import Callable, Iterator

import pytest
from sessions import ASK, LATE, OK, OTHER, READER, REFUSED, Patient, ask, prove

from emulator.pcsc import DIRECT, EXCLUSIVE, RESET, ScriptedPcsc
from terminal.errors import (
    CardMute,
    CardReset,
    CardTorn,
    GuitaiError,
    NoCard,
    PinWrong,
    ReaderBusy,
    ReaderGone,
    ServiceFailed,
    ServiceLost,
    ServiceMissing,
)
from terminal.readers.connection import CardConnection
from terminal.readers.session import CardSession


@pytest.fixture
def session(pcsc: ScriptedPcsc, card: object) -> Iterator[CardSession]:
    """Give a session with the card in the first reader, with time enough."""
    with CardSession(pcsc, READER, deadline=LATE) as session:
        yield session


# --- Operations ----------------------------------------------------------------------------


def test_operations_run_on_the_owners_thread(session: CardSession) -> None:
    """PC/SC handles are not for sharing, and the caller's thread must be free to give up."""
    threads = [session.run(lambda _: threading.current_thread()) for _ in range(3)]
    assert set(threads) == {threads[0]}
    assert threads[0] is not threading.current_thread()
    assert threads[0].name == f"reader {READER}"
    assert threads[0].daemon, "a hung one must not keep the program from ending"


def test_the_result_is_handed_over(session: CardSession) -> None:
    """Any value is one, None too."""
    assert session.run(ask) == REFUSED
    assert session.run(lambda _: None) is None


def test_an_exception_is_handed_over(session: CardSession, pcsc: ScriptedPcsc) -> None:
    """A mistake in an operation is the caller's to see, and leaves no proof standing."""
    session.run(prove)
    with pytest.raises(KeyError, match="mine"):
        session.run(lambda _: {}["mine"])
    assert session.run(ask) != OK, "what was proved went with the operation that failed"
    assert pcsc.calls["SCardConnect"] == 2


def test_an_answer_of_the_card_ends_nothing(session: CardSession, pcsc: ScriptedPcsc) -> None:
    """A wrong PIN or a refused command is no lost card: what was proved stands."""
    session.run(prove)

    def refused(_: CardConnection) -> None:
        raise PinWrong(left=5)

    with pytest.raises(PinWrong):
        session.run(refused)
    assert session.run(ask) == OK
    assert pcsc.calls["SCardConnect"] == 1


def test_renewed(session: CardSession, pcsc: ScriptedPcsc) -> None:
    """The card is reset and taken anew: whoever proved something to it, it is forgotten."""
    session.run(prove)
    first = session.run(lambda connection: connection)
    session.renew()
    assert session.run(ask) == REFUSED
    assert session.run(lambda connection: connection) is not first
    assert pcsc.calls["SCardConnect"] == 2


def test_one_connection_and_transaction_for_all_operations(
    session: CardSession, pcsc: ScriptedPcsc
) -> None:
    """Connecting anew for every operation would lose the proofs and cost time."""
    session.run(prove)
    assert session.run(ask) == OK
    assert pcsc.calls["SCardConnect"] == pcsc.calls["SCardBeginTransaction"] == 1
    assert pcsc.calls["SCardEndTransaction"] == 0


def test_operations_of_many_callers_do_not_mix(session: CardSession) -> None:
    """A card has one state; two operations between each other would be neither."""
    seen: list[int] = []

    def operation(number: int) -> Callable[[CardConnection], None]:
        def run(connection: CardConnection) -> None:
            for _ in range(20):
                connection.transmit(ASK)
                seen.append(number)

        return run

    callers = [threading.Thread(target=session.run, args=(operation(n),)) for n in range(4)]
    for each in callers:
        each.start()
    for each in callers:
        each.join(LATE)
    assert [seen[at] for at in range(0, 80, 20)] == sorted(set(seen), key=seen.index)
    assert all(len(set(seen[at : at + 20])) == 1 for at in range(0, 80, 20))


def test_the_wire_is_counted(session: CardSession) -> None:
    """Fewer commands and bytes is speed, so GET RESPONSE counts as a command."""
    session.run(lambda connection: connection.transmit(bytes.fromhex("00A40000023F0000")))
    assert (session.wire.commands, session.wire.bytes_sent, session.wire.bytes_received) == (
        1,
        7,
        2,
    )


@pytest.mark.parametrize(
    ("atr", "raw", "sent", "protocol"),
    [
        ("3B00", False, "00A4000000", "T=0"),
        ("3B00", True, "00A40000", "T=0"),
        ("3B80800101", False, "00A40000", "T=1"),
    ],
    ids=["T=0", "T=0 raw", "T=1"],
)
def test_layers_fit_the_protocol(
    pcsc: ScriptedPcsc, card, atr: str, raw: bool, sent: str, protocol: str
) -> None:
    """T=1 carries commands whole, and ``raw`` is for who wants to see TPDUs."""
    card.atr = bytes.fromhex(atr)
    with CardSession(pcsc, READER, raw=raw) as session:
        session.run(lambda connection: connection.transmit(bytes.fromhex("00A40000")))
        assert session.run(lambda connection: connection.protocol) == protocol
    assert card.commands == [bytes.fromhex(sent)]


# --- Ends ----------------------------------------------------------------------------------


def test_closing_resets_the_card(pcsc: ScriptedPcsc, card) -> None:
    """Who comes next must not inherit what was proved to the card."""
    with CardSession(pcsc, READER) as session:
        session.run(prove)
        assert session.run(ask) == OK
    assert card.resets == 1
    with CardSession(pcsc, READER) as session:
        assert session.run(ask) == REFUSED


def test_closing_resets_before_anybody_else_has_the_card(pcsc: ScriptedPcsc, card) -> None:
    """Reset after the transaction ended, the next program's operation would be spoilt instead."""
    at_the_end: list[bool] = []
    pcsc.before = lambda call: call == "SCardDisconnect" and at_the_end.append(card.proved)
    with CardSession(pcsc, READER) as session:
        session.run(prove)
    assert at_the_end == [False]
    assert pcsc.calls["SCardEndTransaction"] == 1


def test_a_reset_that_fails_is_tried_once_more(pcsc: ScriptedPcsc, card) -> None:
    """The proofs must not stay because ending the transaction went wrong."""
    with CardSession(pcsc, READER) as session:
        session.run(prove)
        pcsc.fail_next("SCardEndTransaction", 0x80100016)
    assert card.proved is False
    assert card.resets == 1


def test_closing_twice_is_allowed(pcsc: ScriptedPcsc, card) -> None:
    """``with`` and an explicit close both end it."""
    session = CardSession(pcsc, READER)
    session.run(ask)
    session.close()
    session.close()
    assert card.resets == 1
    assert pcsc.contexts == []


def test_a_closed_session_does_nothing_more(pcsc: ScriptedPcsc, card) -> None:
    """A caller would wait for ever for a thread that has ended."""
    session = CardSession(pcsc, READER)
    session.close()
    with pytest.raises(ServiceLost):
        session.run(ask)
    assert card.commands == []


def test_a_session_without_operations_touches_nothing(pcsc: ScriptedPcsc) -> None:
    """Making one is not using it."""
    CardSession(pcsc, READER).close()
    assert sum(pcsc.calls.values()) == 0


def test_a_job_behind_the_end_is_not_waited_for(pcsc: ScriptedPcsc, card) -> None:
    """Two threads, one closes: the other's job stands behind the end in the queue."""
    card.answer = patient = Patient()
    session = CardSession(pcsc, READER, deadline=LATE)
    errors: list[BaseException] = []

    def late() -> None:
        with pytest.raises(ServiceLost) as caught:
            session.run(ask)
        errors.append(caught.value)

    first = threading.Thread(target=session.run, args=(ask,))
    first.start()
    assert patient.asked.wait(LATE)
    session._jobs.put(None)
    second = threading.Thread(target=late)
    second.start()
    patient.go.set()
    first.join(LATE)
    second.join(LATE)
    assert len(errors) == 1


# --- Cards and readers that go -------------------------------------------------------------


def test_a_pulled_card_is_torn_and_the_next_run_finds_the_next(pcsc: ScriptedPcsc, card) -> None:
    """Success without an answer is the first sign of a torn card, and no success."""
    session = CardSession(pcsc, READER)
    session.run(prove)
    card.answer = card.pull
    with pytest.raises(CardTorn):
        session.run(ask)
    with pytest.raises(NoCard):
        session.run(ask)
    card.answer = card.plainly
    pcsc.insert(READER, card)
    assert session.run(ask) == REFUSED, "a new session with the card"
    session.close()
    assert pcsc.contexts == []


@pytest.mark.parametrize("result", [0x80100016, 0x80100069, 0x8010000C])
def test_every_sign_of_a_torn_card_is_torn(
    session: CardSession, pcsc: ScriptedPcsc, result: int
) -> None:
    """Which one comes depends on when the daemon noticed; the clerk is told one thing."""
    pcsc.fail_next("SCardTransmit", 0, result)
    with pytest.raises(CardTorn):
        session.run(lambda connection: [connection.transmit(ASK) for _ in range(2)])
    assert session.run(ask) == REFUSED
    assert pcsc.calls["SCardConnect"] == 2


def test_the_signs_come_in_their_order_to_who_goes_on(pcsc: ScriptedPcsc, card) -> None:
    """An operation that catches one CardTorn gets the next; none of them is anything else."""
    told: list[type] = []

    def stubborn(connection: CardConnection) -> None:
        for _ in range(4):
            try:
                connection.transmit(ASK)
            except CardTorn as error:
                told.append(type(error))

    card.answer = card.pull
    with CardSession(pcsc, READER) as session:
        session.run(stubborn)
    assert told == [CardTorn] * 4
    assert len(card.commands) == 1


def test_a_foreign_reset_ends_the_login_and_says_so(
    session: CardSession, pcsc: ScriptedPcsc
) -> None:
    """Going on would send commands to a card that has forgotten who we are."""
    session.run(prove)
    pcsc.reset(READER)
    with pytest.raises(CardReset):
        session.run(ask)
    assert session.run(ask) == REFUSED
    session.run(prove)
    assert session.run(ask) == OK


def test_a_foreign_reset_before_the_transaction_costs_nothing(pcsc: ScriptedPcsc, card) -> None:
    """Another program that leaves resets the card, as we do; nothing of ours was lost by it."""
    resets = iter([True, True, False])
    pcsc.before = lambda call: (
        call == "SCardBeginTransaction" and next(resets) and pcsc.reset(READER)
    )
    with CardSession(pcsc, READER) as session:
        assert session.run(ask) == REFUSED
    assert pcsc.calls["SCardConnect"] == 3
    assert card.resets == 3, "two by others, one at our end: letting go is no reset"


def test_a_card_that_is_always_reset_is_not_tried_for_ever(pcsc: ScriptedPcsc, card) -> None:
    """A broken program that resets in a loop must not make one of us."""
    pcsc.before = lambda call: call == "SCardBeginTransaction" and pcsc.reset(READER)
    with CardSession(pcsc, READER) as session, pytest.raises(CardReset):
        session.run(ask)
    assert pcsc.calls["SCardConnect"] == 5
    assert pcsc.contexts == []


def test_two_sessions_take_turns(pcsc: ScriptedPcsc, card) -> None:
    """Two windows of one counter: the second waits, then gets a card without proofs."""
    first = CardSession(pcsc, READER, deadline=LATE)
    first.run(prove)
    second = CardSession(pcsc, READER, deadline=LATE)
    waiting = threading.Event()
    pcsc.before = lambda call: call == "SCardConnect" and waiting.set()
    answers: list[bytes] = []
    thread = threading.Thread(target=lambda: answers.append(second.run(ask)))
    thread.start()
    assert waiting.wait(LATE)
    assert first.run(ask) == OK
    first.close()
    thread.join(LATE)
    second.close()
    assert answers == [REFUSED]


@pytest.mark.parametrize(
    ("call", "result", "leaf"),
    [
        ("SCardEstablishContext", 0x8010001D, ServiceMissing),
        ("SCardConnect", 0x8010001D, ServiceLost),
        ("SCardConnect", 0x80100009, ReaderGone),
        ("SCardConnect", 0x8010000B, ReaderBusy),
        ("SCardConnect", 0x80100069, NoCard),
        ("SCardConnect", 0x80100066, CardMute),
        ("SCardBeginTransaction", 0x8010000B, ReaderBusy),
        ("SCardBeginTransaction", 0x80100013, ServiceLost),
        ("SCardStatus", 0x80100069, CardTorn),
        ("SCardTransmit", 0x80100013, ServiceLost),
        ("SCardTransmit", 0x80100001, ServiceFailed),
    ],
)
def test_failures_are_told_and_leave_nothing_behind(
    pcsc: ScriptedPcsc, card, call: str, result: int, leaf: type[GuitaiError]
) -> None:
    """A context forgotten at each busy reader would use up the daemon's in a day."""
    with CardSession(pcsc, READER) as session:
        pcsc.fail_next(call, result)
        with pytest.raises(leaf):
            session.run(ask)
        assert len(pcsc.contexts) == 0
        assert session.run(ask) == REFUSED
    assert pcsc.contexts == []


def test_a_lost_service_is_told_and_found_again(pcsc: ScriptedPcsc, card) -> None:
    """pcscd restarts on every upgrade; the next operation needs no new program."""
    session = CardSession(pcsc, READER)
    session.run(prove)
    pcsc.lose_service()
    with pytest.raises(ServiceLost):
        session.run(ask)
    with pytest.raises(ServiceMissing):
        session.run(ask)
    pcsc.bring_service_back()
    session.run(ask)
    session.close()


def test_a_reader_that_left_is_told_and_found_again(pcsc: ScriptedPcsc, card) -> None:
    """A cable that was kicked is put back, and work goes on."""
    session = CardSession(pcsc, READER)
    session.run(ask)
    pcsc.remove_reader(READER)
    for _ in range(2):
        with pytest.raises(ReaderGone):
            session.run(ask)
    pcsc.add_reader(READER)
    with pytest.raises(NoCard):
        session.run(ask)
    pcsc.insert(READER, card)
    assert session.run(ask) == REFUSED
    session.close()


def test_a_reader_held_exclusively_is_busy(pcsc: ScriptedPcsc, card) -> None:
    """The commonest complaint of all: another program has the reader and does not let go."""
    other = pcsc.establish().connect(READER, EXCLUSIVE)
    with CardSession(pcsc, READER) as session:
        with pytest.raises(ReaderBusy):
            session.run(ask)
        other.disconnect(RESET)
        assert session.run(ask) == REFUSED


def test_an_empty_reader_and_a_mute_card_are_told_apart(pcsc: ScriptedPcsc, card) -> None:
    """One wants a card, the other another card."""
    with CardSession(pcsc, OTHER) as session:
        with pytest.raises(NoCard):
            session.run(ask)
        pcsc.insert(OTHER, type(card)(b""))
        with pytest.raises(CardMute):
            session.run(ask)
    assert pcsc.establish().connect(OTHER, DIRECT).protocol == "T=0"
