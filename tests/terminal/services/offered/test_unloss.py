"""S-UNLOSS: a formal loss is lifted with document and card, and never once it was replaced."""

from pathlib import Path

import pytest
from offered import do, duties_of, lying, noted, owed, told, two, values
from registry import OTHER_BANK, bench

from emulator.parties.party import Fault
from terminal.errors import CardUnknown, PersonDiffers, RuleRefused
from terminal.registry import cards, persons, watch
from terminal.registry.machines import Kind
from terminal.rules.states import Financial, Life, Social
from terminal.rules.vocabulary import Actor, Channel, Paper, Service
from terminal.services.offered import found
from terminal.services.offered.delivery import run_due


def test_s_unloss_at_the_issuing_bank_brings_both_back(tmp_path: Path) -> None:
    """The social function is back at once; the financial one when the bank has said so."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    do(on, Service.LOSS_FULL, person)
    answer = do(on, Service.UNLOSS, person, lying(on.desk(), card))
    after = on.look(card)
    assert (after.social.state, after.financial.state) == (Social.ON, Financial.ON)
    assert card.account is not None
    assert on.others.city.bank.accounts[card.account]["state"] == "active"
    events = [each["event"] for each in on.others.city.card_management.reports]
    assert events == ["lost_formal", "restored"]
    assert "解挂" in on.others.city.messages.sent[-1]["text"]
    assert values(answer)["社会保障功能"] == "已启用"


def test_s_unloss_at_a_district_lifts_the_social_part_only(tmp_path: Path) -> None:
    """R-DISTRICT-SOCIAL: the street office has no say over the bank's account, and says so."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    do(on, Service.LOSS_FULL, person)
    answer = do(on, Service.UNLOSS, person, Channel.DISTRICT)
    after = on.look(card)
    assert (after.social.state, after.financial.state) == (Social.ON, Financial.LOST)
    assert on.others.calls("bank") == ["stop_financial"]
    assert "金融功能仍然停用，请到发卡合作银行" in told(answer)
    # The rest is the bank's own procedure.
    do(on, Service.FIN_UNLOSS, person)
    assert on.look(card).financial.state == Financial.ON


def test_s_unloss_gives_back_what_there_was_before_a_temporary_loss(tmp_path: Path) -> None:
    """A card that was never enabled is not enabled by losing and finding it."""
    on = bench(tmp_path)
    person = on.person()
    with on.registry.writing() as tx:
        card = cards.order(tx, person.id, "BOB", region="110000", run_id=None)
        card = cards.move(tx, card, Kind.LIFE, "made", Life.READY)
        card = cards.move(tx, card, Kind.LIFE, "hand_over", Life.HELD)
    do(on, Service.LOSS_TEMP, person, Channel.HOTLINE)
    do(on, Service.LOSS_SOCIAL, person, Channel.DISTRICT)
    do(on, Service.UNLOSS, person, Channel.DISTRICT)
    assert on.look(card).social.state == Social.OFF


def test_s_unloss_twice_over_looks_at_the_last_loss(tmp_path: Path) -> None:
    """A holder who loses the card again and again gets it back as it was each time."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    for _ in range(3):
        do(on, Service.LOSS_TEMP, person, Channel.HOTLINE)
        on.later(days=1)
        do(on, Service.LOSS_FULL, person)
        do(on, Service.UNLOSS, person)
        after = on.look(card)
        assert (after.social.state, after.financial.state) == (Social.ON, Financial.ON)


def test_r_unloss_not_replaced_the_old_card_stays_lost(tmp_path: Path) -> None:
    """Two cards of one person must never work side by side."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    do(on, Service.LOSS_FULL, person)
    with on.registry.writing() as tx:
        cards.move(tx, cards.get(tx, card.id), Kind.SOCIAL, "replace", Social.REPLACED)
    with pytest.raises(RuleRefused) as refused:
        do(on, Service.UNLOSS, person)
    assert "第 14 条" in refused.value.cause("zh")
    assert "补领" in refused.value.cause("zh")
    assert on.look(card).social.state == Social.REPLACED


def test_r_temp_15_is_not_lifted_by_hand(tmp_path: Path) -> None:
    """A temporary loss ends by itself; the refusal says on which day."""
    on = bench(tmp_path)
    person = on.person()
    on.card(person)
    do(on, Service.LOSS_TEMP, person, Channel.HOTLINE)
    with pytest.raises(RuleRefused) as refused:
        do(on, Service.UNLOSS, person)
    said = refused.value.cause("zh") + refused.value.advice("zh")
    assert "不能手工解除" in said
    assert "17" in said


@pytest.mark.parametrize(
    ("papers", "wanted"),
    [
        (frozenset({Paper.ID}), "社会保障卡原件"),
        (frozenset({Paper.CARD}), "有效身份证件原件"),
    ],
)
def test_s_unloss_wants_document_and_card(
    tmp_path: Path, papers: frozenset[Paper], wanted: str
) -> None:
    """Without the card nothing was found; without the document it may be the finder's wish."""
    on = bench(tmp_path)
    person = on.person()
    on.card(person)
    do(on, Service.LOSS_SOCIAL, person, Channel.DISTRICT)
    with pytest.raises(RuleRefused) as refused:
        do(on, Service.UNLOSS, person, Channel.DISTRICT, papers=papers)
    assert wanted in refused.value.cause("zh")


def test_s_unloss_of_another_card_on_the_reader_is_refused(tmp_path: Path) -> None:
    """A card that is not the lost one proves nothing: unknown, another's, a second one."""
    on = bench(tmp_path)
    person, other = on.person(), on.person("李秀英", 2)
    card, others_card = on.card(person), on.card(other)
    do(on, Service.LOSS_SOCIAL, person, Channel.DISTRICT)
    with pytest.raises(PersonDiffers):
        do(on, Service.UNLOSS, person, lying(on.desk(), others_card))
    with pytest.raises(RuleRefused) as refused:
        do(on, Service.UNLOSS, person, lying(on.desk(Channel.DISTRICT), "110000" + "9" * 26))
    assert "登记中没有这张卡" in refused.value.cause("zh")
    with on.registry.writing() as tx:
        second = cards.register(
            tx,
            person.id,
            card.generation,
            cards.Made("B00000015", "1100" * 8),
            bank="BOB",
            region="110000",
        )
    with pytest.raises(CardUnknown):
        do(on, Service.UNLOSS, person, lying(two(on.desk()), second), card=card.id)
    assert on.look(card).social.state == Social.LOST


def test_s_unloss_gives_a_found_card_back_in_the_same_step(tmp_path: Path) -> None:
    """Who comes for a card in our drawer leaves with it, and it works."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    do(on, Service.LOSS_FULL, person)
    found.hand_in(on.desk(), "found-001", card.id)
    do(on, Service.UNLOSS, person)
    after = on.look(card)
    assert (after.life.state, after.social.state) == (Life.HELD, Social.ON)


def test_s_unloss_of_the_blacklisted_is_refused(tmp_path: Path) -> None:
    """R-OWN-USE: what two people put on the list is looked into before it works again."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    do(on, Service.LOSS_SOCIAL, person, Channel.DISTRICT)
    with on.registry.writing() as tx:
        entry = watch.put_on(tx, "bought", card_id=card.id)
    with pytest.raises(RuleRefused) as refused:
        do(on, Service.UNLOSS, person, two(on.desk(Channel.DISTRICT)))
    assert "关注名单" in refused.value.cause("zh")
    found.take_off(two(on.desk()), entry)
    do(on, Service.UNLOSS, person, Channel.DISTRICT)
    assert on.look(card).social.state == Social.ON


def test_s_unloss_of_the_dead_is_refused(tmp_path: Path) -> None:
    """Kin who find the card of a dead holder cancel it."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    do(on, Service.LOSS_SOCIAL, person, Channel.DISTRICT)
    with on.registry.writing() as tx:
        persons.note_death(tx, person, deceased_on=None, reminded=True)
    with pytest.raises(RuleRefused) as refused:
        do(on, Service.UNLOSS, person, Channel.DISTRICT)
    assert "注销" in refused.value.advice("zh")
    assert on.look(card).social.state == Social.LOST


@pytest.mark.parametrize("channel", [Channel.ONLINE, Channel.HOTLINE, Channel.TRANSIT])
def test_s_unloss_is_refused_where_no_card_lies_on_a_desk(tmp_path: Path, channel: Channel) -> None:
    """A voice cannot show that it has the card."""
    on = bench(tmp_path)
    person = on.person()
    on.card(person)
    do(on, Service.LOSS_SOCIAL, person, Channel.DISTRICT)
    with pytest.raises(RuleRefused) as refused:
        do(on, Service.UNLOSS, person, channel)
    assert "发卡合作银行" in refused.value.advice("zh")


def test_s_unloss_at_another_bank_or_by_an_agent_is_refused(tmp_path: Path) -> None:
    """Only the issuing bank lifts it, and only for the holder."""
    on = bench(tmp_path)
    person = on.person()
    on.card(person)
    do(on, Service.LOSS_SOCIAL, person, Channel.DISTRICT)
    with pytest.raises(RuleRefused):
        do(on, Service.UNLOSS, person, on.desk(Channel.BANK, OTHER_BANK))
    with pytest.raises(RuleRefused):
        do(on, Service.UNLOSS, person, Channel.DISTRICT, actor=Actor.AGENT)


def test_s_unloss_without_a_loss_is_refused(tmp_path: Path) -> None:
    """A card that works needs no lifting; where only its account is stopped the bank does that."""
    on = bench(tmp_path)
    person = on.person()
    on.card(person)
    with pytest.raises(RuleRefused) as refused:
        do(on, Service.UNLOSS, person)
    assert "没有正式挂失" in refused.value.cause("zh")


def test_s_unloss_with_a_bank_down_leaves_the_account_stopped_and_owed(tmp_path: Path) -> None:
    """We do not say that money can be had again before the bank does."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    do(on, Service.LOSS_FULL, person)
    on.others.set("bank", Fault.DOWN)
    answer = do(on, Service.UNLOSS, person)
    assert "恢复" in owed(answer)
    after = on.look(card)
    assert (after.social.state, after.financial.state) == (Social.ON, Financial.LOST)
    on.others.set("bank", Fault.UP)
    on.later(minutes=5)
    run_due(on.desk())
    assert on.look(card).financial.state == Financial.ON


def test_a_stop_that_the_bank_never_heard_of_goes_before_its_lift(tmp_path: Path) -> None:
    """Told the other way round, the bank would end up with an account stopped for good."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    on.others.set("bank", Fault.DOWN)
    do(on, Service.LOSS_FULL, person)
    on.others.set("bank", Fault.UP)
    on.others.once("bank", Fault.DOWN, "stop_financial")
    answer = do(on, Service.UNLOSS, person)
    assert on.others.calls("bank") == []
    assert "停用" not in owed(answer)
    assert "恢复金融功能" in owed(answer)
    on.later(hours=2)
    run_due(on.desk())
    assert on.others.calls("bank") == ["stop_financial", "restore_financial"]
    assert card.account is not None
    assert on.others.city.bank.accounts[card.account]["state"] == "active"
    assert on.look(card).financial.state == Financial.ON
    assert {each.state for each in duties_of(on, person)} == {"done"}


def test_s_unloss_that_the_bank_refuses_waits_for_people(tmp_path: Path) -> None:
    """The financial function's return is by the bank's rules (Rules Art. 20), and it may say no."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    do(on, Service.LOSS_FULL, person)
    on.others.once("bank", Fault.REFUSE, "restore_financial")
    answer = do(on, Service.UNLOSS, person)
    assert "拒绝了：恢复金融功能" in owed(answer)
    assert on.look(card).financial.state == Financial.LOST


def test_s_unloss_repeated_asks_the_bank_once(tmp_path: Path) -> None:
    """The same key gives the same slip, and no second message."""
    on = bench(tmp_path)
    person = on.person()
    on.card(person)
    do(on, Service.LOSS_FULL, person)
    do(on, Service.UNLOSS, person, key="unloss-01")
    again = do(on, Service.UNLOSS, person, key="unloss-01")
    assert again.repeated
    assert on.others.calls("bank") == ["stop_financial", "restore_financial"]
    assert len(on.others.city.messages.sent) == 2
    assert len(noted(on, service="S-UNLOSS", action="done")) == 1
