"""``guitai report deadlines``: the open terms, the nearest first, by its schema."""

from pathlib import Path

import pytest
from serving_desk import ISSUER, ServingDesk, code, typed

DAYS = ", ".join(f"2030-{each}" for each in ("01-01", "05-01", "10-01", "10-02", "10-03"))
"""Days that are holidays in every year."""


@pytest.fixture
def desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> ServingDesk:
    """Give a bank's desk at which a clerk sits."""
    return ServingDesk(tmp_path, monkeypatch, capsys).stocked().as_("li")


def test_nothing_is_open(desk: ServingDesk) -> None:
    """An empty list says that it is empty."""
    assert desk("report", "deadlines").out == "没有未了的期限\n"


def test_a_loss_that_runs_out(desk: ServingDesk) -> None:
    """Whose it is stands there masked, with its day, its rule and its card."""
    _, card = desk.card_of()
    desk("service", "run", "S-LOSS-TEMP", "--id", typed=typed())
    (line,) = desk("report", "deadlines").out.splitlines()
    assert "（还有 15 天）：临时挂失期满，功能自动恢复，王**，卡 1（实施细则第 13 条）" in line
    (term,) = desk("report", "deadlines", "--json").json["deadlines"]
    assert (term["rule"], term["days_left"], term["card"]) == ("R-TEMP-15", 15, card.id)
    assert desk("report", "deadlines", "--within", "14").out == "没有未了的期限\n"
    assert desk("report", "deadlines", "--within", "15").out != "没有未了的期限\n"


def test_in_english_for_who_makes_cards(desk: ServingDesk) -> None:
    """An issuer sees what is to be made by when."""
    desk.card_of()
    desk("service", "run", "S-LOSS-TEMP", "--id", typed=typed())
    desk.as_(ISSUER)
    assert "(15 days left)" in desk("report", "deadlines", "--lang", "en").out


@pytest.mark.parametrize(
    ("table", "wrong"),
    [
        (f"[year.2030]\nholidays = [{DAYS}]\nmake_up = []\n", None),
        ("[year.2030]\nholidays = [2030-01-01]\n", "config_wrong"),
        (None, "file_trouble"),
    ],
)
def test_holidays_of_a_year_that_was_announced(
    desk: ServingDesk, table: str | None, wrong: str | None
) -> None:
    """Terms are counted by the configured table; one that is none stops what counts by it."""
    path = desk.folder / "holidays.toml"
    if table is not None:
        path.write_text(table, "utf-8")
    with desk.config.open("a") as config:
        config.write(f'\n[rules]\nholidays_file = "{path}"\n')
    ran = desk("report", "deadlines", "--json")
    if wrong is None:
        assert ran.json["deadlines"] == []
    else:
        assert code(ran) == wrong
