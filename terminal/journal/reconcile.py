"""The end of the day: what the cards gained, what the till should hold, what is still open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from terminal.journal.model import Entry, Fact, Kind, Method, State, beijing_day
from terminal.texts import Text


class Group(StrEnum):
    """A line of the day's sheet."""

    LOADS = "loads"
    REFUNDS = "refunds"
    CORRECTIONS_UP = "corrections_up"
    CORRECTIONS_DOWN = "corrections_down"
    PAYMENTS = "payments"
    CLOSINGS = "closings"
    PASSES = "passes"


GROUPS = {
    Group.LOADS: Text("充值", "loads"),
    Group.REFUNDS: Text("退资", "refunds"),
    Group.CORRECTIONS_UP: Text("更正（增加）", "corrections up"),
    Group.CORRECTIONS_DOWN: Text("更正（减少）", "corrections down"),
    Group.PAYMENTS: Text("消费", "payments"),
    Group.CLOSINGS: Text("关闭交通功能", "closings"),
    Group.PASSES: Text("年票", "passes"),
}
_GROUP_OF = {
    Kind.LOAD: Group.LOADS,
    Kind.REFUND: Group.REFUNDS,
    Kind.PAYMENT: Group.PAYMENTS,
    Kind.CLOSING: Group.CLOSINGS,
    Kind.PASS_SALE: Group.PASSES,
    Kind.PASS_ACTIVATION: Group.PASSES,
    Kind.PASS_MOVE: Group.PASSES,
}


@dataclass(frozen=True, slots=True)
class Total:
    """Hold how many there were, and what they changed, in fen: purses, and the till."""

    count: int = 0
    amount: int = 0
    till: int = 0

    def plus(self, entry: Entry) -> Total:
        """Give the total with one more."""
        asked = entry.intention
        return Total(self.count + 1, self.amount + asked.amount, self.till + asked.till)


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """Hold an entry whose card changed by something else than was intended.

    ``change`` is by how much its balance went up, in fen; None where a balance was not noted.
    """

    entry: Entry
    change: int | None


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Hold a Beijing day's sheet, of one till or of all; money in fen.

    An entry counts to the day it was begun on, whenever it was settled; its cash is in the till of
    the day it was settled on, for what is open is neither paid nor paid out. Only what is done is
    in the totals; what is unfinished stands beside them. ``amounts`` is what the purses were to
    change by, ``card_change`` what their balances say; they differ by the ``discrepancies``.
    """

    day: date
    operator: str | None
    """Whose till it is; None for all."""
    entries: int
    """How many it was made of, with those that came to nothing."""
    totals: Mapping[Method, Mapping[Group, Total]]
    unfinished: tuple[Entry, ...]
    unfinished_totals: Mapping[Method, Total]
    settled_later: tuple[Entry, ...]
    """Begun on the day, settled on a later one."""
    settled_today: tuple[Entry, ...]
    """Settled on the day, begun on an earlier one."""
    unchecked: tuple[Entry, ...]
    """Changed a purse, and no proof of it that was checked is noted."""
    discrepancies: tuple[Discrepancy, ...]
    amounts: int
    card_change: int
    float_in: int
    float_out: int
    counted: int | None

    @property
    def cash_in_later_tills(self) -> int:
        """Give the cash of the day's entries that changed hands when they were settled, later."""
        return _cash(self.settled_later)

    @property
    def cash_for_earlier_days(self) -> int:
        """Give the cash that changed hands on the day for entries of earlier ones."""
        return _cash(self.settled_today)

    @property
    def expected(self) -> int:
        """Give what the till should hold in cash."""
        begun_today = sum(each.till for each in self.totals[Method.CASH].values())
        return self.float_in + begun_today - self.cash_in_later_tills + self.cash_for_earlier_days

    @property
    def over(self) -> int | None:
        """Give the fen too many in the till (长款), negative where too few (短款)."""
        return None if self.counted is None else self.counted - self.expected

    @property
    def handed_in(self) -> int | None:
        """Give what leaves the till at the end (上交): all but what stays for the next day."""
        return None if self.counted is None else self.counted - self.float_out

    @property
    def clean(self) -> bool:
        """Say whether nothing is left to look after."""
        return not (self.unfinished or self.unchecked or self.discrepancies or self.over)


def reconcile(
    entries: Iterable[Entry],
    day: date,
    float_in: int = 0,
    counted: int | None = None,
    *,
    float_out: int = 0,
    operator: str | None = None,
) -> Reconciliation:
    """Make the sheet of a Beijing day from what was begun or settled on it; others are left out.

    ``float_in`` is the change the till began with, ``counted`` what was counted in it at the end,
    ``float_out`` what of that stays in it; ``operator`` is whose till it is.
    """
    mine = [each for each in entries if operator in (None, each.intention.operator)]
    begun = [each for each in mine if each.day == day]
    done = [each for each in begun if each.state is State.DONE]
    unfinished = tuple(each for each in begun if each.unfinished)
    totals = {method: dict.fromkeys(Group, Total()) for method in Method}
    for entry in done:
        line = totals[entry.intention.method]
        line[_group(entry)] = line[_group(entry)].plus(entry)
    unfinished_totals = dict.fromkeys(Method, Total())
    for entry in unfinished:
        method = entry.intention.method
        unfinished_totals[method] = unfinished_totals[method].plus(entry)
    settled_today = tuple(each for each in mine if each.settled_later and _settled(each) == day)
    changes = [(entry, _change(entry)) for entry in done]
    return Reconciliation(
        day=day,
        operator=operator,
        entries=len(begun) + len(settled_today),
        totals=totals,
        unfinished=unfinished,
        unfinished_totals=unfinished_totals,
        settled_later=tuple(each for each in begun if each.settled_later),
        settled_today=settled_today,
        unchecked=tuple(each for each in done if each.intention.amount and not is_checked(each)),
        discrepancies=tuple(
            Discrepancy(entry, change)
            for entry, change in changes
            if change != entry.intention.amount
        ),
        amounts=sum(each.intention.amount for each in done),
        card_change=sum(change or 0 for _, change in changes),
        float_in=float_in,
        float_out=float_out,
        counted=counted,
    )


def is_checked(entry: Entry) -> bool:
    """Say whether a card's proof was checked: its TAC, or its MAC2 where nobody knows TACs."""
    facts = entry.facts
    tac = facts.get("tac_checked")
    return tac is True or (tac is None and facts.get("mac2_checked") is True)


def _settled(entry: Entry) -> date | None:
    return None if entry.settled_at is None else beijing_day(entry.settled_at)


def _cash(entries: Iterable[Entry]) -> int:
    """Add up the cash of what is done."""
    return sum(
        each.intention.till
        for each in entries
        if each.state is State.DONE and each.intention.method is Method.CASH
    )


def _group(entry: Entry) -> Group:
    if entry.intention.kind is Kind.CORRECTION:
        up = entry.intention.amount >= 0
        return Group.CORRECTIONS_UP if up else Group.CORRECTIONS_DOWN
    return _GROUP_OF[entry.intention.kind]


def _change(entry: Entry) -> int | None:
    """Say by how much the balance went up; what touches no purse need not have noted it."""
    facts = entry.facts
    before, after = _fen(facts.get("balance_before")), _fen(facts.get("balance_after"))
    if before is not None and after is not None:
        return after - before
    return None if entry.intention.amount else 0


def _fen(fact: Fact) -> int | None:
    return fact if isinstance(fact, int) and not isinstance(fact, bool) else None
