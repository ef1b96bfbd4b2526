"""Histories: state as a function of time, one next move, and nothing that is rewritten."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from registry import Bench, bench

from terminal.errors import MovedMeanwhile, RegistryDamaged
from terminal.registry import histories
from terminal.registry.histories import LAPSE, IllegalMove, Standing
from terminal.registry.machines import Kind

MICROSECOND = timedelta(microseconds=1)
SOCIAL = Kind.SOCIAL


@pytest.fixture
def counter(tmp_path: Path) -> Bench:
    return bench(tmp_path)


def begun(counter: Bench) -> Standing:
    """Put an enabled social function on record."""
    with counter.registry.writing() as tx:
        return histories.move(tx, histories.begin(tx, SOCIAL, "issue", "off"), "enable", "on")


def stopped(counter: Bench, days: int = 15) -> Standing:
    """Stop one for some days."""
    now = begun(counter)
    until = counter.now + timedelta(days=days)
    with counter.registry.writing() as tx:
        return histories.move(tx, now, "lose_temp", "temp_lost", until=until, back_to="on")


def look(counter: Bench, thing: int) -> Standing:
    with counter.registry.reading() as tx:
        return histories.standing(tx, thing)


def rows(counter: Bench, thing: int) -> list[tuple[object, ...]]:
    with counter.registry.reading() as tx:
        found = histories.history(tx, thing)
    return [(row.number, row.move, row.from_state, row.to_state, row.at) for row in found]


def test_a_history_is_read_back_as_it_was_written(counter: Bench) -> None:
    """What was done, from where to where, when: the registry's answer to every quarrel."""
    now = begun(counter)
    at = counter.now.astimezone(UTC)
    assert rows(counter, now.thing_id) == [
        (1, "issue", "-", "off", at),
        (2, "enable", "off", "on", at),
    ]
    assert look(counter, now.thing_id) == now
    assert (now.state, now.number, now.lapsed) == ("on", 2, False)


def test_a_state_ends_in_time_and_nobody_writes_it(counter: Bench) -> None:
    """No timer and no night job: who asks a microsecond later sees the function back."""
    now = stopped(counter)
    assert now.until is not None
    before = rows(counter, now.thing_id)
    for moment, state in (
        (now.until - MICROSECOND, "temp_lost"),
        (now.until, "on"),
        (now.until + timedelta(days=4000), "on"),
        (now.until - MICROSECOND, "temp_lost"),
    ):
        counter.now = moment
        seen = look(counter, now.thing_id)
        assert (seen.state, seen.lapsed, seen.number) == (state, state == "on", 3)
        assert seen.since == (now.until if state == "on" else now.since)
        assert (seen.until is None) is seen.lapsed
    assert rows(counter, now.thing_id) == before


def test_who_moves_next_writes_the_lapse_at_its_own_moment(counter: Bench) -> None:
    """The history must not say that the function came back on the day somebody looked."""
    now = stopped(counter)
    assert now.until is not None
    until = now.until.astimezone(UTC)
    counter.now = until + timedelta(days=40)
    lapsed = look(counter, now.thing_id)
    with counter.registry.writing() as tx:
        after = histories.move(tx, lapsed, "lose", "lost")
    assert (after.state, after.number) == ("lost", 5)
    assert rows(counter, now.thing_id)[2:] == [
        (3, "lose_temp", "on", "temp_lost", now.since),
        (4, LAPSE, "temp_lost", "on", until),
        (5, "lose", "on", "lost", until + timedelta(days=40)),
    ]


def test_a_second_stop_after_the_first_has_a_term_of_its_own(counter: Bench) -> None:
    """After fifteen days a card may be lost again, and is stopped for fifteen more."""
    first = stopped(counter)
    assert first.until is not None
    counter.now = first.until
    again = counter.now + timedelta(days=15)
    with counter.registry.writing() as tx:
        back = histories.standing(tx, first.thing_id)
        histories.move(tx, back, "lose_temp", "temp_lost", until=again, back_to="on")
    assert look(counter, first.thing_id).state == "temp_lost"
    counter.now = again
    assert look(counter, first.thing_id).state == "on"


def test_a_formal_loss_within_the_stop_does_not_lapse(counter: Bench) -> None:
    """What was reported formally stays lost when the fifteen days are over."""
    now = stopped(counter)
    with counter.registry.writing() as tx:
        histories.move(tx, now, "lose", "lost")
    counter.later(days=100)
    assert look(counter, now.thing_id).state == "lost"


def test_of_two_movers_one_is_told(counter: Bench) -> None:
    """Two counters that saw the same state: the second must not undo what the first did."""
    seen = begun(counter)
    with counter.registry.writing() as tx:
        histories.move(tx, seen, "lose", "lost")
    with pytest.raises(MovedMeanwhile), counter.registry.writing() as tx:
        histories.move(tx, seen, "cancel", "cancelled")
    assert look(counter, seen.thing_id).state == "lost"


def test_of_two_movers_of_a_lapsed_state_one_is_told(counter: Bench) -> None:
    """The lapse is written once, though both saw it."""
    now = stopped(counter)
    counter.later(days=16)
    lapsed = look(counter, now.thing_id)
    with counter.registry.writing() as tx:
        histories.move(tx, lapsed, "cancel", "cancelled")
    with pytest.raises(MovedMeanwhile), counter.registry.writing() as tx:
        histories.move(tx, lapsed, "lose", "lost")
    assert [row[1] for row in rows(counter, now.thing_id)].count(LAPSE) == 1


def test_a_failed_move_takes_all_of_its_transaction_along(counter: Bench) -> None:
    """All or nothing: half of a service on record is worse than none."""
    one, other = begun(counter), begun(counter)
    with counter.registry.writing() as tx:
        histories.move(tx, other, "lose", "lost")
    with pytest.raises(MovedMeanwhile), counter.registry.writing() as tx:
        [histories.move(tx, each, "lose", "lost") for each in (one, other)]
    assert look(counter, one.thing_id) == one


@pytest.mark.parametrize(
    ("move", "state"),
    [("enable", "on"), ("lift", "on"), ("lose", "on"), ("fly", "on"), ("cancel", "ended")],
)
def test_what_is_no_move_is_a_mistake_of_ours(counter: Bench, move: str, state: str) -> None:
    """A program that asks for an impossible move is wrong, and no clerk can mend it."""
    now = begun(counter)
    with pytest.raises(IllegalMove), counter.registry.writing() as tx:
        histories.move(tx, now, move, state)
    with pytest.raises(ValueError, match="nowhere"), counter.registry.writing() as tx:
        histories.move(tx, now, "lose", "nowhere")
    assert look(counter, now.thing_id) == now


def test_a_thing_without_a_history_has_no_state(counter: Bench) -> None:
    """No state is made up for what was never begun."""
    with counter.registry.reading() as tx:
        with pytest.raises(RegistryDamaged):
            histories.standing(tx, 4711)
        assert histories.standings(tx, []) == {}
        assert histories.history(tx, 4711) == ()


def test_a_moment_without_a_zone_is_refused(counter: Bench) -> None:
    """A naive moment is another one at each counter."""
    now = begun(counter)
    naive = datetime(2026, 3, 20)  # noqa: DTZ001  that is the point
    with pytest.raises(Exception, match="without a time zone"), counter.registry.writing() as tx:
        histories.move(tx, now, "lose_temp", "temp_lost", until=naive, back_to="on")
    assert look(counter, now.thing_id) == now


# --- What the database holds, whoever writes ---------------------------------------------------

FORBIDDEN = {
    "a second row of the same number": (
        "INSERT INTO history VALUES (1, 2, 1, 'social', 'cancel', 'off', 'cancelled', 5, {x})"
    ),
    "a branch from an earlier row": (
        "INSERT INTO history VALUES (1, 3, 1, 'social', 'cancel', 'off', 'cancelled', 5, {x})"
    ),
    "a number that is left out": (
        "INSERT INTO history VALUES (1, 4, 3, 'social', 'lose', 'on', 'lost', 5, {x})"
    ),
    "a row that follows nothing": (
        "INSERT INTO history VALUES (1, 3, NULL, 'social', 'lose', 'on', 'lost', 5, {x})"
    ),
    "a second beginning": (
        "INSERT INTO history VALUES (1, 3, NULL, 'social', 'issue', '-', 'off', 5, {x})"
    ),
    "a state that it was not in": (
        "INSERT INTO history VALUES (1, 3, 2, 'social', 'lift', 'lost', 'on', 5, {x})"
    ),
    "a move of another machine": (
        "INSERT INTO history VALUES (1, 3, 2, 'financial', 'lose', 'on', 'lost', 5, {x})"
    ),
    "a term that goes back to nothing": (
        "INSERT INTO history VALUES (1, 3, 2, 'social', 'lose_temp', 'on', 'temp_lost', 5, 9, NULL,"
        " NULL)"
    ),
    "a thing that is none": (
        "INSERT INTO history VALUES (77, 1, NULL, 'social', 'issue', '-', 'off', 5, {x})"
    ),
    "a row that is changed": "UPDATE history SET at = 5 WHERE number = 2",
    "a row that is deleted": "DELETE FROM history WHERE number = 2",
    "a row that is replaced": (
        "INSERT OR REPLACE INTO history VALUES (1, 2, 1, 'social', 'enable', 'off', 'on', 5, {x})"
    ),
    "an upsert": (
        "INSERT INTO history VALUES (1, 2, 1, 'social', 'enable', 'off', 'on', 5, {x})"
        " ON CONFLICT DO UPDATE SET at = 5"
    ),
    "a move that is allowed from now on": (
        "UPDATE allowed_move SET from_state = 'ended' WHERE move = 'lift'"
    ),
    "a move that is forgotten": "DELETE FROM allowed_move WHERE move = 'lapse'",
    "a thing of another kind": "UPDATE thing SET kind = 'park' WHERE id = 1",
    "a thing that is gone": "DELETE FROM thing WHERE id = 1",
}


@pytest.mark.parametrize("sql", FORBIDDEN.values(), ids=FORBIDDEN.keys())
def test_a_history_cannot_be_rewritten(counter: Bench, sql: str) -> None:
    """Whoever holds the file and a SQL prompt adds a legal row at the end, or nothing."""
    assert begun(counter).thing_id == 1
    before = rows(counter, 1)
    with closing(sqlite3.connect(counter.path, isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(sql.format(x="NULL, NULL, NULL"))
    assert rows(counter, 1) == before


def test_a_legal_row_of_somebody_else_is_told(counter: Bench) -> None:
    """The statements above fail for what is wrong with them, not for their form: this one goes in.

    What the database cannot tell is not ours, the thing's seal tells.
    """
    begun(counter)
    with closing(sqlite3.connect(counter.path, isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(
            "INSERT INTO history VALUES"
            " (1, 3, 2, 'social', 'lose', 'on', 'lost', 5, NULL, NULL, NULL)"
        )
    assert len(rows(counter, 1)) == 3
    with pytest.raises(RegistryDamaged):
        look(counter, 1)
