"""The day of a desk: opened 开班 and closed 日结, each once, on record in its audit chain.

There is no table of days: who opened, with what in the till, and who signed it off are acts like
others, and a chain that shows each change is the better place for a count of money. What was done
on a day is read from the same rows; what is done behind the closing is shown as that.

Money is fen; blanks 空白卡 are counted where the outlet makes cards, None elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from terminal.beijing_time import beijing_day
from terminal.errors import AuditBroken, RequestWrong
from terminal.journal.model import Entry as JournalEntry
from terminal.journal.model import Method, State
from terminal.registry import audit
from terminal.registry.audit import Fact
from terminal.registry.audit_search import Entry, Wanted, search
from terminal.registry.transaction import Transaction
from terminal.rules.vocabulary import Service
from terminal.services.acts import Act
from terminal.services.day_items import OpenItems, signed_for
from terminal.services.offered.desk import Desk
from terminal.services.two_people import demand_two
from terminal.texts import Text

DONE = "done"
"""What the audit calls a service that was carried out (terminal/services/offered/running.py)."""
MOST_A_DAY = 100_000
_CLOSING = Text("日结", "the closing")
_REASON = Text("情况说明", "the explanation")
_LIST = Text("在库卡片清单", "the list of cards in custody")
_LEFT = Text("留存现金", "the cash that stays")
_NOT_OPEN = Text("今天还没有开班", "the day was not opened")
_OVER = Text("今天已经日结", "the day is closed")
_CARRIED = Text(
    "清点数与上次日结留下的不一致，须写明原因",
    "it is not what the last closing left: say why",
)
_NEVER_CLOSED = Text(
    "{day} 开班后没有日结，须写明原因", "{day} was opened and never closed: say why"
)
_DIFFERS = Text("清点数与应有数不一致，须写明原因", "it is not what should be there: say why")
_CHANGED = Text("核对期间有卡入库或出库，请重新核对", "it changed meanwhile: look at it again")
_TOO_MUCH = Text("留存不能多于实点", "it is more than was counted")
_NO_NUMBER = Text("第 {number} 条缺少 {name}", "row {number} has no {name}")


@dataclass(frozen=True, slots=True)
class Opening:
    """Hold who opened a day, when, with what in the till and how many blanks."""

    day: date
    at: datetime
    operator: str
    float_in: int
    blanks: int | None
    open_items: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Closing:
    """Hold how a day was signed off; ``number`` is its row in the chain.

    ``counted`` is the cash that was counted, ``expected`` what the journal's sheet said, ``left``
    what of it stays in the till.
    """

    day: date
    at: datetime
    number: int
    operator: str
    second: str
    float_in: int
    counted: int
    expected: int
    left: int
    blanks: int | None
    blanks_expected: int | None
    custody: int
    to_destroy: int
    open_items: int
    reason: str = ""

    @property
    def over(self) -> int:
        """Give the fen too many in the till (长款), negative where too few (短款)."""
        return self.counted - self.expected

    @property
    def handed_in(self) -> int:
        """Give what left the till (上交)."""
        return self.counted - self.left


@dataclass(frozen=True, slots=True)
class Done:
    """Hold a service that was carried out at this desk."""

    at: datetime
    service: Service
    operator: str
    after_closing: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    """Hold a Beijing day of a desk as its chain has it."""

    day: date
    opening: Opening | None
    closing: Closing | None
    done: tuple[Done, ...]

    @property
    def open(self) -> bool:
        """Say whether it was opened and is not closed."""
        return self.opening is not None and self.closing is None

    @property
    def after_closing(self) -> tuple[Done, ...]:
        """Give what was done when the day was closed already."""
        return tuple(each for each in self.done if each.after_closing)

    @property
    def blanks_expected(self) -> int | None:
        """Say how many blanks there should be: one went into each card that was made here."""
        if self.opening is None or self.opening.blanks is None:
            return None
        return self.opening.blanks - sum(each.service is Service.INSTANT for each in self.done)


@dataclass(frozen=True, slots=True)
class Carried:
    """Hold what the last closing left: cash with what came in behind it, and blanks."""

    day: date
    float_in: int
    blanks: int | None

    def differs(self, float_in: int, blanks: int | None) -> bool:
        """Say whether something else was counted now."""
        return float_in != self.float_in or (
            None not in (blanks, self.blanks) and blanks != self.blanks
        )


@dataclass(frozen=True, slots=True)
class Count:
    """Hold what was counted at the end of a day."""

    counted: int
    left: int
    blanks: int | None = None


@dataclass(frozen=True, slots=True)
class Agreed:
    """Hold what a closing is signed upon: the sheet's cash, what is open, the list as it was seen.

    ``seen`` is the fingerprint of the cards in custody that the two people had before them.
    """

    float_in: int
    expected: int
    items: OpenItems = field(default_factory=OpenItems)
    seen: str = ""


# --- Looking -----------------------------------------------------------------------------------


def day_of(tx: Transaction, chain: str, day: date) -> Day:
    """Give a day of a desk; raises AuditBroken."""
    opening = _only(tx, chain, Act.DAY_OPENED, day)
    closing = _only(tx, chain, Act.DAY_CLOSED, day)
    last = closing.number if closing is not None else None
    wanted = Wanted(action=DONE, chain=chain, from_day=day, to_day=day)
    return Day(
        day,
        None if opening is None else _opening(opening),
        None if closing is None else _closing(closing),
        tuple(
            Done(
                each.at,
                Service(each.note.service),
                each.note.operator,
                after_closing=last is not None and each.number > last,
            )
            for each in search(tx, wanted, MOST_A_DAY)
        ),
    )


def last_closing(tx: Transaction, chain: str, before: date) -> Closing | None:
    """Give the last closing of a desk before a day; raises AuditBroken."""
    wanted = Wanted(action=Act.DAY_CLOSED.value, chain=chain, to_day=before - timedelta(days=1))
    found = search(tx, wanted, 1)
    return _closing(found[0]) if found else None


def never_closed(tx: Transaction, chain: str, before: date) -> date | None:
    """Give the last day before one on which a desk was opened and not closed, where it was.

    Raises AuditBroken.
    """
    wanted = Wanted(action=Act.DAY_OPENED.value, chain=chain, to_day=before - timedelta(days=1))
    found = search(tx, wanted, 1)
    if not found:
        return None
    day = beijing_day(found[0].at)
    return day if _only(tx, chain, Act.DAY_CLOSED, day) is None else None


def carried(closing: Closing, entries: Iterable[JournalEntry]) -> Carried:
    """Say what a closing left for the next day; ``entries`` is the journal of the closed day."""
    return Carried(closing.day, closing.left + cash_after(closing, entries), closing.blanks)


def cash_after(closing: Closing, entries: Iterable[JournalEntry]) -> int:
    """Add up the cash that changed hands on a day when it was closed already."""
    return sum(
        each.intention.till
        for each in entries
        if each.intention.method is Method.CASH
        and each.state is State.DONE
        and each.settled_at is not None
        and each.settled_at > closing.at
        and beijing_day(each.settled_at) == closing.day
    )


# --- Opening and closing -------------------------------------------------------------------------


def open_day(
    desk: Desk,
    float_in: int,
    blanks: int | None,
    items: OpenItems,
    before: Carried | None = None,
    failed: int | None = None,
) -> Opening:
    """Open today, once; again, it tells how it was opened.

    ``failed`` is how much of the desk's self-test did, None where there was none. Raises
    RequestWrong where something else is there than the last closing left, or the day before was
    never closed, and no reason is given.
    """
    with desk.registry.writing() as tx:
        known = _held(tx, desk)
        if known.closing is not None:
            raise RequestWrong(item=_CLOSING, detail=_OVER)
        if known.opening is not None:
            return known.opening
        forgotten = never_closed(tx, desk.audit_chain, known.day)
        if forgotten is not None and not desk.reason:
            raise RequestWrong(item=_REASON, detail=_NEVER_CLOSED.filled(day=forgotten))
        if before is not None and before.differs(float_in, blanks) and not desk.reason:
            raise RequestWrong(item=_REASON, detail=_CARRIED)
        facts: dict[str, Fact] = {
            "day": known.day.isoformat(),
            "float_in": float_in,
            "blanks": blanks,
            "failed": failed,
            "never_closed": None if forgotten is None else forgotten.isoformat(),
            "open_items": items.count,
            **items.counts(),
        }
        _note(tx, desk, Act.DAY_OPENED, facts)
        return Opening(known.day, tx.at, desk.operator, float_in, blanks, items.count, desk.reason)


def close_day(desk: Desk, count: Count, agreed: Agreed) -> Closing:
    """Close today, once; again, it tells how it was closed. What is open stays open.

    Two people sign where cards are in custody. Raises RequestWrong, SecondPersonNeeded.
    """
    with desk.registry.writing() as tx:
        known = _held(tx, desk)
        if known.closing is not None:
            return known.closing
        _demand_closable(desk, known, count, agreed)
        items = agreed.items
        facts: dict[str, Fact] = {
            "day": known.day.isoformat(),
            "float_in": agreed.float_in,
            "counted": count.counted,
            "expected": agreed.expected,
            "left": count.left,
            "blanks": count.blanks,
            "blanks_expected": known.blanks_expected,
            "open_items": items.count,
            **items.counts(),
            "cards": signed_for(items.custody),
        }
        number = _note(tx, desk, Act.DAY_CLOSED, facts)
        return _closed(tx.at, number, desk, facts)


def _demand_closable(desk: Desk, known: Day, count: Count, agreed: Agreed) -> None:
    if known.opening is None:
        raise RequestWrong(item=_CLOSING, detail=_NOT_OPEN)
    if count.left > count.counted:
        raise RequestWrong(item=_LEFT, detail=_TOO_MUCH)
    if agreed.seen != agreed.items.fingerprint:
        raise RequestWrong(item=_LIST, detail=_CHANGED)
    if agreed.items.custody:
        demand_two(desk.operator, desk.second)
    if needs_reason(known, count, agreed.expected) and not desk.reason:
        raise RequestWrong(item=_REASON, detail=_DIFFERS)


def needs_reason(known: Day, count: Count, expected: int) -> bool:
    """Say whether the till or the blanks are not as they should be."""
    blanks = known.blanks_expected
    return count.counted != expected or (blanks is not None and count.blanks != blanks)


# --- Rows ----------------------------------------------------------------------------------------


def _held(tx: Transaction, desk: Desk) -> Day:
    """Give today, with the chain's end held: who comes at the same moment waits."""
    audit.head(tx, desk.audit_chain)
    return day_of(tx, desk.audit_chain, beijing_day(tx.at))


def _note(tx: Transaction, desk: Desk, act: Act, facts: Mapping[str, Fact]) -> int:
    noted = audit.Note(
        desk.operator, act.value, second=desk.second, reason=desk.reason, facts=facts
    )
    return audit.note(tx, desk.audit_chain, noted)


def _only(tx: Transaction, chain: str, act: Act, day: date) -> Entry | None:
    """Give the first row of an act on a day: a second one is never written."""
    found = search(tx, Wanted(action=act.value, chain=chain, from_day=day, to_day=day))
    return found[0] if found else None


def _opening(row: Entry) -> Opening:
    return Opening(
        beijing_day(row.at),
        row.at,
        row.note.operator,
        _number(row, "float_in"),
        _maybe(row, "blanks"),
        _number(row, "open_items"),
        row.note.reason,
    )


def _closing(row: Entry) -> Closing:
    return Closing(
        beijing_day(row.at),
        row.at,
        row.number,
        row.note.operator,
        row.note.second,
        _number(row, "float_in"),
        _number(row, "counted"),
        _number(row, "expected"),
        _number(row, "left"),
        _maybe(row, "blanks"),
        _maybe(row, "blanks_expected"),
        _number(row, "custody"),
        _number(row, "to_destroy"),
        _number(row, "open_items"),
        row.note.reason,
    )


def _closed(at: datetime, number: int, desk: Desk, facts: Mapping[str, Fact]) -> Closing:
    noted = audit.Note(
        desk.operator,
        Act.DAY_CLOSED.value,
        second=desk.second,
        reason=desk.reason,
        facts=facts,
    )
    return _closing(Entry(desk.audit_chain, number, at, noted))


def _number(row: Entry, name: str) -> int:
    found = _maybe(row, name)
    if found is None:
        raise AuditBroken(chain=row.chain, detail=_NO_NUMBER.filled(number=row.number, name=name))
    return found


def _maybe(row: Entry, name: str) -> int | None:
    fact = row.note.facts.get(name)
    return fact if isinstance(fact, int) and not isinstance(fact, bool) else None
