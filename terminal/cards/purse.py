"""What moves money on a transit card: begin, end, prove, block.

Reference transit-purse.md §3 to §5. INITIALIZE changes nothing; CREDIT and DEBIT change the card,
and only after them a proof is asked for. A refusal that leaves the card as it was is PurseRefused
and its kin; what else comes back, or nothing, leaves open whether the card was changed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn, TypeVar

from apdu.cipher import MAC
from apdu.commands import GetChallenge
from apdu.declare import Declared
from apdu.errors import LayoutError
from apdu.purse import Debited, OfflineBegun, OnlineBegun, Proved, TransactionType
from apdu.purse_commands import (
    Beginning,
    Blocking,
    BlockPurse,
    CacheMode,
    CreditForLoad,
    Debit,
    GetProof,
    Initialize,
    UpdateCache,
)
from apdu.response import Response
from apdu.status import SW, Family, meaning
from card_profiles import transit
from terminal.cards.exchange import exchange
from terminal.cards.transit import TransitCard
from terminal.errors import CardBabbles, PurseBlocked, PursePinWanted, PurseRefused
from terminal.texts import Text

T = TypeVar("T")

_LOCKED = frozenset({SW.APPLICATION_BLOCKED, SW.FILE_INVALIDATED, SW.APPLICATION_LOCKED})
_CHALLENGE = 4
_CLEAR_CLASSES = frozenset({0x64, 0x67, 0x69, 0x6A, 0x6B, 0x6D, 0x6E, 0x93, 0x94})
"""First bytes of status words that say: refused, and nothing was changed (§3.3)."""


class TornOutcome(Exception):
    """Say that the card answered, and that its answer leaves open whether it was changed."""

    def __init__(self, sw: int) -> None:
        super().__init__(f"{sw:04X}")
        self.sw = sw


class CardPurse:
    """Move money on one card; ``key_index`` is the one that the card is asked for."""

    def __init__(self, card: TransitCard, key_index: int) -> None:
        self._connection = card.connection
        self._key_index = key_index

    # --- Beginning: nothing is changed -------------------------------------------------------

    def begin_load(self, amount: int, terminal: bytes) -> OnlineBegun:
        """Begin a load; raises PurseRefused, PurseBlocked, PursePinWanted, CardBabbles."""
        command = Initialize.of(Beginning.LOAD, self._key_index, amount, terminal)
        return self._begin(command, OnlineBegun.decode)

    def begin_unload(self, amount: int, terminal: bytes) -> OnlineBegun:
        """Begin an unload; most cards have none and refuse (§3.2)."""
        command = Initialize.of(Beginning.UNLOAD, self._key_index, amount, terminal)
        return self._begin(command, OnlineBegun.decode)

    def begin_purchase(self, kind: TransactionType, amount: int, terminal: bytes) -> OfflineBegun:
        """Begin a purchase, plain or composite; raises as a load does."""
        what = Beginning.COMPOSITE if kind is TransactionType.COMPOSITE else Beginning.PURCHASE
        command = Initialize.of(what, self._key_index, amount, terminal)
        return self._begin(command, OfflineBegun.decode)

    def _begin(self, command: Initialize, decode: Callable[[bytes], T]) -> T:
        answer = exchange(self._connection, command)
        if not answer.ok:
            _refuse(command, answer.sw)
        return _decoded(command, answer, decode)

    # --- Ending: the card is changed ---------------------------------------------------------

    def credit(self, at: bytes, mac2: bytes) -> bytes:
        """Put the money on the card and give its TAC.

        Raises PurseRefused where nothing was changed, TornOutcome where that is open.
        """
        return self._end(CreditForLoad(at, mac2), MAC)

    def debit_unload(self, at: bytes, mac2: bytes) -> bytes:
        """Take the money off by an unload and give MAC3; raises as :meth:`credit` does."""
        return self._end(Debit.unload(at, mac2), MAC)

    def debit(self, sequence: bytes, at: bytes, mac1: bytes) -> Debited:
        """Take the money off by a purchase; raises as :meth:`credit` does."""
        return Debited.decode(self._end(Debit.purchase(sequence, at, mac1), 2 * MAC))

    def _end(self, command: Declared, size: int) -> bytes:
        answer = exchange(self._connection, command)
        if answer.ok and len(answer.data) == size:
            return answer.data
        if answer.sw >> 8 in _CLEAR_CLASSES:
            _refuse(command, answer.sw)
        raise TornOutcome(answer.sw)

    def cache(self, sfi: int, number: int, content: bytes, *, append: bool = False) -> None:
        """Put a record aside, to be written with the money; raises PurseRefused.

        A composite record is named by its identifier's low byte; trips are appended.
        """
        command = UpdateCache(0 if append else number, content, CacheMode.IDENTIFIER, sfi)
        answer = exchange(self._connection, command)
        if not answer.ok:
            _refuse(command, answer.sw)

    # --- Evidence ----------------------------------------------------------------------------

    def proof(self, kind: TransactionType, counter: int) -> Proved | None:
        """Ask for the proof of a transaction by the counter after it; None where it has none."""
        answer = exchange(self._connection, GetProof(kind, counter))
        if not answer.ok or len(answer.data) != 2 * MAC:
            return None
        return Proved.decode(answer.data)

    def counter(self, kind: TransactionType) -> int | None:
        """Ask for the card's counter by beginning something and leaving it there (§3.2).

        None where the card does not begin it.
        """
        nobody = bytes(6)
        # Nothing is a legal amount of a composite purchase (§3.2), of others on some cards.
        online = ((Beginning.LOAD, 1), (Beginning.UNLOAD, 1))
        offline = ((Beginning.COMPOSITE, 0), (Beginning.PURCHASE, 1))
        for what, amount in online if kind.online else offline:
            command = Initialize.of(what, self._key_index, amount, nobody)
            answer = exchange(self._connection, command)
            if answer.ok and kind.online:
                return _decoded(command, answer, OnlineBegun.decode).counter
            if answer.ok:
                return _decoded(command, answer, OfflineBegun.decode).counter
        return None

    # --- Closing -----------------------------------------------------------------------------

    def challenge(self) -> bytes:
        """Ask for the random number that a block's MAC starts from."""
        command = GetChallenge(_CHALLENGE)
        answer = exchange(self._connection, command)
        if not answer.ok:
            _refuse(command, answer.sw)
        if len(answer.data) != _CHALLENGE:
            raise CardBabbles(detail=f"{len(answer.data)} bytes to {command.NAME}")
        return answer.data

    def block(self, mac: bytes) -> None:
        """Block the application for ever; raises as :meth:`credit` does."""
        command = BlockPurse(Blocking.PERMANENT, mac)
        answer = exchange(self._connection, command)
        if answer.ok:
            return
        if answer.sw >> 8 in _CLEAR_CLASSES:
            _refuse(command, answer.sw)
        raise TornOutcome(answer.sw)


BLOCK_HEADER = BlockPurse(Blocking.PERMANENT, bytes(MAC)).header()
"""CLA INS P1 P2 of the block, which its MAC is made over."""
TRIPS_SFI = transit.TRIPS_FILE.sfi
COMPOSITE_SFI = transit.COMPOSITE_FILE.sfi


def _refuse(command: Declared, sw: int) -> NoReturn:
    """Raise what a refusal means to a clerk."""
    if sw in _LOCKED:
        raise PurseBlocked(sw=f"{sw:04X}")
    if sw == SW.SECURITY_STATUS:
        raise PursePinWanted
    known = meaning(sw, Family.PURSE)
    raise PurseRefused(
        step=command.NAME,
        sw=f"{sw:04X}",
        meaning=Text(
            known.zh if known else "未知状态字", known.en if known else "unknown status word"
        ),
    )


def _decoded(command: Declared, answer: Response, decode: Callable[[bytes], T]) -> T:
    try:
        return decode(answer.data)
    except LayoutError as error:
        raise CardBabbles(detail=f"{len(answer.data)} bytes to {command.NAME}") from error
