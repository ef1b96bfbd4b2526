"""Serve somebody at the desk: the request, the cards it wants, carried out once under its key.

What the clerk asked for is answered first; only then is something tried of what others left
(terminal/services/duties.py).
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import click

from terminal.cli.app import Session, help_text
from terminal.cli.at_desk import At, AtWhat, at_desk, channel_of
from terminal.cli.laid_cards import Cards, tools_for, unregistered_told
from terminal.cli.whom import Whom
from terminal.errors import (
    GuitaiError,
    InterruptedBefore,
    RunNotLeft,
    ServiceInterrupted,
    WrongUsage,
)
from terminal.registry.runs import BEGUN, DONE, LEFT
from terminal.rules.vocabulary import Service
from terminal.services.duties import follow_up
from terminal.services.offered.answer import Answer
from terminal.services.offered.desk import Desk
from terminal.services.offered.laying import Lying, laid_for, no_cards
from terminal.services.offered.request import Request
from terminal.services.offered.roles import roles_for, roles_to_look
from terminal.services.offered.run_keys import (
    fresh_key,
    request_under,
    shown_before,
    state_of,
)
from terminal.services.offered.running import abandon, carry_out
from terminal.services.offered.sitting import visiting
from terminal.services.offered.works import work_of
from terminal.texts import Text

_KEY = re.compile(r"[0-9A-Za-z._-]{8,40}")
_KEY_FORM = Text(
    "流水号应为 8 至 40 个字母、数字或 . _ -", "a key has 8 to 40 letters, digits or . _ -"
)
_GO_ON = Text(
    "这项业务没有办完，不要另做一笔；请用同一流水号接着办：guitai service run --key {key}",
    "It is unfinished, begin no other; go on under the same key: guitai service run --key {key}",
)
_NO_SUCH = Text(
    "没有流水号 {key}；新办一项业务要写明业务和为谁办理",
    "there is no key {key}; to begin a service say which, and for whom",
)
_SERVICE_WANTED = Text("请写明办理哪项业务", "say which service")
_OVER = {
    DONE: (
        Text("它已经办完", "it is done"),
        Text(
            "不用再办；要看结果：guitai service run --key {key}",
            "Nothing is to be done; to see its result: guitai service run --key {key}",
        ),
    ),
    LEFT: (
        Text("它先前已经放弃", "it was given up before"),
        Text("不用再处理；要办请换一个新流水号", "Nothing is to be done; to do it take a new key"),
    ),
}
"""Why what is over is not given up, and what is done instead."""
_STATES = {
    BEGUN: Text("已开始，还没有办完", "begun, and not done yet"),
    DONE: Text("已办完", "done"),
}


def service_key_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command ``--key``; None where the clerk gave none, and a fresh one is made."""
    return click.option(
        "--key",
        metavar="KEY",
        callback=checked_key,
        help=help_text(
            "流水号：同一个流水号只办理一次；只写它就接着办，或再看结果",
            "key: one key, one service; alone it goes on with that service or shows its result",
        ),
    )(function)


def checked_key(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    """Demand that a key has the form of one."""
    if value is not None and _KEY.fullmatch(value) is None:
        raise WrongUsage(detail=_KEY_FORM)
    return value


@contextmanager
def served(
    session: Session,
    service: Service | None,
    *,
    at_what: AtWhat,
    whom: Whom,
    cards: Cards,
    key: str | None,
    at_home: bool = False,
) -> Iterator[Answer]:
    """Carry a service out and give its answer, to be shown before anything else is tried.

    Without anything but a key it goes on with what was begun, or gives again what came of it.
    Raises the catalogue's leaves.
    """
    with at_desk(session, at_what, roles_to_look(channel_of(session))) as at:
        if service is not None:
            at.demand(roles_for(service, at.desk.where.channel))
        desk = visiting(at.desk) if at_home else at.desk
        run_key = key or fresh_key(desk.today)
        with _told_how_to_go_on(desk, run_key):
            request = request_under(desk, key, service) if key and whom.says_nothing else None
            if request is None:
                request = _request(session, desk, service, whom, key)
            at.demand(roles_for(request.service, desk.where.channel))
            with (
                laid_for(
                    desk,
                    request,
                    run_key,
                    _lying(cards),
                    partial(tools_for, session, cards, desk.operator),
                ) as (at_it, shown),
                unregistered_told(session, at_it, shown),
            ):
                answer = carry_out(work_of(request.service), at_it, shown, run_key)
        yield answer
        _follow_up(at)


def given_up(session: Session, at_what: AtWhat, cards: Cards, key: str) -> tuple[Text, ...]:
    """Give up what was begun under a key, and say what became of what is owed for it.

    Raises RunNotLeft where something of it stands, and the catalogue's other leaves.
    """
    with at_desk(session, at_what, roles_to_look(channel_of(session))) as at:
        request = request_under(at.desk, key)
        if request is None:
            raise WrongUsage(detail=_NO_SUCH.filled(key=key))
        at.demand(roles_for(request.service, at.desk.where.channel))
        over = _OVER.get(state_of(at.desk, key) or "")
        if over is not None:
            detail, instead = over
            raise RunNotLeft(key=key, detail=detail, instead=instead.filled(key=key))
        with (
            tools_for(session, cards, at.desk.operator) as tools,
            no_cards(at.desk, tools, key) as desk,
        ):
            return abandon(work_of(request.service), desk, key)


def _request(
    session: Session, desk: Desk, service: Service | None, whom: Whom, key: str | None
) -> Request:
    if service is None:
        raise WrongUsage(detail=_NO_SUCH.filled(key=key) if key else _SERVICE_WANTED)
    request = whom.request(session, desk, service)
    return request if key is None else shown_before(desk, key, request)


def _lying(cards: Cards) -> Lying:
    return Lying(cards.reader, cards.old_reader, cards.contactless, cards.no_card)


@contextmanager
def _told_how_to_go_on(desk: Desk, key: str) -> Iterator[None]:
    """Have an interruption, or an error, say what became of what was begun under a key."""
    try:
        yield
    except Exception as error:
        # A mistake of ours leaves it as unfinished as an error of the catalogue does.
        with contextlib.suppress(GuitaiError):
            if getattr(error, "unfinished", None) is None and state_of(desk, key) == BEGUN:
                error.unfinished = _GO_ON.filled(key=key)  # type: ignore[attr-defined]  # for run
        raise
    except KeyboardInterrupt as stop:
        with contextlib.suppress(GuitaiError):
            stop.told = _interruption(desk, key)  # type: ignore[attr-defined]  # for run
        raise


def _interruption(desk: Desk, key: str) -> GuitaiError:
    said = _STATES.get(state_of(desk, key) or "")
    return InterruptedBefore() if said is None else ServiceInterrupted(key=key, state=said)


def _follow_up(at: At) -> None:
    """Try what others left; the service is done and shown, whatever becomes of it."""
    with contextlib.suppress(GuitaiError, KeyboardInterrupt):
        follow_up(at.desk, at.answered)
