"""Duties at the console: seen, tried behind the page, settled by two people."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from console_in_process import ConsoleInProcess
from day_pages import day_console, desk_at, plain, troubles_of
from registry_desk import WORD
from serving_desk import typed

from emulator.parties.party import Fault
from terminal.registry import runs
from terminal.rules.vocabulary import Service
from terminal.texts import Text
from terminal.web.chores import Chore

BY_TWO = {"second": "zhang", "second_password": WORD, "reason": "银行电话确认"}


@pytest.fixture
def counter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[ConsoleInProcess]:
    """Open a console of a desk at which a loss was reported that the bank did not hear of."""
    with day_console(tmp_path, monkeypatch, capsys) as made:
        desk = made.desk.as_("li")
        desk.card_of()
        desk.others.set("bank", Fault.DOWN)
        assert desk("service", "run", "S-LOSS-TEMP", "--id", typed=typed()).status == 0
        yield made


def test_tried_behind_the_page(counter: ConsoleInProcess) -> None:
    """A party that is slow keeps no page waiting; how each stands is told once it is over."""
    li = counter.signed_in()
    assert "停用金融功能" in plain(li.get("/day/duties"))
    counter.desk.wait_over()
    answer = li.post("/day/duties/run")
    assert answer.history[0].status_code == 303
    found = counter.ended(Chore.DUTIES).found
    assert isinstance(found, tuple)
    (still,) = found
    assert isinstance(still, Text)
    assert still.zh.startswith("待办：")
    counter.desk.others.set("bank", Fault.UP)
    counter.desk.wait_over()
    li.post("/day/duties/run")
    counter.ended(Chore.DUTIES)
    part = plain(li.get("/day/duties"))
    assert "已完成：停用金融功能" in part
    assert "没有待办" in part
    assert "对方已确认" in li.get("/part/day/duties").text


def test_settled_by_two(counter: ConsoleInProcess) -> None:
    """What no party will confirm two people settle with grounds; told again, it is as it was."""
    (duty,) = counter.desk("duties", "list", "--json").json["duties"]
    path = f"/day/duties/{duty['number']}"
    li = counter.signed_in()
    asked = li.get(path)
    assert troubles_of(asked) == []
    assert "停用金融功能" in plain(asked)
    for lacking in ({"outcome": ""}, {"reason": ""}, {"second": ""}):
        fields = {**BY_TWO, "outcome": "已电话停用", **lacking}
        assert li.post(f"{path}/decide", fields).status_code == 409
    assert counter.desk("duties", "list", "--json").json["duties"] != []
    for _ in range(2):
        done = li.post(f"{path}/decide", {**BY_TWO, "outcome": "已电话停用"})
        assert done.url.path == "/day/duties"
    assert "没有待办" in plain(li.get("/day/duties"))
    assert li.get(path).url.path == "/day/duties"


def test_an_unfinished_service_leads_back_to_itself(counter: ConsoleInProcess) -> None:
    """What was begun is gone on with from here, and no other is begun."""
    with desk_at(counter, datetime.now(UTC)) as desk, desk.registry.writing() as tx:
        runs.begin(
            tx,
            "20261128-AAAA-BBBB-CCCC",
            Service.TRANSIT_LOAD,
            desk.by,
            {},
            person_id=None,
            card_id=None,
        )
    li = counter.signed_in()
    for path in ("/day", "/day/open", "/day/duties"):
        assert 'href="/run/20261128-AAAA-BBBB-CCCC"' in li.get(path).text
