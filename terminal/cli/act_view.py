"""What the commands of acts beside the services share: which card, and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import click

from terminal.cli.app import Session, print_json
from terminal.cli.service_view import say_owed
from terminal.masking import mask_number
from terminal.registry.cards import Card
from terminal.rules.states import LIFE, Life
from terminal.texts import Text

_CARD = Text("卡 {number}（{shown}）：{life}", "Card {number} ({shown}): {life}")
_NO_NUMBER = Text("尚无卡号", "no number yet")
_REPEATED = Text("先前已经办好，没有再办一次", "It was done before, and not done again")


def card_argument(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command its card, by the registry's number."""
    return click.argument("card", metavar="CARD", type=int)(function)


def card_number(session: Session, card: Card) -> str:
    """Give a card's number, masked."""
    return mask_number(card.number) if card.number else session.say(_NO_NUMBER)


def show_act(
    session: Session,
    schema: str,
    action: str,
    card: Card,
    *,
    owed: Iterable[Text] = (),
    repeated: bool = False,
    more: Iterable[Text] = (),
    facts: dict[str, Any] | None = None,
) -> None:
    """Print how a card stands after an act, and what is not confirmed yet."""
    owed = list(owed)
    if session.as_json:
        document = {
            "schema": schema,
            "action": action,
            "card": card.id,
            "life": card.life.state,
            "repeated": repeated,
            "owed": [session.say(each) for each in owed],
        }
        print_json(document | (facts or {}))
        return
    if repeated:
        click.echo(session.say(_REPEATED))
    state = LIFE[Life(card.life.state)]
    shown = card_number(session, card)
    click.echo(session.say(_CARD.filled(number=card.id, shown=shown, life=state)))
    for each in more:
        click.echo(session.say(each))
    say_owed(session, owed)
