"""A card that answers 9000 to everything: the least that a card process can do.

    python -m benchmarks.trivial_card HOST:PORT

Prints a line when the daemon has seen it, and runs until terminated.
"""

from __future__ import annotations

import sys

from apdu.atr import contact_atr
from emulator.vpcd import VirtualSlot, connect_to


class TrivialCard:
    """Answer 9000."""

    atr = contact_atr(bytes(13))

    def power_on(self) -> None:
        """Have no state."""

    def power_off(self) -> None:
        """Have no state."""

    def reset(self) -> None:
        """Have no state."""

    def transmit(self, command: bytes) -> bytes:
        """Answer 9000, without a look at the command."""
        del command
        return b"\x90\x00"


def _say() -> None:
    print("inserted", flush=True)


def main() -> None:
    """Serve until terminated."""
    host, _, port = sys.argv[1].rpartition(":")
    VirtualSlot(TrivialCard(), connect_to(host, int(port)), inserted=_say).run()


if __name__ == "__main__":
    main()
