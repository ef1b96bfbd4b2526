"""Cases that the rules would allow: one a service, written out, to be spoilt in one place each."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from terminal.rules.case import ApplicationFacts, CardFacts, Case, PersonFacts, Where, Who
from terminal.rules.states import Financial, Life, Progress, Public, Social
from terminal.rules.vocabulary import Actor, Channel, Ground, Paper, Service

AT = datetime.fromisoformat("2026-03-02T09:00:00+08:00")
HERE, THERE, NEW = "BOB", "ICBC", "CCB"
"""The bank that issued the card, another one, and one that the holder changes to."""
EVERY_PAPER = frozenset(Paper)
PERSON = PersonFacts(entitled=True, matters_closed=True, basic_data_changed=True)
CARD = CardFacts(
    bank=HERE,
    social=Social.ON,
    financial=Financial.ON,
    transit=Public.ON,
    park=Public.ON,
    readable=True,
    pin_set=True,
)
LOST_CARD = replace(CARD, social=Social.LOST)
NEW_CARD = replace(
    CARD,
    social=Social.OFF,
    financial=Financial.OFF,
    transit=Public.OFF,
    park=Public.OFF,
    pin_set=False,
)
MADE_CARD = replace(NEW_CARD, life=Life.READY)
MADE = ApplicationFacts(Progress.MADE, HERE)
MADE_FOR_EMPLOYER = replace(MADE, for_employer=True)
APPLIED = ApplicationFacts(Progress.APPLIED, HERE)
EMPLOYERS = frozenset({Service.GROUP, Service.COLLECT_GROUP})
CARDS = {
    Service.APPLY: None,
    Service.GROUP: None,
    Service.COLLECT: MADE_CARD,
    Service.COLLECT_GROUP: MADE_CARD,
    Service.PIN_SET: NEW_CARD,
    Service.ENABLE: NEW_CARD,
    Service.FIN_ACTIVATE: NEW_CARD,
    Service.UNLOSS: LOST_CARD,
    Service.REPLACE: LOST_CARD,
    Service.INSTANT: None,
}
APPLICATIONS = {
    Service.COLLECT: MADE,
    Service.COLLECT_GROUP: MADE_FOR_EMPLOYER,
    Service.PARK_MOVE: replace(MADE, takes_back=True),
    Service.INSTANT: APPLIED,
}
CHOSEN_BANKS = {Service.APPLY: HERE, Service.GROUP: HERE, Service.BANK_CHANGE: NEW}
GROUNDS = {Service.RENEW: frozenset({Ground.FACE})}


def where(channel: Channel, bank: str = HERE) -> Where:
    """Sit down somewhere; only a bank's outlet is of a bank."""
    return Where(channel, bank if channel is Channel.BANK else "", instant=channel is Channel.BANK)


def perfect(
    service: Service,
    channel: Channel = Channel.BANK,
    bank: str = HERE,
    actor: Actor | None = None,
) -> Case:
    """Make a case against which nothing is to be said but by channel, bank or actor."""
    actor = actor or (Actor.EMPLOYER if service in EMPLOYERS else Actor.HOLDER)
    # A guardian's proof and an agent's authorisation are on record, so that no desk has to see it.
    authorised = True if actor in {Actor.AGENT, Actor.GUARDIAN} else None
    return Case(
        service,
        AT,
        where(channel, bank),
        who=Who(actor, authorised=authorised),
        papers=EVERY_PAPER,
        person=replace(PERSON, alive=actor is not Actor.KIN),
        card=CARDS.get(service, CARD),
        application=APPLICATIONS.get(service),
        new_bank=CHOSEN_BANKS.get(service, ""),
        grounds=GROUNDS.get(service, frozenset()),
    )


def person(case: Case, **facts: Any) -> Case:
    """Change what is known of the person."""
    return replace(case, person=replace(case.person, **facts))


def card(case: Case, **facts: Any) -> Case:
    """Change what is known of the card."""
    return replace(case, card=replace(case.card or CARD, **facts))


def who(case: Case, **facts: Any) -> Case:
    """Change what is known of who asks."""
    return replace(case, who=replace(case.who, **facts))
