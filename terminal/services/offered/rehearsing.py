"""Do an act on trial: everything is looked at and nothing stays.

A clerk is told before the last word what would come of an act, and what stands in its way. The act
itself says so best: it is done on a registry whose writings are undone, and no party is told of it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace

from terminal.parties.lines import parties_over
from terminal.registry.operators import Role
from terminal.registry.store import Registry
from terminal.registry.transaction import Transaction
from terminal.services.offered.desk import Desk

_SECOND = "(second)"
"""Stands for who has not agreed yet; it is on no record."""


class _Undone(Exception):
    """End a transaction that leaves nothing behind."""


class _Rehearsal(Registry):
    """Be a registry on which nothing stays."""

    @contextlib.contextmanager
    def writing(self) -> Iterator[Transaction]:
        """Write, and undo it where the block ends."""
        with contextlib.suppress(_Undone), super().writing() as tx:
            yield tx
            raise _Undone


def on_trial(desk: Desk, *, asks: bool = False, agreed: bool = False) -> Desk:
    """Give a desk on which an act leaves nothing.

    ``asks``: the act asks other parties and tells them nothing; else none of them is there.
    ``agreed``: as if somebody had agreed to it.
    """
    registry = desk.registry
    trial = replace(desk, registry=_Rehearsal(registry.engine, registry.vault, registry.clock))
    if not asks:
        trial = replace(trial, parties=parties_over({}))
    return trial.with_second(_SECOND, _SECOND, frozenset(Role)) if agreed else trial
