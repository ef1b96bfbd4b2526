"""Erase personal data whose time is over: what may go today, by whom, on record.

Rows stay, for histories and the audit refer to them; what they said of a person goes. A number's
blind index becomes a random value, so that a later application puts the person on record anew.
Nothing goes of a person while anything of theirs is open. The terms are those of
terminal/registry/retention_table.py, unless a policy says otherwise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Select

from terminal.registry import retention_find as find
from terminal.registry import retention_wipe as wipe
from terminal.registry.audit import Fact, Note, note
from terminal.registry.retention_table import POLICY, Item, Policy
from terminal.registry.transaction import Transaction
from terminal.rules.terms import Term, Unit, deadline
from terminal.rules.vocabulary import Service
from terminal.rules.working_days import KNOWN, WorkingDays

ACTION = "erase"
EVERYTHING = frozenset(Item)
MOST = 500
"""How many rows of an item go in one transaction: others want to write as well."""


@dataclass(frozen=True, slots=True)
class Due:
    """Hold a row that may be erased: its event was ``at``, its term ended with ``day``."""

    item: Item
    table: str
    row_id: int
    person_id: int | None
    at: datetime
    day: date


@dataclass(frozen=True, slots=True)
class Decided:
    """Say who has it erased, who agrees, and on what grounds; ``chain`` is the counter's audit."""

    chain: str
    operator: str
    second: str
    reason: str


@dataclass(frozen=True, slots=True)
class _Source:
    item: Item
    table: str
    find: Select[Any]
    wipe: wipe.Wipe


_SOURCES = (
    _Source(Item.PHOTO, "application", find.applications_with("photo"), wipe.wipe_photos),
    _Source(
        Item.ACCOUNT,
        "application",
        find.applications_with("payout", "account"),
        wipe.wipe_accounts,
    ),
    _Source(Item.PENDING, "pending_change", find.PENDING, wipe.wipe_pending),
    _Source(Item.VISIT, "run", find.runs_of(Service.VISIT), wipe.wipe_runs),
    _Source(Item.FEEDBACK, "run", find.runs_of(Service.FEEDBACK), wipe.wipe_runs),
    _Source(Item.FEEDBACK, "feedback", find.OPINIONS, wipe.wipe_feedback),
    _Source(Item.DUTY, "duty", find.DUTIES, wipe.wipe_duties),
    _Source(Item.RUN, "run", find.RUNS, wipe.wipe_runs),
    _Source(Item.REPRESENTATION, "representation", find.REPRESENTATIONS, wipe.wipe_representations),
    _Source(Item.BATCH, "batch", find.BATCHES, wipe.wipe_batches),
    _Source(Item.INTEGRITY, "integrity_report", find.REPORTS, wipe.wipe_integrity),
    _Source(Item.PERSON, "person", find.PERSONS, wipe.wipe_persons),
)


def due(
    tx: Transaction,
    policy: Policy = POLICY,
    calendar: WorkingDays = KNOWN,
    *,
    items: frozenset[Item] = EVERYTHING,
    most: int | None = None,
) -> tuple[Due, ...]:
    """Give what may be erased at this moment; ``most``: of each kind so many rows at most."""
    return tuple(
        each
        for source in _SOURCES
        if source.item in items
        for each in islice(_due_of(tx, source, policy.term(source.item), calendar), most)
    )


def erase(
    tx: Transaction,
    by: Decided,
    policy: Policy = POLICY,
    calendar: WorkingDays = KNOWN,
    *,
    items: frozenset[Item] = EVERYTHING,
    most: int | None = MOST,
) -> tuple[Due, ...]:
    """Erase what may be erased at this moment, and give what was.

    On record come each person, and how many rows of each item. That ``by`` are two people who
    have proved who they are, whoever calls has seen to.
    """
    found = due(tx, policy, calendar, items=items, most=most)
    for source in _SOURCES:
        ids = [
            each.row_id for each in found if (each.item, each.table) == (source.item, source.table)
        ]
        if ids:
            source.wipe(tx, ids)
    for each in found:
        if each.item is Item.PERSON:
            _note(tx, by, {"item": Item.PERSON.value}, each.row_id)
    if found:
        _note(tx, by, dict(Counter(each.item.value for each in found)))
    return found


def _due_of(tx: Transaction, source: _Source, term: Term, calendar: WorkingDays) -> Iterator[Due]:
    persons = source.item is Item.PERSON
    busy = find.busy_cards(tx) if persons else frozenset[int]()
    for row in tx.rows(source.find, cut=_no_later_than(term, tx.at)):
        at = find.last_matter(tx, row, busy) if persons else row.at
        if at is None:
            continue
        end = deadline(at, term, calendar)
        if end.passed(tx.at):
            yield Due(source.item, source.table, row.id, row.person_id, at, end.day)


def _no_later_than(term: Term, at: datetime) -> datetime:
    """Give a moment that no event is later than whose term is over; the calendar decides then."""
    shortest = 365 * term.number // 12 - 3 if term.unit is Unit.MONTHS else term.number
    return at - timedelta(days=shortest)


def _note(
    tx: Transaction, by: Decided, facts: dict[str, Fact], person_id: int | None = None
) -> None:
    noted = Note(
        by.operator, ACTION, second=by.second, person_id=person_id, reason=by.reason, facts=facts
    )
    note(tx, by.chain, noted)
