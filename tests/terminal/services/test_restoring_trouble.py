"""A restore that goes wrong leaves what was there, and is repeated."""

import errno
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from backed_up import Counter, backed_up

from apdu.secret import Secret
from terminal.errors import BackupDamaged, BackupLocked, BackupUnwritable, FileTrouble, GuitaiError


@pytest.fixture
def counter(tmp_path: Path) -> Counter:
    """Give a counter at which something was done, and then a backup was made."""
    return backed_up(tmp_path)


def test_a_wrong_passphrase_touches_nothing(counter: Counter) -> None:
    """It is asked for before anything is unpacked, and nothing stays of the try."""
    before = counter.files
    with pytest.raises(BackupLocked):
        counter.restore(passphrase=Secret(b"wrong"), replace=True)
    assert counter.files == before


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
