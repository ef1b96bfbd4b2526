"""What the emulators' commands share: options, faults in the run's language, serving."""

from __future__ import annotations

import json
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, TypeVar

import click

from card_profiles import development_keys

LAST_PORT = 65_535
_F = TypeVar("_F", bound=Callable[..., Any])


def _chinese() -> bool:
    """Tell whether the run's language is Chinese, as it is where nobody says."""
    session = click.get_current_context().find_root().obj
    return getattr(session, "language", "zh") == "zh"


def fail(zh: str, en: str) -> NoReturn:
    """Refuse what was said on the command line."""
    raise click.UsageError(zh if _chinese() else en)


def key_set_option(function: _F) -> _F:
    """Give a command ``--keys``, the set of TEST KEYS."""
    return click.option(
        "--keys",
        "key_set",
        type=click.Choice(list(development_keys.SETS)),
        default="uniform",
        show_default=True,
        help="测试密钥组 / set of TEST KEYS",
    )(function)


def output_options(function: _F) -> _F:
    """Give a command ``--lang`` and ``--json``."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON"),
        click.option(
            "--lang",
            type=click.Choice(["zh", "en"]),
            expose_value=False,
            help="界面语言 / language",
        ),
    ):
        function = option(function)
    return function


def port_option(function: _F) -> _F:
    """Give a command ``--port``, of this machine alone."""
    return click.option(
        "--port",
        type=click.IntRange(0, LAST_PORT),
        default=0,
        metavar="N",
        help="127.0.0.1 上的端口，默认任选 / port of 127.0.0.1, any free one by default",
    )(function)


def serve_until_ended(
    answer: Callable[[str], str],
    port: int,
    announce: Callable[[str], tuple[str, Mapping[str, Any]]],
    *,
    as_json: bool,
) -> None:
    """Serve a function from text to text until SIGTERM or Ctrl-C; says once where it is.

    ``announce`` gives, for the address, the line for people and the document for programs.
    """
    from emulator.key_host import serve  # noqa: PLC0415  a card is put in without a web server

    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    try:
        with serve(answer, port=port) as url:
            line, document = announce(url)
            click.echo(json.dumps(document) if as_json else line)
            sys.stdout.flush()
            over.wait()
    except OSError as error:
        why = error.strerror
        fail(f"端口 {port} 不能用：{why}", f"port {port} cannot be used: {why}")
