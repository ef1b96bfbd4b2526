"""``guitai custody``: cards that wait are listed, recalled, destroyed, by their schema."""

from datetime import timedelta
from pathlib import Path

import pytest
from handing_over import group
from registry_desk import WORD
from serving_desk import ServingDesk, code

from terminal.registry import cards
from terminal.registry.cards import Card
from terminal.registry.machines import Kind
from terminal.rules.states import Life

BY_TWO = ("--second", "zhang", "--reason", "集中销毁")


@pytest.fixture
def desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> ServingDesk:
    """Give a bank's desk at which a clerk sits."""
    return ServingDesk(tmp_path, monkeypatch, capsys).stocked().as_("li")


def waiting(desk: ServingDesk, months_ago: int = 0) -> Card:
    """Have a card wait that was made so long ago."""
    with desk.bench() as on:
        on.now -= timedelta(days=31 * months_ago)
        _, (card,) = group(on, 1)
        on.now += timedelta(days=31 * months_ago)
    return card


def test_recalled_after_six_months_and_destroyed_by_two(desk: ServingDesk) -> None:
    """R-UNCOLLECTED-6M: listed as due, recalled by one, destroyed by two; each once."""
    card = str(waiting(desk, months_ago=7).id)
    assert "应当召回" in desk("custody", "list").out
    assert desk("custody", "recall", card, "--json").json["life"] == "recalled"
    assert "先前已经办好" in desk("custody", "recall", card).out
    (kept,) = desk("custody", "list", "--json").json["cards"]
    assert (kept["life"], kept["what"]) == ("recalled", "待两人销毁")
    assert code(desk("custody", "destroy", card, "--json")) == "second_person_needed"
    done = desk("custody", "destroy", card, *BY_TWO, "--json", typed=(WORD,)).json
    assert (done["life"], done["repeated"]) == ("destroyed", False)
    assert desk("custody", "list").out == "没有在库的卡\n"


def test_an_auditor_is_no_second_person(desk: ServingDesk) -> None:
    """Whoever looks at what others did does not do it with them, whatever the service asks for."""
    card = str(waiting(desk, months_ago=7).id)
    desk("custody", "recall", card)
    by_shen = ("--second", "shen", "--reason", "集中销毁", "--json")
    assert code(desk("custody", "destroy", card, *by_shen, typed=(WORD,))) == "role_missing"
    (kept,) = desk("custody", "list", "--json").json["cards"]
    assert kept["life"] == "recalled"


def test_not_before_its_day(desk: ServingDesk) -> None:
    """A card that waits may still be collected; until when is said."""
    card = str(waiting(desk).id)
    assert code(desk("custody", "recall", card, "--json")) == "custody_refused"
    assert "可以领取到" in desk("custody", "recall", card).err
    assert code(desk("custody", "recall", "999", "--json")) == "card_unknown"
    assert desk("custody", "list", "--bank", "ICBC").out == "没有在库的卡\n"


def test_what_an_employer_did(desk: ServingDesk) -> None:
    """Its word is put on record card by card, and what is out yet is counted."""
    with desk.bench() as on:
        batch, made = group(on, 3)
        with on.registry.writing() as tx:
            for each in made:
                card = cards.get(tx, each.id)
                cards.move(tx, card, Kind.LIFE, "give_employer", Life.EMPLOYER)
    out = desk("custody", "employer", str(batch.id)).out
    assert "已发放 0 张，已退回 0 张，未发放 3 张\n未发放的最迟退回：" in out
    one, two, _ = (str(each.id) for each in made)
    said = ("--handed-out", one, "--returned", two, "--json")
    told = desk("custody", "employer", str(batch.id), *said).json
    assert (told["held"], told["returned"], told["out"]) == (1, 1, 1)
    assert code(desk("custody", "employer", "999", "--json")) == "application_unknown"
