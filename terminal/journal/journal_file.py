"""The journal's file: its tables, and how it comes into being."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from uuid import uuid4

from terminal.journal.model import MOVES, State

APPLICATION_ID = 0x4754_4A4C  # "GTJL"
VERSION = 1
PAGE = 2048

_TABLES = """
CREATE TABLE entry (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE CHECK (key <> ''),
    begun_at TEXT NOT NULL,
    kind TEXT NOT NULL,
    card TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (typeof(amount) = 'integer'),
    till INTEGER NOT NULL CHECK (typeof(till) = 'integer'),
    method TEXT NOT NULL CHECK (method IN ('cash', 'transfer', 'none')),
    operator TEXT NOT NULL,
    second TEXT NOT NULL,
    reason TEXT NOT NULL,
    other_card TEXT NOT NULL,
    facts TEXT NOT NULL
);
-- An entry's row is its first step, "begun"; those after it stand here. As each is behind the one
-- before and no move leads away from an outcome, an entry has one.
-- The id is made of entry and number: it keeps an entry's steps together, unique without an index,
-- and the table growing at its end, where a commit writes one page and not the many of a split.
CREATE TABLE step (
    id INTEGER PRIMARY KEY CHECK (id = entry * 1000 + number),
    entry INTEGER NOT NULL REFERENCES entry (id),
    number INTEGER NOT NULL CHECK (number BETWEEN 2 AND 999),
    state TEXT NOT NULL,
    before TEXT NOT NULL,
    at TEXT NOT NULL,
    facts TEXT NOT NULL,
    CHECK (number > 2 OR before = 'begun'),
    CHECK ({moves})
);

CREATE INDEX begun ON entry (begun_at);
CREATE INDEX of_card ON entry (card);
CREATE INDEX of_other_card ON entry (other_card) WHERE other_card <> '';

-- Foreign keys hold only for connections that ask for them; triggers hold for all.
-- INSERT OR REPLACE deletes without telling a DELETE trigger, so it is refused here as well.
CREATE TRIGGER entry_is_new BEFORE INSERT ON entry
WHEN EXISTS (SELECT 1 FROM entry WHERE key = NEW.key OR id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'the entry is there'); END;
CREATE TRIGGER step_follows BEFORE INSERT ON step
WHEN EXISTS (SELECT 1 FROM step WHERE id = NEW.id)
    OR CASE NEW.number
        WHEN 2 THEN NOT EXISTS (SELECT 1 FROM entry WHERE id = NEW.entry)
        ELSE NOT EXISTS (SELECT 1 FROM step WHERE id = NEW.id - 1 AND state = NEW.before)
    END
BEGIN SELECT RAISE(ABORT, 'no such move'); END;
"""
_FOR_EVER = """
CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table}
BEGIN SELECT RAISE(ABORT, 'the journal is only ever added to'); END;
CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}
BEGIN SELECT RAISE(ABORT, 'the journal is only ever added to'); END;
"""


def make_journal(path: Path) -> None:
    """Make an empty journal, its owner's alone; one that another process made first is left.

    It is made whole under another name and then put in its place, so nobody opens half of one.
    Raises OSError, sqlite3.Error.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
        with closing(sqlite3.connect(draft, isolation_level=None)) as connection:
            # Rows are small and each commit writes whole pages: half the bytes to sync.
            connection.execute(f"PRAGMA page_size = {PAGE}")
            connection.execute("PRAGMA journal_mode = WAL").fetchall()
            connection.executescript(_script())
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)  # its name must outlive a power cut, too
    finally:
        os.close(folder)


def _script() -> str:
    ways = {
        before: [state for first, state in sorted(MOVES) if first is before] for before in State
    }
    moves = " OR ".join(
        f"before = '{before}' AND state IN ({', '.join(map(repr, map(str, states)))})"
        for before, states in ways.items()
        if states
    )
    return "\n".join(
        (
            "BEGIN;",
            f"PRAGMA application_id = {APPLICATION_ID};",
            f"PRAGMA user_version = {VERSION};",
            _TABLES.replace("{moves}", moves),
            *(_FOR_EVER.format(table=table) for table in ("entry", "step")),
            "COMMIT;",
        )
    )
