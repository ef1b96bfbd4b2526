"""S-VISIT: two people at a holder's home, on record, and what may be done there."""

from dataclasses import replace
from pathlib import Path

import pytest
from offered import do, noted, two
from registry import bench, citizen_id

from terminal.errors import RequestWrong, RuleRefused, SecondPersonNeeded, SecondWanted
from terminal.registry import runs
from terminal.rules.documents import DocumentKind, DocumentNumber
from terminal.rules.vocabulary import Channel, Paper, Service
from terminal.services.offered.answer import Answer
from terminal.services.offered.request import Named

ADDRESS = "朝阳区建国路 1 号院 2 楼 303"


def lines(answer: Answer) -> list[tuple[str, str]]:
    """Give the slip's lines in Chinese."""
    return [(each.label.zh, each.value.zh) for each in answer.lines]


def test_s_visit_says_what_may_be_done_there(tmp_path: Path) -> None:
    """The two know before they knock what they will be able to do (Rules Art. 25)."""
    on = bench(tmp_path)
    person = on.person()
    on.card(person)
    wanted = "S-PIN-RESET S-LOSS-FULL S-FIN-ACTIVATE S-UNLOSS S-INSTANT"
    answer = do(
        on,
        Service.VISIT,
        person,
        two(on.desk(), "高龄，行动不便"),
        wishes={"address": ADDRESS, "services": wanted},
    )
    said = lines(answer)
    assert said[0] == ("上门人员", "wang、li")
    assert ("可以上门办理", "重置服务密码") in said
    assert ("可以上门办理", "社会保障和金融功能正式挂失") in said
    cannot = [value for label, value in said if label == "不能上门办理"]
    assert [each.split("：")[0] for each in cannot] == ["激活金融功能", "解挂", "即时制卡"]
    assert any("每项业务" in each.zh or "条件" in each.zh for each in answer.tell)


def test_s_visit_keeps_the_address_sealed(tmp_path: Path) -> None:
    """Where an old person lives alone is nobody's to read from a slip, a log or a copied file."""
    on = bench(tmp_path)
    person = on.person()
    on.card(person)
    answer = do(
        on,
        Service.VISIT,
        person,
        two(on.desk(), "高龄"),
        key="visit-001",
        wishes={"address": ADDRESS, "services": "S-STATUS"},
    )
    assert ADDRESS not in str(answer)
    assert ADDRESS not in str([each.note for each in noted(on)])
    assert ADDRESS.encode() not in on.path.read_bytes()
    with on.registry.reading() as tx:
        run = runs.by_key(tx, "visit-001")
    assert run is not None
    assert run.request["wishes"]["address"] == ADDRESS
    assert (run.by.operator, run.by.second) == ("wang", "li")


def test_s_visit_takes_two_people_and_a_reason(tmp_path: Path) -> None:
    """Nobody goes to a stranger's home alone in the bank's name."""
    on = bench(tmp_path)
    person = on.person()
    wishes = {"address": ADDRESS, "services": "S-APPLY"}
    with pytest.raises(SecondWanted) as wanted:
        do(on, Service.VISIT, person, on.desk(), wishes=wishes)
    assert "两人同行" in wanted.value.cause("zh")
    with pytest.raises(SecondPersonNeeded):
        do(on, Service.VISIT, person, on.desk().with_second("wang", "高龄"), wishes=wishes)


def test_s_visit_of_somebody_without_a_card(tmp_path: Path) -> None:
    """Who never had a card is visited to apply for one."""
    on = bench(tmp_path)
    stranger = Named(DocumentNumber(DocumentKind.CITIZEN_ID, citizen_id(8)), "张三")
    answer = do(
        on,
        Service.VISIT,
        None,
        two(on.desk(), "高龄"),
        holder=stranger,
        wishes={"address": ADDRESS, "services": "S-APPLY S-TRANSIT-REFUND"},
    )
    assert ("可以上门办理", "申领社会保障卡") in lines(answer)


def test_s_visit_for_nothing_is_none(tmp_path: Path) -> None:
    """Nobody is told that a visit is arranged at which the two could do nothing."""
    on = bench(tmp_path)
    person = on.person()
    on.card(person)
    wishes = {"address": ADDRESS, "services": "S-FIN-ACTIVATE S-UNLOSS"}
    with pytest.raises(RequestWrong) as wrong:
        do(on, Service.VISIT, person, two(on.desk(), "高龄"), wishes=wishes)
    assert "没有一项能上门办理：激活金融功能：" in wrong.value.cause("zh")
    assert "解挂：" in wrong.value.cause("zh")


@pytest.mark.parametrize("channel", [Channel.DISTRICT, Channel.ONLINE, Channel.PARK])
def test_s_visit_is_a_banks(tmp_path: Path, channel: Channel) -> None:
    """Art. 25 encourages the partner banks; who else is asked says so."""
    on = bench(tmp_path)
    person = on.person()
    with pytest.raises(RuleRefused) as refused:
        do(
            on,
            Service.VISIT,
            person,
            two(on.desk(channel)),
            wishes={"address": ADDRESS, "services": "S-APPLY"},
        )
    assert "第 25 条" in refused.value.cause("zh")
    assert "合作银行" in refused.value.advice("zh")


@pytest.mark.parametrize(
    "wishes",
    [
        {},
        {"address": "  ", "services": "S-APPLY"},
        {"address": "长" * 201, "services": "S-APPLY"},
        {"address": ADDRESS},
        {"address": ADDRESS, "services": "S-NONSENSE"},
        {"address": ADDRESS, "services": "S-COLLECT-GROUP"},
        {"address": ADDRESS, "services": "S-VISIT"},
    ],
)
def test_s_visit_wants_to_know_where_and_for_what(tmp_path: Path, wishes: dict[str, str]) -> None:
    """A visit that nobody can find, or without a purpose, is none."""
    on = bench(tmp_path)
    person = on.person()
    with pytest.raises(RequestWrong):
        do(on, Service.VISIT, person, two(on.desk(), "高龄"), wishes=wishes)
    with on.registry.reading() as tx:
        assert runs.of_person(tx, person.id) == ()


def test_s_visit_looks_at_papers_with_each_service(tmp_path: Path) -> None:
    """A visit is arranged without the document; what is then done there asks for its own."""
    on = bench(tmp_path)
    person = on.person()
    on.card(person)
    wishes = {"address": ADDRESS, "services": "S-LOSS-FULL"}
    answer = do(
        on, Service.VISIT, person, two(on.desk(), "高龄"), papers=frozenset(), wishes=wishes
    )
    assert ("可以上门办理", "社会保障和金融功能正式挂失") in lines(answer)
    there = replace(on.desk(), where=replace(on.desk().where, visiting=True))
    with pytest.raises(RuleRefused):
        do(on, Service.LOSS_FULL, person, there, papers=frozenset())
    do(on, Service.LOSS_FULL, person, there, papers=frozenset({Paper.ID}))
