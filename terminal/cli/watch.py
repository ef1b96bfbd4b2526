"""``guitai watch``: events as they happen."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from queue import SimpleQueue

import click

from terminal.cli.app import INTERRUPTED, Session, help_text, print_json
from terminal.cli.options import json_option
from terminal.errors import GuitaiError
from terminal.readers.monitor import Event, ReaderMonitor
from terminal.readers.pcsc import Scard
from terminal.texts import Text

SCHEMA = "guitai.event/1"
_TEXTS = {
    "service_lost": Text("读卡服务中断", "smart-card service lost"),
    "service_back": Text("读卡服务恢复", "smart-card service back"),
    "reader_arrived": Text("读卡器接入：{reader}", "reader arrived: {reader}"),
    "reader_left": Text("读卡器断开：{reader}", "reader left: {reader}"),
    "card_inserted": Text("插卡：{reader} {atr}", "card inserted: {reader} {atr}"),
    "card_removed": Text("拔卡：{reader}", "card removed: {reader}"),
}


@click.command(
    help=help_text("显示插卡、拔卡等事件，按 Ctrl-C 结束。", "Show events until interrupted.")
)
@click.option(
    "--count", type=click.IntRange(1), help=help_text("显示这么多条后结束", "end after so many")
)
@json_option
@click.pass_obj
def watch(session: Session, count: int | None) -> int:
    """Print each event at once."""
    try:
        for number, event in enumerate(_events(ReaderMonitor(Scard())), 1):
            _show(session, event)
            if number == count:
                break
    except KeyboardInterrupt as stop:
        return int(getattr(stop, "exit_status", INTERRUPTED))  # this is how it is ended
    return 0


def _events(monitor: ReaderMonitor) -> Iterator[Event]:
    """Watch on another thread: a blocked call into PC/SC would hear no Ctrl-C for a minute."""
    seen: SimpleQueue[Event | GuitaiError | None] = SimpleQueue()

    def watch_all() -> None:
        try:
            for event in monitor.events():
                seen.put(event)
            seen.put(None)
        except GuitaiError as error:
            seen.put(error)

    threading.Thread(target=watch_all, name="monitor", daemon=True).start()
    try:
        while (event := seen.get()) is not None:
            if isinstance(event, GuitaiError):
                raise event
            yield event
    finally:
        monitor.stop()


def _show(session: Session, event: Event) -> None:
    now = datetime.now(UTC)
    facts = {
        name: value.hex().upper() if isinstance(value, bytes) else value
        for name, value in asdict(event).items()
    }
    if session.as_json:
        stamp = now.isoformat(timespec="milliseconds")
        print_json({"schema": SCHEMA, "event": event.kind, "time": stamp, **facts})
    else:
        local = now.astimezone().strftime("%H:%M:%S.%f")[:-3]
        click.echo(f"{local}  {session.say(_TEXTS[event.kind], **facts)}".rstrip())
