"""Who a service is for and who comes for them: whose document is asked for is said."""

from pathlib import Path

import pytest
from serving_desk import ServingDesk, code, typed

RUN = ("service", "run", "S-LOSS-SOCIAL", "--id")
BOTH = (*typed(), *typed(2, "李四"))


@pytest.fixture
def desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> ServingDesk:
    """Give a bank's desk at which a clerk sits, and somebody with a card."""
    made = ServingDesk(tmp_path, monkeypatch, capsys).stocked().as_("li")
    made.card_of()
    return made


def test_whose_document_it_is(desk: ServingDesk) -> None:
    """Two people stand there, and the questions are alike: each time it is said who is meant."""
    ran = desk(*RUN, "--as", "guardian", "--papers", "guardianship", typed=BOTH)
    assert "second_wanted" in ran.err  # the guardian is known: only the holder is of age
    holder, actor = ran.err.index("持卡人：\n"), ran.err.index("来办的人（法定代理人）：\n")
    first = ran.err.index("居民身份证号码：")
    assert holder < first < actor < ran.err.rindex("居民身份证号码：")


def test_who_comes_alone_is_asked_without_a_heading(desk: ServingDesk) -> None:
    """Where one person stands there, nobody has to be told who is meant."""
    assert "持卡人：" not in desk(*RUN, typed=typed()).err


@pytest.mark.parametrize("option", ["--actor-document", "--agent-document"])
def test_one_name_for_both(desk: ServingDesk, option: str) -> None:
    """Whoever learnt the option at one command finds it at the other."""
    said = (*RUN, "--as", "guardian", "--papers", "guardianship", option, "citizen_id")
    assert "second_wanted" in desk(*said, typed=BOTH).err
    add = ("authorise", "add", "--id", "--for", "S-ENABLE", option, "citizen_id")
    assert desk(*add, typed=BOTH).status == 0


def test_who_may_not_come_is_not_asked(desk: ServingDesk) -> None:
    """The rules refuse kin this service: nothing is typed for it."""
    ran = desk("service", "run", "S-PIN-SET", "--id", "--as", "kin", "--json", typed=typed())
    assert code(ran) in {"rule_refused", "card_wanted", "no_card"}


def test_one_document(desk: ServingDesk) -> None:
    """Two kinds of document for one person contradict each other."""
    ran = desk(*RUN, "--document", "passport", "--json")
    assert code(ran) == "wrong_usage"
    assert "只写一个" in ran.json["error"]["message"]
