"""Kill a real process at every step of a service, and see that the same request ends as it should.

A warmed parent without threads forks a child for every point; SIGKILL ends it there. Points are
found in the code, not written down: every commit of the registry (before and after it), every call
of another party (before it is heard and after it was), every act on a chip. Then the same request
under the same key is asked again by a fresh process, and the registry, the duties, the other
parties and the chips have to stand as after a run that nobody killed.

Everything of a story lies in one folder that is put back before each point, so that the children
inherit an engine that has compiled every statement already: that is what takes longest.

    python tests/support/service_kills.py [--twice] [STORY ...]

prints a line of JSON: the points of each story, and how many of them lost something. ``--twice``
kills the repetition too, at each of its points, before somebody may end it.
"""

from __future__ import annotations

import gc
import json
import os
import pickle
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parent))

from parties import other_parties
from registry import Bench, bench
from sqlalchemy import event, select

from terminal.registry.audit_check import verify
from terminal.registry.store import Registry
from terminal.registry.tables.cards import APPLICATION, CARD, PENDING_CHANGE, SEAT
from terminal.registry.tables.histories import HISTORY
from terminal.registry.tables.work import AUDIT, DUTY, RUN

DIED = -signal.SIGKILL
WRITES = "guitai_write"
"""The option by which a connection of the registry says that its transaction writes."""
SEEN = "seen"
Point = Callable[[], None]


@dataclass(frozen=True)
class Story:
    """Hold what is to be killed: what is there before, and what is asked.

    Both get a bench in a folder; ``chips`` are the files that cards on the desk are kept in.
    """

    name: str
    prepare: Callable[[Bench, Path], None]
    act: Callable[[Bench, Path, Point], None]


class Deadly:
    """Count points, and end the process at one."""

    def __init__(self, at: int = -1) -> None:
        self.at = at
        self.passed = 0

    def point(self) -> None:
        """Be at a point."""
        if self.passed == self.at:
            os.kill(os.getpid(), signal.SIGKILL)
        self.passed += 1


@contextmanager
def deadly(on: Bench, at: Deadly) -> Iterator[None]:
    """Put the points into a bench: its commits, and what is asked of the parties."""
    engine = on.registry.engine

    def before(connection: Any) -> None:
        if connection.get_execution_options().get(WRITES):
            at.point()

    event.listen(engine, "commit", before)
    for party in on.others.city:
        party.answer = _around(party.answer, at)  # type: ignore[method-assign]  # of this bench
    try:
        yield
        at.point()
    finally:
        event.remove(engine, "commit", before)


def _around(answer: Callable[[str], str], at: Deadly) -> Callable[[str], str]:
    def asked(text: str) -> str:
        at.point()
        answered = answer(text)
        at.point()
        return answered

    return asked


def snapshot(on: Bench, folder: Path) -> dict[str, Any]:
    """Give everything that has to be alike, without numbers that count tries."""
    with on.registry.reading() as tx:
        histories = [
            (row.thing_id, row.number, row.move, row.from_state, row.to_state)
            for row in tx.rows(select(HISTORY).order_by(HISTORY.c.thing_id, HISTORY.c.number))
        ]
        duties = sorted((row.party, row.call, row.what, row.state) for row in tx.rows(select(DUTY)))
        seats = sorted(tuple(map(str, row)) for row in tx.rows(select(SEAT)))
        runs = sorted((row.key, row.service, row.state) for row in tx.rows(select(RUN)))
        sizes = [len(tx.rows(select(table.c.id))) for table in (CARD, APPLICATION, PENDING_CHANGE)]
        audit = sorted((row.action, row.service) for row in tx.rows(select(AUDIT)))
        assert verify(tx) == []
    return {
        "histories": histories,
        "duties": duties,
        "seats": seats,
        "runs": runs,
        "sizes": sizes,
        "audit": audit,
        "parties": {party.name: _told(party) for party in on.others.city},
        "chips": [each.read_bytes() for each in folder.glob("chip-drawer")],
    }


def _told(party: Any) -> list[str]:
    """Give what a party keeps, as text; its moments are those of a clock that stands still."""
    kept = party.state.items()
    return sorted(json.dumps([name, value], sort_keys=True) for name, value in kept)


class Stage:
    """Hold the folder that stories are played in, and what it is put back to each time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._bench = bench(folder, kept=True)
        # A process dies here, not the machine: nobody waits for the disk.
        event.listen(self._bench.registry.engine, "connect", _not_waiting)
        self._close(self._bench)
        self._empty = self.files()
        self.ready: dict[str, bytes] = {}

    def prepare(self, story: Story) -> None:
        """Have everything there that a story begins with."""
        self.put(self._empty)
        on = self._opened()
        story.prepare(on, self._folder)
        for party in on.others.city:
            # What it was told past its line is kept with the next thing that comes over it.
            party.answer(json.dumps({"script": "set_fault", "arguments": {"fault": "up"}}))
        self._close(on)
        self.ready = self.files()

    def act(self, story: Story, at: Deadly) -> None:
        """Do what is asked, and die at a point; who does not keeps what can be seen afterwards."""
        on = self._opened()
        with deadly(on, at):
            story.act(on, self._folder, at.point)
        seen = at.passed, snapshot(on, self._folder)
        (self._folder / SEEN).write_bytes(pickle.dumps(seen))
        self._close(on)

    def seen(self) -> tuple[int, dict[str, Any]]:
        """Give how many points a process passed that was not killed, and what it left behind."""
        found: tuple[int, dict[str, Any]] = pickle.loads((self._folder / SEEN).read_bytes())
        return found

    def files(self) -> dict[str, bytes]:
        """Give everything as it is now."""
        return {each.name: each.read_bytes() for each in self._folder.iterdir()}

    def put(self, files: dict[str, bytes]) -> None:
        """Put everything back to how it was."""
        for each in self._folder.iterdir():
            each.unlink()
        for name, content in files.items():
            (self._folder / name).write_bytes(content)

    def _opened(self) -> Bench:
        """Open everything as a process does that has just begun, but for the engine."""
        registry = self._bench.registry
        others = other_parties(folder=self._folder)
        fresh = Registry(registry.engine, registry.vault, lambda: others.now)
        return Bench(fresh, others, self._bench.path)

    @staticmethod
    def _close(on: Bench) -> None:
        """Leave no connection behind that a child would share."""
        on.registry.engine.dispose()


def _not_waiting(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA synchronous=OFF").close()


def kill_everywhere(story: Story, stage: Stage, *, twice: bool = False) -> dict[str, int]:
    """Kill a story at every point; gives how many points there were, and how many lost anything."""
    stage.prepare(story)
    stage.act(story, Deadly())  # in this process: it finds the points, and warms the children
    passed, wanted = stage.seen()
    killer = _Killer(story, stage, wanted)
    for number in range(passed):
        killer.kill(stage.ready, number)
        halfway = stage.files() if twice else {}
        again = killer.repeat(f"point {number}")
        for second in range(again if twice else 0):
            killer.kill(halfway, second)
            killer.repeat(f"point {number}, then {second}")
    return {"points": killer.points, "lost": killer.lost}


@dataclass
class _Killer:
    """Hold a story that is killed over and over, and what it has to come to."""

    story: Story
    stage: Stage
    wanted: dict[str, Any]
    points: int = 0
    lost: int = 0

    def kill(self, files: dict[str, bytes], at: int) -> None:
        """Have a process begin with everything as it was, and kill it at a point."""
        self.stage.put(files)
        status = _forked(lambda: self.stage.act(self.story, Deadly(at)))
        assert status == DIED, f"{self.story.name} was not killed at point {at}: {status}"
        self.points += 1

    def repeat(self, where: str) -> int:
        """Have another process ask for the same and look; gives how many points it passed."""
        status = _forked(lambda: self.stage.act(self.story, Deadly()))
        passed, found = self.stage.seen() if status == 0 else (0, {})
        if found != self.wanted:
            sys.stderr.write(f"{self.story.name} lost something at {where}\n")
            self.lost += 1
        return passed


def _forked(work: Callable[[], None]) -> int:
    """Do something in a process of its own; give its exit status, negative for a signal."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        except BaseException:  # noqa: BLE001  the child says it, and ends: the rest is its parent's
            traceback.print_exc()
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def main(arguments: list[str], stories: list[Story]) -> None:
    """Kill the stories that are named, or all, and print what came of it."""
    os.fsync = lambda _: None
    names = [each for each in arguments if each != "--twice"]
    chosen = [each for each in stories if each.name in names or not names]
    twice = "--twice" in arguments
    with tempfile.TemporaryDirectory(prefix="guitai-kills-") as folder:
        stage = Stage(Path(folder))
        gc.collect()
        gc.freeze()  # a child that looks through its parent's memory copies it
        counts = {each.name: kill_everywhere(each, stage, twice=twice) for each in chosen}
    sys.stdout.write(json.dumps(counts) + "\n")


if __name__ == "__main__":
    import service_kills  # by the name that the stories know it by: it is their Story
    from service_stories import STORIES

    service_kills.main(sys.argv[1:], STORIES)
