"""A small registry for tests of audit and operators: its clock is set, its passwords cost nothing.

The schema is made once a run and copied: making it takes longer than most tests.
"""

from __future__ import annotations

import atexit
import functools
import shutil
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from apdu.secret import Secret
from terminal.beijing_time import BEIJING
from terminal.registry.audit import Anchor, Note, anchor, anchored, note
from terminal.registry.audit_check import Finding, verify
from terminal.registry.passwords import Policy
from terminal.registry.store import Registry, init_registry, open_registry
from terminal.registry.vault import Vault, load_key, make_key_file

MORNING = datetime(2026, 3, 2, 8, 30, tzinfo=BEIJING)
CHEAP = Policy(time_cost=1, memory_kib=8)
PASSWORD = Secret(b"correct horse battery")
TRIGGERS = "SELECT name FROM sqlite_master WHERE type = 'trigger'"


@functools.cache
def _template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="guitai-book-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    make_key_file(folder / "key")
    init_registry(folder / "registry.db", Vault(load_key(folder / "key")), lambda: MORNING).close()
    return folder


@functools.cache
def _written() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="guitai-written-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    book = Book(folder)
    book.write("A", "一", "二", "三", "四", "五")
    book.write("B", "甲", "乙", "丙")
    book.close()
    return folder


@dataclass
class Book:
    """Hold a registry on disk; ``now`` is its clock.

    ``written``: with two chains, A of five rows and B of three.
    """

    folder: Path
    now: datetime = MORNING
    written: bool = False
    registry: Registry = field(init=False)

    def __post_init__(self) -> None:
        for name in ("registry.db", "key"):
            shutil.copy((_written if self.written else _template)() / name, self.folder / name)
        self.registry = self.another()

    @property
    def path(self) -> Path:
        """Where its database is."""
        return self.folder / "registry.db"

    def another(self) -> Registry:
        """Open it once more, as another counter does."""
        vault = Vault(load_key(self.folder / "key"))
        registry = open_registry(self.path, vault, lambda: self.now)
        with closing(registry.engine.raw_connection()) as connection:
            connection.cursor().execute("PRAGMA synchronous=OFF")  # no test here cuts the power
        return registry

    def later(self, **delta: float) -> None:
        """Let time pass."""
        self.now += timedelta(**delta)

    def write(self, chain: str, *reasons: str) -> None:
        """Put some acts on record."""
        with self.registry.writing() as tx:
            for reason in reasons:
                wrote = Note("wang", "look", "S-STATUS", "li", 7, 9, reason, {"n": 1, "z": "值"})
                note(tx, chain, wrote)

    def anchor(self, chain: str) -> Anchor:
        """Anchor a chain."""
        with self.registry.writing() as tx:
            made = anchor(tx, chain)
            assert made is not None
            anchored(tx, made)
        return made

    def verify(self, *anchors: Anchor, chain: str | None = None) -> list[Finding]:
        """Check the audit, with anchors if there are any."""
        with self.registry.reading() as tx:
            return verify(tx, chain, anchors or None)

    def found(self, *anchors: Anchor) -> list[tuple[str, int, str]]:
        """Check the audit and give what was found, briefly."""
        return [(each.chain, each.number, each.what.value) for each in self.verify(*anchors)]

    def tamper(self, *statements: str) -> None:
        """Do what somebody with the file and no key can do."""
        with closing(sqlite3.connect(self.path)) as connection, connection:
            for (name,) in connection.execute(TRIGGERS).fetchall():
                connection.execute(f"DROP TRIGGER {name}")
            for statement in statements:
                connection.execute(statement)

    def read(self, query: str) -> list[tuple[object, ...]]:
        """Look at the file past everything of ours."""
        with closing(sqlite3.connect(self.path)) as connection:
            return connection.execute(query).fetchall()

    def put_back(self, head: tuple[object, ...]) -> None:
        """Put an old end of a chain back in its place."""
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute("DELETE FROM audit_head WHERE chain = ?", head[:1])
            connection.execute("INSERT INTO audit_head VALUES (?, ?, ?, ?, ?)", head)

    def close(self) -> None:
        """Close it."""
        self.registry.close()
