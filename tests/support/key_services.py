"""Every implementation of the key service, for the contract they share and for benchmarks.

A new one is a line in FACTORIES: its name, and a function that gives it with the development keys
of a set (``uniform``, ``distinct``), for the keys in KEYS and no other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager

from sam_service import sam_keys
from softhsm import MODULE, PIN, token_with

from apdu.cipher import Algorithm
from apdu.secret import Secret
from card_profiles.development_keys import SETS
from emulator.key_host import KeyHost, serve
from terminal.keys.bounded import BoundedKeys
from terminal.keys.host import HostKeys
from terminal.keys.https_host import HttpsHost
from terminal.keys.service import CardIdentity, CardKey, KeyService
from terminal.keys.software import SoftwareKeys
from terminal.keys.token import TokenKeys

Factory = Callable[[str], AbstractContextManager[KeyService]]

KEYS = tuple(
    CardKey(*name.split("/"))
    for name in (
        "SSSE/IRK",
        "SSSE/RKSSSE",
        "SSSE/UKSSSE",
        "SSSE/PUK",
        "SSSE/STKSSSE",
        "SSSE/BK",
        "DF01/RK1DF01",
        "DF01/UK4DF01",
        "DF03/RK2DF03",
        "park_pass/UK1DF0E",
    )
)
MISSING = CardKey("SSSE", "NONE")

# Cards P1 and P2 of reference card-interface-functions.md §12, and each in the other family.
P1 = CardIdentity(
    "110000",
    bytes.fromhex("0081544C978684110000000001"),
    Algorithm.SM4,
    bytes.fromhex("110000D15600000500000001FFFFFFFF"),
)
P2 = CardIdentity(
    "510100",
    bytes.fromhex("0087CF2001864951010000002A"),
    Algorithm.TDES,
    bytes.fromhex("510100D1560000050000002A0B1C2D3E"),
)
CARDS = {
    "P1": P1,
    "P2": P2,
    "P1 with 3DES": CardIdentity(P1.region, P1.historical, Algorithm.TDES, P1.card_id),
    "P2 with SM4": CardIdentity(P2.region, P2.historical, Algorithm.SM4, P2.card_id),
    # Zhejiang keys its cities by four digits (social-security-card.md §8.2).
    "Zhejiang": CardIdentity("330326", P2.historical, Algorithm.TDES, P2.card_id),
    "SSF33 by SM4": CardIdentity(P1.region, P1.historical, Algorithm.SSF33, P1.card_id),
}


@contextmanager
def software(set_name: str) -> Iterator[KeyService]:
    """Keys in this process's memory."""

    def root_of(application: str, name: str) -> Secret | None:
        known = CardKey(application, name) in KEYS
        return Secret(SETS[set_name](application, name)) if known else None

    with closing(SoftwareKeys(root_of)) as keys:
        yield keys


@contextmanager
def token(set_name: str) -> Iterator[KeyService]:
    """Keys in a token, SoftHSM2, waited for as at a counter."""
    label = token_with(KEYS, SETS[set_name])
    with closing(BoundedKeys(lambda: TokenKeys(MODULE, label, lambda: PIN), 60)) as keys:
        yield keys


@contextmanager
def host(set_name: str) -> Iterator[KeyService]:
    """Keys on a host, over the loopback."""
    with serve(KeyHost(SETS[set_name]).answer) as url, closing(HostKeys(HttpsHost(url))) as keys:
        yield keys


FACTORIES: list[tuple[str, Factory]] = [
    ("software", software),
    ("token", token),
    ("sam", sam_keys),
    ("host", host),
]
