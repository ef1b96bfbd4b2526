"""Authorisations, cards from before and deaths at the console: each once, else the reason."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from card_pages import BY_TWO, document, done, filled, sent
from console_in_process import PATIENCE, Browser, ConsoleInProcess
from day_pages import acts, day_console, plain, troubles_of
from handing_over import group
from registry import citizen_id
from serving_desk import NAME, chip_of, made_of, noted

from emulator.parties.party import Fault
from terminal.registry import persons, watch
from terminal.registry.persons import Person
from terminal.services.acts import Act
from terminal.web.card_acts import CardAct


@pytest.fixture
def counter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[ConsoleInProcess]:
    """Open a console of a bank's desk."""
    with day_console(tmp_path, monkeypatch, capsys) as made:
        yield made


@pytest.fixture
def person(counter: ConsoleInProcess) -> Person:
    """Put somebody on record."""
    return counter.desk.person()


# --- Authorisations ------------------------------------------------------------------------------


def found(li: Browser, fields: dict[str, str] | None = None) -> str:
    """Find somebody's authorisations; gives the id of who was found."""
    page = li.post("/cards/agents", fields or document())
    assert page.status_code == 200, plain(page)
    assert troubles_of(page) == []
    return page.url.path.removeprefix("/cards/agents/")


def entrusted(**more: Any) -> dict[str, Any]:
    """Give what a form says of an authorisation."""
    services = ["S-ENABLE", "S-LOSS-TEMP"]
    return {**document(2, "李四", "acting"), "services": services, "until": "2036-01-31"} | more


def test_put_on_record_and_withdrawn(counter: ConsoleInProcess, person: Person) -> None:
    """The holder is found once; the agent, the services and the day are what was filled in."""
    li = counter.signed_in()
    guest = found(li)
    page = filled(li, CardAct.AUTHORISE, entrusted(), guest=guest)
    for said in (NAME, citizen_id(1), "李四", citizen_id(2), "2036-01-31"):
        assert said in plain(page)
    said = plain(sent(counter, li, page))
    assert "李*" in said
    assert "李四" not in said
    assert "2036-01-31 24:00" in said
    listed = li.get(f"/cards/agents/{guest}")
    assert "启用社会保障功能" in plain(listed)
    assert "李四" not in plain(listed)
    assert f"/cards/do/agent-withdraw?number=1&amp;guest={guest}" in listed.text
    page = filled(li, CardAct.WITHDRAW_AGENT, number=1, guest=guest)
    assert "李四" in plain(page)
    assert "已撤销" in plain(sent(counter, li, page))
    assert "agent-withdraw" not in li.get(f"/cards/agents/{guest}").text
    assert (len(acts(counter, Act.AUTHORISE)), len(acts(counter, Act.WITHDRAW))) == (1, 1)


def test_the_look_is_on_record(counter: ConsoleInProcess, person: Person) -> None:
    """Who looks at whose authorisations is known, and the number stands in no address."""
    li = counter.signed_in()
    guest = found(li)
    assert citizen_id(1) not in li.get(f"/cards/agents/{guest}").text
    looks = noted(counter.desk, action="look", service="agent-authorise")
    assert {each.note.person_id for each in looks} == {person.id}


@pytest.mark.parametrize("fields", [{}, document(name=""), document(name="ab1"), {"csrf": "x"}])
def test_nobody_is_found_by_less(
    counter: ConsoleInProcess, person: Person, fields: dict[str, str]
) -> None:
    """A document is a number keyed in twice and a name."""
    assert counter.signed_in().post("/cards/agents", fields).status_code in {403, 422}


def test_a_stranger_authorises_nobody(counter: ConsoleInProcess) -> None:
    """Whom the registry does not know is told as that."""
    li = counter.signed_in()
    page = li.post("/cards/agents", document(7, "李小明"))
    assert "登记库中没有此人" in plain(page)
    assert "agent-authorise" not in page.text
    assert li.get("/cards/agents/nobody").status_code == 404


@pytest.mark.parametrize(
    "more",
    [
        {"services": []},
        {"services": ["S-GOSSIP"]},
        {"services": ["S-FEEDBACK"]},
        {"until": "2020-01-01"},
        {"until": "tomorrow"},
        {"acting.number": "", "acting.again": ""},
        {"acting.name": ""},
        document(1, NAME, "acting"),
        document(1, "李四"),
    ],
)
def test_an_authorisation_that_makes_no_sense(
    counter: ConsoleInProcess, person: Person, more: dict[str, Any]
) -> None:
    """Each slip is told on the form, and nothing is on record."""
    page = filled(counter.signed_in(), CardAct.AUTHORISE, {**document(), **entrusted(), **more})
    assert page.status_code in {409, 422}
    assert 'role="alert"' in page.text
    assert acts(counter, Act.AUTHORISE) == ()


def test_what_is_filled_in_is_kept(counter: ConsoleInProcess, person: Person) -> None:
    """Going back finds the form as it was, but for numbers, which are keyed in anew."""
    li = counter.signed_in()
    page = filled(li, CardAct.AUTHORISE, {**document(), **entrusted()})
    form = li.get(page.url.path.removesuffix("/check")).text
    assert 'value="2036-01-31"' in form
    assert 'value="S-ENABLE" checked' in form
    assert citizen_id(1) not in form


def test_watched_people_are_served_by_two(counter: ConsoleInProcess, person: Person) -> None:
    """The blacklist wants a second person: the page says why before anything is done."""
    with counter.desk.bench() as on, on.registry.writing() as tx:
        watch.put_on(tx, "曾被冒用", person_id=person.id)
    li = counter.signed_in()
    page = filled(li, CardAct.AUTHORISE, {**document(), **entrusted()})
    assert "须两人办理" in plain(page)
    assert sent(counter, li, page, {"second": "li"}).status_code == 409
    assert "已办理" in plain(sent(counter, li, page, BY_TWO))
    (act,) = acts(counter, Act.AUTHORISE)
    assert act.note.second == "zhang"


def test_a_doubt_that_comes_late(counter: ConsoleInProcess, person: Person) -> None:
    """Listed between the check and the last word: the second person is asked for then."""
    li = counter.signed_in()
    page = filled(li, CardAct.AUTHORISE, {**document(), **entrusted()})
    with counter.desk.bench() as on, on.registry.writing() as tx:
        watch.put_on(tx, "曾被冒用", person_id=person.id)
    refused = plain(sent(counter, li, page))
    assert "second_wanted" in refused
    assert "须两人办理" in plain(li.get(page.url.path))
    assert "已办理" in plain(sent(counter, li, page, BY_TWO))
    assert len(acts(counter, Act.AUTHORISE)) == 1


def test_nobodys_authorisation_is_withdrawn(counter: ConsoleInProcess, person: Person) -> None:
    """A number that is none, and one that is another's."""
    li = counter.signed_in()
    done(counter, li, CardAct.AUTHORISE, {**document(), **entrusted()})
    counter.desk.person(3, "李四")
    for number, whose in ((999, document()), (1, document(3, "李四"))):
        page = filled(li, CardAct.WITHDRAW_AGENT, whose, number=number)
        assert "request_wrong" in page.text
    assert acts(counter, Act.WITHDRAW) == ()


def test_a_document_is_read_for_a_part(counter: ConsoleInProcess) -> None:
    """What is filled in is kept meanwhile, and whoever gives up reading comes back to it."""
    li = counter.signed_in()
    form = li.get("/cards/do/agent-authorise")
    reading = li.post(f"{form.url.path}/read/acting", {"until": "2036-01-31"})
    assert reading.url.path == "/reading"
    assert li.session.reading is not None
    li.session.reading.future.exception(PATIENCE)
    assert f'href="{form.url.path}"' in li.get("/reading").text
    assert 'value="2036-01-31"' in li.get(form.url.path).text
    assert li.post(f"{form.url.path}/read/nobody").status_code == 404


# --- Cards from before ---------------------------------------------------------------------------


def lay_unknown(counter: ConsoleInProcess, sequence: int = 5, bank: str = "ICBC") -> Any:
    """Lay a card on that was issued elsewhere, which the city knows."""
    made = chip_of(sequence)
    number = made_of(made, sequence).number
    city = counter.desk.others.city.card_management
    city.add_card("citizen_id", citizen_id(sequence), number, bank)
    counter.desk.lay(made)
    return made


def test_a_card_issued_elsewhere(counter: ConsoleInProcess) -> None:
    """Document and chip agree with the city: both go on record, once, and are served then."""
    lay_unknown(counter)
    li = counter.signed_in()
    page = filled(li, CardAct.REGISTER, {**document(5), "mobile": "13911112222"})
    assert "第三代卡" in plain(page)
    assert acts(counter, Act.REGISTER_CARD) == ()
    said = plain(sent(counter, li, page))
    assert "王**" in said
    assert NAME not in said
    assert "先前已经办好" in done(counter, li, CardAct.REGISTER, document(5))
    assert len(acts(counter, Act.REGISTER_CARD)) == 1


def test_the_card_was_changed_meanwhile(counter: ConsoleInProcess) -> None:
    """What is put on record is the card that was checked, or none."""
    lay_unknown(counter)
    li = counter.signed_in()
    page = filled(li, CardAct.REGISTER, document(5))
    counter.desk.lay(chip_of(6))
    said = plain(sent(counter, li, page))
    assert "这不是刚才那张卡" in said
    assert acts(counter, Act.REGISTER_CARD) == ()


def test_what_does_not_fit_is_for_two(counter: ConsoleInProcess) -> None:
    """A card that the city does not know is put on record by two, who read its face."""
    counter.desk.lay(chip_of(5))
    li = counter.signed_in()
    assert "request_wrong" in filled(li, CardAct.REGISTER, document(5)).text  # no bank is named
    page = filled(li, CardAct.REGISTER, {**document(5), "bank": "BOB"})
    assert "市社保卡管理系统没有这张卡的记录" in plain(page)
    assert "已办理" in plain(sent(counter, li, page, BY_TWO))


def test_another_persons_card(counter: ConsoleInProcess) -> None:
    """Nobody gets another person's card in their name; without a card nothing is read."""
    li = counter.signed_in()
    assert "no_card" in filled(li, CardAct.REGISTER, document(5)).text
    lay_unknown(counter)
    assert "person_differs" in filled(li, CardAct.REGISTER, document(5, "李四")).text


def test_an_unknown_card_leads_to_it(counter: ConsoleInProcess) -> None:
    """Who lays a card on that nobody knows is led to where it is put on record."""
    li = counter.signed_in()
    page = li.post("/person", document(5))
    lay_unknown(counter)
    link = re.search(r'href="/cards/do/register-card\?guest=([^"]+)"', page.text)
    assert link is not None
    page = filled(li, CardAct.REGISTER, {}, guest=link[1])
    assert "已办理" in plain(sent(counter, li, page))


def test_an_electronic_card(counter: ConsoleInProcess, person: Person) -> None:
    """R-ECARD: what the city says is followed, there or there no more."""
    li = counter.signed_in()
    assert "rule_refused" in filled(li, CardAct.ELECTRONIC, document()).text
    city = counter.desk.others.city.card_management
    city.add_electronic("citizen_id", citizen_id(1), "E00000015", "2026-01-05")
    assert "已登记电子卡" in done(counter, li, CardAct.ELECTRONIC, document())
    assert "没有改动" in done(counter, li, CardAct.ELECTRONIC, document())
    city.add_electronic("citizen_id", citizen_id(1), "")
    assert "已登记为注销" in done(counter, li, CardAct.ELECTRONIC, document())
    assert len(acts(counter, Act.REGISTER_ELECTRONIC)) == 2


def test_a_mute_city(counter: ConsoleInProcess, person: Person) -> None:
    """Without its word nothing is put on record; the clerk learns whom to ask."""
    counter.desk.others.set("card_management", Fault.DOWN)
    page = filled(counter.signed_in(), CardAct.ELECTRONIC, document())
    assert "party_unreachable" in page.text


# --- Deaths --------------------------------------------------------------------------------------


def remind(counter: ConsoleInProcess, sequence: int) -> None:
    """Have the city remind of somebody's death today."""
    today = datetime.now(UTC).date().isoformat()
    city = counter.desk.others.city.card_management
    city.add_death("citizen_id", citizen_id(sequence), today)


def test_reminders_are_fetched_once(counter: ConsoleInProcess) -> None:
    """What is to be recalled is named; a stranger is named masked; it is told once."""
    with counter.desk.bench() as on:
        _, (card,) = group(on, 1)
    remind(counter, 20)
    remind(counter, 99)
    li = counter.signed_in()
    said = done(counter, li, CardAct.FETCH_DEATHS)
    assert f"要召回的卡 登记编号 {card.id}，最迟" in said
    assert "登记库中没有此人" in said
    assert citizen_id(99) not in said
    again = done(counter, li, CardAct.FETCH_DEATHS)
    assert "要召回的卡" not in again
    listed = plain(li.get("/cards/deaths"))
    assert "已停止发放" in listed
    assert "还没有取回过" not in listed


def test_a_wrong_death_is_taken_back(counter: ConsoleInProcess) -> None:
    """By two, once the authorities say alive; nobody else's is touched."""
    person = counter.desk.person(3)
    remind(counter, 3)
    li = counter.signed_in()
    done(counter, li, CardAct.FETCH_DEATHS)
    page = filled(li, CardAct.CORRECT_DEATH, document(3, ""))
    assert NAME in plain(page)
    assert "已更正为在世" in plain(sent(counter, li, page, BY_TWO))
    assert "先前已经办好" in done(counter, li, CardAct.CORRECT_DEATH, document(3), BY_TWO)
    assert len(acts(counter, Act.DEATH_CORRECTED)) == 1
    with counter.desk.bench() as on, on.registry.reading() as tx:
        assert persons.get(tx, person.id).alive
    assert "已更正，在世" in plain(li.get("/cards/deaths"))
    assert "person_unknown" in filled(li, CardAct.CORRECT_DEATH, document(8)).text
    assert filled(li, CardAct.CORRECT_DEATH, {}).status_code == 422
