"""The audit in use: anchored in a file outside the database, verified, searched, handed out.

The anchor file has a line a chain and day, only added to: whoever puts an old database back, whole
and with its seals, contradicts it. Keep copies of it where the counter's own people cannot write.

Beside it lies the file of ends: how far each chain went when a program was last done with the
registry, for the hours since the last anchor. It may lag behind the database, after a kill or on a
full disk, and never runs ahead of it. So it only goes on from what it has: where the database is
behind it, or has other rows, or the file is gone, it is left as it is, for all to find. A desk goes
on serving then; only a restore begins it anew.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path

from sqlalchemy.exc import DatabaseError

from terminal.beijing_time import beijing_day
from terminal.errors import (
    AnchorsMissing,
    BackupUnwritable,
    FileTrouble,
    GuitaiError,
    RegistryDamaged,
)
from terminal.private_files import read_file
from terminal.registry import audit, audit_search
from terminal.registry.audit import Anchor, Fact, Head, Note, Outside
from terminal.registry.audit_check import Finding
from terminal.registry.audit_check import verify as check
from terminal.registry.audit_search import Entry, Wanted
from terminal.registry.operators import Role, SignedIn
from terminal.registry.store import Registry
from terminal.registry.transaction import Transaction
from terminal.registry.whole_files import sync_folder, write, write_all, write_over
from terminal.services.acts import Act
from terminal.texts import Text

FORMAT = "# guitai.anchors/1"
ENDS_FORMAT = "# guitai.ends/1"
_NO_ANCHORS = Text("第一行不是 {format}", "its first line is not {format}")
_WRONG_LINE = Text("第 {number} 行不是锚", "line {number} is no anchor")
_THERE = Text("文件已存在，未作改动", "the file exists and was left alone")


# --- The anchor file -----------------------------------------------------------------------


def make_anchor_file(path: Path) -> None:
    """Make the anchor file of a new registry; raises AnchorsMissing, also where something is."""
    if os.path.lexists(path):
        raise AnchorsMissing(path=path, detail=_THERE)
    with _told(path):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write(path, [f"{FORMAT}\n".encode()])
        sync_folder(path.parent)


def read_anchors(path: Path) -> tuple[Anchor, ...]:
    """Read what was anchored; raises AnchorsMissing where the file is gone or not whole.

    A last line without an end was being written when the power went; it counts as not written.
    """
    return _read(path, FORMAT)


def keep_anchor(
    registry: Registry, path: Path, chain: str, *, today_again: bool = False
) -> Anchor | None:
    """Anchor the end of a chain, once a Beijing day, where anything was added since.

    Gives what was written, None where nothing was due. What an earlier program left to the file of
    ends is written there first. Raises AnchorsMissing, AuditBroken.
    """
    keep_ends(registry, path)
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


def _read(path: Path, form: str) -> tuple[Anchor, ...]:
    try:
        data = read_file(path).data
    except FileTrouble as error:
        raise AnchorsMissing(**error.facts) from error
    head, *lines = data.decode("utf-8", "replace").split("\n")
    if head != form:
        raise AnchorsMissing(path=path, detail=_NO_ANCHORS.filled(format=form))
    return tuple(_parse(path, number, line) for number, line in enumerate(lines[:-1], 2))


def _parse(path: Path, number: int, line: str) -> Anchor:
    try:
        day, row, digest, seal, chain = line.split(" ", 4)
        return Anchor(
            chain, int(row), bytes.fromhex(digest), date.fromisoformat(day), bytes.fromhex(seal)
        )
    except ValueError as error:
        raise AnchorsMissing(path=path, detail=_WRONG_LINE.filled(number=number)) from error


def _append(path: Path, made: Anchor) -> None:
    with _told(path):
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            data = os.pread(descriptor, os.fstat(descriptor).st_size, 0)
            whole = data.rfind(b"\n") + 1
            os.ftruncate(descriptor, whole)
            os.lseek(descriptor, whole, os.SEEK_SET)
            try:
                write_all(descriptor, f"{made.line()}\n".encode())
                os.fsync(descriptor)
            except OSError:
                # What is told of as not written is not to be there: not half of it, nor all.
                os.ftruncate(descriptor, whole)
                raise
        finally:
            os.close(descriptor)


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    """Say in the catalogue's words what the disk says: raises AnchorsMissing for OSError."""
    try:
        yield
    except BackupUnwritable as error:
        raise AnchorsMissing(**error.facts) from error
    except OSError as error:
        raise AnchorsMissing(path=path, detail=error.strerror) from error


# --- The file of ends ----------------------------------------------------------------------


class AnchoredRegistry(Registry):
    """A registry that keeps the ends of its chains outside the database when it is closed."""

    def __init__(self, registry: Registry, anchor_file: Path) -> None:
        super().__init__(registry.engine, registry.vault, registry.clock)
        self._anchor_file: Path | None = anchor_file

    def close(self) -> None:
        """Keep the ends, where the disk lets us, and close the database."""
        file, self._anchor_file = self._anchor_file, None
        try:
            if file is not None:
                # What was done is done: where this fails, the next to open catches up or is told.
                with contextlib.suppress(GuitaiError, DatabaseError):
                    keep_ends(self, file)
        finally:
            super().close()


def ends_file(anchor_file: Path) -> Path:
    """Say where the ends are kept: beside the anchors, whatever link leads to these."""
    return Path(f"{os.path.realpath(anchor_file)}.ends")


def read_ends(anchor_file: Path) -> tuple[Anchor, ...]:
    """Read how far each chain went; nothing where the file is gone or not whole."""
    try:
        return _read(ends_file(anchor_file), ENDS_FORMAT)
    except AnchorsMissing:
        return ()


def keep_ends(registry: Registry, anchor_file: Path) -> None:
    """Keep outside the database how far its chains go; raises AnchorsMissing."""
    file = ends_file(anchor_file)
    with _alone(anchor_file), registry.reading() as tx:
        kept = {each.chain: each for each in read_ends(anchor_file)}
        new = kept | {
            end.chain: audit.outside(tx, end, Outside.END)
            for end in audit.heads(tx)
            if _goes_on(tx, end, kept)
        }
        if new != kept:
            with _told(file):
                write_over(file, [_written(new.values())])


def begin_ends(registry: Registry, file: Path) -> None:
    """Write the ends of a restored registry to a new file; raises BackupUnwritable."""
    with registry.reading() as tx:
        new = [audit.outside(tx, end, Outside.END) for end in audit.heads(tx)]
    write(file, [_written(new)])


@contextlib.contextmanager
def _alone(anchor_file: Path) -> Iterator[None]:
    """Keep others from the file of ends: an older end is never written over a newer one."""
    with _told(anchor_file):
        descriptor = os.open(anchor_file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        with _told(anchor_file):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _goes_on(tx: Transaction, end: Head, kept: Mapping[str, Anchor]) -> bool:
    """Say whether the end of a chain goes on from what is kept of it."""
    old = kept.get(end.chain)
    if old is None:
        # One that was anchored had its end kept before: somebody has taken it out.
        return not end.anchored
    return end.number > old.number and audit.goes_on_from(tx, old)


def _written(ends: Iterable[Anchor]) -> bytes:
    return "".join(f"{line}\n" for line in (ENDS_FORMAT, *(each.line() for each in ends))).encode()


# --- Looking into it -----------------------------------------------------------------------


def verify(registry: Registry, anchor_file: Path, chain: str | None = None) -> list[Finding]:
    """Check the audit, one chain or all, against itself and what is kept outside; writes nothing.

    Raises AnchorsMissing, and RegistryDamaged for a file that cannot be read at all.
    """
    anchors, ends = read_anchors(anchor_file), read_ends(anchor_file)
    try:
        # Both were read before the database, which others go on writing: neither is ahead of it.
        with registry.reading() as tx:
            return check(tx, chain, anchors, ends)
    except DatabaseError as error:
        path = registry.engine.url.database
        raise RegistryDamaged(path=path, detail=str(error.orig)) from error


def search(
    registry: Registry,
    chain: str,
    by: SignedIn,
    wanted: Wanted,
    limit: int = audit_search.MOST_ENTRIES,
    act: Act = Act.AUDIT_SEARCH,
) -> tuple[Entry, ...]:
    """Look things up in all chains, which is put on record in this counter's, as ``act``.

    Raises RoleMissing, AuditBroken.
    """
    by.demand(Role.AUDITOR)
    days = {
        name: day.isoformat()
        for name, day in (("from", wanted.from_day), ("to", wanted.to_day))
        if day is not None
    }
    said: dict[str, Fact] = {
        "operator": wanted.operator,
        "action": wanted.action,
        "reason": wanted.reason,
        "chain": wanted.chain,
        "number": wanted.number,
        **days,
    }
    facts = {name: each for name, each in said.items() if each is not None}
    noted = Note(
        by.operator,
        act.value,
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
