"""Every open term on one list, sorted by day, and quickly also for ten thousand cards."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
from applying import apply_for, newest, shown
from handing_over import first, group, renewal_ready
from offered import do
from parties import BEIJING
from registry import BANK, Bench, bench
from sqlalchemy import event, insert

from terminal.registry import persons
from terminal.registry.machines import Kind
from terminal.registry.seals import seal_of
from terminal.registry.tables.cards import APPLICATION, CARD
from terminal.registry.tables.histories import HISTORY, THING
from terminal.registry.tables.persons import PERSON
from terminal.rules.vocabulary import Actor, Channel, Generation, Service
from terminal.rules.working_days import KNOWN, WorkingDays, parse_table
from terminal.services.offered.deadlines import DeadlineLine, deadlines

MANY = 500


@pytest.fixture
def on(tmp_path: Path) -> Bench:
    return bench(tmp_path)


def listed(on: Bench, calendar: WorkingDays = KNOWN) -> tuple[DeadlineLine, ...]:
    with on.registry.reading() as tx:
        return deadlines(tx, calendar)


def only(on: Bench, calendar: WorkingDays = KNOWN) -> DeadlineLine:
    (line,) = listed(on, calendar)
    return line


def test_nothing_open_is_an_empty_list(on: Bench) -> None:
    """A card in force has no term."""
    on.card(on.person())
    assert listed(on) == ()


def test_r_make_30_of_a_first_application(on: Bench) -> None:
    """Thirty calendar days, holidays or not; over is said so, and stays on the list."""
    apply_for(on, shown())
    line = only(on)
    assert (line.rule, line.article) == ("R-MAKE-30", "Rules Art. 22")
    assert (line.deadline.day, line.days_left, line.passed) == (date(2026, 4, 1), 30, False)
    assert line.whose == "李**"
    assert line.application_id == newest(on).id
    on.now = datetime(2026, 4, 1, 23, 59, 59, tzinfo=BEIJING)
    assert (only(on).days_left, only(on).passed) == (0, False)
    on.later(seconds=1)
    assert (only(on).days_left, only(on).passed) == (-1, True)


@pytest.mark.parametrize(
    ("applied", "last", "provisional"),
    [
        ("2026-03-02T00:00:00", date(2026, 3, 6), False),
        ("2026-03-06T23:59:59", date(2026, 3, 12), False),
        ("2026-09-30T09:00:00", date(2026, 10, 12), False),
        ("2026-12-29T09:00:00", date(2027, 1, 4), True),
    ],
)
def test_r_make_4wd_of_a_renewal(on: Bench, applied: str, last: date, provisional: bool) -> None:
    """Four working days, make-up days among them; a year not announced is provisional."""
    on.now = datetime.fromisoformat(f"{applied}+08:00")
    person = on.person()
    on.card(person)
    do(on, Service.RENEW, person, wishes={"grounds": "face"})
    line = only(on)
    assert (line.rule, line.deadline.day) == ("R-MAKE-4WD", last)
    assert line.deadline.provisional is provisional


def test_an_imported_table_makes_a_provisional_day_sure(on: Bench) -> None:
    """Nothing is kept: the notice that comes in today moves yesterday's dates."""
    on.now = datetime(2026, 12, 29, 9, 0, tzinfo=BEIJING)
    person = on.person()
    on.card(person)
    do(on, Service.RENEW, person, wishes={"grounds": "face"})
    table = """[year.2027]
holidays = [2027-01-01, 2027-01-04, 2027-05-01, 2027-10-01, 2027-10-02, 2027-10-03]
make_up = []
"""
    line = only(on, WorkingDays(parse_table(table)))
    assert (line.deadline.day, line.deadline.provisional) == (date(2027, 1, 6), False)


def test_r_make_now_is_the_same_day(on: Bench) -> None:
    """At an instant outlet the card is made on the spot: what is left over is of today."""
    apply_for(on, shown(), on.desk(instant=True), instant="yes")
    line = only(on)
    assert (line.rule, line.deadline.day) == ("R-MAKE-NOW", date(2026, 3, 2))


def test_r_group_30_is_a_line_a_batch_and_a_day_of_collection(on: Bench) -> None:
    """How many are out, whose they are, by when they are back; beside each card's own term."""
    batch, made = group(on, 3)
    asked = {
        "actor": Actor.EMPLOYER,
        "representative": shown("赵红", 12),
        "wishes": {"batch": str(batch.id)},
    }
    do(on, Service.COLLECT_GROUP, None, **asked)
    lines = [each for each in listed(on) if each.rule == "R-GROUP-30"]
    assert [(each.deadline.day, each.batch_id) for each in lines] == [(date(2026, 4, 1), batch.id)]
    assert "3 张" in lines[0].what.zh
    assert lines[0].whose == "北京某某有限公司"
    rules = [each.rule for each in listed(on)]
    assert rules.count("R-UNCOLLECTED-6M") == len(made)


def test_r_uncollected_6m_waits_then_asks_for_the_recall(on: Bench) -> None:
    """Before it is a date to collect by, after it a recall that is due."""
    _person, card = first(on)
    line = only(on)
    assert (line.rule, line.card_id) == ("R-UNCOLLECTED-6M", card.id)
    assert (line.deadline.day, line.what.zh) == (date(2026, 9, 2), "领取，逾期召回")
    on.now = datetime(2026, 9, 3, 0, 0, tzinfo=BEIJING)
    line = only(on)
    assert (line.passed, line.what.zh) == (True, "召回未领取的卡")


def test_r_dead_10wd_takes_the_place_of_the_six_months(on: Bench) -> None:
    """One card, one line: the rule that comes first."""
    person, _card = first(on)
    with on.registry.writing() as tx:
        persons.note_death(tx, person, deceased_on=date(2026, 2, 27), reminded=True)
    line = only(on)
    assert (line.rule, line.article) == ("R-DEAD-10WD", "Rules Art. 21(2)")
    assert line.deadline.day == date(2026, 3, 16)


def test_a_death_without_a_reminder_is_counted_from_its_day(on: Bench) -> None:
    """Kin said it before the city did: the card is recalled all the same."""
    person, _card = first(on)
    with on.registry.writing() as tx:
        persons.note_death(tx, person, deceased_on=date(2026, 2, 27), reminded=False)
    assert only(on).deadline.day == date(2026, 3, 12)


def test_r_temp_15_losses_that_run_out_and_no_others(on: Bench) -> None:
    """The last day is shown; once it is over there is nothing to do, and no line."""
    person = on.person()
    on.card(person)
    do(on, Service.LOSS_TEMP, person, Channel.HOTLINE)
    line = only(on)
    assert (line.rule, line.deadline.day) == ("R-TEMP-15", date(2026, 3, 17))
    on.now = datetime(2026, 3, 17, 23, 59, 59, tzinfo=BEIJING)
    assert only(on).days_left == 0
    on.later(seconds=1)
    assert listed(on) == ()


def test_r_fin_6m_is_the_day_after_which_the_bank_is_reminded(on: Bench) -> None:
    """Six months from the cancellation; a bank that is down does not move the day."""
    from emulator.parties.party import Fault
    from terminal.services.offered import delivery

    person = on.person()
    on.card(person)
    on.now = datetime(2026, 8, 31, 10, 0, tzinfo=BEIJING)
    do(on, Service.CANCEL_SOCIAL, person)
    line = only(on)
    assert (line.rule, line.deadline.day) == ("R-FIN-6M", date(2027, 2, 28))
    on.now = datetime(2027, 2, 28, 23, 59, 59, tzinfo=BEIJING)
    assert delivery.run_due(on.desk()) == ()
    on.later(seconds=1)
    on.others.set("bank", Fault.DOWN)
    delivery.run_due(on.desk())
    assert (only(on).deadline.day, only(on).passed) == (date(2027, 2, 28), True)
    on.others.set("bank", Fault.UP)
    on.later(minutes=1)
    delivery.run_due(on.desk())
    assert len(on.others.city.bank.reminders) == 1
    assert listed(on) == ()


def test_the_nearest_day_comes_first(tmp_path: Path) -> None:
    """Whoever looks at it in the morning begins at the top."""
    laid = renewal_ready(tmp_path)
    on = laid.on
    apply_for(on, shown(sequence=8), key="apply-8")
    other = on.person("赵六", 30)
    on.card(other)
    do(on, Service.LOSS_TEMP, other, Channel.HOTLINE)
    another = on.person("孙七", 31)
    on.card(another)
    do(on, Service.RENEW, another, wishes={"grounds": "chip"})
    assert [each.rule for each in listed(on)] == [
        "R-MAKE-4WD",
        "R-TEMP-15",
        "R-MAKE-30",
        "R-UNCOLLECTED-6M",
    ]


def test_however_many_cards_there_are_it_takes_as_many_queries(on: Bench) -> None:
    """Set queries, not one a card: the list is what people open first in the morning."""
    asked: list[str] = []
    event.listen(on.registry.engine, "before_cursor_execute", lambda *it: asked.append(it[2]))
    listed(on)
    few = len(asked)
    _fill(on, MANY)
    asked.clear()
    lines = listed(on)
    assert len(asked) == few
    assert len(lines) == MANY
    assert lines[0].whose == "王**"


def _fill(on: Bench, count: int) -> None:
    """Put many waiting cards on record, each with its five histories and its application."""
    kinds = (Kind.LIFE, Kind.SOCIAL, Kind.FINANCIAL, Kind.TRANSIT, Kind.PARK, Kind.APPLICATION)
    things: list[dict[str, object]] = []
    rows: list[dict[str, object]] = []
    people: list[dict[str, object]] = []
    made: list[dict[str, object]] = []
    pleas: list[dict[str, object]] = []
    steps = {
        Kind.LIFE: [("order", "making"), ("made", "ready")],
        Kind.SOCIAL: [("issue", "off")],
        Kind.FINANCIAL: [("issue", "off")],
        Kind.TRANSIT: [("issue", "off")],
        Kind.PARK: [("issue", "off")],
        Kind.APPLICATION: [
            ("apply", "applied"),
            ("verify", "verified"),
            ("start", "making"),
            ("finish", "made"),
        ],
    }
    with on.registry.writing() as tx:
        for number in range(1, count + 1):
            ids = {kind: number * 10 + place for place, kind in enumerate(kinds)}
            people.append(
                {
                    "id": number,
                    "kind": "citizen",
                    "name": tx.seal(f"person.name:{number}", "王建国"),
                    "created_at": tx.at,
                }
            )
            for kind, thing in ids.items():
                before = "-"
                for step, (move, state) in enumerate(steps[kind], 1):
                    rows.append(
                        {
                            "thing_id": thing,
                            "number": step,
                            "previous": step - 1 or None,
                            "kind": kind.value,
                            "move": move,
                            "from_state": before,
                            "to_state": state,
                            "at": tx.at,
                            "until": None,
                            "back_to": None,
                        }
                    )
                    before = state
                seal = seal_of(tx.vault, rows[-1])
                things.append({"id": thing, "kind": kind.value, "seal": seal})
            made.append(
                {
                    "id": ids[Kind.LIFE],
                    "person_id": number,
                    "generation": Generation.THIRD.value,
                    "region": "110000",
                    "bank": BANK,
                    "social_id": ids[Kind.SOCIAL],
                    "financial_id": ids[Kind.FINANCIAL],
                    "transit_id": ids[Kind.TRANSIT],
                    "park_id": ids[Kind.PARK],
                }
            )
            pleas.append(
                {
                    "id": ids[Kind.APPLICATION],
                    "person_id": number,
                    "sort": "first",
                    "bank": BANK,
                    "card_id": ids[Kind.LIFE],
                    "open": True,
                    "applied_at": tx.at,
                }
            )
        for table, values in (
            (THING, things),
            (PERSON, people),
            (CARD, made),
            (APPLICATION, pleas),
            (HISTORY, rows),
        ):
            tx.connection.execute(insert(table), values)
