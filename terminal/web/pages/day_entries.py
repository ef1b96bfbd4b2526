"""Journal entries as the pages and files of the day show them: card numbers masked, everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from terminal.beijing_time import in_beijing
from terminal.journal import KINDS, METHODS, STATES, Entry, Facts, Method, State
from terminal.journal import Reconciliation as DaySheet
from terminal.journal.model import shown_key
from terminal.journal.reconcile import GROUPS, Total
from terminal.masking import mask_number
from terminal.services.deciding import LOOKED, PASSES
from terminal.texts import Text

SENT = Text("已发出，结果未知", "sent, outcome unknown")
_SUM = Text("合计", "total")


@dataclass(frozen=True, slots=True)
class Shown:
    """Hold a line of the journal; money in fen."""

    key: str
    short: str
    at: datetime
    kind: Text
    card: str
    other_card: str
    amount: int
    till: int
    method: Text
    operator: str
    second: str
    reason: str
    state: Text
    unfinished: bool


@dataclass(frozen=True, slots=True)
class StepShown:
    """Hold a step of an entry with its evidence."""

    number: int
    at: str
    state: Text
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Line:
    """Hold a line of a day's sheet: of a method's group, or its sum."""

    method: Text
    what: Text
    total: Total
    sum: bool = False


def shown(entry: Entry) -> Shown:
    """Show an entry as a line."""
    asked = entry.intention
    return Shown(
        entry.key,
        shown_key(entry.key),
        entry.begun_at,
        KINDS[asked.kind],
        mask_number(asked.card),
        mask_number(asked.other_card),
        asked.amount,
        asked.till,
        METHODS[asked.method],
        asked.operator,
        asked.second,
        _hidden(entry, asked.reason),
        SENT if entry.state is State.SENT else STATES[entry.state],
        entry.unfinished,
    )


def all_shown(entries: Iterable[Entry]) -> tuple[Shown, ...]:
    """Show entries as lines."""
    return tuple(shown(each) for each in entries)


def steps(entry: Entry) -> tuple[StepShown, ...]:
    """Show every step of an entry, what it was begun with in the first."""
    return tuple(
        StepShown(
            each.number,
            f"{in_beijing(each.at):%Y-%m-%d %H:%M:%S}",
            STATES[each.state],
            _facts(entry, each.facts),
        )
        for each in entry.steps
    )


def asked_with(entry: Entry) -> tuple[tuple[str, str], ...]:
    """Show what an entry was begun with."""
    return _facts(entry, entry.intention.facts)


def decidable(entry: Entry) -> bool:
    """Say whether two people may decide an entry here: a pass is decided with its park system."""
    return entry.unfinished and entry.intention.kind not in PASSES


def was_asked(entry: Entry) -> bool:
    """Say whether its card was asked, and could not tell."""
    return entry.state is State.UNKNOWN and LOOKED in entry.facts


def lines(sheet: DaySheet) -> Iterator[Line]:
    """Give the totals of a sheet, without lines of nothing; cash stands there always."""
    for method, totals in sheet.totals.items():
        filled = {group: each for group, each in totals.items() if each.count}
        if not filled and method is not Method.CASH:
            continue
        for group, each in filled.items():
            yield Line(METHODS[method], GROUPS[group], each)
        summed = Total(
            *(
                sum(getattr(each, name) for each in filled.values())
                for name in ("count", "amount", "till")
            )
        )
        yield Line(METHODS[method], _SUM, summed, sum=True)


def _facts(entry: Entry, facts: Facts) -> tuple[tuple[str, str], ...]:
    return tuple((name, _hidden(entry, _said(fact))) for name, fact in facts.items())


def _said(fact: object) -> str:
    return fact if isinstance(fact, str) else "—" if fact is None else str(fact).lower()


def _hidden(entry: Entry, text: str) -> str:
    """Hide the entry's cards where they stand inside a text or in a command's hex."""
    for card in (entry.intention.card, entry.intention.other_card):
        text = text.replace(card, mask_number(card)) if card else text
    return text
