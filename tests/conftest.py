"""Where PC/SC leads in tests: to nothing, or to a private daemon, never to the machine's own."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from hypothesis import settings

from emulator.daemon import PrivateDaemon

# A machine's mood is no finding (no deadline), and CI judges the change, not its luck.
settings.register_profile("house", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("house")

_VARIABLE = "PCSCLITE_CSOCK_NAME"
_SOCKET = Path(tempfile.mkdtemp(prefix="guitai-tests-")) / "pcscd.comm"

# The library reads the variable at its first call and never again, so one path has to do for
# the whole process, and for its children. As long as no test points it somewhere, nothing is there.
os.environ[_VARIABLE] = str(_SOCKET)


def pytest_unconfigure() -> None:
    """Remove what was made above."""
    shutil.rmtree(_SOCKET.parent, ignore_errors=True)


@contextlib.contextmanager
def _pointed_at(daemon: PrivateDaemon) -> Iterator[PrivateDaemon]:
    before = _SOCKET.readlink() if _SOCKET.is_symlink() else None
    _point(daemon.socket)
    try:
        yield daemon
    finally:
        _point(before)


def _point(target: Path | None) -> None:
    _SOCKET.unlink(missing_ok=True)
    if target is not None:
        _SOCKET.symlink_to(target)


@pytest.fixture(scope="session")
def pointed_at() -> Callable[[PrivateDaemon], AbstractContextManager[PrivateDaemon]]:
    """Let this process's PC/SC lead to a daemon, through its restarts, for as long as a block."""
    return _pointed_at


@pytest.fixture(scope="module")
def real_daemon() -> Iterator[PrivateDaemon]:
    """Run a daemon with two readers for a module, and let PC/SC lead to it."""
    with PrivateDaemon(2) as daemon, _pointed_at(daemon):
        yield daemon
