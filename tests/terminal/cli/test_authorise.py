"""``guitai authorise``: what an agent may do is put on record and taken back, by its schema."""

from pathlib import Path

import pytest
from serving_desk import ServingDesk, code, typed

ADD = ("authorise", "add", "--id", "--for", "S-ENABLE")
BOTH = (*typed(), *typed(2, "李四"))


@pytest.fixture
def desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> ServingDesk:
    """Give a bank's desk at which a clerk sits."""
    made = ServingDesk(tmp_path, monkeypatch, capsys).stocked().as_("li")
    made.card_of()
    return made


def test_put_on_record_and_taken_back(desk: ServingDesk) -> None:
    """Its last day is a day; asked for again it is the same one; taken back it has ended."""
    until = ("--until", "2099-01-01")
    ran = desk(*ADD, *until, typed=BOTH)
    assert ran.out == ("已登记授权：\n  代理人 1：李*，启用社会保障功能，至 2099-01-01 24:00\n")
    added = desk(*ADD, *until, "--json", typed=BOTH).json["authorisation"]
    assert (added["number"], added["until"], added["ended"]) == (1, "2099-01-01", False)
    ended = desk("authorise", "withdraw", "1", "--id", "--json", typed=typed())
    assert ended.json["authorisation"]["ended"] is True
    assert "（已撤销）" in desk("authorise", "withdraw", "1", "--id", typed=typed()).out


def test_what_is_not_authorised(desk: ServingDesk) -> None:
    """Not what Art. 24 does not name, not until yesterday, not oneself, not nobody's."""
    beyond = desk("authorise", "add", "--id", "--for", "S-RENEW", "--json", typed=BOTH)
    assert code(beyond) == "request_wrong"
    assert code(desk(*ADD, "--until", "2020-01-01", "--json", typed=BOTH)) == "request_wrong"
    assert code(desk(*ADD, "--until", "tomorrow", "--json")) == "wrong_usage"
    assert code(desk(*ADD, "--json", typed=(*typed(), *typed()))) == "request_wrong"
    gone = desk("authorise", "withdraw", "9", "--id", "--json", typed=typed())
    assert code(gone) == "request_wrong"
