"""``guitai apdu``: raw commands, for diagnosis."""

from __future__ import annotations

import sys
import time
from functools import partial
from pathlib import Path

import click

from apdu.command import Command
from apdu.errors import EncodingError
from apdu.response import parse_response
from apdu.status import Family, meaning
from terminal.cli.app import Session, help_text, print_json
from terminal.cli.options import json_option, reader_option, trace_option, trace_to
from terminal.errors import CardBabbles, NotHex, PinInArguments
from terminal.readers.connection import CardConnection
from terminal.readers.pcsc import Scard
from terminal.readers.session import CardSession
from terminal.services.counter import CARD_WAIT_SECONDS, choose_reader, with_card
from terminal.texts import Text

SCHEMA = "guitai.apdu/1"
STANDARD_INPUT = "-"
_BYTE_DIGITS = 2
_PIN_INSTRUCTIONS = frozenset({0x20, 0x21, 0x24, 0x2C, 0x5E})
"""VERIFY, VERIFY (TLV), CHANGE, RESET RETRY COUNTER, CHANGE PIN: their data may be a PIN."""
_UNKNOWN = Text("未知状态字", "unknown status word")


@click.command(
    help=help_text(
        "发送十六进制命令；写 - 则从标准输入逐行读取，密码类命令只能这样给出。",
        "Send commands in hex; - reads them from standard input, the only place for PIN commands.",
    )
)
@click.argument("commands", nargs=-1, required=True, metavar="HEX...")
@reader_option
@click.option(
    "--raw",
    is_flag=True,
    help=help_text("不处理 61xx/6Cxx，原样收发", "no T=0 rules: every TPDU as given"),
)
@trace_option
@json_option
@click.pass_obj
def apdu(
    session: Session,
    commands: tuple[str, ...],
    reader: str | None,
    raw: bool,
    trace_file: Path | None,
) -> None:
    """Exchange one after another in one session."""
    config = session.config
    from_input = commands == (STANDARD_INPUT,)
    lines = _lines() if from_input else _spaced(commands)
    parsed = [_parse(line) for line in lines]
    if not from_input or config.production:
        _refuse_pins(parsed)
    pcsc = Scard()
    chosen = choose_reader(pcsc, config, reader, CARD_WAIT_SECONDS)

    def operation(connection: CardConnection) -> dict[str, object]:
        return {
            "atr": connection.atr.hex().upper(),
            "protocol": connection.protocol,
            "exchanges": [_exchange(session, each, connection) for each in parsed],
        }

    with trace_to(trace_file) as trace:
        make = partial(
            CardSession,
            pcsc,
            chosen,
            deadline=config.readers.deadline_seconds,
            trace=trace,
            raw=raw,
        )
        _, exchanged = with_card(pcsc, chosen, make, operation, CARD_WAIT_SECONDS)
    if session.as_json:
        print_json({"schema": SCHEMA, "reader": chosen, **exchanged})


def _lines() -> list[str]:
    """Take the commands of standard input; empty lines and # comments do not count."""
    return [line for line in map(str.strip, sys.stdin) if line and not line.startswith("#")]


def _spaced(arguments: tuple[str, ...]) -> list[str]:
    """Take arguments as commands; single bytes, as pasted from a manual, are one command."""
    if all(len(each) <= _BYTE_DIGITS for each in arguments):
        return ["".join(arguments)]
    return list(arguments)


def _parse(text: str) -> bytes:
    try:
        command = bytes.fromhex(text.removeprefix("0x").replace(":", " "))
        Command.decode(command)
    except EncodingError as error:
        raise NotHex(given=_short(text), detail=str(error)) from error
    except ValueError:
        raise NotHex(given=_short(text), detail="… ≠ [0-9 A-F] [0-9 A-F] …") from None
    return command


def _short(text: str) -> str:
    """Quote only a header: what follows may be secret."""
    return text if len(text) <= 10 else text[:10] + "…"


def _refuse_pins(commands: list[bytes]) -> None:
    if any(each[1] in _PIN_INSTRUCTIONS and len(each) > 5 for each in commands):
        raise PinInArguments


def _exchange(session: Session, command: bytes, connection: CardConnection) -> dict[str, object]:
    began = time.monotonic()
    try:
        answer = parse_response(connection.transmit(command))
    except EncodingError as error:
        raise CardBabbles(detail=str(error)) from error
    milliseconds = (time.monotonic() - began) * 1000
    known = meaning(answer.sw, Family.SOCIAL_SECURITY)
    text = session.say(Text(known.zh, known.en) if known else _UNKNOWN)
    header = command[:5].hex().upper()
    data = answer.data.hex().upper()
    if not session.as_json:
        shown = header if len(command) <= 5 else f"{header}…"
        click.echo(f"> {shown}\n< {data} {answer.sw:04X} {text} ({milliseconds:.1f} ms)")
    return {
        "command": command.hex().upper() if command[1] not in _PIN_INSTRUCTIONS else header,
        "data": data,
        "sw": f"{answer.sw:04X}",
        "meaning": text,
        "milliseconds": round(milliseconds, 3),
    }
