"""Personal data go when their time is over, not before, and not while anything is open."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from registry import Bench, ask, bench, citizen_id
from sqlalchemy import LargeBinary, func, select

from terminal.beijing_time import BEIJING
from terminal.parties.bank import StopReason
from terminal.registry import (
    applications,
    batches,
    cards,
    duties,
    opinions,
    pending,
    persons,
    representations,
    runs,
    seats,
    watch,
)
from terminal.registry.applications import NewApplication, Sort
from terminal.registry.audit_check import verify
from terminal.registry.batches import NewBatch
from terminal.registry.cards import Card
from terminal.registry.machines import Kind
from terminal.registry.pending import What
from terminal.registry.persons import NewPerson, Person
from terminal.registry.representations import NewRepresentation, Right
from terminal.registry.retention import ACTION, Decided, Due, due, erase
from terminal.registry.retention_table import KEPT, POLICY, RULES, Item, Policy
from terminal.registry.runs import By
from terminal.registry.stamps import STAMPED
from terminal.registry.tables import METADATA
from terminal.registry.tables.persons import IDENTITY, PERSON, REPRESENTATION
from terminal.registry.tables.work import AUDIT
from terminal.registry.transaction import Transaction
from terminal.rules.documents import DocumentKind, DocumentNumber, PersonKind
from terminal.rules.states import Financial, Life, Progress, Public, Social
from terminal.rules.terms import days, months
from terminal.rules.vocabulary import Channel, Generation, Service
from terminal.services.offered import loss_temp, owing
from terminal.services.offered.running import carry_out

BY = Decided("A01-1", "wang", "li", "年度清理")
HERE = By("wang", "A01", Channel.BANK)
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


def items(counter: Bench) -> list[Item]:
    """Give what is due now, an item a row."""
    with counter.registry.reading() as tx:
        return [each.item for each in due(tx)]


def erased(counter: Bench, **more: object) -> tuple[Due, ...]:
    """Erase what is due now."""
    with counter.registry.writing() as tx:
        return erase(tx, BY, **more)  # type: ignore[arg-type]  # a test's shorthand


def run_of(
    tx: Transaction, service: Service, key: str, person: Person | None, **wishes: str
) -> int:
    """Put a run on record that is over."""
    request = {"service": service.value, "wishes": wishes}
    run_id = runs.begin(
        tx, key, service, HERE, request, person_id=person.id if person else None, card_id=None
    )
    runs.done(
        tx,
        run_id,
        key,
        {"person": "王**"},
        person_id=person.id if person else None,
        card_id=None,
    )
    return run_id


def cancelled(counter: Bench, card: Card) -> None:
    """Cancel a card, whole."""
    with counter.registry.writing() as tx:
        now = cards.move(tx, cards.get(tx, card.id), Kind.SOCIAL, "cancel", Social.CANCELLED)
        if now.financial.state == Financial.ON:
            now = cards.move(tx, now, Kind.FINANCIAL, "cancel", Financial.CANCELLED)
        seats.leave(tx, card.person_id, card_id=card.id)


# --- Rows with a term of their own ---------------------------------------------------------


@dataclass(frozen=True)
class Story:
    """Hold how something comes on record whose term begins at once, and how it looks when gone."""

    make: Callable[[Bench, Person], None]
    gone: Callable[[Bench, Person], bool]


def _application(counter: Bench, person: Person) -> None:
    with counter.registry.writing() as tx:
        run_id = run_of(tx, Service.APPLY, "apply001", person, photo="PHOTO", payout="62", bank="B")
        new = NewApplication(person.id, Sort.FIRST, "BOB", payout="6200", photo="PHOTO")
        made = applications.apply(tx, new, run_id=run_id)
        applications.move(tx, made, "refuse", Progress.REFUSED)


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


def _feedback(counter: Bench, person: Person) -> None:
    with counter.registry.writing() as tx:
        run_id = run_of(tx, Service.FEEDBACK, "key00001", person, said="不满意")
        opinions.add(tx, "不满意", "96066-1", person_id=person.id, run_id=run_id)


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


def _representation(counter: Bench, person: Person) -> None:
    with counter.registry.writing() as tx:
        document = DocumentNumber(DocumentKind.CITIZEN_ID, citizen_id(9))
        new = NewRepresentation(person.id, Right.AGENT, document, "赵代理", "authorisation")
        representations.end(tx, representations.add(tx, new, run_id=None))


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


def _integrity(counter: Bench, person: Person) -> None:
    with counter.registry.writing() as tx:
        number = watch.report(
            tx, "borrowed", "借给王某", "wang", "li", card_id=None, person_id=person.id
        )
        watch.note_passed_on(tx, number)


def _integrity_gone(counter: Bench, _person: Person) -> bool:
    with counter.registry.reading() as tx:
        (report,) = watch.reports(tx)
    return report.told == "" and report.matter == "borrowed"


STORIES = {
    Item.PHOTO: Story(
        _application,
        lambda at, _: _column(at, "application", "photo") is None and "photo" not in _wishes(at),
    ),
    Item.ACCOUNT: Story(_application, _account_gone),
    Item.PENDING: Story(_pending, lambda at, _: _column(at, "pending_change", "value") is None),
    Item.VISIT: Story(_run(Service.VISIT), _run_gone),
    Item.FEEDBACK: Story(_feedback, _feedback_gone),
    Item.DUTY: Story(_duty, _duty_gone),
    Item.RUN: Story(_run(Service.STATUS), _run_gone),
    Item.REPRESENTATION: Story(_representation, _representation_gone),
    Item.BATCH: Story(_batch, _batch_gone),
    Item.INTEGRITY: Story(_integrity, _integrity_gone),
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
    assert getattr(raised.value, "code", "") == "request_differs"


def test_some_at_a_time(counter: Bench) -> None:
    """A year's heap does not lock the counter: it goes in pieces, and all of it goes."""
    person = counter.person()
    with counter.registry.writing() as tx:
        for number in range(7):
            run_of(tx, Service.STATUS, f"key{number:05}", person)
    counter.later(days=366 * 4)
    assert [len(erased(counter, most=3)) for _ in range(4)] == [3, 3, 1, 0]


# --- Persons -------------------------------------------------------------------------------


def everything(counter: Bench) -> tuple[Person, Card]:
    """Give a person of whom everything is on record that can be, and all of it over."""
    person = counter.person(
        "王建国", address="朝阳区某街1号", occupation="20000", nationality="CHN"
    )
    card = counter.card(person)
    for make in (_pending_on(card), _duty_alone, _feedback, _representation, _integrity):
        make(counter, person)
    _application(counter, person)
    cancelled(counter, card)
    return person, counter.look(card)


def _pending_on(card: Card) -> Callable[[Bench, Person], None]:
    def make(counter: Bench, _person: Person) -> None:
        with counter.registry.writing() as tx:
            pending.decide(tx, card.id, What.MINOR_DATA, {"mobile": "138"}, run_id=None)
            pending.drop_all(tx, card.id, run_id=None)

    return make


def _duty_alone(counter: Bench, person: Person) -> None:
    with counter.registry.writing() as tx:
        new = duties.NewDuty("bank", "payout", "payout", {"name": "王建国", "account": "62"})
        duty_id = duties.add(tx, new, "duty0001", person_id=person.id)
        duties.note_decided(tx, duties.get(tx, duty_id), duties.DUTY_STATES["decided"])


def sealed_values(counter: Bench) -> dict[str, int]:
    """Count the sealed columns that still say something, by column."""
    empty = {b"": 29, b"{}": 31}
    found = {}
    with counter.registry.reading() as tx:
        for table in METADATA.sorted_tables:
            for column in table.c:
                if isinstance(column.type, LargeBinary) and column.type.length is None:
                    query = select(func.count()).where(func.length(column) > max(empty.values()))
                    found[f"{table.name}.{column.name}"] = tx.rows(query)[0][0]
    return {name: count for name, count in found.items() if count}


def test_a_person_goes_whole(counter: Bench) -> None:
    """Nothing sealed is left of them anywhere; rows, histories and the audit stay."""
    person, card = everything(counter)
    assert len(sealed_values(counter)) >= 12
    with counter.registry.reading() as tx:
        before = tx.rows(select(func.count()).select_from(PERSON))[0][0]
        history = len(tx.rows(select(METADATA.tables["history"])))
    counter.now = datetime(2031, 3, 3, tzinfo=BEIJING)
    only = frozenset({Item.PERSON})
    (gone,) = erased(counter, items=only)
    assert (gone.row_id, gone.person_id) == (person.id, person.id)
    assert sealed_values(counter) == {}
    with counter.registry.reading() as tx:
        left = persons.get(tx, person.id)
        assert (left.name.reveal(), left.birth, left.mobile, left.address) == ("", None, None, None)
        assert (left.nationality, left.occupation, left.erased_at) == ("", "", counter.now)
        assert tx.rows(select(func.count()).select_from(PERSON))[0][0] == before
        assert len(tx.rows(select(METADATA.tables["history"]))) == history
        assert verify(tx) == []
        assert cards.get(tx, card.id) == cards.Card(**{**asdict(card), "account": None})
    assert items(counter) == []


def asdict(card: Card) -> dict[str, object]:
    return {name: getattr(card, name) for name in card.__dataclass_fields__}


def test_who_comes_back_is_somebody_new(counter: Bench) -> None:
    """The number finds nobody any more, and may be put on record again."""
    person, card = everything(counter)
    document = DocumentNumber(DocumentKind.CITIZEN_ID, citizen_id())
    counter.now = datetime(2031, 3, 3, tzinfo=BEIJING)
    erased(counter)
    with counter.registry.reading() as tx:
        assert persons.find(tx, document) is None
        assert cards.by_chip(tx, card.chip or "") is not None
    again = counter.person()
    assert again.id != person.id
    counter.card(again)
    with counter.registry.reading() as tx:
        assert persons.find(tx, document) == persons.get(tx, again.id)


def test_blind_indexes_are_noise(counter: Bench) -> None:
    """Two erased persons have nothing in common by which they could be found, or told alike."""
    numbers = set()
    for sequence in (1, 2):
        counter.person(sequence=sequence)
    with counter.registry.reading() as tx:
        before = {blind for (blind,) in tx.rows(select(IDENTITY.c.blind))}
    counter.later(days=366 * 5 + 2)
    assert len(erased(counter)) == 2
    with counter.registry.reading() as tx:
        numbers = {blind for (blind,) in tx.rows(select(IDENTITY.c.blind))}
    assert len(numbers) == 2
    assert not numbers & before


def _nothing(_counter: Bench, _card: Card) -> None:
    """Leave the card in force."""


def _only_social(counter: Bench, card: Card) -> None:
    with counter.registry.writing() as tx:
        cards.move(tx, cards.get(tx, card.id), Kind.SOCIAL, "cancel", Social.CANCELLED)
        seats.leave(tx, card.person_id, card_id=card.id)


def _transit_open(counter: Bench, card: Card) -> None:
    with counter.registry.writing() as tx:
        cards.move(tx, cards.get(tx, card.id), Kind.TRANSIT, "open", Public.ON)
    cancelled(counter, card)


def _taken_back(counter: Bench, card: Card) -> None:
    cancelled(counter, card)
    with counter.registry.writing() as tx:
        cards.move(tx, cards.get(tx, card.id), Kind.LIFE, "take_back", Life.TAKEN_BACK)


def _run_begun(counter: Bench, card: Card) -> None:
    cancelled(counter, card)
    with counter.registry.writing() as tx:
        runs.begin(tx, "k1", Service.STATUS, HERE, {}, person_id=None, card_id=card.id)


def _duty_due(counter: Bench, card: Card) -> None:
    cancelled(counter, card)
    with counter.registry.writing() as tx:
        duties.add(tx, duties.NewDuty("bank", "x", "x", {}), "d1", person_id=card.person_id)


def _duty_of_card(counter: Bench, card: Card) -> None:
    cancelled(counter, card)
    with counter.registry.writing() as tx:
        duties.add(tx, duties.NewDuty("bank", "x", "x", {}), "d1", card_id=card.id)


def _duty_refused(counter: Bench, card: Card) -> None:
    _duty_due(counter, card)
    with counter.registry.writing() as tx:
        duties.note_refused(tx, duties.get(tx, 1), duties.DUTY_STATES["refused"])


def _applied(counter: Bench, card: Card) -> None:
    cancelled(counter, card)
    with counter.registry.writing() as tx:
        applications.apply(tx, NewApplication(card.person_id, Sort.FIRST, "BOB"), run_id=None)


def _run_of_theirs(counter: Bench, card: Card) -> None:
    cancelled(counter, card)
    with counter.registry.writing() as tx:
        runs.begin(tx, "k1", Service.STATUS, HERE, {}, person_id=card.person_id, card_id=None)


def _blacklisted(counter: Bench, card: Card) -> None:
    cancelled(counter, card)
    with counter.registry.writing() as tx:
        watch.put_on(tx, "伪造", person_id=card.person_id)


def _card_blacklisted(counter: Bench, card: Card) -> None:
    cancelled(counter, card)
    with counter.registry.writing() as tx:
        watch.put_on(tx, "伪造", card_id=card.id)


def _reported(counter: Bench, card: Card) -> None:
    cancelled(counter, card)
    with counter.registry.writing() as tx:
        watch.report(tx, "forged", "某某", "wang", "li", card_id=card.id, person_id=None)


def _person_reported(counter: Bench, card: Card) -> None:
    cancelled(counter, card)
    with counter.registry.writing() as tx:
        person_id = card.person_id
        watch.report(tx, "other", "某某", "wang", "li", card_id=None, person_id=person_id)


def _old_card_in_force(counter: Bench, card: Card) -> None:
    cancelled(counter, card)
    with counter.registry.reading() as tx:
        person = persons.get(tx, card.person_id)
    counter.card(person, generation=Generation.SECOND, financial=Financial.NONE)


OPEN = (
    _nothing,
    _only_social,
    _transit_open,
    _taken_back,
    _run_begun,
    _duty_due,
    _duty_of_card,
    _duty_refused,
    _applied,
    _run_of_theirs,
    _blacklisted,
    _card_blacklisted,
    _reported,
    _person_reported,
    _old_card_in_force,
)


@pytest.mark.parametrize("leave", OPEN, ids=lambda leave: leave.__name__.strip("_"))
def test_nobody_goes_while_anything_is_open(
    counter: Bench, leave: Callable[[Bench, Card], None]
) -> None:
    """A card in force, an application, a duty, a service, a report: each keeps its person."""
    card = counter.card(counter.person())
    leave(counter, card)
    counter.later(days=366 * 30)
    assert Item.PERSON not in items(counter)


def test_the_last_matter_counts(counter: Bench) -> None:
    """Five years from when the last thing ended, and not from when the person first came."""
    card = counter.card(counter.person())
    counter.later(days=1000)
    cancelled(counter, card)
    last = counter.now
    counter.later(days=365 * 5 - 10)
    assert Item.PERSON not in items(counter)
    counter.later(days=20)
    with counter.registry.reading() as tx:
        (gone,) = [each for each in due(tx) if each.item is Item.PERSON]
    assert gone.at == last


def test_a_look_is_no_matter(counter: Bench) -> None:
    """Somebody who is only on record, without any card, goes five years after that."""
    counter.person()
    counter.later(days=366 * 5 + 2)
    assert items(counter) == [Item.PERSON]


# --- On record -----------------------------------------------------------------------------


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


# --- The table and the page ----------------------------------------------------------------


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
