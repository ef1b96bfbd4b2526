"""S-GROUP: an employer's list, each row done or named with its reason (Rules Art. 6)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from applying import SAID, apply_for, made_card, seats_of, shown
from offered import noted, told, values
from registry import ALL_PAPERS, BANK, Bench, bench, citizen_id
from sqlalchemy import event

from emulator.parties.party import Fault
from terminal.errors import RequestWrong, RuleRefused, SeatTaken
from terminal.registry import applications, batches, duties, persons, seats
from terminal.registry.applications import Application
from terminal.registry.batches import Batch
from terminal.rules.states import Progress
from terminal.rules.vocabulary import Actor, Channel, Paper, Service
from terminal.services.offered import delivery, group, production
from terminal.services.offered.answer import Answer
from terminal.services.offered.request import Request
from terminal.services.offered.running import carry_out

FIRM = {
    "bank": BANK,
    "employer": "某某科技有限公司",
    "licence": "91110105MA01ABCDEF",
    "contact": "13700000000",
}


@pytest.fixture
def on(tmp_path: Path) -> Bench:
    return bench(tmp_path)


def row(sequence: int, name: str = "张三丰", **more: Any) -> dict[str, Any]:
    said = {key: value for key, value in SAID.items() if key != "bank"}
    document = {"document": "citizen_id", "number": citizen_id(sequence), "name": name}
    return {**document, **said, "confirmed": True, **more}


def hand_in(
    on: Bench, rows: Any, at: Channel = Channel.BANK, *, key: str = "group-0001", **firm: str
) -> Answer:
    text = rows if isinstance(rows, str) else json.dumps(rows)
    request = Request(
        Service.GROUP,
        None,
        Actor.EMPLOYER,
        shown("经办人", 99),
        papers=ALL_PAPERS,
        wishes={**FIRM, **firm, "rows": text},
    )
    return carry_out(group.WORK, on.desk(at), request, key)


def accepted(on: Bench) -> tuple[Application, ...]:
    with on.registry.reading() as tx:
        return applications.all_open(tx)


def batch(on: Bench, number: int = 1) -> Batch:
    with on.registry.reading() as tx:
        return batches.get(tx, number)


def test_s_group_every_row_is_an_application_of_its_own(on: Bench) -> None:
    """One batch, one seat a person, one claim of the city's right a person."""
    answer = hand_in(on, [row(1), row(2), row(3)])
    slip = values(answer)
    assert (slip["已受理"], slip["未受理"]) == ("3 人", "0 人")
    assert slip["制成时限"] == "2026年4月1日24时"
    assert "单位经办人" in slip["领取方式"]
    taken = accepted(on)
    assert {each.batch_id for each in taken} == {1}
    assert all(seats_of(on, each.person_id).taken for each in taken)
    assert (batch(on).employer, batch(on).licence) == (FIRM["employer"], FIRM["licence"])
    contact = batch(on).contact
    assert contact is not None
    assert contact.reveal() == FIRM["contact"]
    facts = noted(on, action="done", service="S-GROUP")[0].note.facts
    assert (facts["accepted"], facts["not_accepted"]) == (3, 0)


def test_s_group_one_sentence_says_what_many_rows_owe(on: Bench) -> None:
    """A clerk is not told two hundred times that the city has not answered yet."""
    answer = hand_in(on, [row(number) for number in range(1, 21)])
    (later,) = answer.owed
    assert later.zh == "登记制卡资格（市社保卡管理系统）：稍后由系统办理"
    assert on.others.calls("card_management") == []
    delivery.run_due(on.desk())
    assert on.others.calls("card_management").count("reserve") == 20
    assert hand_in(on, [row(number) for number in range(1, 21)]).owed == ()


def test_s_group_under_one_key_is_taken_once(on: Bench) -> None:
    """The upload broke off and is sent again: no row is taken twice, the answer is the same."""
    first = hand_in(on, [row(1), row(2)])
    second = hand_in(on, [row(1), row(2)])
    assert second.repeated
    assert second.lines == first.lines
    assert len(accepted(on)) == 2


def test_s_group_what_cannot_be_done_is_named_row_by_row(on: Bench) -> None:
    """Art. 6: who cannot be done together applies alone; the others do not wait for them."""
    apply_for(on, shown("王二", 8))
    on.person("赵钱孙", 9)
    wrong_check = citizen_id(4)[:-1] + ("0" if citizen_id(4)[-1] != "0" else "1")
    rows = [
        row(1),
        row(2, confirmed=False),
        row(3, mobile="12345"),
        row(4, number=wrong_check),
        row(1),
        row(8, "王二"),
        row(9, "赵前孙"),
        row(10, occupation="老师"),
        row(11, document="身份证"),
        "不是一行",
        row(12, name=7),
        row(13, number="E12345678"),
        row(14, valid_until=""),
        row(15),
    ]
    answer = hand_in(on, rows)
    slip = values(answer)
    assert (slip["已受理"], slip["未受理"]) == ("2 人", "12 人")
    for number, why in {
        2: "未经本人确认",
        3: "手机号码",
        4: "校验码",
        5: "一人一卡",
        6: "一人一卡",
        7: "姓名不一致",
        8: "职业",
        9: "证件类型",
        10: "不是文字项",
        11: "不是文字项",
        12: "护照",
        13: "有效期",
    }.items():
        assert why in slip[f"第 {number} 行"], number
    assert "第 14 行" not in slip
    assert "个人申领" in told(answer)
    assert citizen_id(3) not in str(answer.document())
    assert len(accepted(on)) == 3


def test_s_group_a_name_that_two_people_would_look_at_is_not_for_a_list(on: Bench) -> None:
    """There is no desk at which somebody could compare it: they come themselves."""
    slip = values(hand_in(on, [row(1, "李\ue5e5明"), row(2)]))
    assert "两人" in slip["第 1 行"]
    assert slip["已受理"] == "1 人"


def test_s_group_none_that_can_be_done_leaves_no_batch(on: Bench) -> None:
    """An empty batch would wait for cards for ever."""
    slip = values(hand_in(on, [row(1, confirmed=None)]))
    assert slip["已受理"] == "0 人"
    assert "批次编号" not in slip
    with on.registry.reading() as tx, pytest.raises(KeyError):
        batches.get(tx, 1)


def test_s_group_who_is_on_record_is_found_and_brought_up_to_date(on: Bench) -> None:
    """A holder of an older card in the list is one person, with the data that they confirmed."""
    person = on.person("张三丰", 1)
    hand_in(on, [row(1, mobile="13911110000")])
    with on.registry.reading() as tx:
        now = persons.get(tx, person.id)
    assert now.mobile is not None
    assert now.mobile.reveal() == "13911110000"
    assert now.document.valid_until is not None
    assert accepted(on)[0].person_id == person.id


def test_s_group_a_row_that_loses_a_race_leaves_nothing_of_itself(
    on: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another counter takes the seat between look and write: that row is undone, the rest not."""
    take, tries = seats.take, []

    def taken(tx: Any, person_id: int, **more: Any) -> None:
        tries.append(person_id)
        if len(tries) == 2:
            raise SeatTaken
        take(tx, person_id, **more)

    monkeypatch.setattr(seats, "take", taken)
    slip = values(hand_in(on, [row(1), row(2), row(3)]))
    assert slip["已受理"] == "2 人"
    assert "一人一卡" in slip["第 2 行"]
    with on.registry.reading() as tx:
        numbers = {
            persons.get(tx, each.person_id).document.number.reveal() for each in accepted(on)
        }
        owed = [
            each
            for each in (duties.get(tx, each) for each in duties.open_ones(tx))
            if each.call == "reserve"
        ]
    assert numbers == {citizen_id(1), citizen_id(3)}
    assert len(owed) == 2


@pytest.mark.parametrize(
    ("wrong", "item"),
    [
        ({"employer": ""}, "单位名称"),
        ({"employer": "司" * 121}, "单位名称"),
        ({"licence": "9\n1"}, "证照号码"),
        ({"contact": "无"}, "经办人手机号码"),
        ({"bank": "B" * 17}, "合作银行"),
        ({"rows": "[]"}, "人员名单"),
        ({"rows": "{}"}, "人员名单"),
        ({"rows": "张三"}, "人员名单"),
        ({"rows": "[" * 100_000}, "人员名单"),
        ({"rows": json.dumps([1] * (group.MOST_ROWS + 1))}, "人员名单"),
    ],
)
def test_s_group_what_is_wrong_with_the_whole_is_refused_as_a_whole(
    on: Bench, wrong: dict[str, str], item: str
) -> None:
    """Without an employer, a contact or a list there is nobody to answer to."""
    rows = wrong.pop("rows", json.dumps([row(1)]))
    with pytest.raises(RequestWrong) as error:
        hand_in(on, rows, **wrong)
    assert item in error.value.message("zh")
    assert accepted(on) == ()


def test_s_group_is_for_employers_at_banks_and_online(on: Bench) -> None:
    """Art. 6 names the two ways; a district outlet is none of them, and a person no employer."""
    with pytest.raises(RuleRefused) as refused:
        hand_in(on, [row(1)], Channel.DISTRICT)
    assert "第 6 条" in refused.value.cause("zh")
    hand_in(on, [row(1)], Channel.ONLINE)
    assert accepted(on)[0].online
    request = Request(
        Service.GROUP, shown(), papers=frozenset(Paper), wishes={**FIRM, "rows": "[]"}
    )
    with pytest.raises(RuleRefused):
        carry_out(group.WORK, on.desk(), request, "group-0002")


def test_r_notify_the_employer_is_told_once_a_day(on: Bench) -> None:
    """The cards of a batch are made over the day; three hundred messages would be none."""
    hand_in(on, [row(1), row(2), row(3)])
    production.run_due(on.desk())
    first, second, third = accepted(on)
    for number, each in enumerate((first, second)):
        production.made(on.desk(), each.id, made_card(number))
    sent = on.others.city.messages.sent
    assert [each["mobile"] for each in sent] == [FIRM["contact"]]
    assert "领取" in sent[0]["text"]
    on.later(days=1)
    production.made(on.desk(), third.id, made_card(2))
    assert len(sent) == 2


def test_s_group_who_is_refused_later_and_the_employer_both_hear_of_it(on: Bench) -> None:
    """Art. 6: the employer tells the person to apply alone, so the employer has to know whom."""
    on.others.city.data_sharing.add_person(citizen_id(2), "李四光", insured=False)
    hand_in(on, [row(1), row(2, "李四光")])
    production.run_due(on.desk())
    assert [each.progress.state for each in accepted(on)] == [Progress.MAKING]
    sent = {each["mobile"]: each["text"] for each in on.others.city.messages.sent}
    assert "单独申领" in sent[SAID["mobile"]]
    assert f"李**（证件尾号 {citizen_id(2)[-4:]}）" in sent[FIRM["contact"]]


def test_s_group_nobody_waits_for_a_mute_city(on: Bench) -> None:
    """Two thousand answers are not waited for at the counter; before the making they are."""
    for party in ("data_sharing", "card_management", "bank"):
        on.others.set(party, Fault.DOWN)
    assert values(hand_in(on, [row(1), row(2)]))["已受理"] == "2 人"


def test_s_group_a_row_costs_a_bounded_number_of_statements(on: Bench) -> None:
    """A thousand rows took 2 s (2 cores): a statement more a row, and thousands are minutes."""
    counts = []
    for size in (10, 30):
        statements: list[str] = []

        def seen(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
            statements.append(statement)  # noqa: B023  of this round

        event.listen(on.registry.engine, "before_cursor_execute", seen)
        first = 100 * size
        hand_in(on, [row(first % 900 + n) for n in range(size)], key=f"group-{size}")
        event.remove(on.registry.engine, "before_cursor_execute", seen)
        counts.append(len(statements))
    assert (counts[1] - counts[0]) / 20 <= 24  # six of them stamp and seal what was written
