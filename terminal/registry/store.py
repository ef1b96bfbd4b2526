"""The registry's database: opened, checked for its key and version, read and written.

One engine a process. SQLite: WAL and synchronous=FULL, foreign keys on, a writer takes its lock at
once (two that read first and then write would refuse each other).
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, insert, select, update
from sqlalchemy.exc import DatabaseError, OperationalError

from terminal.errors import (
    RegistryBusy,
    RegistryDamaged,
    RegistryExists,
    RegistryMissing,
    RegistryTooNew,
    RegistryUnwritable,
)
from terminal.registry.migrations import HEAD, VERSIONS, upgrade
from terminal.registry.tables.work import SETTING
from terminal.registry.transaction import Transaction
from terminal.registry.vault import Vault
from terminal.texts import Text

Clock = Callable[[], datetime]
BUSY_SECONDS = 5.0
_DAMAGE = ("malformed", "not a database", "decode", "no such")
"""What SQLite says of a file that is no registry, or not a whole one."""
_WRITE = "guitai_write"
_KEY_CHECK = "key_check"
_LAST_USED = "last_used"
_LAST_USE = select(SETTING.c.value).where(SETTING.c.name == _LAST_USED)
_NO_VERSION = Text("没有记下可识别的版本", "it names no version that there ever was")
_NO_LAST_USE = Text("没有记下上次使用的时间", "it does not say when it was last used")
_SET_BACK = Text(
    "表结构被改回了旧版本 {version}，升级会给改动过的行补上印记",
    "its schema was set back to version {version}: an upgrade would stamp rows that were altered",
)
_NO_KEY_NAMED = Text("没有记下是用哪把密钥写的", "it does not say which key it was written with")


def now() -> datetime:
    """Give the moment; everything else takes its clock as a parameter."""
    return datetime.now(UTC)


class Registry:
    """Hold persons, cards and what was done for them; whoever opens it closes it."""

    def __init__(self, engine: Engine, vault: Vault, clock: Clock = now) -> None:
        self._engine = engine
        self.vault = vault
        self.clock = clock

    @property
    def engine(self) -> Engine:
        """Give the engine, for backup, migration and tests."""
        return self._engine

    @contextlib.contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Read at one moment; nothing is written."""
        with self._begun(write=False) as connection:
            yield Transaction(connection, self.vault, self.clock())

    @contextlib.contextmanager
    def writing(self) -> Iterator[Transaction]:
        """Write all or nothing: committed, durably, where the block ends without an error."""
        with self._begun(write=True) as connection:
            yield Transaction(connection, self.vault, self.clock())

    def close(self) -> None:
        """Close the database."""
        self._engine.dispose()

    @contextlib.contextmanager
    def _begun(self, *, write: bool) -> Iterator[Connection]:
        try:
            with (
                self._engine.connect().execution_options(**{_WRITE: write}) as connection,
                connection.begin(),
            ):
                yield connection
        except DatabaseError as error:
            # The file itself, or its lock; what is wrong with a row is its writer's to tell.
            if not isinstance(error, OperationalError) and type(error) is not DatabaseError:
                raise
            raise _trouble(str(error.orig), self._engine.url.database or "") from error


def open_registry(
    path: Path, vault: Vault, clock: Clock = now, *, oldest: str = VERSIONS[0]
) -> Registry:
    """Open the registry of a counter.

    Raises RegistryMissing, RegistryDamaged, RegistryTooNew, RegistryKeyWrong, RegistryUnwritable.
    An older schema is brought up to date; one before ``oldest``, which this registry had reached
    already, was set back by hand and is damaged.
    """
    if not path.is_file():
        raise RegistryMissing(path=path)
    engine = sqlite_engine(path)
    try:
        version = _version(engine, path)
        registry = Registry(engine, vault, clock)
        _check_key(registry, path)  # before anything is done to the file
        if version < oldest:
            raise RegistryDamaged(path=path, detail=_SET_BACK.filled(version=version))
        if version != HEAD:
            _upgrade(engine, vault, path)
        _write_ahead(engine, path)
    except BaseException:
        engine.dispose()
        raise
    return registry


def init_registry(path: Path, vault: Vault, clock: Clock = now) -> Registry:
    """Make the registry of a new counter and open it; raises RegistryExists, RegistryUnwritable."""
    if os.path.lexists(path):
        raise RegistryExists(path=path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        os.close(descriptor)
    except OSError as error:
        raise RegistryUnwritable(path=path, detail=error.strerror or str(error)) from error
    engine = sqlite_engine(path)
    try:
        _write_ahead(engine, path)
        _upgrade(engine, vault, path)
        registry = Registry(engine, vault, clock)
        with registry.writing() as tx:
            tx.run(insert(SETTING), name=_KEY_CHECK, value=vault.check_value)
            tx.run(insert(SETTING), name=_LAST_USED, value=tx.at.isoformat())
    except BaseException:
        engine.dispose()
        raise
    return registry


def last_used(tx: Transaction) -> datetime:
    """Say when the registry was last written to by a counter that was opened.

    Raises RegistryDamaged.
    """
    row = tx.row(_LAST_USE)
    try:
        moment = datetime.fromisoformat(row.value if row is not None else "")
    except (TypeError, ValueError) as error:
        raise tx.damaged(_NO_LAST_USE) from error
    if moment.tzinfo is None:
        raise tx.damaged(_NO_LAST_USE)
    return moment


def note_use(tx: Transaction, seen: datetime, every: timedelta) -> None:
    """Note that the registry is in use, where the last note is older than ``every``."""
    if tx.at - seen >= every:
        tx.run(update(SETTING).where(SETTING.c.name == _LAST_USED), value=tx.at.isoformat())


def sqlite_engine(path: Path | str) -> Engine:
    """Make the engine of a SQLite file; ":memory:" for one of its own in memory."""
    engine = create_engine(
        f"sqlite:///{path}" if path != ":memory:" else "sqlite://",
        connect_args={"timeout": BUSY_SECONDS},
    )

    @event.listens_for(engine, "connect")
    def prepared(connection: Any, _record: object) -> None:
        # The driver would begin transactions by its own lights; ours are begun below.
        connection.isolation_level = None
        for pragma in ("synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        write = connection.get_execution_options().get(_WRITE, True)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def _write_ahead(engine: Engine, path: Path) -> None:
    """Have the file keep a write-ahead log from now on: done once it is known to be a registry."""
    try:
        connection = engine.raw_connection()
        try:
            cursor = connection.cursor()
            # Only where it does not yet: to say it again wants the lock, which a writer may hold.
            if cursor.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                cursor.execute("PRAGMA journal_mode=WAL")
            cursor.close()
        finally:
            connection.close()
    except sqlite3.OperationalError as error:
        raise _trouble(str(error), str(path)) from error


def _upgrade(engine: Engine, vault: Vault, path: Path) -> None:
    try:
        upgrade(engine, vault)
    except DatabaseError as error:
        raise _trouble(str(error.orig), str(path)) from error


def _version(engine: Engine, path: Path) -> str:
    """Give the version of a registry's schema, one that we know how to bring up to date."""
    try:
        with engine.connect().execution_options(**{_WRITE: False}) as connection:
            found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    except OperationalError as error:
        if "no such table" not in str(error.orig):
            raise _trouble(str(error.orig), str(path)) from error
        detail = Text("不是登记库文件", "it is no registry")
        raise RegistryDamaged(path=path, detail=detail) from error
    except DatabaseError as error:
        raise RegistryDamaged(path=path, detail=str(error.orig)) from error
    if found in VERSIONS:
        return str(found)
    if isinstance(found, str) and found > HEAD:
        raise RegistryTooNew(path=path)
    raise RegistryDamaged(path=path, detail=_NO_VERSION)


def _check_key(registry: Registry, path: Path) -> None:
    with registry.reading() as tx:
        found = tx.row(select(SETTING.c.value).where(SETTING.c.name == _KEY_CHECK))
    if found is None:
        raise RegistryDamaged(path=path, detail=_NO_KEY_NAMED)
    registry.vault.recognise(found.value)


def _trouble(words: str, path: str) -> RegistryBusy | RegistryUnwritable | RegistryDamaged:
    if "locked" in words or "busy" in words:
        return RegistryBusy(path=path)
    if any(each in words for each in _DAMAGE):
        return RegistryDamaged(path=path, detail=words)
    return RegistryUnwritable(path=path, detail=words)
