"""What a transit card is not served for, and why: told before anything is begun on it.

Regulation Rules Art. 10; reference transit-purse.md §2.1 (enable flag, dates), §9. The ceiling is
the operator's rule and no field of the card (§3.2).
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from card_profiles import transit
from card_profiles.transit_codes import city_name
from terminal.cards.transit import Balance, PurseFacts
from terminal.errors import (
    AmountWrong,
    BalanceCeiling,
    FileTrouble,
    PurseBlacklisted,
    PurseBlocked,
    PurseElsewhere,
    PurseExpired,
    PurseNotStarted,
    PurseReadOnly,
)
from terminal.money import yuan
from terminal.texts import Text


def demand_served(facts: PurseFacts, city: str, blacklist: frozenset[str]) -> None:
    """Demand a card that this outlet may write to at all; raises the reason."""
    if facts.blocked:
        raise PurseBlocked(sw=f"{facts.blocked:04X}")
    if facts.blacklisted or {facts.serial, facts.number} & blacklist:
        raise PurseBlacklisted(serial=f"…{facts.serial[-4:]}")
    if facts.older:
        raise PurseReadOnly
    if facts.city != city:
        raise PurseElsewhere(city=city_text(facts.city))


def demand_in_use(facts: PurseFacts, today: date) -> None:
    """Demand a card that was started and has not expired; a refund does without this."""
    if facts.enabled == transit.NOT_STARTED:
        raise PurseNotStarted(
            detail=Text("卡上的启用标志为“未启用”", "the card's flag says that it is not started")
        )
    if facts.enabled == transit.ENDED or (facts.expiry_date and facts.expiry_date < today):
        flag = Text("（卡上标志为已停用）", "(by the card's flag)")
        raise PurseExpired(date=facts.expiry_date or flag)
    if facts.enabled != transit.IN_USE:
        raise PurseNotStarted(
            detail=Text(
                f"卡上的启用标志 {facts.enabled:02X} 不认识",
                f"the card's flag {facts.enabled:02X} is unknown",
            )
        )
    if facts.odd_dates:
        raise PurseNotStarted(
            detail=Text(
                f"卡上的日期读不懂（{facts.odd_dates}）",
                f"the dates on the card mean nothing ({facts.odd_dates})",
            )
        )
    if facts.start_date and facts.start_date > today:
        raise PurseNotStarted(
            detail=Text(
                f"从 {facts.start_date} 起才可使用", f"it may be used from {facts.start_date}"
            )
        )


def demand_amount(amount: int) -> None:
    """Demand an amount above zero, in fen."""
    if amount <= 0:
        raise AmountWrong(amount=yuan(amount))


def demand_below_ceiling(balance: Balance, amount: int, ceiling: int) -> None:
    """Demand that a card holds no more than the ceiling after a load."""
    # Where all is said to be overdraft the card may just not know the question: what can be spent
    # counts then, so that a load goes too low and never too high.
    held = balance.available if balance.limit == balance.available else balance.shown
    if held + amount > ceiling:
        raise BalanceCeiling(
            ceiling=yuan(ceiling), balance=yuan(held), most=yuan(max(0, ceiling - held))
        )


def city_text(code: str) -> Text:
    """Name a city, or give its code where no table has it."""
    known = city_name(code)
    if known is None:
        return Text(f"代码为 {code} 的城市", f"the city of code {code}")
    return Text(*known)


def read_blacklist(file: str) -> frozenset[str]:
    """Read the outlet's blacklist, a card number a line, # for remarks; raises FileTrouble."""
    if not file:
        return frozenset()
    try:
        text = Path(file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        detail = error.strerror if isinstance(error, OSError) else "UTF-8"
        raise FileTrouble(path=file, detail=detail) from error
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return frozenset(line for line in lines if line)
