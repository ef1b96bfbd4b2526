"""What the rules decide, rule by rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from cases import (
    APPLIED,
    HERE,
    LOST_CARD,
    MADE,
    NEW_CARD,
    THERE,
    card,
    perfect,
    person,
    who,
)

from terminal.rules.case import ApplicationFacts, Case
from terminal.rules.decide import IN_FORCE, decide
from terminal.rules.decision import Verdict
from terminal.rules.states import Financial, Life, Progress, Public, Social
from terminal.rules.vocabulary import Actor, Channel, Generation, Ground, Paper, Pin, Service

GUARDIAN, AGENT, KIN = Actor.GUARDIAN, Actor.AGENT, Actor.KIN


def why_not(case: Case) -> set[tuple[str, str]]:
    """Give the rules and articles that refuse a case."""
    decision = decide(case)
    assert decision.verdict is Verdict.REFUSED
    return {(each.rule, each.article) for each in decision.reasons}


def two_people_for(case: Case) -> set[tuple[str, str]]:
    decision = decide(case)
    assert decision.verdict is Verdict.SECOND
    return {(each.rule, each.article) for each in decision.reasons}


def told(case: Case) -> set[str]:
    return {each.rule for each in decide(case).tell}


def works(case: Case) -> bool:
    return decide(case).verdict is Verdict.ALLOWED


# --- Rule by rule ----------------------------------------------------------------------------


def test_r_eligible() -> None:
    """Who is neither insured nor entitled has no card; what nobody knows yet is verified later."""
    case = perfect(Service.APPLY)
    assert why_not(person(case, entitled=False)) == {("R-ELIGIBLE", "2")}
    assert works(person(case, entitled=None))


@pytest.mark.parametrize("service", [Service.APPLY, Service.GROUP])
def test_r_one(service: Service) -> None:
    """One person has one card, whether in force or being made (发卡状态)."""
    case = perfect(service)
    assert why_not(person(case, has_card=True)) == {("R-ONE", "4")}
    for progress in (Progress.APPLIED, Progress.VERIFIED, Progress.MAKING, Progress.MADE):
        assert why_not(replace(case, application=ApplicationFacts(progress, HERE))) == {
            ("R-ONE", "4")
        }


@pytest.mark.parametrize("service", [Service.REPLACE, Service.RENEW, Service.BANK_CHANGE])
def test_r_one_beside_the_old_card_is_one_too(service: Service) -> None:
    """Beside the card in force one other is being made, and not two."""
    assert ("R-ONE", "4") in why_not(replace(perfect(service), application=APPLIED))


def test_r_one_an_old_muddle_is_for_two_people() -> None:
    """Two cards from before are looked at by two people; a loss and a question never wait."""
    two = dict.fromkeys(("cards_in_force",), 2)
    assert two_people_for(person(perfect(Service.RENEW), **two)) == {("R-ONE", "4")}
    for service in (Service.LOSS_TEMP, Service.LOSS_FULL, Service.STATUS, Service.PROGRESS):
        assert works(person(perfect(service), **two))


MAKING = [Service.APPLY, Service.REPLACE, Service.RENEW, Service.DATA_BASIC, Service.INSTANT]


@pytest.mark.parametrize("service", MAKING)
def test_r_verify_nothing_is_made_for_the_dead(service: Service) -> None:
    """Whether somebody lives is asked before a card is made (生存状态)."""
    assert ("R-VERIFY", "4") in why_not(person(perfect(service), alive=False))


def test_r_verify_identity_is_what_the_platform_has() -> None:
    """A card with another name than 人社's would be refused in every hospital."""
    case = perfect(Service.APPLY)
    assert why_not(person(case, identity_agrees=False)) == {("R-VERIFY", "4")}


def test_r_new_off() -> None:
    """A new card does nothing yet, and its holder is told what to do about it."""
    assert "R-NEW-OFF" in told(perfect(Service.COLLECT))
    assert works(perfect(Service.ENABLE))
    # Neither transit nor park waits for the social function.
    for service in (Service.TRANSIT_LOAD, Service.PARK_BUY):
        assert works(replace(perfect(service), card=NEW_CARD))


PENDING = [Service.PIN_SET, Service.PIN_CHANGE, Service.PIN_RESET, Service.DATA_MINOR]


@pytest.mark.parametrize("service", PENDING)
def test_r_pending(service: Service) -> None:
    """Who changes a PIN at home has to know that the chip learns of it at the next contact."""
    assert "R-PENDING" in told(perfect(service, Channel.ONLINE))
    assert "R-PENDING" not in told(perfect(service))


@pytest.mark.parametrize("channel", ["DISTRICT", "BANK", "ONLINE", "HOTLINE"])
def test_r_temp_15_in_every_channel(channel: str) -> None:
    """A lost card is stopped wherever its holder gets through, and they hear what it means."""
    case = perfect(Service.LOSS_TEMP, Channel(channel), THERE)
    assert works(case)
    assert "R-TEMP-15" in told(case)
    texts = "".join(each.why.zh for each in decide(case).tell)
    assert "15 个自然日" in texts
    assert "自动恢复" in texts
    assert "风险由持卡人承担" in texts


def test_r_temp_15_is_neither_longer_nor_lifted_by_hand() -> None:
    """Fifteen days and no more; it ends by itself, and the day is named."""
    stopped = {"social": Social.TEMP_LOST, "social_returns": date(2026, 3, 17)}
    for service in (Service.LOSS_TEMP, Service.UNLOSS):
        case = card(perfect(service), **stopped)
        assert ("R-TEMP-15", "13") in why_not(case)
        assert "2026年3月17日24时" in "".join(each.sentence.zh for each in decide(case).reasons)
    assert works(card(perfect(Service.LOSS_SOCIAL), **stopped))


def test_r_temp_15_stops_no_transit_and_no_park() -> None:
    """The rules stop the social and the financial function, and name no other."""
    for service in (Service.TRANSIT_LOAD, Service.TRANSIT_REFUND, Service.PARK_BUY):
        assert works(card(perfect(service), social=Social.TEMP_LOST))
        assert ("S-UNLOSS", "14") in why_not(card(perfect(service), social=Social.LOST))


def test_r_district_social() -> None:
    """A street office cannot stop an account for good: it says where, and what it can do now."""
    decision = decide(perfect(Service.LOSS_FULL, Channel.DISTRICT))
    (reason,) = decision.reasons
    assert (reason.rule, reason.article) == ("R-DISTRICT-SOCIAL", "13")
    assert reason.instead is not None
    for words in ("发卡合作银行", "临时挂失", "社会保障功能正式挂失"):
        assert words in reason.instead.zh
    assert "R-DISTRICT-SOCIAL" in told(perfect(Service.LOSS_SOCIAL, Channel.DISTRICT))
    assert "R-DISTRICT-SOCIAL" not in told(perfect(Service.LOSS_SOCIAL))


def test_r_district_social_the_account_can_still_be_stopped_after_it() -> None:
    """After the formal loss of one function the other can be stopped at once, anywhere."""
    lost = replace(perfect(Service.LOSS_TEMP, Channel.DISTRICT), card=LOST_CARD)
    assert works(lost)
    assert why_not(card(lost, financial=Financial.LOST)) == {("R-TEMP-15", "13")}


def test_r_unloss_not_replaced() -> None:
    """Two cards in force would be the end of R-ONE: what was replaced is not brought back."""
    case = card(perfect(Service.UNLOSS), social=Social.REPLACED)
    assert why_not(case) == {("R-UNLOSS-NOT-REPLACED", "14")}
    assert "R-UNLOSS-NOT-REPLACED" in told(perfect(Service.REPLACE))


def test_r_unloss_not_replaced_nor_replaced_twice() -> None:
    """A second replacement is only where nothing came of the first."""
    case = card(perfect(Service.REPLACE), social=Social.REPLACED)
    assert why_not(case) == {("S-REPLACE", "15")}
    assert works(card(case, replaced_in_vain=True))


def test_r_renew_grounds() -> None:
    """Three grounds and no fourth: a card is not renewed because its holder would like it."""
    case = perfect(Service.RENEW)
    assert why_not(replace(case, grounds=frozenset())) == {("R-RENEW-GROUNDS", "16")}
    for ground in Ground:
        assert decide(replace(case, grounds=frozenset({ground}))).allowed
    changed = replace(case, grounds=frozenset({Ground.DATA}))
    assert why_not(person(changed, basic_data_changed=None)) == {("R-RENEW-GROUNDS", "17")}
    assert works(replace(perfect(Service.BANK_CHANGE), grounds=frozenset()))


def test_r_renew_grounds_a_dead_chip_is_one() -> None:
    """What a chip is needed for says that it is to be renewed, and renewing needs no chip."""
    for service in (Service.PIN_CHANGE, Service.TRANSIT_LOAD, Service.PARK_BUY):
        assert why_not(card(perfect(service), readable=False)) == {("R-RENEW-GROUNDS", "16")}
    dead = card(perfect(Service.RENEW), readable=False)
    assert works(replace(dead, grounds=frozenset({Ground.CHIP})))
    assert works(replace(perfect(Service.ENABLE), card=replace(NEW_CARD, readable=False)))


def test_r_renew_money_is_told() -> None:
    """Who renews has to have an account to name when they collect."""
    assert "R-RENEW-MONEY" in told(perfect(Service.RENEW))
    assert "R-RENEW-MONEY" not in told(perfect(Service.REPLACE))


def test_r_renew_park_only_at_renewal() -> None:
    """A pass is moved on the spot when the new card is collected, and at no other time."""
    case = perfect(Service.PARK_MOVE)
    assert works(case)
    assert why_not(replace(case, application=None)) == {("R-RENEW-PARK", "16")}
    first = replace(case, application=ApplicationFacts(Progress.MADE, HERE))
    assert why_not(first) == {("R-RENEW-PARK", "16")}  # no old card to take a pass from


def test_r_old_until_new() -> None:
    """The old card works until the new one is enabled; afterwards nothing of it does."""
    assert "R-OLD-UNTIL-NEW" in told(perfect(Service.ENABLE))
    for service in (Service.PIN_CHANGE, Service.LOSS_TEMP, Service.RENEW, Service.REPLACE):
        assert ("R-OLD-UNTIL-NEW", "16, 19") in why_not(card(perfect(service), social=Social.ENDED))


def test_r_old_destroy() -> None:
    """No new card without the old one, unless that is lost; and a card taken back is no card."""
    case = perfect(Service.COLLECT)
    renewed = replace(case, application=replace(MADE, takes_back=True, in_place_of=True))
    assert works(renewed)
    without = replace(renewed, papers=renewed.papers - {Paper.CARD})
    assert why_not(without) == {("R-OLD-DESTROY", "16")}
    assert works(replace(without, application=MADE))
    taken = card(perfect(Service.PIN_RESET), life=Life.TAKEN_BACK)
    assert why_not(taken) == {("R-OLD-DESTROY", "16, 21")}
    assert "R-OLD-DESTROY" in told(perfect(Service.RENEW))


def test_r_bank_6m() -> None:
    """In principle is not never: a clerk may not, two people may, and the day is said."""
    case = person(perfect(Service.BANK_CHANGE), bank_changed_until=date(2026, 5, 1))
    assert two_people_for(case) == {("R-BANK-6M", "16")}
    assert "2026年5月1日24时" in decide(case).reasons[0].sentence.zh
    assert "R-BANK-6M" in told(case)


def test_r_bank_6m_is_about_the_bank_alone() -> None:
    """A card that breaks in month three is renewed all the same."""
    case = person(perfect(Service.RENEW), bank_changed_until=date(2026, 5, 1))
    assert works(case)


@pytest.mark.parametrize(
    ("service", "article"),
    [
        (Service.REPLACE, "15"),
        (Service.RENEW, "16"),
        (Service.BANK_CHANGE, "16"),
        (Service.DATA_BASIC, "16"),
        (Service.FIN_CANCEL, "20"),
    ],
)
def test_r_subsidy_note(service: Service, article: str) -> None:
    """A pension paid into a closed account is found missing months later."""
    (note,) = [each for each in decide(perfect(service)).tell if each.rule == "R-SUBSIDY-NOTE"]
    assert note.article == article


def test_r_subsidy_note_when_the_new_card_is_collected() -> None:
    """It is said again when the new number is there, and not to who never had another."""
    case = perfect(Service.COLLECT)
    assert "R-SUBSIDY-NOTE" not in told(case)
    assert "R-SUBSIDY-NOTE" in told(replace(case, application=replace(MADE, in_place_of=True)))


@pytest.mark.parametrize("service", [Service.COLLECT, Service.COLLECT_GROUP])
def test_r_uncollected_6m(service: Service) -> None:
    """A card that lay about for half a year is recalled, not handed out on the last visit."""
    assert why_not(card(perfect(service), recall_due=True)) == {("R-UNCOLLECTED-6M", "21")}


@pytest.mark.parametrize("service", [Service.COLLECT, Service.COLLECT_GROUP])
def test_r_dead_10wd(service: Service) -> None:
    """From the reminder on nobody gets the card of somebody who died, whoever asks."""
    assert why_not(person(perfect(service), alive=False)) == {("R-DEAD-10WD", "21")}


def test_r_dead_10wd_does_not_touch_what_the_family_holds() -> None:
    """A card in the family's hands is cancelled by them, with their papers (Rules Art. 19)."""
    assert works(perfect(Service.CANCEL_SOCIAL, actor=KIN))


def test_r_group_30_is_told() -> None:
    """An employer who does not hear of the thirty days finds cards in a drawer."""
    assert "R-GROUP-30" in told(perfect(Service.COLLECT_GROUP))


def test_r_make_30_is_told() -> None:
    """Who applies for the first time is told by when the card is there."""
    online = perfect(Service.APPLY, Channel.ONLINE)
    assert "R-MAKE-30" in told(online)
    assert "R-MAKE-4WD" not in told(online)


def test_r_make_4wd_is_told() -> None:
    """Who waits for a replacement is told by when, unless it is made while they wait."""
    for service in (Service.REPLACE, Service.RENEW):
        assert "R-MAKE-4WD" in told(perfect(service, Channel.ONLINE))
        assert "R-MAKE-4WD" not in told(perfect(service))


def test_r_make_now_only_where_the_outlet_can() -> None:
    """On the spot is at an equipped outlet of the bank that was chosen, and nowhere else."""
    case = perfect(Service.APPLY)
    assert "R-MAKE-NOW" in told(case)
    assert "R-MAKE-NOW" not in told(perfect(Service.APPLY, bank=THERE))
    plain = replace(case, where=replace(case.where, instant=False))
    assert told(plain) >= {"R-MAKE-30"}
    instant = perfect(Service.INSTANT)
    assert why_not(replace(instant, where=replace(instant.where, instant=False))) == {
        ("S-INSTANT", "3")
    }
    assert why_not(replace(instant, application=MADE)) == {("S-INSTANT", "22")}


@pytest.mark.parametrize(
    "service", [Service.APPLY, Service.GROUP, Service.COLLECT, Service.REPLACE, Service.RENEW]
)
def test_r_free(service: Service) -> None:
    """Neither card nor delivery costs anything, and whoever asks for money is wrong."""
    assert "R-FREE" in told(perfect(service))


def test_r_agent_for_four_things_and_what_other_articles_give() -> None:
    """An agent renews nothing: Art. 24 names what an agent may, and a list is a list."""
    assert why_not(perfect(Service.PIN_RESET, actor=AGENT)) == {("R-AGENT", "24")}
    assert why_not(perfect(Service.RENEW, actor=AGENT)) == {("R-AGENT", "24")}
    assert works(perfect(Service.PIN_CHANGE, actor=AGENT))


def test_r_agent_whose_authorisation_lapsed() -> None:
    """A paper that was withdrawn or is over opens nothing, also where all papers lie there."""
    for service in (Service.ENABLE, Service.LOSS_TEMP, Service.CANCEL_SOCIAL, Service.FIN_LOSS):
        case = who(perfect(service, actor=AGENT), authorised=False)
        assert why_not(case) == {("R-AGENT", "24")}


def test_r_agent_shows_papers_or_has_shown_them() -> None:
    """No desk, no originals: an agent telephones only where the authorisation is on record."""
    desk = who(perfect(Service.STATUS, actor=AGENT), authorised=None)
    assert works(desk)
    for channel in (Channel.ONLINE, Channel.HOTLINE):
        for service in (Service.STATUS, Service.LOSS_TEMP):
            case = perfect(service, channel, actor=AGENT)
            assert works(case)
            assert why_not(who(case, authorised=None)) == {("R-AGENT", "24")}


def test_r_agent_an_employer_collects_and_applies() -> None:
    """An employer's person is no agent in anything else (Rules Art. 6, 7)."""
    assert works(perfect(Service.COLLECT_GROUP))
    assert why_not(perfect(Service.COLLECT, actor=Actor.EMPLOYER)) == {("R-AGENT", "24")}


def test_r_agent_a_legal_representative_needs_no_authorisation() -> None:
    """Who is the employer by law does not authorise themselves (Rules Art. 7)."""
    case = perfect(Service.COLLECT_GROUP)
    case = replace(case, papers=case.papers - {Paper.FIRM_AUTHORISATION})
    assert why_not(case) == {("S-COLLECT-GROUP", "7")}
    assert works(who(case, legal_representative=True))


def test_r_guardian_collects_for_a_minor() -> None:
    """A child's card is handed to a parent, with the proof that they are one."""
    case = who(person(perfect(Service.COLLECT, actor=GUARDIAN), minor=True), authorised=None)
    assert works(case)
    without = replace(case, papers=case.papers - {Paper.GUARDIANSHIP})
    assert why_not(without) == {("R-GUARDIAN", "")}


def test_r_guardian_is_not_limited_by_article_24() -> None:
    """A guardian acts by law, in everything that a holder may ask for."""
    for service in (Service.APPLY, Service.PIN_RESET, Service.RENEW, Service.FIN_ACTIVATE):
        assert works(perfect(service, actor=GUARDIAN))


def test_r_guardian_of_somebody_of_age_is_for_two_people() -> None:
    """A birth certificate of thirty years ago proves a parent, not a guardian."""
    case = person(perfect(Service.PIN_RESET, actor=GUARDIAN), minor=False)
    assert two_people_for(case) == {("R-GUARDIAN", "")}
    assert works(person(case, minor=None))


def test_r_guardian_online_has_sent_the_proof_or_is_on_record() -> None:
    """Anybody can call themselves a guardian on a web page."""
    case = perfect(Service.APPLY, Channel.ONLINE, actor=GUARDIAN)
    bare = replace(case, papers=frozenset())
    assert works(bare)
    assert why_not(who(bare, authorised=None)) == {("R-GUARDIAN", "")}
    assert works(who(replace(bare, papers=frozenset({Paper.GUARDIANSHIP})), authorised=None))


@pytest.mark.parametrize("generation", [Generation.FIRST, Generation.SECOND])
def test_r_old_gen(generation: Generation) -> None:
    """Older cards go on as they are; whatever is made is of the third generation."""
    for service in (Service.RENEW, Service.LOSS_TEMP, Service.TRANSIT_LOAD, Service.PIN_CHANGE):
        assert why_not(card(perfect(service), generation=generation)) == {("R-OLD-GEN", "26, 27")}
    assert "R-OLD-GEN" in told(perfect(Service.APPLY))
    for service in (Service.STATUS, Service.FIN_CANCEL):
        assert works(card(perfect(service), generation=generation))


def test_r_old_gen_another_regions_card_is_read_not_served() -> None:
    """A card of Shanghai is shown, and served in Shanghai."""
    assert why_not(card(perfect(Service.ENABLE), region="310000", social=Social.OFF)) == {
        ("R-OLD-GEN", "26")
    }


def test_r_two_pins() -> None:
    """The holder hears that there are two; no service of ours asks for the bank's."""
    for service in (Service.PIN_SET, Service.PIN_CHANGE, Service.PIN_RESET):
        assert "R-TWO-PINS" in told(perfect(service))
    assert decide(perfect(Service.FIN_PIN)).pin is Pin.NONE


def test_r_own_use_of_a_card_that_is_anothers() -> None:
    """A card that the registry does not know of this holder is not worked on."""
    case = card(perfect(Service.PIN_CHANGE), owner_known=False)
    assert why_not(case) == {("R-OWN-USE", "")}


def test_r_own_use_nobody_unidentified_and_nobody_watched() -> None:
    """Who asks is known; who is watched gets nothing out of one person's hand."""
    assert why_not(who(perfect(Service.STATUS), identified=False)) == {("R-OWN-USE", "")}
    case = person(perfect(Service.COLLECT), blacklisted=True)
    assert two_people_for(case) == {("R-OWN-USE", "")}
    assert why_not(person(perfect(Service.UNLOSS), blacklisted=True)) == {("R-OWN-USE", "")}
    assert works(person(perfect(Service.LOSS_TEMP), blacklisted=True))


# --- Services with conditions of their own ---------------------------------------------------


@pytest.mark.parametrize("service", [Service.CANCEL_SOCIAL, Service.CANCEL_ALL])
def test_cancelling_for_the_dead_and_for_the_living(service: Service) -> None:
    """No power of attorney outlives its giver, and no living holder is cancelled by relatives."""
    for actor in (Actor.HOLDER, GUARDIAN, AGENT):
        dead = person(perfect(service, actor=actor), alive=False)
        assert why_not(dead) == {("S-CANCEL-SOCIAL", "")}
    living = person(perfect(service, actor=KIN), alive=True)
    assert two_people_for(living) == {("S-CANCEL-SOCIAL", "")}
    open_matters = person(perfect(service), matters_closed=False)
    assert why_not(open_matters) == {("S-CANCEL-SOCIAL", "19")}
    unknown = person(perfect(service), matters_closed=None)
    assert two_people_for(unknown) == {("S-CANCEL-SOCIAL", "19")}


def test_activation_is_at_the_counter_and_never_alone() -> None:
    """Art. 9 says 柜面; and an account behind a dead social function is what it forbids."""
    case = perfect(Service.FIN_ACTIVATE)
    assert works(case)
    at_home = replace(case, where=replace(case.where, visiting=True))
    assert why_not(at_home) == {("S-FIN-ACTIVATE", "9")}
    for state in (Social.ON, Social.OFF):
        assert works(card(case, social=state))
    for state in set(Social) - {Social.ON, Social.OFF}:
        assert why_not(card(case, social=state)) == {("S-FIN-ACTIVATE", "9")}


def test_a_card_that_was_never_handed_over_is_not_served() -> None:
    """Nothing is enabled, lost or cancelled that lies in the bank's safe."""
    for service in (Service.ENABLE, Service.CANCEL_SOCIAL, Service.UNLOSS, Service.TRANSIT_LOAD):
        case = card(perfect(service), life=Life.READY)
        assert ("S-COLLECT", "7") in why_not(case)
        assert "待领取" in decide(case).reasons[0].why.zh
    assert why_not(card(perfect(Service.LOSS_TEMP), life=Life.POSTED)) == {("S-LOSS-TEMP", "13")}


def test_a_card_in_the_post_is_not_collected() -> None:
    """Handing over what is not there would put two cards in force."""
    assert why_not(card(perfect(Service.COLLECT), life=Life.POSTED)) == {("S-COLLECT", "7")}
    assert why_not(replace(perfect(Service.COLLECT), application=APPLIED)) == {("S-COLLECT", "7")}


def test_a_purse_topped_up_elsewhere_is_refunded() -> None:
    """The balance stands on the chip: that we never opened the purse says nothing."""
    assert works(card(perfect(Service.TRANSIT_REFUND), transit=Public.OFF))
    for state in (Public.CLOSED, Public.ENDED, Public.NONE):
        assert not decide(card(perfect(Service.TRANSIT_REFUND), transit=state)).allowed


def test_no_card_is_named() -> None:
    """Of several cards none is guessed; while only asking, the card is still to come."""
    case = replace(perfect(Service.ENABLE), card=None)
    assert why_not(case) == {("S-ENABLE", "")}
    assert decide(replace(case, asking=True)).allowed


# --- The Rules' first moment -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "in_force"),
    [
        (IN_FORCE - timedelta(microseconds=1), False),
        (IN_FORCE, True),
        (datetime(2025, 12, 31, 15, 59, 59, 999999, UTC), False),
        (datetime(2025, 12, 31, 16, 0, tzinfo=UTC), True),
        (datetime(2026, 1, 1, tzinfo=UTC) - timedelta(hours=9), False),
    ],
)
def test_in_force_from_the_first_moment_of_2026_in_beijing(at: datetime, in_force: bool) -> None:
    """Before Art. 29 there is nothing to decide by, whatever zone the clock shows."""
    decision = decide(replace(perfect(Service.STATUS), at=at))
    assert decision.allowed is in_force
    if not in_force:
        assert [(each.rule, each.article) for each in decision.reasons] == [("R-OLD-GEN", "29")]
