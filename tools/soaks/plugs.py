"""Put cards in and take them out, in all slots at once, and count what the monitor tells.

The daemon looks at a virtual slot every 0.4 s, so one slot alone gives two changes in 0.8 s;
sixteen side by side give sixteen times as many. Each round changes a random half or more of the
slots and waits until the daemon says so; what the daemon itself counted is the truth that the
monitor's events are held against.
"""

from __future__ import annotations

import os
import random
import statistics
import threading
import time
from collections import Counter
from functools import partial
from typing import Any

from emulator.daemon import PrivateDaemon
from emulator.vpcd import VirtualSlot
from terminal.readers.monitor import CardInserted, CardRemoved, ReaderArrived, ReaderMonitor
from terminal.readers.pcsc import Scard
from terminal.readers.port import Context, ReaderStatus, State

PATIENCE_SECONDS = 10.0
"""How long a state or an event may take before it counts as missing."""


class Blank:
    """A card that is only there."""

    atr = bytes.fromhex("3B00")

    def power_on(self) -> None:
        """Do nothing."""

    power_off = reset = power_on

    def transmit(self, command: bytes) -> bytes:  # noqa: ARG002  it does not matter
        """Say yes."""
        return b"\x90\x00"


class Listener:
    """Keep the monitor's events with the time of each."""

    def __init__(self, monitor: ReaderMonitor) -> None:
        self.arrived = 0
        self.cards: list[tuple[float, str, bool]] = []
        self._changed = threading.Condition()
        self._monitor = monitor
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def await_counts(self, *, arrived: int = 0, cards: int = 0) -> bool:
        """Wait until there are so many; False where they do not come."""
        with self._changed:
            return self._changed.wait_for(
                lambda: self.arrived >= arrived and len(self.cards) >= cards, PATIENCE_SECONDS
            )

    def stop(self) -> None:
        """End the monitor."""
        self._monitor.stop()
        self._thread.join()

    def _listen(self) -> None:
        for event in self._monitor.events():
            with self._changed:
                if isinstance(event, ReaderArrived):
                    self.arrived += 1
                elif isinstance(event, CardInserted | CardRemoved):
                    inserted = isinstance(event, CardInserted)
                    self.cards.append((time.monotonic(), event.reader, inserted))
                self._changed.notify_all()


def run(changes: int, *, slots: int = 16, seed: int = 1) -> dict[str, Any]:
    """Make so many changes on a daemon of its own and give the figures.

    Sets PCSCLITE_CSOCK_NAME: for a process that has not used PC/SC yet. Raises DaemonUnavailable.
    """
    with PrivateDaemon(slots) as daemon:
        os.environ.update(daemon.environment())
        listener = Listener(ReaderMonitor(Scard()))
        observer = Scard().establish()
        try:
            if not listener.await_counts(arrived=slots):
                raise RuntimeError(f"only {listener.arrived} of {slots} readers were announced")
            return _drive(daemon, observer, listener, changes, random.Random(seed))
        finally:
            listener.stop()
            observer.release()


def good(figures: dict[str, Any]) -> bool:
    """Tell whether every change that the daemon counted was told exactly once, in its order."""
    wrong = figures["missed"] + figures["twice"] + figures["out_of_order"]
    return bool(wrong == 0 and figures["counted"] == figures["changes"])


def _drive(
    daemon: PrivateDaemon,
    observer: Context,
    listener: Listener,
    changes: int,
    dice: random.Random,
) -> dict[str, Any]:
    cards: dict[str, VirtualSlot] = {}
    done_at: dict[str, list[float]] = {name: [] for name in daemon.readers}
    before = _await_states(observer, dict.fromkeys(daemon.readers, False))
    began, made = time.monotonic(), 0
    try:
        while made < changes:
            most = min(daemon.slots, changes - made)
            chosen = dice.sample(daemon.readers, dice.randint((most + 1) // 2, most))
            for name in chosen:
                done_at[name].append(time.monotonic())
                if name in cards:
                    cards.pop(name).pull()
                else:
                    connect = partial(daemon.connect, daemon.readers.index(name))
                    cards[name] = VirtualSlot(Blank(), connect).start()
            made += len(chosen)
            after = _await_states(observer, {name: name in cards for name in daemon.readers})
        counted = {name: (after[name] - before[name]) % 65_536 for name in daemon.readers}
        listener.await_counts(cards=sum(counted.values()))
        seconds = time.monotonic() - began
        return {
            "changes": made,
            "slots": daemon.slots,
            **_compare(counted, listener.cards),
            "seconds": round(seconds, 1),
            "event_milliseconds": _delays(listener.cards, done_at),
        }
    finally:
        for card in cards.values():
            card.pull()
        for card in cards.values():
            card.stop()


def _await_states(observer: Context, wanted: dict[str, bool]) -> dict[str, int]:
    """Wait until the daemon itself says which slots hold a card; give its counts."""
    known = [ReaderStatus(name) for name in wanted]
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        states = observer.wait(known, int(max(0.0, until - time.monotonic()) * 1000))
        if all(each.present == wanted[each.name] for each in states):
            return {each.name: each.counter for each in states}
        known = [ReaderStatus(each.name, each.word & ~State.CHANGED.value) for each in states]


def _compare(counted: dict[str, int], told: list[tuple[float, str, bool]]) -> dict[str, int]:
    """Hold what was told against what the daemon counted, reader by reader."""
    heard = Counter(name for _, name, _ in told)
    wrong = 0
    for name in counted:
        kinds = [inserted for _, reader, inserted in told if reader == name]
        wrong += sum(inserted == bool(at % 2) for at, inserted in enumerate(kinds))
    return {
        "counted": sum(counted.values()),
        "told": sum(heard.values()),
        "missed": sum(max(0, count - heard[name]) for name, count in counted.items()),
        "twice": sum(max(0, heard[name] - count) for name, count in counted.items()),
        "out_of_order": wrong,
    }


def _delays(
    told: list[tuple[float, str, bool]], done_at: dict[str, list[float]]
) -> dict[str, dict[str, int]]:
    """Give how long events took, from the hand on the card to the program."""
    pending = {name: iter(times) for name, times in done_at.items()}
    delays: dict[bool, list[float]] = {True: [], False: []}
    for at, name, inserted in told:
        done = next(pending[name], None)
        if done is not None:
            delays[inserted].append((at - done) * 1000)
    return {
        kind: {
            "median": round(statistics.median(each)),
            "p99": round(sorted(each)[int(len(each) * 0.99)]),
            "max": round(max(each)),
        }
        for kind, each in (("inserted", delays[True]), ("removed", delays[False]))
        if each
    }
