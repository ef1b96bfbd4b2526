"""The log: what happened at the counter, as JSON lines, through one redaction gate.

Off unless ``guitai --log FILE`` (or a program) turns it on; then every event goes through
:func:`redact`, so that no caller can write a secret by accident: bytes show their length,
secret types their masked form, and runs of digits long enough to be a PIN or a number of a person
are starred. structlog is imported when the log is turned on.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import Any

from terminal.errors import FileTrouble
from terminal.texts import Text

_SHOWN_WHOLE = frozenset({"event", "timestamp", "reader", "sw"})
"""Facts that hold no person's data: what happened, when, in which reader, a status word."""
_LONG_DIGITS = re.compile(r"\d{4,}")
_logger: list[Any] = []


def event(name: str, **facts: object) -> None:
    """Write an event where the log is on; ``name`` is what happened, ``pin.verified``."""
    if _logger:
        _logger[-1].info(name, **facts)


def redact(_logger: object, _method: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Let through what may be seen; the one gate of the log (a structlog processor)."""
    return {
        name: value if name in _SHOWN_WHOLE and isinstance(value, str) else _redacted(value)
        for name, value in facts.items()
    }


def _redacted(value: Any) -> Any:
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, Text):
        value = value.en
    if isinstance(value, bytes | bytearray | memoryview):
        return f"<{len(value)} bytes>"
    if isinstance(value, Mapping):
        return {_redacted(name): _redacted(each) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_redacted(each) for each in value]
    # Secret types have masked text forms; whatever else it is, its text is looked through.
    text = _LONG_DIGITS.sub(lambda found: "*" * len(found[0]), str(value))
    return int(text) if isinstance(value, int) and text.isdigit() else text


@contextlib.contextmanager
def logging_to(path: Path | None) -> Iterator[None]:
    """Write events to the end of a file, for its owner alone; None leaves the log off.

    Raises FileTrouble.
    """
    if path is None:
        yield
        return
    import structlog  # noqa: PLC0415  70 ms that only a log costs

    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError as error:
        raise FileTrouble(path=path, detail=error.strerror) from error
    with os.fdopen(descriptor, "a", encoding="utf-8") as stream:
        _logger.append(
            structlog.wrap_logger(
                structlog.WriteLogger(stream),
                processors=[
                    structlog.processors.TimeStamper(fmt="iso", utc=True),
                    redact,
                    structlog.processors.JSONRenderer(ensure_ascii=False),
                ],
            )
        )
        try:
            yield
        finally:
            _logger.pop()
