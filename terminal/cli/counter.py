"""``guitai counter``: the clerk's console, at a loopback address, until it is ended."""

from __future__ import annotations

import sys

import click

from terminal.cli.app import Session, help_text, print_json
from terminal.cli.options import json_option
from terminal.texts import Text

SCHEMA = "guitai.counter/1"
HOST = "127.0.0.1"
DEFAULT_PORT = 8765
_READY = Text(
    "工作台已就绪：请在本机浏览器打开 {address}（Ctrl-C 结束）",
    "The console is ready: open {address} in this machine's browser (Ctrl-C ends it)",
)


@click.command(
    help=help_text(
        "柜员工作台：在本机浏览器中办理业务；只接受本机访问，按 Ctrl-C 结束。",
        "The clerk's console: services in this machine's browser, and no other's; Ctrl-C ends it.",
    )
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=DEFAULT_PORT,
    show_default=True,
    help=help_text("端口，0 为任选", "port, 0 for any"),
)
@json_option
@click.pass_obj
def counter(session: Session, port: int) -> None:
    """Serve the console's pages; says one line when they are there."""
    from terminal.web.serving import serve  # noqa: PLC0415  the web's imports take time

    def ready(address: str) -> None:
        if session.as_json:
            print_json({"schema": SCHEMA, "address": address})
        else:
            click.echo(session.say(_READY, address=address))
        sys.stdout.flush()

    serve(session.config, session.config_path, HOST, port, ready)
