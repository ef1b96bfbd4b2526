"""A counter with a registry and a journal that was backed up, for tests of both ways."""

from __future__ import annotations

import functools
import shutil
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from apdu.secret import Secret
from terminal.config import Config, Outlet
from terminal.config import Journal as JournalSettings
from terminal.config import Registry as Settings
from terminal.journal import BEIJING, Intention, Kind, Method, init_journal, new_key, open_journal
from terminal.registry.audit import Note, note
from terminal.registry.backup_file import Cost
from terminal.services.auditing import keep_anchor
from terminal.services.backups import back_up
from terminal.services.opening import init_registry_of, open_registry_of
from terminal.services.restoring import Restored, restore_from

MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=BEIJING)
CHEAP = Cost(time=1, memory_kib=8, lanes=1)
PASSPHRASE = Secret(b"TEST passphrase")


def config_in(folder: Path) -> Config:
    """Configure a counter whose files lie in a folder."""
    registry = Settings(
        str(folder / "registry.db"), str(folder / "registry.key"), str(folder / "anchors/kept")
    )
    return Config(
        outlet=Outlet(id="A01"), registry=registry, journal=JournalSettings(str(folder / "j.db"))
    )


@dataclass
class Counter:
    """Hold a counter with a registry and a journal; ``now`` is its clock."""

    folder: Path
    now: datetime = MORNING

    @property
    def config(self) -> Config:
        return config_in(self.folder)

    @property
    def backup(self) -> Path:
        """The backup that it begins with."""
        return self.folder / "made.backup"

    def clock(self) -> datetime:
        return self.now

    def work(self, reason: str) -> None:
        """Do something that registry and journal know of."""
        with closing(open_registry_of(self.config, self.clock)) as registry:
            with registry.writing() as tx:
                note(tx, "A01-1", Note("wang", "look", "S-STATUS", reason=reason))
            anchors = Path(self.config.registry.anchor_file)
            keep_anchor(registry, anchors, "A01-1", today_again=True)
        with open_journal(self.config, self.clock) as journal:
            journal.begin(
                Intention(new_key(), Kind.LOAD, "1000751012345678", 5000, 5000, Method.CASH, "07")
            )

    def later(self, **delta: float) -> None:
        self.now += timedelta(**delta)

    def back_up(self, to: Path | None = None, passphrase: Secret = PASSPHRASE, **how: bool) -> Path:
        made, _ = back_up(
            self.config,
            to or self.backup,
            lambda _path: passphrase,
            cost=CHEAP,
            clock=self.clock,
            **how,
        )
        return made

    def restore(
        self, file: Path | None = None, passphrase: Secret = PASSPHRASE, **how: bool | str
    ) -> Restored:
        return restore_from(
            self.config,
            file or self.backup,
            lambda _path: passphrase,
            clock=self.clock,
            **how,  # type: ignore[arg-type]  # a test's shorthand
        )

    @property
    def files(self) -> dict[str, bytes]:
        """Give every file with its content, whatever it is called."""
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in self.folder.rglob("*")
            if path.is_file()
        }

    def reasons(self) -> list[str]:
        """Give what the audit has of people's work."""
        rows = self.read("registry.db", "SELECT reason FROM audit WHERE action = 'look'")
        return [str(reason) for (reason,) in rows]

    def entries(self) -> int:
        """Count the journal's entries."""
        return len(self.read("j.db", "SELECT key FROM entry"))

    def read(self, name: str, query: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.folder / name)) as connection:
            return connection.execute(query).fetchall()


@functools.cache
def _template() -> Path:
    """Make a counter, do something at it, and back it up, once a run."""
    made = Counter(Path(tempfile.mkdtemp(prefix="guitai-counter-")))
    init_registry_of(made.config, made.clock)
    init_journal(made.config)
    made.work("before")
    made.back_up()
    return made.folder


def backed_up(folder: Path) -> Counter:
    """Give a counter at which something was done, and then a backup was made."""
    shutil.copytree(_template(), folder, dirs_exist_ok=True)
    return Counter(folder)


def lose(counter: Counter, *names: str) -> None:
    """Lose files, and what SQLite keeps beside them."""
    for name in names:
        for path in counter.folder.glob(f"{name}*"):
            if path.suffix != ".backup":
                path.unlink()
