"""Personal data go when their time is over, not before, and not while anything is open."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from erasing import (
    HERE,
    erased,
    everything,
    items,
    put_application,
    put_feedback,
    put_integrity,
    put_representation,
    run_of,
)
from registry import Bench, ask, bench, citizen_id
from sqlalchemy import LargeBinary, select

from terminal.beijing_time import BEIJING
from terminal.parties.bank import StopReason
from terminal.registry import (
    applications,
    batches,
    duties,
    opinions,
    pending,
    persons,
    representations,
    runs,
    watch,
)
from terminal.registry.applications import NewApplication, Sort
from terminal.registry.audit_check import verify
from terminal.registry.batches import NewBatch
from terminal.registry.pending import What
from terminal.registry.persons import NewPerson, Person
from terminal.registry.representations import NewRepresentation, Right
from terminal.registry.retention import ACTION
from terminal.registry.retention_table import KEPT, POLICY, RULES, Item, Policy
from terminal.registry.stamps import STAMPED
from terminal.registry.tables import METADATA
from terminal.registry.tables.persons import REPRESENTATION
from terminal.registry.tables.work import AUDIT
from terminal.rules.documents import DocumentKind, DocumentNumber, PersonKind
from terminal.rules.terms import days, months
from terminal.rules.vocabulary import Channel, Service
from terminal.services.offered import loss_temp, owing
from terminal.services.offered.running import carry_out

PAGE = Path(__file__).parents[3] / "docs/retention.md"
NOBODYS = {
    *("sign_in.token", "audit.digest", "audit_head.digest", "audit_head.seal", "thing.seal"),
    *(f"{table.name}.stamp" for table in STAMPED),
}
"""Binary columns that say nothing of a holder."""


@pytest.fixture
def counter(tmp_path: Path) -> Bench:
    """Give a registry."""
    return bench(tmp_path)


@dataclass(frozen=True)
class Story:
    """Hold how something comes on record whose term begins at once, and how it looks when gone."""

    make: Callable[[Bench, Person], None]
    gone: Callable[[Bench, Person], bool]


def _wishes(counter: Bench) -> dict[str, str]:
    with counter.registry.reading() as tx:
        run = runs.by_key(tx, "apply001")
        assert run is not None
        return dict(run.request["wishes"])


def _column(counter: Bench, table: str, name: str) -> object:
    with counter.registry.reading() as tx:
        return tx.rows(select(METADATA.tables[table].c[name]))[0][0]


def _account_gone(counter: Bench, _person: Person) -> bool:
    return (
        _column(counter, "application", "payout") is None
        and "payout" not in _wishes(counter)
        and "bank" in _wishes(counter)
    )


def _pending(counter: Bench, person: Person) -> None:
    card = counter.card(person)
    with counter.registry.writing() as tx:
        pending.decide(tx, card.id, What.MINOR_DATA, {"mobile": "13800000000"}, run_id=None)
        (change,) = pending.waiting(tx, card.id)
        pending.settle(tx, change, run_id=None)


def _run(service: Service) -> Callable[[Bench, Person], None]:
    def make(counter: Bench, person: Person) -> None:
        with counter.registry.writing() as tx:
            run_of(tx, service, "key00001", person, address="朝阳区")

    return make


def _run_gone(counter: Bench, _person: Person) -> bool:
    with counter.registry.reading() as tx:
        run = runs.by_key(tx, "key00001")
    return run is not None and not run.request and run.result is None and run.state == runs.DONE


def _feedback_gone(counter: Bench, person: Person) -> bool:
    with counter.registry.reading() as tx:
        (left,) = opinions.left(tx)
    return (left.said, left.call_number) == ("", "") and _run_gone(counter, person)


def _duty(counter: Bench, person: Person) -> None:
    card = counter.card(person)
    with counter.registry.writing() as tx:
        new = owing.stop_financial(card, StopReason.TEMPORARY_LOSS)
        duty_id = duties.add(tx, new, "duty0001", person_id=person.id)
        duties.note_done(tx, duties.get(tx, duty_id), duties.DUTY_STATES[duties.DutyState.DONE])


def _duty_gone(counter: Bench, person: Person) -> bool:
    with counter.registry.reading() as tx:
        (duty,) = duties.of_person(tx, person.id)
    return (dict(duty.arguments), duty.detail.zh) == ({}, "")


def _representation_gone(counter: Bench, person: Person) -> bool:
    with counter.registry.reading() as tx:
        (found,) = representations.of_person(tx, person.id)
        document = DocumentNumber(DocumentKind.CITIZEN_ID, citizen_id(9))
        blind = persons.blind_of(tx, document)
        known = tx.rows(select(REPRESENTATION).where(REPRESENTATION.c.blind == blind))
    return not known and (found.name.reveal(), found.number.reveal()) == ("", "")


def _batch(counter: Bench, person: Person) -> None:
    with counter.registry.writing() as tx:
        wishes = {"employer": "某公司", "contact": "13900000000", "rows": "[…]"}
        run_id = run_of(tx, Service.GROUP, "apply001", person, **wishes)
        batches.add(tx, NewBatch("某公司", "91110000", "BOB", "13900000000"), run_id=run_id)


def _batch_gone(counter: Bench, _person: Person) -> bool:
    with counter.registry.reading() as tx:
        batch = batches.get(tx, 1)
    left = {"employer": "某公司"}
    return (batch.contact, batch.employer, _wishes(counter)) == (None, "某公司", left)


def _integrity_gone(counter: Bench, _person: Person) -> bool:
    with counter.registry.reading() as tx:
        (report,) = watch.reports(tx)
    return report.told == "" and report.matter == "borrowed"


STORIES = {
    Item.PHOTO: Story(
        put_application,
        lambda at, _: _column(at, "application", "photo") is None and "photo" not in _wishes(at),
    ),
    Item.ACCOUNT: Story(put_application, _account_gone),
    Item.PENDING: Story(_pending, lambda at, _: _column(at, "pending_change", "value") is None),
    Item.VISIT: Story(_run(Service.VISIT), _run_gone),
    Item.FEEDBACK: Story(put_feedback, _feedback_gone),
    Item.DUTY: Story(_duty, _duty_gone),
    Item.RUN: Story(_run(Service.STATUS), _run_gone),
    Item.REPRESENTATION: Story(put_representation, _representation_gone),
    Item.BATCH: Story(_batch, _batch_gone),
    Item.INTEGRITY: Story(put_integrity, _integrity_gone),
}


@pytest.mark.parametrize("item", STORIES, ids=lambda item: item.value)
def test_to_the_day(counter: Bench, item: Item) -> None:
    """Not a moment before 24:00 of the term's last day in Beijing; then, once, for good."""
    story, only = STORIES[item], frozenset({item})
    person = counter.person()
    story.make(counter, person)
    assert not erased(counter, items=only)
    last_day = deadline_of(counter, item)
    counter.now = last_day - timedelta(microseconds=1)
    assert (erased(counter, items=only), story.gone(counter, person)) == ((), False)
    counter.now = last_day
    found = erased(counter, items=only)
    assert {each.item for each in found} == {item}
    assert all(each.day == last_day.date() - timedelta(days=1) for each in found)
    assert story.gone(counter, person)
    assert erased(counter, items=only) == ()


def deadline_of(counter: Bench, item: Item) -> datetime:
    """Say when a term that began now is over, counted by hand: MORNING is 2 March 2026."""
    ends = {
        days(30): datetime(2026, 4, 2, tzinfo=BEIJING),
        months(6): datetime(2026, 9, 3, tzinfo=BEIJING),
        months(12): datetime(2027, 3, 3, tzinfo=BEIJING),
        months(24): datetime(2028, 3, 3, tzinfo=BEIJING),
        months(36): datetime(2029, 3, 3, tzinfo=BEIJING),
        months(60): datetime(2031, 3, 3, tzinfo=BEIJING),
    }
    assert counter.now.date() == date(2026, 3, 2)
    return ends[POLICY.term(item)]


def test_what_is_open_stays(counter: Bench) -> None:
    """However old it is: what nobody has ended has no term that could be over."""
    person = counter.person()
    card = counter.card(person)
    guardian = DocumentNumber(DocumentKind.CITIZEN_ID, citizen_id(9))
    with counter.registry.writing() as tx:
        done = run_of(tx, Service.STATUS, "key00001", person)
        duties.add(tx, duties.NewDuty("bank", "x", "x", {"name": "王"}), "d1", run_id=done)
        wishes = {"wishes": {"photo": "P"}}
        run_id = runs.begin(
            tx, "key00002", Service.VISIT, HERE, wishes, person_id=person.id, card_id=None
        )
        batch = batches.add(tx, NewBatch("某公司", "9111", "BOB", "139"), run_id=None)
        new = NewApplication(person.id, Sort.FIRST, "BOB", batch_id=batch.id, photo="P", payout="6")
        applications.apply(tx, new, run_id=run_id)
        watch.report(tx, "forged", "某某", "wang", "li", card_id=None, person_id=person.id)
        acts = NewRepresentation(person.id, Right.GUARDIAN, guardian, "李监护", "household")
        representations.add(tx, acts, run_id=None)
        pending.decide(tx, card.id, What.MINOR_DATA, {"mobile": "1"}, run_id=None)
    counter.later(days=366 * 20)
    assert items(counter) == []


def test_an_authorisation_that_ran_out(counter: Bench) -> None:
    """Nobody ends it; its last day does, and the term counts from there."""
    person = counter.person()
    with counter.registry.writing() as tx:
        document = DocumentNumber(DocumentKind.CITIZEN_ID, citizen_id(9))
        until = counter.now + timedelta(days=100)
        new = NewRepresentation(person.id, Right.AGENT, document, "赵", "paper", until=until)
        representations.add(tx, new, run_id=None)
    counter.now = datetime(2029, 3, 3, tzinfo=BEIJING)
    assert Item.REPRESENTATION not in items(counter)
    counter.later(days=100)
    assert Item.REPRESENTATION in items(counter)


def test_a_policy_of_ones_own(counter: Bench) -> None:
    """An outlet may keep less long than the table says; what it does not say keeps to the table."""
    person = counter.person()
    _run(Service.STATUS)(counter, person)
    counter.later(days=8)
    assert items(counter) == []
    policy = Policy({Item.RUN: days(7)})
    assert [each.item for each in erased(counter, policy=policy)] == [Item.RUN]
    assert policy.term(Item.PERSON) == RULES[Item.PERSON].term


def test_asked_again_under_an_erased_key(counter: Bench) -> None:
    """What was asked for is not known any more, so it is not answered as if it were."""
    person = counter.person()
    counter.card(person)
    request = ask(Service.LOSS_TEMP, person)
    desk = counter.desk(Channel.HOTLINE)
    carry_out(loss_temp.WORK, desk, request, "key00001")
    counter.later(days=366 * 4)
    assert Item.RUN in {each.item for each in erased(counter)}
    with pytest.raises(Exception) as raised:  # noqa: PT011  its code is what counts
        carry_out(loss_temp.WORK, desk, request, "key00001")
    assert getattr(raised.value, "code", "") == "request_wrong"


def test_some_at_a_time(counter: Bench) -> None:
    """A year's heap does not lock the counter: it goes in pieces, and all of it goes."""
    person = counter.person()
    with counter.registry.writing() as tx:
        for number in range(7):
            run_of(tx, Service.STATUS, f"key{number:05}", person)
    counter.later(days=366 * 4)
    assert [len(erased(counter, most=3)) for _ in range(4)] == [3, 3, 1, 0]


def test_on_record(counter: Bench) -> None:
    """Who, who agreed, why, which persons and how many rows; and the audit holds."""
    person, _ = everything(counter)
    counter.later(days=366 * 6)
    erased(counter)
    with counter.registry.reading() as tx:
        rows = tx.rows(select(AUDIT).where(AUDIT.c.action == ACTION).order_by(AUDIT.c.number))
        assert verify(tx) == []
    assert {(each.operator, each.second, each.reason) for each in rows} == {
        ("wang", "li", "年度清理")
    }
    assert [each.person_id for each in rows] == [person.id, None]
    assert json.loads(rows[-1].facts)["person"] == 1
    assert "王建国" not in "".join(each.facts for each in rows)


def test_nothing_due_leaves_no_trace(counter: Bench) -> None:
    """A record of nothing is noise."""
    counter.person()
    assert erased(counter) == ()
    with counter.registry.reading() as tx:
        assert tx.rows(select(AUDIT)) == []


def test_every_sealed_column_has_a_rule() -> None:
    """A column added later is not forgotten: it is in the table, or said to hold nobody's data."""
    covered = {column for rule in RULES.values() for column in rule.columns}
    sealed = {
        f"{table.name}.{column.name}"
        for table in METADATA.sorted_tables
        for column in table.c
        if isinstance(column.type, LargeBinary)
    }
    assert sealed - covered - NOBODYS == set()
    named = {
        f"{table.name}.{column.name}" for table in METADATA.sorted_tables for column in table.c
    }
    assert covered <= named


def test_the_page_says_what_the_code_does() -> None:
    """docs/retention.md is what people are told; it has every row of the table, word for word."""
    page = PAGE.read_text("utf-8")
    for rule in RULES.values():
        columns = " ".join(f"`{column}`" for column in rule.columns)
        row = (
            f"| {rule.title.zh} {rule.title.en} | {columns} | {rule.event.zh} {rule.event.en} |"
            f" {rule.term.text.zh} {rule.term.text.en} | {rule.why.zh} {rule.why.en} |"
        )
        assert row in page, row
    for what, why in KEPT.items():
        assert f"| {what} | {why.zh} {why.en} |" in page, what


def test_other_kinds_of_people(counter: Bench) -> None:
    """A foreigner's passport is found by nationality; it is forgotten as well."""
    with counter.registry.writing() as tx:
        passport = DocumentNumber(DocumentKind.PASSPORT, "E12345678")
        new = NewPerson(PersonKind.FOREIGNER, "Ana", passport, nationality="BRA")
        persons.add(tx, new)
    counter.later(days=366 * 5 + 2)
    assert len(erased(counter)) == 1
    with counter.registry.reading() as tx:
        assert persons.find(tx, passport, "BRA") is None
