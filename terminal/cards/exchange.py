"""Send declared commands and read answers, for every card module."""

from __future__ import annotations

from apdu.command import SHORT_ANSWER_LIMIT
from apdu.declare import Declared
from apdu.errors import EncodingError
from apdu.response import Response, parse_response
from apdu.status import Family, meaning
from terminal.errors import CardBabbles, CardRefused
from terminal.readers.connection import CardConnection
from terminal.texts import Text


def exchange(connection: CardConnection, command: Declared) -> Response:
    """Send a command; raises CardBabbles where the answer is none, or longer than any can be."""
    return ask(connection, command.encode(), command.NAME)


def ask(connection: CardConnection, command: bytes, name: str) -> Response:
    """Send a command's bytes as they are; ``name`` is for messages. Raises CardBabbles."""
    try:
        answer = parse_response(connection.transmit(command))
    except EncodingError as error:
        raise CardBabbles(detail=str(error)) from error
    if len(answer.data) > SHORT_ANSWER_LIMIT:
        raise CardBabbles(detail=f"{len(answer.data)} bytes to {name}")
    return answer


def refused(step: str, sw: int, of: Family = Family.SOCIAL_SECURITY) -> CardRefused:
    """Make the error for a refused command, with the status word's meaning."""
    known = meaning(sw, of)
    return CardRefused(
        step=step,
        sw=f"{sw:04X}",
        meaning=Text(
            known.zh if known else "未知状态字", known.en if known else "unknown status word"
        ),
    )
