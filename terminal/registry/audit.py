"""The audit: who did what, for which holder, and why; rows that are only added, in a chain.

Each counter has a chain of its own, for one shared by all would make them wait for each other. A
row's digest is the SHA-256 of its canonical form, which is one line of JSON in UTF-8 without
spaces::

    {"chain":"A01-1","number":2,"at":1772352000000000,"operator":"wangfang","second":"",
    "action":"look","service":"S-STATUS","person_id":7,"card_id":null,"reason":"…",
    "facts":{…},"previous":"<64 hex digits>"}

``at`` is microseconds since 1970 in UTC, ``facts`` is sorted by name, ``previous`` is the digest of
the row before, zeros for the first. An exported line is that form with ``,"digest":"<64 hex
digits>"`` before its last brace: whoever takes this out again checks the chain with SHA-256 alone.

The end of each chain is sealed with a key that is not in the database, so that nobody without it
writes a chain anew or cuts its end off; an old end put back is found by the anchors outside the
database (terminal/registry/audit_check.py).

Facts and reasons hold no personal data in clear: who calls masks numbers and leaves names out.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from sqlalchemy import Row, String, bindparam, column, insert, select, table, update
from sqlalchemy.exc import IntegrityError

from terminal.beijing_time import beijing_day
from terminal.errors import AuditBroken, LookUnexplained, NoteUnfit, RegistryBusy
from terminal.registry.plain import is_plain
from terminal.registry.tables.work import AUDIT, AUDIT_HEAD
from terminal.registry.transaction import Transaction
from terminal.registry.vault import Vault
from terminal.texts import Text

Fact = str | int | bool | None
NOTHING = bytes(32)
"""What the first row of a chain follows."""
CHAINS = ""
"""The chain of this name has no rows: its end says which chains there are."""
MOST_FACTS = 4000
LOOK = "look"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Note:
    """Hold what is put on record of one act; no personal data in clear."""

    operator: str
    action: str
    service: str = ""
    second: str = ""
    person_id: int | None = None
    card_id: int | None = None
    reason: str = ""
    facts: Mapping[str, Fact] = field(default_factory=lambda: MappingProxyType({}))


class Outside(StrEnum):
    """Where an end of a chain is kept outside the database: one does not pass for the other."""

    ANCHOR = "anchor"
    """A line a day, which stays; its seal says also which one came before it."""
    END = "end"
    """The end as it is now, in the place of the one before."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """Hold the end of a chain as it was on a day, to be kept outside the database.

    ``seal`` says that this counter wrote it.
    """

    chain: str
    number: int
    digest: bytes
    day: date
    seal: bytes

    def line(self) -> str:
        """Write it as a line: day, number, digest, seal, chain."""
        return f"{self.day} {self.number} {self.digest.hex()} {self.seal.hex()} {self.chain}"


@dataclass(frozen=True, slots=True)
class Head:
    """Hold the end of a chain, as its row says; ``seal`` is not looked at yet."""

    chain: str
    number: int
    digest: bytes
    seal: bytes
    anchored: int
    """The number of the last row that an anchor stands for, 0 for none."""


COLUMNS = (
    "chain",
    "number",
    "at",
    "operator",
    "second",
    "action",
    "service",
    "person_id",
    "card_id",
    "reason",
    "facts",
    "digest",
)
RAW = table("audit", *(column(name) for name in COLUMNS))
RAW_HEAD = table("audit_head", *(column(each.name) for each in fields(Head)))
"""Both as the database gives them: a value of another type is a sign of tampering."""
_HEAD = select(RAW_HEAD).where(RAW_HEAD.c.chain == bindparam("of")).with_for_update()
_NAMES = select(RAW_HEAD.c.chain)
_HEADS = select(RAW_HEAD).where(RAW_HEAD.c.chain != CHAINS).order_by(RAW_HEAD.c.chain)
_ROW = select(RAW.c.digest).where(
    RAW.c.chain == bindparam("of"), RAW.c.number == bindparam("row_number")
)
_ADD = insert(AUDIT)
_ADD_HEAD = insert(AUDIT_HEAD)
_MOVE_HEAD = update(AUDIT_HEAD).where(AUDIT_HEAD.c.chain == bindparam("of"))
_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_facts = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode
_LENGTHS = {
    each.name: each.type.length or MOST_FACTS for each in AUDIT.c if isinstance(each.type, String)
}
_NEVER_EMPTY = ("chain", "operator", "action")

_WRONG_SEAL = Text("链尾的封签不对", "the seal of its end is wrong")
_ROWS_WITHOUT_HEAD = Text("有记录而没有链尾", "it has rows and no end")
_MISSING = {
    "operator": Text("柜员", "an operator"),
    "service": Text("业务", "a service"),
    "reason": Text("事由", "a reason"),
}
_ITEMS = {
    "chain": Text("柜台编号", "the counter's name"),
    "operator": Text("工号", "the operator"),
    "second": Text("复核人工号", "who agreed"),
    "action": Text("动作", "the action"),
    "service": Text("业务", "the service"),
    "reason": Text("事由", "the reason"),
    "facts": Text("细节", "the details"),
}
_LONG = Text("超过 {most} 个字符", "it has more than {most} characters")
_EMPTY = Text("不能为空", "it is empty")
_CONTROL = Text("含有换行等控制字符", "it has control characters")


# --- Writing -------------------------------------------------------------------------------


def note(tx: Transaction, chain: str, noted: Note) -> int:
    """Put an act on record in the transaction that does it, and give the row's number.

    Three statements. Raises AuditBroken where the chain's end was tampered with, NoteUnfit.
    """
    facts = _facts(dict(noted.facts))
    row: dict[str, Any] = {
        "chain": chain,
        "number": 1,
        "at": micros(tx.at),
        "operator": noted.operator,
        "second": noted.second,
        "action": noted.action,
        "service": noted.service,
        "person_id": noted.person_id,
        "card_id": noted.card_id,
        "reason": noted.reason,
        "facts": facts,
    }
    _demand_fit(row)
    end = head(tx, chain)
    if end is None:
        previous = NOTHING
        _begin(tx, chain)
    else:
        previous, row["number"] = end.digest, end.number + 1
    digest = digest_of(canonical(row, previous))
    try:
        tx.run(_ADD, **row | {"at": tx.at, "digest": digest})
    except IntegrityError as error:
        raise AuditBroken(chain=chain, detail=_ROWS_WITHOUT_HEAD) from error
    _end_at(tx, chain, row["number"], digest, end.anchored if end else 0)
    return int(row["number"])


def looked(
    tx: Transaction,
    chain: str,
    *,
    operator: str,
    service: str,
    reason: str,
    second: str = "",
    person_id: int | None = None,
    card_id: int | None = None,
    facts: Mapping[str, Fact] = MappingProxyType({}),
) -> int:
    """Put on record that somebody looks at a holder's data (R-SECRET), and give the row's number.

    Raises LookUnexplained where it is not said who, for which service, or why.
    """
    for name, said in (("operator", operator), ("service", service), ("reason", reason)):
        if not said.strip():
            raise LookUnexplained(missing=_MISSING[name])
    noted = Note(
        operator,
        LOOK,
        service,
        second,
        person_id=person_id,
        card_id=card_id,
        reason=reason.strip(),
        facts=facts,
    )
    return note(tx, chain, noted)


def anchor(tx: Transaction, chain: str) -> Anchor | None:
    """Give the end of a chain to be kept elsewhere, None where it has none; raises AuditBroken.

    Whoever has put it there says so with :func:`anchored`.
    """
    end = head(tx, chain)
    return None if end is None else outside(tx, end, Outside.ANCHOR)


def anchored(tx: Transaction, made: Anchor) -> None:
    """Note at the chain's end up to where an anchor of it is kept."""
    end = head(tx, made.chain)
    if end is not None:
        _end_at(tx, end.chain, end.number, end.digest, made.number)


def outside(tx: Transaction, end: Head, where: Outside) -> Anchor:
    """Give an end in the form in which it is kept outside the database."""
    made = Anchor(end.chain, end.number, end.digest, beijing_day(tx.at), b"")
    after = end.anchored if where is Outside.ANCHOR else None
    return replace(made, seal=_outside_seal(tx.vault, made, where, after))


def heads(tx: Transaction) -> Iterator[Head]:
    """Give the ends of all chains, except where the seal is wrong."""
    for row in tx.rows(_HEADS):
        end = head_of(row)
        if is_sealed(tx.vault, end):
            yield end


def goes_on_from(tx: Transaction, kept: Anchor) -> bool:
    """Say whether the chain still has the row at which an end of ours was kept."""
    if not is_ours(tx.vault, kept, Outside.END):  # nor is its number one to ask for
        return False
    row = tx.row(_ROW, of=kept.chain, row_number=kept.number)
    return row is not None and row.digest == kept.digest


def head(tx: Transaction, chain: str) -> Head | None:
    """Give the sealed end of a chain; raises AuditBroken where the seal is wrong."""
    row = tx.row(_HEAD, of=chain)
    if row is None:
        return None
    end = head_of(row)
    if not is_sealed(tx.vault, end):
        raise AuditBroken(chain=chain, detail=_WRONG_SEAL)
    return end


def head_of(row: Row[Any]) -> Head:
    """Read the row of a chain's end, whatever stands in it."""
    return Head(row.chain, row.number, row.digest, row.seal, row.anchored)


def is_sealed(vault: Vault, end: Head) -> bool:
    """Say whether the seal of a chain's end is right."""
    try:
        return hmac.compare_digest(end.seal, head_seal(vault, end))
    except TypeError:  # a column of another type than ours
        return False


def _begin(tx: Transaction, chain: str) -> None:
    """Make the end of a new chain, and add the chain to those there are."""
    try:
        _end_at(tx, chain, 0, NOTHING, 0, new=True)
    except IntegrityError as error:  # another one began it in the same moment
        raise RegistryBusy(path=chain) from error
    new = head(tx, CHAINS) is None  # held from here on: two that begin at once both get listed
    names = [each for (each,) in tx.rows(_NAMES) if each != CHAINS]
    _end_at(tx, CHAINS, len(names), chains_digest(names), 0, new=new)


def _end_at(
    tx: Transaction,
    chain: str,
    number: int,
    digest: bytes,
    anchored: int,
    *,
    new: bool = False,
) -> None:
    end = Head(chain, number, digest, b"", anchored)
    values = {
        "number": number,
        "digest": digest,
        "seal": head_seal(tx.vault, end),
        "anchored": anchored,
    }
    if new:
        tx.run(_ADD_HEAD, chain=chain, **values)
    else:
        tx.run(_MOVE_HEAD, of=chain, **values)


def _demand_fit(row: Mapping[str, Any]) -> None:
    for name in _NEVER_EMPTY:
        if not row[name]:
            raise NoteUnfit(item=_ITEMS[name], detail=_EMPTY)
    for name, most in _LENGTHS.items():
        text = row[name]
        if len(text) > most:
            raise NoteUnfit(item=_ITEMS[name], detail=_LONG.filled(most=most))
        if not is_plain(text):
            raise NoteUnfit(item=_ITEMS[name], detail=_CONTROL)


# --- Forms ---------------------------------------------------------------------------------


def micros(at: datetime) -> int:
    """Give an aware moment as microseconds since 1970, as the database keeps it."""
    return (at - _EPOCH) // _MICROSECOND


def canonical(row: Mapping[str, Any], previous: bytes) -> str:
    """Write a row in its canonical form; ``facts`` is JSON already and stands as it is.

    No two rows have the same form: all before the facts parses by itself, all behind them has a
    fixed length. Raises TypeError and ValueError for what no row of ours holds.
    """
    columns = {name: row[name] for name in COLUMNS[:-2]}
    begun = _json(columns)
    return f'{begun[:-1]},"facts":{row["facts"]},"previous":"{previous.hex()}"}}'


def digest_of(form: str) -> bytes:
    """Give the digest of a canonical form."""
    return hashlib.sha256(form.encode()).digest()


def exported(row: Mapping[str, Any], previous: bytes, digest: bytes) -> str:
    """Write a row as it is handed to others: its canonical form, and its digest."""
    return f'{canonical(row, previous)[:-1]},"digest":"{digest.hex()}"}}'


def chains_digest(names: Iterable[str]) -> bytes:
    """Give the digest of which chains there are."""
    return digest_of(_json(sorted(names)))


def head_seal(vault: Vault, end: Head) -> bytes:
    """Give the seal that the end of a chain should have."""
    return _sealed(vault, ["head", end.chain, end.number, end.anchored], end.digest)


def is_ours(vault: Vault, kept: Anchor, where: Outside, before: Iterable[int] = ()) -> bool:
    """Say whether this counter wrote what is kept there, an anchor after one of those ``before``.

    Or after none, or, as it was done at first, without a word of that.
    """
    afters = itertools.chain(() if where is Outside.END else before, (0, None))
    return any(
        hmac.compare_digest(kept.seal, _outside_seal(vault, kept, where, each)) for each in afters
    )


def _outside_seal(vault: Vault, kept: Anchor, where: Outside, after: int | None) -> bytes:
    named = [where.value, kept.chain, kept.number, kept.day.isoformat()]
    return _sealed(vault, named if after is None else [*named, after], kept.digest)


def _sealed(vault: Vault, named: list[str | int], digest: bytes) -> bytes:
    """Give the HMAC-SHA256; raises TypeError for what is no column of ours."""
    message = _json(named).encode() + digest
    return hmac.digest(vault.subkey("audit").reveal(), message, "sha256")
