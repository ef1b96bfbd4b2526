"""Keys of services: made so that people can read them, and what was asked for under one before.

Whoever goes on with a run, or wants its result again, names its key alone: the request is on
record. That is a look at a holder's data, and on record itself (R-SECRET).
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import date

from terminal.errors import RequestDiffers
from terminal.journal.model import shown_key
from terminal.registry import audit, runs
from terminal.rules.vocabulary import Paper, Service
from terminal.services.offered.desk import Desk
from terminal.services.offered.request import Request

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Digits and capital letters that nobody takes for one another."""
_GROUPS, _OF = 3, 4
_AGAIN = "again"


def fresh_key(day: date) -> str:
    """Make a key that is shown whole and can be read out: 20260302-7KQ4-N93T-XB2M."""
    groups = ("".join(secrets.choice(ALPHABET) for _ in range(_OF)) for _ in range(_GROUPS))
    return "-".join((f"{day:%Y%m%d}", *groups))


def state_of(desk: Desk, key: str) -> str | None:
    """Say how the run under a key stands (runs.BEGUN, DONE, LEFT), None where there is none."""
    with desk.registry.reading() as tx:
        known = runs.by_key(tx, key)
        return None if known is None else known.state


def request_under(desk: Desk, key: str, service: Service | None = None) -> Request | None:
    """Give what was asked for under a key, None where nothing was; the look is on record.

    Raises RequestDiffers where it was another service.
    """
    with desk.registry.writing() as tx:
        known = runs.by_key(tx, key)
        if known is None:
            return None
        if service is not None and known.service is not service:
            raise RequestDiffers(key=shown_key(key))
        audit.looked(
            tx,
            desk.audit_chain,
            operator=desk.operator,
            service=known.service.value,
            reason=desk.reason or _AGAIN,
            second=desk.second,
            person_id=known.person_id,
            card_id=known.card_id,
            facts={"run": known.id},
        )
        return Request.of(known.request)


def shown_before(desk: Desk, key: str, request: Request) -> Request:
    """Give a request that is repeated with the card that was shown when it was first made.

    Whoever repeats a command whose card is gone means the same request.
    """
    with desk.registry.reading() as tx:
        known = runs.by_key(tx, key)
        # Of one whose data were erased it is running.py that says so.
        if known is None or Paper.CARD not in known.request.get("papers", ()):
            return request
        return replace(request, papers=request.papers | {Paper.CARD})
