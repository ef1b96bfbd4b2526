"""``keys``: the four key services side by side: a proof and a PIN reload, each ÷ software's.

The same four that pass the contract (tests/support/key_services.py): roots in memory, in a PKCS#11
token (SoftHSM2), in a SAM card, on a host. SAM and host are in this process or on the loopback:
what is measured is our part. What a real SAM's wire adds is computed beside it.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.measure import Entry, Unavailable, in_turn
from benchmarks.stage import Stage
from benchmarks.wire_time import BAUDS, Exchange, seconds
from card_profiles.development_keys import distinct
from emulator.sam import SamCard
from terminal.keys.sam import SamKeys
from terminal.keys.service import CardKey, KeyService
from terminal.service_pin import ServicePin

sys.path.append(str(Path(__file__).resolve().parents[2] / "tests/support"))

ROUNDS = 15
TIMES = 40
_KEY = CardKey("SSSE", "RKSSSE")
_PUK = CardKey("SSSE", "PUK")
_FACTOR, _ORIGINAL = bytes(range(8)), bytes(range(8, 16))
_HEADER = bytes.fromhex("84240001")
_PIN = b"135792"


def _proofs(keys: KeyService, card: Any) -> None:
    for _ in range(TIMES):
        keys.authentication_data(card, _KEY, _FACTOR, _ORIGINAL)


def _reloads(keys: KeyService, card: Any) -> None:
    for _ in range(TIMES):
        with ServicePin(bytearray(_PIN)) as pin:
            keys.reload_pin(card, _PUK, _FACTOR, _HEADER, pin)


def run(rounds: int | None, _stage: Stage) -> list[Entry]:
    """Compare each with software on a card of each family; they must agree before they race."""
    try:
        from key_services import FACTORIES, P1, P2  # noqa: PLC0415  may lack its token library
    except ImportError as error:
        raise Unavailable(f"the token library is not installed: {error}") from error
    entries = []
    with ExitStack() as opened:
        services = {name: opened.enter_context(make("distinct")) for name, make in FACTORIES}
        software = services.pop("software")
        for family, card in (("sm4", P1), ("3des", P2)):
            right = software.authentication_data(card, _KEY, _FACTOR, _ORIGINAL)
            for name, keys in services.items():
                assert keys.authentication_data(card, _KEY, _FACTOR, _ORIGINAL) == right, name
                for what, work in (("proof", _proofs), ("reload", _reloads)):
                    pairs = in_turn(
                        lambda work=work, keys=keys, card=card: work(keys, card),
                        lambda work=work, card=card: work(software, card),
                        rounds or ROUNDS,
                    )
                    theirs, ours = pairs.each(TIMES)
                    absolute = {f"{name}_us": theirs, "software_us": ours}
                    if name == "sam":
                        absolute |= _on_the_wire(work, card)
                    entries.append(
                        Entry(
                            f"keys.{what}.{family}.{name}",
                            f"time of a {what} by {name} ÷ by software",
                            pairs.ratio,
                            None,
                            absolute,
                        )
                    )
    return entries


def _on_the_wire(work: Any, card: Any) -> dict[str, Any]:
    """Count what one costs on a SAM's contacts, once it was found and its application entered."""
    from sam_service import SLOT, SamSlot  # noqa: PLC0415  found by the path above

    sam = SamCard.new(root_of=distinct)
    exchanges: list[Exchange] = []
    answer = sam.transmit

    def heard(command: bytes) -> bytes:
        exchanges.append((command, answer(command)))
        return exchanges[-1][1]

    sam.transmit = heard  # type: ignore[method-assign]  # listening at the contacts
    slot = SamSlot(sam)
    keys = SamKeys(slot.session())
    work(keys, card)
    exchanges.clear()
    work(keys, card)
    keys.close()
    assert slot.pcsc.readers[SLOT].card is sam
    counted: dict[str, Any] = {"tpdus": len(exchanges) / TIMES}
    for baud in BAUDS:
        counted[f"wire_ms_at_{baud}"] = round(seconds(exchanges, baud) * 1000 / TIMES, 1)
    return counted
