"""Where entries are kept: the seam, and SQLite behind it.

Two tables that are only ever added to (docs/decisions/0008). A move that is none, a second
outcome, a change of what was written are refused by the database itself, whoever asks. The SQL
is plain so that PostgreSQL can stand here too.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from shutil import disk_usage
from threading import RLock
from typing import Any, Protocol

from terminal.errors import JournalDamaged, JournalMissing, JournalTooNew, JournalUnwritable
from terminal.journal.journal_file import APPLICATION_ID, VERSION, make_journal
from terminal.journal.model import Entry, Facts, Intention, Kind, Method, State, Step
from terminal.texts import Text

BUSY_SECONDS = 5.0
"""How long a write waits for another process's; theirs take milliseconds."""
COMMITS_BETWEEN_CHECKPOINTS = 1_000
_NOT_OURS = Text("它不是流水文件", "it is no journal")
_DAMAGED = Text("文件已损坏", "the file is damaged")
_FULL = Text("磁盘已满", "the disk is full")
_READ_ONLY_FOLDER = Text(
    "所在的文件夹不能写（查看流水也要写它）",
    "its folder cannot be written, which looking needs too",
)
_LEAST_BYTES = 65_536
"""With less free SQLite can make none of its two files beside the journal."""
_TROUBLES = {
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_READONLY: Text("文件只能读", "the file is read-only"),
    sqlite3.SQLITE_BUSY: Text("别的程序一直占用着它", "another program keeps it locked"),
    sqlite3.SQLITE_IOERR: Text("磁盘读写出错", "the disk reports an I/O error"),
    sqlite3.SQLITE_CANTOPEN: Text("文件打不开", "the file cannot be opened"),
}
_BROKEN = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR})
"""The last is a table or a column that is missing; our statements are right."""

# Facts are flat: there is no circle to look for, which would take as long as the encoding.
_JSON = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"))

_ADD_ENTRY = """
INSERT INTO entry (key, begun_at, kind, card, amount, till, method, operator, second, reason,
                   other_card, facts, sent_at, sent_facts)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
# No INSERT … SELECT: for that SQLite makes a table of its own where there is a trigger. Of a key
# that is not there the id is NULL, the step of no entry, and refused as that.
_ADD_STEP = """
INSERT INTO step (id, state, before, at, facts)
VALUES ((SELECT id FROM entry WHERE key = ?) * 1000 + ?, ?, ?, ?, ?)
"""
_SELECT = """
SELECT key, begun_at, kind, card, amount, till, method, operator, second, reason, other_card,
       entry.facts, sent_at, sent_facts, step.id % 1000, step.state, step.at, step.facts
FROM entry LEFT JOIN step ON step.id BETWEEN entry.id * 1000 AND entry.id * 1000 + 999
WHERE {condition} ORDER BY entry.id, step.id
"""
_OPEN = (
    "NOT EXISTS (SELECT 1 FROM step AS o WHERE o.id BETWEEN entry.id * 1000 AND"
    " entry.id * 1000 + 999 AND o.state IN ('done', 'undone'))"
)
# As the second index has it: without those words SQLite would look at all entries.
_CARD = "card = ?1 OR other_card = ?1 AND other_card <> ''"
_BY_KEY = _SELECT.format(condition="key = ?")
_BY_BEGINNING = _SELECT.format(condition="key >= ? AND key < ?")
_UNFINISHED = _SELECT.format(condition=_OPEN)
_UNFINISHED_OF_CARD = _SELECT.format(condition=f"({_CARD}) AND {_OPEN}")
_OF_CARD = _SELECT.format(condition=_CARD)
# These two look at everything, a few times a day; indexes would cost a page in every commit.
_BEGUN_BETWEEN = _SELECT.format(condition="begun_at >= ? AND begun_at < ?")
_SETTLED_BETWEEN = _SELECT.format(
    condition="begun_at < ?1 AND entry.id IN (SELECT id / 1000 FROM step WHERE at >= ?1 AND at < ?2"
    " AND state IN ('done', 'undone') AND before <> 'done')"
)
_COLUMNS = 14
"""What of a row is the entry's; the rest is a step's."""


class Store(Protocol):
    """Keep entries; what is in is never changed. All raise JournalUnwritable, JournalDamaged."""

    @property
    def durable_commits(self) -> int:
        """Count the commits that waited for the disk."""

    def add(self, entry: Entry, *, durable: bool) -> bool:
        """Add an entry, begun or begun and sent, at once; False where its key is taken."""

    def append(self, key: str, step: Step, before: State, *, durable: bool) -> bool:
        """Add a step behind ``before``; False where the entry is not there (any more).

        A durable step is on the disk when this returns, another survives the process at least.
        """

    def entry(self, key: str) -> Entry | None:
        """Give the entry of a key."""

    def beginning(self, key: str) -> tuple[Entry, ...]:
        """Give the entries whose keys begin so."""

    def unfinished(self, card: str | None = None) -> tuple[Entry, ...]:
        """Give the entries without an outcome, of all cards or of one (a move has two)."""

    def of_card(self, card: str) -> tuple[Entry, ...]:
        """Give all entries of a card, those it was the other card of too."""

    def begun_between(self, first: datetime, end: datetime) -> tuple[Entry, ...]:
        """Give the entries begun from a moment on until before another."""

    def settled_between(self, first: datetime, end: datetime) -> tuple[Entry, ...]:
        """Give the entries begun before a moment and settled from it on until before another."""

    def close(self) -> None:
        """Let go of it."""


class SqliteStore:
    """Keep entries in one SQLite file, which several processes may share."""

    def __init__(self, path: Path, *, make: bool = True) -> None:
        """Open a journal; one that is not there is made, or missed where ``make`` is not said.

        Raises JournalMissing, JournalUnwritable, JournalDamaged, JournalTooNew.
        """
        self._path = path
        self._lock = RLock()
        self._full = True
        self._since_checkpoint = 0
        self.durable_commits = 0
        with self._told():
            if not path.exists():
                if not make:
                    raise JournalMissing(path=path)
                make_journal(path)
            # Operations run on the reader's thread (docs/decisions/0002); the lock lets one in.
            self._connection = sqlite3.connect(
                path, BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
        try:
            with self._told():
                self._look()
                # Checkpoints cost two more syncs; add() makes them, see there.
                self._connection.executescript(
                    "PRAGMA foreign_keys = OFF; PRAGMA synchronous = FULL;"  # triggers say the same
                    "PRAGMA wal_autocheckpoint = 0;"
                )
        except BaseException:
            self._connection.close()
            raise

    def _look(self) -> None:
        """See that it is a journal, of a version known here."""
        ((ours,),) = self._connection.execute("PRAGMA application_id")
        if ours != APPLICATION_ID:
            raise JournalDamaged(path=self._path, detail=_NOT_OURS)
        ((version,),) = self._connection.execute("PRAGMA user_version")
        if version > VERSION:
            raise JournalTooNew(path=self._path, found=version, known=VERSION)

    def add(self, entry: Entry, *, durable: bool) -> bool:
        """Add an entry, begun or begun and sent, at once; False where its key is taken.

        The card was not touched yet: no moment is better to move the log into the file.
        """
        intention, (begun, *sent) = entry.intention, entry.steps
        row = (
            intention.key,
            _moment(begun.at),
            intention.kind.value,
            intention.card,
            intention.amount,
            intention.till,
            intention.method.value,
            intention.operator,
            intention.second,
            intention.reason,
            intention.other_card,
            _written(intention.facts),
            *((_moment(sent[0].at), _written(sent[0].facts)) if sent else (None, None)),
        )
        if self._since_checkpoint >= COMMITS_BETWEEN_CHECKPOINTS:
            self._checkpoint()
        refusal = self._write(_ADD_ENTRY, row, durable)
        if refusal is not None and self.entry(intention.key) is None:
            raise refusal
        return refusal is None

    def append(self, key: str, step: Step, before: State, *, durable: bool) -> bool:
        """Add a step behind ``before``; False where the entry is not there (any more)."""
        # Plain words: the driver looks for an adapter for every enumeration it meets.
        row = (
            key,
            step.number,
            step.state.value,
            before.value,
            _moment(step.at),
            _written(step.facts),
        )
        return self._write(_ADD_STEP, row, durable) is None

    def entry(self, key: str) -> Entry | None:
        """Give the entry of a key."""
        return next(iter(self._entries(_BY_KEY, key)), None)

    def beginning(self, key: str) -> tuple[Entry, ...]:
        """Give the entries whose keys begin so."""
        return self._entries(_BY_BEGINNING, key, key + "\U0010ffff")

    def unfinished(self, card: str | None = None) -> tuple[Entry, ...]:
        """Give the entries without an outcome, of all cards or of one (a move has two)."""
        if card is None:
            return self._entries(_UNFINISHED)
        return self._entries(_UNFINISHED_OF_CARD, card)

    def of_card(self, card: str) -> tuple[Entry, ...]:
        """Give all entries of a card, those it was the other card of too."""
        return self._entries(_OF_CARD, card)

    def begun_between(self, first: datetime, end: datetime) -> tuple[Entry, ...]:
        """Give the entries begun from a moment on until before another."""
        return self._entries(_BEGUN_BETWEEN, _moment(first), _moment(end))

    def settled_between(self, first: datetime, end: datetime) -> tuple[Entry, ...]:
        """Give the entries begun before a moment and settled from it on until before another."""
        return self._entries(_SETTLED_BETWEEN, _moment(first), _moment(end))

    def close(self) -> None:
        """Let go of it; the last one to do so moves the log into the file."""
        with self._lock, suppress(sqlite3.Error):
            self._connection.close()

    def _entries(self, query: str, *values: str) -> tuple[Entry, ...]:
        with self._lock, self._told():
            rows = self._connection.execute(query, values).fetchall()
        found: dict[str, list[tuple[Any, ...]]] = {}
        for row in rows:
            found.setdefault(row[0], []).append(row)
        try:
            return tuple(_entry(each) for each in found.values())
        except ValueError as error:  # a word or a JSON text that is none of ours
            raise JournalDamaged(path=self._path, detail=_DAMAGED) from error

    def _write(
        self, statement: str, values: tuple[Any, ...], durable: bool
    ) -> sqlite3.IntegrityError | None:
        """Write a row, which is in whole or not at all; gives the database's refusal of it.

        Plain, for a load waits for it twice.
        """
        with self._lock:
            try:
                self._sync(durable)
                self._connection.execute(statement, values)
            except sqlite3.IntegrityError as refusal:
                return refusal
            except sqlite3.DatabaseError as error:
                self._say(error)
                raise
            self._since_checkpoint += 1
            self.durable_commits += durable
        return None

    def _sync(self, full: bool) -> None:
        """Choose whether the next commit waits for the disk.

        SQLite leaves open whether a pragma acts when it is compiled or when it is run, so it
        goes by executescript, which compiles it each time and caches nothing.
        """
        if full is not self._full:
            level = "FULL" if full else "NORMAL"
            self._connection.executescript(f"PRAGMA synchronous = {level}")
            self._full = full

    def _checkpoint(self) -> None:
        """Move the log into the file as far as nobody reads it; what fails is tried later."""
        self._since_checkpoint = 0
        with self._lock, suppress(sqlite3.Error):
            self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say in the catalogue's words what SQLite or the system refuses."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            self._say(error)
            raise
        except OSError as error:
            raise JournalUnwritable(path=self._path, detail=error.strerror) from error

    def _say(self, error: sqlite3.DatabaseError) -> None:
        """Raise the catalogue's leaf for an error of SQLite's, if it is one.

        What comes from the driver (a closed journal, a fact that is none) is our mistake.
        """
        if not hasattr(error, "sqlite_errorcode"):
            return
        code = error.sqlite_errorcode & 0xFF
        if code in _BROKEN:
            detail = _NOT_OURS if code == sqlite3.SQLITE_NOTADB else _DAMAGED
            raise JournalDamaged(path=self._path, detail=detail) from error
        raise JournalUnwritable(path=self._path, detail=self._trouble(code, error)) from error

    def _trouble(self, code: int, error: sqlite3.DatabaseError) -> Text | str:
        """Say what is wrong; a full disk may read like any I/O error, a read-only one like none."""
        folder = self._path.parent
        if code in {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}:
            with suppress(OSError):
                if disk_usage(folder).free < _LEAST_BYTES:
                    return _FULL
            if not os.access(folder, os.W_OK):
                return _READ_ONLY_FOLDER
        return _TROUBLES.get(code, str(error))


def _moment(at: datetime) -> str:
    """Write a moment so that text order is time's order."""
    return (at if at.tzinfo is UTC else at.astimezone(UTC)).isoformat(timespec="microseconds")


def _written(facts: Facts) -> str:
    return _JSON.encode(dict(facts)) if facts else "{}"


def _entry(rows: list[tuple[Any, ...]]) -> Entry:
    (
        key,
        begun_at,
        kind,
        card,
        amount,
        till,
        method,
        operator,
        second,
        reason,
        other,
        facts,
        sent_at,
        sent_facts,
    ) = rows[0][:_COLUMNS]
    intention = Intention(
        key=key,
        kind=Kind(kind),
        card=card,
        amount=amount,
        till=till,
        method=Method(method),
        operator=operator,
        second=second,
        reason=reason,
        other_card=other,
        facts=json.loads(facts),
    )
    steps = [(1, State.BEGUN, begun_at, "{}")]
    if sent_at is not None:
        steps.append((2, State.SENT, sent_at, sent_facts))
    steps += [row[_COLUMNS:] for row in rows if row[_COLUMNS] is not None]
    return Entry(
        intention,
        tuple(
            Step(number, State(state), datetime.fromisoformat(at), json.loads(evidence))
            for number, state, at, evidence in steps
        ),
    )
