"""A process killed at a journal write, for real: by SIGKILL, in process by the score, and on the
daemon.

The in-process proof (tests/terminal/services/test_purse_tearing.py) raises where a process would
die; here it dies, so that nothing is tidied up behind it, and another process recovers.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from figures import tell
from purse_counter import purse_card
from purse_tearing import Money, done_amounts

from emulator.card import SoftwareCard
from emulator.daemon import PrivateDaemon
from emulator.vpcd import VirtualSlot
from terminal.config import Config
from terminal.journal.journal import Journal, now
from terminal.journal.model import Method, State
from terminal.journal.store import SqliteStore
from terminal.readers.pcsc import Scard
from terminal.services.purse_keys import PurseKeys
from terminal.services.transit import TransitDesk
from terminal.services.transit_visit import transit_visiting

SCRIPT = Path(__file__).parents[1] / "support" / "purse_kills.py"
FIRST, LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
POINTS = [f"{number}:{how}" for number in range(2) for how in ("before", "after")]
"""Begun with sent, and done: each before and after it is written."""
OPERATIONS = {
    "load": ["load", "12.34"],
    "pay": ["pay", "3.21"],
    "trip": ["pay", "0", "--single"],
    "refund": ["refund"],
}


def test_killed_at_every_journal_write() -> None:
    """A process that dies has no chance to note anything: whoever comes next has to find out."""
    done = subprocess.run(
        [sys.executable, str(SCRIPT)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    counts = json.loads(done.stdout)
    tell(f"purse killed for real, in process: {counts['points']} points, {counts['lost']} lost")
    assert counts["lost"] == 0, done.stderr
    assert counts["points"] >= 36


def killed(state: Path, point: str, *arguments: str) -> int:
    """Run ``guitai transit …`` until it kills itself at a point; gives its exit status."""
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "guitai", point, "transit", *arguments],
        env={**os.environ, "XDG_STATE_HOME": str(state)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert not done.stdout, done.stdout
    return done.returncode


@contextlib.contextmanager
def recovering(reader: str, journal: Journal) -> Iterator[TransitDesk]:
    """Open a desk over the card in a reader of the daemon, as the next process does."""
    with (
        transit_visiting(Scard(), Config(), reader=reader, wait_seconds=5) as visit,
        contextlib.closing(PurseKeys(Config(), Scard(), now)) as keys,
    ):
        yield TransitDesk(visit, journal, keys, Config().transit, operator="next", clock=now)


@contextlib.contextmanager
def inserted(card: SoftwareCard, daemon: PrivateDaemon) -> Iterator[str]:
    """Have a card in the daemon's first reader."""
    seen = threading.Event()
    slot = VirtualSlot(card, lambda: daemon.connect(0), inserted=seen.set)
    running = slot.start()
    try:
        assert seen.wait(10)
        yield daemon.readers[0]
    finally:
        running.stop()


@pytest.mark.parametrize("name", OPERATIONS)
def test_killed_on_the_daemon(name: str, real_daemon: PrivateDaemon, tmp_path: Path) -> None:
    """The daemon, its driver and the kernel have their say when a process with a card dies."""
    card = purse_card(5_000)
    start = Money.of(card.memory).available
    file = tmp_path / "guitai" / "journal.db"
    with inserted(card, real_daemon) as reader:
        for point in POINTS:
            before = Money.of(card.memory)
            status = killed(tmp_path, point, *OPERATIONS[name], "--reader", reader)
            assert status == -signal.SIGKILL, (point, status)
            with Journal(SqliteStore(file), now) as journal, recovering(reader, journal) as desk:
                settled = desk.recover()
                assert all(each.decided for each in settled), point
                after = Money.of(card.memory)
                entries = journal.between(FIRST, LAST)
                assert not journal.unfinished(), point
                assert after.available - start == done_amounts(entries), point
                assert (after.online >= before.online, after.offline >= before.offline) == (
                    True,
                    True,
                ), point
                if not after.available:  # there is something to refund for the next point
                    desk.load(5_000, Method.CASH, f"again {point}")
        assert any(each.state is State.DONE for each in entries)
        assert any(each.state is State.UNDONE for each in entries)
    tell(f"purse killed for real, on the daemon: {name} {len(POINTS)} points, 0 lost")
