"""Every load host and every purchase SAM, for the contracts they share.

A new one is a line in LOAD_HOSTS or PURCHASE_SAMS: its name, and a function that gives it with the
roots it is told, for the named keys and no other. All keys are TEST KEYS.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from purse_vectors import PurseVector, every
from sam_service import SamSlot
from softhsm import MODULE, PIN, token_with

from apdu.cipher import TDES
from apdu.sam_commands import KeyType
from card_profiles import transit
from card_profiles.development_keys import SETS, RootOf, distinct
from card_profiles.sam import PurseKey
from emulator.key_host import serve
from emulator.purse_host import PurseHost
from emulator.sam import SamCard, SamFacts
from terminal.config import Token as TokenSettings
from terminal.errors import KeyMissing
from terminal.journal.model import BEIJING
from terminal.keys.derivation import RootCipher
from terminal.keys.https_host import HttpsHost
from terminal.keys.purse import LoadHost, PurchaseSam
from terminal.keys.purse_host import RemoteLoadHost
from terminal.keys.purse_sam import SamPurchases
from terminal.keys.purse_software import DerivedLoadHost, DevelopmentSam
from terminal.keys.service import CardKey
from terminal.keys.token import load_host

Names = frozenset[str]
LoadFactory = Callable[[RootOf, Names], AbstractContextManager[LoadHost]]
SamFactory = Callable[[RootOf, Names, int], AbstractContextManager[PurchaseSam]]

HOST_KEYS = frozenset({transit.DLK, transit.DULK, transit.DTK, transit.DAMK})
SAM_KEYS = frozenset({transit.DPK, transit.DTK})

NOW = datetime(2024, 12, 29, 14, 17, 40, tzinfo=BEIJING)
"""When the hosts are asked; in UTC it is another hour."""
AT = "20241229141740"
TERMINAL = "300089000340"
"""The SAM's number in the vectors."""
SEQUENCE = 0x1234
"""Where the SAMs' sequence numbers stand."""


def vector(name: str) -> PurseVector:
    """Find one of the reference's vectors."""
    (found,) = (each for each in every() if each.id == name)
    return found


_ROOTS = {
    transit.DLK: vector("DIV-04").bytes("master"),
    transit.DULK: vector("DIV-02").bytes("master"),
    transit.DTK: vector("SAM-01").bytes("dtk_master"),
    transit.DPK: vector("SAM-01").bytes("purchase_master"),
    transit.DAMK: vector("SAMMAC-01").bytes("maintenance_master"),
}


def published(application: str, name: str) -> bytes:
    """Give the root that a vector of the reference begins with; a SAM has the ministry's, too."""
    if application != transit.TRANSIT.name:
        return distinct(application, name)
    return _ROOTS[name]


ROOTS: dict[str, RootOf] = {"published": published, **SETS}


def _ciphers(root_of: RootOf, names: Names) -> Callable[[str], RootCipher]:
    def cipher_of(name: str) -> RootCipher:
        if name not in names:
            raise KeyMissing(key=f"{transit.TRANSIT.name}/{name}")
        root = root_of(transit.TRANSIT.name, name)
        return lambda blocks: TDES.encrypt_blocks(root, blocks)

    return cipher_of


# --- Load hosts ----------------------------------------------------------------------------


@contextmanager
def software_host(root_of: RootOf, names: Names) -> Iterator[LoadHost]:
    """Roots in this process's memory."""
    host = DerivedLoadHost(_ciphers(root_of, names), lambda: NOW, test_keys=True)
    with closing(host):
        yield host


@contextmanager
def token_host(root_of: RootOf, names: Names, *, mark: str = "test") -> Iterator[LoadHost]:
    """Roots in a token, SoftHSM2, opened as a counter opens it."""
    keys = [CardKey(transit.TRANSIT.name, name) for name in sorted(names)]
    label = token_with(keys, root_of, mark=mark)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pin"
        file.touch(0o600)
        file.write_bytes(PIN.reveal())
        settings = TokenSettings(MODULE, label, str(file), 60)
        with closing(load_host(settings, lambda: NOW)) as host:
            yield host


@contextmanager
def remote_host(root_of: RootOf, names: Names) -> Iterator[LoadHost]:
    """Roots on a host, over the loopback; its clock runs in UTC."""
    peer = PurseHost(root_of, lambda: NOW.astimezone(UTC), lacks=HOST_KEYS - names)
    with serve(peer.answer) as url, closing(RemoteLoadHost(HttpsHost(url))) as host:
        yield host


LOAD_HOSTS: list[tuple[str, LoadFactory]] = [
    ("development", software_host),
    ("token", token_host),
    ("host", remote_host),
]

# --- Purchase SAMs -------------------------------------------------------------------------


@contextmanager
def software_sam(root_of: RootOf, names: Names, levels: int) -> Iterator[PurchaseSam]:
    """A SAM in this process's memory; where its roots stand the card's factors say."""

    def clock() -> datetime:
        return datetime.fromtimestamp(SEQUENCE, UTC)

    with closing(
        DevelopmentSam(_ciphers(root_of, names), clock, bytes.fromhex(TERMINAL), 1)
    ) as sam:
        yield sam


def sam_card(
    root_of: RootOf, names: Names = SAM_KEYS, levels: int = 2, *, sequence: int = SEQUENCE
) -> SamCard:
    """Make a SAM card with purchase keys of version 0."""
    types = {transit.DPK: KeyType.PURCHASE, transit.DTK: KeyType.PIN_RELOAD}
    keys = tuple(PurseKey(name, types[name], 0, levels) for name in sorted(names))
    facts = SamFacts(terminal=TERMINAL, sequence=sequence, purse_keys=keys)
    return SamCard.new(facts, root_of=root_of)


@contextmanager
def card_sam(root_of: RootOf, names: Names, levels: int) -> Iterator[PurchaseSam]:
    """A SAM card in a reader."""
    slot = SamSlot(sam_card(root_of, names, levels))
    with closing(SamPurchases(slot.session())) as sam:
        yield sam


PURCHASE_SAMS: list[tuple[str, SamFactory]] = [
    ("development", software_sam),
    ("sam", card_sam),
]
