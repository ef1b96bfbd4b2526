"""The audit in use: anchored in a file outside the database, verified, searched, handed out.

The anchor file has a line a chain and day, only added to: whoever puts an old database back, whole
and with its seals, contradicts it. Keep copies of it where the counter's own people cannot write.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from sqlalchemy.exc import DatabaseError

from terminal.beijing_time import beijing_day
from terminal.errors import AnchorsMissing, FileTrouble, RegistryDamaged
from terminal.private_files import read_file
from terminal.registry import audit, audit_search
from terminal.registry.audit import Anchor, Fact, Note
from terminal.registry.audit_check import Finding
from terminal.registry.audit_check import verify as check
from terminal.registry.audit_search import Entry, Wanted
from terminal.registry.operators import Role, SignedIn
from terminal.registry.store import Registry
from terminal.services.acts import Act
from terminal.texts import Text

FORMAT = "# guitai.anchors/1"
_NO_ANCHORS = Text("第一行不是 {format}", "its first line is not {format}")
_WRONG_LINE = Text("第 {number} 行不是锚", "line {number} is no anchor")
_THERE = Text("文件已存在，未作改动", "the file exists and was left alone")


# --- The anchor file -----------------------------------------------------------------------


def make_anchor_file(path: Path) -> None:
    """Make the anchor file of a new registry; raises AnchorsMissing, also where something is."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            _write(descriptor, f"{FORMAT}\n")
        finally:
            os.close(descriptor)
        _sync_folder(path.parent)
    except FileExistsError as error:
        raise AnchorsMissing(path=path, detail=_THERE) from error
    except OSError as error:
        raise AnchorsMissing(path=path, detail=error.strerror) from error


def read_anchors(path: Path) -> tuple[Anchor, ...]:
    """Read what was anchored; raises AnchorsMissing where the file is gone or not whole.

    A last line without an end was being written when the power went; it counts as not written.
    """
    try:
        data = read_file(path).data
    except FileTrouble as error:
        raise AnchorsMissing(**error.facts) from error
    head, *lines = data.decode("utf-8", "replace").split("\n")
    if head != FORMAT:
        raise AnchorsMissing(path=path, detail=_NO_ANCHORS.filled(format=FORMAT))
    return tuple(_parse(path, number, line) for number, line in enumerate(lines[:-1], 2))


def keep_anchor(
    registry: Registry, path: Path, chain: str, *, today_again: bool = False
) -> Anchor | None:
    """Anchor the end of a chain, once a Beijing day, where anything was added since.

    Gives what was written, None where nothing was due. Raises AnchorsMissing, AuditBroken.
    """
    kept = [each for each in read_anchors(path) if each.chain == chain]
    last = kept[-1] if kept else None
    if last is not None and not today_again and last.day == beijing_day(registry.clock()):
        return None
    with registry.reading() as tx:
        end = audit.head(tx, chain)
    if end is None or end.number == end.anchored:
        return None
    with registry.writing() as tx:
        made = audit.anchor(tx, chain)
        if made is not None:
            # The file first: an anchor that is told of and not there would look like tampering.
            _append(path, made)
            audit.anchored(tx, made)
    return made


def _parse(path: Path, number: int, line: str) -> Anchor:
    try:
        day, row, digest, seal, chain = line.split(" ", 4)
        return Anchor(
            chain, int(row), bytes.fromhex(digest), date.fromisoformat(day), bytes.fromhex(seal)
        )
    except ValueError as error:
        raise AnchorsMissing(path=path, detail=_WRONG_LINE.filled(number=number)) from error


def _append(path: Path, made: Anchor) -> None:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            data = os.pread(descriptor, os.fstat(descriptor).st_size, 0)
            whole = data.rfind(b"\n") + 1
            os.ftruncate(descriptor, whole)
            os.lseek(descriptor, whole, os.SEEK_SET)
            _write(descriptor, f"{made.line()}\n")
        finally:
            os.close(descriptor)
    except OSError as error:
        raise AnchorsMissing(path=path, detail=error.strerror) from error


def _write(descriptor: int, line: str) -> None:
    os.write(descriptor, line.encode())
    os.fsync(descriptor)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# --- Looking into it -----------------------------------------------------------------------


def verify(registry: Registry, anchor_file: Path, chain: str | None = None) -> list[Finding]:
    """Check the audit, one chain or all, against itself and its anchors; writes nothing.

    Raises AnchorsMissing, and RegistryDamaged for a file that cannot be read at all.
    """
    anchors = read_anchors(anchor_file)
    try:
        with registry.reading() as tx:
            return check(tx, chain, anchors)
    except DatabaseError as error:
        path = registry.engine.url.database
        raise RegistryDamaged(path=path, detail=str(error.orig)) from error


def search(
    registry: Registry,
    chain: str,
    by: SignedIn,
    wanted: Wanted,
    limit: int = audit_search.MOST_ENTRIES,
) -> tuple[Entry, ...]:
    """Look things up in all chains, which is put on record in this counter's.

    Raises RoleMissing, AuditBroken.
    """
    by.demand(Role.AUDITOR)
    days = {
        name: day.isoformat()
        for name, day in (("from", wanted.from_day), ("to", wanted.to_day))
        if day is not None
    }
    said = {"operator": wanted.operator, "action": wanted.action, **days}
    facts: dict[str, Fact] = {name: each for name, each in said.items() if each is not None}
    noted = Note(
        by.operator,
        Act.AUDIT_SEARCH.value,
        wanted.service or "",
        person_id=wanted.person_id,
        card_id=wanted.card_id,
        facts=facts,
    )
    with registry.writing() as tx:
        own = audit.note(tx, chain, noted)
        found = audit_search.search(tx, wanted, limit + 1)
    others = [each for each in found if (each.chain, each.number) != (chain, own)]
    return tuple(others[-limit:])


def export(
    registry: Registry, chain: str, by: SignedIn, wanted_chain: str, since: int = 1
) -> Iterator[str]:
    """Hand out a chain, a line a row, from a number on, which is put on record before.

    Raises RoleMissing, and AuditBroken at a row that cannot be read.
    """
    by.demand(Role.AUDITOR)
    facts: dict[str, Fact] = {"chain": wanted_chain, "since": since}
    with registry.writing() as tx:
        audit.note(tx, chain, Note(by.operator, Act.AUDIT_EXPORT.value, facts=facts))
    return _lines(registry, wanted_chain, since)


def _lines(registry: Registry, chain: str, since: int) -> Iterator[str]:
    with registry.reading() as tx:
        yield from audit_search.export(tx, chain, since)
