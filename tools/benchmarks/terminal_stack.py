"""``terminal_stack``: what our layers cost a command beside SCardTransmit alone.

Both sides use one and the same connection, in turn: first an operation of a CardSession (owner's
thread, meter, watched deadline, T=0 rules; the hand-over to the thread and the wait for it count),
then SCardTransmit on that session's own handle. So neither is kept waiting by the other's
transaction, and reader, card, daemon and context are equal. The card is the trivial one: the
shorter the way there and back, the more our layers weigh. The raw side sends a list made
beforehand and leaves the answer a list; ours turns bytes into a list and back each time.
"""

from __future__ import annotations

from smartcard import scard

from apdu.commands import ReadRecord
from apdu.response import Response
from benchmarks.measure import Entry, Gate, in_turn
from benchmarks.stage import Stage, loop
from terminal.cards.exchange import exchange
from terminal.readers.connection import CardConnection
from terminal.readers.pcsc import Scard, ScardContext, ScardHandle
from terminal.readers.port import Share
from terminal.readers.session import CardSession

ROUNDS = 41
TIMES = 800
_COMMAND = ReadRecord(1, sfi=5, le=18)


class _KeepingContext(ScardContext):
    """A context that keeps the number of the handle it made, for the raw side."""

    number = 0

    def connect(self, reader: str, share: Share) -> ScardHandle:
        """Connect as ours does."""
        result, self.number, protocol = scard.SCardConnect(
            self._handle, reader, share, scard.SCARD_PROTOCOL_T0
        )
        assert result == scard.SCARD_S_SUCCESS, result
        return ScardHandle(self.number, protocol)


class _KeepingScard(Scard):
    def establish(self) -> ScardContext:
        """Make the one context."""
        result, number = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        assert result == scard.SCARD_S_SUCCESS, result
        self.context = _KeepingContext(number)
        return self.context


def _bytes(connection: CardConnection) -> bytes:
    transmit, command, answer = connection.transmit, _COMMAND.encode(), b""
    for _ in range(TIMES):
        answer = transmit(command)
    assert answer == b"\x90\x00"
    return answer


def _declared(connection: CardConnection) -> Response:
    answer = Response(b"", 0)
    for _ in range(TIMES):
        answer = exchange(connection, ReadRecord(1, sfi=5, le=18))
    assert answer.ok
    return answer


def run(rounds: int | None, stage: Stage) -> list[Entry]:
    """Loop READ RECORD both ways; then the same with declared commands, as card modules do."""
    _, trivial = stage.readers()
    pcsc = _KeepingScard()
    with CardSession(pcsc, trivial) as session:
        session.run(_bytes)  # connects
        handle, tpdu = pcsc.context.number, [list(_COMMAND.encode())]

        def raw() -> None:
            loop(handle, tpdu, TIMES)

        stack = in_turn(lambda: session.run(_bytes), raw, rounds or ROUNDS)
        whole = in_turn(lambda: session.run(_declared), raw, rounds or ROUNDS)
    stack_us, raw_us = stack.each(TIMES)
    whole_us, raw_again_us = whole.each(TIMES)
    return [
        Entry(
            "terminal_stack",
            "time of READ RECORD: CardSession.run through all layers ÷ raw SCardTransmit",
            stack.ratio,
            Gate("<=", 1.3),
            {"ours_us": stack_us, "raw_us": raw_us},
        ),
        Entry(
            "terminal_stack.declared",
            "the same with declared commands built and answers parsed each time ÷ raw",
            whole.ratio,
            None,
            {"ours_us": whole_us, "raw_us": raw_again_us},
        ),
    ]
