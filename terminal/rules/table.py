"""The services table of the regulation: where each is offered, to whom, with which papers.

Regulation digest, "Services by channel". Conditions that look at states stand as names of
checks (checks.py), in the order in which a clerk would ask them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from terminal.rules import applying, card_checks, checks, tellings
from terminal.rules.checks import Check
from terminal.rules.vocabulary import Actor, Channel, Paper, Pin, Place, Service

_HOLDER = frozenset({Actor.HOLDER, Actor.GUARDIAN})
_AGENT = _HOLDER | {Actor.AGENT}
_AT_DEATH = _AGENT | {Actor.KIN}
_EMPLOYER = frozenset({Actor.EMPLOYER})

_ID = (Paper.ID,)
_ID_CARD = (Paper.ID, Paper.CARD)


@dataclass(frozen=True, slots=True)
class Row:
    """Hold what the rules say of one service.

    ``papers`` are the holder's on a desk, wanted by ``papers_article`` ("": our own); what a
    guardian, agent or kin brings besides is the same everywhere (decide.py). ``article`` is the one
    that a refusal by channel names.
    """

    article: str
    channels: Mapping[Channel, Place]
    actors: frozenset[Actor] = _HOLDER
    papers: tuple[Paper, ...] = ()
    papers_article: str = ""
    checks: tuple[Check, ...] = ()
    tell: tuple[Check, ...] = ()
    pin: Pin = Pin.NONE
    wants_card: bool = False
    """Whether it is about one card, which the registry or the reader has to name."""
    anybody: bool = False
    """Whether it does not matter who asks: nobody is identified, and no right is proved."""
    instead: tuple[Service, ...] = field(default=())
    """What may be done at once where this service may not."""


def _at(
    *,
    district: Place | None = None,
    bank: Place | None = None,
    online: Place | None = None,
    hotline: bool = False,
    bank_phone: bool = False,
    transit: bool = False,
    park: bool = False,
) -> Mapping[Channel, Place]:
    found = {
        Channel.DISTRICT: district,
        Channel.BANK: bank,
        Channel.ONLINE: online,
        Channel.HOTLINE: Place.ANY if hotline else None,
        Channel.BANK_PHONE: Place.ANY if bank_phone else None,
        Channel.TRANSIT: Place.ANY if transit else None,
        Channel.PARK: Place.ANY if park else None,
    }
    return MappingProxyType({each: place for each, place in found.items() if place is not None})


_OWN_CARD = (
    card_checks.CARD_OF_THE_CITY,
    card_checks.NOT_ELECTRONIC,
    card_checks.THIRD_GENERATION,
    card_checks.HOLDER_KNOWN,
)
_IN_HAND = (
    *_OWN_CARD,
    card_checks.COLLECTED,
    card_checks.NOT_WITHDRAWN,
    card_checks.IN_THE_HOLDERS_HANDS,
)
_LIVING = (checks.ALIVE,)
_WITH_CARD = (checks.HOLDER_ALIVE,)
_NOT_FORMALLY_LOST = (card_checks.NOT_LOST, card_checks.NOT_REPLACED)
"""All that stands in the way of transit and park: a temporary loss does not (R-TEMP-15)."""
_NOT_LOST = (card_checks.NOT_STOPPED, *_NOT_FORMALLY_LOST)
_GOOD = (*_WITH_CARD, *_IN_HAND, *_NOT_LOST, card_checks.STILL_IN_FORCE)
"""A card that works, in the hands of its holder, who lives."""
_BY_RIGHT = (checks.IN_OWN_NAME, checks.DEATH_ON_RECORD)
_HANDING_OUT = (checks.NOT_BLACKLISTED,)
_NEW_CARD = (
    tellings.YOUNG,
    tellings.MADE_IN_4,
    tellings.MADE_NOW,
    tellings.OLD_HANDED_IN,
    tellings.MONEY_GOES_BACK,
    tellings.SUBSIDY,
    tellings.FREE,
)
_BANKS_OWN_WITH_SUBSIDY = (tellings.BANKS_OWN_RULES, tellings.SUBSIDY_AT_BANK)
_BANKS_OWN = Row(
    "20",
    _at(bank=Place.ISSUING),
    actors=_AGENT,
    papers=_ID,
    # Whatever generation: an older card's account is kept or cancelled as well (Rules Art. 27).
    checks=(
        card_checks.CARD_OF_THE_CITY,
        card_checks.HOLDER_KNOWN,
        card_checks.HAS_FINANCIAL,
        checks.IN_OWN_NAME,
    ),
    tell=(tellings.BANKS_OWN_RULES,),
    wants_card=True,
)

TABLE: Mapping[Service, Row] = MappingProxyType(
    {
        Service.APPLY: Row(
            "3",
            _at(district=Place.ANY, bank=Place.ANY, online=Place.ANY),
            papers=(Paper.ID, Paper.PHOTO),
            papers_article="5",
            checks=(
                *_LIVING,
                checks.ENTITLED,
                checks.NO_CARD_YET,
                checks.NO_OPEN_APPLICATION,
                applying.IDENTITY_AGREES,
                applying.CHILD_BY_GUARDIAN,
                checks.BANK_CHOSEN,
            ),
            tell=(
                tellings.YOUNG,
                tellings.MADE_IN_30,
                tellings.MADE_NOW,
                tellings.FREE,
                tellings.OLD_CARD_STAYS,
            ),
        ),
        Service.GROUP: Row(
            "6",
            _at(bank=Place.ANY, online=Place.ANY),
            actors=_EMPLOYER,
            papers=(Paper.ACTOR_ID,),
            checks=(
                *_LIVING,
                checks.ENTITLED,
                checks.NO_CARD_YET,
                checks.NO_OPEN_APPLICATION,
                checks.BANK_CHOSEN,
            ),
            tell=(tellings.CONFIRM_EACH, tellings.MADE_IN_30, tellings.FREE),
        ),
        Service.COLLECT: Row(
            "7",
            _at(bank=Place.CHOSEN),
            papers=_ID,
            papers_article="7",
            checks=(
                checks.NOT_DECEASED_UNCOLLECTED,
                checks.CARD_MADE,
                card_checks.AT_THE_BANK,
                card_checks.NOT_RECALLED,
                checks.OLD_CARD_BROUGHT,
                *_HANDING_OUT,
            ),
            tell=(tellings.NOTHING_ON_YET, tellings.FREE, tellings.SUBSIDY_NEW_CARD),
            pin=Pin.SET,
        ),
        Service.COLLECT_GROUP: Row(
            "7",
            _at(bank=Place.CHOSEN),
            actors=_EMPLOYER,
            papers=(Paper.LICENCE, Paper.FIRM_AUTHORISATION, Paper.ACTOR_ID),
            papers_article="7",
            checks=(
                checks.NOT_DECEASED_UNCOLLECTED,
                checks.CARD_MADE,
                card_checks.NOT_RECALLED,
                checks.APPLIED_BY_EMPLOYER,
                *_HANDING_OUT,
            ),
            tell=(tellings.BACK_IN_30,),
        ),
        Service.PIN_SET: Row(
            "12",
            _at(district=Place.ANY, bank=Place.ISSUING, online=Place.PENDING),
            papers=_ID_CARD,
            papers_article="12",
            checks=(*_GOOD, card_checks.CHIP_WORKS, card_checks.NO_PIN_YET),
            tell=(tellings.TWO_PINS, tellings.ON_THE_CHIP_LATER),
            pin=Pin.SET,
            wants_card=True,
        ),
        Service.ENABLE: Row(
            "8",
            _at(district=Place.ANY, bank=Place.ISSUING, online=Place.ANY),
            actors=_AGENT,
            papers=_ID_CARD,
            papers_article="8",
            checks=(*_GOOD, card_checks.NOT_ENABLED_YET, *_HANDING_OUT),
            tell=(tellings.OLD_ENDS,),
            wants_card=True,
        ),
        Service.FIN_ACTIVATE: Row(
            "9",
            _at(bank=Place.ISSUING),
            papers=_ID_CARD,
            papers_article="9",
            checks=(
                *_WITH_CARD,
                *_IN_HAND,
                checks.AT_THE_COUNTER,
                card_checks.FINANCIAL_OFF,
                card_checks.SOCIAL_COMES_ALONG,
                *_HANDING_OUT,
            ),
            tell=(tellings.SOCIAL_TOO,),
            wants_card=True,
        ),
        Service.LOSS_TEMP: Row(
            "13",
            _at(
                district=Place.ANY,
                bank=Place.ANY,
                online=Place.ANY,
                hotline=True,
            ),
            actors=_AGENT,
            checks=(
                *_OWN_CARD,
                card_checks.COULD_BE_LOST,
                card_checks.NOT_STOPPED_YET,
                card_checks.SOMETHING_TO_STOP,
                card_checks.STILL_IN_FORCE,
            ),
            tell=(tellings.STOPS_15_DAYS, tellings.RISK, tellings.TRANSIT_GOES_ON),
            wants_card=True,
        ),
        Service.LOSS_SOCIAL: Row(
            "13",
            _at(district=Place.ANY, bank=Place.ISSUING),
            papers=_ID,
            papers_article="13",
            checks=(
                *_OWN_CARD,
                card_checks.COULD_BE_LOST,
                card_checks.NOT_LOST_YET,
                card_checks.STILL_IN_FORCE,
            ),
            tell=(tellings.FINANCIAL_AT_BANK, tellings.TRANSIT_GOES_ON),
            wants_card=True,
            instead=(Service.LOSS_TEMP,),
        ),
        Service.LOSS_FULL: Row(
            "13",
            _at(bank=Place.ISSUING),
            papers=_ID,
            papers_article="13",
            checks=(
                *_OWN_CARD,
                card_checks.COULD_BE_LOST,
                card_checks.FINANCIAL_TO_LOSE,
                card_checks.NOT_REPLACED,
                card_checks.STILL_IN_FORCE,
            ),
            tell=(tellings.TRANSIT_GOES_ON,),
            wants_card=True,
            instead=(Service.LOSS_TEMP, Service.LOSS_SOCIAL),
        ),
        Service.UNLOSS: Row(
            "14",
            _at(district=Place.ANY, bank=Place.ISSUING),
            papers=_ID_CARD,
            papers_article="14",
            checks=(
                *_WITH_CARD,
                *_OWN_CARD,
                card_checks.COLLECTED,
                card_checks.NOT_WITHDRAWN,
                card_checks.NOT_BY_HAND,
                card_checks.NOT_REPLACED,
                card_checks.FORMALLY_LOST,
                card_checks.STILL_IN_FORCE,
                checks.NEVER_BLACKLISTED,
            ),
            tell=(tellings.LIFTED_AT_BANK,),
            wants_card=True,
        ),
        Service.REPLACE: Row(
            "15",
            _at(bank=Place.ISSUING, online=Place.ANY),
            papers=_ID,
            papers_article="15",
            checks=(
                *_LIVING,
                *_OWN_CARD,
                checks.NO_OPEN_APPLICATION,
                card_checks.LOST_BEFORE_REPLACED,
                card_checks.NOT_REPLACED_YET,
                card_checks.STILL_IN_FORCE,
                applying.CHILD_BY_GUARDIAN,
            ),
            tell=(
                tellings.YOUNG,
                tellings.NOT_RESTORED,
                tellings.MADE_IN_4,
                tellings.MADE_NOW,
                tellings.SUBSIDY_AFTER_LOSS,
                tellings.FREE,
                tellings.NO_MONEY_OF_LOST,
            ),
            wants_card=True,
            instead=(Service.LOSS_TEMP, Service.LOSS_SOCIAL, Service.LOSS_FULL),
        ),
        Service.RENEW: Row(
            "16",
            _at(bank=Place.ISSUING, online=Place.ANY),
            papers=_ID_CARD,
            papers_article="16",
            checks=(
                *_LIVING,
                *_IN_HAND,
                checks.NO_OPEN_APPLICATION,
                *_NOT_LOST,
                card_checks.STILL_IN_FORCE,
                card_checks.ENABLED_FIRST,
                checks.GROUND_GIVEN,
                checks.DATA_GROUND_TRUE,
                applying.CHIP_GROUND_TRUE,
                applying.CHILD_BY_GUARDIAN,
            ),
            tell=_NEW_CARD,
            wants_card=True,
        ),
        Service.BANK_CHANGE: Row(
            "16",
            _at(bank=Place.ISSUING_OR_CHOSEN),
            papers=_ID_CARD,
            checks=(
                *_LIVING,
                *_IN_HAND,
                checks.NO_OPEN_APPLICATION,
                *_NOT_LOST,
                card_checks.STILL_IN_FORCE,
                card_checks.ENABLED_FIRST,
                checks.ANOTHER_BANK,
                checks.BANK_NOT_CHANGED_LATELY,
                applying.CHILD_BY_GUARDIAN,
            ),
            tell=(
                tellings.YOUNG,
                tellings.BANK_6M,
                tellings.OLD_HANDED_IN,
                tellings.MONEY_GOES_BACK,
                tellings.SUBSIDY,
                tellings.FREE,
            ),
            wants_card=True,
        ),
        Service.CANCEL_SOCIAL: Row(
            "19",
            _at(district=Place.ANY, bank=Place.ISSUING),
            actors=_AT_DEATH,
            papers=_ID,
            checks=(
                *_OWN_CARD,
                *_BY_RIGHT,
                card_checks.COLLECTED,
                card_checks.SOCIAL_NOT_OVER,
                checks.MATTERS_CLOSED,
                checks.MATTERS_KNOWN,
            ),
            tell=(tellings.CANCELLED_AT_BANK,),
            wants_card=True,
        ),
        Service.CANCEL_ALL: Row(
            "19",
            _at(bank=Place.ISSUING),
            actors=_AT_DEATH,
            papers=_ID,
            checks=(
                *_OWN_CARD,
                *_BY_RIGHT,
                card_checks.COLLECTED,
                card_checks.SOMETHING_NOT_OVER,
                checks.MATTERS_CLOSED,
                checks.MATTERS_KNOWN,
                *_HANDING_OUT,
            ),
            wants_card=True,
            instead=(Service.CANCEL_SOCIAL,),
        ),
        Service.PIN_CHANGE: Row(
            "12",
            _at(district=Place.ANY, bank=Place.ISSUING, online=Place.PENDING),
            actors=_AGENT,
            papers=_ID_CARD,
            papers_article="12",
            checks=(*_GOOD, card_checks.CHIP_WORKS, card_checks.PIN_THERE),
            tell=(tellings.TWO_PINS, tellings.ON_THE_CHIP_LATER),
            pin=Pin.OLD,
            wants_card=True,
            instead=(Service.PIN_RESET,),
        ),
        Service.PIN_RESET: Row(
            "12",
            _at(district=Place.ANY, bank=Place.ISSUING, online=Place.PENDING),
            papers=_ID_CARD,
            papers_article="12",
            checks=(*_GOOD, card_checks.CHIP_WORKS, *_HANDING_OUT),
            tell=(tellings.TWO_PINS, tellings.ON_THE_CHIP_LATER),
            pin=Pin.SET,
            wants_card=True,
            instead=(Service.PIN_CHANGE,),
        ),
        Service.STATUS: Row(
            "18",
            _at(
                district=Place.ANY,
                bank=Place.ISSUING,
                online=Place.ANY,
                hotline=True,
                bank_phone=True,
            ),
            actors=_AGENT,
            checks=(checks.CARD_OR_ID,),
        ),
        Service.PROGRESS: Row(
            "18",
            _at(
                district=Place.ANY,
                bank=Place.ANY,
                online=Place.ANY,
                hotline=True,
                bank_phone=True,
            ),
            actors=_HOLDER | _EMPLOYER,
        ),
        Service.FEEDBACK: Row(
            "18",
            _at(online=Place.ANY, hotline=True, bank_phone=True),
            actors=frozenset(Actor),
            anybody=True,
        ),
        Service.DATA_MINOR: Row(
            "17",
            _at(district=Place.ANY, bank=Place.ANY, online=Place.PENDING),
            papers=_ID,
            checks=_WITH_CARD,
            tell=(tellings.NOT_THE_BANKS_MOBILE, tellings.ON_THE_CHIP_LATER),
            pin=Pin.VERIFY,
        ),
        Service.DATA_BASIC: Row(
            "17",
            _at(bank=Place.ISSUING),
            papers=_ID_CARD,
            papers_article="17",
            checks=(
                *_LIVING,
                *_IN_HAND,
                checks.NO_OPEN_APPLICATION,
                *_NOT_LOST,
                card_checks.STILL_IN_FORCE,
                card_checks.ENABLED_FIRST,
                checks.DATA_CHANGED_FIRST,
                applying.CHILD_BY_GUARDIAN,
            ),
            tell=_NEW_CARD,
            wants_card=True,
        ),
        Service.TRANSIT_LOAD: Row(
            "10",
            _at(bank=Place.ANY, transit=True),
            papers=(Paper.CARD,),
            papers_article="10",
            checks=(
                *_IN_HAND,
                *_NOT_FORMALLY_LOST,
                card_checks.CHIP_WORKS,
                card_checks.TRANSIT_USABLE,
            ),
            wants_card=True,
            anybody=True,
        ),
        Service.TRANSIT_REFUND: Row(
            "3",
            _at(bank=Place.ANY),
            papers=_ID_CARD,
            checks=(
                *_WITH_CARD,
                *_IN_HAND,
                *_NOT_FORMALLY_LOST,
                card_checks.CHIP_WORKS,
                card_checks.TRANSIT_USABLE,
                *_HANDING_OUT,
            ),
            wants_card=True,
        ),
        Service.PARK_BUY: Row(
            "11",
            _at(bank=Place.ISSUING, park=True),
            papers=(Paper.CARD,),
            papers_article="11",
            checks=(
                *_WITH_CARD,
                *_IN_HAND,
                *_NOT_FORMALLY_LOST,
                card_checks.CHIP_WORKS,
                card_checks.PARK_USABLE,
            ),
            wants_card=True,
        ),
        Service.PARK_MOVE: Row(
            "16",
            _at(bank=Place.ISSUING),
            papers=_ID_CARD,
            papers_article="16",
            checks=(*_WITH_CARD, *_OWN_CARD, *_NOT_FORMALLY_LOST, checks.AT_RENEWAL),
            wants_card=True,
        ),
        Service.FIN_LOSS: replace(_BANKS_OWN, tell=_BANKS_OWN_WITH_SUBSIDY),
        # How it is lifted the bank's rules say; that a replaced card's is not, Art. 14.
        Service.FIN_UNLOSS: replace(
            _BANKS_OWN, checks=(*_BANKS_OWN.checks, card_checks.NOT_REPLACED)
        ),
        Service.FIN_PIN: _BANKS_OWN,
        Service.FIN_CANCEL: replace(_BANKS_OWN, actors=_AT_DEATH, tell=_BANKS_OWN_WITH_SUBSIDY),
        Service.FIN_MOBILE: _BANKS_OWN,
        Service.INSTANT: Row(
            "22",
            _at(bank=Place.ISSUING_OR_CHOSEN),
            papers=_ID,
            checks=(*_LIVING, checks.EQUIPPED, checks.TO_BE_MADE, *_HANDING_OUT),
            tell=(tellings.FREE,),
            pin=Pin.SET,
        ),
        Service.VISIT: Row(
            "25",
            _at(bank=Place.ANY),
            # Who cannot come has somebody ask for them; who they are is seen at their home.
            actors=frozenset(Actor),
            checks=(checks.VISIT_BY_TWO,),
            tell=(tellings.VISIT,),
            anybody=True,
        ),
    }
)
"""Every row of the digest's table (S-FIN-* are five services by the bank's own rules)."""
