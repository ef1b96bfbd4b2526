"""Take a backup of a running counter: registry, journal, anchors and, where asked for, the key.

SQLite copies each database as it is at one moment while others go on writing. The registry comes
first: a journal that knows more than its registry is what a crash leaves too, and services go on
from there under their keys; a registry that knows more than its journal would miss the evidence.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from apdu.secret import Secret
from terminal.beijing_time import in_beijing
from terminal.errors import (
    BackupBusy,
    BackupExists,
    BackupNotHere,
    BackupUnwritable,
    JournalDamaged,
    JournalMissing,
    RegistryDamaged,
    RegistryMissing,
)
from terminal.journal.journal_file import APPLICATION_ID
from terminal.private_files import read_file, read_private
from terminal.registry.backup_file import (
    ANCHORS,
    CHUNK,
    COST,
    DIGEST,
    JOURNAL,
    KEY,
    REGISTRY,
    SALT,
    ChainEnd,
    Cost,
    Header,
    Part,
    sealed,
)
from terminal.registry.store import BUSY_SECONDS, Registry
from terminal.registry.whole_files import drafts, told, write_new
from terminal.texts import Text

_BROKEN_LINKS = Text("表之间的关联断了（{table}）", "rows refer to what is not there ({table})")
_NO_JOURNAL = Text("它不是流水文件", "it is no journal")


@dataclass(frozen=True, slots=True)
class Sources:
    """Say what a backup is taken of; ``key`` only where the registry's key is to be in it."""

    registry: Registry
    journal: Path | None = None
    anchors: Path | None = None
    key: Path | None = None


def new_id() -> str:
    """Make the name by which a backup is known: 16 hex digits."""
    return secrets.token_hex(8)


def file_of(registry: Registry) -> Path:
    """Give the file of a registry; raises BackupNotHere where it is none."""
    url = registry.engine.url
    if registry.engine.dialect.name != "sqlite" or not url.database:
        raise BackupNotHere(store=registry.engine.dialect.name)
    return Path(url.database)


def take(
    sources: Sources,
    target: Path,
    passphrase: Secret,
    *,
    backup_id: str,
    outlet: str,
    cost: Cost = COST,
) -> Header:
    """Take a backup into a new file and give its header; services may go on writing.

    Raises BackupExists, BackupUnwritable, BackupBusy, BackupNotHere, RegistryDamaged,
    JournalDamaged, JournalMissing, FileTrouble.
    """
    demand_free(target)
    live = file_of(sources.registry)
    with drafts(live) as folder:
        snapshot, copied = folder / REGISTRY, folder / JOURNAL
        _copy(live, snapshot)
        demand_whole(snapshot, RegistryDamaged(path=live))
        journal_schema = 0
        if sources.journal is not None:
            _copy(sources.journal, copied)
            journal_schema = journal_schema_of(copied, sources.journal)
        schema, ends = registry_schema_of(snapshot), _ends(snapshot)
        held = [_of_file(REGISTRY, snapshot)]
        if sources.journal is not None:
            held.append(_of_file(JOURNAL, copied))
        if sources.anchors is not None:
            held.append(_of_bytes(ANCHORS, read_file(sources.anchors).data))
        if sources.key is not None:  # no draft of it comes to the disk
            held.append(_of_bytes(KEY, read_private(sources.key)))
        header = Header(
            id=backup_id,
            created_at=in_beijing(sources.registry.clock()),
            outlet=outlet,
            key_id=sources.registry.vault.key_id,
            registry_schema=schema,
            journal_schema=journal_schema,
            ends=ends,
            parts=tuple(part for part, _ in held),
            cost=cost,
            salt=secrets.token_bytes(SALT),
        )
        write_new(target, sealed(header, passphrase, _joined(content for _, content in held)))
    return header


def demand_free(target: Path) -> None:
    """Demand that a backup can be begun there; raises BackupExists, BackupUnwritable."""
    with told(target):
        if os.path.lexists(target):
            raise BackupExists(path=target)
        os.stat(target.parent)  # noqa: PTH116  Path.exists would not say why not


def file_name(outlet: str, at: datetime, backup_id: str) -> str:
    """Name a backup by outlet, Beijing time and id, so that a folder of them is in order."""
    place = "".join(each for each in outlet if each.isalnum()) or "0"
    return f"guitai-{place}-{in_beijing(at):%Y%m%d-%H%M%S}-{backup_id[:4]}.backup"


def demand_whole(path: Path, damaged: RegistryDamaged | JournalDamaged) -> None:
    """Have SQLite look at every page and every reference of a copy; raises ``damaged``."""
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            ((words,),) = connection.execute("PRAGMA integrity_check(1)")
            if words != "ok":
                raise _said(damaged, words)
            broken = connection.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.DatabaseError as error:
        raise _said(damaged, str(error)) from error
    if broken is not None:
        raise _said(damaged, _BROKEN_LINKS.filled(table=broken[0]))


def registry_schema_of(path: Path) -> str:
    """Give the version of a registry's tables, empty where it does not say."""
    rows = _rows(path, "SELECT version_num FROM alembic_version")
    return str(rows[0][0]) if rows else ""


def journal_schema_of(path: Path, named: Path) -> int:
    """Give the version of a journal's tables, once it is whole; raises JournalDamaged."""
    demand_whole(path, JournalDamaged(path=named))
    if _rows(path, "PRAGMA application_id") != [(APPLICATION_ID,)]:
        raise JournalDamaged(path=named, detail=_NO_JOURNAL)
    return int(_rows(path, "PRAGMA user_version")[0][0])


def _ends(path: Path) -> tuple[ChainEnd, ...]:
    """Give the ends of the audit chains; one that was tampered with is copied and not told of."""
    query = "SELECT chain, number, digest FROM audit_head WHERE chain <> '' ORDER BY chain"
    return tuple(
        ChainEnd(chain, number, digest)
        for chain, number, digest in _rows(path, query)
        if isinstance(chain, str) and isinstance(number, int) and isinstance(digest, bytes)
        if number >= 0 and len(digest) == DIGEST
    )


def _rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        return connection.execute(query).fetchall()


def _copy(live: Path, to: Path) -> None:
    """Copy a database as it is at one moment; raises BackupBusy, BackupUnwritable, …Damaged."""
    if not os.path.lexists(live):
        raise (RegistryMissing if to.name == REGISTRY else JournalMissing)(path=live)
    address = f"{live.absolute().as_uri()}?mode=rw"  # a reader of a WAL writes beside it, too
    try:
        with (
            closing(sqlite3.connect(address, BUSY_SECONDS, isolation_level=None, uri=True)) as one,
            closing(sqlite3.connect(to, isolation_level=None)) as other,
        ):
            one.execute("BEGIN")  # the moment; it also ends the wait for a lock, which a copy's
            one.execute("SELECT 1 FROM sqlite_master").fetchone()  # own has no end
            one.backup(other)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
            raise BackupBusy(path=live) from error
        raise BackupUnwritable(path=to.parent, detail=str(error)) from error
    except sqlite3.DatabaseError as error:
        raise (RegistryDamaged if to.name == REGISTRY else JournalDamaged)(
            path=live, detail=str(error)
        ) from error


def _of_file(name: str, path: Path) -> tuple[Part, Iterable[bytes]]:
    return Part(name, path.stat().st_size), _read(path)


def _of_bytes(name: str, data: bytes) -> tuple[Part, Iterable[bytes]]:
    return Part(name, len(data)), [data]


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while piece := stream.read(CHUNK):
            yield piece


def _joined(contents: Iterable[Iterable[bytes]]) -> Iterator[bytes]:
    for each in contents:
        yield from each


def _said(
    damaged: RegistryDamaged | JournalDamaged, detail: str | Text
) -> RegistryDamaged | JournalDamaged:
    return type(damaged)(**damaged.facts, detail=detail)
