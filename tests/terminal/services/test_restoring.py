"""A counter brought back: proved first, put in place at once, the old one kept."""

import shutil
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from backed_up import PASSPHRASE, Counter, backed_up, config_in, lose

from terminal.errors import RegistryKeyWrong, RestoreWouldReplace
from terminal.registry.backup_file import JOURNAL, REGISTRY
from terminal.services.auditing import read_anchors, verify
from terminal.services.opening import init_registry_of, open_registry_of
from terminal.services.restoring import restore_from


@pytest.fixture
def counter(tmp_path: Path) -> Counter:
    """Give a counter at which something was done, and then a backup was made."""
    return backed_up(tmp_path)


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
    assert set(kept) == {
        f"{name}.before-20260303T090000" for name in ("registry.db", "kept.ends", "j.db")
    }
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


def test_a_check_changes_nothing(counter: Counter) -> None:
    """A backup that nobody has tried is a hope; trying it must be possible on any day."""
    counter.work("after")
    before = counter.files
    done = counter.restore(check=True)
    assert (done.put, done.kept, done.newer) == ((), (), 1)
    assert counter.files == before


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
    kept = [path.read_bytes() for path in done.kept if ".ends." not in path.name]
    assert kept == [b"\0" * 5000] * 2
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
    assert len({*kept}) == 6
    assert all(path.exists() for path in kept)


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
