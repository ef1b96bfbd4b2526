"""What the acts of the room of cards have in common: what a form says, and lines about cards."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from terminal.beijing_time import beijing_day
from terminal.errors import CardUnknown, PersonUnknown, RequestWrong
from terminal.masking import mask_number
from terminal.registry import persons
from terminal.registry.cards import Card
from terminal.registry.persons import Person
from terminal.registry.representations import Representation
from terminal.rules.states import LIFE, Life
from terminal.rules.vocabulary import SERVICES, Service
from terminal.services.offered.answer import Line, line
from terminal.services.offered.desk import Desk
from terminal.services.offered.request import Named
from terminal.texts import Text
from terminal.web.card_acts import Work

CARD = Text("卡", "Card")
STATE = Text("状态", "State")
HOLDER = Text("持卡人", "Holder")
AGENT = Text("代理人", "Agent")
SERVICE_LIST = Text("授权的业务", "Services")
RESULT = Text("结果", "Result")
OUT, BACK = "out", "back"
"""What an employer may have done with a card, as a form says it."""
_UNTIL = Text("授权至", "Until")
_UNTIL_DAY = Text("{day} 24:00", "24:00 on {day}")
WITHOUT_END = Text("不限", "without end")
_WITHDRAWN = Text("已撤销", "Withdrawn")
_CARD = Text("{number}（登记编号 {id}）", "{number} ({id} in the registry)")
_NO_NUMBER = Text("尚无卡号", "no number yet")
_DAY = Text("授权期限", "its last day")
_DAY_FORM = Text("日期请写成 2026-03-01", "a day is written like 2026-03-01")
_NONE_MEANT = Text("没有指明哪一张", "none is named")
_MOMENT = timedelta(microseconds=1)


def card_line(card: Card) -> Line:
    """Say which card it is."""
    number = mask_number(card.number) if card.number else _NO_NUMBER
    return line(CARD, _CARD.filled(number=number, id=card.id))


def state_line(card: Card) -> Line:
    """Say where a card is."""
    return line(STATE, LIFE[Life(card.life.state)])


def right_lines(right: Representation, *, clear: bool = False) -> tuple[Line, ...]:
    """Say whom an authorisation is for, and what it covers."""
    name = right.name.reveal() if clear else str(right.name)
    lines = (line(AGENT, name), line(SERVICE_LIST, services_named(right.services)))
    if right.ended_at is not None:
        return (*lines, line(STATE, _WITHDRAWN))
    if right.until is None:
        return (*lines, line(_UNTIL, WITHOUT_END))
    return (*lines, line(_UNTIL, _UNTIL_DAY.filled(day=beijing_day(right.until - _MOMENT))))


def services_named(services: Iterable[Service]) -> Text:
    """Name services, in their order."""
    wanted = set(services)
    listed = [SERVICES[each] for each in Service if each in wanted]
    return Text("、".join(each.zh for each in listed), ", ".join(each.en for each in listed))


def services_in(work: Work) -> frozenset[Service]:
    """Read which services a form ticks."""
    return frozenset(Service(each) for each in work.wish("services").split())


def last_day_in(work: Work) -> date | None:
    """Read until when; raises RequestWrong."""
    said = work.wish("until")
    try:
        return date.fromisoformat(said) if said else None
    except ValueError:
        raise RequestWrong(item=_DAY, detail=_DAY_FORM) from None


def cards_in(work: Work, what: str) -> tuple[int, ...]:
    """Give the cards of which an employer says this."""
    said = ((name.removeprefix("card."), each) for name, each in work.said.items())
    return tuple(int(card) for card, each in said if each == what and card.isdecimal())


def number_of(work: Work) -> int:
    """Give the number it is about; raises CardUnknown."""
    if work.number is None:
        raise CardUnknown(detail=_NONE_MEANT)
    return work.number


def named(who: Named | None) -> Named:
    """Give who is named; raises PersonUnknown."""
    if who is None:
        raise PersonUnknown
    return who


def person_of(desk: Desk, who: Named | None) -> Person:
    """Find whom a document names; raises PersonUnknown."""
    document = named(who)
    with desk.registry.reading() as tx:
        person = persons.find(tx, document.document, document.nationality)
    if person is None:
        raise PersonUnknown
    return person
