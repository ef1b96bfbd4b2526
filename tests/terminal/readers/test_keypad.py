"""The reader's keypad from a session's operations: what it tells, and how it ends."""

import threading
from collections.abc import Callable, Iterator

import pytest
from sessions import ASK, LATE, OK, READER, SOON, Clock, ask

from apdu.trace import load
from emulator.card import Removed, SoftwareCard
from emulator.daemon import PrivateDaemon
from emulator.keypad import CODES, MODIFY, VERIFY, Press, ScriptedKeypad
from emulator.pcsc import ScriptedPcsc
from emulator.vpcd import VirtualSlot
from terminal.errors import (
    CardBabbles,
    CardHung,
    CardReset,
    CardTorn,
    GuitaiError,
    KeypadFailed,
    PinCancelled,
    PinLength,
    PinsDiffer,
    PinTimedOut,
    ReaderGone,
    ServiceFailed,
    ServiceLost,
)
from terminal.readers.connection import CardConnection
from terminal.readers.keypad import Keypad
from terminal.readers.part10 import Feature, Properties, change_service_pin, verify_service_pin
from terminal.readers.pcsc import Scard
from terminal.readers.port import PcscFailure
from terminal.readers.session import CardSession
from terminal.readers.survey import wait_for_card

QUERY = bytes.fromhex("0020000000")
CONTROL = "SCardControl"


@pytest.fixture
def beijing(pcsc: ScriptedPcsc, virtual_card: Callable[..., SoftwareCard]) -> SoftwareCard:
    """Put a Beijing card, PIN 123456, into the first reader."""
    card = virtual_card("beijing")
    pcsc.insert(READER, card)
    return card


@pytest.fixture
def session(pcsc: ScriptedPcsc, beijing: SoftwareCard) -> Iterator[CardSession]:
    """Give a session with it, with time enough."""
    with CardSession(pcsc, READER, deadline=LATE) as session:
        yield session


def fit(pcsc: ScriptedPcsc, session: CardSession, keypad: ScriptedKeypad) -> Keypad:
    pcsc.fit_keypad(READER, keypad)
    found = session.keypad()
    assert found is not None
    return found


def tries(session: CardSession) -> bytes:
    return session.run(lambda connection: connection.transmit(QUERY))


def verify(session: CardSession, keypad: Keypad, digits: int | None = None) -> int:
    return session.run(lambda _: keypad.verify(verify_service_pin(digits)))


def change(session: CardSession, keypad: Keypad, digits: int = 6) -> int:
    return session.run(lambda _: keypad.change(change_service_pin(digits)))


# --- Finding it ----------------------------------------------------------------------------


def test_most_readers_have_none(session: CardSession, pcsc: ScriptedPcsc) -> None:
    """It is asked for once, when somebody wants to know, and costs other operations nothing."""
    session.run(ask)
    assert pcsc.calls[CONTROL] == 0
    assert session.keypad() is None
    assert pcsc.calls[CONTROL] == 1
    assert session.run(ask) is not None, "the card is still there"
    assert pcsc.calls["SCardConnect"] == 1


@pytest.mark.parametrize(
    ("features", "can"),
    [
        ({VERIFY}, (True, False)),
        ({MODIFY}, (False, True)),
        ({VERIFY, MODIFY}, (True, True)),
        ({0x12}, None),
    ],
)
def test_a_reader_may_have_half_of_it(
    session: CardSession, pcsc: ScriptedPcsc, features: set[int], can: tuple[bool, bool] | None
) -> None:
    """Verify without modify is common; the properties alone, as vpcd has them, are no keypad."""
    pcsc.fit_keypad(READER, ScriptedKeypad(codes={each: CODES[each] for each in features}))
    keypad = session.keypad()
    assert (keypad and (keypad.can_verify, keypad.can_change)) == can


def test_what_it_tells_of_itself(session: CardSession, pcsc: ScriptedPcsc) -> None:
    """A service may say beforehand how long a PIN this reader takes."""
    keypad = fit(pcsc, session, ScriptedKeypad(least=4, most=8, lines=0))
    assert (keypad.properties.least, keypad.properties.most) == (4, 8)
    assert keypad.properties.lines == 0


def test_a_feature_it_lacks_is_refused_without_asking_the_reader(
    session: CardSession, pcsc: ScriptedPcsc
) -> None:
    """A made-up code could mean anything to a reader."""
    keypad = fit(pcsc, session, ScriptedKeypad(codes={VERIFY: CODES[VERIFY]}))
    before = pcsc.calls[CONTROL]
    with pytest.raises(KeypadFailed):
        change(session, keypad)
    assert pcsc.calls[CONTROL] == before


# --- From end to end -----------------------------------------------------------------------


@pytest.mark.parametrize("digits", [None, 6])
def test_verify(session: CardSession, pcsc: ScriptedPcsc, digits: int | None) -> None:
    """Right opens, wrong costs one try and no more; one SCardControl an entry."""
    fake = ScriptedKeypad("123456", "111111")
    keypad = fit(pcsc, session, fake)
    before = pcsc.calls[CONTROL]
    assert verify(session, keypad, digits) == 0x9000
    assert verify(session, keypad, digits) == 0x63C5
    assert tries(session) == b"\x63\xc5"
    assert pcsc.calls[CONTROL] == before + 2
    assert [each.hex().upper() for each in fake.sent] == ["0020000003123456", "0020000003111111"]


def test_change(session: CardSession, pcsc: ScriptedPcsc) -> None:
    """Old and new are entered at the reader, and the old one is void afterwards."""
    keypad = fit(pcsc, session, ScriptedKeypad("123456", "654321", "654321", "123456", "654321"))
    assert change(session, keypad) == 0x9000
    assert verify(session, keypad) == 0x63C5
    assert verify(session, keypad) == 0x9000


def test_a_change_with_a_wrong_old_pin_costs_one_try(
    session: CardSession, pcsc: ScriptedPcsc
) -> None:
    """Counted once, however long it took."""
    keypad = fit(pcsc, session, ScriptedKeypad("111111", "654321", "654321"))
    assert change(session, keypad) == 0x63C5
    assert tries(session) == b"\x63\xc5"


@pytest.mark.parametrize("digits", range(4, 13))
def test_pins_of_every_length(session: CardSession, pcsc: ScriptedPcsc, digits: int) -> None:
    """4 to 12 digits, odd ones too, by the template of their size and by the one for any size."""
    new = "987654321098"[:digits]
    short = ScriptedKeypad(new, new)
    session.run(
        lambda connection: connection.transmit(
            bytes.fromhex("805E0100")
            + bytes((4 + -(-digits // 2),))
            + bytes.fromhex("123456FF" + new + "F" * (digits % 2))
        )
    )
    keypad = fit(pcsc, session, short)
    assert verify(session, keypad) == 0x9000
    assert verify(session, keypad, digits) == 0x9000
    other = "012345678901"[:digits]
    short.entries.extend([new, other, other, other])
    assert change(session, keypad, digits) == 0x9000
    assert verify(session, keypad, digits) == 0x9000


def test_a_strict_reader_gets_what_it_can_do(session: CardSession, pcsc: ScriptedPcsc) -> None:
    """One that takes 4 to 8 digits refuses 4 to 12; one without display shows no messages."""
    fake = ScriptedKeypad("123456", least=4, most=8, lines=0)
    assert verify(session, fit(pcsc, session, fake)) == 0x9000
    assert fake.structures[0][5:7] == bytes((8, 4))
    assert fake.structures[0][8] == 0


def test_a_reader_that_leaves_lc_alone_spends_no_try(
    session: CardSession, pcsc: ScriptedPcsc
) -> None:
    """What it sends is the status query: it verifies nothing, never says yes and costs nothing."""
    fake = ScriptedKeypad("123456", sets_lc=False)
    assert verify(session, fit(pcsc, session, fake)) == 0x63C6
    assert fake.sent == [QUERY]
    assert tries(session) == b"\x63\xc6"


# --- What the reader ends itself -----------------------------------------------------------


@pytest.mark.parametrize(
    ("entries", "leaf"),
    [
        ((Press.NOTHING,), PinTimedOut),
        ((Press.CANCEL,), PinCancelled),
        (("111111", "654321", "654322"), PinsDiffer),
        (("111111", "65432", "65432"), PinLength),
        (("1111111111111",), PinLength),
    ],
)
def test_an_entry_that_came_to_nothing(
    session: CardSession,
    pcsc: ScriptedPcsc,
    entries: tuple[str | Press, ...],
    leaf: type[GuitaiError],
) -> None:
    """The clerk reads what the holder did; the card was not tried."""
    fake = ScriptedKeypad(*entries)
    keypad = fit(pcsc, session, fake)
    with pytest.raises(leaf) as caught:
        change(session, keypad)
    assert fake.sent == []
    assert tries(session) == b"\x63\xc6"
    if leaf is PinLength:
        assert caught.value.facts == {"least": 6, "most": 6}


def test_a_length_the_reader_lacks_is_the_readers_to_refuse(
    session: CardSession, pcsc: ScriptedPcsc
) -> None:
    """6B80, a bad parameter: this keypad will not do, another place of entry may."""
    keypad = fit(pcsc, session, ScriptedKeypad("123456", least=8, most=12))
    with pytest.raises(KeypadFailed) as caught:
        verify(session, keypad, 6)
    assert caught.value.facts == {"result": "6B80"}


def given(answer: bytes | int) -> Keypad:
    """Make a keypad whose reader answers so; a number is a failure's result."""

    def control(code: int, data: bytes, seconds: float) -> bytes:
        if isinstance(answer, int):
            raise PcscFailure(CONTROL, answer)
        return answer

    return Keypad(control, {Feature.VERIFY_PIN_DIRECT: 1}, Properties())


@pytest.mark.parametrize(
    ("answer", "leaf"),
    [
        (b"\x64\x00", PinTimedOut),
        (b"\x64\x01", PinCancelled),
        (b"\x64\x02", PinsDiffer),
        (b"\x64\x03", PinLength),
        (b"\x64\x80", KeypadFailed),
        (b"\x6b\x80", KeypadFailed),
        (b"", CardTorn),
        (b"\x90", CardBabbles),
        (b"\x12\x90\x00", CardBabbles),
        (0x8010001F, KeypadFailed),
        (0x80100004, KeypadFailed),
        (0x80100016, CardTorn),
        (0x80100069, CardTorn),
        (0x8010000C, CardTorn),
        (0x80100066, CardTorn),
        (0x80100068, CardReset),
        (0x80100017, ReaderGone),
        (0x8010001D, ServiceLost),
        (0x80100001, ServiceFailed),
    ],
)
def test_every_answer_has_its_leaf(answer: bytes | int, leaf: type[GuitaiError]) -> None:
    """What left the card untried is told apart from what may have cost a try."""
    with pytest.raises(leaf):
        given(answer).verify(verify_service_pin())


@pytest.mark.parametrize("sw", [0x9000, 0x63C0, 0x63C5, 0x6983, 0x6984, 0x6700, 0x6B00])
def test_the_cards_words_are_given_back(sw: int) -> None:
    """What a PIN's status word means is known one room further up."""
    assert given(sw.to_bytes(2, "big")).verify(verify_service_pin()) == sw


# --- Ends of another kind ------------------------------------------------------------------


@pytest.mark.parametrize("result", [0x80100016, 0x80100001, 0x8010001D])
def test_nothing_is_tried_twice(session: CardSession, pcsc: ScriptedPcsc, result: int) -> None:
    """A failure may hide an entry that reached the card: the second would be the next try."""
    fake = ScriptedKeypad("111111", "111111")
    keypad = fit(pcsc, session, fake)
    before = pcsc.calls[CONTROL]
    pcsc.fail_next(CONTROL, result)
    with pytest.raises(GuitaiError):
        verify(session, keypad)
    assert pcsc.calls[CONTROL] == before + 1
    assert fake.structures == []


def test_a_card_pulled_during_the_entry_is_torn(pcsc: ScriptedPcsc, beijing: SoftwareCard) -> None:
    """The command was on its way: whether it arrived is for who asks the card next."""
    fake = ScriptedKeypad("123456")

    def pull(command: bytes) -> bytes:
        raise Removed

    with CardSession(pcsc, READER, deadline=LATE) as session:
        keypad = fit(pcsc, session, fake)
        beijing.transmit = pull  # type: ignore[method-assign]
        with pytest.raises(CardTorn):
            verify(session, keypad)
    assert len(fake.sent) == 1


def test_a_keypad_is_for_the_card_it_was_asked_for(
    session: CardSession, pcsc: ScriptedPcsc
) -> None:
    """After a failure the card is another one, and nobody has asked how many tries that has."""
    fake = ScriptedKeypad("123456")
    keypad = fit(pcsc, session, fake)
    with pytest.raises(KeyError):
        session.run(lambda _: {}["mine"])
    with pytest.raises(KeypadFailed):
        verify(session, keypad)
    assert fake.structures == []
    assert verify(session, fit(pcsc, session, fake)) == 0x9000


def test_it_is_used_within_an_operation(session: CardSession, pcsc: ScriptedPcsc) -> None:
    """Elsewhere nobody keeps a deadline, and PC/SC handles are not for sharing."""
    fake = ScriptedKeypad("123456")
    keypad = fit(pcsc, session, fake)
    with pytest.raises(RuntimeError, match="within an operation"):
        keypad.verify(verify_service_pin())
    assert fake.structures == []


# --- Time ----------------------------------------------------------------------------------


class Slow:
    """Lets a clock run on while the person enters, and waits until the caller has looked."""

    def __init__(self, pcsc: ScriptedPcsc, clock: Clock, seconds: float) -> None:
        self.seconds = seconds
        self._clock = clock
        self._looked = threading.Event()
        pcsc.before = self.before

    def before(self, call: str) -> None:
        if call == CONTROL:
            self._clock.now += self.seconds
            self._looked.wait(SOON)


@pytest.mark.parametrize("use", [verify, change], ids=["verify", "change"])
def test_a_person_may_take_a_minute(
    pcsc: ScriptedPcsc, beijing: SoftwareCard, use: Callable[..., int]
) -> None:
    """Neither a command's deadline nor the operation's limit is for people."""
    clock = Clock()
    with CardSession(pcsc, READER, deadline=1, limit=5, clock=clock) as session:
        keypad = fit(pcsc, session, ScriptedKeypad("123456", "654321", "654321"))
        Slow(pcsc, clock, 59)

        def operation(connection: CardConnection) -> tuple[bytes, int, bytes]:
            before = connection.transmit(QUERY)
            structure = verify_service_pin() if use is verify else change_service_pin()
            sw = keypad.verify(structure) if use is verify else keypad.change(structure)
            return before, sw, connection.transmit(QUERY)

        assert session.run(operation) == (b"\x63\xc6", 0x9000, b"\x63\xc6")
    assert clock.now == 59


def test_a_keypad_that_hangs_is_given_up(pcsc: ScriptedPcsc, card) -> None:
    """Longer than anybody may take it is the reader, and the counter goes on without it."""
    clock = Clock()
    session = CardSession(pcsc, READER, deadline=10, clock=clock)
    fake = ScriptedKeypad("123456")
    keypad = fit(pcsc, session, fake)
    go = pcsc.hang_next(CONTROL)
    pcsc.before = lambda call: call == CONTROL and setattr(clock, "now", clock.now + 101)
    came_back: list[str] = []

    def operation(connection: CardConnection) -> None:
        for attempt in (
            lambda: keypad.verify(verify_service_pin()),
            lambda: connection.transmit(ASK),
        ):
            try:
                attempt()
                came_back.append("an answer")
            except CardHung:
                came_back.append("hung")

    with pytest.raises(CardHung) as caught:
        session.run(operation)
    assert caught.value.facts == {"seconds": "10"}
    go.set()
    session._thread.join(LATE)
    assert came_back == ["hung", "hung"], "the answer comes too late, and nothing more is sent"
    assert len(fake.sent) == 1
    assert [each for each in card.commands if each == ASK] == []


def test_after_an_entry_the_cards_deadline_holds_again(pcsc: ScriptedPcsc, card) -> None:
    """The patience with a person must not be left over for the card."""
    clock = Clock()
    session = CardSession(pcsc, READER, deadline=10, clock=clock)
    keypad = fit(pcsc, session, ScriptedKeypad("123456"))
    go: list[threading.Event] = []

    def operation(connection: CardConnection) -> bytes:
        assert keypad.verify(verify_service_pin()) == 0x9000
        go.append(pcsc.hang_next("SCardTransmit"))
        pcsc.before = lambda call: call == "SCardTransmit" and setattr(clock, "now", 11)
        return connection.transmit(ASK)

    with pytest.raises(CardHung) as caught:
        session.run(operation)
    assert caught.value.facts == {"seconds": "10"}
    go[0].set()
    session._thread.join(LATE)


def test_a_reader_that_hangs_when_asked_for_its_keypad(pcsc: ScriptedPcsc, card) -> None:
    """A question to the reader has a command's deadline like any other call."""
    go = pcsc.hang_next(CONTROL)
    session = CardSession(pcsc, READER, deadline=SOON)
    with pytest.raises(CardHung):
        session.keypad()
    go.set()
    session._thread.join(LATE)


# --- Traces --------------------------------------------------------------------------------


def test_a_trace_tells_that_it_was_used(pcsc: ScriptedPcsc, beijing: SoftwareCard) -> None:
    """Without it the trace would show a card that opened by itself; no digit is in it."""
    lines: list[str] = []
    pcsc_keypad = ScriptedKeypad("123456", "123456", "654321", "654321", Press.CANCEL)
    with CardSession(pcsc, READER, trace=lines.append, redact=False) as session:
        keypad = fit(pcsc, session, pcsc_keypad)
        tries(session)
        verify(session, keypad)
        change(session, keypad)
        with pytest.raises(PinCancelled):
            verify(session, keypad)
    text = "".join(lines)
    assert [line for line in text.splitlines() if "KEYPAD" in line] == [
        "# KEYPAD: 00200000",
        "# KEYPAD: 9000",
        "# KEYPAD: 805E0100",
        "# KEYPAD: 9000",
        "# KEYPAD: 00200000",
        "# KEYPAD: 6401",
    ]
    assert "123456" not in text
    assert "654321" not in text
    assert [each.command for each in load(text).exchanges] == [QUERY]


def test_a_trace_ends_where_the_keypad_did(pcsc: ScriptedPcsc, beijing: SoftwareCard) -> None:
    """Of an answer that is none only the size is shown: nobody knows what it holds."""
    notes: list[str] = []
    for answer, shown in ((b"", "no answer"), (b"\x12\x34\x56\x90\x00", "5 bytes")):
        keypad = Keypad(
            lambda code, data, seconds, answer=answer: answer,
            {Feature.VERIFY_PIN_DIRECT: 1},
            Properties(),
            notes.append,
        )
        with pytest.raises((CardTorn, CardBabbles)):
            keypad.verify(verify_service_pin())
        assert notes[-2:] == ["# KEYPAD: 00200000\n", f"# KEYPAD: {shown}\n"]


# --- The real daemon -----------------------------------------------------------------------


def test_vpcd_has_none_and_nothing_breaks(real_daemon: PrivateDaemon, beijing) -> None:
    """vpcd has no keypad; asking it leaves card and session as they were."""
    pcsc = Scard()
    slot = VirtualSlot(beijing, lambda: real_daemon.connect(0)).start()
    try:
        reader = real_daemon.readers[0]
        assert wait_for_card(pcsc, reader, LATE)
        with CardSession(pcsc, reader, deadline=LATE) as session:
            assert tries(session) == b"\x63\xc6"
            assert session.keypad() is None
            assert session.keypad() is None
            assert tries(session) == b"\x63\xc6"
            assert OK not in {tries(session)}
    finally:
        slot.stop()
