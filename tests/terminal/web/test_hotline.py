"""The telephone in process: who calls is checked before anything is told, and all is on record."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from console_in_process import Browser, ConsoleInProcess, console_in_process
from httpx import Response
from registry import citizen_id
from serving_desk import AGENT, NAME, ServingDesk, noted

from terminal.registry import audit, opinions
from terminal.registry.audit import Note
from terminal.rules.states import Social
from terminal.services.offered.caller import MOST_A_CALL, MOST_A_DAY
from terminal.web.messages import By, Verify

CALL = "C-20260302-17"
REASON = f"call {CALL}"
MOBILE = "0000"


@pytest.fixture
def desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> ServingDesk:
    """Give a telephone whose registry knows one person with a card."""
    made = ServingDesk(tmp_path, monkeypatch, capsys).stocked()
    made.sit_at("HOTLINE")
    made.card_of()
    return made


@pytest.fixture
def counter(desk: ServingDesk) -> Iterator[ConsoleInProcess]:
    with console_in_process(desk) as opened:
        yield opened


@pytest.fixture
def agent(counter: ConsoleInProcess) -> Browser:
    return counter.signed_in(AGENT)


def answers(**said: str) -> dict[str, str]:
    """Give what a caller says who is who they say; ``said`` is said otherwise."""
    number = said.pop("number", citizen_id(1))
    return {
        "actor": "holder",
        "holder.kind": "citizen_id",
        "holder.number": number,
        "holder.again": number,
        "holder.name": NAME,
        "mobile": MOBILE,
        **said,
    }


def take(agent: Browser, number: str = CALL) -> str:
    """Take a call, and give its address."""
    (fresh,) = re.findall(r'name="id" value="([^"]+)"', agent.get("/hotline").text)
    return agent.post("/hotline", {"id": fresh, "number": number}).url.path


def compare(agent: Browser, call: str, **said: str) -> Response:
    """Compare what the caller says, as the page of now asks for it."""
    (tries,) = re.findall(r'name="try" value="(\d+)"', agent.get(call).text) or ["9"]
    return agent.post(f"{call}/check", {"try": tries, **answers(**said)})


def form_of(page: Response, name: str) -> str:
    """Give the address that the form sends to that has a button or field of a name."""
    forms = re.findall(r'<form method="post" action="([^"]+)".*?</form>', page.text, re.DOTALL)
    bodies = re.findall(r"<form method=.*?</form>", page.text, re.DOTALL)
    (found,) = {form for form, body in zip(forms, bodies, strict=True) if name in body}
    return found


def done(agent: Browser, page: Response) -> Response:
    """Wait until what was begun is over, and look at the call's page again."""
    agent.console.crew.at().order(Verify(By(AGENT))).result()  # behind it, in the same worker
    return agent.get(page.url.path)


def checks(desk: ServingDesk) -> list[dict[str, Any]]:
    return [dict(each.note.facts) for each in noted(desk, action="caller_check")]


def test_a_call_from_check_to_suggestion(desk: ServingDesk, agent: Browser) -> None:
    """The main path: checked, lost, asked after, a word left; each of it found by the call."""
    call = take(agent)
    page = compare(agent, call)
    assert "来电人身份与登记一致" in page.text
    assert NAME not in page.text
    asked = agent.post(form_of(page, "临时挂失"))
    assert "请读给来电人听" in asked.text
    assert "15" in asked.text
    lost = done(agent, agent.post(form_of(asked, "确认办理")))
    assert "临时挂失已经办好" in lost.text
    for title in ("查询应用状态", "查询办卡进度"):
        told = done(agent, agent.post(form_of(lost, f">{title}<")))
        assert f"{title}：请读给来电人听" in told.text
    said = done(agent, agent.post(form_of(lost, 'name="said"'), {"said": "等得太久"}))
    assert "您的意见已经记下" in said.text
    assert CALL in said.text
    with desk.bench() as on, on.registry.reading() as tx:
        (left,) = opinions.left(tx)
    assert (left.said, left.call_number) == ("等得太久", CALL)
    of_call = [each.note for each in noted(desk) if each.note.reason == REASON]
    served = {each.service for each in of_call if "run" in each.facts}
    assert served == {"S-LOSS-TEMP", "S-STATUS", "S-PROGRESS", "S-FEEDBACK"}
    assert {each.operator for each in of_call} == {AGENT}
    looked = [each for each in noted(desk, action="look") if each.note.person_id is not None]
    assert {each.note.reason for each in looked} == {REASON}


def test_nothing_before_the_check(desk: ServingDesk, agent: Browser) -> None:
    """A caller who was not checked gets nothing of anybody, whatever a form claims."""
    call = take(agent)
    page = agent.get(call)
    assert ">查询应用状态<" not in page.text
    feedback = form_of(page, 'name="said"')
    agent.post(feedback, {"said": "好", "paper": "identified", "identified": "yes"})
    for path in ("/person", "/serve/S-STATUS/x", "/draft/x", "/part/cards"):
        assert agent.get(path).status_code == 404
    assert agent.get("/").url.path == "/hotline"
    assert noted(desk, action="look") == ()
    assert [each.note.person_id for each in noted(desk, service="S-FEEDBACK")] == [None]


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": citizen_id(2)},
        {"holder.name": "王建军"},
        {"mobile": "1234"},
    ],
    ids=["nobody", "name", "mobile"],
)
def test_what_does_not_agree_tells_nothing(
    desk: ServingDesk, agent: Browser, wrong: dict[str, str]
) -> None:
    """Who guesses is to learn neither which answer was wrong nor whether somebody is known."""
    call = take(agent)
    page = compare(agent, call, **wrong)
    assert "与登记不一致" in page.text
    (said,) = re.findall(r'<section class="trouble".*?</section>', page.text, re.DOTALL)
    assert re.sub("<[^>]+>", "", said) == (
        "与登记不一致请再问一遍；还可以核对 2 次。不要告诉来电人哪一项不对。"
    )
    assert [each["agrees"] for each in checks(desk)] == [False]
    assert noted(desk, action="look") == ()


def test_tries_are_limited(desk: ServingDesk, agent: Browser) -> None:
    """After three mistakes the right answers come too late in this call, and the page says why."""
    call = take(agent)
    for _ in range(MOST_A_CALL):
        compare(agent, call, mobile="9999")
    page = compare(agent, call)
    assert "这个来电不能再核对" in page.text
    assert len(checks(desk)) == MOST_A_CALL
    assert "可以记录意见" in page.text


def test_many_calls_do_not_help_who_guesses(desk: ServingDesk, agent: Browser) -> None:
    """Calling again is free: failed checks of a person are counted over a day's calls."""
    with desk.bench() as on, on.registry.writing() as tx:
        for _ in range(MOST_A_DAY):
            audit.note(
                tx, "A01-1", Note(AGENT, "caller_check", person_id=1, facts={"agrees": False})
            )
    assert "与登记不一致" in compare(agent, take(agent)).text
    assert checks(desk)[-1] == {"actor": "holder", "agrees": False, "too_often": True}


def test_a_typing_mistake_costs_no_try(desk: ServingDesk, agent: Browser) -> None:
    """Two entries that differ, or a number that is nobody's, is the operator's slip."""
    call = take(agent)
    for slip in ({"holder.again": citizen_id(2)}, {"mobile": "12"}, {"holder.name": ""}):
        answer = compare(agent, call, **slip)
        assert answer.status_code == 422
    assert checks(desk) == []
    assert "来电人身份与登记一致" in compare(agent, call).text


def test_nothing_happens_twice(desk: ServingDesk, agent: Browser) -> None:
    """A double click, a reload and the back button: one call, one check, one loss, one opinion."""
    (fresh,) = re.findall(r'name="id" value="([^"]+)"', agent.get("/hotline").text)
    twice = {agent.post("/hotline", {"id": fresh, "number": CALL}).url.path for _ in range(2)}
    (call,) = twice
    for _ in range(2):
        agent.post(f"{call}/check", {"try": "0", **answers(mobile="1111")})
    assert len(checks(desk)) == 1
    page = compare(agent, call)
    loss = form_of(page, "临时挂失")
    confirm = form_of(agent.post(loss), "确认办理")
    said = form_of(page, 'name="said"')
    for _ in range(2):
        answer = agent.post(confirm)
        assert answer.history[0].status_code == 303
        agent.post(said, {"said": "好"})
        agent.post(loss)
    done(agent, page)
    assert len(noted(desk, service="S-LOSS-TEMP", action="done")) == 1
    assert len(noted(desk, service="S-FEEDBACK", action="done")) == 1


def test_the_screen_follows_what_was_done(agent: Browser) -> None:
    """A page that was drawn while it went on gets the new state, and not the old buttons."""
    call = take(agent)
    page = compare(agent, call)
    done(agent, agent.post(form_of(agent.post(form_of(page, "临时挂失")), "确认办理")))
    part = agent.get(f"/part{call}")
    assert "临时停用" in part.text
    assert 'class="main">临时挂失' not in part.text
    assert agent.get(f"/part{take(agent)}").status_code == 404


def test_what_is_refused_says_why(agent: Browser) -> None:
    """A caller who asks for more than a telephone may do is told where it is done."""
    page = compare(agent, take(agent))
    assert "96066 服务电话不办理“社会保障功能正式挂失”" in page.text
    lost = done(agent, agent.post(form_of(agent.post(form_of(page, "临时挂失")), "确认办理")))
    assert 'class="main">临时挂失' not in lost.text
    assert "<dt>临时挂失</dt>" in lost.text


def test_an_agent_is_nobody_without_a_paper_on_record(agent: Browser) -> None:
    """By telephone nobody sees a power of attorney: the rules refuse, and say what to do."""
    acting = {
        "actor": "agent",
        "acting.kind": "citizen_id",
        "acting.number": citizen_id(7),
        "acting.again": citizen_id(7),
        "acting.name": "赵六",
    }
    page = compare(agent, take(agent), **acting)
    assert "没有登记在案的授权委托书" in page.text
    assert 'class="main">临时挂失' not in page.text


def test_the_bank_s_telephone_takes_no_loss(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The rules give the bank's telephone enquiries and opinions, the loss only to 96066."""
    desk = ServingDesk(tmp_path, monkeypatch, capsys).stocked()
    desk.sit_at("BANK-PHONE", "BOB")
    desk.card_of(social=Social.ON)
    with console_in_process(desk) as opened:
        page = compare(agent := opened.signed_in(AGENT), take(agent))
        assert "合作银行服务电话不办理“临时挂失" in page.text
        assert ">查询应用状态<" in page.text


def test_whose_page_it_is(counter: ConsoleInProcess, desk: ServingDesk) -> None:
    """A clerk at the telephone's desk is refused, and a counter has no such page."""
    li = counter.signed_in("li")
    assert li.get("/hotline").status_code == 403
    assert "电话业务" not in li.get("/desk").text
    desk.sit_at("BANK", "BOB")
    with console_in_process(desk) as opened:
        assert opened.signed_in("li").get("/hotline").status_code == 404


def test_an_ended_call_is_forgotten(agent: Browser) -> None:
    """The next caller must not find the last one's data on the screen."""
    call = take(agent)
    compare(agent, call)
    assert agent.post(f"{call}/end").url.path == "/hotline"
    assert agent.get(call).status_code == 404


@pytest.mark.parametrize("number", ["", "x" * 41, "a\u202eb"], ids=["none", "long", "odd"])
def test_a_call_has_a_number(agent: Browser, number: str) -> None:
    """By its number what was said can be heard again: none, or one that nobody reads, won't do."""
    (fresh,) = re.findall(r'name="id" value="([^"]+)"', agent.get("/hotline").text)
    answer = agent.post("/hotline", {"id": fresh, "number": number})
    assert answer.status_code == 422
    assert "来电编号" in answer.text


def test_what_callers_say_is_text(agent: Browser) -> None:
    """A name or number from outside is never markup."""
    call = take(agent, "<b>1</b>")
    assert "<b>1</b>" not in agent.get(call).text
    assert "&lt;b&gt;1" in agent.get(call).text


def test_forms_are_of_the_sign_in(agent: Browser) -> None:
    """Another site must not have the telephone do something."""
    call = take(agent)
    for path in ("/hotline", f"{call}/check", f"{call}/end"):
        assert agent.send(path, {"csrf": "x"}).status_code == 403
