"""The journal's file: its tables, and how it comes into being."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing, suppress
from enum import StrEnum
from pathlib import Path
from uuid import uuid4

from terminal.journal.model import MOVES, Method

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
    method TEXT NOT NULL CHECK ({methods}),
    operator TEXT NOT NULL,
    second TEXT NOT NULL,
    reason TEXT NOT NULL,
    other_card TEXT NOT NULL,
    facts TEXT NOT NULL,
    sent_at TEXT,
    sent_facts TEXT,
    CHECK ((sent_at IS NULL) = (sent_facts IS NULL))
);
-- An entry's row is its first step, "begun", and of one that was on paper until it was sent the
-- second too: one row, one commit, one page less. The steps after it stand here. As each is behind
-- the one before and no move leads away from an outcome, an entry has one.
-- The id is the entry's × 1000 + the step's number: it keeps an entry's steps together, unique
-- without an index, and the table growing at its end, where a commit writes one page and not the
-- many of a split.
CREATE TABLE step (
    id INTEGER PRIMARY KEY CHECK (id % 1000 >= 2),
    state TEXT NOT NULL,
    before TEXT NOT NULL,
    at TEXT NOT NULL,
    facts TEXT NOT NULL,
    CHECK (id % 1000 > 2 OR before = 'begun'),
    CHECK ({moves})
);

CREATE INDEX of_card ON entry (card);
CREATE INDEX of_other_card ON entry (other_card) WHERE other_card <> '';

-- Foreign keys hold only for connections that ask for them; triggers hold for all.
-- INSERT OR REPLACE deletes without telling a DELETE trigger, so it is refused here as well.
CREATE TRIGGER entry_is_new BEFORE INSERT ON entry
WHEN EXISTS (SELECT 1 FROM entry WHERE key = NEW.key)
    OR EXISTS (SELECT 1 FROM entry WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'the entry is there'); END;
CREATE TRIGGER step_follows BEFORE INSERT ON step
WHEN EXISTS (SELECT 1 FROM step WHERE id = NEW.id)
    OR NOT CASE NEW.id % 1000
        WHEN 2 THEN EXISTS (SELECT 1 FROM entry WHERE id = NEW.id / 1000 AND sent_at IS NULL)
        WHEN 3 THEN EXISTS (SELECT 1 FROM entry WHERE id = NEW.id / 1000 AND CASE
            WHEN sent_at IS NULL
            THEN EXISTS (SELECT 1 FROM step WHERE id = NEW.id - 1 AND state = NEW.before)
            ELSE NEW.before = 'sent'
        END)
        ELSE EXISTS (SELECT 1 FROM step WHERE id = NEW.id - 1 AND state = NEW.before)
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
    moves = " OR ".join(
        f"before = '{before}' AND ({_either('state', (to for at, to in MOVES if at is before))})"
        for before in sorted({before for before, _ in MOVES})
    )
    return "\n".join(
        (
            "BEGIN;",
            f"PRAGMA application_id = {APPLICATION_ID};",
            f"PRAGMA user_version = {VERSION};",
            _TABLES.format(methods=_either("method", Method), moves=moves),
            *(_FOR_EVER.format(table=table) for table in ("entry", "step")),
            "COMMIT;",
        )
    )


def _either(column: str, words: Iterable[StrEnum]) -> str:
    """Say that a column is one of some words.

    With OR: for an IN of three SQLite fills a table of its own, every time it looks (7 µs).
    """
    return " OR ".join(f"{column} = '{word}'" for word in sorted(words))
