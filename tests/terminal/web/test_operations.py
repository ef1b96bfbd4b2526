"""Operations: one a key, one at a time at a reader, whatever is clicked."""

from __future__ import annotations

from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from terminal.errors import DeskBusy
from terminal.rules.vocabulary import Service
from terminal.services.offered.answer import Answer
from terminal.texts import Text
from terminal.web.crew import Worker
from terminal.web.hub import Hub
from terminal.web.messages import By, Ended, Failed, GiveUp, Keyed, Said, Trouble
from terminal.web.operations import MOST, Operation, Operations, Stage

ASK = Text("请输入服务密码：", "Service PIN: ")
TROUBLE = Trouble("card_torn", ASK, ASK, ASK)
JOB = GiveUp(By("li"), "key")


class Idle:
    """A worker that does nothing until it is told what to say."""

    def __init__(self) -> None:
        self.jobs: list[Any] = []
        self.say: Any = None

    def order(self, job: Any, listener: Any) -> Future[Any]:
        self.jobs.append(job)
        self.say = listener
        return Future()


def started(operations: Operations, key: str = "k-1", reader: str = "R") -> Idle:
    worker = Idle()
    operation = Operation(key, Service.STATUS, "li", reader)
    operations.start(operation, cast("Worker", worker), JOB)
    return worker


def answer(key: str = "k-1") -> Answer:
    return Answer(Service.STATUS, key, "N1", datetime(2026, 3, 2, tzinfo=UTC), "王**")


def test_a_key_is_ordered_once() -> None:
    """Two clicks are one job, while it runs and when it is done."""
    operations = Operations(Hub())
    worker = started(operations)
    assert started(operations).jobs == []
    worker.say(Ended(answer()))
    assert started(operations).jobs == []
    shown = operations.get("k-1")
    assert shown is not None
    assert (shown.stage, shown.answer) == (Stage.DONE, answer())


def test_what_failed_may_be_tried_again() -> None:
    """The registry and the journal see to it that nothing happens twice; a clerk may repeat."""
    operations = Operations(Hub())
    started(operations).say(Failed(TROUBLE))
    shown = operations.get("k-1")
    assert shown is not None
    assert (shown.stage, shown.trouble) == (Stage.FAILED, TROUBLE)
    assert started(operations).jobs == [JOB]


def test_one_operation_a_reader() -> None:
    """Two cards do not share a reader; another reader is free."""
    operations = Operations(Hub())
    worker = started(operations)
    with pytest.raises(DeskBusy):
        started(operations, "k-2")
    assert operations.get("k-2") is None
    assert started(operations, "k-3", "S").jobs == [JOB]
    worker.say(Ended(()))
    assert started(operations, "k-2").jobs == [JOB]


def test_what_goes_on_is_shown() -> None:
    """Sentences, and how many digits there are, until the pad takes no more."""
    operations = Operations(Hub())
    worker = started(operations)
    worker.say(Said(ASK))
    worker.say(Keyed(ASK, 3))
    shown = operations.get("k-1")
    assert shown is not None
    assert shown.said == (ASK,)
    assert shown.keyed == Keyed(ASK, 3)
    worker.say(Keyed(ASK, -1))
    after = operations.get("k-1")
    assert after is not None
    assert after.keyed is None


def test_the_oldest_are_forgotten_and_none_that_runs() -> None:
    """A console that is never ended does not grow, and a page finds what runs."""
    operations = Operations(Hub())
    started(operations, "running", "R")
    for number in range(MOST + 5):
        started(operations, f"k-{number}", "S").say(Ended(()))
    assert operations.get("k-0") is None
    assert operations.get("running") is not None
    assert operations.get(f"k-{MOST + 4}") is not None


def test_prints_are_counted() -> None:
    """The second slip says that it is a copy, and so does one of another console's work."""
    operations = Operations(Hub())
    started(operations)
    assert operations.prints_of("k-1") == 0
    operations.printed("k-1")
    operations.printed("elsewhere")
    assert operations.prints_of("k-1") == 1
    assert operations.prints_of("elsewhere") is None


def test_what_could_not_be_ordered_does_not_hold_the_reader() -> None:
    """A job that never left is no operation: the reader is free, and the key may be tried again."""

    class Refusing(Idle):
        def order(self, job: Any, listener: Any) -> Future[Any]:
            raise TypeError("cannot be sent")

    operations = Operations(Hub())
    operation = Operation("k-1", Service.STATUS, "li", "R")
    with pytest.raises(TypeError):
        operations.start(operation, cast("Worker", Refusing()), JOB)
    assert operations.get("k-1") is None
    assert started(operations).jobs == [JOB]
