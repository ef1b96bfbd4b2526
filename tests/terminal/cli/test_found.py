"""``guitai found``: a found card is kept, given back, destroyed; a misuse is reported."""

from pathlib import Path

import pytest
from registry_desk import WORD
from serving_desk import READER, ServingDesk, code, typed

BY_TWO = ("--second", "zhang", "--reason", "当场发现")


@pytest.fixture
def desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> ServingDesk:
    """Give a bank's desk at which a clerk sits."""
    return ServingDesk(tmp_path, monkeypatch, capsys).stocked().as_("li")


def test_kept_and_given_back(desk: ServingDesk) -> None:
    """The card that is laid on says whose it is; a document gets it back."""
    made, card = desk.card_of()
    desk.lay(made)
    ran = desk("found", "hand-in")
    assert "拾获交存\n保管至 " in ran.out
    assert desk.others.city.messages.sent[-1]["kind"] == "reminder"
    (kept,) = desk("found", "list", "--json").json["cards"]
    assert kept["card"] == card.id
    assert "保管至" in desk("found", "list").out
    refused = desk("found", "give-back", str(card.id), "--id", "--json", typed=typed(1, "李四"))
    assert code(refused) == "person_differs"
    back = desk("found", "give-back", str(card.id), "--id", "--json", typed=typed())
    assert back.json["life"] == "held"
    assert desk("found", "list").out == "本网点没有收存拾获的卡\n"


def test_by_its_number_here(desk: ServingDesk) -> None:
    """A dead card is found by its holder's record; no reader is opened for it."""
    _, card = desk.card_of()
    assert desk("found", "hand-in", str(card.id), "--json").json["life"] == "handed_in"
    assert not desk.pcsc.calls
    assert code(desk("found", "destroy", str(card.id), "--json")) == "second_person_needed"
    early = desk("found", "destroy", str(card.id), *BY_TWO, "--json", typed=(WORD,))
    assert code(early) == "custody_refused"
    assert READER not in early.out


def test_a_misuse_is_reported_and_watched(desk: ServingDesk) -> None:
    """By two; the card is watched until two others say that it is cleared up."""
    _, card = desk.card_of()
    report = ("found", "report", "borrowed", "--card", str(card.id), "--blacklist")
    told = "他人持卡冒领"
    assert code(desk(*report, "--json", typed=(told,))) == "second_person_needed"
    ran = desk(*report, *BY_TWO, typed=(WORD, told))
    assert ran.out == "已上报诚信档案，编号 1\n"
    assert desk.others.city.card_management.integrity[0]["what"] == told
    (entry,) = desk("found", "blacklist", "--json").json["entries"]
    assert (entry["card"], entry["reason"]) == (card.id, "当场发现")
    assert "列入，当场发现" in desk("found", "blacklist").out
    off = desk("found", "take-off", str(entry["entry"]), *BY_TWO, "--json", typed=(WORD,))
    assert off.json["entry"] == entry["entry"]
    assert desk("found", "blacklist").out == "关注名单是空的\n"


def test_a_card_that_nobody_knows(desk: ServingDesk) -> None:
    """A forged one is named by the number on it."""
    ran = desk("found", "report", "forged", *BY_TWO, "--json", typed=(WORD, "卡面印刷粗糙", "Z99"))
    assert ran.json["owed"] == []
    assert desk.others.city.card_management.integrity[0]["card_number"] == "Z99"
