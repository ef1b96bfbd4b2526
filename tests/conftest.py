"""Where PC/SC leads in tests: to nothing, or to a private daemon, never to the machine's own."""

import contextlib
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from desk import Desk, open_desk
from figures import FIGURES
from hypothesis import settings

from emulator.daemon import DaemonUnavailable, PrivateDaemon

# A machine's mood is no finding (no deadline), and CI judges the change, not its luck.
settings.register_profile("house", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("house")

# Started behind an `&` or by nohup a process ignores these, and so would its children: tests that
# send them would wait for ever. What is caught is no longer ignored after exec.
for _number in (signal.SIGINT, signal.SIGHUP):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, lambda *_: None)

_VARIABLE = "PCSCLITE_CSOCK_NAME"
_SOCKET = Path(tempfile.mkdtemp(prefix="guitai-tests-")) / "pcscd.comm"

# The library reads the variable at its first call and never again, so one path has to do for
# the whole process, and for its children. As long as no test points it somewhere, nothing is there.
os.environ[_VARIABLE] = str(_SOCKET)


_ON_THE_DAEMON = frozenset({"desk", "real_daemon", "virtual_daemon", "virtual_reader"})
"""Fixtures without which a test has nothing to try."""


def why_no_daemon() -> str | None:
    """Say why this machine lets no private daemon run, None where it does."""
    try:
        with PrivateDaemon(slots=1):
            return None
    except DaemonUnavailable as unavailable:
        return unavailable.reason


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where no private daemon can run, say so and try the rest; the reason has tests of its own."""
    needing = [each for each in items if _ON_THE_DAEMON & set(getattr(each, "fixturenames", ()))]
    if needing and why_no_daemon() is not None:
        config.hook.pytest_deselected(items=needing)
        items[:] = [each for each in items if each not in needing]


def pytest_report_header() -> str | None:
    """Tell what will be left out, and why."""
    reason = why_no_daemon()
    return reason and f"left out, for no private daemon can run here: {reason}"


class _FromWorkers:
    """Take over what parallel workers found; the hook is xdist's, so it is asked for apart."""

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        FIGURES.extend(getattr(node, "workeroutput", {}).get("figures", []))


def pytest_configure(config: pytest.Config) -> None:
    """Be ready for what workers tell."""
    config.pluginmanager.register(_FromWorkers())


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand this worker's figures on, where there is one to hand them to."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["figures"] = list(FIGURES)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures that proofs are made of."""
    for figure in FIGURES:
        terminalreporter.write_line(figure)


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


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    """Open a desk for a module: a daemon of its own, and the command line against it."""
    with open_desk() as opened:
        yield opened
