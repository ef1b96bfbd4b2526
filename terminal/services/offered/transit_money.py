"""The transit money of a card that ends: taken off its chip, or told by clearing where it is dead.

R-RENEW-MONEY (Rules Art. 16, 19): not one fen more or less goes to the account that the holder
names. What the chip gave is known by the journal under one key for ever, so that it is paid after
any crash, and once. A dead chip's money is ordered at clearing: pending first, then exact.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from terminal.errors import (
    CardWanted,
    IntentionOver,
    NoPurse,
    OverdraftOwed,
    PartyError,
    PurseBlocked,
    RequestWrong,
    TripUnfinished,
)
from terminal.journal.model import Method
from terminal.masking import mask_number
from terminal.money import yuan
from terminal.parties.clearing import BlockReason, Certainty, TransitClearing
from terminal.registry.cards import Card
from terminal.registry.duties import NewDuty
from terminal.registry.persons import Person
from terminal.registry.plain import is_plain
from terminal.services.offered import owing
from terminal.services.offered.answer import Line, line
from terminal.services.offered.desk import ChipDesk
from terminal.services.offered.request import Request
from terminal.services.offered.slip_lines import shown_number
from terminal.texts import Text

_ACCOUNT = re.compile(r"[0-9]{8,30}")
_LABEL = Text("交通余额", "transit balance")
_PAID = Text("{amount} 元，退至账户 {account}", "{amount} yuan, to account {account}")
_NOTHING = Text("0.00 元，无可退", "0.00 yuan, nothing to refund")
_PENDING = Text(
    "没有从芯片退出；以交通清算核定的金额为准，核定后退至账户 {account}",
    "not taken off the chip: what clearing finds goes to account {account}",
)
_UNNAMED = Text(
    "没有从芯片退出；清算系统显示没有余额", "not taken off the chip; clearing knows of no money"
)
_ACCOUNT_ITEM = Text("退款账户", "the account for the refund")
_NAME_ONE = Text(
    "卡内有交通余额，请持卡人指定一个银行账户（payout）",
    "there is transit money: have the holder name an account (payout)",
)
_NO_ACCOUNT = Text("银行账号应为 8 至 30 位数字", "an account number has 8 to 30 digits")
_LONGEST_NAME = 60
_NAME_ITEM = Text("退款账户的户名", "in whose name the account is")
_NAME_FORM = Text("不超过 {most} 个字，不含控制字符", "at most {most} characters, none of control")
_OLD_CARD = Text("卡号为 {number} 的卡", "the card {number}")
_NOT_THERE = Text(
    "它没有放在读卡器上，或者读不出来；芯片确已损坏的，请注明 dead",
    "it does not lie on the reader, or cannot be read; where its chip is dead say so (dead)",
)
_ANOTHER = Text("读卡器上放的是另一张卡", "another card lies on the reader")
_CHIP_ITEM = Text("对这张卡的说明", "what is said of the card")
_NOT_DEAD = Text("这张卡的芯片可以读写，余额应从芯片退出", "its chip works: the money comes off it")
DEAD, ABSENT = "dead", "absent"
"""What may be said of a card that its money cannot be taken off."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Hold what came off a card: fen, None where clearing has to tell; whether it is closed."""

    fen: int | None
    closed: bool


def demand_card(chip: ChipDesk | None, card: Card, said: str, *, begun: bool) -> None:
    """Demand that a card lies on the desk and works, or is ``said`` to be dead or absent.

    It may also have died since something was ``begun`` with it. Raises CardWanted, RequestWrong.
    """
    wanted = _OLD_CARD.filled(number=shown_number(card))
    if said in {DEAD, ABSENT}:
        if chip is not None and chip.readable:
            raise RequestWrong(item=_CHIP_ITEM, detail=_NOT_DEAD)
        return
    if chip is None or (not chip.readable and not begun):
        raise CardWanted(card=wanted, detail=_NOT_THERE)
    if chip.chip and chip.chip.upper() != card.chip:
        raise CardWanted(card=wanted, detail=_ANOTHER)


def demand_account(
    chip: ChipDesk | None, card: Card, account: str, clearing: TransitClearing
) -> None:
    """Demand an account for what is on a card; raises RequestWrong.

    None is wanted where nothing is there. An overdraft and a trip without an end are settled first:
    raises OverdraftOwed, TripUnfinished. What a dead chip owes is clearing's to say.
    """
    if account and _ACCOUNT.fullmatch(account) is None:
        raise RequestWrong(item=_ACCOUNT_ITEM, detail=_NO_ACCOUNT)
    fen = _on_chip(chip)
    if fen is not None and fen < 0:
        raise OverdraftOwed(amount=yuan(-fen))
    if fen is not None:
        demand_no_trip(card, clearing)
    if account:
        return
    if fen is None:
        fen = _at_clearing(card, clearing)
    if fen is None or fen > 0:
        raise RequestWrong(item=_ACCOUNT_ITEM, detail=_NAME_ONE)


def read_name(request: Request, person: Person) -> str:
    """Read in whose name the account is, the holder's unless it is said; raises RequestWrong."""
    said = request.wish("payout_name")
    if len(said) > _LONGEST_NAME or not is_plain(said):
        raise RequestWrong(item=_NAME_ITEM, detail=_NAME_FORM.filled(most=_LONGEST_NAME))
    return said.strip() or person.name.reveal()


def demand_no_trip(card: Card, clearing: TransitClearing) -> None:
    """Demand that clearing knows of no trip without an end; mute, the chip says so itself.

    Raises TripUnfinished.
    """
    if not card.transit_number:
        return
    try:
        trips = clearing.unfinished_trips(card.transit_number).trips
    except PartyError:
        return
    if trips:
        raise TripUnfinished(where=trips[0].where)


def take_off(
    chip: ChipDesk | None,
    refund_key: str,
    close_key: str,
    *,
    renewal: bool,
) -> Taken:
    """Take the money off a card and close its purse; what was done before is told, not done again.

    ``chip`` is None where it is dead or not there. Raises TripUnfinished and OverdraftOwed, which
    change nothing, and what the chip raises.
    """
    if chip is None:
        return Taken(None, closed=False)
    if not chip.readable and chip.give_up(refund_key):
        return Taken(None, closed=False)
    try:
        # Of a chip that died since, this tells what the journal knows of it.
        fen = chip.refund(refund_key, Method.TRANSFER)
    except NoPurse:
        return Taken(0, closed=True)
    except (PurseBlocked, IntentionOver):
        return _of_closed(chip, close_key, renewal=renewal)
    if chip.readable:
        chip.close_transit(close_key, renewal=renewal)
    return Taken(fen, closed=chip.readable)


def _of_closed(chip: ChipDesk, close_key: str, *, renewal: bool) -> Taken:
    """Tell an empty purse that was closed here before from one that somebody else blocked.

    Of an empty one there is no refund that the journal could know.
    """
    try:
        chip.close_transit(close_key, renewal=renewal)
    except PurseBlocked:
        return Taken(None, closed=True)
    return Taken(0, closed=True)


def owed(
    taken: Taken, card: Card, account: str, name: str, block: BlockReason
) -> tuple[Line, tuple[NewDuty, ...]]:
    """Say on the slip what becomes of the money, and owe it."""
    number, duties = card.transit_number, []
    if taken.fen:
        said = _PAID.filled(amount=yuan(taken.fen), account=mask_number(account))
        duties.append(owing.payout(account, taken.fen, name))
    elif taken.fen is None and account and number:
        said = _PENDING.filled(account=mask_number(account))
        duties.append(owing.settle_dead(number, account, name))
    else:
        said = _NOTHING if taken.fen == 0 or not number else _UNNAMED
    if not taken.closed and number:
        duties.append(owing.block_transit(number, block))
    return line(_LABEL, said), tuple(duties)


def _on_chip(chip: ChipDesk | None) -> int | None:
    """Give what is on a chip in fen, None where it does not say."""
    if chip is None or not chip.readable:
        return None
    try:
        return chip.balance()
    except NoPurse:
        return 0
    except PurseBlocked:
        return None


def _at_clearing(card: Card, clearing: TransitClearing) -> int | None:
    """Give what clearing knows of a card's money in fen, None where it does not know yet."""
    if not card.transit_number:
        return 0
    try:
        known = clearing.balance(card.transit_number)
    except PartyError:
        return None
    return known.balance_fen if known.certainty is Certainty.EXACT else None
