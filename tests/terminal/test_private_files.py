"""Files that hold secrets: what others could have read or written is refused, with what to do."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from terminal.errors import FileTrouble
from terminal.private_files import MOST_BYTES, read_file, read_private


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "secret"
    file.write_bytes(b"TEST")
    file.chmod(0o600)
    return file


def test_read(secret: Path) -> None:
    """One's own file, and root's, which is everybody's to trust."""
    assert read_private(secret) == b"TEST"
    assert read_file(secret).distrust() is None


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o666])
def test_others_may_use_it(secret: Path, mode: int) -> None:
    """Refused with the command that mends it; what is no secret may be read but not written."""
    secret.chmod(mode)
    with pytest.raises(FileTrouble) as caught:
        read_private(secret)
    assert f"chmod 600 {secret}" in caught.value.cause("zh")
    assert (read_file(secret).distrust(secret=False) is None) is (not mode & 0o022)


def test_somebody_elses(secret: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of another user may be that user's words, whatever its mode."""
    if os.geteuid() == 0:
        os.chown(secret, 1234, -1)
    monkeypatch.setattr(os, "geteuid", lambda: 4321)
    for strict in (True, False):
        distrust = read_file(secret).distrust(secret=strict)
        assert distrust is not None
        assert "chown 4321" in distrust.zh


def _long(file: Path) -> Path:
    file.write_bytes(bytes(MOST_BYTES + 1))
    return file


def _pipe(file: Path) -> Path:
    os.mkfifo(file)
    return file


@pytest.mark.parametrize(
    "make",
    [
        lambda file: file,
        lambda file: file.parent,
        lambda _: Path("/dev/zero"),
        lambda file: Path(f"{file}\0"),
        lambda file: Path("x" * 300),
        _long,
        _pipe,
    ],
    ids=["none", "folder", "endless", "null in the name", "long name", "long", "pipe"],
)
def test_what_is_no_file(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    """Nothing hangs, eats the memory or ends in a traceback."""
    with pytest.raises(FileTrouble) as caught:
        read_file(make(tmp_path / "x"))
    assert caught.value.cause("zh") != caught.value.cause("en")
