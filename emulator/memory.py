"""The card's persistent memory: cells, transactions, and power that can go at any write.

All that survives a power cut lives here and nowhere else. A chip writes one cell at a time
and may lose power between any two writes; a transaction is all or nothing all the same,
because it is first written to a log, then sealed by one write, then applied. Each of these
physical writes is announced to ``before_write``, where a test can cut the power
(docs/decisions/0004).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager


class PowerCut(Exception):
    """Say that power is gone: what was not written before won't be, and nothing is read."""


class Memory:
    """Hold cells by name; a missing cell reads as None.

    ``before_write`` is called before each physical write with its running number; raising
    PowerCut there tears the card at this point. From then on every access raises PowerCut,
    so that nobody sees what is half-written, until ``recover`` turns the power on again.
    """

    def __init__(self, cells: Mapping[str, bytes] | None = None) -> None:
        self._cells: dict[str, bytes] = dict(cells or {})
        self._log: list[tuple[str, bytes | None]] = []
        self._sealed = False
        self._pending: dict[str, bytes | None] | None = None
        self._powered = True
        self.before_write: Callable[[int], None] | None = None
        self.writes = 0
        """Physical writes since the memory was made."""

    def read(self, name: str) -> bytes | None:
        """Read a cell, as the running transaction sees it."""
        if not self._powered:
            raise PowerCut
        if self._pending is not None and name in self._pending:
            return self._pending[name]
        return self._cells.get(name)

    def write(self, name: str, value: bytes | None) -> None:
        """Write a cell: at the commit inside a transaction, at once outside of one."""
        if not self._powered:
            raise PowerCut
        if self._pending is not None:
            self._pending[name] = value
        else:
            self._set(name, value)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make the writes inside all or nothing.

        An exception inside drops them. Transactions do not nest: the inner one joins.
        """
        if self._pending is not None:
            yield
            return
        self._pending = {}
        try:
            yield
            pending = self._pending
        finally:
            self._pending = None
        self._commit(pending)

    def recover(self) -> None:
        """Finish or drop what a power cut left, as a chip does when it is powered on."""
        self._powered = True
        self._pending = None
        if self._sealed:
            self._apply()
        elif self._log:
            self._announce()
            self._log.clear()

    def cells(self) -> dict[str, bytes]:
        """Copy all cells, for an image; of a torn memory as ``recover`` would leave them."""
        cells = dict(self._cells)
        if self._sealed:
            for name, value in self._log:
                _put(cells, name, value)
        return cells

    def _commit(self, pending: Mapping[str, bytes | None]) -> None:
        if len(pending) == 1:
            # One cell is one physical write: atomic without a log.
            ((name, value),) = pending.items()
            self._set(name, value)
        elif pending:
            for entry in pending.items():
                self._announce()
                self._log.append(entry)
            self._announce()
            self._sealed = True
            self._apply()

    def _apply(self) -> None:
        """Write a sealed log to its cells; safe to begin again after a cut."""
        for name, value in self._log:
            self._set(name, value)
        self._announce()
        self._sealed = False
        self._log.clear()

    def _set(self, name: str, value: bytes | None) -> None:
        self._announce()
        _put(self._cells, name, value)

    def _announce(self) -> None:
        """Count a physical write that is about to happen; the power may go here."""
        self.writes += 1
        if self.before_write is not None:
            try:
                self.before_write(self.writes)
            except PowerCut:
                self._powered = False
                raise


def _put(cells: dict[str, bytes], name: str, value: bytes | None) -> None:
    """Set a cell, or empty it where the value is None."""
    if value is None:
        cells.pop(name, None)
    else:
        cells[name] = value
