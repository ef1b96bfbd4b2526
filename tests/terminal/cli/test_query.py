"""``guitai query``: what is asked most often, by document or card, by its schema."""

from pathlib import Path

import pytest
from serving_desk import AGENT, ServingDesk, chip_of, code, typed


@pytest.fixture
def desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> ServingDesk:
    """Give a bank's desk at which a clerk sits."""
    return ServingDesk(tmp_path, monkeypatch, capsys).stocked().as_("li")


def test_by_document(desk: ServingDesk) -> None:
    """A clerk reads how every function stands, by whose word, under a key to ask again."""
    desk.card_of()
    ran = desk("query", "status", "--id", typed=typed())
    assert ran.status == 0, ran.err
    assert "社会保障功能：已启用\n" in ran.out
    assert "金融功能：已激活（银行确认）\n" in ran.out
    assert ran.out.splitlines()[-1].startswith("流水号：20")


def test_by_the_card_laid_on(desk: ServingDesk) -> None:
    """Card or document: one of them is enough (Rules Art. 18)."""
    made, _ = desk.card_of()
    desk.lay(made)
    answer = desk("query", "status", "--json").json["answer"]
    assert (answer["service"], answer["person"]) == ("S-STATUS", "王**")
    assert desk("query", "progress", "--json").json["answer"]["lines"][0]["value"] == "没有办卡申请"


def test_no_card_and_no_document(desk: ServingDesk) -> None:
    """An empty reader is told as such."""
    assert code(desk("query", "status", "--json", "--wait", "0")) == "no_card"


def test_an_employer_asks_by_its_licence(desk: ServingDesk) -> None:
    """No reader is opened for it, and nobody's card is looked at."""
    ran = desk("query", "progress", "--as", "employer", "--set", "licence=91110000", "--json")
    assert ran.json["answer"]["lines"] == [{"label": "申请", "value": "没有办卡申请"}]
    assert not desk.pcsc.calls


def test_by_telephone(desk: ServingDesk) -> None:
    """Only who is identified is told anything, and no reader is looked for."""
    desk.card_of()
    desk.sit_at("HOTLINE")
    desk.as_(AGENT)
    refused = desk("query", "status", "--id", "--json", typed=typed(name=""))
    assert code(refused) == "rule_refused"
    told = desk("query", "status", "--id", "--identified", "--json", typed=typed(name=""))
    assert told.json["answer"]["person"] == "王**"
    assert not desk.pcsc.calls


def test_a_card_that_is_not_on_record(desk: ServingDesk) -> None:
    """It says whose it is and the registry does not know it: what comes first is said first."""
    desk.lay(chip_of(8))
    register = "guitai person register --id"
    ran = desk("query", "status", "--json")
    assert code(ran) == "card_unknown"
    assert ran.json["error"]["cause"].startswith("登记中没有这张卡")
    assert register in ran.json["error"]["cause"]
    assert register in desk("query", "progress").err
    assert register in desk("service", "list").err
    load = desk("service", "run", "S-TRANSIT-LOAD", "--set", "yuan=5")
    assert register in load.err
    desk.person(8)
    known = desk("service", "run", "S-PIN-CHANGE", "--id", typed=typed(8))
    assert known.status != 0
    assert known.err.index(register) < known.err.index("错误：")
