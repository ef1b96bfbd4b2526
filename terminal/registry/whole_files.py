"""Files that appear whole: made under another name, brought to the disk, then put in their place.

Whoever is killed on the way leaves what was there as it was; what it left behind is cleared away by
the next to come.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

from terminal.errors import BackupBusy, BackupExists, BackupUnwritable, RestoreInUse

_SQLITE_FILES = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a database that is open, or was not closed."""


@contextlib.contextmanager
def drafts(beside: Path) -> Iterator[Path]:
    """Give a folder for drafts beside a file, on its disk, its user's alone; gone at the end.

    One at a time: raises BackupBusy, BackupUnwritable.
    """
    folder = beside.parent / f".{beside.name}.drafts"
    with told(folder):
        descriptor = _locked(folder, beside)
    try:
        with told(folder):
            for left in folder.iterdir():
                left.unlink()
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


def _locked(folder: Path, beside: Path) -> int:
    while True:
        folder.mkdir(mode=0o700, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with contextlib.ExitStack() as stack:
            stack.callback(os.close, descriptor)
            os.fchmod(descriptor, 0o700)  # refused where somebody else put the folder there
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise BackupBusy(path=beside) from error
            with contextlib.suppress(FileNotFoundError):  # whoever had it has taken it away
                if os.path.samestat(os.fstat(descriptor), folder.lstat()):
                    stack.pop_all()
                    return descriptor


def write(path: Path, pieces: Iterable[bytes]) -> None:
    """Write a new file, its user's alone, and bring it to the disk; raises BackupUnwritable.

    Half a file is taken away again.
    """
    with told(path):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        for piece in pieces:
            with told(path):
                write_all(descriptor, piece)
        with told(path):
            os.fsync(descriptor)
    except BaseException:
        with contextlib.suppress(OSError):
            path.unlink()
        raise
    finally:
        os.close(descriptor)


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of it: a disk that is nearly full takes half and says so only by a number.

    Raises OSError.
    """
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def write_over(path: Path, pieces: Iterable[bytes]) -> None:
    """Write a file in the place of what is there, whole or not at all; raises BackupUnwritable.

    One at a time: whoever calls holds a lock.
    """
    made = path.with_name(f".{path.name}.part")
    with told(made):
        made.unlink(missing_ok=True)  # of somebody who was killed
    write(made, pieces)
    try:
        with told(path):
            made.replace(path)
            sync_folder(path.parent)
    finally:
        made.unlink(missing_ok=True)


def write_new(path: Path, pieces: Iterable[bytes]) -> None:
    """Write a file where none is, whole or not at all; raises BackupExists, BackupUnwritable."""
    made = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    write(made, pieces)
    try:
        with told(path):
            try:
                # The name is taken first: a rename would take the place of what is there. A link
                # would not, but sticks and shares know none.
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
            except FileExistsError as error:
                raise BackupExists(path=path) from error
            try:
                made.replace(path)
                sync_folder(path.parent)
            except BaseException:
                path.unlink()
                raise
    finally:
        made.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Bring a file to the disk; raises BackupUnwritable."""
    with told(path):
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def put_in_place(draft: Path, place: Path, mark: str) -> Path | None:
    """Put a file in its place, at once, and give where the old one is kept, None for none.

    ``draft`` is closed, on the disk, and on the same one as its place. The old file gets a second
    name, with ``mark`` in it, before the new one takes the first. Raises BackupUnwritable.
    """
    kept = None
    with told(place):
        if os.path.lexists(place):
            kept = place.with_name(f"{place.name}.{mark}")
            os.link(place, kept)
        try:
            for ending in _SQLITE_FILES:
                # Of a database that was not closed, or is gone: the new one must not get its log.
                beside = place.with_name(f"{place.name}{ending}")
                with contextlib.suppress(FileNotFoundError):
                    beside.rename(place.with_name(f"{place.name}.{mark}{ending}"))
            draft.replace(place)
        except BaseException:
            if kept is not None:
                kept.unlink()
            raise
        sync_folder(place.parent)
    return kept


def take_back(place: Path, kept: Path | None) -> None:
    """Undo :func:`put_in_place`, as far as the disk lets us."""
    with contextlib.suppress(OSError):
        if kept is None:
            place.unlink()
        else:
            kept.replace(place)


def demand_unused(place: Path) -> None:
    """Demand that no other program has a database open, and move its log into it.

    One that is not there, or too damaged to be asked, will do. Raises RestoreInUse.
    """
    if not os.path.lexists(place):
        return
    try:
        with contextlib.closing(sqlite3.connect(place, 0, isolation_level=None)) as connection:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE").fetchall()
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("COMMIT")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            raise RestoreInUse(path=place) from error
    except sqlite3.DatabaseError:
        pass


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk; raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def told(path: Path) -> Iterator[None]:
    """Say in the catalogue's words what the disk says: raises BackupUnwritable for OSError."""
    try:
        yield
    except OSError as error:
        raise BackupUnwritable(path=path, detail=error.strerror or str(error)) from error
