"""What holds of every case there is, and of every sentence that a decision says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from cases import AT, HERE, MADE_CARD, NEW, PERSON, THERE, card, perfect, person, who
from digest_table import CHANNELS, MAY, ROWS
from hypothesis import given
from hypothesis import strategies as st

from terminal.rules.case import ApplicationFacts, CardFacts, Case, PersonFacts, Where, Who
from terminal.rules.decide import CHECKS, IN_FORCE, decide, possibilities
from terminal.rules.decision import Decision, Verdict
from terminal.rules.states import Financial, Life, Progress, Public, Social
from terminal.rules.table import TABLE
from terminal.rules.vocabulary import SERVICES, Actor, Channel, Generation, Ground, Paper, Service
from terminal.texts import LANGUAGES

# --- What is said ----------------------------------------------------------------------------


def spoilt(case: Case) -> Iterator[Case]:
    """Give a case with each of its facts in every way that a fact can be."""
    for name, values in PERSON_FACTS.items():
        yield from (person(case, **{name: value}) for value in values)
    for name, values in CARD_FACTS.items():
        yield from (card(case, **{name: value}) for value in values)
    for actor in Actor:
        for authorised in (None, True, False):
            changed = who(case, actor=actor, authorised=authorised)
            yield from (person(changed, alive=alive, minor=False) for alive in (True, False))
    yield who(case, identified=False)
    yield who(case, actor=Actor.GUARDIAN, named=False)
    yield card(case, social=Social.OFF, beside_another=True)
    yield from (person(case, minor=True, age=age) for age in (8, 17))
    yield card(case, social=Social.LOST, financial=Financial.LOST)
    yield card(
        case,
        social=Social.ENDED,
        financial=Financial.ENDED,
        transit=Public.ENDED,
        park=Public.ENDED,
    )
    for channel in Channel:
        for bank in (HERE, THERE, NEW, ""):
            yield replace(case, where=Where(channel, bank))
    yield replace(case, where=replace(case.where, visiting=True))
    yield from (replace(case, papers=papers) for papers in (frozenset(), frozenset({Paper.CARD})))
    for progress in Progress:
        for takes_back in (False, True):
            plea = ApplicationFacts(progress, HERE, takes_back=takes_back)
            yield replace(case, application=plea)
            yield replace(case, application=plea, papers=frozenset())
    yield replace(case, application=None)
    yield replace(case, card=None)
    yield replace(case, new_bank="")
    yield replace(case, grounds=frozenset())
    yield replace(case, grounds=frozenset({Ground.CHIP}))
    yield person(replace(case, grounds=frozenset(Ground)), basic_data_changed=None)
    yield replace(case, at=IN_FORCE - timedelta(days=1))


PERSON_FACTS: dict[str, tuple[object, ...]] = {
    "alive": (False,),
    "minor": (True, False),
    "age": (8, 17),
    "identity_agrees": (False,),
    "entitled": (False, None),
    "matters_closed": (False, None),
    "basic_data_changed": (False, None),
    "has_card": (True,),
    "cards_in_force": (2,),
    "bank_changed_until": (date(2026, 5, 1),),
    "blacklisted": (True,),
}
CARD_FACTS: dict[str, tuple[object, ...]] = {
    "generation": tuple(Generation),
    "region": ("310000", ""),
    "bank": (THERE, ""),
    "life": tuple(Life),
    "social": tuple(Social),
    "financial": tuple(Financial),
    "transit": tuple(Public),
    "park": tuple(Public),
    "readable": (None, False),
    "pin_set": (None, True, False),
    "beside_another": (True,),
    "owner_known": (False,),
    "recall_due": (True,),
}
SWEEP = [each for service in Service for each in spoilt(perfect(service))]


def test_every_fact_is_tried() -> None:
    """A fact that is added to the case and forgotten here would be tried by nothing."""
    assert set(PERSON_FACTS) == {each.name for each in fields(PersonFacts)}
    told_elsewhere = {"social_returns", "replaced_in_vain"}
    assert set(CARD_FACTS) | told_elsewhere == {each.name for each in fields(CardFacts)}


@pytest.mark.parametrize("service", Service)
def test_every_check_can_fail(service: Service) -> None:
    """A check that nothing can break guards nothing."""
    cases = [each for each in SWEEP if each.service is service]
    for check in CHECKS[service]:
        assert any(not check.holds(each) for each in cases), (service, check.why)


def test_every_refusal_says_by_what_and_what_instead() -> None:
    """A clerk reads the sentence out: it names its article or says that it is ours, and a way."""
    sentences = {}
    for case in SWEEP:
        for reason in decide(case).reasons:
            sentences[reason.sentence] = reason
    assert len(sentences) > 150
    for sentence, reason in sentences.items():
        cited = (
            f"实施细则第 {reason.article.replace(', ', '、')} 条" if reason.article else "柜台规程"
        )
        assert cited in sentence.zh, sentence.zh
        assert (f"Rules Art. {reason.article}" if reason.article else "our own") in sentence.en
        assert reason.instead is not None, sentence.zh
        assert sentence.zh.endswith(f"）。{reason.instead.zh}")
        assert sentence.en.endswith(f"). {reason.instead.en}")
        for language in LANGUAGES:
            assert not re.search(r"[{}]|None|\.\.|；；|。。", sentence.say(language)), sentence
        assert not re.search("[\u4e00-\u9fff”][,;!?]|[,;!?][\u4e00-\u9fff]", sentence.zh)
        assert re.fullmatch("[SR]-[A-Z0-9*-]+", reason.rule), reason


def test_what_is_told_is_by_a_rule_too() -> None:
    """What the holder hears has a rule behind it, in both languages."""
    notes = {each for case in SWEEP for each in decide(case).tell}
    assert len(notes) > 20
    for note in notes:
        assert re.fullmatch("[SR]-[A-Z0-9*-]+", note.rule)
        assert note.why.zh
        assert note.why.en
        assert not re.search(r"[{}]|None", note.why.zh + note.why.en)


# --- What holds of every case ----------------------------------------------------------------

BANKS = st.sampled_from(["", HERE, THERE, NEW, "发"])
MAYBE = st.none() | st.booleans()
DAYS = st.none() | st.dates()
PEOPLE = st.builds(
    PersonFacts,
    alive=st.booleans(),
    minor=MAYBE,
    age=st.none() | st.integers(-1, 130),
    identity_agrees=MAYBE,
    entitled=MAYBE,
    matters_closed=MAYBE,
    basic_data_changed=MAYBE,
    has_card=st.booleans(),
    cards_in_force=st.integers(0, 3),
    bank_changed_until=DAYS,
    blacklisted=st.booleans(),
)
CARDS = st.builds(
    CardFacts,
    generation=st.sampled_from(Generation),
    region=st.sampled_from(["110000", "110105", "310000", "", "１１"]),
    bank=BANKS,
    life=st.sampled_from(Life),
    social=st.sampled_from(Social),
    financial=st.sampled_from(Financial),
    transit=st.sampled_from(Public),
    park=st.sampled_from(Public),
    readable=MAYBE,
    pin_set=MAYBE,
    social_returns=DAYS,
    replaced_in_vain=st.booleans(),
    owner_known=st.booleans(),
    recall_due=st.booleans(),
)
PLEAS = st.builds(
    ApplicationFacts,
    progress=st.sampled_from(Progress),
    bank=BANKS,
    by_post=st.booleans(),
    for_employer=st.booleans(),
    takes_back=st.booleans(),
    in_place_of=st.booleans(),
)
CASES = st.builds(
    Case,
    service=st.sampled_from(Service),
    at=st.sampled_from(
        [AT, IN_FORCE, IN_FORCE - timedelta(days=1), datetime.max.replace(tzinfo=UTC)]
    ),
    where=st.builds(
        Where,
        channel=st.sampled_from(Channel),
        bank=BANKS,
        instant=st.booleans(),
        visiting=st.booleans(),
    ),
    who=st.builds(
        Who,
        actor=st.sampled_from(Actor),
        identified=st.booleans(),
        authorised=MAYBE,
        legal_representative=st.booleans(),
    ),
    papers=st.frozensets(st.sampled_from(Paper)),
    person=PEOPLE,
    card=st.none() | CARDS,
    application=st.none() | PLEAS,
    new_bank=BANKS,
    grounds=st.frozensets(st.sampled_from(Ground)),
    asking=st.booleans(),
)


def offered(case: Case) -> bool:
    """Read the digest's cell; a bank or card that is not known yet speaks against nothing."""
    cell = ROWS[case.service.value][CHANNELS.index(case.where.channel.value)]
    here = case.where.bank
    issuing = case.card is None or (bool(here) and case.card.bank == here)
    bank = case.application.bank if case.application is not None else case.new_bank
    chosen = not bank or bank == here
    by_card = case.card is not None and bool(here) and case.card.bank == here
    return {
        "yes": True,
        "–": False,
        "issuing": issuing,
        "chosen": chosen,
        "either": by_card or chosen,
    }[cell]


@given(CASES)
def test_refused_exactly_where_something_fails(case: Case) -> None:
    """No case raises; refused is what one check at least refuses, and two people cannot mend."""
    decision = decide(case)
    failing = [
        each
        for each in CHECKS[case.service]
        if not (each.wish and case.asking) and not each.holds(case)
    ]
    right = case.service.value in MAY[case.who.actor]
    refused = (
        case.at < IN_FORCE
        or not offered(case)
        or not right
        or any(not each.second for each in failing)
    )
    if refused:
        assert decision.verdict is Verdict.REFUSED
    elif case.who.actor is not Actor.AGENT and (case.asking or not decision.bring):
        named = case.card is not None or case.asking or not TABLE[case.service].wants_card
        second = any(each.second for each in failing) or case.person.cards_in_force > 1
        if not named:
            assert decision.verdict is Verdict.REFUSED
        elif second and failing:
            assert decision.verdict is Verdict.SECOND
        elif not second:
            assert decision.verdict is Verdict.ALLOWED
    assert (decision.verdict is Verdict.ALLOWED) is (decision.reasons == ())
    assert len(set(decision.bring)) == len(decision.bring)


@given(CASES)
def test_asking_is_never_stricter(case: Case) -> None:
    """What can be done must not have been called impossible when it was only asked about."""
    asked = decide(replace(case, asking=True))
    done = decide(replace(case, asking=False))
    assert asked.allowed or not done.allowed
    if asked.allowed and not done.allowed:
        lacks_card = case.card is None and TABLE[case.service].wants_card
        wishes = any(each.wish and not each.holds(case) for each in CHECKS[case.service])
        assert asked.bring or wishes or lacks_card


@given(CASES)
def test_possibilities_are_the_decisions(case: Case) -> None:
    """ "What can this person do here?" must say service by service what asking for it would."""
    found = possibilities(case)
    assert [each.service for each in found] == list(Service)
    again: list[Decision] = [
        decide(replace(case, service=service, asking=True)) for service in Service
    ]
    assert list(found) == again


@given(CASES)
def test_what_is_offered_instead_can_be_done(case: Case) -> None:
    """Who is sent to another service here and now must not be sent away from there."""
    words = "这里现在可以先办："
    for reason in decide(case).reasons:
        if reason.instead is None or words not in reason.instead.zh:
            continue
        listed = reason.instead.zh.split(words)[1].split("、")
        names = {TITLES[each] for each in listed}
        assert names <= set(TABLE[case.service].instead)
        for service in names:
            assert decide(replace(case, service=service, asking=True)).allowed or case.at < IN_FORCE


TITLES = {text.zh: service for service, text in SERVICES.items()}


def test_what_a_decision_is_made_of_cannot_be_changed() -> None:
    """A decision is on record: nothing may alter it, or the case it was made of, afterwards."""
    for value in (perfect(Service.STATUS), decide(perfect(Service.STATUS)), PERSON, MADE_CARD):
        first = fields(value)[0].name
        with pytest.raises(AttributeError):
            setattr(value, first, None)
