"""Workers: heard in order, replaced when they are gone, and what they left open is told."""

from __future__ import annotations

import os
import signal
import threading
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from terminal.errors import CardHung, RegistryMissing
from terminal.texts import Text
from terminal.web.crew import Crew, JobFailed, Worker, start_process
from terminal.web.messages import By, Ended, Failed, GiveUp, Heard, Message, Said
from terminal.web.troubles import trouble_of

JOB = GiveUp(By("li"), "key-00000001")
DOING = Text("正在做", "doing")
SECONDS = 20


class Played(threading.Thread):
    """A worker whose part is written out: what it says to the first job, then whether it goes."""

    def __init__(self, connection: Connection, goes: bool) -> None:
        super().__init__(daemon=True)
        self._connection = connection
        self._goes = goes

    def run(self) -> None:
        while True:
            try:
                number = self._connection.recv().number
            except (EOFError, OSError):
                return
            self._connection.send(Heard(number, Said(DOING)))
            if self._goes:
                self._connection.close()
                return
            self._connection.send(Heard(number, Ended(())))

    def kill(self) -> None:
        """Threads are not killed; its line is closed."""


def playing(goes: list[bool]) -> Worker:
    """Make a worker whose hands do, one after the other, as written."""

    def start(connection: Connection) -> Played:
        hand = Played(connection, goes.pop(0))
        hand.start()
        return hand

    return Worker(start)


def test_what_goes_on_comes_before_the_end() -> None:
    """A page shows it in that order."""
    worker, heard = playing([False]), list[Message]()
    assert worker.order(JOB, heard.append).result(SECONDS) == ()
    assert heard == [Said(DOING), Ended(())]
    assert not worker.busy
    worker.close()


def test_a_worker_that_goes_fails_its_job_and_is_replaced() -> None:
    """A clerk is told, and the next job finds a new worker."""
    worker = playing([True, False])
    with pytest.raises(JobFailed) as raised:
        worker.order(JOB).result(SECONDS)
    assert raised.value.trouble.code == "worker_gone"
    assert worker.order(JOB).result(SECONDS) == ()
    worker.close()


def test_a_line_that_is_dead_is_told_and_forgotten() -> None:
    """Whoever waits for the job hears of it, though no worker ever had it."""

    class Gone(Played):
        def is_alive(self) -> bool:
            return True

    def start(connection: Connection) -> Played:
        connection.close()
        return Gone(connection, goes=True)

    worker, heard = Worker(start), list[Message]()
    with pytest.raises(JobFailed) as raised:
        worker.order(JOB, heard.append).result(SECONDS)
    assert raised.value.trouble.code == "worker_gone"
    assert [type(each) for each in heard] == [Failed]
    assert not worker.busy


def test_a_card_that_hangs_costs_its_worker() -> None:
    """The call that hangs is in that process; the next job goes to another."""
    hung = Failed(trouble_of(CardHung(seconds=5)), hung=True)
    started: list[Played] = []

    class Hanging(Played):
        killed = False

        def run(self) -> None:
            self._connection.send(Heard(self._connection.recv().number, hung))

        def kill(self) -> None:
            self.killed = True

    def start(connection: Connection) -> Played:
        hand = Played(connection, goes=False) if started else Hanging(connection, goes=False)
        started.append(hand)
        hand.start()
        return hand

    worker = Worker(start)
    with pytest.raises(JobFailed):
        worker.order(JOB).result(SECONDS)
    assert worker.order(JOB).result(SECONDS) == ()
    assert isinstance(started[0], Hanging)
    assert started[0].killed
    worker.close()


def test_a_page_does_not_wait_for_ever() -> None:
    """It says so, and nothing was begun by it."""

    class Waiting(Played):
        def run(self) -> None:
            self._connection.recv()

    def start(connection: Connection) -> Played:
        hand = Waiting(connection, goes=False)
        hand.start()
        return hand

    worker = Worker(start)
    with pytest.raises(JobFailed) as raised:
        worker.ask(JOB, 0)
    assert raised.value.trouble.code == "worker_slow"


def test_a_process_is_given_up(tmp_path: Path) -> None:
    """For real: a worker killed in whatever it does is told, and another one takes the next job."""
    config = tmp_path / "guitai.toml"
    config.write_text('[registry]\nfile = "none.db"\nkey_file = "none"\nanchor_file = "none.a"\n')
    crew = Crew(start_process(str(config)))
    try:
        worker = crew.at("reader")
        assert worker is crew.at("reader")
        for _ in range(2):
            with pytest.raises(JobFailed) as raised:
                worker.order(JOB).result(SECONDS)
            assert raised.value.trouble.code == RegistryMissing.code
        hand = worker._hand
        assert hand is not None
        os.kill(hand.pid, signal.SIGSTOP)  # type: ignore[attr-defined]  # a process has one
        waiting = worker.order(JOB)
        worker.give_up()
        with pytest.raises(JobFailed) as gone:
            waiting.result(SECONDS)
        assert gone.value.trouble.code == "worker_gone"
        with pytest.raises(JobFailed) as again:
            worker.order(JOB).result(SECONDS)
        assert again.value.trouble.code == RegistryMissing.code
    finally:
        crew.close()


def test_a_mistake_of_ours_is_told_without_its_data() -> None:
    """A page names the place and not what went through it; what is open is told all the same."""
    try:
        raise ValueError("110101199003070011")
    except ValueError as error:
        error.unfinished = DOING  # type: ignore[attr-defined]  # as hands.py sets it
        trouble = trouble_of(error)
    assert trouble.code == "internal_fault"
    assert "110101" not in repr(trouble)
    assert trouble.unfinished == DOING
