"""S-STATUS: how everything stands now, by whose word, and that somebody asked."""

from datetime import date
from pathlib import Path

import pytest
from offered import do, lying, moves, noted, told, two, values
from registry import OTHER_BANK, ask, bench, citizen_id

from emulator.parties.party import Fault
from terminal.errors import LookUnexplained, PersonUnknown, RuleRefused
from terminal.registry import applications, cards, pending, persons, runs, seats
from terminal.registry.applications import NewApplication, Sort
from terminal.registry.cards import Made
from terminal.registry.machines import Kind
from terminal.registry.pending import What
from terminal.rules.documents import DocumentKind, DocumentNumber
from terminal.rules.states import Financial, Life, Social
from terminal.rules.vocabulary import Actor, Channel, Generation, Paper, Service
from terminal.services.offered import found, status
from terminal.services.offered.request import Named
from terminal.services.offered.running import Work, carry_out


def test_s_status_tells_every_function_by_the_banks_word(tmp_path: Path) -> None:
    """The holder hears what holds now, and whether the bank says so too."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    said = values(do(on, Service.STATUS, person, Channel.HOTLINE))
    assert said["社会保障功能"] == "已启用"
    assert said["金融功能"] == "已激活（银行确认）"
    assert (said["交通出行功能"], said["公园游览功能"]) == ("未开通", "未开通")
    assert "第三代卡，发卡合作银行 BOB，持卡人持有" in said["社会保障卡"]
    assert card.number is not None
    assert card.number not in said["社会保障卡"]
    assert card.account not in str(said)


def test_s_status_within_a_temporary_loss_names_its_last_day(tmp_path: Path) -> None:
    """The question that is asked most on the telephone: when does my card work again."""
    on = bench(tmp_path)
    person = on.person()
    on.card(person)
    do(on, Service.LOSS_TEMP, person, Channel.HOTLINE)
    said = values(do(on, Service.STATUS, person, Channel.HOTLINE))
    assert said["社会保障功能"] == "临时挂失中，至 2026-03-17 24:00 止"
    assert said["金融功能"] == "临时停用（银行确认）"
    on.later(days=16)
    assert values(do(on, Service.STATUS, person, Channel.HOTLINE))["社会保障功能"] == "已启用"


def test_s_status_follows_the_bank_that_brought_the_function_back(tmp_path: Path) -> None:
    """Rules Art. 20: its return is the bank's, and the registry learns of it when it asks."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    do(on, Service.LOSS_TEMP, person, Channel.HOTLINE)
    assert card.account is not None
    on.others.city.bank.add_account(card.account)
    answer = do(on, Service.STATUS, person, Channel.BANK, key="status-01")
    assert values(answer)["金融功能"] == "已激活（银行确认）"
    assert on.look(card).financial.state == Financial.ON
    assert moves(on, card.financial.thing_id) == ["register", "lose_temp", "restore"]
    again = do(on, Service.STATUS, person, Channel.BANK, key="status-01")
    assert again.repeated
    assert again.lines == answer.lines


def test_s_status_does_not_take_an_account_for_restored_that_was_never_stopped(
    tmp_path: Path,
) -> None:
    """A bank that has not heard of the loss says "active": that is a danger, and no return."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    on.others.once("bank", Fault.DOWN, "stop_financial")
    do(on, Service.LOSS_TEMP, person, Channel.HOTLINE)
    said = values(do(on, Service.STATUS, person, Channel.HOTLINE))
    assert said["金融功能"] == "临时停用（停用通知尚未送达银行）"
    assert "停用金融功能" in said["尚未确认"]
    assert on.look(card).financial.state == Financial.STOPPED


def test_s_status_does_not_believe_a_word_from_before_the_loss(tmp_path: Path) -> None:
    """The bank answered, then the loss was reported elsewhere: the answer is of yesterday."""

    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)

    def asks(desk: object, situation: object) -> object:
        asked = status.ask(desk, situation)  # type: ignore[arg-type]  # as the engine calls it
        do(on, Service.LOSS_TEMP, person, Channel.ONLINE)
        return asked

    work = Work(Service.STATUS, status.record, ask=asks, waits=False)  # type: ignore[arg-type]
    carry_out(work, on.desk(Channel.HOTLINE), ask(Service.STATUS, person), "race-0001")
    assert on.look(card).financial.state == Financial.STOPPED


@pytest.mark.parametrize("fault", [Fault.DOWN, Fault.SLOW, Fault.REFUSE, Fault.CONTRADICT])
def test_s_status_with_a_mute_bank_speaks_by_our_records(tmp_path: Path, fault: Fault) -> None:
    """An enquiry is answered though the bank is not there, and says whose word it is."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    on.others.set("bank", fault)
    said = values(do(on, Service.STATUS, person, Channel.HOTLINE))
    assert said["金融功能"] == "已激活（按本系统记录，银行没有答复）"
    assert on.look(card).financial.state == Financial.ON


@pytest.mark.parametrize(
    ("word", "said"),
    [("stopped_formal", "正式挂失"), ("cancelled", "已销户"), ("opened", "已开户，未激活")],
)
def test_s_status_shows_where_the_bank_differs(tmp_path: Path, word: str, said: str) -> None:
    """Two records that differ are both shown: hiding one would be to choose for the holder."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    assert card.account is not None
    on.others.city.bank.add_account(card.account, state=word)
    answer = values(do(on, Service.STATUS, person, Channel.HOTLINE))
    assert answer["金融功能"] == f"本系统记录为已激活，银行答复为{said}，以银行为准"
    assert on.look(card).financial.state == Financial.ON


def test_r_risk_passes_on_that_an_account_is_restricted(tmp_path: Path) -> None:
    """What the bank's watch over accounts has come to is told, and not judged by us."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    assert card.account is not None
    on.others.city.bank.add_account(card.account, restricted=True)
    said = values(do(on, Service.STATUS, person, Channel.HOTLINE))
    assert "暂停非柜面业务" in said["金融功能"]


def test_r_ecard_is_told_of_with_all_the_other_cards(tmp_path: Path) -> None:
    """R-ECARD, R-OLD-GEN: an old card's account and the card on the telephone count as well."""
    on = bench(tmp_path)
    person = on.person()
    on.card(person, generation=Generation.SECOND, financial=Financial.NONE)
    on.card(person)
    with on.registry.writing() as tx:
        cards.register(
            tx,
            person.id,
            Generation.ELECTRONIC,
            Made("E00000015", "E0" * 16, issued_on=date(2026, 1, 5)),
            bank="",
            region="110000",
        )
    said = values(do(on, Service.STATUS, person, Channel.ONLINE))
    assert said["社会保障卡"].count("|") == 2
    assert "电子社会保障卡" in said["社会保障卡"]
    assert "第二代卡" in said["社会保障卡"]
    # At a bank the one of its own makes it the issuing bank; elsewhere it would not be.
    do(on, Service.STATUS, person, Channel.BANK)
    with pytest.raises(RuleRefused):
        do(on, Service.STATUS, person, on.desk(Channel.BANK, OTHER_BANK))


def test_s_status_leaves_out_cards_that_are_nobodys_any_more(tmp_path: Path) -> None:
    """A card that was taken back and one that was spoilt are no answer to "my card"."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    with on.registry.writing() as tx:
        cards.move(tx, cards.get(tx, card.id), Kind.LIFE, "take_back", Life.TAKEN_BACK)
    said = values(do(on, Service.STATUS, person, Channel.HOTLINE))
    assert said["社会保障卡"].endswith("已收回"), "it is in force until the new one is"
    with on.registry.writing() as tx:
        cards.move(tx, cards.get(tx, card.id), Kind.SOCIAL, "end", Social.ENDED)
    said = values(do(on, Service.STATUS, person, Channel.HOTLINE))
    assert said["社会保障卡"] == "名下没有社会保障卡"


def test_s_status_of_who_has_no_card_yet_tells_of_the_application(tmp_path: Path) -> None:
    """Who asks before the card is made is not sent away."""
    on = bench(tmp_path)
    person = on.person()
    with on.registry.writing() as tx:
        plea = applications.apply(tx, NewApplication(person.id, Sort.FIRST, "BOB"), run_id=None)
        seats.take(tx, person.id, application_id=plea.id)
    said = values(do(on, Service.STATUS, person, Channel.DISTRICT))
    assert said["社会保障卡"] == "名下没有社会保障卡"
    assert said["正在申办"] == "申领，已受理，待核验"


def test_s_status_tells_what_is_pending_unfinished_and_owed(tmp_path: Path) -> None:
    """The clerk sees at a glance what has to be done first at this card's next contact."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    on.others.set("messages", Fault.DOWN)
    do(on, Service.LOSS_TEMP, person, Channel.HOTLINE)
    with on.registry.writing() as tx:
        pending.decide(tx, card.id, What.PIN_RESET, run_id=None)
        runs.begin(
            tx,
            "left-open",
            Service.TRANSIT_LOAD,
            on.desk().by,
            {},
            person_id=person.id,
            card_id=card.id,
        )
    said = values(do(on, Service.STATUS, person, Channel.HOTLINE))
    assert said["待写入芯片"] == "重置服务密码"
    assert "交通账户充值（流水号 left-open）" in said["未办完的业务"]
    assert "短信平台尚未确认" in said["尚未确认"]


def test_s_status_of_a_found_card_says_where_it_lies(tmp_path: Path) -> None:
    """The holder who asks for the state of a lost card learns that it was found."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    found.hand_in(on.desk(), "found-001", card.id)
    answer = do(on, Service.STATUS, person, Channel.HOTLINE)
    assert "交存在网点 A01" in told(answer)


def test_s_status_by_the_card_on_the_reader_alone(tmp_path: Path) -> None:
    """Rules Art. 18: the card or a document, one of them is enough."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    desk = lying(on.desk(Channel.DISTRICT), card)
    said = values(do(on, Service.STATUS, None, desk, papers=frozenset({Paper.CARD})))
    assert said["社会保障功能"] == "已启用"
    with pytest.raises(RuleRefused) as refused:
        do(on, Service.STATUS, person, Channel.DISTRICT, papers=frozenset())
    assert "第 18 条" in refused.value.cause("zh")


def test_r_secret_a_look_is_on_record_with_who_asked(tmp_path: Path) -> None:
    """Measures Art. 11: no look without a named operator, a named service and a reason."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    do(on, Service.STATUS, person, Channel.HOTLINE)
    do(on, Service.STATUS, person, two(on.desk(), "银行核对"), actor=Actor.GUARDIAN)
    looks = noted(on, action="look")
    assert [each.note.service for each in looks] == ["S-STATUS", "S-STATUS"]
    assert [each.note.operator for each in looks] == ["wang", "wang"]
    assert [each.note.reason for each in looks] == ["holder, HOTLINE", "银行核对"]
    assert {(each.note.person_id, each.note.card_id) for each in looks} == {(person.id, card.id)}
    assert looks[1].note.facts["actor"] == "guardian"


def test_r_secret_nobody_looks_without_a_name(tmp_path: Path) -> None:
    """A look that nobody answers for is not given."""
    on = bench(tmp_path)
    person = on.person()
    on.card(person)
    for service in (Service.STATUS, Service.PROGRESS):
        with pytest.raises(LookUnexplained):
            do(on, service, person, on.desk(Channel.HOTLINE, operator=" "))
    with on.registry.reading() as tx:
        assert runs.of_person(tx, person.id) == ()


def test_s_status_of_nobody_we_know_is_an_error(tmp_path: Path) -> None:
    """A number that was mistyped is not answered with "no card"."""
    on = bench(tmp_path)
    person = on.person()
    stranger = Named(DocumentNumber(DocumentKind.CITIZEN_ID, citizen_id(8)), "张三")
    with pytest.raises(PersonUnknown):
        do(on, Service.STATUS, None, Channel.HOTLINE, holder=stranger)
    assert noted(on, person_id=person.id) == ()


@pytest.mark.parametrize("actor", [Actor.KIN, Actor.EMPLOYER])
def test_s_status_is_not_told_to_kin_or_employers(tmp_path: Path, actor: Actor) -> None:
    """Art. 18 and 24 name the holder and who was entrusted; what others learn is a leak."""
    on = bench(tmp_path)
    person = on.person()
    on.card(person)
    with pytest.raises(RuleRefused):
        do(on, Service.STATUS, person, Channel.DISTRICT, actor=actor)


def test_s_status_of_the_dead_is_not_hidden(tmp_path: Path) -> None:
    """A wrong record of a death is found by a holder who asks."""
    on = bench(tmp_path)
    person = on.person()
    on.card(person)
    with on.registry.writing() as tx:
        persons.note_death(tx, person, deceased_on=date(2026, 2, 1), reminded=False)
    assert values(do(on, Service.STATUS, person, Channel.DISTRICT))["社会保障功能"] == "已启用"


def test_s_status_asks_nothing_of_a_bank_about_a_card_without_an_account(tmp_path: Path) -> None:
    """Where there is no account there is no question, and no waiting for its answer."""
    on = bench(tmp_path)
    person = on.person()
    on.card(person, financial=Financial.NONE)
    said = values(do(on, Service.STATUS, person, Channel.HOTLINE))
    assert said["金融功能"] == "无"
    assert on.others.calls("bank") == []


def test_s_status_asks_nothing_of_a_bank_about_what_has_ended(tmp_path: Path) -> None:
    """What a new card took the place of is not held against an account that lives on."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    with on.registry.writing() as tx:
        cards.move(tx, cards.get(tx, card.id), Kind.FINANCIAL, "end", Financial.ENDED)
    assert values(do(on, Service.STATUS, person, Channel.HOTLINE))["金融功能"] == "已失效"
    assert on.others.calls("bank") == []


def test_s_status_of_a_lost_card_that_the_bank_calls_active_stays_lost(tmp_path: Path) -> None:
    """A formal loss is lifted by a service, not by a look at it."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    do(on, Service.LOSS_FULL, person)
    assert card.account is not None
    on.others.city.bank.add_account(card.account)
    said = values(do(on, Service.STATUS, person))
    assert said["金融功能"] == "本系统记录为已挂失，银行答复为正常，以银行为准"
    after = on.look(card)
    assert (after.social.state, after.financial.state) == (Social.LOST, Financial.LOST)
