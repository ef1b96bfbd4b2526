"""Money that changes hands for something on a card, so that none is lost or moved twice.

Cash lies on the counter in sight: it goes into the till once the card has what it is for, and none
changes hands as long as that is not known (docs/decisions/0008). A transfer is out of sight, may be
refused, or be unknown for a while: it has to be there before the card is written, which is not
taken back; where the card is not written after all it is paid back. All under keys of their own.
"""

from __future__ import annotations

import re

from terminal.errors import (
    PartyMissing,
    PartySaysNo,
    PaymentOpen,
    RequestWrong,
    RunNotLeft,
)
from terminal.journal.model import METHODS, Method, shown_key
from terminal.money import yuan
from terminal.parties.payment import Method as PaymentMethod
from terminal.parties.payment import PaymentState
from terminal.registry.duties import NewDuty
from terminal.rules.vocabulary import SERVICES
from terminal.services.offered import owing
from terminal.services.offered.answer import Line, line
from terminal.services.offered.on_desk import chip_on
from terminal.services.offered.request import Request
from terminal.services.offered.running import Running
from terminal.texts import Text

_FEN = re.compile(r"[0-9]{1,8}")
_AMOUNT_ITEM = Text("金额（fen）", "the amount (fen)")
_AMOUNT_FORM = Text("以分为单位，大于零的整数", "whole fen, above zero")
_METHOD_ITEM = Text("收付方式（method）", "the way to pay (method)")
_METHOD_FORM = Text("cash（现金）或 transfer（转账）", "it is cash or transfer")
_AND_METHOD = Text("{amount} 元（{method}）", "{amount} yuan ({method})")
_UNKNOWN_WHY = Text("没有说明原因", "no reason is given")
_HAPPENED = Text(
    "卡已经写入，或者还不知道有没有写入", "the card was written, or nobody can tell yet"
)
PAY = "pay"
"""The part of a run under which a transfer is asked for."""


def fen_of(request: Request) -> int:
    """Give the amount that is asked for; raises RequestWrong."""
    given = request.wish("fen")
    if _FEN.fullmatch(given) is None or int(given) == 0:
        raise RequestWrong(item=_AMOUNT_ITEM, detail=_AMOUNT_FORM)
    return int(given)


def method_of(request: Request) -> Method:
    """Give the way to pay, cash unless something else is said; raises RequestWrong."""
    given = request.wish("method") or Method.CASH.value
    if given not in {Method.CASH.value, Method.TRANSFER.value}:
        raise RequestWrong(item=_METHOD_ITEM, detail=_METHOD_FORM)
    return Method(given)


def money_line(label: Text, fen: int, method: Method) -> Line:
    """Say how much changed hands, and how."""
    return line(label, _AND_METHOD.filled(amount=yuan(fen), method=METHODS[method]))


def collect_first(run: Running, method: Method, fen: int, what_for: Text) -> None:
    """Have a transfer be there before the card is written; cash is not in a hurry.

    Raises PaymentOpen where its outcome is not known, PartySaysNo where it was refused.
    """
    if method is not Method.TRANSFER:
        return
    parties = run.desk.parties
    paid = parties.payment.collect(
        run.part(PAY), PaymentMethod.TRANSFER, fen, what_for.zh, payer=None
    )
    if paid.state is PaymentState.REFUSED:
        raise PartySaysNo(
            party=parties.counterparts["payment"].title,
            service=SERVICES[run.request.service],
            detail=paid.reason or _UNKNOWN_WHY,
        )
    if paid.state is not PaymentState.DONE:
        raise PaymentOpen(amount=yuan(fen), key=shown_key(run.key))


def collected(method: Method, fen: int, what_for: Text) -> tuple[NewDuty, ...]:
    """Owe what is left of collecting once the card is written: the till's word for cash."""
    return () if method is Method.TRANSFER else (owing.collect(method, fen, what_for),)


def give_up(run: Running, part: str) -> None:
    """See to it that the card is not written any more; raises RunNotLeft where it was."""
    if not chip_on(run.desk).give_up(run.part(part)):
        raise RunNotLeft(key=shown_key(run.key), detail=_HAPPENED)


def paid_back(run: Running, method: Method, what_for: Text) -> tuple[NewDuty, ...]:
    """Owe a transfer back, of a run that comes to nothing; raises PaymentOpen, PartyErrors."""
    if method is not Method.TRANSFER:
        return ()
    try:
        paid = run.desk.parties.payment.outcome(run.part(PAY))
    except PartyMissing:
        return ()  # nobody was there to pay to
    if paid.state is PaymentState.UNKNOWN:
        raise PaymentOpen(amount=yuan(paid.amount_fen), key=shown_key(run.key))
    if paid.state is not PaymentState.DONE:
        return ()
    return (owing.pay_back(method, paid.amount_fen, what_for),)
