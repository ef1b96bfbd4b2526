"""A move of passes to a new card (Rules Art. 16, R-RENEW-PARK), one card after the other.

At no moment two cards hold a year's pass: from the beginning to the end of it the park system
names none. Its stages say which card is needed next, and the cards say what was written of it,
so any counter that shares the journal can go on, whatever was lost:

begun      the new card gets every pass as ARRIVING, then the park system is told "arrived";
arrived    the old card's are marked MOVED (a dead chip's are not, its id is revoked instead),
           then "finish_move" makes the new card the holder;
finished   the new card's become what the old one's were, SOLD or ACTIVE; done.

The count of uses is what the park system knows of them, for the records of the new card are
sealed before the old one is seen.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from card_profiles.park_pass import PassState, changed
from terminal.cards.park_pass import ParkPasses, Pass, free_record
from terminal.errors import (
    CardRefused,
    IntentionDiffers,
    ParkAnswerWrong,
    ParkContradicts,
    ParkError,
    ParkSystemUnreachable,
    PassExists,
    PassKeyUsed,
    PassNothingToMove,
    PassNotThisCard,
    PassPending,
)
from terminal.journal import (
    AlreadyBegun,
    Clock,
    Entry,
    Intention,
    Journal,
    Kind,
    Method,
    State,
)
from terminal.journal.model import Fact, beijing_day
from terminal.parties.park import SHOWN_KEY, Holding, MovingPass, ParkEntry, ParkSystem, Stage
from terminal.services.park_card import (
    PASS_KINDS,
    CardNow,
    demand_settled,
    look_at,
    prepare,
    write,
    written,
)
from terminal.services.visit import Visit
from terminal.texts import Text

_ON_NEW = Text("新卡上已有", "The new card has one")
_MOVED_IN_PART = Text(
    "旧卡上的年票已经标记转移，只能继续转到新卡",
    "The old card's pass is marked as moved: the move can only go on",
)


class Wanted(StrEnum):
    """Say which card a move needs next."""

    NEW = "new"
    OLD = "old"
    NONE = "none"
    """It is over."""


WANTED = {Wanted.NEW: Text("新卡", "the new card"), Wanted.OLD: Text("旧卡", "the old card")}


class PassMove:
    """Move a person's passes from one card to another, step by step."""

    def __init__(self, park: ParkSystem, journal: Journal, clock: Clock, operator: str) -> None:
        self._park = park
        self._journal = journal
        self._clock = clock
        self._operator = operator

    @property
    def _today(self) -> date:
        return beijing_day(self._clock())

    # --- Beginning -------------------------------------------------------------------------

    def begin(self, visit: Visit, key: str, *, dead: bool = False) -> Entry:
        """Begin a move to the card that lies there; both ends are the person's of that card.

        ``dead`` says that the old chip cannot be written any more: the park system's record is
        the source then. Nothing is written yet. Raises PassNothingToMove, PassExists, PassNoRoom,
        PassPending, PassUnfinished, PassCardExpired, PassNoIdentity.
        """
        now = look_at(visit, with_person=True)
        known = self._journal.store.entry(key)
        if known is not None and (known.state is not State.BEGUN):
            return self._going_on(known, now.card_id)
        demand_settled(self._journal, now.card_id, but=key)
        now.demand_valid(self._today)
        there = self._to_move(now, key, dead=dead)
        old = there[0].card_id
        numbers = self._room(now, there)
        if dead:
            self._settle_dead(old, key)
        demand_settled(self._journal, old, but=key)
        prepare(visit)
        entry = self._announce(
            Intention(
                key=key,
                kind=Kind.PASS_MOVE,
                card=old,
                amount=0,
                till=0,
                method=Method.NONE,
                operator=self._operator,
                other_card=now.card_id,
                facts={"dead": dead},
            )
        )
        if entry.state is not State.BEGUN:
            return entry
        years = tuple(each.year for each in there)
        try:
            moving = self._park.begin_move(key, now.person, old, now.card_id, years, dead=dead)
        except (ParkSystemUnreachable, ParkAnswerWrong):
            raise  # it may have begun there: recover() releases it, a repetition goes on
        except ParkError:
            self._journal.undone(entry)
            raise
        return self._journal.sent(entry, _facts(moving, numbers))

    def _going_on(self, entry: Entry, new_card: str) -> Entry:
        if entry.intention.kind is not Kind.PASS_MOVE or entry.intention.other_card != new_card:
            raise IntentionDiffers(key=entry.key[:SHOWN_KEY])
        if entry.state is State.UNDONE:
            raise PassKeyUsed(key=entry.key[:SHOWN_KEY])
        return entry

    def _announce(self, intention: Intention) -> Entry:
        try:
            return self._journal.begin(intention)
        except AlreadyBegun as begun:
            return self._going_on(begun.entry, intention.other_card)

    def _to_move(self, now: CardNow, key: str, *, dead: bool) -> tuple[ParkEntry, ...]:
        """Find the passes in force on the person's other card, by the park system's record."""
        usable = {Holding.SOLD, Holding.ACTIVE} | ({Holding.RESERVED} if dead else set())
        found = []
        for each in self._park.passes(now.person):
            if each.card_id == now.card_id or each.valid_to < self._today:
                continue
            if (
                each.pending != key
                and each.pending
                and (not dead or each.holding is Holding.MOVING)
            ):
                raise PassPending(year=each.year, key=each.pending[:SHOWN_KEY])
            if each.holding in usable or each.pending == key:
                found.append(each)
        if not found:
            raise PassNothingToMove
        return tuple(each for each in found if each.card_id == found[0].card_id)

    def _room(self, now: CardNow, there: tuple[ParkEntry, ...]) -> dict[int, Pass]:
        """Choose a record of the new card for each year, before anything is begun."""
        left = list(now.passes)
        chosen: dict[int, Pass] = {}
        for each in there:
            if now.in_force(each.year, self._today) is not None:
                raise PassExists(year=each.year, where=_ON_NEW)
            chosen[each.year] = free_record(left, self._today, each.year)
            left.remove(chosen[each.year])
        return chosen

    def _settle_dead(self, old: str, key: str) -> None:
        """End what was open on a chip that will never tell how it ended.

        A sale was paid for and its pass goes over with the move; an activation is done anew.
        """
        for entry in self._journal.unfinished(old):
            if entry.key == key or entry.intention.kind not in PASS_KINDS:
                continue
            if entry.state is State.BEGUN or entry.intention.kind is Kind.PASS_ACTIVATION:
                self._park.release(entry.key)
                self._journal.undone(entry, {"chip": "dead"})
            elif entry.intention.kind is Kind.PASS_SALE:
                self._park.confirm(entry.key)
                self._journal.done(entry, {"chip": "dead"})

    # --- Going on --------------------------------------------------------------------------

    def next_step(self, entry: Entry) -> Wanted:
        """Say which card is needed next, by what the park system says now."""
        if not entry.unfinished:
            return Wanted.NONE
        if entry.state is State.BEGUN:
            return Wanted.NEW
        stage = self._park.stage(entry.key)
        if stage is Stage.RELEASED:
            return Wanted.NONE
        return Wanted.OLD if stage is Stage.ARRIVED and not _dead(entry) else Wanted.NEW

    def go_on(self, visit: Visit, entry: Entry) -> Entry:
        """Do all that can be done with the card that lies there.

        Raises PassNotThisCard where the other one is needed, PassUnsettled, PassCannotTell.
        """
        wanted = self.next_step(entry)
        if wanted is Wanted.NONE or entry.state is State.BEGUN:
            return entry  # what was only announced is begun again, or given up
        card_id = look_at(visit, with_person=False).card_id
        if card_id != _id_of(entry, wanted):
            raise PassNotThisCard(wanted=WANTED[wanted])
        while self.next_step(entry) is wanted:
            entry = self._step(visit, entry)
        return entry

    def resume(self, visit: Visit, entry: Entry) -> Entry:
        """Go on after whatever broke it off; left as it is where the other card is needed."""
        if entry.state is State.BEGUN or self._park.stage(entry.key) is Stage.RELEASED:
            self._park.release(entry.key)
            return self._journal.undone(entry)
        try:
            return self.go_on(visit, entry)
        except PassNotThisCard:
            return entry

    def abandon(self, visit: Visit, entry: Entry) -> Entry:
        """Give a move up: the old card, which has to lie here untouched, is the holder again.

        Raises PassNotThisCard, ParkContradicts where a pass was marked as moved already.
        """
        if entry.state is State.BEGUN:
            return self.resume(visit, entry)
        now = look_at(visit, with_person=False)
        if now.card_id != entry.intention.card:
            raise PassNotThisCard(wanted=WANTED[Wanted.OLD])
        years = _years(entry)
        untouched = {each.year for each in now.passes if each.in_force}
        if not untouched.issuperset(years):
            raise ParkContradicts(detail=_MOVED_IN_PART)
        self._park.release(entry.key)
        return self._journal.undone(entry)

    def _step(self, visit: Visit, entry: Entry) -> Entry:
        """Do the step that the park system's stage asks for."""
        stage = self._park.stage(entry.key)
        if stage is Stage.BEGUN:
            for year in _years(entry):
                self._put(visit, entry, year, "before", "arriving")
            self._park.arrived(entry.key)
        elif stage is Stage.ARRIVED:
            if not _dead(entry):
                self._mark(visit, entry)
            self._park.finish_move(entry.key)
        else:
            for year in _years(entry):
                self._put(visit, entry, year, "arriving", "final")
            entry = self._journal.done(entry)
        return entry

    def _put(self, visit: Visit, entry: Entry, year: int, before: str, after: str) -> None:
        """Make the new card's record of a year what it is to be, if it is not yet."""
        facts = entry.facts
        number = int(facts[f"{year}.number"] or 0)
        old, new = (bytes.fromhex(str(facts[f"{year}.{name}"])) for name in (before, after))
        if written(visit, entry, number, old, new):
            return
        try:
            write(visit, self._journal, entry, number, new)
        except CardRefused:
            if not written(visit, entry, number, old, new):
                raise

    def _mark(self, visit: Visit, entry: Entry) -> None:
        """Mark the old card's passes of these years as moved, those that are not yet."""
        old, years = entry.intention.card, _years(entry)
        for each in visit.run(lambda card: ParkPasses(card).read()):
            if each.year not in years or not each.in_force:
                continue
            moved = self._park.seal(entry.key, old, changed(each.raw, {"state": PassState.MOVED}))
            try:
                write(visit, self._journal, entry, each.number, moved)
            except CardRefused:
                if not written(visit, entry, each.number, each.raw, moved):
                    raise


def _facts(moving: tuple[MovingPass, ...], numbers: dict[int, Pass]) -> dict[str, Fact]:
    """Note all that is needed to go on without what this process knows."""
    facts: dict[str, Fact] = {"years": ",".join(str(each.year) for each in moving)}
    for each in moving:
        at = numbers[each.year]
        facts |= {
            f"{each.year}.number": at.number,
            f"{each.year}.before": at.raw.hex(),
            f"{each.year}.arriving": each.arriving.hex(),
            f"{each.year}.final": each.final.hex(),
        }
    return facts


def _years(entry: Entry) -> tuple[int, ...]:
    return tuple(map(int, str(entry.facts["years"]).split(",")))


def _dead(entry: Entry) -> bool:
    return entry.facts["dead"] is True


def _id_of(entry: Entry, wanted: Wanted) -> str:
    return entry.intention.card if wanted is Wanted.OLD else entry.intention.other_card
