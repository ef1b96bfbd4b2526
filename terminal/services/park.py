"""The park pass at the counter: show, sell, activate, ask as a gate does, settle what broke off.

Regulation digest S-PARK-BUY (Rules Art. 11), R-NEW-OFF (the social function need not be on), "How
time is counted". Order of a sale: announced in the journal, reserved in the park system, noted as
sent with the record before and after, written by one command, confirmed, done. A change of a pass
goes the same way. Whatever is lost after "sent" is unknown until the card is here again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from card_profiles.park_pass import PassState, changed
from terminal.cards.notes import Notes
from terminal.cards.park_pass import Pass, decode, free_record
from terminal.config import Park
from terminal.errors import (
    CardRefused,
    GuitaiError,
    IntentionDiffers,
    ParkAnswerWrong,
    ParkContradicts,
    ParkError,
    ParkSystemMissing,
    ParkSystemUnreachable,
    PassCannotTell,
    PassExists,
    PassKeyUsed,
    PassNotEligible,
    PassNotFound,
    PassNotOnSale,
    PassPending,
    PassUnconfirmed,
    PassUnfinished,
)
from terminal.journal import (
    KINDS,
    AlreadyBegun,
    Clock,
    Entry,
    Intention,
    Journal,
    Kind,
    Method,
    State,
)
from terminal.journal.model import beijing_day, shown_key
from terminal.parties.park import Holding, Order, ParkEntry, ParkSystem, Verdict
from terminal.readers.connection import Wire
from terminal.services.park_card import (
    LOOKED,
    PASS_KINDS,
    CardNow,
    demand_settled,
    look_at,
    prepare,
    write,
    written,
)
from terminal.services.park_move import PassMove
from terminal.services.visit import Visit
from terminal.texts import Text

_ON_CARD = Text("这张卡上就有", "It is on this very card")
_IN_PARK = Text("公园年票系统已有登记", "The park pass system has it")
_NO_PRICE = Text("配置 [park.prices] 中没有票种 {type}", "[park.prices] has no type {type}")
_SEASON = Text("发售期为 {first} 至 {last}", "It is sold from {first} to {last}")
_NONE = Text("没有这一年的年票", "there is none of this year")
_NOT_SOLD = Text("这张年票已经激活", "it is active already")
_ENDED = Text("这张年票已过期", "it has ended")


@dataclass(frozen=True, slots=True)
class ParkResult:
    """Hold what was done, and the card's passes after it.

    ``entries`` are the journal's that were settled now (or before, under the same key), ``open``
    those that wait for another card, ``undecided`` those that wait for people, and why,
    ``reconciled`` keys that no journal knows and that the card decided, ``verdicts`` what a gate
    says of each pass by its record's number.
    """

    reader: str
    action: str
    passes: tuple[Pass, ...]
    notes: Notes
    wire: Wire
    entries: tuple[Entry, ...] = ()
    open: tuple[Entry, ...] = ()
    undecided: tuple[tuple[Entry, GuitaiError], ...] = ()
    reconciled: tuple[str, ...] = ()
    verdicts: tuple[tuple[int, Verdict], ...] = ()


def season(settings: Park, year: int) -> tuple[date, date, date]:
    """Give the first and last day a year's pass is sold, and its last day of validity.

    It is sold to the end of its year (own reading, the public word has the beginning only).
    """
    first = date.fromisoformat(f"{year - 1}-{settings.sale_from}")
    return first, date(year, 12, 31), date.fromisoformat(f"{year + 1}-{settings.valid_to}")


def price(settings: Park, year: int, pass_type: int) -> int:
    """Give the fen that a type of pass costs; raises PassNotOnSale where there is no such type."""
    found = settings.prices.get(str(pass_type))
    if found is None:
        raise PassNotOnSale(year=year, detail=_NO_PRICE.filled(type=pass_type))
    return found


def demand_on_sale(settings: Park, year: int, pass_type: int, day: date) -> int:
    """Demand a pass that is on sale on a day, and give its price; raises PassNotOnSale."""
    first, last, _ = season(settings, year)
    if not first <= day <= last:
        raise PassNotOnSale(year=year, detail=_SEASON.filled(first=first, last=last))
    return price(settings, year, pass_type)


class ParkDesk:
    """Do the pass services on a visited card.

    ``park`` is None where none is configured: then passes are shown and nothing else.
    """

    def __init__(
        self,
        visit: Visit,
        park: ParkSystem | None,
        journal: Journal,
        clock: Clock,
        settings: Park,
        operator: str,
    ) -> None:
        self._visit = visit
        self._park_or_none = park
        self._journal = journal
        self._clock = clock
        self._settings = settings
        self._operator = operator

    @property
    def _park(self) -> ParkSystem:
        if self._park_or_none is None:
            raise ParkSystemMissing
        return self._park_or_none

    @property
    def _today(self) -> date:
        return beijing_day(self._clock())

    # --- Looking ---------------------------------------------------------------------------

    def show(self) -> ParkResult:
        """Show the passes on the card, and what is open about them; nobody else is asked."""
        now = look_at(self._visit, with_person=False)
        waiting = self._journal.unfinished(now.card_id)
        return self._result(
            "show", now, open=tuple(each for each in waiting if each.intention.kind in PASS_KINDS)
        )

    def check_gate(self) -> ParkResult:
        """Ask the park system what a gate would do with each pass on the card."""
        now = look_at(self._visit, with_person=False)
        verdicts = tuple(
            (each.number, self._park.may_enter(now.card_id, each.raw, self._today))
            for each in now.passes
            if not each.empty
        )
        return self._result("gate", now, verdicts=verdicts)

    # --- Selling ---------------------------------------------------------------------------

    def buy(
        self, year: int, pass_type: int, method: Method, key: str, *, photo: bytes = b""
    ) -> ParkResult:
        """Sell a year's pass; ``photo`` is the reference of the holder's picture (8 bytes).

        Raises, before anything is written or reserved: PassNotOnSale, PassCardExpired,
        PassNotEligible, PassExists, PassPending, PassNoRoom, PassNoIdentity, PassUnfinished. Then
        PassUnsettled, PassUnconfirmed: recover() with the card.
        """
        till = price(self._settings, year, pass_type)
        now = look_at(self._visit, with_person=True)
        intention = Intention(
            key=key,
            kind=Kind.PASS_SALE,
            card=now.card_id,
            amount=0,
            till=till,
            method=method,
            operator=self._operator,
            facts={"year": year, "pass_type": pass_type},
        )
        before = self._begun_before(intention)
        if before is not None and not before.unfinished:
            return self._result("buy", now, entries=(before,))
        demand_settled(self._journal, now.card_id, key)
        demand_on_sale(self._settings, year, pass_type, self._today)
        now.demand_valid(self._today)
        room = self._room_for_sale(now, year, key)
        prepare(self._visit)
        order = Order(
            person=now.person,
            card_id=now.card_id,
            year=year,
            pass_type=pass_type,
            valid_from=max(date(year, 1, 1), self._today),
            valid_to=season(self._settings, year)[2],
            photo=photo,
        )
        entry = self._begin(intention)
        return self._carry_out("buy", now, entry, room, lambda: self._park.sell(key, order))

    def _room_for_sale(self, now: CardNow, year: int, key: str) -> Pass:
        """Choose the record; one pass a person a year, for those who may have one.

        What the park system has cancelled is none, and its record makes room.
        """
        known = [each for each in self._park.passes(now.person) if each.year == year]
        for each in known:
            if each.pending and each.pending != key:
                raise PassPending(year=year, key=shown_key(each.pending))
            if not each.pending and each.holding is not Holding.CANCELLED:
                raise PassExists(year=year, where=_IN_PARK)
        there = now.in_force(year, self._today)
        if there is not None and not known and not self._given_up(now, there):
            raise PassExists(year=year, where=_ON_CARD)
        answer = self._park.eligibility(now.person, year)
        if not answer.eligible:
            raise PassNotEligible(year=year, reason=answer.reason)
        return there or free_record(now.passes, self._today, year)

    def _given_up(self, now: CardNow, there: Pass) -> bool:
        """Tell whether a record is of a sale that was decided not to have happened."""
        raw = there.raw.hex()
        return any(
            each.state is State.UNDONE and each.facts.get("after") == raw
            for each in self._journal.of_card(now.card_id)
        )

    # --- Activating ------------------------------------------------------------------------

    def activate(self, year: int, key: str) -> ParkResult:
        """Make a pass that was sold valid at the gates.

        Raises PassNotFound, PassUnfinished before; what buy() raises after.
        """
        now = look_at(self._visit, with_person=False)
        intention = Intention(
            key=key,
            kind=Kind.PASS_ACTIVATION,
            card=now.card_id,
            amount=0,
            till=0,
            method=Method.NONE,
            operator=self._operator,
            facts={"year": year},
        )
        before = self._begun_before(intention)
        if before is not None and not before.unfinished:
            return self._result("activate", now, entries=(before,))
        demand_settled(self._journal, now.card_id, key)
        sold = self._to_activate(now, year)
        prepare(self._visit)
        entry = self._begin(intention)
        active = changed(sold.raw, {"state": PassState.ACTIVE})
        return self._carry_out(
            "activate", now, entry, sold, lambda: self._park.seal(key, now.card_id, active)
        )

    def _to_activate(self, now: CardNow, year: int) -> Pass:
        found = [each for each in now.passes if each.year == year and each.in_force]
        usable = [each for each in found if not each.ended(self._today)]
        for each in usable:
            if each.state is PassState.SOLD:
                return each
        raise PassNotFound(year=year, detail=_NOT_SOLD if usable else _ENDED if found else _NONE)

    # --- The write, for both ---------------------------------------------------------------

    def _begun_before(self, intention: Intention) -> Entry | None:
        """Find what was begun under this key: done or not touched yet; None where nothing was.

        Raises IntentionDiffers, PassKeyUsed, PassUnfinished.
        """
        entry = self._journal.known(intention.key)
        return None if entry is None else _going_on(entry, intention)

    def _begin(self, intention: Intention) -> Entry:
        """Announce it; one that was announced and not carried on is carried on."""
        try:
            return self._journal.begin(intention)
        except AlreadyBegun as begun:
            return _going_on(begun.entry, intention)

    def _carry_out(
        self, action: str, now: CardNow, entry: Entry, at: Pass, seal: Callable[[], bytes]
    ) -> ParkResult:
        """Get the sealed record, note it, write it, confirm it."""
        try:
            record = seal()
        except (ParkSystemUnreachable, ParkAnswerWrong):
            raise  # it may have been reserved: recover() releases it, a repetition goes on
        except ParkError:
            self._journal.undone(entry)
            raise
        entry = self._journal.sent(
            entry, {"number": at.number, "before": at.raw.hex(), "after": record.hex()}
        )
        try:
            write(self._visit, self._journal, entry, at.number, record)
        except CardRefused:
            entry = self._settle(entry)  # the card itself tells what its refusal meant
            if entry.state is State.UNDONE:
                raise
        else:
            entry = self._confirm(entry)
        after = decode(at.number, record)
        passes = tuple(after if each.number == at.number else each for each in now.passes)
        return self._result(action, replace(now, passes=passes), entries=(entry,))

    def _confirm(self, entry: Entry) -> Entry:
        """Tell the park system that the card has it, and note that it is done."""
        try:
            self._park.confirm(entry.key)
        except (ParkSystemUnreachable, ParkAnswerWrong) as error:
            raise PassUnconfirmed(key=shown_key(entry.key), detail=error.sentence) from error
        return self._journal.done(entry)

    # --- Recovering ------------------------------------------------------------------------

    def recover(self, *, abandon: bool = False) -> ParkResult:
        """Settle what broke off on this card: the card tells how it ended.

        A move goes on as far as this card takes part; ``abandon`` gives one up, with the old card
        in the reader and nothing marked on it. What the park system waits for and no journal
        knows is settled by the card as well. What nobody can tell is collected, and the rest goes
        on. Raises ParkSystemUnreachable: then nothing is lost, and it is done again later; of
        ``abandon`` also PassNotThisCard and ParkContradicts.
        """
        move = PassMove(self._park, self._journal, self._clock, self._operator)
        now = look_at(self._visit, with_person=True)
        ended: list[Entry] = []
        undecided: list[tuple[Entry, GuitaiError]] = []
        for entry in self._journal.unfinished(now.card_id):
            if entry.intention.kind not in PASS_KINDS:
                continue
            is_move = entry.intention.kind is Kind.PASS_MOVE
            try:
                if is_move and abandon:
                    ended.append(move.abandon(self._visit, entry))
                elif is_move:
                    ended.append(move.resume(self._visit, entry))
                else:
                    ended.append(self._settle(entry))
            except (PassCannotTell, ParkContradicts) as error:
                if is_move and abandon:
                    raise
                undecided.append((self._note_found(entry, error), error))
        now = replace(look_at(self._visit, with_person=False), person=now.person)
        reconciled = self._reconcile(now)
        return self._result(
            "recover",
            now,
            entries=tuple(each for each in ended if not each.unfinished),
            open=tuple(each for each in ended if each.unfinished),
            undecided=tuple(undecided),
            reconciled=reconciled,
        )

    def _note_found(self, entry: Entry, error: GuitaiError) -> Entry:
        """Note that the card was asked and decided nothing: now people may."""
        entry = self._journal.known(entry.key) or entry
        if entry.state not in {State.SENT, State.UNKNOWN}:
            return entry
        return self._journal.unknown(entry, {LOOKED: error.cause("zh")})

    def _settle(self, entry: Entry) -> Entry:
        """Decide a sale or an activation by the card's record."""
        if entry.state is State.BEGUN:
            self._park.release(entry.key)
            return self._journal.undone(entry)
        facts = entry.facts
        number, before, after = (facts[name] for name in ("number", "before", "after"))
        happened = written(
            self._visit, entry, int(number or 0), bytes.fromhex(str(before)), _bytes(after)
        )
        if happened:
            return self._confirm(entry)
        self._park.release(entry.key)
        return self._journal.undone(entry)

    def _reconcile(self, now: CardNow) -> tuple[str, ...]:
        """Decide what the park system has open on this card and no journal knows of.

        The machine may have died before the journal's announcement was on the disk, or it was
        another outlet's. The card lies here, so nobody else can be writing it.
        """
        open_here: dict[str, list[ParkEntry]] = {}
        for each in self._park.passes(now.person):
            if each.pending and each.card_id == now.card_id:
                open_here.setdefault(each.pending, []).append(each)
        settled = []
        for key, entries in open_here.items():
            entry = self._journal.known(key)
            if entry is not None and entry.unfinished:
                continue
            if all(_has_happened(each, now) for each in entries):
                self._park.confirm(key)
            elif all(_has_not(each, now) for each in entries):
                self._park.release(key)
            else:
                continue  # a move that marked some of its passes: people's case
            settled.append(key)
        return tuple(settled)

    # --- The result ------------------------------------------------------------------------

    def _result(
        self,
        action: str,
        now: CardNow,
        *,
        entries: tuple[Entry, ...] = (),
        open: tuple[Entry, ...] = (),  # noqa: A002  the result's own word
        undecided: tuple[tuple[Entry, GuitaiError], ...] = (),
        reconciled: tuple[str, ...] = (),
        verdicts: tuple[tuple[int, Verdict], ...] = (),
    ) -> ParkResult:
        return ParkResult(
            reader=self._visit.reader,
            action=action,
            passes=now.passes,
            notes=self._visit.card.notes,
            wire=self._visit.wire,
            entries=entries,
            open=open,
            undecided=undecided,
            reconciled=reconciled,
            verdicts=verdicts,
        )


def _going_on(entry: Entry, intention: Intention) -> Entry:
    """Take up what was begun under a key; raises what :meth:`ParkDesk._begun_before` does."""
    asked = intention.facts
    known = {name: entry.facts.get(name) for name in asked}
    if not entry.intention.same_as(intention) or known != asked:
        raise IntentionDiffers(key=shown_key(entry.key))
    if entry.state is State.UNDONE:
        raise PassKeyUsed(key=shown_key(entry.key))
    if entry.state in {State.SENT, State.UNKNOWN}:
        raise PassUnfinished(kind=KINDS[intention.kind], key=shown_key(entry.key))
    return entry


def _has_happened(each: ParkEntry, now: CardNow) -> bool:
    """Tell whether the card has what a sale or an activation was to write."""
    states = {Holding.RESERVED: {PassState.SOLD}, Holding.SOLD: {PassState.ACTIVE}}
    wanted = states.get(each.holding, set())
    return any(it.year == each.year and it.state in wanted for it in now.passes)


def _has_not(each: ParkEntry, now: CardNow) -> bool:
    """Tell whether it did not happen; of a move, whether the old card has its pass as before."""
    if each.holding is not Holding.MOVING:
        return not _has_happened(each, now)
    return any(it.year == each.year and it.in_force for it in now.passes)


def _bytes(fact: object) -> bytes:
    return bytes.fromhex(str(fact))
