"""Decide a case by the table: pure, of facts and time.

In the order in which a clerk finds out: are the Rules in force, is it offered here, may this
person ask for it, are the papers there, do the states allow it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import cache, lru_cache

from terminal.rules import checks
from terminal.rules.case import Case
from terminal.rules.checks import Check
from terminal.rules.decision import Decision, Reason, Verdict
from terminal.rules.table import TABLE, Row
from terminal.rules.vocabulary import (
    ACTORS,
    CHANNELS,
    FACE_TO_FACE,
    PAPERS,
    PLACES,
    SERVICES,
    Actor,
    Channel,
    Paper,
    Place,
    Service,
)
from terminal.texts import Text

IN_FORCE = datetime.fromisoformat("2026-01-01T00:00:00+08:00")
"""The Rules' first moment (Art. 29)."""

_BY_ACTOR: dict[Actor, tuple[Paper, ...]] = {
    Actor.HOLDER: (),
    Actor.GUARDIAN: (Paper.ACTOR_ID, Paper.GUARDIANSHIP),
    Actor.AGENT: (Paper.ID, Paper.ACTOR_ID, Paper.AUTHORISATION),
    Actor.EMPLOYER: (),
    Actor.KIN: (Paper.ACTOR_ID, Paper.DEATH, Paper.KINSHIP),
}
"""What who acts for the holder brings, whatever they ask for (Art. 24; R-GUARDIAN; S-CANCEL-*)."""
_ACTOR_RULES = {
    Actor.AGENT: ("R-AGENT", "24"),
    Actor.EMPLOYER: ("R-AGENT", "24"),
    Actor.GUARDIAN: ("R-GUARDIAN", ""),
    Actor.KIN: ("S-CANCEL-SOCIAL", ""),
}
"""By which rule and article somebody acts for the holder, and not in everything."""
_PROOF = frozenset({Paper.GUARDIANSHIP})
_EVERYWHERE = (checks.IDENTIFIED, checks.ACTOR_NAMED, checks.GUARDIAN_OF_A_MINOR)
"""What is asked wherever it matters who comes."""
CHECKS = {
    service: row.checks if row.anybody else (*_EVERYWHERE, *row.checks)
    for service, row in TABLE.items()
}
"""Every check of a service."""
_NOT_YET = Reason(
    "R-OLD-GEN",
    "29",
    Text("实施细则自 2026 年 1 月 1 日起施行", "the Rules are in force from 2026-01-01"),
    Text("请核对柜台的时钟", "Check the counter's clock"),
)
_NOT_HERE = Text("{here}不办理“{service}”", "{here} does not offer: {service}")
_WRONG_BANK = Text(
    "合作银行网点中，只有{place}办理“{service}”",
    "among the banks' outlets this is done only at {place}: {service}",
)
_GO_THERE = Text("办理渠道：{places}", "It is done at: {places}")
_NOW_HERE = Text("这里现在可以先办：{services}", "What can be done here now: {services}")
_NOT_BY = Text("“{service}”不能由{actor}办理", "{actor} may not ask for this: {service}")
_BY = Text("可以办理的人：{actors}", "It may be asked for by: {actors}")
_NOT_AUTHORISED = Text(
    "授权委托书已失效，或没有写明这项业务",
    "the authorisation has ended, or does not name this service",
)
_AUTHORISE = Text(
    "请持卡人重新出具授权委托书，登记后办理",
    "The holder writes another, which is put on record first",
)
_NONE_ON_RECORD = Text(
    "没有登记在案的授权委托书", "there is no authorisation on record of this agent"
)
_PUT_ON_RECORD = Text(
    "请代理人带授权委托书到网点办理，或由持卡人本人办理",
    "The agent brings the authorisation to an outlet, or the holder asks",
)
_PAPERS_WANTED = Text("还缺：{papers}", "still wanted: {papers}")
_COME_BACK = Text("请补齐后再来", "Come back with them")
_COME_TO_A_DESK = Text(
    "请到任一网点出示（登记后，以后可在线上、电话办理），或由持卡人本人办理",
    "They are shown at an outlet, once for all channels; or the holder asks",
)
_TWO_CARDS = Reason(
    "R-ONE",
    "4",
    Text(
        "登记中此人有两张以上在用的卡（历史遗留）",
        "the registry has more than one card in force of this person, from before",
    ),
    Text("由两人核对并注销多余的卡后再办", "Two people compare them, and cancel what is too many"),
)
_NO_CARD = Text("没有指明是哪一张卡", "no card is named")
_NAME_IT = Text("请放上卡，或按证件查出此人的卡", "Lay the card on, or find it by the document")
_NEVER_HELD_UP = frozenset(
    {
        Service.LOSS_TEMP,
        Service.LOSS_SOCIAL,
        Service.LOSS_FULL,
        Service.STATUS,
        Service.PROGRESS,
        Service.FEEDBACK,
        Service.VISIT,
    }
)
"""What an old muddle never holds up: stopping a lost card, and asking."""


def decide(case: Case) -> Decision:
    """Decide whether a service may be done; every reason is given, the gravest first."""
    row = TABLE[case.service]
    refusals: list[Reason] = []
    seconds: list[Reason] = []
    if case.at < IN_FORCE:
        refusals.append(_NOT_YET)
    offered, may = _offered(case, row), case.who.actor in row.actors
    now = () if offered and may else tuple(each for each in row.instead if _possible(case, each))
    if not offered:
        refusals.append(_elsewhere(case, row, now))
    refusals += _by_actor(case, row, now)
    lacking = _lacking(case, row)
    if not case.asking:
        at_desk = case.where.channel in FACE_TO_FACE
        refusals += [
            _papers_wanted(rule, article, each, at_desk) for rule, article, each in lacking
        ]
        if row.wants_card and case.card is None:
            refusals.append(Reason(case.service.value, "", _NO_CARD, _NAME_IT))
    if case.person.cards_in_force > 1 and case.service not in _NEVER_HELD_UP:
        seconds.append(_TWO_CARDS)
    for check in CHECKS[case.service]:
        if (check.wish and case.asking) or check.holds(case):
            continue
        (seconds if check.second else refusals).append(_reason(check, case))
    verdict = Verdict.REFUSED if refusals else Verdict.SECOND if seconds else Verdict.ALLOWED
    return Decision(
        case.service,
        verdict,
        tuple(refusals + seconds),
        tuple(dict.fromkeys(paper for _, _, papers in lacking for paper in papers)),
        tuple(_reason(each, case) for each in row.tell if each.holds(case)),
        row.pin,
    )


def failing(case: Case, wanted: Iterable[Check]) -> tuple[Reason, ...]:
    """Give the reasons of the checks that do not hold."""
    return tuple(_reason(each, case) for each in wanted if not each.holds(case))


def possibilities(case: Case) -> tuple[Decision, ...]:
    """Answer "what can this person do here now?": every service, with reasons.

    The case's own service is left aside; papers and wishes are still to come.
    """
    return tuple(decide(replace(case, service=each, asking=True)) for each in Service)


@cache
def offered_at(service: Service) -> Text:
    """Name where a service is offered."""
    return _joined(
        PLACES[place] if channel is Channel.BANK and place is not Place.ANY else CHANNELS[channel]
        for channel, place in TABLE[service].channels.items()
    )


def _elsewhere(case: Case, row: Row, now: tuple[Service, ...]) -> Reason:
    """Say that it is not offered here, but there, and what may be done here at once."""
    rule, article = case.service.value, row.article
    if case.service is Service.LOSS_FULL and case.where.channel is Channel.DISTRICT:
        rule = "R-DISTRICT-SOCIAL"
    why = _not_here(case.service, case.where.channel)
    return Reason(rule, article, why, _ways_out(case.service, now))


def _offered(case: Case, row: Row) -> bool:
    """Say whether it is offered here; what is not known yet (card, bank) is asked for elsewhere."""
    match row.channels.get(case.where.channel):
        case None:
            return False
        case Place.ISSUING:
            return case.issuing or case.card is None or not case.card.bank
        case Place.CHOSEN:
            return case.chosen or not case.chosen_bank
        case Place.ISSUING_OR_CHOSEN:
            return case.issuing or case.chosen or not case.chosen_bank
        case _:
            return True


@cache
def _not_here(service: Service, channel: Channel) -> Text:
    place = TABLE[service].channels.get(channel)
    if place is None:
        return _NOT_HERE.filled(here=CHANNELS[channel], service=SERVICES[service])
    return _WRONG_BANK.filled(place=PLACES[place], service=SERVICES[service])


def _possible(case: Case, service: Service) -> bool:
    """Say whether a service could be done here, without saying why not."""
    row = TABLE[service]
    return (
        _offered(case, row)
        and next(_by_actor(case, row, ()), None) is None
        and all(check.wish or check.second or check.holds(case) for check in CHECKS[service])
    )


@cache
def _ways_out(service: Service, now: tuple[Service, ...]) -> Text:
    return _and_now(_GO_THERE.filled(places=offered_at(service)), now)


def _and_now(way: Text, now: tuple[Service, ...]) -> Text:
    if not now:
        return way
    here = _NOW_HERE.filled(services=_joined(SERVICES[each] for each in now))
    return Text(f"{way.zh}；{here.zh}", f"{way.en}. {here.en}")


def _by_actor(case: Case, row: Row, now: tuple[Service, ...]) -> Iterator[Reason]:
    actor = case.who.actor
    if actor not in row.actors:
        # What a holder may not ask for is an employer's, and its own article says so.
        own = actor in {Actor.HOLDER, Actor.GUARDIAN}
        rule, article = (case.service.value, row.article) if own else _ACTOR_RULES[actor]
        yield Reason(rule, article, _not_by(actor, case.service), _who_may(case.service, now))
    elif actor is Actor.AGENT and not row.anybody:
        rule, article = _ACTOR_RULES[actor]
        if case.who.authorised is False:
            yield Reason(rule, article, _NOT_AUTHORISED, _AUTHORISE)
        elif case.who.authorised is None and case.where.channel not in FACE_TO_FACE:
            # No desk: nobody has seen the papers that Art. 24 wants.
            yield Reason(rule, article, _NONE_ON_RECORD, _PUT_ON_RECORD)


@cache
def _not_by(actor: Actor, service: Service) -> Text:
    return _NOT_BY.filled(actor=ACTORS[actor], service=SERVICES[service])


@cache
def _who_may(service: Service, now: tuple[Service, ...]) -> Text:
    """Say who may ask for a service, and what may be done at once all the same."""
    actors = [each for each in Actor if each in TABLE[service].actors]
    return _and_now(_BY.filled(actors=_joined(ACTORS[each] for each in actors)), now)


def _lacking(case: Case, row: Row) -> list[tuple[str, str, tuple[Paper, ...]]]:
    """Give the papers that a desk wants and has not seen, by whose rule and article.

    A channel without a desk identifies who asks by itself, and wants no more than the proof of
    guardianship, where that is not on record.
    """
    actor = case.who.actor
    if case.where.channel not in FACE_TO_FACE:
        if actor is not Actor.GUARDIAN or row.anybody or case.papers >= _PROOF:
            return []
        return [] if case.who.authorised else [(*_ACTOR_RULES[actor], tuple(_PROOF))]
    wanted = [(case.service.value, row.papers_article, row.papers)]
    if actor in _ACTOR_RULES and not row.anybody:
        wanted.append((*_ACTOR_RULES[actor], _BY_ACTOR[actor]))
    found = []
    for rule, article, papers in wanted:
        missing = tuple(each for each in papers if each not in case.papers)
        missing = tuple(each for each in missing if not _spared(case, each))
        if missing:
            found.append((rule, article, missing))
    return found


def _spared(case: Case, paper: Paper) -> bool:
    """Say whether somebody need not bring a paper."""
    match paper:
        case Paper.ID:
            # A dead holder's own document may be gone: the proof of death stands for it.
            return case.who.actor is Actor.KIN
        case Paper.FIRM_AUTHORISATION:
            return case.who.legal_representative
        case _:
            return False


@cache
def _papers_wanted(rule: str, article: str, papers: tuple[Paper, ...], at_desk: bool) -> Reason:
    listed = _joined(PAPERS[each] for each in papers)
    way = _COME_BACK if at_desk else _COME_TO_A_DESK
    return Reason(rule, article, _PAPERS_WANTED.filled(papers=listed), way)


def _reason(check: Check, case: Case) -> Reason:
    return check.said if check.facts is None else _filled(check, *check.facts(case).items())


@lru_cache(1024)
def _filled(check: Check, *facts: tuple[str, object]) -> Reason:
    instead = check.instead.filled(**dict(facts)) if check.instead is not None else None
    why = check.why.filled(**dict(facts))
    return Reason(check.rule, check.article, why, instead, check.supervisor)


def _joined(texts: Iterable[Text]) -> Text:
    listed = list(texts)
    return Text("、".join(each.zh for each in listed), ", ".join(each.en for each in listed))
