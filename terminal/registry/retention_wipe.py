"""How personal data go: sealed columns to NULL, or to the seal of nothing; numbers to noise.

Each ``wipe_…`` takes the numbers of rows of one table, and leaves the rows.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, bindparam, func, or_, select, update

from terminal.registry import duties
from terminal.registry.tables.cards import APPLICATION, BATCH, CARD, PENDING_CHANGE
from terminal.registry.tables.persons import IDENTITY, INTEGRITY_REPORT, PERSON, REPRESENTATION
from terminal.registry.tables.work import DUTY, FEEDBACK, RUN
from terminal.registry.transaction import Transaction
from terminal.registry.vault import BLIND, NONCE, TAG

Wipe = Callable[[Transaction, Sequence[int]], None]
_NO_JSON = "{}"
_SEAL = 1 + NONCE + TAG
"""Length of what sealing adds."""
_AT_A_TIME = 500
_IDS: ColumnElement[Any] = bindparam("ids", expanding=True)
_PERSONS: ColumnElement[Any] = bindparam("persons", expanding=True)
_CARDS: ColumnElement[Any] = bindparam("cards", expanding=True)


def says_something(column: ColumnElement[Any], *, json: bool = True) -> ColumnElement[bool]:
    """Make the condition that a sealed column that may not be NULL was not wiped yet."""
    wiped: ColumnElement[bool] = func.length(column) > _SEAL + (len(_NO_JSON) if json else 0)
    return wiped


def _nulls(table: Table, *names: str) -> Wipe:
    """Make what sets columns to NULL."""
    change = update(table).where(table.c.id.in_(_IDS)).values(dict.fromkeys(names))

    def wipe(tx: Transaction, ids: Sequence[int]) -> None:
        for some in _some_at_a_time(ids):
            tx.run(change, ids=some)

    return wipe


def _each(table: Table, values: Callable[[Transaction, Any], dict[str, Any]]) -> Wipe:
    """Make what changes rows one by one, for each is sealed in its own place."""
    read = select(table).where(table.c.id.in_(_IDS))
    change = update(table).where(table.c.id == bindparam("row_id"))

    def wipe(tx: Transaction, ids: Sequence[int]) -> None:
        for some in _some_at_a_time(ids):
            for row in tx.rows(read, ids=some):
                tx.run(change, row_id=row.id, **values(tx, row))

    return wipe


def _without_wishes(table: Table, columns: Sequence[str], wishes: Sequence[str]) -> Wipe:
    """Make what empties columns, and takes wishes out of the requests that the rows came from."""
    empty = _nulls(table, *columns)
    made = select(table.c.run_id).where(table.c.id.in_(_IDS))
    asked = select(RUN.c.id, RUN.c.key, RUN.c.request).where(RUN.c.id.in_(made))
    change = update(RUN).where(RUN.c.id == bindparam("row_id"))

    def wipe(tx: Transaction, ids: Sequence[int]) -> None:
        empty(tx, ids)
        for some in _some_at_a_time(ids):
            for row in tx.rows(asked, ids=some):
                place = f"run.request:{row.key}"
                request = json.loads(tx.vault.open(place, row.request))
                wished = request.get("wishes", {})
                left = {name: wished[name] for name in wished if name not in wishes}
                if left != wished:
                    text = json.dumps(
                        request | {"wishes": left}, ensure_ascii=False, sort_keys=True
                    )
                    tx.run(change, row_id=row.id, request=tx.seal(place, text))

    return wipe


def _some_at_a_time(ids: Sequence[int]) -> Iterator[list[int]]:
    """Cut a list up: a statement takes so many values and no more."""
    for start in range(0, len(ids), _AT_A_TIME):
        yield list(ids[start : start + _AT_A_TIME])


def _no_run(tx: Transaction, row: Any) -> dict[str, Any]:
    return {"request": tx.seal(f"run.request:{row.key}", _NO_JSON), "result": None}


def _no_duty(tx: Transaction, row: Any) -> dict[str, Any]:
    nothing = tx.seal(duties.place(row.key, row.party, row.call), _NO_JSON)
    return {"arguments": nothing, "detail_zh": "", "detail_en": ""}


def _no_feedback(tx: Transaction, row: Any) -> dict[str, Any]:
    return {"said": tx.seal(f"feedback.said:{row.run_id}", ""), "call_number": ""}


def _no_integrity(tx: Transaction, row: Any) -> dict[str, Any]:
    return {"told": tx.seal(f"integrity:{row.id}", "")}


def _nobody(_tx: Transaction, _row: Any) -> dict[str, Any]:
    return {"number": None, "name": None, "blind": secrets.token_bytes(BLIND)}


def _no_number(_tx: Transaction, _row: Any) -> dict[str, Any]:
    return {"number": None, "valid_until": None, "blind": secrets.token_bytes(BLIND)}


def _no_person(tx: Transaction, _row: Any) -> dict[str, Any]:
    gone = dict.fromkeys(("name", "birth", "mobile", "address"))
    return {**gone, "nationality": "", "occupation": "", "erased_at": tx.at}


wipe_photos = _without_wishes(APPLICATION, ["photo"], ["photo"])
wipe_accounts = _without_wishes(APPLICATION, ["payout", "account"], ["payout"])
wipe_pending = _nulls(PENDING_CHANGE, "value")
wipe_batches = _without_wishes(BATCH, ["contact"], ["contact", "rows"])
wipe_runs = _each(RUN, _no_run)
wipe_duties = _each(DUTY, _no_duty)
wipe_feedback = _each(FEEDBACK, _no_feedback)
wipe_integrity = _each(INTEGRITY_REPORT, _no_integrity)
wipe_representations = _each(REPRESENTATION, _nobody)
_wipe_rows_of_persons = _each(PERSON, _no_person)


def wipe_persons(tx: Transaction, ids: Sequence[int]) -> None:
    """Wipe persons and all that is theirs, whatever its own term."""
    for some in _some_at_a_time(ids):
        theirs = [card for (card,) in tx.rows(_CARDS_OF, persons=some)]
        for wipe, find in _THEIRS:
            wipe(tx, [row for (row,) in tx.rows(find, persons=some, cards=theirs)])
        _wipe_rows_of_persons(tx, some)


def _of_them(table: Table) -> Select[Any]:
    """Find what of a table is of persons, or of their cards."""
    ways = []
    if "person_id" in table.c:
        ways.append(table.c.person_id.in_(_PERSONS))
    if "card_id" in table.c:
        ways.append(table.c.card_id.in_(_CARDS))
    return select(table.c.id).where(or_(*ways))


_CARDS_OF = select(CARD.c.id).where(CARD.c.person_id.in_(_PERSONS))
_THEIRS: tuple[tuple[Wipe, Select[Any]], ...] = (
    (_each(IDENTITY, _no_number), _of_them(IDENTITY)),
    (wipe_representations, _of_them(REPRESENTATION)),
    (_nulls(APPLICATION, "photo", "payout", "account"), _of_them(APPLICATION)),
    (_nulls(CARD, "account"), _of_them(CARD)),
    (wipe_pending, _of_them(PENDING_CHANGE)),
    (wipe_runs, _of_them(RUN)),
    (wipe_duties, _of_them(DUTY)),
    (wipe_feedback, _of_them(FEEDBACK)),
    (wipe_integrity, _of_them(INTEGRITY_REPORT)),
)
