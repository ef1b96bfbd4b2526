"""``guitai transit``: the transit purse: show, load, refund, correct, pay, close, recover."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from typing import Any

import click

from terminal.cli.app import Session, help_text, print_json
from terminal.cli.operations import (
    key_option,
    method_option,
    operator_option,
    progress_of,
    second_option,
    telling_of,
)
from terminal.cli.options import (
    json_option,
    reader_option,
    reveal_option,
    trace_option,
    trace_to,
    wait_option,
)
from terminal.cli.transit_view import show_result, show_settled, show_view, view_document
from terminal.errors import AmountWrong, PurseError, PurseUnsettled, WrongUsage
from terminal.journal import Journal, open_journal
from terminal.journal.journal import now
from terminal.journal.model import Method
from terminal.money import parse_yuan
from terminal.readers.pcsc import Scard
from terminal.services.next_card import wait_for_next_card
from terminal.services.purse_keys import PurseKeys
from terminal.services.resettling import settle_when_back
from terminal.services.transit import CloseReason, PurseResult, TransitDesk
from terminal.services.transit_visit import transit_visiting
from terminal.services.trips import Trip, TripKind
from terminal.texts import Text

_AMOUNTS = {"ignore_unknown_options": True}
"""What looks like an option in an amount's place, -5, is a wrong amount and told as such."""
MOST_SETTLE_SECONDS = 600
SETTLE_SECONDS = 30.0
NOWHERE = "0000:0000"
_AT_FORM = Text(
    "--at 应为线路和车站代码，各 4 位，例如 0800:1900",
    "--at is the codes of line and station, four digits each, as 0800:1900",
)
_AT_ALONE = Text(
    "--at 要和 --entry、--exit 或 --single 一起用",
    "--at goes with --entry, --exit or --single",
)


@dataclass(frozen=True, slots=True)
class _Where:
    """Say which card is meant, who works on it, and how long a pulled card is waited for."""

    session: Session
    reader: str | None
    wait_seconds: float
    trace: Callable[[str], object] | None
    operator: str
    settle_seconds: float = SETTLE_SECONDS


@click.group(help=help_text("公共交通电子钱包。", "The transit purse."))
def transit() -> None:
    """Group what is done with the purse."""


def _number(_ctx: click.Context, _parameter: click.Parameter, value: float) -> float:
    """Refuse NaN, which is below no limit and above none."""
    if math.isnan(value):
        raise click.BadParameter("NaN")
    return value


def _command(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that say which card is meant; it gets them as one object."""

    @functools.wraps(command)
    def collected(
        session: Session,
        reader: str | None,
        wait_seconds: float,
        trace_file: Any,
        operator: str,
        settle_seconds: float,
        **more: Any,
    ) -> None:
        with trace_to(trace_file) as trace:
            where = _Where(session, reader, wait_seconds, trace, operator, settle_seconds)
            command(where, **more)

    settle = click.option(
        "--settle-wait",
        "settle_seconds",
        type=click.FloatRange(0, MOST_SETTLE_SECONDS),
        callback=_number,
        default=SETTLE_SECONDS,
        show_default=True,
        help=help_text("卡被取走后等它放回的秒数", "seconds to wait for a card that was pulled"),
    )
    for option in (
        json_option,
        trace_option,
        settle,
        wait_option,
        operator_option,
        reader_option,
    ):
        collected = option(collected)
    return click.pass_obj(collected)


@contextmanager
def _desk(where: _Where, journal: Journal, wait_seconds: float) -> Iterator[TransitDesk]:
    session = where.session
    pcsc = Scard()
    with (
        transit_visiting(
            pcsc,
            session.config,
            reader=where.reader,
            wait_seconds=wait_seconds,
            trace=where.trace,
        ) as visit,
        closing(PurseKeys(session.config, pcsc, now)) as keys,
    ):
        yield TransitDesk(
            visit,
            journal,
            keys,
            session.config.transit,
            operator=where.operator,
            clock=now,
            progress=progress_of(session),
        )


def _carry_out(where: _Where, key: str, operation: Callable[[TransitDesk], PurseResult]) -> None:
    """Do one operation, and settle it at once where the card was pulled in it."""
    session = where.session
    reader = ""
    with (
        open_journal(session.config) as journal,
        telling_of(journal, key, "guitai transit recover"),
    ):
        try:
            with _desk(where, journal, where.wait_seconds) as desk:
                reader, _ = desk.place
                result = operation(desk)
        except PurseUnsettled as unsettled:
            if not where.settle_seconds or isinstance(unsettled.__cause__, KeyboardInterrupt):
                raise
            there = replace(where, reader=reader)
            result = settle_when_back(
                unsettled,
                journal,
                lambda: _desk(there, journal, where.settle_seconds),
                lambda: wait_for_next_card(Scard(), reader, where.settle_seconds),
                progress_of(session),
            )
        show_result(session, result)


def _amount(text: str) -> int:
    try:
        return parse_yuan(text)
    except ValueError:
        raise AmountWrong(amount=text) from None


# --- Commands ------------------------------------------------------------------------------


@transit.command(help=help_text("查看余额、卡片信息、交易和行程。", "Show balance, card, trips."))
@reveal_option
@_command
def show(where: _Where, reveal: bool) -> None:
    """Read and show."""
    session = where.session
    with (
        open_journal(session.config) as journal,
        _desk(where, journal, where.wait_seconds) as desk,
    ):
        view = desk.show()
    if session.as_json:
        print_json(view_document(view, session, reveal=reveal))
    else:
        show_view(view, session, reveal=reveal)


@transit.command(
    help=help_text("充值，金额以元为单位。", "Load money, in yuan."), context_settings=_AMOUNTS
)
@click.argument("amount")
@method_option
@key_option
@_command
def load(where: _Where, amount: str, method: Method, key: str) -> None:
    """Put money on the card."""
    fen = _amount(amount)
    _carry_out(where, key, lambda desk: desk.load(fen, method, key))


@transit.command(
    help=help_text(
        "退资：退还全部余额，卡和其他功能照常使用。",
        "Give the whole balance back; the card goes on with all else.",
    )
)
@method_option
@key_option
@_command
def refund(where: _Where, method: Method, key: str) -> None:
    """Take all money off the card."""
    _carry_out(where, key, lambda desk: desk.refund(method, key))


@transit.command(
    help=help_text(
        "更正充错的金额：KEY 为原充值流水，AMOUNT 为应充金额；须另一人复核。",
        "Correct a load: KEY is its entry, AMOUNT the right amount; a second person agrees.",
    ),
    context_settings=_AMOUNTS,
)
@click.argument("wrong", metavar="KEY")
@click.argument("amount")
@second_option
@key_option
@_command
def correct(where: _Where, wrong: str, amount: str, second: str, key: str) -> None:
    """Correct a wrong amount."""
    fen = _amount(amount)
    _carry_out(where, key, lambda desk: desk.correct(wrong, fen, second, key))


@transit.command(
    help=help_text(
        "扣款（试闸机用），加 --entry、--exit 或 --single 为复合消费。",
        "Pay, to try gates; --entry, --exit or --single make it a composite purchase.",
    ),
    context_settings=_AMOUNTS,
)
@click.argument("amount")
@click.option("--entry", "trip", flag_value="entry", help=help_text("进站", "enter a station"))
@click.option("--exit", "trip", flag_value="exit", help=help_text("出站", "leave a station"))
@click.option("--single", "trip", flag_value="single", help=help_text("单次乘车", "a single ride"))
@click.option(
    "--at",
    "place",
    metavar="LINE:STATION",
    help=help_text("线路和车站代码，各 4 位", "codes of line and station, four digits each"),
)
@key_option
@_command
def pay(where: _Where, amount: str, trip: str | None, place: str | None, key: str) -> None:
    """Take money off the card by a purchase."""
    fen = _amount(amount)
    line, _, station = (place or NOWHERE).partition(":")
    if not all(len(each) == 4 and _is_hex(each) for each in (line, station)):
        raise WrongUsage(detail=_AT_FORM)
    if place is not None and trip is None:
        raise WrongUsage(detail=_AT_ALONE)
    wanted = Trip(TripKind(trip), line.upper(), station.upper()) if trip else None
    _carry_out(where, key, lambda desk: desk.pay(fen, key, wanted))


@transit.command(
    help=help_text(
        "关闭公共交通功能（仅换领或注销时，余额须为零）。",
        "Close the application, at renewal or cancellation; the balance has to be zero.",
    )
)
@click.option(
    "--for",
    "reason",
    type=click.Choice(["renewal", "cancellation"]),
    required=True,
    help=help_text("换领 renewal 或注销 cancellation", "what it is closed for"),
)
@key_option
@_command
def close(where: _Where, reason: CloseReason, key: str) -> None:
    """Block the application for ever."""
    _carry_out(where, key, lambda desk: desk.close(reason, key))


@transit.command(help=help_text("查清这张卡未办完的业务。", "Settle what this card left open."))
@_command
def recover(where: _Where) -> None:
    """Ask the card how it ended."""
    session = where.session
    with (
        open_journal(session.config) as journal,
        _desk(where, journal, where.wait_seconds) as desk,
    ):
        settled = desk.recover()
        reader, wire = desk.place
    show_settled(session, settled, reader, wire)
    if not all(each.decided for each in settled):
        click.get_current_context().exit(PurseError.exit_status)


def _is_hex(text: str) -> bool:
    return all(each in "0123456789abcdefABCDEF" for each in text)
