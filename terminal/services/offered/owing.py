"""Make obligations: the words in which services owe other parties something."""

from __future__ import annotations

from datetime import date, datetime

from terminal.journal.model import Method
from terminal.parties.bank import Matter, StopReason
from terminal.parties.card_management import CardEvent, IntegrityKind
from terminal.parties.clearing import BlockReason
from terminal.parties.messages import MessageKind
from terminal.registry.cards import Card
from terminal.registry.duties import NewDuty
from terminal.registry.persons import Person
from terminal.texts import Text

TELL = "tell"
"""The call of what people tell somebody themselves (R-NOTIFY)."""


def stop_financial(card: Card, why: StopReason) -> NewDuty:
    """Owe the bank's stop of the financial function, at once (R-TEMP-15)."""
    arguments = {"account": card.account or "", "why": why.value}
    return NewDuty("bank", "stop_financial", "stop_financial", arguments, at_once=True)


def restore_financial(card: Card) -> NewDuty:
    """Owe the question to the bank to bring the financial function back (Rules Art. 20)."""
    arguments = {"account": card.account or ""}
    return NewDuty("bank", "restore_financial", "restore_financial", arguments, at_once=True)


def cancel_account(card: Card) -> NewDuty:
    """Owe the account's cancellation (Rules Art. 19, 20)."""
    return close_account(card.account or "")


def close_account(account: str) -> NewDuty:
    """Owe an account's cancellation: of one that was opened for a card that is not made."""
    arguments = {"account": account}
    return NewDuty("bank", "cancel_account", "cancel_account", arguments, at_once=True)


def referral(card: Card, matter: Matter, key: str) -> NewDuty:
    """Owe the bank a referral to its own procedure that it did not answer (S-FIN-*).

    ``key`` is the one that it was asked under, so that it is done once.
    """
    arguments = {"account": card.account or "", "matter": matter.value, "key": key}
    return NewDuty("bank", "referral", "referral", arguments, at_once=True)


def integrity(
    kind: IntegrityKind, report: int, card: str, person: str, told: str, at: datetime
) -> NewDuty:
    """Owe the integrity file 诚信档案 what two people saw (R-OWN-USE)."""
    arguments = {
        "kind": kind.value,
        "report": report,
        "card": card,
        "number": person,
        "what": told,
        "at": at.isoformat(),
    }
    return NewDuty("card_management", "integrity", "integrity", arguments, at_once=True)


def payout(account: str, fen: int, name: str) -> NewDuty:
    """Owe the old card's transit money to the account that the holder names (R-RENEW-MONEY)."""
    arguments = {"account": account, "fen": fen, "name": name}
    return NewDuty("bank", "payout", "payout", arguments, at_once=True)


def settle_dead(transit_number: str, account: str, name: str) -> NewDuty:
    """Owe a dead card's transit money, which clearing tells in days (R-RENEW-MONEY)."""
    arguments = {"card": transit_number, "account": account, "name": name}
    return NewDuty("clearing", "settle_dead", "settle_dead", arguments, at_once=True)


def block_transit(transit_number: str, why: BlockReason) -> NewDuty:
    """Owe the block of a transit card that must not be used any more."""
    arguments = {"card": transit_number, "why": why.value}
    return NewDuty("clearing", "block", "block", arguments, at_once=True)


def remind(card: Card, cancelled_on: date, at: datetime) -> NewDuty:
    """Owe the bank's reminder, six months later (R-FIN-6M)."""
    arguments = {"account": card.account or "", "cancelled_on": cancelled_on.isoformat()}
    return NewDuty("bank", "remind", "remind", arguments, not_before=at)


def report(
    event: CardEvent, person: Person, card: Card, at: datetime, reserved_by: str = ""
) -> NewDuty:
    """Owe the city's card management system word of what happened to a card.

    ``reserved_by`` is the key of the right that it was made under (rights.py).
    """
    document = person.document
    arguments = {
        "event": event.value,
        "at": at.isoformat(),
        "id_type": document.document.value,
        "number": document.number.reveal(),
        "card": card.number or "",
        "bank": card.bank,
        "reserved_by": reserved_by,
    }
    return NewDuty("card_management", "report", "report", arguments, at_once=True)


def message(person: Person, text: Text, kind: MessageKind) -> tuple[NewDuty, ...]:
    """Owe the holder a message, where a mobile number is on record (R-NOTIFY)."""
    if person.mobile is None:
        return ()
    arguments = {"mobile": person.mobile.reveal(), "text": text.zh, "kind": kind.value}
    return (NewDuty("messages", "message", "message", arguments, at_once=True),)


def announcement(person: Person, text: Text) -> tuple[NewDuty, ...]:
    """Owe the holder the news of a finished card; by people where no number is on record."""
    return message(person, text, MessageKind.CARD_READY) or (to_tell(text),)


def to_tell(text: Text) -> NewDuty:
    """Owe somebody a word that no message can carry: people say it, and nothing is passed over."""
    arguments = {"zh": text.zh, "en": text.en}
    return NewDuty("messages", TELL, TELL, arguments, by_hand=True)


def collect(method: Method, fen: int, what_for: Text) -> NewDuty:
    """Owe the payment system word of money that the holder paid at the counter."""
    return _payment("collect", method, fen, what_for)


def pay_out(method: Method, fen: int, what_for: Text) -> NewDuty:
    """Owe the holder money, by the payment system."""
    return _payment("pay_out", method, fen, what_for)


def pay_back(method: Method, fen: int, what_for: Text) -> NewDuty:
    """Owe the holder what was paid for something that did not come about."""
    return _payment("pay_out", method, fen, what_for, "pay_back")


def _payment(call: str, method: Method, fen: int, what_for: Text, what: str = "") -> NewDuty:
    arguments = {"method": method.value, "fen": fen, "what_for": what_for.zh}
    return NewDuty("payment", call, what or call, arguments, at_once=True)
