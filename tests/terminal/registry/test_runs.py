"""Runs: one key is one service done once, and what was begun is found again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from registry import Bench, bench

from terminal.errors import MovedMeanwhile
from terminal.registry import runs
from terminal.registry.runs import BEGUN, DONE, LEFT, By, Run
from terminal.rules.vocabulary import Channel, Service

BY = By("wang", "A01", Channel.BANK, second="li", reason="持卡人在场")
REQUEST: Mapping[str, object] = {"holder": {"name": "王建国"}, "papers": ["id"], "card": None}
RESULT: Mapping[str, object] = {"number": "20260302-A01-000001", "lines": [["卡号", "A1"]]}


@pytest.fixture
def counter(tmp_path: Path) -> Bench:
    return bench(tmp_path)


def begin(counter: Bench, key: str = "key-0001", card_id: int | None = None) -> int:
    with counter.registry.writing() as tx:
        return runs.begin(tx, key, Service.ENABLE, BY, REQUEST, person_id=None, card_id=card_id)


def end(counter: Bench, run_id: int, key: str = "key-0001") -> None:
    with counter.registry.writing() as tx:
        runs.done(tx, run_id, key, RESULT, person_id=None, card_id=None)


def look(counter: Bench, run_id: int) -> Run:
    with counter.registry.reading() as tx:
        return runs.get(tx, run_id)


def test_a_run_is_begun_done_and_answered_alike_for_ever(counter: Bench) -> None:
    """The receipt that is printed again next year is the one that was printed then."""
    run_id = begin(counter)
    begun = look(counter, run_id)
    assert (begun.state, begun.by, begun.request, begun.result) == (BEGUN, BY, REQUEST, None)
    with counter.registry.reading() as tx:
        assert runs.by_key(tx, "key-0001") == begun
        assert runs.begun(tx) == (begun,)
        assert runs.by_key(tx, "KEY-0001") is None
    counter.later(minutes=5)
    end(counter, run_id)
    done = look(counter, run_id)
    assert (done.state, done.result) == (DONE, RESULT)
    assert done.ended_at is not None
    assert (done.ended_at - done.begun_at).total_seconds() == 300
    with counter.registry.reading() as tx:
        assert runs.begun(tx) == ()


def test_a_key_is_taken_once(counter: Bench) -> None:
    """Two counters with one key are one of them wrong: the second did nothing."""
    begin(counter)
    with pytest.raises(MovedMeanwhile):
        begin(counter)


def test_a_card_is_busy_with_one_run(counter: Bench) -> None:
    """Two services with one card at once would each see a state that the other changes."""
    card = counter.card(counter.person())
    first = begin(counter, card_id=card.id)
    with counter.registry.reading() as tx:
        busy = runs.begun_with(tx, card.id)
        assert busy is not None
        assert busy.id == first
        assert runs.begun_with(tx, card.id + 1) is None
    with pytest.raises(MovedMeanwhile):
        begin(counter, "key-0002", card.id)
    end(counter, first)
    begin(counter, "key-0002", card.id)


@pytest.mark.parametrize("state", [DONE, LEFT])
def test_a_run_ends_once(counter: Bench, state: str) -> None:
    """What was given up is not done afterwards, and what was done is not given up."""
    run_id = begin(counter)
    if state == DONE:
        end(counter, run_id)
    else:
        with counter.registry.writing() as tx:
            runs.leave(tx, run_id)
    with pytest.raises(MovedMeanwhile):
        end(counter, run_id)
    with pytest.raises(MovedMeanwhile), counter.registry.writing() as tx:
        runs.leave(tx, run_id)
    assert look(counter, run_id).state == state


def test_what_was_done_for_a_person_the_newest_first(counter: Bench) -> None:
    """A clerk asked about last week looks at the top of the list."""
    person = counter.person()
    for key in ("key-0001", "key-0002"):
        run_id = begin(counter, key)
        with counter.registry.writing() as tx:
            runs.done(tx, run_id, key, RESULT, person_id=person.id, card_id=None)
    with counter.registry.reading() as tx:
        assert [each.key for each in runs.of_person(tx, person.id)] == ["key-0002", "key-0001"]
        assert runs.of_person(tx, person.id + 1) == ()
        with pytest.raises(KeyError):
            runs.get(tx, 99)


def test_r_secret_requests_and_answers_are_sealed(counter: Bench) -> None:
    """What was asked for names the holder: it lies in the file as unreadable as the person does."""
    end(counter, begin(counter))
    assert "王建国" not in repr(look(counter, 1))
    counter.registry.close()
    files = b"".join(each.read_bytes() for each in counter.path.parent.glob("registry.db*"))
    assert "王建国".encode() not in files
    assert "卡号".encode() not in files
