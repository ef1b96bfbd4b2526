"""S-APPLY: a stranger gets on record, one seat a person, what is wrong is named (Art. 2-5, 27)."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from applying import (
    CHILD,
    SAID,
    again,
    application_for,
    apply_for,
    guardian,
    newest,
    seats_of,
    shown,
)
from offered import duties_of, noted, owed, told, two, values
from registry import BANK, OTHER_BANK, Bench, bench, citizen_id, named

from emulator.parties.party import Fault
from terminal.errors import RequestDiffers, RequestWrong, RuleRefused, SeatTaken, SecondWanted
from terminal.registry import applications, cards, persons, representations
from terminal.registry.cards import Made
from terminal.registry.duties import DutyState
from terminal.registry.persons import Person
from terminal.registry.store import Registry, open_registry
from terminal.rules.documents import DocumentKind, DocumentNumber, PersonKind
from terminal.rules.states import Financial, Progress, Social
from terminal.rules.vocabulary import Channel, Generation, Paper, Service
from terminal.services.offered import apply, delivery, production
from terminal.services.offered.desk import Desk
from terminal.services.offered.request import Named, Request
from terminal.services.offered.running import carry_out

PARENTS = (shown("李大明", 11), shown("赵红", 12))


@pytest.fixture
def on(tmp_path: Path) -> Bench:
    return bench(tmp_path)


def found(on: Bench, holder: Named) -> Person | None:
    with on.registry.reading() as tx:
        return persons.find(tx, holder.document, holder.nationality)


def known(on: Bench, holder: Named) -> Person:
    person = found(on, holder)
    assert person is not None
    return person


def reasons(error: pytest.ExceptionInfo[RuleRefused]) -> set[tuple[str, str]]:
    return {(each.rule, each.article) for each in error.value.facts["decision"].reasons}  # type: ignore[attr-defined]  # a Decision


# --- What is put on record -----------------------------------------------------------------


def test_s_apply_puts_a_stranger_on_record_with_a_seat_and_the_citys_right(on: Bench) -> None:
    """Everything later hangs on it: who they are, their one seat, the right to the card."""
    answer = apply_for(on, photo="aGFsbG8=")
    person = known(on, shown())
    assert person.name.reveal() == "李小明"
    assert person.mobile is not None
    assert person.mobile.reveal() == "13800000001"
    assert person.occupation == "20800"
    assert person.document.valid_until == date(2036, 1, 1)
    application = newest(on)
    assert (application.progress.state, application.bank) == (Progress.APPLIED, BANK)
    assert seats_of(on, person).current_application == application.id
    city = on.others.city.card_management.state["people"][f"citizen_id {citizen_id(7)}"]
    assert city["being_made"]["reserved_by"] == "apply-0001.right"
    slip = values(answer)
    assert slip["申请编号"] == str(application.id)
    assert slip["合作银行"] == BANK
    assert slip["制成时限"] == "2026年4月1日24时"
    assert "到 BOB 网点领取" in slip["领取方式"]
    assert "核验" not in slip
    assert answer.owed == ()
    assert "李小明" not in str(answer.document())


def test_s_apply_twice_under_one_key_is_one_application(on: Bench) -> None:
    """A clerk who sees no answer asks again, and must not make two cards of it."""
    first = apply_for(on)
    second = apply_for(on)
    assert second.repeated
    assert (second.number, second.lines) == (first.number, first.lines)
    assert on.others.calls("card_management").count("reserve") == 1
    with pytest.raises(RequestDiffers):
        apply_for(on, mobile="13900000000")


def test_s_apply_keeps_what_the_registry_knows_of_somebody(on: Bench) -> None:
    """Who is on record says only what has changed; the version counts up for the chip's copy."""
    person = on.person(address="北京市", occupation="20800")
    holder = named(person)
    carry_out(
        apply.WORK,
        on.desk(),
        application_for(holder, said={"bank": BANK, "mobile": "13911112222"}),
        "key-1",
    )
    now = known(on, holder)
    assert now.mobile is not None
    assert (now.mobile.reveal(), now.occupation) == ("13911112222", "20800")
    assert now.data_version == person.data_version + 1


def test_s_apply_by_post_and_on_the_spot_say_so(on: Bench) -> None:
    """How the card is come by, and by when, is what the applicant takes home on paper."""
    assert "邮寄" in values(apply_for(on, by_post="yes"))["领取方式"]
    desk = on.desk(instant=True)
    slip = values(apply_for(on, shown("王二", 8), desk, key="apply-0002", instant="yes"))
    assert slip["制成时限"] == "现场制作"
    assert newest(on).instant


def test_r_old_gen_a_card_of_an_earlier_generation_is_no_hindrance(on: Bench) -> None:
    """Rules Art. 27: the old card stays usable, and its holder applies like anybody else."""
    person = on.person(address="北京市", occupation="90002")
    old = on.card(person, generation=Generation.SECOND, financial=Financial.ON)
    answer = apply_for(on, named(person))
    assert on.look(old).social.state == Social.ON
    assert "不收回" in told(answer)
    assert newest(on).old_card_id is None


def test_r_make_30_counts_calendar_days_from_the_application(on: Bench) -> None:
    """Rules Art. 22: 2 March and 30 days are 1 April, a minute before midnight too."""
    on.now = on.now.replace(hour=23, minute=59)
    assert values(apply_for(on))["制成时限"] == "2026年4月1日24时"
    on.later(minutes=1)
    assert values(apply_for(on, shown("王二", 8), key="apply-0002"))["制成时限"] == (
        "2026年4月2日24时"
    )


# --- R-ONE ---------------------------------------------------------------------------------


def test_r_one_a_second_application_is_refused(on: Bench) -> None:
    """Rules Art. 4: being made counts as having one, here and under any key."""
    apply_for(on)
    with pytest.raises(RuleRefused) as refused:
        apply_for(on, key="apply-0002")
    assert ("R-ONE", "4") in reasons(refused)
    assert noted(on, action="refused")


def test_r_one_a_card_in_force_is_replaced_or_renewed_instead(on: Bench) -> None:
    """The way out is named: a lost card is replaced, a damaged one renewed."""
    person = on.person(address="北京市", occupation="20800")
    on.card(person)
    with pytest.raises(RuleRefused) as refused:
        apply_for(on, named(person))
    assert reasons(refused) == {("R-ONE", "4")}
    assert "补领" in refused.value.advice("zh")


def test_r_one_two_cards_from_before_are_an_old_mistake_not_a_way_to_a_third(on: Bench) -> None:
    """A person whom an old muddle gave two cards gets no third one by two people either."""
    person = on.person(address="北京市", occupation="20800")
    on.card(person)
    with on.registry.writing() as tx:
        made = Made("A99999995", "110000D156000005FFFFFFFFFFFFFFFF")
        cards.register(tx, person.id, Generation.THIRD, made, bank=OTHER_BANK, region="110000")
    with pytest.raises(RuleRefused) as refused:
        apply_for(on, named(person), two(on.desk()))
    assert ("R-ONE", "4") in reasons(refused)


def test_r_one_the_city_knows_of_a_card_that_no_counter_here_made(on: Bench) -> None:
    """One outlet's registry is not the city: its word is asked before the seat is taken."""
    on.others.city.card_management.add_card("citizen_id", citizen_id(7), "C00000001", OTHER_BANK)
    with pytest.raises(RuleRefused) as refused:
        apply_for(on)
    assert reasons(refused) == {("R-ONE", "4")}
    assert found(on, shown()) is None


def test_r_one_both_parents_at_two_counters_in_the_same_second(on: Bench, tmp_path: Path) -> None:
    """Two counters, two processes' worth of connections, one child: one application, never two."""
    child = shown("李宝宝", 13, CHILD, DocumentKind.HOUSEHOLD_REGISTER)
    start = threading.Barrier(2)
    outcomes: list[object] = []

    def apply_at(registry: Registry, parent: Named, number: int) -> None:
        desk = Desk(registry, on.others.ports, on.desk().where, f"A0{number}", "wang")
        start.wait()
        try:
            carry_out(apply.WORK, desk, guardian(child, parent), f"parent-{number}")
            outcomes.append("accepted")
        except Exception as error:  # noqa: BLE001  the thread's outcome is looked at below
            outcomes.append(error)

    registries = [
        open_registry(tmp_path / "registry.db", on.registry.vault, on.registry.clock)
        for _ in PARENTS
    ]
    threads = [
        threading.Thread(target=apply_at, args=(registry, parent, number))
        for number, (registry, parent) in enumerate(zip(registries, PARENTS, strict=True))
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    for registry in registries:
        registry.close()
    lost = [each for each in outcomes if each != "accepted"]
    assert len(lost) == 1
    assert isinstance(lost[0], (SeatTaken, RuleRefused))
    with on.registry.reading() as tx:
        assert len(applications.all_open(tx)) == 1
        assert len(applications.of_person(tx, known(on, child).id)) == 1


def test_r_one_what_was_withdrawn_here_is_no_card_elsewhere(on: Bench) -> None:
    """The city was down when the right was given back: that must not lock the person out."""
    apply_for(on)
    on.others.set("card_management", Fault.DOWN)
    production.withdraw(on.desk(), newest(on).id)
    on.others.set("card_management", Fault.UP)
    apply_for(on, key="apply-0002")
    step = production.verify(on.desk(), newest(on).id)
    assert step.application.progress.state == Progress.VERIFIED
    assert step.reasons == ()


# --- R-ELIGIBLE, R-VERIFY ------------------------------------------------------------------


def test_r_eligible_neither_insured_nor_entitled_is_refused(on: Bench) -> None:
    """Rules Art. 2 names who may apply; the refusal names the article and what to do first."""
    on.others.city.data_sharing.add_person(citizen_id(7), "李小明", insured=False)
    with pytest.raises(RuleRefused) as refused:
        apply_for(on)
    assert reasons(refused) == {("R-ELIGIBLE", "2")}
    assert "参保" in refused.value.advice("zh")


def test_r_eligible_an_entitlement_is_enough(on: Bench) -> None:
    """Who is not insured but entitled to a service on the card may apply (Rules Art. 2)."""
    city = on.others.city.data_sharing
    city.add_person(citizen_id(7), "李小明", insured=False, entitlements=["elderly"])
    apply_for(on)
    assert newest(on).progress.state == Progress.APPLIED


def test_r_eligible_whom_nobody_knows_is_not_insured_here(tmp_path: Path) -> None:
    """A number that the authorities have never heard of is nobody's insurance."""
    on = bench(tmp_path, open_register=False)
    with pytest.raises(RuleRefused) as refused:
        apply_for(on)
    assert ("R-ELIGIBLE", "2") in reasons(refused)


def test_r_verify_a_party_that_contradicts_the_identity_refuses(on: Bench) -> None:
    """Another name under this number: the document or the record is wrong, and nobody guesses."""
    on.others.city.data_sharing.add_person(citizen_id(7), "李小朋")
    with pytest.raises(RuleRefused) as refused:
        apply_for(on)
    assert reasons(refused) == {("R-VERIFY", "4")}
    assert found(on, shown()) is None


def test_r_verify_the_deceased_get_no_card(on: Bench) -> None:
    """Rules Art. 4: alive is one of the things that are asked."""
    on.others.city.data_sharing.add_person(citizen_id(7), "李小明", deceased_on="2026-02-01")
    with pytest.raises(RuleRefused) as refused:
        apply_for(on)
    assert reasons(refused) == {("R-VERIFY", "4")}


@pytest.mark.parametrize("fault", [Fault.DOWN, Fault.SLOW, Fault.CONTRADICT, Fault.REFUSE])
def test_r_verify_a_mute_party_holds_nobody_up_and_the_slip_says_so(
    on: Bench, fault: Fault
) -> None:
    """Taking the application is not making the card: it is verified before that."""
    on.others.set("data_sharing", fault)
    answer = apply_for(on)
    assert "制卡前再核验" in values(answer)["核验"]
    assert newest(on).progress.state == Progress.APPLIED


@pytest.mark.parametrize("fault", [Fault.DOWN, Fault.LOST_ANSWER, Fault.SLOW])
def test_the_citys_right_is_owed_until_the_city_has_answered(on: Bench, fault: Fault) -> None:
    """A lost answer is asked for again under the same key, and reserves once."""
    on.others.once("card_management", fault, "reserve")
    answer = apply_for(on)
    assert "登记制卡资格" in owed(answer)
    on.later(minutes=1)
    delivery.run_due(on.desk())
    assert all(each.state is DutyState.DONE for each in duties_of(on, known(on, shown())))
    assert owed(apply_for(on)) == ""


# --- Names ---------------------------------------------------------------------------------


def test_r_fin_check_a_name_that_differs_only_in_the_middle_dot_passes(on: Bench) -> None:
    """Six code points look like one dot; nobody is asked twice for what a keyboard did."""
    on.others.city.data_sharing.add_person(citizen_id(7), "阿不都•热西提")
    on.others.city.bank.add_document(citizen_id(7), "阿不都‧热西提")
    apply_for(on, shown("阿不都·热西提"))
    step = production.verify(on.desk(), newest(on).id)
    assert step.application.progress.state == Progress.VERIFIED


def test_r_fin_check_a_cut_name_is_typed_whole_and_two_people_agree(on: Bench) -> None:
    """A reader's cell of 15 characters is a prefix: no silent pass, and no flat refusal."""
    whole = "阿卜杜热合曼阿卜杜喀迪尔艾山江·买买提"
    holder = shown(whole[:15], from_reader=True)
    with pytest.raises(RequestWrong, match="name"):
        apply_for(on, holder)
    with pytest.raises(SecondWanted) as second:
        apply_for(on, holder, name=whole)
    assert "R-FIN-CHECK" in {each.rule for each in second.value.facts["decision"].reasons}  # type: ignore[attr-defined]  # a Decision
    apply_for(on, holder, two(on.desk()), name=whole)
    assert known(on, holder).name.reveal() == whole


def test_a_whole_name_that_is_another_is_wrong_whoever_agrees(on: Bench) -> None:
    """Two people agree to a cut name, not to a different one."""
    holder = shown("阿卜杜热合曼阿卜杜喀迪尔艾山江", from_reader=True)
    with pytest.raises(RequestWrong, match="name"):
        apply_for(on, holder, two(on.desk()), name="买买提阿卜杜喀迪尔艾山江阿卜杜热合曼")


def test_a_short_name_from_a_reader_needs_nobody_else(on: Bench) -> None:
    """Most names fit the cell, and most people are served by one clerk."""
    apply_for(on, shown("李小明", from_reader=True))
    assert known(on, shown()).name.reveal() == "李小明"


def test_a_rare_character_of_the_private_use_area_is_seen_by_two(on: Bench) -> None:
    """What no font shows alike is looked at by two people, never refused."""
    holder = shown("李\ue5e5明")
    with pytest.raises(SecondWanted):
        apply_for(on, holder)
    apply_for(on, holder, two(on.desk()))
    assert known(on, holder).id


# --- Bad input -----------------------------------------------------------------------------

_WRONG_CHECK = citizen_id(7)[:-1] + ("0" if citizen_id(7)[-1] != "0" else "1")
_WRONG = {
    "wrong check digit": (shown(number=_WRONG_CHECK), {}, "居民身份证号码", "校验码"),
    "an expired document": (shown(), {"valid_until": "2026-03-01"}, "证件有效期", "已过"),
    "a photo that is none": (shown(), {"photo": "照片"}, "个人照片", "base64"),
    "a huge photo": (shown(), {"photo": "A" * 1_000_004}, "个人照片", "base64"),
    "a bank of seventeen": (shown(), {"bank": "B" * 17}, "合作银行", "16"),
    "a bank of two lines": (shown(), {"bank": "BO\nB"}, "合作银行", "代号"),
    "neither yes nor no": (shown(), {"by_post": "maybe"}, "by_post", "yes"),
    "on the spot where nobody can": (shown(), {"instant": "yes"}, "即时制卡", "不具备"),
}


@pytest.mark.parametrize(("holder", "said", "item", "detail"), _WRONG.values(), ids=list(_WRONG))
def test_what_is_wrong_is_named_and_nothing_is_on_record(
    on: Bench, holder: Named, said: dict[str, str], item: str, detail: str
) -> None:
    """A clerk is told which item to correct; half an application is none."""
    with pytest.raises(RequestWrong) as wrong:
        apply_for(on, holder, **said)
    assert item in wrong.value.message("zh")
    assert detail in wrong.value.cause("zh")
    number = holder.document.number
    assert number not in wrong.value.message("zh") + wrong.value.cause("zh")
    with on.registry.reading() as tx:
        assert applications.all_open(tx) == ()
    assert found(on, holder) is None
    assert on.others.calls("data_sharing") in ([], ["verify"])


def test_no_document_is_no_application(on: Bench) -> None:
    """A request without a holder is a program's mistake that a clerk can read."""
    request = Request(Service.APPLY, papers=frozenset(Paper), wishes=SAID)
    with pytest.raises(RequestWrong, match="document"):
        carry_out(apply.WORK, on.desk(), request, "key-1")


def test_s_apply_online_wants_the_photo_and_no_papers(on: Bench) -> None:
    """Nobody lays a paper photo on a desk that is not there."""
    with pytest.raises(RequestWrong, match="photo"):
        apply_for(on, at=Channel.ONLINE)
    apply_for(on, at=Channel.ONLINE, photo="aGFsbG8=")
    assert newest(on).online


def test_s_apply_is_not_offered_on_the_telephone(on: Bench) -> None:
    """What may not be done here is refused as that, before an item is looked at."""
    with pytest.raises(RuleRefused) as refused:
        apply_for(on, at=Channel.HOTLINE, mobile="")
    assert ("S-APPLY", "3") in reasons(refused)


# --- People at the counter -----------------------------------------------------------------

_PEOPLE = {
    "Hong Kong, residence permit": (
        DocumentKind.RESIDENCE_PERMIT,
        citizen_id(7, region="810000"),
        {},
        PersonKind.HONG_KONG,
    ),
    "Macau, home-return permit": (
        DocumentKind.HOME_RETURN_PERMIT,
        "M12345678",
        {"birth": "1990-01-01"},
        PersonKind.MACAU,
    ),
    "Hong Kong, of other nationality": (
        DocumentKind.HOME_RETURN_PERMIT,
        "HA1234567",
        {"birth": "1990-01-01"},
        PersonKind.HONG_KONG,
    ),
    "Taiwan, travel permit": (
        DocumentKind.TAIWAN_PERMIT,
        "12345678",
        {"birth": "1990-01-01"},
        PersonKind.TAIWAN,
    ),
    "Taiwan, residence permit": (
        DocumentKind.RESIDENCE_PERMIT,
        citizen_id(7, region="830000"),
        {},
        PersonKind.TAIWAN,
    ),
    "a foreigner's old residence card": (
        DocumentKind.PERMANENT_RESIDENCE,
        "FRA110000010101",
        {"birth": "1990-01-01", "nationality": "FRA"},
        PersonKind.FOREIGNER,
    ),
    "a citizen's household register": (
        DocumentKind.HOUSEHOLD_REGISTER,
        citizen_id(7),
        {"valid_until": ""},
        PersonKind.CITIZEN,
    ),
}


@pytest.mark.parametrize(("kind", "number", "said", "person"), _PEOPLE.values(), ids=list(_PEOPLE))
def test_everybody_applies_by_their_own_document(
    on: Bench, kind: DocumentKind, number: str, said: dict[str, str], person: PersonKind
) -> None:
    """Residents of Hong Kong, Macau and Taiwan and foreigners are served by what they have."""
    holder = shown("陈大文", kind=kind, number=number)
    apply_for(on, holder, **said)
    assert known(on, holder).kind is person


def test_a_passport_is_known_by_its_country_too(on: Bench) -> None:
    """Two countries may print one number; the registry keeps them apart, whatever the city does."""
    on.others.set("card_management", Fault.DOWN)
    for number, country in enumerate(("FRA", "DEU"), 1):
        holder = shown("MARIE", kind=DocumentKind.PASSPORT, number="18AA12345", nationality=country)
        apply_for(on, holder, key=f"apply-{number:04}", birth="1990-01-01")
        assert known(on, holder).nationality == country


def test_r_guardian_a_child_comes_with_a_guardian(on: Bench) -> None:
    """The digest's R-GUARDIAN: a child's application is the guardian's to make."""
    child = shown("李宝宝", 13, CHILD, DocumentKind.HOUSEHOLD_REGISTER)
    with pytest.raises(RuleRefused) as refused:
        apply_for(on, child)
    assert reasons(refused) == {("R-GUARDIAN", "")}
    answer = carry_out(apply.WORK, on.desk(), guardian(child, PARENTS[0]), "parent-1")
    assert values(answer)["合作银行"] == BANK
    with on.registry.reading() as tx:
        on_record = representations.of_person(tx, known(on, child).id)
    assert [each.number.reveal() for each in on_record] == [PARENTS[0].document.number]


@pytest.mark.parametrize(
    ("parent", "detail"),
    [
        (None, "代办人"),
        (shown("李宝宝", 13, CHILD, DocumentKind.HOUSEHOLD_REGISTER), "代办人"),
        (shown("李大明", number=_WRONG_CHECK), "校验码"),
    ],
    ids=["nobody", "the child", "a wrong number"],
)
def test_r_guardian_a_guardian_has_to_be_somebody(
    on: Bench, parent: Named | None, detail: str
) -> None:
    """Who acts by law is on record by a document of their own."""
    child = shown("李宝宝", 13, CHILD, DocumentKind.HOUSEHOLD_REGISTER)
    with pytest.raises((RequestWrong, RuleRefused)) as wrong:
        carry_out(apply.WORK, on.desk(), guardian(child, parent), "parent-1")
    assert detail in wrong.value.cause("zh")


def test_r_guardian_proof_of_guardianship_is_wanted(on: Bench) -> None:
    """A stranger with a child's number is no guardian."""
    child = shown("李宝宝", 13, CHILD, DocumentKind.HOUSEHOLD_REGISTER)
    request = guardian(child, PARENTS[0])
    request = application_for(
        child,
        actor=request.actor,
        representative=request.representative,
        papers=request.papers - {Paper.GUARDIANSHIP},
    )
    with pytest.raises(RuleRefused) as refused:
        carry_out(apply.WORK, on.desk(), request, "parent-1")
    assert "监护关系证明" in refused.value.cause("zh")


@pytest.mark.parametrize(
    ("born", "warned"),
    [
        ("20080302", False),  # 18 today
        ("20080303", True),  # 18 tomorrow
        ("20100302", True),  # 16 today
    ],
)
@pytest.mark.parametrize("channel", [Channel.BANK, Channel.ONLINE])
def test_r_guardian_from_16_on_somebody_applies_alone(
    on: Bench, born: str, channel: Channel, *, warned: bool
) -> None:
    """Who works is insured and may apply (Rules Art. 2); of the account's own rules they are told.

    The birthday itself counts.
    """
    answer = apply_for(on, shown("李小明", born=born), channel, photo="AAAA")
    assert ("未满 18 周岁" in told(answer)) is warned


def test_r_guardian_until_16_nobody_applies_alone(on: Bench) -> None:
    """The day before the birthday it is still for a guardian."""
    with pytest.raises(RuleRefused):
        apply_for(on, shown("李小明", born="20100303"))  # 16 tomorrow


def test_r_guardian_also_where_the_birth_date_is_only_said(on: Bench) -> None:
    """A child's travel permit does not have the birth date in its number."""
    child = shown("陈宝宝", kind=DocumentKind.HOME_RETURN_PERMIT, number="H12345678")
    with pytest.raises(RuleRefused) as refused:
        apply_for(on, child, birth="2020-06-01")
    assert reasons(refused) == {("R-GUARDIAN", "")}


def test_what_looks_odd_and_is_not_wrong_is_told(on: Bench) -> None:
    """An old division's code is looked at again, not refused."""
    holder = shown(number=citizen_id(7, region="199901"))
    assert "行政区划" in told(apply_for(on, holder))


def test_an_application_changes_no_application_but_its_own(on: Bench) -> None:
    """Somebody else's application stands as it stood."""
    apply_for(on)
    mine = newest(on)
    apply_for(on, shown("王二", 8), key="apply-0002")
    assert again(on, mine).progress == mine.progress


def test_document_numbers_of_one_person_find_one_person(on: Bench) -> None:
    """A citizen's number is one, whichever document shows it: R-ONE hangs on it."""
    apply_for(on)
    register = Named(DocumentNumber(DocumentKind.HOUSEHOLD_REGISTER, citizen_id(7)), "李小明")
    with pytest.raises(RuleRefused) as refused:
        apply_for(on, register, key="apply-0002")
    assert ("R-ONE", "4") in reasons(refused)


def test_s_apply_at_a_partner_bank(on: Bench) -> None:
    """Where the banks are named, a code that is none of theirs is told with the list."""
    desk = replace(on.desk(), banks={BANK: "北京银行", OTHER_BANK: "工商银行"})
    with pytest.raises(RequestWrong) as wrong:
        apply_for(on, at=desk, bank="XYZ")
    assert "BOB（北京银行）、ICBC（工商银行）" in wrong.value.cause("zh")
    apply_for(on, at=desk, bank=BANK)
    assert newest(on).bank == BANK
