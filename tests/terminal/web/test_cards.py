"""The room of cards: whose it is, and one act a key, however its pages are used."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from card_pages import BY_TWO, done, filled, key_of, sent
from console_in_process import PATIENCE, ConsoleInProcess
from day_pages import acts, day_console, plain, troubles_of
from serving_desk import AGENT, ISSUER, noted

from terminal.rules.vocabulary import Channel
from terminal.services.acts import Act
from terminal.web.card_acts import SECTIONS, CardAct, Section, Work
from terminal.web.card_specs import SPECS
from terminal.web.messages import By, DoWork
from terminal.web.pages import cards_rows
from terminal.web.sessions import CardDraft

KEY = "20261128-AAAA-BBBB-CCCC"
LONGEST_SERVICE = 20


@pytest.fixture
def counter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[ConsoleInProcess]:
    """Open a console whose registry knows somebody with a card."""
    with day_console(tmp_path, monkeypatch, capsys) as made:
        made.desk.card_of()
        yield made


# --- Whose it is ---------------------------------------------------------------------------------


def test_each_part_is_there(counter: ConsoleInProcess) -> None:
    """A clerk finds every part from the first page of the room, and each is fit for everybody."""
    li = counter.signed_in()
    assert 'href="/cards"' in li.get("/").text
    room = li.get("/cards")
    assert troubles_of(room) == []
    for section in Section:
        assert f'href="/cards/{section.value}"' in room.text
        page = li.get(f"/cards/{section.value}")
        assert page.status_code == 200
        assert troubles_of(page) == []
        assert SECTIONS[section][0].zh in plain(page)
    li.send("/language", {"language": "en", "next": "/cards"})
    assert "Found and misused cards" in plain(li.get("/cards"))


def test_who_makes_cards_sees_production_alone(counter: ConsoleInProcess) -> None:
    """The roles are the command line's: what is offered is what may be done."""
    wu = counter.signed_in(ISSUER)
    room = wu.get("/cards").text
    assert 'href="/cards/production"' in room
    assert 'href="/cards/found"' not in room
    for section in set(Section) - {Section.PRODUCTION}:
        assert "role_missing" in wu.get(f"/cards/{section.value}").text
    assert wu.get("/cards/do/custody-recall?number=1").status_code == 403


def test_a_draft_is_no_way_around_the_roles(counter: ConsoleInProcess) -> None:
    """Each step asks again who it is: what a supervisor began a clerk does not end."""
    li = counter.signed_in()
    li.session.card_draft(CardDraft(KEY, CardAct.MADE, 1))
    path = f"/cards/draft/{KEY}"
    for answer in (
        li.get(path),
        li.post(path, {"number": "x", "chip": "y"}),
        li.get(f"{path}/check"),
        li.post(f"{path}/do"),
    ):
        assert answer.status_code == 403


@pytest.mark.parametrize("operator", ["shen", AGENT])
def test_an_auditor_and_an_agent_have_no_part(counter: ConsoleInProcess, operator: str) -> None:
    """Who looks at what others did, or sits at a telephone, has no cards in hand."""
    browser = counter.signed_in(operator)
    assert 'href="/cards"' not in browser.get("/day").text
    assert browser.get("/cards").status_code == 403
    assert browser.get("/cards/do/deaths-fetch").status_code == 403


def test_by_telephone_there_is_no_such_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither card nor paper is there."""
    channel = Channel.HOTLINE.value
    with day_console(tmp_path, monkeypatch, capsys, channel=channel) as made:
        zhang = made.signed_in("zhang")
        assert 'href="/cards"' not in zhang.get("/day").text
        assert zhang.get("/cards").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/cards/nowhere",
        "/cards/do/nothing",
        "/cards/do/found-destroy",
        "/cards/do/deaths-fetch?number=1",
    ],
)
def test_what_is_no_page(counter: ConsoleInProcess, path: str) -> None:
    """An address made by hand leads nowhere; an act that is about something names it."""
    assert counter.signed_in().get(path).status_code == 404


@pytest.mark.parametrize("number", ["x", "-1", "9" * 30, "１"])
def test_a_number_that_is_none(counter: ConsoleInProcess, number: str) -> None:
    """What stands in an address is no number until it is looked at."""
    assert counter.signed_in().get(f"/cards/do/found-destroy?number={number}").status_code == 404


def test_every_act_is_described() -> None:
    """An act without a sentence, or a field without a word, would be a riddle on its page."""
    for act, spec in SPECS.items():
        assert spec.title.zh, act
        assert spec.will.en, act
        assert len(act) <= LONGEST_SERVICE  # the audit's column
        names = [each.name for each in spec.fields]
        assert len(names) == len(set(names))


# --- One act a key -------------------------------------------------------------------------------


def test_sent_twice_it_is_one_act(counter: ConsoleInProcess) -> None:
    """A double click, a reload and a second window: one card taken in, told of once."""
    li = counter.signed_in()
    page = filled(li, CardAct.HAND_IN, {"number": "A00100012"})
    assert "王建国" in plain(page)
    for _ in range(2):
        shown = sent(counter, li, page)
        assert "已办理" in plain(shown)
        assert "王建国" not in plain(shown)
    assert len(acts(counter, Act.HAND_IN)) == 1
    assert len(counter.desk.others.city.messages.sent) == 1
    assert li.get(page.url.path).status_code == 200  # the back button
    assert "已办理" in li.get(f"/part/cards/run/{key_of(page)}").text


def test_sent_at_the_same_time_it_is_one_act(counter: ConsoleInProcess) -> None:
    """Two clicks in one moment find one run: who comes second gets the first one's."""
    console, job = counter.console, DoWork(By("li"), Work(CardAct.FETCH_DEATHS), KEY)
    runs = [console.card_runs.start(CardAct.FETCH_DEATHS, console.crew.at(), job) for _ in range(2)]
    assert runs[0] is runs[1]
    runs[0].future.result(PATIENCE)


def test_what_is_done_is_not_filled_in_anew(counter: ConsoleInProcess) -> None:
    """Who goes back and changes the form sees what was done; another card is another key."""
    _, other = counter.desk.card_of(2, "李四")
    li = counter.signed_in()
    page = filled(li, CardAct.HAND_IN, {"number": "A00100012"})
    sent(counter, li, page)
    again = li.post(f"/cards/draft/{key_of(page)}", {"number": other.number})
    assert again.url.path == f"/cards/run/{key_of(page)}"
    assert len(acts(counter, Act.HAND_IN)) == 1


def test_another_windows_form_finds_it_done(counter: ConsoleInProcess) -> None:
    """Two forms have two keys: behind them the registry knows that it is done."""
    li = counter.signed_in()
    first = filled(li, CardAct.HAND_IN, {"number": "A00100012"})
    second = filled(li, CardAct.HAND_IN, {"number": "A00100012"})
    for page in (first, second):
        assert "已办理" in plain(sent(counter, li, page))
    assert len(acts(counter, Act.HAND_IN)) == 1


def test_what_was_checked_leaves_nothing(counter: ConsoleInProcess) -> None:
    """Trying an act out says what would come of it; only the look is on record."""
    li = counter.signed_in()
    page = filled(li, CardAct.HAND_IN, {"number": "A00100012"})
    assert "保管至" in plain(page)
    assert acts(counter, Act.HAND_IN) == ()
    assert counter.desk.others.city.messages.sent == []
    assert "本网点没有收存拾获的卡" in plain(li.get("/cards/found"))
    (look,) = noted(counter.desk, action="look")
    assert (look.note.service, look.note.facts) == ("found-hand-in", {"revealed": True})


def test_a_form_of_another_sign_in_is_stale(counter: ConsoleInProcess) -> None:
    """Nobody's click is another's act."""
    li = counter.signed_in()
    page = filled(li, CardAct.HAND_IN, {"number": "A00100012"})
    key = key_of(page)
    for path in (f"/cards/draft/{key}", f"/cards/draft/{key}/do", "/cards/agents"):
        assert "page_stale" in li.send(path, {"csrf": "another"}).text
    assert acts(counter, Act.HAND_IN) == ()


def test_what_is_gone(counter: ConsoleInProcess) -> None:
    """After a restart a page sends to the lists, and never says that nothing was done."""
    li = counter.signed_in()
    for answer in (
        li.get(f"/cards/run/{KEY}"),
        li.get(f"/cards/draft/{KEY}/check"),
        li.post(f"/cards/draft/{KEY}/do"),
    ):
        assert answer.status_code == 404
        assert "请在卡务的清单里核对" in plain(answer)
    assert "draft_gone" in li.get(f"/cards/draft/{KEY}").text


def test_unfinished_pages_lead_to_the_step_before(counter: ConsoleInProcess) -> None:
    """An address that is ahead of its form is sent back to it."""
    li = counter.signed_in()
    form = li.get("/cards/do/found-hand-in")
    key = key_of(form)
    for path in (f"/cards/draft/{key}/check", f"/cards/run/{key}"):
        assert li.get(path).url.path == form.url.path
    assert li.post(f"/cards/draft/{key}/do").url.path == form.url.path


def test_two_people_are_two(counter: ConsoleInProcess) -> None:
    """Where two do it, nobody is both, no password is guessed, and grounds are stated."""
    li = counter.signed_in()
    fields = {"matter": "borrowed", "told": "他人持卡冒领"}
    page = filled(li, CardAct.REPORT, fields)
    key = key_of(page)
    for lacking in ({"second": ""}, {"second": "li"}, {"second_password": "wrong"}):
        answer = li.post(f"/cards/draft/{key}/do", {**BY_TWO, **lacking})
        assert answer.status_code == 409
        assert 'role="alert"' in answer.text
        assert troubles_of(answer) == []
        assert counter.console.card_runs.get(key) is None
    shown = sent(counter, li, page, {**BY_TWO, "reason": ""})
    assert "没有写明依据" in plain(shown)
    assert "再试一次" in plain(shown)
    assert "已办理" in plain(sent(counter, li, page, BY_TWO))
    assert len(acts(counter, Act.INTEGRITY)) == 1


def test_long_lists_have_pages(counter: ConsoleInProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list is bounded, the newest first, and the rest is a page away."""
    monkeypatch.setattr(cards_rows, "AT_ONCE", 1)
    _, other = counter.desk.card_of(2, "李四")
    li = counter.signed_in()
    for number in ("A00100012", other.number):
        done(counter, li, CardAct.HAND_IN, {"number": number})
    page = li.get("/cards/found")
    assert "（共 2）" in plain(page)
    assert "李*" in plain(page)
    assert "王**" not in plain(page)
    older = li.get("/cards/found?kept=1")
    assert "王**" in plain(older)
    assert "前一页" in plain(older)
    assert "王**" in plain(li.get("/cards/found?kept=999"))
    assert "李*" in plain(li.get("/cards/found?kept=x"))
