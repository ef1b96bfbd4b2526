"""The park passes on a card: all read in one answer, one written by one command.

The file is free to read and its records have no tags (card_profiles/park_pass.py). One UPDATE
RECORD is atomic on the card: a pass is the old one or the new one, never half of each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from apdu.commands import ReadRecord, RecordMode, UpdateRecord
from apdu.errors import LayoutError
from card_profiles.park_pass import MAX_PASSES, PARK_PASS, PASS, PASSES_FILE, UK1, PassState
from terminal.cards.exchange import exchange, refused
from terminal.cards.social_security import SocialSecurityCard
from terminal.errors import PassNoApplication, PassNoRoom

_SFI = PASSES_FILE.sfi
_STATES = {each.value: each for each in PassState}
_GONE = frozenset({PassState.MOVED, PassState.CANCELLED})


@dataclass(frozen=True, slots=True)
class Pass:
    """Hold one record; ``readable`` is False where it is none, and then it has no values.

    ``number`` counts from 1. ``state`` is None where its number has no meaning.
    """

    number: int
    raw: bytes
    readable: bool = False
    pass_type: int | None = None
    year: int | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    state: PassState | None = None
    photo: bytes = b""
    uses: int = 0
    counter: int = 0

    @property
    def empty(self) -> bool:
        """Tell whether no pass was ever written there."""
        return self.readable and self.year is None and self.state is None

    @property
    def in_force(self) -> bool:
        """Tell whether it is a pass that somebody may use, now or once it is active."""
        return self.state in {PassState.SOLD, PassState.ACTIVE}

    def ended(self, day: date) -> bool:
        """Tell whether its last day is over."""
        return self.readable and self.valid_to is not None and self.valid_to < day

    def same_pass(self, other: Pass) -> bool:
        """Tell whether another is the same pass, in whatever state."""
        return self._what() == other._what()

    def _what(self) -> tuple[object, ...]:
        return (self.pass_type, self.year, self.valid_from, self.valid_to, self.photo)

    def used_since(self, other: Pass) -> bool:
        """Tell whether it is another one after nothing but gates letting its holder in."""
        uses = self.uses - other.uses
        return (
            self.same_pass(other)
            and self.state is other.state
            and uses >= 0
            and self.counter - other.counter == uses
            and (uses > 0 or self.raw == other.raw)
        )


def decode(number: int, raw: bytes) -> Pass:
    """Read a record with tolerance: what is none is kept, and never overwritten."""
    try:
        values = PASS.decode(raw)
        year = values["year"]
        if year is not None and len(year) != 2 * PASS.members["year"].size:
            raise LayoutError(f"{year} is no year")
    except LayoutError:
        return Pass(number, raw)
    state = _STATES.get(values["state"])
    return Pass(
        number=number,
        raw=raw,
        # A state without a meaning is somebody else's word: not ours to overwrite.
        readable=state is not None or values["state"] is None,
        pass_type=values["pass_type"],
        year=None if year is None else int(year),
        valid_from=values["valid_from"],
        valid_to=values["valid_to"],
        state=state,
        photo=values["photo"] or b"",
        uses=values["uses"] or 0,
        counter=values["counter"] or 0,
    )


def free_record(passes: Sequence[Pass], day: date, year: int | None = None) -> Pass:
    """Choose the record for a new pass; raises PassNoRoom.

    What is left of the same year's pass first (an arrival that never came to its end, what moved
    away), then an empty one, then the oldest of those that are over.
    """
    over = [
        each
        for each in passes
        if each.state in _GONE
        or (each.readable and each.valid_to is not None and each.valid_to < day)
    ]
    left = [
        each
        for each in passes
        if year is not None and each.year == year and not each.in_force and each.readable
    ]
    over.sort(key=lambda each: (each.valid_to or date.min, each.number))
    for each in (*left, *(each for each in passes if each.empty), *over):
        return each
    raise PassNoRoom


class ParkPasses:
    """Read and write the passes of one card."""

    def __init__(self, card: SocialSecurityCard) -> None:
        self._card = card

    def read(self) -> tuple[Pass, ...]:
        """Read all records: in one answer, or one by one where the card does not.

        Raises PassNoApplication, CardRefused, CardBlocked.
        """
        self._enter()
        command = ReadRecord(1, RecordMode.FROM_NUMBER_TO_LAST, _SFI, MAX_PASSES * PASS.size)
        answer = exchange(self._card.connection, command)
        size = PASS.size
        if answer.ok and answer.data and len(answer.data) % size == 0:
            records = [answer.data[at : at + size] for at in range(0, len(answer.data), size)]
            return tuple(decode(number, raw) for number, raw in enumerate(records, 1))
        return tuple(
            decode(each.number, each.raw) for each in self._card.reader.read_each(PASSES_FILE)
        )

    def read_one(self, number: int) -> Pass:
        """Read one record; raises as :meth:`read`."""
        self._enter()
        answer = exchange(self._card.connection, ReadRecord(number, sfi=_SFI, le=PASS.size))
        if not answer.ok:
            raise refused(f"READ RECORD {PASSES_FILE.name}", answer.sw)
        return decode(number, answer.data)

    def prepare(self) -> None:
        """Prove the update key, so that nothing but the write itself is left to do.

        Raises PassNoApplication and what Prover.prove raises.
        """
        self._card.identify()  # whose keys these are; it selects the environment
        self._enter()
        self._card.prove(UK1)

    def write(self, number: int, record: bytes) -> None:
        """Write one record, whole; raises CardRefused where the card says no."""
        self.prepare()
        answer = exchange(self._card.connection, UpdateRecord(number, record, sfi=_SFI))
        if not answer.ok:
            raise refused(f"UPDATE RECORD {PASSES_FILE.name}", answer.sw)

    def _enter(self) -> None:
        if not self._card.enter(PARK_PASS):
            raise PassNoApplication
