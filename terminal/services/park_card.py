"""What the pass services see of a card, and how they write one record of it for good.

The journal's entry carries the record's number, what was there and what is to be there: whoever
finds the card later decides by reading it, never by guessing.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from datetime import date

from terminal.cards.park_pass import ParkPasses, Pass, decode
from terminal.cards.social_security import SocialSecurityCard
from terminal.errors import (
    CardRefused,
    DataDamaged,
    GuitaiError,
    JournalError,
    PassCannotTell,
    PassCardExpired,
    PassNoIdentity,
    PassUnfinished,
    PassUnsettled,
)
from terminal.journal import KINDS, Entry, Journal, Kind, State
from terminal.journal.model import shown_key
from terminal.services.visit import Visit
from terminal.texts import Text

_WAY = {
    False: Text("由两人认定：guitai park decide", "two people decide by guitai park decide"),
    True: Text(
        "新卡对不上的，放上第三张卡运行 guitai park move --instead；"
        "旧卡对不上的，放上新卡运行 guitai park move --dead",
        "where it is the new card lay a third one and run guitai park move --instead, "
        "where it is the old one lay the new one and run guitai park move --dead",
    ),
}
"""What people do then; of a move or of anything else."""
LOOKED = "cannot_tell"
"""The fact that an entry has once its card was asked and did not decide."""
PASS_KINDS = frozenset({Kind.PASS_SALE, Kind.PASS_ACTIVATION, Kind.PASS_MOVE})


@dataclass(frozen=True, slots=True)
class CardNow:
    """Hold what lies in the reader: which card, whose, with which passes.

    ``person`` is the social security number, empty where it was not asked for.
    """

    card_id: str
    expiry: date | None
    passes: tuple[Pass, ...]
    person: str = field(repr=False, default="")

    def demand_valid(self, day: date) -> None:
        """Raise PassCardExpired where the card's own validity is over."""
        if self.expiry is not None and self.expiry < day:
            raise PassCardExpired(day=self.expiry.isoformat())

    def in_force(self, year: int, day: date) -> Pass | None:
        """Find the year's pass on this card that is not over."""
        for each in self.passes:
            if each.year == year and each.in_force and not each.ended(day):
                return each
        return None


def look_at(visit: Visit, *, with_person: bool) -> CardNow:
    """Read which card lies there and what passes it has.

    Raises PassNoApplication, PassNoIdentity, DataDamaged where it has no card id.
    """

    def read(card: SocialSecurityCard) -> CardNow:
        data = card.identify()
        if not data.card_id_bytes:
            raise DataDamaged(item=Text("卡识别码", "card id"), detail="tag 01")
        person = ""
        if with_person:
            number = card.holder().social_security_number
            if number is None:
                raise PassNoIdentity
            person = number.reveal()
        passes = ParkPasses(card).read()
        return CardNow(data.card_id_bytes.hex().upper(), data.expiry_date, passes, person)

    return visit.run(read)


def demand_settled(journal: Journal, card_id: str, *but: str) -> None:
    """Raise PassUnfinished where a pass operation on this card has no outcome yet.

    ``but`` are keys that do not matter.
    """
    for entry in journal.unfinished(card_id):
        if entry.intention.kind in PASS_KINDS and entry.key not in but:
            raise PassUnfinished(kind=KINDS[entry.intention.kind], key=shown_key(entry.key))


def prepare(visit: Visit) -> None:
    """Do all that comes before the write itself: nothing was announced yet."""
    visit.run(lambda card: ParkPasses(card).prepare())


def write(visit: Visit, journal: Journal, entry: Entry, number: int, record: bytes) -> None:
    """Send the one command that writes a record, announced as sent before.

    Raises CardRefused where the card says no, PassUnsettled for any other end.
    """
    try:
        visit.run(lambda card: ParkPasses(card).write(number, record))
    except CardRefused:
        raise
    except GuitaiError as error:
        if entry.state is State.SENT:
            # It is read like sent where even this cannot be noted.
            with contextlib.suppress(JournalError):
                journal.unknown(entry)
        raise PassUnsettled(key=shown_key(entry.key), detail=error.sentence) from error


def written(visit: Visit, entry: Entry, number: int, before: bytes, after: bytes) -> bool:
    """Read the record and tell whether the write happened; raises PassCannotTell.

    A gate may have let the holder in since: the same pass with as many uses as changes more.
    """
    there = visit.run(lambda card: ParkPasses(card).read_one(number))
    if there.used_since(decode(number, after)):
        return True
    if there.raw == before:
        return False
    raise PassCannotTell(
        key=shown_key(entry.key),
        number=number,
        found=there.raw.hex().upper(),
        before=before.hex().upper(),
        after=after.hex().upper(),
        way=_WAY[entry.intention.kind is Kind.PASS_MOVE],
    )
