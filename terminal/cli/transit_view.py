"""How the transit purse looks on the screen and in JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from apdu.purse import TransactionType
from card_profiles import transit as profile
from card_profiles.transit_codes import line_of_terminal
from terminal.cards.transit import Transaction
from terminal.cli.app import Session, print_json
from terminal.cli.options import wire_of
from terminal.journal.model import KINDS, STATES, Entry, Kind, shown_key
from terminal.masking import mask_number
from terminal.money import yuan
from terminal.readers.connection import Wire
from terminal.services.purse_recovery import Settled
from terminal.services.transit import PurseResult, PurseView
from terminal.services.transit_limits import city_text
from terminal.services.trips import open_ride, place_text, ride_place
from terminal.texts import Text

SCHEMA = "guitai.transit/1"

_CARD = Text("交通卡 {number}（{city}）{kind}", "Transit card {number} ({city}) {kind}")
_OLDER = Text("旧卡，只读", "older card, read only")
_BALANCE = Text("余额：{balance} 元", "Balance: {balance} yuan")
_DEBT = Text("已扣除欠款：{debt} 元", "Debt taken off: {debt} yuan")
_NOT_STARTED = Text("！公共交通功能还没有启用", "! The transit function is not started yet")
_ENDED = Text("！公共交通功能已停用", "! The transit function has ended")
_NOWHERE = Text("城市不明", "city unknown")
_OVERDRAFT = Text("另可透支：{limit} 元", "Overdraft besides: up to {limit} yuan")
_VALID = Text("有效期：{start} 至 {end}", "Valid: {start} to {end}")
_BLOCKED = Text("！公共交通功能已锁定（{sw}）", "! The transit application is blocked ({sw})")
_LISTED = Text("！卡在黑名单中", "! The card is on the blacklist")
_UNCLEAR = Text(
    "！卡对余额的几种说法不一致，上面的数仅供参考，不能退资",
    "! The card's answers about its balance disagree: take it as a hint, it cannot be refunded",
)
_RIDING = Text("！有一次行程没有结束：{place}", "! A trip has no end: {place}")
_OPEN = Text(
    "！{what}没有办完（流水 {key}），请运行 guitai transit recover",
    "! {what} is unfinished (entry {key}): run guitai transit recover",
)
_OF = Text("{kind} {amount} 元", "{kind} of {amount} yuan")
_LOG = Text("交易记录（最近的在前）：", "Transactions (newest first):")
_NO_LOG = Text("交易记录：卡不显示", "Transactions: the card does not show them")
_NONE = Text("（无）", "(none)")
_TRIPS = Text("行程记录（最近的在前）：", "Trips (newest first):")
_TERMINAL = Text("终端 {terminal}", "terminal {terminal}")
_FARE = Text("票款 {amount}，余额 {balance}", "fare {amount}, balance {balance}")
_TRIP_KINDS = {
    profile.ENTRY: Text("进站", "entry"),
    profile.EXIT: Text("出站", "exit"),
    0x02: Text("单次", "single"),
    0x06: Text("单次", "single"),
}
_TYPES = {
    TransactionType.PASSBOOK_LOAD: Text("存折圈存", "passbook load"),
    TransactionType.LOAD: Text("充值", "load"),
    TransactionType.UNLOAD: Text("圈提", "unload"),
    TransactionType.WITHDRAWAL: Text("取现", "withdrawal"),
    TransactionType.PASSBOOK_PURCHASE: Text("存折消费", "passbook purchase"),
    TransactionType.PURCHASE: Text("消费", "purchase"),
    TransactionType.OVERDRAFT: Text("改透支额度", "overdraft limit"),
    TransactionType.CREDIT: Text("信用消费", "credit"),
    TransactionType.COMPOSITE: Text("乘车", "trip"),
}
_DONE = {
    "load": Text("已充值 {amount} 元", "Loaded {amount} yuan"),
    "refund": Text("已退资 {amount} 元", "Refunded {amount} yuan"),
    "correction": Text("已更正，卡内余额{amount} 元", "Corrected by {amount} yuan"),
    "payment": Text("已扣款 {amount} 元", "Paid {amount} yuan"),
    "closing": Text("公共交通功能已关闭", "The transit application was closed"),
}
_LESS = Text("减少 {amount}", "-{amount}")
_MORE = Text("增加 {amount}", "+{amount}")
_CHANGE = Text("余额：{before} 元 → {after} 元", "Balance: {before} → {after} yuan")
_ENTRY = Text("流水 {key}", "Entry {key}")
_EMPTY = Text("已核对：卡内余额为零", "Checked: the balance is zero")
_LEFT = Text(
    "！卡内还有 {balance} 元，请再办一次退资",
    "! There are {balance} yuan on the card still: refund once more",
)
_NOT_SEEN = Text(
    "！没有核对余额是否为零（卡随即没有应答）",
    "! Its balance was not seen to be zero: the card did not answer any more",
)
_REPEATED = Text(
    "这笔业务以前已经办完，没有再做一次，请勿再收付款。当时的结果：",
    "This was done before; it was not done again, let no money change hands again. It was:",
)
_UNCHECKED = Text(
    "！交易验证码（TAC）暂时无法核对，已记入流水，对账时列出",
    "! The TAC could not be checked now; it is in the journal and on the day's sheet",
)
_NOTHING_OPEN = Text("这张卡没有未办完的业务", "Nothing of this card is unfinished")
_SETTLED = Text(
    "{what}（流水 {key}）：{outcome}。依据：{reason}",
    "{what} (entry {key}): {outcome}. Evidence: {reason}",
)
_STILL_OPEN = Text(
    "仍查不清，请主管凭 guitai journal show {key} 与清算方核对，"
    "再用 guitai journal decide {key} 认定",
    "it can't be told; a supervisor takes guitai journal show {key} to the clearing party, then "
    "decides with guitai journal decide {key}",
)


def show_settled(session: Session, settled: tuple[Settled, ...], reader: str, wire: Wire) -> None:
    """Show what came of unfinished entries."""
    if session.as_json:
        print_json(
            {
                "schema": SCHEMA,
                "reader": reader,
                "action": "recover",
                "settled": [_settled_document(each, session) for each in settled],
                "wire": wire_of(wire),
            }
        )
        return
    if not settled:
        click.echo(session.say(_NOTHING_OPEN))
    for each in settled:
        entry = each.entry
        outcome = STATES[entry.state] if each.decided else _STILL_OPEN
        click.echo(
            session.say(
                _SETTLED,
                what=session.say(_what(entry, session)),
                key=shown_key(entry.key),
                outcome=session.say(outcome, key=shown_key(entry.key)),
                reason=session.say(each.reason),
            )
        )


def _what(entry: Entry, session: Session) -> Text:
    """Name an operation with its amount; a closing has none."""
    kind = KINDS[entry.intention.kind]
    if entry.intention.kind is Kind.CLOSING:
        return kind
    amount = yuan(abs(entry.intention.amount))
    text = session.say(_OF, kind=session.say(kind), amount=amount)
    return Text(text, text)


# --- Showing a result ----------------------------------------------------------------------


def show_result(session: Session, result: PurseResult) -> None:
    """Show how an operation ended."""
    entry = result.entry
    checked = entry.facts.get("tac_checked") is True
    if session.as_json:
        print_json(
            {
                "schema": SCHEMA,
                "reader": result.reader,
                "action": entry.intention.kind.value,
                "card": mask_number(result.facts.number),
                **_entry_document(entry),
                "balance_before": result.before,
                "balance_after": result.after,
                "tac_checked": checked,
                "repeated": result.repeated,
                "remaining": result.remaining,
                "wire": wire_of(result.wire),
            }
        )
        return
    if result.repeated:
        click.echo(session.say(_REPEATED))
    kind, amount = entry.intention.kind, yuan(abs(entry.intention.amount))
    if kind is Kind.CORRECTION:
        amount = session.say(_LESS if entry.intention.amount < 0 else _MORE, amount=amount)
    click.echo(session.say(_DONE[kind.value], amount=amount))
    if kind is not Kind.CLOSING:
        click.echo(session.say(_CHANGE, before=yuan(result.before), after=yuan(result.after)))
    click.echo(session.say(_ENTRY, key=shown_key(entry.key)))
    if kind is Kind.REFUND and not result.repeated:
        click.echo(session.say(_emptied(result.remaining), balance=yuan(result.remaining or 0)))
    if not checked:
        click.echo(session.say(_UNCHECKED))


def _emptied(remaining: int | None) -> Text:
    """Say whether the card itself shows that nothing is left on it."""
    if remaining is None:
        return _NOT_SEEN
    return _LEFT if remaining else _EMPTY


def _entry_document(entry: Entry) -> dict[str, Any]:
    return {
        "key": entry.key,
        "state": entry.state.value,
        "amount": entry.intention.amount,
        "till": entry.intention.till,
        "method": entry.intention.method.value,
    }


def _settled_document(settled: Settled, session: Session) -> dict[str, Any]:
    return {
        "action": settled.entry.intention.kind.value,
        **_entry_document(settled.entry),
        "decided": settled.decided,
        "reason": session.say(settled.reason),
    }


# --- Showing a card ------------------------------------------------------------------------


def show_view(view: PurseView, session: Session, *, reveal: bool) -> None:
    """Show a card to a clerk."""
    facts, say = view.facts, session.say
    number = facts.number if reveal else mask_number(facts.number)
    kind = say(_OLDER) if facts.older else say(_card_kind(view))
    click.echo(say(_CARD, number=number, city=say(_city(facts.city)), kind=kind).rstrip())
    click.echo(say(_BALANCE, balance=yuan(view.balance.shown)))
    if view.balance.limit:
        click.echo(say(_OVERDRAFT, limit=yuan(view.balance.limit)))
    if view.balance.debt:
        click.echo(say(_DEBT, debt=yuan(view.balance.debt)))
    click.echo(say(_VALID, start=facts.start_date or "?", end=facts.expiry_date or "?"))
    for line in _warnings(view, session):
        click.echo(line)
    click.echo(say(_NO_LOG if view.log is None else _LOG))
    if view.log is not None and not view.log.lines:
        click.echo(f"  {say(_NONE)}")
    for each in view.log.lines if view.log else ():
        click.echo(f"  {_transaction_line(each, facts.city, session)}")
    if view.trips:
        click.echo(say(_TRIPS))
        for trip in view.trips:
            click.echo(f"  {_trip_line(trip, session)}")


def _warnings(view: PurseView, session: Session) -> Iterator[str]:
    """Say what keeps the card from being served, and what is open on it."""
    facts, say = view.facts, session.say
    if facts.blocked:
        yield say(_BLOCKED, sw=f"{facts.blocked:04X}")
    if facts.enabled == profile.NOT_STARTED:
        yield say(_NOT_STARTED)
    if facts.enabled == profile.ENDED:
        yield say(_ENDED)
    if facts.blacklisted:
        yield say(_LISTED)
    if view.unclear is not None:
        yield say(_UNCLEAR)
    if (ride := open_ride(view.rides)) is not None:
        yield say(_RIDING, place=say(ride_place(ride)))
    for entry in view.unfinished:
        yield say(_OPEN, what=say(_what(entry, session)), key=shown_key(entry.key))


def _trip_place(trip: dict[str, Any]) -> Text:
    metro = trip["industry"] == profile.METRO_INDUSTRY
    return place_text(trip["city"], trip["line"], trip["station"], metro=metro)


def _city(code: str) -> Text:
    """Name a card's city; a blocked card may say none."""
    return city_text(code) if code else _NOWHERE


def _card_kind(view: PurseView) -> Text:
    kind = (view.management or {}).get("kind")
    known = profile.CARD_KINDS.get(kind) if kind is not None else None
    return Text(*known) if known else Text("", "")


def _type(kind: int) -> Text:
    known = {each.value: text for each, text in _TYPES.items()}
    return known.get(kind, Text(f"类型 {kind:02X}", f"type {kind:02X}"))


def _transaction_line(each: Transaction, city: str, session: Session) -> str:
    when = each.when
    sign = "+" if each.incoming else "-"
    if not each.amount or each.kind == TransactionType.OVERDRAFT:
        sign = ""  # no money moved
    amount = f"{sign}{yuan(each.amount)}"
    terminal = each.terminal.hex().upper()
    line = line_of_terminal(terminal, city)
    place = session.say(_TERMINAL, terminal=terminal)
    if line is not None:
        place = f"{line.zh if session.language == 'zh' else line.en}  {place}"
    moment = f"{when:%Y-%m-%d %H:%M:%S}" if when else each.at.hex().upper()
    return f"{moment}  {session.say(_type(each.kind))}  {amount}  {place}"


def _trip_line(trip: dict[str, Any], session: Session) -> str:
    kind = _TRIP_KINDS.get(trip["kind"], Text(f"{trip['kind']:02X}", f"{trip['kind']:02X}"))
    moment = f"{trip['at']:%Y-%m-%d %H:%M:%S}" if trip["at"] else "?"
    place = session.say(_trip_place(trip))
    fare = session.say(_FARE, amount=yuan(trip["amount"]), balance=yuan(trip["balance"]))
    return f"{moment}  {session.say(kind)}  {place}  {fare}"


def view_document(view: PurseView, session: Session, *, reveal: bool) -> dict[str, Any]:
    """Make the JSON form of a card (docs/schemas/guitai.transit-1.json)."""
    facts = view.facts
    kind = (view.management or {}).get("kind")
    return {
        "schema": SCHEMA,
        "reader": view.reader,
        "action": "show",
        "card": facts.number if reveal else mask_number(facts.number),
        "older": facts.older,
        "city": {"code": facts.city, "name": session.say(_city(facts.city))},
        "kind": kind,
        "balance": view.balance.shown,
        "overdraft_limit": view.balance.limit,
        "debt": view.balance.debt,
        "start_date": facts.start_date.isoformat() if facts.start_date else None,
        "expiry_date": facts.expiry_date.isoformat() if facts.expiry_date else None,
        "enabled": facts.enabled == profile.IN_USE,
        "blocked": bool(facts.blocked),
        "blacklisted": facts.blacklisted,
        "unfinished_trip": open_ride(view.rides) is not None,
        "balance_unclear": view.unclear is not None,
        "unfinished": [
            {"action": each.intention.kind.value, **_entry_document(each)}
            for each in view.unfinished
        ],
        "transactions": None
        if view.log is None
        else [_transaction_document(each, facts.city, session) for each in view.log.lines],
        "trips": [_trip_document(each, session) for each in view.trips],
        "wire": wire_of(view.wire),
    }


def _transaction_document(each: Transaction, city: str, session: Session) -> dict[str, Any]:
    terminal = each.terminal.hex().upper()
    line = line_of_terminal(terminal, city)
    return {
        "counter": each.counter,
        "type": each.kind,
        "name": session.say(_type(each.kind)),
        "amount": each.amount,
        "terminal": terminal,
        "line": None if line is None else session.say(Text(line.zh, line.en or line.zh)),
        "at": each.when.isoformat() if each.when else None,
    }


def _trip_document(trip: dict[str, Any], session: Session) -> dict[str, Any]:
    return {
        "kind": trip["kind"],
        "city": trip["city"],
        "line": trip["line"],
        "station": trip["station"],
        "place": session.say(_trip_place(trip)),
        "amount": trip["amount"],
        "balance": trip["balance"],
        "at": trip["at"].isoformat() if trip["at"] else None,
    }
