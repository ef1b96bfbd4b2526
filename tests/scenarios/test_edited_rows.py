"""Rows of the registry that somebody edited by hand: refused, or found by the check, and said why.

Never a traceback, never a silent pass.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from applying import apply_for
from offered import do
from refusals import refused
from registry import Bench, bench, citizen_id, named

from emulator.parties.party import Fault
from terminal.errors import AuditBroken, PersonalDataDamaged, RegistryDamaged, RuleRefused
from terminal.registry import watch
from terminal.registry.audit_check import Wrong, verify
from terminal.registry.cards import Card
from terminal.registry.checking import database_findings
from terminal.registry.persons import Person
from terminal.registry.stamps import stamp_all
from terminal.rules.vocabulary import Channel, Service
from terminal.services.offered import delivery


@pytest.fixture
def on(tmp_path: Path) -> Bench:
    return bench(tmp_path)


@pytest.fixture
def person(on: Bench) -> Person:
    return on.person()


@pytest.fixture
def card(on: Bench, person: Person) -> Card:
    return on.card(person)


def edited(on: Bench, *changes: str, triggers: bool = False, constraints: bool = True) -> None:
    """Change the database past all of us; ``triggers``: what was in the way is put back."""
    raw = on.registry.engine.raw_connection()
    connection: Any = raw.driver_connection
    connection.execute("PRAGMA foreign_keys=OFF")
    connection.execute(f"PRAGMA ignore_check_constraints={'OFF' if constraints else 'ON'}")
    listed = "SELECT name, sql FROM sqlite_master WHERE type='trigger'"
    kept = connection.execute(listed).fetchall()
    for name, _ in kept:
        connection.execute(f"DROP TRIGGER {name}")
    for change in changes:
        assert connection.execute(change).rowcount > 0, change
    for _, sql in kept if triggers else ():
        connection.execute(sql)
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA ignore_check_constraints=OFF")
    raw.close()


def stamped_anew(on: Bench) -> None:
    """Make all stamps anew, as only who has the key can."""
    with on.registry.engine.begin() as connection:
        stamp_all(connection, on.registry.vault)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE history SET to_state='on' WHERE thing_id={social} AND number=3",
        "UPDATE history SET to_state='alive' WHERE thing_id={social} AND number=3",
        "UPDATE history SET kind='park' WHERE thing_id={social} AND number=3",
        "DELETE FROM history WHERE thing_id={social} AND number=2",
        "DELETE FROM history WHERE thing_id={social} AND number=3",
        "DELETE FROM history WHERE thing_id={social} AND number>1",
        "DELETE FROM history WHERE thing_id={social}",
        "UPDATE history SET at=at-1 WHERE thing_id={social} AND number=3",
        "UPDATE thing SET seal=NULL WHERE id={social}",
        "UPDATE thing SET seal=(SELECT seal FROM thing WHERE id={life}) WHERE id={social}",
        "UPDATE history SET at='gestern' WHERE thing_id={social} AND number=3",
        "UPDATE card SET social_id={life} WHERE id={life}",
    ],
)
def test_a_history_that_was_edited(on: Bench, person: Person, card: Card, change: str) -> None:
    """State changed, row removed, triggers put back: no service goes by what is left."""
    do(on, Service.LOSS_TEMP, person, Channel.HOTLINE)
    do(on, Service.LOSS_FULL, person)
    spoilt = change.format(social=card.social.thing_id, life=card.life.thing_id)
    edited(on, spoilt, triggers=True)
    for service in (Service.STATUS, Service.REPLACE, Service.UNLOSS):
        error = refused(
            on,
            RegistryDamaged,
            lambda service=service: do(on, service, person),  # type: ignore[misc]  # bound at once
        )
        assert "不要删除或修改它" in error.advice("zh")
    if "UPDATE card" not in change:  # a card's parts are looked at with the card
        found = [each.zh for each in database_findings(on.registry)]
        assert any("状态记录" in each or "这一栏" in each for each in found), found


def test_a_history_without_its_triggers_is_no_history(
    on: Bench, person: Person, card: Card
) -> None:
    """Who removes the last row has to take the triggers away: the check names each of them."""
    do(on, Service.LOSS_FULL, person)
    edited(on, f"DELETE FROM history WHERE thing_id={card.social.thing_id} AND number=2")
    found_wrong = [each.zh for each in database_findings(on.registry)]
    assert any("history" in each and "触发器" in each for each in found_wrong)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE person SET name=(SELECT name FROM person WHERE id=2) WHERE id=1",
        "UPDATE person SET mobile=(SELECT address FROM person WHERE id=2) WHERE id=1",
        "UPDATE identity SET number=(SELECT number FROM identity WHERE id=2) WHERE id=1",
        "UPDATE card SET account=(SELECT account FROM card WHERE person_id=2) WHERE person_id=1",
        "UPDATE person SET name=x'00' WHERE id=1",
    ],
)
def test_a_ciphertext_that_was_moved(on: Bench, person: Person, card: Card, change: str) -> None:
    """Another's name, account or number: the row's stamp tells, and were it made anew, the seal."""
    on.card(on.person("李四光", 2, address="北京市"))
    edited(on, change, triggers=True)
    for error in (RegistryDamaged, PersonalDataDamaged):
        for service in (Service.STATUS, Service.LOSS_FULL):
            refused(
                on,
                error,
                lambda service=service: do(on, service, person),  # type: ignore[misc]  # bound at once
                citizen_id(2),
                "李四光",
            )
        stamped_anew(on)


def test_an_index_that_leads_to_a_namesake(on: Bench, person: Person, card: Card) -> None:
    """Two people of one name: whoever turns the index round gets nothing done for the other."""
    namesake = on.person("王建国", 2)
    edited(
        on,
        "UPDATE identity SET blind=x'01' WHERE person_id=1",
        "UPDATE identity SET ended_at=1 WHERE person_id=2",
        "UPDATE identity SET blind=(SELECT blind FROM identity WHERE person_id=2)"
        " WHERE person_id=1",
    )
    refused(on, RegistryDamaged, lambda: do(on, Service.STATUS, namesake))
    stamped_anew(on)
    refused(on, PersonalDataDamaged, lambda: do(on, Service.STATUS, namesake))


def test_a_seat_that_was_taken_away_gives_no_second_card(
    on: Bench, person: Person, card: Card
) -> None:
    """一人一卡 also where only the card itself still says so, and the city is mute."""
    edited(on, "DELETE FROM seat")
    on.others.set("card_management", Fault.DOWN)
    error = refused(on, RuleRefused, lambda: apply_for(on, named(person)))
    assert "第 4 条" in error.cause("zh")


def test_an_obligation_that_was_turned_round(on: Bench, person: Person, card: Card) -> None:
    """A stop that somebody makes a return of does not open at the bank."""
    on.others.set("bank", Fault.DOWN)
    do(on, Service.LOSS_TEMP, person)
    on.others.set("bank", Fault.UP)
    on.later(hours=2)
    edited(on, "UPDATE duty SET call='restore_financial' WHERE call='stop_financial'")
    refused(on, RegistryDamaged, lambda: delivery.run_due(on.desk()))
    stamped_anew(on)
    refused(on, PersonalDataDamaged, lambda: delivery.run_due(on.desk()))
    assert "restore_financial" not in on.others.calls("bank")


OF_LIFE = 253_402_300_800_000_000
"""A moment after the year 9999, in microseconds."""


@pytest.mark.parametrize(
    ("change", "service"),
    [
        ("UPDATE card SET social_id=(SELECT social_id FROM card WHERE person_id=2)", None),
        ("UPDATE card SET person_id=2 WHERE person_id=1", None),
        ("UPDATE card SET person_id=1 WHERE person_id=2", Service.STATUS),
        ("UPDATE card SET bank='ICBC' WHERE person_id=1", Service.LOSS_FULL),
        ("UPDATE card SET generation='2' WHERE person_id=1", Service.RENEW),
        ("UPDATE card SET pin_set=0 WHERE person_id=1", Service.STATUS),
        ("UPDATE seat SET person_id=3, card_id=NULL, application_id=9 WHERE person_id=1", None),
        ("UPDATE seat SET application_id=card_id WHERE person_id=1", Service.RENEW),
        ("UPDATE person SET deceased_on='2026-01-01' WHERE id=1", Service.STATUS),
        ("UPDATE person SET kind='foreigner' WHERE id=1", Service.STATUS),
        (f"UPDATE person SET created_at={OF_LIFE} WHERE id=1", Service.STATUS),
        ("UPDATE identity SET ended_at=1 WHERE person_id=1", Service.STATUS),
        ("UPDATE run SET state='left', ended_at=5 WHERE person_id=1", Service.STATUS),
        ("UPDATE run SET service='S-NONE' WHERE person_id=1", Service.STATUS),
        ("UPDATE duty SET state='done', settled_at=5 WHERE person_id=1", Service.STATUS),
        ("UPDATE duty SET next_at=next_at+1 WHERE person_id=1", Service.STATUS),
        (f"UPDATE duty SET made_at={OF_LIFE} WHERE person_id=1", Service.STATUS),
        ("UPDATE duty SET stamp=NULL WHERE person_id=1", Service.STATUS),
        (
            "UPDATE duty SET stamp=(SELECT stamp FROM duty WHERE person_id=2) WHERE person_id=1",
            Service.STATUS,
        ),
        ("UPDATE blacklist SET ended_at=5", Service.RENEW),
    ],
)
def test_a_plain_column_that_was_edited(
    on: Bench, person: Person, card: Card, change: str, service: Service | None
) -> None:
    """Whose, which, owed and dead stand in the clear: each row's stamp says what was written.

    Whatever is not looked at with the service is found by the check.
    """
    other = on.person("李四光", 2)
    on.card(other)
    with on.registry.writing() as tx:
        watch.put_on(tx, "冒用", person_id=person.id)
    on.others.set("bank", Fault.DOWN)
    for each in (person, other):
        do(on, Service.LOSS_TEMP, each)
    on.others.set("bank", Fault.UP)
    assert database_findings(on.registry) == ()
    edited(on, change, triggers=True, constraints=False)
    assert database_findings(on.registry)
    if service is not None:
        refused(on, RegistryDamaged, lambda: do(on, service, person))


@pytest.mark.parametrize("table", ["duty", "run", "blacklist", "card", "identity", "thing"])
def test_a_row_that_was_taken_away(on: Bench, person: Person, card: Card, table: str) -> None:
    """A payout, a loss, a listing gone: a gap where it was, and things without an owner."""
    other = on.person("李四光", 2)
    on.card(other)
    with on.registry.writing() as tx:
        for each in (person, other):
            watch.put_on(tx, "冒用", person_id=each.id)
    for each in (person, other):
        do(on, Service.LOSS_TEMP, each)
    assert database_findings(on.registry) == ()
    edited(on, f"DELETE FROM {table} WHERE id=1", triggers=True, constraints=False)
    assert database_findings(on.registry)


def test_moves_that_somebody_allowed(on: Bench, person: Person, card: Card) -> None:
    """The database's list is what holds other programs to the rules."""
    edited(on, "INSERT INTO allowed_move VALUES ('social', 'revive', 'ended', 'on')", triggers=True)
    assert "允许的状态变化" in "".join(each.zh for each in database_findings(on.registry))


def test_an_audit_whose_end_was_edited_takes_no_more(on: Bench, person: Person, card: Card) -> None:
    """What cannot be put on record is not done: neither a look nor a loss."""
    do(on, Service.STATUS, person)
    edited(on, "UPDATE audit_head SET number=number+1 WHERE chain='A01'", triggers=True)
    for service in (Service.STATUS, Service.LOSS_TEMP):
        refused(on, AuditBroken, lambda service=service: do(on, service, person))  # type: ignore[misc]  # bound at once


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ("UPDATE audit SET operator='nobody' WHERE number=2", {Wrong.ALTERED}),
        ("DELETE FROM audit WHERE number=2", {Wrong.MISSING}),
        ("DELETE FROM audit WHERE number=3", {Wrong.CUT}),
        ("DELETE FROM audit_head WHERE chain='A01'", {Wrong.NO_END, Wrong.CHAINS}),
    ],
)
def test_an_audit_that_was_edited_is_found(
    on: Bench, person: Person, card: Card, change: str, wrong: set[Wrong]
) -> None:
    """What is put for what, left out, cut off: found by its number, with the reason."""
    for _ in range(3):
        do(on, Service.STATUS, person)
    with on.registry.reading() as tx:
        assert verify(tx) == []
    edited(on, change, triggers=True)
    with on.registry.reading() as tx:
        found_wrong = verify(tx)
    assert {each.what for each in found_wrong} == wrong
    assert all(each.text.zh for each in found_wrong)
