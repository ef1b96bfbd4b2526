"""Make what the pages show of what services gave: masked here, beside the card and the registry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from terminal.beijing_time import beijing_day
from terminal.registry.applications import SORTS
from terminal.registry.cards import Card
from terminal.registry.pending import WHATS
from terminal.registry.representations import Representation
from terminal.rules.decision import Decision
from terminal.rules.documents import DOCUMENTS, PERSONS
from terminal.rules.states import PROGRESS, Financial, Progress, Public, Social
from terminal.rules.vocabulary import ACTORS, PAPERS, SERVICES, Actor
from terminal.services.duties import named
from terminal.services.offered.desk import Desk
from terminal.services.offered.looking import Dossier
from terminal.services.offered.slip_lines import (
    FINANCIAL_FUNCTION,
    GENERATIONS,
    PARK_FUNCTION,
    SOCIAL_FUNCTION,
    TRANSIT_FUNCTION,
    financial_state,
    life,
    public_lines,
    shown_number,
    social_line,
)
from terminal.texts import Text
from terminal.web.views import (
    ApplicationShown,
    CardShown,
    FunctionShown,
    Holder,
    Offer,
    Tone,
    Unfinished,
)

_SOCIAL_TONES = {
    Social.ON: Tone.GOOD,
    Social.OFF: Tone.IDLE,
    Social.TEMP_LOST: Tone.STOPPED,
    Social.LOST: Tone.STOPPED,
}
_FINANCIAL_TONES = {
    Financial.ON: Tone.GOOD,
    Financial.OFF: Tone.IDLE,
    Financial.NONE: Tone.IDLE,
    Financial.STOPPED: Tone.STOPPED,
    Financial.LOST: Tone.STOPPED,
}
_PUBLIC_TONES = {Public.ON: Tone.GOOD, Public.OFF: Tone.IDLE, Public.NONE: Tone.IDLE}
"""What is in none of them is over."""
_DOCUMENT = Text("{document} {number}", "{document} {number}")
_CHANGED = Text("{said}（已更换）", "{said} (changed)")
_APPLICATION = Text(
    "{sort}，{day} 受理，合作银行 {bank}，{progress}",
    "{sort}, of {day}, bank {bank}, {progress}",
)
_RIGHT = Text("{right} {name}：{services}{until}", "{right} {name}: {services}{until}")
_UNTIL = Text("，至 {day} 24:00", ", until 24:00 on {day}")
_ENDED = Text("（已撤销）", " (withdrawn)")
_NOTHING = Text("", "")
_EVERYTHING = Text("全部业务", "everything")
_MOMENT = timedelta(microseconds=1)


def offer(decision: Decision) -> Offer:
    """Show what the rules say of a service."""
    return Offer(
        decision.service,
        SERVICES[decision.service],
        decision.verdict,
        tuple(each.sentence for each in decision.reasons),
        tuple(PAPERS[each] for each in decision.bring),
    )


def offers(decisions: Mapping[Actor, Iterable[Decision]]) -> Mapping[Actor, tuple[Offer, ...]]:
    """Show what the rules say of every service, by who comes."""
    return {actor: tuple(offer(each) for each in found) for actor, found in decisions.items()}


def card_shown(card: Card) -> CardShown:
    """Show a card of the registry."""
    transit, park = public_lines(card)
    return CardShown(
        card.id,
        shown_number(card),
        GENERATIONS[card.generation],
        card.bank,
        life(card),
        (
            FunctionShown(
                SOCIAL_FUNCTION,
                social_line(card).value,
                _SOCIAL_TONES.get(Social(card.social.state), Tone.OVER),
            ),
            FunctionShown(
                FINANCIAL_FUNCTION,
                financial_state(card),
                _FINANCIAL_TONES.get(Financial(card.financial.state), Tone.OVER),
            ),
            FunctionShown(
                TRANSIT_FUNCTION,
                transit.value,
                _PUBLIC_TONES.get(Public(card.transit.state), Tone.OVER),
            ),
            FunctionShown(
                PARK_FUNCTION,
                park.value,
                _PUBLIC_TONES.get(Public(card.park.state), Tone.OVER),
            ),
        ),
        card.chip or "",
    )


def holder(
    desk: Desk, dossier: Dossier, decisions: Mapping[Actor, Iterable[Decision]], at: datetime
) -> Holder:
    """Show a person with what can be done for them; ``at`` is the moment."""
    who = dossier.person
    return Holder(
        str(who.name),
        PERSONS[who.kind],
        tuple(
            _document(DOCUMENTS[each.document].text, str(each.number), ended=bool(each.ended_at))
            for each in who.documents
        ),
        who.alive,
        tuple(card_shown(each) for each in dossier.cards),
        tuple(
            ApplicationShown(
                each.id,
                _APPLICATION.filled(
                    sort=SORTS[each.sort],
                    day=beijing_day(each.applied_at),
                    bank=each.bank,
                    progress=PROGRESS[Progress(each.progress.state)],
                ),
                each.open,
            )
            for each in dossier.applications
        ),
        tuple(_right(each) for each in dossier.representations),
        tuple(WHATS[each.what] for each in dossier.pending),
        tuple(named(desk, each, at) for each in dossier.duties),
        tuple(Unfinished(each.key, SERVICES[each.service]) for each in dossier.unfinished),
        offers(decisions),
    )


def _document(kind: Text, number: str, *, ended: bool) -> Text:
    said = _DOCUMENT.filled(document=kind, number=number)
    return _CHANGED.filled(said=said) if ended else said


def _right(right: Representation) -> Text:
    listed = [SERVICES[each] for each in sorted(right.services)]
    services = Text("、".join(each.zh for each in listed), ", ".join(each.en for each in listed))
    until = _NOTHING
    if right.ended_at is not None:
        until = _ENDED
    elif right.until is not None:
        until = _UNTIL.filled(day=beijing_day(right.until - _MOMENT))
    return _RIGHT.filled(
        right=ACTORS[Actor(right.right.value)],
        name=str(right.name),
        services=services if right.services else _EVERYTHING,
        until=until,
    )
