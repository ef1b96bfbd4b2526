"""All that writes to a purse, as operations that can be torn and killed."""

from __future__ import annotations

from purse_counter import purse_card
from purse_tearing import Operation

from emulator.purse_habits import PurseHabits
from terminal.journal.model import Method
from terminal.services.transit import TransitDesk
from terminal.services.trips import Trip, TripKind

WRONG = "wrong-load"
ENTRY, EXIT = (Trip(kind, "0800", "1900") for kind in (TripKind.ENTRY, TripKind.EXIT))


def _loaded_wrong(desk: TransitDesk) -> None:
    desk.load(2_000, Method.CASH, WRONG)


def _entered(desk: TransitDesk) -> None:
    desk.pay(0, "entered", ENTRY)


def operations(interface: str, habits: PurseHabits) -> list[Operation]:
    """All that writes, on one kind of card."""

    def card(balance: int = 5_000, **more: object) -> object:
        return lambda: purse_card(balance, interface=interface, habits=habits, **more)

    def named(name: str, *parts: object) -> Operation:
        return Operation(f"{name}, {interface}", *parts)  # type: ignore[arg-type]

    unloads = PurseHabits(unload_purse=True)
    return [
        named("load", card(), lambda desk, key: desk.load(1_234, Method.CASH, key)),
        named("refund by purchase", card(), lambda desk, key: desk.refund(Method.TRANSFER, key)),
        named(
            "refund by unload",
            lambda: purse_card(5_000, interface=interface, habits=unloads),
            lambda desk, key: desk.refund(Method.CASH, key),
        ),
        named("pay", card(), lambda desk, key: desk.pay(321, key)),
        named("trip entry", card(), lambda desk, key: desk.pay(0, key, ENTRY)),
        named("trip exit", card(), lambda desk, key: desk.pay(400, key, EXIT), _entered),
        named(
            "correction up",
            card(),
            lambda desk, key: desk.correct(WRONG, 2_500, "boss", key),
            _loaded_wrong,
        ),
        named(
            "correction down",
            card(),
            lambda desk, key: desk.correct(WRONG, 500, "boss", key),
            _loaded_wrong,
        ),
        named("closing", card(0), lambda desk, key: desk.close("renewal", key)),
    ]
