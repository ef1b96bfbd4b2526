"""Traces: written while it happens, masked, and good for replaying."""

import pytest

from apdu.errors import TraceError
from apdu.trace import Exchange, load
from emulator.pcsc import ScriptedPcsc
from terminal.errors import CardHung, CardTorn
from terminal.readers.connection import CardConnection, Traced
from terminal.readers.session import CardSession

READER = "Reader 00 00"
LATE = 10
SELECT = bytes.fromhex("00A40000023F0000")
PIN = bytes.fromhex("0020000003123456")
READ = bytes.fromhex("00B2010400")


class Stand:
    """A connection that answers from a list and looks at the trace when it is asked."""

    atr = bytes.fromhex("3B00")
    protocol = "T=0"

    def __init__(self, *answers: str) -> None:
        self.answers = [bytes.fromhex(each) for each in answers]
        self.written = ""
        self.written_when_asked: list[str] = []

    def write(self, text: str) -> None:
        self.written += text

    def transmit(self, command: bytes) -> bytes:
        self.written_when_asked.append(self.written)
        if not self.answers:
            raise CardTorn
        return self.answers.pop(0)


class Clock:
    """A clock that moves 24 ms at each look."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 0.024
        return self.now


def test_it_is_written_while_it_happens() -> None:
    """After a crash, or with a hung card, what was written last is what matters."""
    stand = Stand("6118", "9000")
    traced = Traced(stand, stand.write, Clock())
    assert stand.written == "# ATR: 3B00\n# PROTOCOL: T=0\n"
    assert traced.transmit(SELECT) == b"\x61\x18"
    assert stand.written_when_asked[0].endswith("00A40000023F0000\n")
    assert stand.written.endswith("00A40000023F0000\n# 24ms\n6118\n")
    traced.transmit(SELECT)
    assert stand.written_when_asked[1].endswith("# 24ms\n6118\n00A40000023F0000\n")


def test_secrets_are_masked_unless_told_otherwise() -> None:
    """A trace is sent to strangers as a bug report."""
    for redact in (True, False):
        stand = Stand("9000", "313233349000")
        traced = Traced(stand, stand.write, Clock(), redact=redact)
        traced.transmit(PIN)
        assert traced.transmit(READ) == bytes.fromhex("313233349000"), "only the trace is masked"
        assert ("0020000003******\n" in stand.written) is redact
        assert ("0020000003123456\n" in stand.written) is not redact
        assert ("********9000\n" in stand.written) is redact
        assert ("313233349000\n" in stand.written) is not redact


def test_a_fetched_answer_is_masked_like_its_command() -> None:
    """On T=0 personal data comes with GET RESPONSE, which says nothing of itself."""
    stand = Stand("6104", "313233349000")
    traced = Traced(stand, stand.write, Clock())
    traced.transmit(READ)
    traced.transmit(bytes.fromhex("00C0000004"))
    assert "31323334" not in stand.written
    assert "00C0000004\n# 24ms\n********9000\n" in stand.written


def test_a_torn_command_is_recorded() -> None:
    """The one command that matters is the one that got no answer."""
    stand = Stand()
    traced = Traced(stand, stand.write, Clock(), redact=False)
    with pytest.raises(CardTorn):
        traced.transmit(SELECT)
    assert load(stand.written).exchanges == (Exchange(SELECT, None, 24),)


class Replay:
    """A card made of a trace: it answers what was answered, or is torn where it was."""

    def __init__(self, text: str) -> None:
        trace = load(text)
        self.atr = trace.atr
        self._left = list(trace.exchanges)

    def power_on(self) -> None: ...

    power_off = reset = power_on

    def transmit(self, command: bytes) -> bytes:
        exchange = self._left.pop(0)
        assert exchange.command == command
        assert exchange.answer is not None
        return exchange.answer


def test_a_sessions_trace_replays(pcsc: ScriptedPcsc, card) -> None:
    """Log, bug report and test fixture in one form: what was written can be played again."""
    written: list[str] = []

    def operation(connection: CardConnection) -> list[bytes]:
        return [connection.transmit(SELECT), connection.transmit(READ)]

    turns = iter(["6102", "AABB9000", "6C03", "3132339000"])
    card.answer = lambda _: bytes.fromhex(next(turns))
    with CardSession(pcsc, READER, trace=written.append, redact=False) as session:
        answers = session.run(operation)
    assert answers == [bytes.fromhex("AABB9000"), bytes.fromhex("3132339000")]
    assert [each.command.hex().upper() for each in load("".join(written)).exchanges] == [
        "00A40000023F00",
        "00C0000002",
        "00B2010400",
        "00B2010403",
    ], "as they crossed the wire, T=0 rounds apart"

    pcsc.remove(READER)
    pcsc.insert(READER, Replay("".join(written)))
    with CardSession(pcsc, READER) as session:
        assert session.run(operation) == answers


def test_a_masked_trace_is_a_log_and_no_fixture(pcsc: ScriptedPcsc, card) -> None:
    """Replaying masks would be a test of nothing."""
    written: list[str] = []
    with CardSession(pcsc, READER, trace=written.append) as session:
        session.run(lambda connection: connection.transmit(PIN))
    assert "123456" not in "".join(written)
    with pytest.raises(TraceError, match="line 3"):
        load("".join(written))


def test_a_hung_card_shows_in_the_trace(pcsc: ScriptedPcsc, card) -> None:
    """The maker of the card will ask with which command it hung."""
    written: list[str] = []
    go = pcsc.hang_next("SCardTransmit")
    session = CardSession(pcsc, READER, deadline=0.15, trace=written.append, redact=False)
    with pytest.raises(CardHung):
        session.run(lambda connection: connection.transmit(SELECT))
    assert load("".join(written)).exchanges == (Exchange(SELECT[:-1], None),)
    go.set()
    session._thread.join(LATE)
