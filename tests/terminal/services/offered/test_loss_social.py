"""S-LOSS-SOCIAL: the social function's formal loss, at a street office and at the bank."""

from dataclasses import replace
from pathlib import Path

import pytest
from offered import do, duties_of, noted, owed, told, two, values
from registry import OTHER_BANK, bench, named

from emulator.parties.party import Fault
from terminal.errors import RuleRefused, SecondWanted
from terminal.rules.states import Financial, Life, Social
from terminal.rules.vocabulary import Actor, Channel, Generation, Paper, Service
from terminal.services.offered import found
from terminal.services.offered.delivery import run_due


def test_r_district_social_offers_a_temporary_loss_that_stops_the_financial_function(
    tmp_path: Path,
) -> None:
    """Who reports at a street office keeps a bank card that a finder can pay with, unless told."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    answer = do(on, Service.LOSS_SOCIAL, person, Channel.DISTRICT)
    assert "请到发卡合作银行网点" in told(answer).replace("金融功能", "")
    assert "临时挂失，金融功能当即停用" in told(answer)
    assert values(answer)["金融功能"] == "已激活"
    assert on.look(card).financial.state == Financial.ON
    assert on.others.calls("bank") == []
    # The same visit: the temporary loss stops what the formal one left on.
    offered = do(on, Service.LOSS_TEMP, person, Channel.DISTRICT)
    after = on.look(card)
    assert (after.social.state, after.financial.state) == (Social.LOST, Financial.STOPPED)
    assert on.others.calls("bank") == ["stop_financial"]
    assert "15 个自然日" not in told(offered)
    assert "社会保障功能停用至" not in values(offered)
    on.later(days=60)
    assert on.look(card).social.state == Social.LOST


def test_s_loss_social_tells_the_city_and_the_holder(tmp_path: Path) -> None:
    """The city refuses a lost card elsewhere, and a thief's report is noticed by the holder."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    answer = do(on, Service.LOSS_SOCIAL, person, Channel.DISTRICT, key="loss-0001")
    assert [each["event"] for each in on.others.city.card_management.reports] == ["lost_formal"]
    assert "正式挂失" in on.others.city.messages.sent[0]["text"]
    assert answer.owed == ()
    assert values(answer)["卡号"].startswith("****")
    assert card.number is not None
    assert card.number not in str(answer)
    again = do(on, Service.LOSS_SOCIAL, person, Channel.DISTRICT, key="loss-0001")
    assert again.repeated
    assert len(on.others.city.messages.sent) == 1
    assert len(on.others.city.card_management.reports) == 1


def test_s_loss_social_through_a_temporary_loss(tmp_path: Path) -> None:
    """The usual way: stopped by telephone tonight, reported tomorrow; nothing comes back then."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    do(on, Service.LOSS_TEMP, person, Channel.HOTLINE)
    on.later(days=3)
    answer = do(on, Service.LOSS_SOCIAL, person, Channel.DISTRICT)
    assert "金融功能只是临时停用" in told(answer)
    on.later(days=13)
    after = on.look(card)
    assert (after.social.state, after.financial.state) == (Social.LOST, Financial.STOPPED)


def test_s_loss_social_at_the_issuing_bank_offers_both(tmp_path: Path) -> None:
    """At the bank both functions can be lost in one visit, so the clerk says it."""
    on = bench(tmp_path)
    person = on.person()
    on.card(person)
    answer = do(on, Service.LOSS_SOCIAL, person, Channel.BANK)
    assert "一并办理金融功能的正式挂失" in told(answer)
    assert "临时挂失" not in told(answer)


def test_s_loss_social_without_a_financial_function_says_nothing_of_it(tmp_path: Path) -> None:
    """Who has no account behind the card is not sent to a bank."""
    on = bench(tmp_path)
    person = on.person()
    on.card(person, financial=Financial.NONE)
    answer = do(on, Service.LOSS_SOCIAL, person, Channel.DISTRICT)
    assert "发卡合作银行" not in told(answer)


@pytest.mark.parametrize(
    ("channel", "article", "instead"),
    [
        (Channel.HOTLINE, "13", "临时挂失"),
        (Channel.ONLINE, "13", "临时挂失"),
        (Channel.PARK, "13", "发卡合作银行"),
    ],
)
def test_s_loss_social_is_refused_elsewhere(
    tmp_path: Path, channel: Channel, article: str, instead: str
) -> None:
    """A formal loss takes a document on a desk; the telephone stops the card for now."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    with pytest.raises(RuleRefused) as refused:
        do(on, Service.LOSS_SOCIAL, person, channel)
    assert f"第 {article} 条" in refused.value.cause("zh")
    assert instead in refused.value.advice("zh")
    assert on.look(card).social.state == Social.ON
    assert [each.note.action for each in noted(on, service="S-LOSS-SOCIAL")] == ["refused"]


def test_s_loss_social_is_refused_at_another_bank(tmp_path: Path) -> None:
    """Another partner bank only stops a card for the time being."""
    on = bench(tmp_path)
    person = on.person()
    on.card(person)
    with pytest.raises(RuleRefused) as refused:
        do(on, Service.LOSS_SOCIAL, person, on.desk(Channel.BANK, OTHER_BANK))
    assert "发卡合作银行" in refused.value.cause("zh")
    assert "临时挂失" in refused.value.advice("zh")


@pytest.mark.parametrize("actor", [Actor.AGENT, Actor.KIN, Actor.EMPLOYER])
def test_s_loss_social_is_the_holders_own(tmp_path: Path, actor: Actor) -> None:
    """Rules Art. 24 lets an agent stop a card for now, and no more."""
    on = bench(tmp_path)
    person = on.person()
    on.card(person)
    with pytest.raises(RuleRefused):
        do(on, Service.LOSS_SOCIAL, person, Channel.DISTRICT, actor=actor)


def test_s_loss_social_wants_the_document(tmp_path: Path) -> None:
    """A formal loss stands until a document lifts it, so it takes one."""
    on = bench(tmp_path)
    person = on.person()
    on.card(person)
    with pytest.raises(RuleRefused) as refused:
        do(on, Service.LOSS_SOCIAL, person, Channel.DISTRICT, papers=frozenset({Paper.CARD}))
    assert "有效身份证件原件" in refused.value.cause("zh")


def test_s_loss_social_twice_is_refused(tmp_path: Path) -> None:
    """A second report under another key changes nothing, and says what to do instead."""
    on = bench(tmp_path)
    person = on.person()
    on.card(person)
    do(on, Service.LOSS_SOCIAL, person, Channel.DISTRICT)
    with pytest.raises(RuleRefused) as refused:
        do(on, Service.LOSS_SOCIAL, person, Channel.DISTRICT)
    assert "正式挂失" in refused.value.cause("zh")
    assert "补领" in refused.value.advice("zh")


def test_s_loss_social_of_an_older_card_is_refused(tmp_path: Path) -> None:
    """Cards of the first generations are replaced by applying for a new one (Rules Art. 27)."""
    on = bench(tmp_path)
    person = on.person()
    on.card(person, generation=Generation.SECOND, financial=Financial.NONE)
    with pytest.raises(RuleRefused) as refused:
        do(on, Service.LOSS_SOCIAL, person, Channel.DISTRICT)
    assert "申领第三代" in refused.value.advice("zh")


def test_s_loss_social_of_a_found_card_says_where_it_lies(tmp_path: Path) -> None:
    """Who reports a card that lies in our own drawer is told so, and saved a replacement."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    found.hand_in(on.desk(Channel.DISTRICT), "found-001", card.id)
    answer = do(on, Service.LOSS_SOCIAL, person, Channel.DISTRICT)
    assert "交存在网点 A01" in told(answer)
    assert on.look(card).life.state == Life.HANDED_IN


@pytest.mark.parametrize("fault", [Fault.DOWN, Fault.LOST_ANSWER, Fault.SLOW])
def test_s_loss_social_with_a_mute_city_is_owed(tmp_path: Path, fault: Fault) -> None:
    """The loss stands here though the city does not answer, and it is told later, once."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    on.others.set("card_management", fault)
    answer = do(on, Service.LOSS_SOCIAL, person, Channel.DISTRICT)
    assert "市社保卡管理系统尚未确认" in owed(answer)
    assert "010-00000000" in owed(answer)
    assert on.look(card).social.state == Social.LOST
    on.others.set("card_management", Fault.UP)
    on.later(minutes=10)
    run_due(on.desk())
    assert [each["event"] for each in on.others.city.card_management.reports] == ["lost_formal"]
    assert {each.state for each in duties_of(on, person)} == {"done"}


def test_s_loss_social_of_a_cut_name_takes_two(tmp_path: Path) -> None:
    """A reader's cell of 15 characters is no proof by itself, and no ground to refuse."""
    on = bench(tmp_path)
    person = on.person(name="阿卜杜热西提·麦麦提吐尔逊·买买提艾力")
    on.card(person)
    cut = replace(named(person, from_reader=True), name=person.name.reveal()[:15])
    with pytest.raises(SecondWanted):
        do(on, Service.LOSS_SOCIAL, person, Channel.DISTRICT, holder=cut)
    answer = do(on, Service.LOSS_SOCIAL, person, two(on.desk(Channel.DISTRICT)), holder=cut)
    assert values(answer)["社会保障功能"] == "已正式挂失"
