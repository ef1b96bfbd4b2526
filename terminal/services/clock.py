"""The counter's clock, held against the registry's last use: noticed where it jumped, and demanded.

Two people confirm it: ``Operators.confirm_clock`` (terminal/services/operators.py).
"""

from __future__ import annotations

from datetime import timedelta

from terminal.errors import ClockJumped
from terminal.registry.store import Registry, last_used, note_use
from terminal.rules.clock import ClockNotice, Jump, jump_noticed

NOTED_EVERY = timedelta(minutes=1)
"""How exactly it is noted when the registry was last used."""


def clock_notice(registry: Registry) -> ClockNotice:
    """Compare the clock with the last moment on record."""
    with registry.reading() as tx:
        return jump_noticed(last_used(tx), tx.at)


def demand_clock(registry: Registry) -> None:
    """Demand a clock that can be believed, before any term is counted; raises ClockJumped."""
    notice = clock_notice(registry)
    if notice.jump is not Jump.NONE:
        raise ClockJumped(detail=notice.text)


def note_use_of(registry: Registry) -> None:
    """Note that the registry is in use, unless the clock jumped: that stays to be seen."""
    with registry.reading() as tx:
        seen = last_used(tx)
        believed = jump_noticed(seen, tx.at).jump is Jump.NONE
    if believed and tx.at - seen >= NOTED_EVERY:
        with registry.writing() as tx:
            note_use(tx, seen, NOTED_EVERY)
