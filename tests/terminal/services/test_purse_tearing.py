"""Every operation on a purse, torn at every point: nothing is lost, nothing happens twice.

Reference transit-purse.md §5; DESIGN decisions 5 and 12. At each point power is cut before, after
or in the middle of an APDU, before a write of the card's memory, or a journal write is the last
thing that the process does, or fails. Then the card is laid back, a new process recovers, and
balance and ledger must agree to the fen. The park pass has the same in test_park_tearing.py; real
processes are killed in tests/scenarios/test_purse_kills.py.
"""

from __future__ import annotations

import contextlib
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from figures import tell
from purse_counter import PurseCounter
from purse_operations import operations
from purse_tearing import (
    Bench,
    Killed,
    Money,
    Operation,
    Point,
    arm,
    disarm,
    done_amounts,
    kinds,
    put_back,
    temporary_folder,
)

from emulator.purse_habits import LogCounter, ProofOrder, PurseHabits
from terminal.errors import GuitaiError, IntentionOver
from terminal.journal.model import State

CARDS = {
    "contact": ("contact", PurseHabits()),
    "contactless": ("contactless", PurseHabits()),
    "other habits": (
        "contact",
        PurseHabits(
            log_counter=LogCounter.BEFORE,
            proof_order=ProofOrder.TAC_FIRST,
            shared_counter=True,
            balance_parts=False,
        ),
    ),
}
EVERY = [
    pytest.param(each, id=f"{name}: {each.name.partition(',')[0]}")
    for name, (interface, habits) in CARDS.items()
    for each in operations(interface, habits)
]

tried: Counter[str] = Counter()


@pytest.fixture
def folder() -> Iterator[Path]:
    made = temporary_folder()
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module", autouse=True)
def told() -> Iterator[None]:
    """Tell how many points were tried, by kind: the figure is part of the proof."""
    yield
    listed = ", ".join(f"{kind} {count}" for kind, count in sorted(tried.items()))
    tell(f"purse tearing: {sum(tried.values())} points, 0 lost ({listed})")


def settle(counter: PurseCounter) -> None:
    """Recover with the card as a new process does."""
    with counter.desk() as desk:
        desk.recover()


@pytest.mark.parametrize("operation", EVERY)
def test_nothing_is_lost_and_nothing_happens_twice(operation: Operation, folder: Path) -> None:
    """Money that vanishes, or comes twice, at one point of a thousand is found by a customer."""
    bench = Bench(operation, folder)
    points = bench.points()
    for point in points:
        _torn(bench, point)
        tried[point.kind] += 1
    assert len(points) >= 20


def _torn(bench: Bench, point: Point) -> None:
    with bench.fresh() as (counter, card, store):
        before = Money.of(card.memory)
        ledger = done_amounts(counter.journal.of_day(counter.journal.today()))
        arm(point, card, store)
        bench.act(counter, "intention")
        disarm(card, store)
        put_back(counter, card)
        settle(counter)
        _check(bench, counter, card.memory, before, ledger, point)
        _goes_on(bench, counter, point)


def _check(
    bench: Bench,
    counter: PurseCounter,
    memory: object,
    before: Money,
    ledger: int,
    point: Point,
) -> None:
    """Hold card, counters and journal against each other."""
    after = Money.of(memory)  # type: ignore[arg-type]
    entries = counter.journal.of_day(counter.journal.today())
    changed = done_amounts(entries) - ledger
    assert after.available - before.available == changed, point
    assert (after.online, after.offline) >= (before.online, before.offline), point
    assert after.online >= before.online, point
    assert after.offline >= before.offline, point
    assert not [each for each in entries if each.unfinished], point
    entry = counter.journal.known("intention")
    if entry is not None and entry.intention.amount:
        moved = entry.state is State.DONE
        assert moved == (changed == entry.intention.amount), point


def _goes_on(bench: Bench, counter: PurseCounter, point: Point) -> None:
    """Ask for the same once more: what was done stays done once, what was not is not done."""
    entry = counter.journal.known("intention")
    memory = counter.card.memory  # type: ignore[attr-defined]
    money = Money.of(memory)
    counter.pcsc.remove(*counter.pcsc.readers)
    counter.pcsc.insert(*counter.pcsc.readers, counter.card)
    error = bench.act(counter, "intention")
    if entry is None:
        assert error is None, (point, error)
    elif entry.state is State.DONE:
        assert error is None or "closing" in bench.operation.name, (point, error)
        assert Money.of(memory) == money, point
    else:
        assert isinstance(error, IntentionOver), (point, error)
        assert Money.of(memory) == money, point
        assert bench.act(counter, "another") is None, point


def test_there_are_at_least_a_thousand_points(folder: Path) -> None:
    """The proof is by their number: fewer would mean that the enumeration lost a kind."""
    found: Counter[str] = Counter()
    for number, each in enumerate(EVERY):
        place = folder / str(number)
        place.mkdir()
        (operation,) = each.values
        found += kinds(Bench(operation, place).points())  # type: ignore[arg-type]
    assert found.total() >= 1_000
    assert {each.partition(" ")[0] for each in found} == {"apdu", "memory", "journal"}


@pytest.mark.parametrize("name", ["load", "refund by purchase", "closing"])
def test_a_torn_recovery_is_recovered(name: str, folder: Path) -> None:
    """Who recovers is as likely to be interrupted: nothing of it may decide wrongly."""
    (operation,) = (
        each for each in operations("contact", PurseHabits()) if each.name.startswith(name)
    )
    bench = Bench(operation, folder)
    first = [each for each in bench.points() if each.kind == "apdu after"][-2:]
    for outer in first:
        inner = _points_of_recovery(bench, outer)
        for point in inner:
            with bench.fresh() as (counter, card, store):
                before = Money.of(card.memory)
                ledger = done_amounts(counter.journal.of_day(counter.journal.today()))
                arm(outer, card, store)
                bench.act(counter, "intention")
                disarm(card, store)
                put_back(counter, card)
                card.seen = store.writes = 0
                arm(point, card, store)
                with contextlib.suppress(GuitaiError, Killed):
                    settle(counter)
                disarm(card, store)
                put_back(counter, card)
                settle(counter)
                _check(bench, counter, card.memory, before, ledger, point)
                tried[f"recovery {point.kind}"] += 1


def _points_of_recovery(bench: Bench, outer: Point) -> list[Point]:
    with bench.fresh() as (counter, card, store):
        arm(outer, card, store)
        bench.act(counter, "intention")
        disarm(card, store)
        put_back(counter, card)
        card.seen = store.writes = 0
        settle(counter)
        return [
            *(Point(f"apdu {how}", at) for how in ("before", "after") for at in range(card.seen)),
            *(
                Point(f"journal {how}", at)
                for how in ("killed before", "killed after", "EIO")
                for at in range(store.writes)
            ),
        ]
