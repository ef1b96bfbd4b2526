"""``guitai parcel``: a card by post, and where it may end, by its schema."""

from pathlib import Path

import pytest
from serving_desk import ISSUER, ServingDesk, chip_of, code, made_of, typed

APPLY = ("service", "run", "S-APPLY", "--id", "--papers", "photo", "--set", "bank=BOB")
SAID = ("--set", "occupation=20800", "--set", "valid_until=2036-01-01", "--set", "by_post=yes")


@pytest.fixture
def desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> ServingDesk:
    """Give a desk at which a card waits to be posted."""
    made = ServingDesk(tmp_path, monkeypatch, capsys).stocked().as_("li")
    line = (*typed(7, "李小明"), "13800000001", "北京市朝阳区某街 1 号")
    assert made(*APPLY, *SAID, "--set", "mobile", "--set", "address", typed=line).status == 0
    (step,) = made("production", "verify", "--json").json["steps"]
    facts = made_of(chip_of(7), 7)
    number = str(step["application"])
    made.as_(ISSUER)
    ran = made("production", "made", number, "--number", facts.number, "--chip", facts.chip)
    assert ran.status == 0, ran.err
    return made.as_("li")


def card_of(desk: ServingDesk) -> str:
    """Give the card that waits."""
    return str(desk("custody", "list", "--json").json["cards"][0]["card"])


def test_posted_and_received(desk: ServingDesk) -> None:
    """Sent under its number, received by its holder; each is told again alike."""
    card = card_of(desk)
    assert code(desk("parcel", "send", card, "no number!", "--json")) == "request_wrong"
    sent = ("parcel", "send", card, "EX123456789CN")
    assert (
        desk(*sent).out.startswith(f"卡 {card}（*****0018）：邮寄中\n") or "寄" in desk(*sent).out
    )
    assert desk(*sent, "--json").json["repeated"] is True
    assert desk("parcel", "delivered", card, "--json").json["life"] == "held"
    assert code(desk("parcel", "lost", card, "--json")) == "custody_refused"


def test_come_back_and_lost(desk: ServingDesk) -> None:
    """What comes back waits at the bank again; what is lost is made anew."""
    card = card_of(desk)
    desk("parcel", "send", card, "EX123456789CN")
    assert desk("parcel", "returned", card, "--json").json["life"] == "ready"
    desk("parcel", "send", card, "EX987654321CN")
    assert desk("parcel", "lost", card, "--json").json["life"] == "recalled"
    (waiting,) = desk("production", "list", "--json").json["applications"]
    assert waiting["progress"] == "verified"
