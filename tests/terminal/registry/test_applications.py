"""Applications: one open one a person, its card, its money's account, and how it ends."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from registry import BANK, Bench, bench

from terminal.errors import MovedMeanwhile, SeatTaken
from terminal.registry import applications, batches, cards
from terminal.registry.applications import SORTS, Application, NewApplication, Sort
from terminal.registry.histories import IllegalMove
from terminal.registry.persons import Person
from terminal.rules.states import OPEN_PROGRESS, Progress
from terminal.rules.vocabulary import Ground

ACCOUNT = "6222020200112233445"


@pytest.fixture
def counter(tmp_path: Path) -> Bench:
    return bench(tmp_path)


@pytest.fixture
def person(counter: Bench) -> Person:
    return counter.person()


def apply(counter: Bench, new: NewApplication) -> Application:
    with counter.registry.writing() as tx:
        return applications.apply(tx, new, run_id=None)


def move(counter: Bench, application: Application, name: str, state: Progress) -> Application:
    with counter.registry.writing() as tx:
        return applications.move(tx, application, name, state)


def test_an_application_is_what_was_asked_for(counter: Bench, person: Person) -> None:
    """Everything that the making needs months later is read back, the grounds too."""
    old = counter.card(person)
    grounds = frozenset({Ground.FACE, Ground.DATA})
    new = NewApplication(
        person.id, Sort.RENEW, BANK, old_card_id=old.id, grounds=grounds, by_post=True, online=True
    )
    made = apply(counter, new)
    with counter.registry.reading() as tx:
        assert applications.get(tx, made.id) == made
        assert applications.of_person(tx, person.id) == (made,)
        assert applications.all_open(tx) == (made,)
    assert (made.sort, made.bank, made.old_card_id) == (Sort.RENEW, BANK, old.id)
    assert (made.grounds, made.by_post, made.online, made.instant) == (grounds, True, True, False)
    assert made.progress.state == Progress.APPLIED
    assert made.open
    assert made.payout is None


def test_r_one_a_person_has_one_open_application(counter: Bench, person: Person) -> None:
    """The second one is refused by the table, whatever a service forgot to ask."""
    new = NewApplication(person.id, Sort.FIRST, BANK)
    first = apply(counter, new)
    with pytest.raises(SeatTaken):
        apply(counter, new)
    move(counter, first, "withdraw", Progress.WITHDRAWN)
    second = apply(counter, new)
    with counter.registry.reading() as tx:
        assert [each.id for each in applications.of_person(tx, person.id)] == [second.id, first.id]
        assert [each.open for each in applications.of_person(tx, person.id)] == [True, False]


def test_from_application_to_hand_over(counter: Bench, person: Person) -> None:
    """Each step is a move; the card is named on the way and the application closes at its end."""
    made = apply(counter, NewApplication(person.id, Sort.FIRST, BANK))
    made = move(counter, made, "verify", Progress.VERIFIED)
    made = move(counter, made, "start", Progress.MAKING)
    with counter.registry.writing() as tx:
        card = cards.order(tx, person.id, BANK, region="110000", run_id=None)
        made = applications.name_card(tx, made, card.id)
        assert applications.of_card(tx, card.id) == made
    made = move(counter, made, "redo", Progress.VERIFIED)
    made = move(counter, made, "start", Progress.MAKING)
    made = move(counter, made, "finish", Progress.MADE)
    assert made.open
    made = move(counter, made, "hand_over", Progress.HANDED_OVER)
    assert not made.open
    with counter.registry.reading() as tx:
        assert applications.all_open(tx) == ()


ENDS = {
    Progress.HANDED_OVER: ["verify", "start", "finish", "hand_over"],
    Progress.REFUSED: ["refuse"],
    Progress.WITHDRAWN: ["withdraw"],
    Progress.RECALLED: ["verify", "start", "finish", "recall"],
}
STEPS = {
    "verify": Progress.VERIFIED,
    "start": Progress.MAKING,
    "finish": Progress.MADE,
    "hand_over": Progress.HANDED_OVER,
    "refuse": Progress.REFUSED,
    "withdraw": Progress.WITHDRAWN,
    "recall": Progress.RECALLED,
}


@pytest.mark.parametrize("end", ENDS)
def test_every_end_frees_the_way_for_another(counter: Bench, person: Person, end: Progress) -> None:
    """An application that is over must not keep its person from a card for ever."""
    made = apply(counter, NewApplication(person.id, Sort.FIRST, BANK))
    for name in ENDS[end]:
        made = move(counter, made, name, STEPS[name])
    assert made.progress.state == end
    assert not made.open
    apply(counter, NewApplication(person.id, Sort.FIRST, BANK))


def test_the_column_open_is_what_the_history_says(counter: Bench, person: Person) -> None:
    """The index that holds R-ONE looks at a column: it must not drift from the history."""
    made = apply(counter, NewApplication(person.id, Sort.FIRST, BANK))
    for name, state in (("verify", Progress.VERIFIED), ("withdraw", Progress.WITHDRAWN)):
        made = move(counter, made, name, state)
        with closing(sqlite3.connect(counter.path)) as connection:
            ((is_open,),) = connection.execute("SELECT open FROM application")
        assert bool(is_open) is (state in OPEN_PROGRESS) is made.open


def test_two_counters_do_not_move_it_twice(counter: Bench, person: Person) -> None:
    """The card is handed over once, though two clerks have it on their screens."""
    made = apply(counter, NewApplication(person.id, Sort.FIRST, BANK))
    move(counter, made, "verify", Progress.VERIFIED)
    with pytest.raises(MovedMeanwhile):
        move(counter, made, "refuse", Progress.REFUSED)
    with pytest.raises(IllegalMove):
        move(counter, made, "finish", Progress.MADE)


def test_r_renew_money_the_named_account_is_sealed(counter: Bench, person: Person) -> None:
    """The account for the old card's money is the holder's own business."""
    old = counter.card(person)
    new = NewApplication(person.id, Sort.RENEW, BANK, old_card_id=old.id)
    made = apply(counter, new)
    with counter.registry.writing() as tx:
        made = applications.name_payout(tx, made, ACCOUNT)
    assert made.payout == ACCOUNT
    assert ACCOUNT not in repr(made) + repr(replace(new, payout=ACCOUNT))
    counter.registry.close()
    files = b"".join(each.read_bytes() for each in counter.path.parent.glob("registry.db*"))
    assert ACCOUNT.encode() not in files


def test_an_employers_batch_has_its_applications(counter: Bench) -> None:
    """An employer collects what was applied for together, and nothing else."""
    people = [counter.person("王建国", 1), counter.person("李梅", 2)]
    with counter.registry.writing() as tx:
        batch = batches.add(
            tx,
            batches.NewBatch(employer="某某公司", licence="91110000000000000X", bank=BANK),
            run_id=None,
        )
        for person in people:
            new = NewApplication(person.id, Sort.FIRST, BANK, batch_id=batch.id)
            applications.apply(tx, new, run_id=None)
        found = applications.of_batch(tx, batch.id)
        assert applications.of_batch(tx, batch.id + 1) == ()
    assert {each.person_id for each in found} == {each.id for each in people}


@pytest.mark.parametrize(
    ("sort", "has_old"), [(Sort.FIRST, True), (Sort.RENEW, False), (Sort.REPLACE, False)]
)
def test_only_a_card_in_anothers_place_has_an_old_one(
    counter: Bench, person: Person, sort: Sort, has_old: bool
) -> None:
    """A first application with an old card, or a renewal without one, is neither."""
    old = counter.card(person)
    new = NewApplication(person.id, sort, BANK, old_card_id=old.id if has_old else None)
    with pytest.raises(SeatTaken):
        apply(counter, new)


def test_every_sort_has_its_words() -> None:
    """A slip names what was applied for, in both languages."""
    assert SORTS.keys() == set(Sort)


def test_no_application_is_made_up(counter: Bench) -> None:
    """An unknown number is no application."""
    with counter.registry.reading() as tx:
        with pytest.raises(KeyError):
            applications.get(tx, 1)
        assert applications.of_card(tx, 1) is None
        assert applications.of_person(tx, 1) == ()
