"""A counter backed up and brought back: proved first, put in place at once, the old one kept."""

import errno
import functools
import os
import shutil
import signal
import sqlite3
import stat
import tempfile
from collections.abc import Callable
from contextlib import closing, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from apdu.secret import Secret
from terminal.config import Config, Outlet
from terminal.config import Journal as JournalSettings
from terminal.config import Registry as Settings
from terminal.errors import (
    BackupDamaged,
    BackupExists,
    BackupLocked,
    BackupPassphraseWeak,
    BackupUnwritable,
    BackupWrong,
    FileTrouble,
    GuitaiError,
    JournalMissing,
    PassphraseMissing,
    PassphraseUnfit,
    RegistryKeyWrong,
    RestoreInUse,
    RestoreWouldReplace,
)
from terminal.journal import BEIJING, Intention, Kind, Method, init_journal, new_key, open_journal
from terminal.keys.passphrase import Prompt
from terminal.registry.audit import Note, note
from terminal.registry.backup_file import JOURNAL, REGISTRY, Cost
from terminal.registry.retention import ACTION
from terminal.services.acts import Act
from terminal.services.auditing import keep_anchor, read_anchors, verify
from terminal.services.backups import BackupPassphrases, back_up, demand_strong
from terminal.services.opening import init_registry_of, open_registry_of
from terminal.services.restoring import Restored, restore_from

MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=BEIJING)
CHEAP = Cost(time=1, memory_kib=8, lanes=1)
PASSPHRASE = Secret(b"TEST passphrase")
STRONG = Secret("七个毫不相干的词，放在一起好记又难猜的口令".encode())


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


@pytest.fixture
def counter(tmp_path: Path) -> Counter:
    """Give a counter at which something was done, and then a backup was made."""
    shutil.copytree(_template(), tmp_path, dirs_exist_ok=True)
    return Counter(tmp_path)


def lose(counter: Counter, *names: str) -> None:
    """Lose files, and what SQLite keeps beside them."""
    for name in names:
        for path in counter.folder.glob(f"{name}*"):
            if path.suffix != ".backup":
                path.unlink()


# --- There and back ------------------------------------------------------------------------


def test_a_lost_disk_comes_back(counter: Counter, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The counter's files on a new machine, with the key from where it was kept elsewhere."""
    file = counter.backup
    fresh = tmp_path_factory.mktemp("fresh")
    shutil.copy(counter.folder / "registry.key", fresh / "registry.key")
    config = config_in(fresh)
    done = restore_from(config, file, lambda _path: PASSPHRASE, clock=counter.clock)
    assert {path.name for path in done.put} == {"registry.db", "j.db", "kept"}
    assert (done.kept, done.newer) == ((), 0)
    assert done.unsure is not None
    assert "锚" in done.unsure.zh
    for query in ("SELECT * FROM person", "SELECT * FROM setting", "SELECT * FROM allowed_move"):
        with closing(sqlite3.connect(fresh / "registry.db")) as connection:
            assert connection.execute(query).fetchall() == counter.read("registry.db", query)
    for query in ("SELECT * FROM entry", "SELECT * FROM step"):
        with closing(sqlite3.connect(fresh / "j.db")) as connection:
            assert connection.execute(query).fetchall() == counter.read("j.db", query)
    with closing(open_registry_of(config, counter.clock)) as registry:
        assert verify(registry, fresh / "anchors/kept") == []
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (*done.put, fresh / "registry.key")}
    assert modes == {0o600}


def test_it_is_on_record(counter: Counter) -> None:
    """Who copies all that is known of everybody is in the audit, in the backup as well."""
    file = counter.backup
    counter.restore(replace=True)
    acts = counter.read("registry.db", "SELECT action, facts FROM audit ORDER BY number")
    assert [action for action, _ in acts] == ["registry_init", "look", "backup", "restore"]
    with file.open("rb") as stream:
        backup_id = stream.readline().split(b'"id": "')[1][:16].decode()
    assert all(backup_id in str(facts) for _, facts in acts[2:])
    assert '"system_user"' in str(acts[3][1])


def test_what_came_after_is_named(counter: Counter) -> None:
    """Nobody may think that a restore brought everything back."""
    counter.later(days=1)
    counter.work("after")
    counter.work("and more")
    done = counter.restore(replace=True)
    (later,) = done.compared.later
    assert (later.chain, later.have, later.anchored) == ("A01-1", 3, 5)
    assert later.day == counter.now.date()
    assert done.newer == 2
    assert counter.reasons() == ["before"]
    assert counter.entries() == 1
    kept = {path.name: path for path in done.kept}
    assert set(kept) == {f"{name}.before-20260303T090000" for name in ("registry.db", "j.db")}
    rows = counter.read(next(iter(kept)), "SELECT reason FROM audit WHERE action = 'look'")
    assert [reason for (reason,) in rows] == ["before", "after", "and more"]


def test_the_auditor_sees_that_it_was_put_back(counter: Counter) -> None:
    """The anchors stay as they were: a restore hides nothing, whoever did it."""
    counter.later(days=1)
    counter.work("after")
    anchors = read_anchors(counter.folder / "anchors/kept")
    counter.restore(replace=True)
    assert read_anchors(counter.folder / "anchors/kept") == anchors
    with closing(open_registry_of(counter.config, counter.clock)) as registry:
        found = {each.what.value for each in verify(registry, counter.folder / "anchors/kept")}
    assert found == {"anchor_differs"}


def test_a_folder_names_the_file(counter: Counter) -> None:
    """A timer gives a folder; the files in it are in order and never in each other's way."""
    one, two = counter.back_up(counter.folder), counter.back_up(counter.folder)
    assert one != two
    assert one.name.startswith("guitai-A01-20260302-090000-")
    assert counter.restore(one, check=True).header.outlet == "A01"


def test_a_check_changes_nothing(counter: Counter) -> None:
    """A backup that nobody has tried is a hope; trying it must be possible on any day."""
    counter.work("after")
    before = counter.files
    done = counter.restore(check=True)
    assert (done.put, done.kept, done.newer) == ((), (), 1)
    assert counter.files == before


def test_it_runs_while_the_counter_works(counter: Counter) -> None:
    """Open registries and journals are no hindrance to a backup, and one to a restore."""
    with (
        closing(open_registry_of(counter.config, counter.clock)) as registry,
        open_journal(counter.config, counter.clock) as journal,
    ):
        assert journal.unfinished()
        file = counter.back_up(counter.folder / "while")
        counter.restore(file, check=True)
        for other in (registry.reading(), nullcontext()):
            with other, pytest.raises(RestoreInUse):
                counter.restore(file, replace=True)
    assert not list(counter.folder.glob("*.before-*"))
    assert counter.restore(file, replace=True).kept


# --- What is in the way --------------------------------------------------------------------


def test_nothing_is_replaced_unasked(counter: Counter) -> None:
    """A restore on the wrong day would undo the counter's work; it takes a word."""
    before = counter.files
    with pytest.raises(RestoreWouldReplace):
        counter.restore()
    lose(counter, "registry.db")
    with pytest.raises(RestoreWouldReplace) as raised:
        counter.restore()
    assert "j.db" in raised.value.message("en")
    assert counter.files == {name: before[name] for name in before if name != "registry.db"}


def test_only_the_registry(counter: Counter) -> None:
    """Where the journal is whole its money is not forgotten with the registry's day."""
    counter.work("after")
    lose(counter, "registry.db")
    done = counter.restore(only=REGISTRY)
    assert [path.name for path in done.put] == ["registry.db"]
    assert (counter.reasons(), counter.entries()) == (["before"], 2)


def test_only_the_journal(counter: Counter) -> None:
    """The other way round, and the registry that is there has it on record."""
    counter.work("after")
    lose(counter, "j.db")
    done = counter.restore(only=JOURNAL)
    assert [path.name for path in done.put] == ["j.db"]
    assert (counter.reasons(), counter.entries()) == (["before", "after"], 1)
    last = "SELECT action FROM audit ORDER BY number DESC LIMIT 1"
    assert counter.read("registry.db", last) == [("restore",)]


def test_a_journal_that_was_not_backed_up(counter: Counter) -> None:
    """A new counter has none yet: that is no reason for no backup, and none for a restore of it."""
    lose(counter, "j.db")
    file = counter.back_up(counter.folder / "without")
    with pytest.raises(BackupWrong):
        counter.restore(file, only=JOURNAL)
    assert [path.name for path in counter.restore(file, replace=True).put] == ["registry.db"]
    in_production = replace(counter.config, production=True)
    with pytest.raises(JournalMissing):
        back_up(in_production, counter.folder / "live", lambda _path: STRONG, cost=CHEAP)


def test_a_log_without_its_database(counter: Counter) -> None:
    """A log left by a registry that is gone would be read into the restored one, and ruin it."""
    lose(counter, "registry.db", "j.db")
    for ending in ("-wal", "-shm"):
        (counter.folder / f"registry.db{ending}").write_bytes(b"left behind")
    counter.restore()
    assert counter.reasons() == ["before"]
    left = counter.folder / "registry.db.before-20260302T090000-wal"
    assert left.read_bytes() == b"left behind"


def test_a_damaged_one_is_replaced_and_kept(counter: Counter) -> None:
    """What is too damaged to be opened is what a restore is for."""
    for name in ("registry.db", "j.db"):
        (counter.folder / name).write_bytes(b"\0" * 5000)
    done = counter.restore(replace=True)
    assert done.newer is None
    assert [path.read_bytes() for path in done.kept] == [b"\0" * 5000] * 2
    assert counter.reasons() == ["before"]


def test_a_link_stays_a_link(counter: Counter) -> None:
    """A registry on another disk is restored there, not beside the link to it."""
    disk = counter.folder / "disk"
    disk.mkdir()
    (counter.folder / "registry.db").rename(disk / "registry.db")
    (counter.folder / "registry.db").symlink_to(disk / "registry.db")
    done = counter.restore(replace=True)
    assert (counter.folder / "registry.db").is_symlink()
    assert disk / "registry.db" in done.put


def test_twice_in_one_second(counter: Counter) -> None:
    """Old files never take each other's place either."""
    kept = [*counter.restore(replace=True).kept, *counter.restore(replace=True).kept]
    assert len({*kept}) == 4
    assert all(path.exists() for path in kept)


# --- Keys ----------------------------------------------------------------------------------


def test_the_key_is_not_in_it(counter: Counter) -> None:
    """Without the key file a registry is not restored: nobody could read it."""
    lose(counter, "registry", "j.db")
    with pytest.raises(RegistryKeyWrong):
        counter.restore()
    assert set(counter.files) == {"made.backup", "anchors/kept"}


def test_the_key_in_it(counter: Counter) -> None:
    """With it the backup alone is enough, on an empty machine."""
    counter.backup.unlink()
    counter.back_up(with_key=True)
    key = counter.files["registry.key"]
    lose(counter, "registry", "j.db")
    done = counter.restore()
    assert done.header.key_included
    assert counter.files["registry.key"] == key
    assert stat.S_IMODE((counter.folder / "registry.key").stat().st_mode) == 0o600
    assert counter.reasons() == ["before"]


def test_another_counters_backup(
    counter: Counter, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A registry under another key does not come under ours; with its key it does, ours kept."""
    other = Counter(tmp_path_factory.mktemp("other"))
    init_registry_of(other.config, other.clock)
    plain, whole = other.back_up(), other.back_up(other.folder / "whole", with_key=True)
    before = counter.files
    for file in (plain, whole):
        with pytest.raises(RegistryKeyWrong):
            counter.restore(file, check=True)
    with pytest.raises(RegistryKeyWrong):
        counter.restore(plain, replace=True)
    assert counter.files == before
    done = counter.restore(whole, replace=True)
    assert counter.files["registry.key"] == other.files["registry.key"]
    assert before["registry.key"] in [path.read_bytes() for path in done.kept]


@pytest.mark.parametrize(
    ("passphrase", "strong"),
    [
        (b"short", False),
        (b"nineteen characters", False),
        (b"a" * 40, False),
        (b"abababababababababababab", False),
        (b"password123password123password123", False),
        (b"12345678901234567890123", False),
        (b"four unrelated words here", True),
        (STRONG.reveal(), True),
        (b"\xff" * 30, False),
    ],
)
def test_a_passphrase_that_may_protect_the_key(passphrase: bytes, strong: bool) -> None:
    """It stands between a lost stick and every person of the registry."""
    try:
        demand_strong(Secret(passphrase))
    except BackupPassphraseWeak:
        assert not strong
    else:
        assert strong


def test_a_weak_one_in_production(counter: Counter) -> None:
    """There the key goes into no backup under a weak passphrase; without the key it may."""
    live = replace(counter.config, production=True)
    with pytest.raises(BackupPassphraseWeak):
        back_up(live, counter.folder / "x", lambda _path: PASSPHRASE, with_key=True, cost=CHEAP)
    assert "x" not in counter.files
    back_up(live, counter.folder / "x", lambda _path: PASSPHRASE, cost=CHEAP)
    back_up(live, counter.folder / "y", lambda _path: STRONG, with_key=True, cost=CHEAP)


# --- Passphrases ---------------------------------------------------------------------------


class Typed(Prompt):
    """Be somebody who types lines, and note what they were told."""

    def __init__(self, *lines: bytes) -> None:
        self.told: list[str] = []
        super().__init__(self.told.append, lines_allowed=True)
        self._lines = list(lines)

    def hidden(self, question: str) -> bytearray | None:
        self.told.append(question)
        return bytearray(self._lines.pop(0)) if self._lines else None


def test_a_new_passphrase_is_asked_for_twice() -> None:
    """A typing mistake in a backup's passphrase shows when it is too late."""
    typed = Typed(
        b"short", b"long enough it is", b"otherwise it is", b"a third time", b"a third time"
    )
    new = BackupPassphrases(typed).new(Path("x.backup"), production=True)
    assert new == Secret(b"a third time")
    assert "至少 12 个字符" in "".join(typed.told)
    assert "不一致" in "".join(typed.told)
    with pytest.raises(PassphraseUnfit):
        BackupPassphrases(Typed(b"1", b"2", b"3")).new(Path("x"), production=True)
    assert BackupPassphrases(Typed(b"1", b"1")).new(Path("x"), production=False) == Secret(b"1")


def test_nobody_to_ask() -> None:
    """A timer without a passphrase file is told so, by the backup's name."""
    for ask in (
        lambda of: of.of(Path("x.backup")),
        lambda of: of.new(Path("x.backup"), production=True),
    ):
        with pytest.raises(PassphraseMissing) as raised:
            ask(BackupPassphrases(Typed()))
        assert "x.backup" in raised.value.message("zh")


def test_a_passphrase_file(tmp_path: Path) -> None:
    """It is its owner's alone, and long enough; then nobody is asked."""
    file = tmp_path / "passphrase"
    file.write_bytes(b"long enough it is\n")
    file.chmod(0o644)
    given = BackupPassphrases(Typed(), file)
    with pytest.raises(FileTrouble):
        given.of(Path("x"))
    file.chmod(0o600)
    assert given.of(Path("x")) == given.new(Path("x"), production=True)
    file.write_bytes(b"short\n")
    with pytest.raises(FileTrouble):
        given.new(Path("x"), production=True)


def test_a_wrong_passphrase_touches_nothing(counter: Counter) -> None:
    """It is asked for before anything is unpacked, and nothing stays of the try."""
    before = counter.files
    with pytest.raises(BackupLocked):
        counter.restore(passphrase=Secret(b"wrong"), replace=True)
    assert counter.files == before


# --- When it goes wrong --------------------------------------------------------------------


def test_the_passphrase_is_asked_for_once_it_is_wanted(counter: Counter) -> None:
    """Nobody thinks of one for a backup that cannot be made, or types one for nothing."""

    def never(_path: Path) -> Secret:
        raise AssertionError("asked for")

    file = counter.backup
    with pytest.raises(BackupExists):
        back_up(counter.config, file, never, cost=CHEAP)
    with pytest.raises(RestoreWouldReplace):
        restore_from(counter.config, file, never)
    file.write_bytes(b"none")
    with pytest.raises(BackupWrong):
        restore_from(counter.config, file, never, replace=True)


def test_a_damaged_backup_touches_nothing(counter: Counter) -> None:
    """The last byte of the file is proved before the first one is used."""
    file = counter.backup
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    before = counter.files
    with pytest.raises(BackupDamaged):
        counter.restore(replace=True)
    assert counter.files == before


@pytest.mark.parametrize("after", [0, 1, 4, 5])
def test_the_disk_is_full(counter: Counter, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """A restore that does not fit leaves what is there, and no draft."""
    before = counter.files
    write, left = os.write, [after]

    def full(descriptor: int, data: bytes) -> int:
        if not left[0]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        left[0] -= 1
        return write(descriptor, data)

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(BackupUnwritable):
        counter.restore(replace=True)
    monkeypatch.undo()
    assert counter.files == before
    counter.restore(replace=True)


@pytest.mark.parametrize("fails", ["link", "replace"])
def test_the_second_file_cannot_be_put(
    counter: Counter, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    """What was put by then is taken back: an error that says nothing was changed is right."""
    counter.work("after")
    before = counter.files
    real = getattr(os, fails)

    def fail(source: object, target: object, **more: object) -> None:
        if "j.db" in str(target):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        real(source, target, **more)

    monkeypatch.setattr(os, fails, fail)
    with pytest.raises(BackupUnwritable):
        counter.restore(replace=True)
    monkeypatch.undo()
    assert counter.files == before


def test_somebody_elses_draft_folder(counter: Counter) -> None:
    """A link in the place of our own folder is not followed."""
    (counter.folder / "elsewhere").mkdir()
    (counter.folder / ".registry.db.drafts").symlink_to(counter.folder / "elsewhere")
    with pytest.raises(BackupUnwritable):
        counter.restore(replace=True)
    assert not list((counter.folder / "elsewhere").iterdir())


POINTS = ("fsync", "link", "rename", "replace", "unlink", "mkdir")


def killed_at(point: int, act: Callable[[], object]) -> bool:
    """Do something in a child that is killed at its n-th act on the disk; False: it lived."""
    child = os.fork()
    if child == 0:
        passed = [0]

        def deadly(real: Callable[..., object]) -> Callable[..., object]:
            def act_or_die(*arguments: object, **more: object) -> object:
                if passed[0] == point:
                    os.kill(os.getpid(), signal.SIGKILL)
                passed[0] += 1
                return real(*arguments, **more)

            return act_or_die

        try:
            for name in POINTS:
                setattr(os, name, deadly(getattr(os, name)))
            act()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def test_killed_at_every_step(counter: Counter) -> None:
    """Each file is the old one or the new one, whole; the same command again ends it."""
    counter.work("after")
    old = {name: counter.files[name] for name in ("registry.db", "j.db")}
    base = counter.folder.parent / "killed"
    seen = set()
    for point in range(200):
        shutil.copytree(counter.folder, base)
        killed = Counter(base, counter.now)
        died = killed_at(point, lambda it=killed: it.restore(replace=True))  # type: ignore[misc]
        state = tuple(killed.files[name] == old[name] for name in old)
        assert len(killed.reasons()) == (2 if state[0] else 1)
        assert killed.entries() == (2 if state[1] else 1)
        if died and (state not in seen or point % 4 == 0):
            killed.restore(replace=True)
            assert (killed.reasons(), killed.entries()) == (["before"], 1)
            assert not list(base.glob(".*"))
        seen.add(state)
        shutil.rmtree(base)
        if not died:
            break
    assert not died
    assert point >= 8
    assert seen == {(True, True), (False, True), (False, False)}


def test_the_audit_has_words_for_it() -> None:
    """What the registry calls an act is what people read of it."""
    assert Act(ACTION) is Act.ERASE


def test_errors_are_the_catalogues(counter: Counter) -> None:
    """Whatever is given as a backup, a clerk gets words and no traceback."""
    odd = counter.folder / "odd"
    for content in (b"", b"\0" * 100, os.urandom(5000), b"{}\n", b"SQLite format 3\0"):
        odd.write_bytes(content)
        with pytest.raises(GuitaiError):
            counter.restore(odd, replace=True)
    with pytest.raises(FileTrouble):
        counter.restore(counter.folder / "gone", replace=True)
    with pytest.raises(FileTrouble):
        counter.restore(counter.folder, replace=True)
