"""Lines that many slips have: which card it is, how its functions stand."""

from __future__ import annotations

from datetime import date, timedelta

from terminal.beijing_time import beijing_day
from terminal.masking import mask_number
from terminal.registry import found_cards
from terminal.registry.cards import Card
from terminal.registry.histories import Standing
from terminal.registry.transaction import Transaction
from terminal.rules.states import FINANCIAL, LIFE, PUBLIC, SOCIAL, Financial, Life, Public, Social
from terminal.rules.vocabulary import Generation
from terminal.services.offered.answer import Line, line
from terminal.texts import Text

GENERATIONS = {
    Generation.FIRST: Text("第一代卡", "first generation"),
    Generation.SECOND: Text("第二代卡", "second generation"),
    Generation.THIRD: Text("第三代卡", "third generation"),
    Generation.ELECTRONIC: Text("电子社会保障卡", "electronic card"),
}
SOCIAL_FUNCTION = Text("社会保障功能", "social function")
FINANCIAL_FUNCTION = Text("金融功能", "financial function")
TRANSIT_FUNCTION = Text("交通出行功能", "transit function")
PARK_FUNCTION = Text("公园游览功能", "park function")
_CARD = Text("卡号", "card")
_WITHOUT_NUMBER = Text("（尚无卡号，登记编号 {id}）", "(no number yet, {id} in the registry)")
_KEPT = Text(
    "这张卡已有人拾到，交存在网点 {outlet}，凭身份证件可以领回",
    "somebody found this card: it is kept at outlet {outlet} for its holder",
)
_UNTIL = Text("{state}，至 {day} 24:00 止", "{state} until 24:00 on {day}")


def shown_number(card: Card) -> Text:
    """Give a card's number as a slip has it: masked."""
    if not card.number:
        return _WITHOUT_NUMBER.filled(id=card.id)
    return Text(mask_number(card.number), mask_number(card.number))


def card_line(card: Card) -> Line:
    """Say which card it is."""
    return line(_CARD, shown_number(card))


def social_line(card: Card) -> Line:
    """Say how the social function stands, and until when where that ends by itself."""
    state = SOCIAL[Social(card.social.state)]
    last = last_day(card.social)
    said = state if last is None else _UNTIL.filled(state=state, day=last)
    return line(SOCIAL_FUNCTION, said)


def financial_state(card: Card) -> Text:
    """Say how the financial function stands on record."""
    return FINANCIAL[Financial(card.financial.state)]


def public_lines(card: Card) -> tuple[Line, Line]:
    """Say how transit and park stand."""
    return (
        line(TRANSIT_FUNCTION, PUBLIC[Public(card.transit.state)]),
        line(PARK_FUNCTION, PUBLIC[Public(card.park.state)]),
    )


def life(card: Card) -> Text:
    """Say where a card is."""
    return LIFE[Life(card.life.state)]


def kept_at(tx: Transaction, card: Card) -> tuple[Text, ...]:
    """Say at which outlet a found card is kept, nothing where none is."""
    outlet = found_cards.outlet_of(tx, card)
    return () if outlet is None else (_KEPT.filled(outlet=outlet),)


def last_day(standing: Standing) -> date | None:
    """Give the last day of a state that ends by itself."""
    if standing.until is None:
        return None
    return beijing_day(standing.until - timedelta(microseconds=1))
