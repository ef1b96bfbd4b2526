"""R-AGENT: a holder's standing authorisation, service by service, until a day, or taken back."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from offered import do, noted, two
from registry import ALL_PAPERS, Bench, bench, citizen_id, named

from terminal.beijing_time import BEIJING
from terminal.errors import (
    PersonDiffers,
    PersonUnknown,
    RequestWrong,
    RuleRefused,
    SecondWanted,
)
from terminal.registry import representations
from terminal.registry.persons import Person
from terminal.rules.documents import DocumentKind, DocumentNumber
from terminal.rules.vocabulary import Actor, Channel, Paper, Service
from terminal.services.offered.authorise import authorise, withdraw
from terminal.services.offered.request import Named

AGENT = Named(DocumentNumber(DocumentKind.CITIZEN_ID, citizen_id(99)), "赵代理")
TWO = frozenset({Service.STATUS, Service.LOSS_TEMP})


def asks(on: Bench, person: Person, service: Service, channel: Channel = Channel.DISTRICT) -> None:
    """Have the agent ask for a service."""
    do(on, service, person, channel, actor=Actor.AGENT, representative=AGENT)


def test_r_agent_an_authorisation_covers_what_it_names_until_its_day(tmp_path: Path) -> None:
    """To the last second of its last day, and for nothing else."""
    on = bench(tmp_path)
    person = on.person()
    on.card(person)
    made = authorise(on.desk(), named(person), AGENT, TWO, date(2026, 3, 31))
    assert made.services == TWO
    assert made.until == datetime(2026, 4, 1, tzinfo=BEIJING)
    asks(on, person, Service.STATUS)
    asks(on, person, Service.STATUS, Channel.HOTLINE)
    with pytest.raises(RuleRefused) as refused:
        asks(on, person, Service.PIN_CHANGE, Channel.ONLINE)
    assert "第 24 条" in refused.value.cause("zh")
    on.now = datetime(2026, 3, 31, 23, 59, 59, tzinfo=BEIJING)
    asks(on, person, Service.STATUS, Channel.ONLINE)
    on.now += timedelta(seconds=1)
    with pytest.raises(RuleRefused):
        asks(on, person, Service.STATUS, Channel.ONLINE)


def test_r_agent_a_fresh_paper_counts_beside_one_on_record(tmp_path: Path) -> None:
    """双方证件原件以及书面授权委托书 (Art. 24): all three on the desk are enough."""
    on = bench(tmp_path)
    person = on.person()
    on.card(person)
    authorise(on.desk(), named(person), AGENT, {Service.ENABLE}, date(2026, 3, 31))
    asks(on, person, Service.STATUS)
    on.later(days=60)
    asks(on, person, Service.LOSS_TEMP)
    papers = ALL_PAPERS - {Paper.AUTHORISATION}
    with pytest.raises(RuleRefused):
        do(
            on,
            Service.STATUS,
            person,
            Channel.DISTRICT,
            actor=Actor.AGENT,
            representative=AGENT,
            papers=papers,
        )


def test_r_agent_what_is_taken_back_is_over_at_once(tmp_path: Path) -> None:
    """A holder who no longer trusts an agent is not asked to wait."""
    on = bench(tmp_path)
    person = on.person()
    on.card(person)
    made = authorise(on.desk(), named(person), AGENT, TWO)
    asks(on, person, Service.STATUS)
    for _ in range(2):
        assert withdraw(on.desk(), named(person), made.id).ended_at is not None
    for channel in (Channel.DISTRICT, Channel.HOTLINE):
        with pytest.raises(RuleRefused):
            asks(on, person, Service.STATUS, channel)
    assert len(noted(on, action="withdraw")) == 1
    authorise(on.desk(), named(person), AGENT, {Service.STATUS})
    asks(on, person, Service.STATUS, Channel.HOTLINE)


def test_r_agent_a_paper_shown_for_one_service_does_not_bar_another(tmp_path: Path) -> None:
    """What a desk noted of yesterday's paper says nothing of today's."""
    on = bench(tmp_path)
    person = on.person()
    on.card(person)
    asks(on, person, Service.STATUS)
    asks(on, person, Service.LOSS_TEMP)
    with on.registry.reading() as tx:
        assert representations.covers(tx, person.id, AGENT.document, Service.STATUS) is None
    with pytest.raises(RuleRefused) as refused:
        asks(on, person, Service.STATUS, Channel.HOTLINE)
    assert "没有登记" in refused.value.cause("zh")


def test_an_authorisation_is_put_on_record_once(tmp_path: Path) -> None:
    """A clerk who presses twice makes one record; another term is another record."""
    on = bench(tmp_path)
    person = on.person()
    first = authorise(on.desk(), named(person), AGENT, TWO, date(2026, 6, 30))
    again = authorise(on.desk(), named(person), AGENT, TWO, date(2026, 6, 30))
    other = authorise(on.desk(), named(person), AGENT, TWO, date(2026, 7, 31))
    assert first.id == again.id != other.id
    notes = noted(on, action="authorise")
    assert len(notes) == 2
    assert notes[0].note.facts["services"] == "S-LOSS-TEMP S-STATUS"
    assert AGENT.document.number not in str([each.note for each in notes])
    assert "赵代理" not in str([each.note for each in notes])


@pytest.mark.parametrize(
    "services",
    [
        frozenset(),
        frozenset({Service.PIN_RESET}),
        frozenset({Service.STATUS, Service.UNLOSS}),
        frozenset({Service.FEEDBACK}),
    ],
)
def test_r_agent_names_what_may_be_entrusted(tmp_path: Path, services: frozenset[Service]) -> None:
    """Art. 24 is a list: a reset PIN in an agent's hands is the holder's money."""
    on = bench(tmp_path)
    person = on.person()
    with pytest.raises(RequestWrong):
        authorise(on.desk(), named(person), AGENT, services)
    with on.registry.reading() as tx:
        assert representations.of_person(tx, person.id) == ()


def test_an_authorisation_that_makes_no_sense_is_refused(tmp_path: Path) -> None:
    """A day that has passed, the holder as their own agent, a holder that nobody knows."""
    on = bench(tmp_path)
    person = on.person()
    with pytest.raises(RequestWrong) as wrong:
        authorise(on.desk(), named(person), AGENT, TWO, date(2026, 3, 1))
    assert "2026-03-01" in wrong.value.cause("zh")
    authorise(on.desk(), named(person), AGENT, TWO, date(2026, 3, 2))
    with pytest.raises(RequestWrong):
        authorise(on.desk(), named(person), named(person), TWO)
    with pytest.raises(PersonUnknown):
        authorise(on.desk(), AGENT, named(person), TWO)
    with pytest.raises(PersonDiffers):
        authorise(on.desk(), replace(named(person), name="王小二"), AGENT, TWO)


def test_r_agent_an_authorisation_is_seen_by_somebody(tmp_path: Path) -> None:
    """By telephone it is taken back, never put on record."""
    on = bench(tmp_path)
    person = on.person()
    for channel in (Channel.HOTLINE, Channel.ONLINE, Channel.BANK_PHONE):
        with pytest.raises(RequestWrong):
            authorise(on.desk(channel), named(person), AGENT, TWO)
    made = authorise(on.desk(Channel.DISTRICT), named(person), AGENT, TWO)
    assert withdraw(on.desk(Channel.HOTLINE), named(person), made.id).ended_at == on.now


def test_an_authorisation_of_a_cut_name_takes_two(tmp_path: Path) -> None:
    """Whose hand signed is looked at by two where the reader shows half a name."""
    on = bench(tmp_path)
    person = on.person(name="阿卜杜热西提·麦麦提吐尔逊·买买提艾力")
    cut = replace(named(person, from_reader=True), name=person.name.reveal()[:15])
    with pytest.raises(SecondWanted):
        authorise(on.desk(), cut, AGENT, TWO)
    assert authorise(two(on.desk()), cut, AGENT, TWO).services == TWO


def test_another_persons_authorisation_is_not_taken_back(tmp_path: Path) -> None:
    """A number on a screen is no right to end what somebody else wrote."""
    on = bench(tmp_path)
    person, other = on.person(), on.person("李秀英", 2)
    made = authorise(on.desk(), named(person), AGENT, TWO)
    for number in (made.id, 4711):
        with pytest.raises(RequestWrong):
            withdraw(on.desk(), named(other), number)
    with on.registry.reading() as tx:
        assert representations.get(tx, made.id).ended_at is None
        with pytest.raises(KeyError):
            representations.get(tx, 4711)
