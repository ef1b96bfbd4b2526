"""Bring a backup back: unpacked beside its place and looked at from every side, before it counts.

Nothing that is in use is touched before all of it is proved; the old files stay beside the new.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from apdu.secret import Secret
from terminal.errors import (
    BackupContentWrong,
    BackupWrong,
    FileTrouble,
    GuitaiError,
    JournalDamaged,
    JournalTooNew,
    RegistryDamaged,
    RegistryMissing,
    RegistryTooNew,
)
from terminal.journal.journal_file import VERSION
from terminal.registry.audit import Anchor, head
from terminal.registry.audit_check import Finding, Wrong, verify
from terminal.registry.backup import demand_whole, journal_schema_of
from terminal.registry.backup_file import CHUNK, Header, opened, read_header
from terminal.registry.store import Clock, Registry, open_registry
from terminal.registry.transaction import Transaction
from terminal.registry.vault import Vault
from terminal.registry.whole_files import write
from terminal.texts import Text

_OTHER_SIZE = Text("内容的长度与文件开头所写的不符", "it is not as long as its beginning says")
_AUDIT = Text(
    "审计记录 {chain}：{detail}（共 {number} 处）", "audit {chain}: {detail} ({number} findings)"
)
_OF_ANCHORS = frozenset(
    {
        Wrong.ANCHOR_SEAL,
        Wrong.ANCHOR_DIFFERS,
        Wrong.ANCHOR_BEYOND,
        Wrong.ANCHOR_MISSING,
        Wrong.KEPT_END_MISSING,
    }
)
_NEWER = """
SELECT COUNT(*) FROM (
    SELECT e.key, COUNT(s.id) AS steps
    FROM old.entry AS e LEFT JOIN old.step AS s ON s.id BETWEEN e.id * 1000 AND e.id * 1000 + 999
    GROUP BY e.id
) AS o LEFT JOIN (
    SELECT e.key, COUNT(s.id) AS steps
    FROM main.entry AS e LEFT JOIN main.step AS s ON s.id BETWEEN e.id * 1000 AND e.id * 1000 + 999
    GROUP BY e.id
) AS n ON n.key = o.key
WHERE n.key IS NULL OR n.steps < o.steps
"""


@dataclass(frozen=True, slots=True)
class Later:
    """Say what an audit chain had after the backup: rows ``have`` + 1 to ``anchored`` at least.

    ``day`` is when an anchor or end of the last of them was kept.
    """

    chain: str
    have: int
    anchored: int
    day: date


@dataclass(frozen=True, slots=True)
class Compared:
    """Hold what is known outside of an audit: what is later, and what contradicts it."""

    later: tuple[Later, ...] = ()
    doubts: tuple[Finding, ...] = ()


def header_of(path: Path) -> Header:
    """Read what a backup says of itself; raises BackupWrong, FileTrouble.

    Nothing is proved; whoever has the passphrase proves it by unpacking.
    """
    with _read(path), path.open("rb") as stream:
        return read_header(path, stream)


def unpack(path: Path, passphrase: Secret, wanted: Mapping[str, Path]) -> Header:
    """Write the wanted parts of a backup, by name, to new files, once every chunk is proved.

    Raises BackupWrong, BackupLocked, BackupDamaged, BackupUnwritable, FileTrouble; what was written
    by then is not to be used, and is the caller's to take away.
    """
    with _read(path):
        stream = path.open("rb", buffering=2 * CHUNK)
    with stream:
        header = read_header(path, stream)
        content = _Content(_reading(path, opened(path, stream, header, passphrase)))
        for part in header.parts:
            pieces = content.take(part.size)
            if part.name in wanted:
                write(wanted[part.name], pieces)
            else:
                for _ in pieces:
                    pass
        if not content.exact:
            raise BackupWrong(path=path, detail=_OTHER_SIZE)
    return header


def open_draft(path: Path, draft: Path, vault: Vault, clock: Clock) -> Registry:
    """Open an unpacked registry, every page of it checked, its tables brought up to date.

    Whoever gets it closes it. Raises BackupContentWrong, RegistryTooNew, RegistryKeyWrong.
    """
    try:
        demand_whole(draft, RegistryDamaged(path=path))
        return open_registry(draft, vault, clock)
    except RegistryTooNew as error:
        raise RegistryTooNew(path=path) from error
    except (RegistryDamaged, RegistryMissing) as error:
        raise _content_wrong(path, error) from error


def demand_audit(
    path: Path,
    tx: Transaction,
    anchors: Collection[Anchor] | None,
    ends: Collection[Anchor] | None = None,
) -> Compared:
    """Demand an audit without a flaw, and say what its anchors and ends know besides.

    Raises BackupContentWrong.
    """
    known = {(each.chain, each.number): each for each in (*(anchors or ()), *(ends or ()))}
    findings = verify(tx, None, anchors, ends)
    flaws = [each for each in findings if each.what not in _OF_ANCHORS]
    if flaws:
        detail = _AUDIT.filled(chain=flaws[0].chain, detail=flaws[0].text, number=len(flaws))
        raise BackupContentWrong(path=path, detail=detail)
    beyond = [each for each in findings if each.what is Wrong.ANCHOR_BEYOND]
    last: dict[str, int] = {}
    for each in beyond:
        last[each.chain] = max(each.number, last.get(each.chain, 0))
    return Compared(
        tuple(_later(tx, known[chain, number]) for chain, number in sorted(last.items())),
        tuple(each for each in findings if each.what is not Wrong.ANCHOR_BEYOND),
    )


def demand_journal(path: Path, draft: Path) -> None:
    """Demand an unpacked journal that is whole and known here.

    Raises BackupContentWrong, JournalTooNew.
    """
    try:
        found = journal_schema_of(draft, path)
    except JournalDamaged as error:
        raise _content_wrong(path, error) from error
    if found > VERSION:
        raise JournalTooNew(path=path, found=found, known=VERSION)


def newer_entries(old: Path, draft: Path) -> int | None:
    """Count the entries of a journal that another one lacks, wholly or in part.

    None where the old one cannot be read any more.
    """
    try:
        with closing(sqlite3.connect(draft, isolation_level=None)) as connection:
            connection.execute("ATTACH ? AS old", (str(old),))
            ((count,),) = connection.execute(_NEWER)
    except sqlite3.DatabaseError:
        return None
    return int(count)


class _Content:
    """Cut a stream of pieces into parts."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""
        self._short = False

    def take(self, size: int) -> Iterator[bytes]:
        """Give the next so many bytes."""
        while size:
            piece = self._rest or next(self._pieces, None)
            if piece is None:
                self._short = True
                return
            yield piece[:size]
            self._rest = piece[size:]
            size -= min(size, len(piece))

    @property
    def exact(self) -> bool:
        """Say, at the end, whether there was neither too little nor too much."""
        surplus = len(self._rest) + sum(map(len, self._pieces))
        return not surplus and not self._short


def _reading(path: Path, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Say of a stick that was pulled out that the backup could not be read."""
    with _read(path):
        yield from pieces


@contextmanager
def _read(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FileTrouble(path=path, detail=error.strerror) from error


def _later(tx: Transaction, anchor: Anchor) -> Later:
    end = head(tx, anchor.chain)
    return Later(anchor.chain, end.number if end else 0, anchor.number, anchor.day)


def _content_wrong(path: Path, error: GuitaiError) -> BackupContentWrong:
    return BackupContentWrong(path=path, detail=Text(error.cause("zh"), error.cause("en")))
