"""A move of passes to a new card (Rules Art. 16, R-RENEW-PARK), one card after the other.

At no moment two cards hold a year's pass: from the beginning to the end of it the park system
names none. Its stages say which card is needed next, and the cards say what was written of it,
so any counter that shares the journal can go on, whatever was lost:

begun      the new card gets every pass as ARRIVING, then the park system is told "arrived";
arrived    the old card's are marked MOVED (a dead chip's are not, its id is revoked instead),
           then "finish_move" makes the new card the holder;
finished   the new card's become what the old one's were, SOLD or ACTIVE; done.

Either card may die on the way. A dead old chip is declared, and the move goes on without it. A
dead or lost new card is replaced: another move is begun instead, which takes over where the first
one was, and the lost card is revoked; what may be on it, or marked on the old one, grants nothing.
Once it is finished the new card is the holder, so a dead one is moved from like any other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from card_profiles.park_pass import PassState, changed
from terminal.cards.park_pass import ParkPasses, Pass, decode, free_record
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
    PassOtherPerson,
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
from terminal.journal.model import Fact, beijing_day, shown_key
from terminal.parties.park import (
    OVER,
    Holding,
    MovingPass,
    ParkEntry,
    ParkSystem,
    Stage,
)
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
_NOT_THE_PASS = Text(
    "finish_move 的年票不是转移的那张", "its answer to finish_move is another pass"
)
_MOVED_IN_PART = Text(
    "旧卡上的年票已经标记转移，只能继续转到新卡；新卡已坏或丢失的，用 guitai park move --instead",
    "The old card's pass is marked as moved: the move can only go on, to another new card by"
    " guitai park move --instead",
)


class Wanted(StrEnum):
    """Say which card a move needs next."""

    NEW = "new"
    OLD = "old"
    NONE = "none"
    """It is over."""


WANTED = {Wanted.NEW: Text("新卡", "the new card"), Wanted.OLD: Text("旧卡", "the old card")}


@dataclass(frozen=True, slots=True)
class _Plan:
    """Hold what a move is begun with: ``instead`` is the key of the one that it takes over."""

    person: str = field(repr=False)
    there: tuple[ParkEntry, ...]
    dead: bool
    instead: str = ""

    @property
    def old(self) -> str:
        """Give the card that the passes come from."""
        return self.there[0].card_id

    @property
    def facts(self) -> dict[str, Fact]:
        """Give what the journal is to know of it."""
        return {"dead": self.dead} | ({"instead": self.instead} if self.instead else {})


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

    def begin(
        self,
        visit: Visit,
        key: str,
        *,
        dead: bool = False,
        instead: bool = False,
        formerly: str = "",
        source: str = "",
    ) -> Entry:
        """Begin a move to the card that lies there; both ends are the person's of that card.

        ``dead`` says that the old chip cannot be written any more: the park system's record is
        the source then; a move to this card that is under way goes on so. ``instead`` says that
        the new card of a move under way is dead or lost, and this one takes its place. ``formerly``
        is the person's number before it was changed, ``source`` the id of the card that alone is
        meant, where a person has several. Nothing is written yet. Raises PassNothingToMove,
        PassExists, PassNoRoom, PassPending, PassUnfinished, PassCardExpired, PassCardRevoked,
        PassNoIdentity, PassOtherPerson.
        """
        now = look_at(visit, with_person=True)
        person = self._person(now, formerly)
        running = self._running_to(now.card_id)
        if running is not None and (dead or instead):
            return self._declare_dead(running, person) if dead else running
        known = self._journal.known(key)
        if known is not None and known.state is not State.BEGUN:
            return self._going_on(known, now.card_id)
        demand_settled(self._journal, now.card_id, key)
        now.demand_valid(self._today)
        if instead:
            plan = self._plan_instead(now, person, key, known, dead=dead)
        else:
            plan = _Plan(person, self._to_move(now, person, key, dead=dead, source=source), dead)
        numbers = self._room(now, plan.there)
        if plan.dead:
            self._settle_dead(plan.old, key)
        demand_settled(self._journal, plan.old, key, plan.instead)
        prepare(visit)
        entry = self._announce(
            Intention(
                key=key,
                kind=Kind.PASS_MOVE,
                card=plan.old,
                amount=0,
                till=0,
                method=Method.NONE,
                operator=self._operator,
                other_card=now.card_id,
                facts=plan.facts,
            )
        )
        if entry.state is not State.BEGUN:
            return entry
        return self._begin_there(entry, plan, numbers)

    def _begin_there(self, entry: Entry, plan: _Plan, numbers: dict[int, Pass]) -> Entry:
        """Have the park system begin it, and note what is to be written."""
        try:
            moving = self._park.begin_move(
                entry.key,
                plan.person,
                plan.old,
                entry.intention.other_card,
                tuple(each.year for each in plan.there),
                dead=plan.dead,
                instead=plan.instead,
            )
        except (ParkSystemUnreachable, ParkAnswerWrong):
            raise  # it may have begun there: recover() releases it, a repetition goes on
        except ParkError:
            self._journal.undone(entry)
            raise
        return self._journal.sent(entry, _facts(moving, numbers))

    def _person(self, now: CardNow, formerly: str) -> str:
        """Say under which number the passes are; raises PassOtherPerson."""
        if not formerly or formerly == now.person:
            return now.person
        answer = self._park.same_person(formerly, now.person)
        if not answer.same:
            raise PassOtherPerson(reason=answer.reason)
        return formerly

    def _running_to(self, card_id: str) -> Entry | None:
        """Find the move to a card that is under way, more than announced."""
        for entry in self._journal.unfinished(card_id):
            meant = entry.intention
            is_move = meant.kind is Kind.PASS_MOVE and meant.other_card == card_id
            if is_move and entry.state is not State.BEGUN:
                return entry
        return None

    def _declare_dead(self, entry: Entry, person: str) -> Entry:
        """Say of a move under way that its old chip died: the park system first."""
        if _dead(entry) or self._park.stage(entry.key) not in {Stage.BEGUN, Stage.ARRIVED}:
            return entry
        meant, years = entry.intention, _years(entry)
        self._park.begin_move(
            entry.key,
            person,
            meant.card,
            meant.other_card,
            years,
            dead=True,
            instead=_instead(entry),
        )
        return self._journal.unknown(entry, {"dead": True})

    def _plan_instead(
        self, now: CardNow, person: str, key: str, known: Entry | None, *, dead: bool
    ) -> _Plan:
        """Find the move under way that this card is to end; raises PassNothingToMove.

        Where it is finished but for the last write, the lost card is the holder, and dead.
        """
        self._forget_announced(person, key)
        moving = [each for each in self._park.passes(person) if each.holding is Holding.MOVING]
        there = tuple(each for each in moving if each.pending == moving[0].pending)
        if known is not None and _instead(known):
            first = _instead(known)
        elif there and there[0].pending != key:
            first = there[0].pending
        else:
            there = self._to_move(now, person, key, dead=True)
            if known is None and self._running_to(there[0].card_id) is None:
                raise PassNothingToMove
            return _Plan(person, there, dead=True)
        if not there:
            raise PassNothingToMove
        under_way = self._journal.known(first)
        return _Plan(person, there, dead or (under_way is not None and _dead(under_way)), first)

    def _forget_announced(self, person: str, key: str) -> None:
        """Give up moves of a person that were only announced, their cards may never be back."""
        for card in {each.card_id for each in self._park.passes(person)}:
            for entry in self._journal.unfinished(card):
                announced = entry.state is State.BEGUN and entry.key != key
                if announced and entry.intention.kind is Kind.PASS_MOVE:
                    self._park.release(entry.key)
                    self._journal.undone(entry)

    def _going_on(self, entry: Entry, new_card: str) -> Entry:
        if entry.intention.kind is not Kind.PASS_MOVE or entry.intention.other_card != new_card:
            raise IntentionDiffers(key=shown_key(entry.key))
        if entry.state is State.UNDONE:
            raise PassKeyUsed(key=shown_key(entry.key))
        return entry

    def _announce(self, intention: Intention) -> Entry:
        try:
            return self._journal.begin(intention)
        except AlreadyBegun as begun:
            return self._going_on(begun.entry, intention.other_card)

    def _to_move(
        self, now: CardNow, person: str, key: str, *, dead: bool, source: str = ""
    ) -> tuple[ParkEntry, ...]:
        """Find the passes in force on the person's other card, by the park system's record."""
        usable = {Holding.SOLD, Holding.ACTIVE} | ({Holding.RESERVED} if dead else set())
        found = []
        for each in self._park.passes(person):
            if each.card_id == now.card_id or each.valid_to < self._today:
                continue
            if source and each.card_id != source:
                continue
            if (
                each.pending != key
                and each.pending
                and (not dead or each.holding is Holding.MOVING)
            ):
                raise PassPending(year=each.year, key=shown_key(each.pending))
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

        A sale was paid for and its pass goes over with the move; an activation is done anew. A
        move to it that lacked the last write is done: the pass is this card's.
        """
        for entry in self._journal.unfinished(old):
            if entry.key == key or entry.intention.kind not in PASS_KINDS:
                continue
            if entry.intention.kind is Kind.PASS_MOVE and entry.state is not State.BEGUN:
                stage = self._park.stage(entry.key)
                if stage in OVER:
                    self._journal.undone(entry)
                elif stage is Stage.FINISHED:
                    self._journal.done(entry, {"chip": "dead"})
            elif entry.state is State.BEGUN or entry.intention.kind is Kind.PASS_ACTIVATION:
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
        if stage in OVER:
            return Wanted.NONE
        return Wanted.OLD if stage is Stage.ARRIVED and not _dead(entry) else Wanted.NEW

    def go_on(self, visit: Visit, entry: Entry) -> Entry:
        """Do all that can be done with the card that lies there.

        Raises PassNotThisCard where the other one is needed, PassUnsettled, PassCannotTell.
        """
        wanted = self.next_step(entry)
        if wanted is Wanted.NONE or entry.state is State.BEGUN:
            return entry  # what was only announced is begun again, or given up
        self._close_first(entry)
        card_id = look_at(visit, with_person=False).card_id
        if card_id != _id_of(entry, wanted):
            raise PassNotThisCard(wanted=WANTED[wanted])
        while self.next_step(entry) is wanted:
            entry = self._step(visit, entry)
        return entry

    def _close_first(self, entry: Entry) -> None:
        """Note of the move that this one was begun instead of that it never comes to its end."""
        first = self._journal.known(_instead(entry))
        if first is not None and first.unfinished:
            self._journal.undone(first, {"redirected_to": entry.key})

    def resume(self, visit: Visit, entry: Entry) -> Entry:
        """Go on after whatever broke it off; left as it is where the other card is needed."""
        if entry.state is State.BEGUN:
            self._park.release(entry.key)
            return self._journal.undone(entry)
        if self._park.stage(entry.key) in OVER:
            return self._journal.undone(entry)
        try:
            return self.go_on(visit, entry)
        except PassNotThisCard:
            return entry

    def abandon(self, visit: Visit, entry: Entry) -> Entry:
        """Give a move up: the old card, which has to lie here untouched, is the holder again.

        Raises PassNotThisCard, ParkContradicts where a pass was marked as moved already.
        """
        if entry.state is State.BEGUN or self._park.stage(entry.key) in OVER:
            return self.resume(visit, entry)
        now = look_at(visit, with_person=False)
        if now.card_id != entry.intention.card:
            raise PassNotThisCard(wanted=WANTED[Wanted.OLD])
        years = _years(entry)
        untouched = {each.year for each in now.passes if each.in_force}
        if not untouched.issuperset(years):
            raise ParkContradicts(detail=_MOVED_IN_PART)
        for key in self._from_the_first(entry):
            self._park.release(key)
        return self._journal.undone(entry)

    def _from_the_first(self, entry: Entry) -> Iterator[str]:
        """Give the key of a move, and of those that it was begun instead of."""
        yield entry.key
        key = _instead(entry)
        while key:
            yield key
            first = self._journal.known(key)
            key = "" if first is None else _instead(first)

    def _step(self, visit: Visit, entry: Entry) -> Entry:
        """Do the step that the park system's stage asks for."""
        stage = self._park.stage(entry.key)
        if stage is Stage.BEGUN:
            for year in _years(entry):
                self._put(
                    visit, entry, year, _record(entry, year, "before"), _arriving(entry, year)
                )
            self._park.arrived(entry.key)
        elif stage is Stage.ARRIVED:
            if not _dead(entry):
                self._mark(visit, entry)
            self._park.finish_move(entry.key)
        else:
            finals = self._finals(entry)
            for year, final in finals.items():
                self._put(visit, entry, year, _arriving(entry, year), final)
            facts = {f"{year}.final": final.hex() for year, final in finals.items()}
            entry = self._journal.done(entry, facts)
        return entry

    def _finals(self, entry: Entry) -> dict[int, bytes]:
        """Ask what is on the new card in the end; raises ParkAnswerWrong for another pass."""
        finals = {each.year: each.record for each in self._park.finish_move(entry.key)}
        for year in _years(entry):
            arriving = decode(0, _arriving(entry, year))
            if year not in finals or not decode(0, finals[year]).same_pass(arriving):
                raise ParkAnswerWrong(detail=_NOT_THE_PASS)
        return finals

    def _put(self, visit: Visit, entry: Entry, year: int, old: bytes, new: bytes) -> None:
        """Make the new card's record of a year what it is to be, if it is not yet."""
        number = int(entry.facts[f"{year}.number"] or 0)
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
            f"{each.year}.arriving": each.record.hex(),
        }
    return facts


def _years(entry: Entry) -> tuple[int, ...]:
    return tuple(map(int, str(entry.facts["years"]).split(",")))


def _record(entry: Entry, year: int, name: str) -> bytes:
    return bytes.fromhex(str(entry.facts[f"{year}.{name}"]))


def _arriving(entry: Entry, year: int) -> bytes:
    return _record(entry, year, "arriving")


def _instead(entry: Entry) -> str:
    """Give the key of the move that this one was begun instead of, if it was."""
    return str(entry.intention.facts.get("instead") or "")


def _dead(entry: Entry) -> bool:
    return entry.facts["dead"] is True


def _id_of(entry: Entry, wanted: Wanted) -> str:
    return entry.intention.card if wanted is Wanted.OLD else entry.intention.other_card
