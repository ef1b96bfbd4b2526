"""Entries as values: which moves there are, which day they count to, what their evidence is."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.journal import BEIJING, Entry, IllegalMove, Intention, State, Step, new_key
from terminal.journal.model import KINDS, METHODS, MOVES, STATES, Kind, Method, beijing_day

AT = datetime(2026, 3, 1, 9, 30, tzinfo=BEIJING)
Load = Callable[..., Intention]


def entry(load: Load, *states: State, at: datetime = AT) -> Entry:
    made = Entry(load(), (Step(1, State.BEGUN, at),))
    for state in states:
        made = made.moved(state, at)
    return made


@pytest.mark.parametrize(("before", "state"), list(product(State, State)))
def test_every_move(load: Load, before: State, state: State) -> None:
    """The table is the whole truth: what is not in it raises."""
    there = Entry(load(), (Step(1, before, AT),))
    if (before, state) in MOVES:
        moved = there.moved(state, AT, {"a": 1})
        assert moved.steps[1:] == (Step(2, state, AT, {"a": 1}),)
    else:
        with pytest.raises(IllegalMove):
            there.moved(state, AT)


@given(st.lists(st.sampled_from(State), max_size=8))
def test_an_outcome_stays(states: list[State]) -> None:
    """However a program errs, money that was counted once is not counted otherwise later."""
    made = Entry(
        Intention("k", Kind.LOAD, "1", 1, 1, Method.CASH, "07"), (Step(1, State.BEGUN, AT),)
    )
    for state in states:
        if (made.state, state) in MOVES:
            made = made.moved(state, AT)
    settled = [
        not Entry(made.intention, made.steps[:n]).unfinished for n in range(1, len(made.steps))
    ]
    assert all(after or not before for before, after in pairwise(settled))
    assert [step.number for step in made.steps] == list(range(1, len(made.steps) + 1))


@pytest.mark.parametrize(
    ("states", "unfinished"),
    [
        ((), True),
        ((State.SENT,), True),
        ((State.SENT, State.UNKNOWN), True),
        ((State.SENT, State.DONE), False),
        ((State.SENT, State.UNKNOWN, State.UNDONE), False),
        ((State.UNDONE,), False),
    ],
)
def test_what_is_open(load: Load, states: tuple[State, ...], unfinished: bool) -> None:
    """A process that died after sent leaves an open entry, not a failed one."""
    made = entry(load, *states)
    assert made.unfinished is unfinished
    assert (made.settled_at is None) is unfinished


def test_the_day_is_beijings(load: Load) -> None:
    """A machine in UTC must not count the first eight hours of the day to the day before."""
    late = datetime(2026, 2, 28, 16, 0, tzinfo=UTC)
    assert entry(load, at=late).day == date(2026, 3, 1)
    assert entry(load, at=late - timedelta(microseconds=1)).day == date(2026, 2, 28)
    with pytest.raises(ValueError, match="time zone"):
        beijing_day(datetime(2026, 3, 1))  # noqa: DTZ001  the mistake itself


def test_settled_later(load: Load) -> None:
    """What was begun before midnight and settled after it is told; a remark does not count."""
    sent = entry(load, State.SENT)
    same, next_day = AT.replace(hour=23, minute=59), AT + timedelta(days=1)
    assert not sent.settled_later
    assert not sent.moved(State.DONE, same).settled_later
    assert not sent.moved(State.DONE, same).moved(State.DONE, next_day).settled_later
    assert sent.moved(State.DONE, next_day).settled_later
    assert sent.moved(State.DONE, same).moved(State.DONE, next_day).settled_at == same


def test_evidence_is_merged(load: Load) -> None:
    """A TAC that was checked afterwards counts, over what was noted before."""
    made = Entry(load(facts={"a": 1, "b": 1}), (Step(1, State.BEGUN, AT),))
    made = made.moved(State.SENT, AT, {"b": 2, "c": 2}).moved(State.DONE, AT, {"c": 3})
    assert made.facts == {"a": 1, "b": 2, "c": 3}


def test_what_the_same_intention_is(load: Load) -> None:
    """Another clerk may go on; another amount, card, reason or way of paying is another."""
    asked = load(key="k")
    assert asked.same_as(load(key="k", operator="08", second="09", facts={"a": 1}))
    for other in (
        {"key": "l"},
        {"kind": Kind.CORRECTION},
        {"card": "2"},
        {"amount": 5001},
        {"till": 0},
        {"method": Method.TRANSFER},
        {"other_card": "2"},
        {"reason": "another entry is corrected"},
    ):
        assert not asked.same_as(load(**{"key": "k", **other}))


def test_keys_are_fresh() -> None:
    """One key an intention: two that met would be one load for two payments."""
    assert len({new_key() for _ in range(1_000)}) == 1_000
    assert len(new_key()) == 32


def test_everything_has_a_name() -> None:
    """A clerk reads words, in both languages."""
    assert (set(KINDS), set(METHODS), set(STATES)) == (set(Kind), set(Method), set(State))
