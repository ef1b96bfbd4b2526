"""``guitai emulate-host``: a software load host on this machine, until interrupted."""

from __future__ import annotations

import json
import signal
import sys
import threading
from typing import NoReturn

import click

from card_profiles import development_keys
from emulator.key_host import serve
from emulator.purse_host import PurseHost

SCHEMA = "guitai.emulate-host/1"
_LAST_PORT = 65_535


def _fail(zh: str, en: str) -> NoReturn:
    session = click.get_current_context().find_root().obj
    raise click.UsageError(zh if getattr(session, "language", "zh") == "zh" else en)


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, _LAST_PORT),
    default=0,
    metavar="N",
    help="端口，默认任选 / port, any free one by default",
)
@click.option(
    "--keys",
    "key_set",
    type=click.Choice(list(development_keys.SETS)),
    default="uniform",
    show_default=True,
    help="测试密钥组 / set of TEST KEYS",
)
@click.option(
    "--lang", type=click.Choice(["zh", "en"]), expose_value=False, help="界面语言 / language"
)
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON")
def emulate_host(port: int, key_set: str, as_json: bool) -> None:
    """运行软件充值主机 / run a software load host for the transit purse.

    就绪后输出一行，运行到中断为止 / prints one line when it is there, runs until interrupted.
    """
    host = PurseHost(development_keys.SETS[key_set])
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    try:
        with serve(host.answer, port=port) as url:
            _announce(key_set, url, as_json)
            over.wait()
    except OSError as error:
        _fail(
            f"端口 {port} 不能用：{error.strerror}", f"port {port} cannot be used: {error.strerror}"
        )


def _announce(key_set: str, url: str, as_json: bool) -> None:
    """Say once where the host is."""
    if as_json:
        click.echo(json.dumps({"schema": SCHEMA, "keys": key_set, "url": url}))
    else:
        click.echo(f"充值主机就绪 load host ready: {key_set} TEST KEYS @ {url}")
    sys.stdout.flush()
