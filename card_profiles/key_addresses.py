"""Key addresses: how a remote cipher host is told which key is meant.

Reference card-interface-functions.md §4.2: four hex digits, or six with the host's key id behind.
To callers they are labels that are passed on.
"""

from __future__ import annotations

from dataclasses import dataclass

from card_profiles.model import Application, Key
from card_profiles.profiles import PROFILES


@dataclass(frozen=True, slots=True)
class KeyAddress:
    """Name a key to the host: its address (2 bytes) and the host's id of it (1 byte).

    ``project_defined`` marks what the reference does not list.
    """

    address: bytes
    key_id: int
    project_defined: bool = False

    def text(self, *, with_id: bool = False) -> str:
        """Write it as in the texts: ``004F``, with its id ``004F2E``."""
        digits = self.address.hex().upper()
        return f"{digits}{self.key_id:02X}" if with_id else digits


def _listed(digits: str) -> KeyAddress:
    return KeyAddress(bytes.fromhex(digits[:4]), int(digits[4:], 16))


LISTED: dict[tuple[str, str], KeyAddress] = {
    ("SSSE", "UKSSSE"): _listed("009412"),
    ("SSSE", "PUK"): _listed("009010"),
    ("SSSE", "RKSSSE"): _listed("004C0A"),
    ("DF01", "RK1DF01"): _listed("004F2E"),
    ("DF02", "RK1DF02"): _listed("006435"),
    ("DF03", "RK2DF03"): _listed("01962C"),
    ("DF03", "RK1DF03"): _listed("01932B"),
    ("DF04", "RK1DF04"): _listed("01822D"),
    ("DF07", "RK1DF07"): _listed("007A3D"),
    ("DF07", "RK2DF07"): _listed("00803F"),
    ("DF07", "RK3DF07"): _listed("0086B1"),
    ("DF01", "UK1DF01"): _listed("009742"),
    ("DF01", "UK4DF01"): _listed("017925"),
    ("DF01", "UK2DF01"): _listed("009A43"),
    ("DF01", "UK3DF01"): _listed("017624"),
}
"""What the reference lists by the file that a key opens, here by the key that opens it (§8.1)."""


def _own(environment: bool, application: Application, key: Key) -> KeyAddress:
    """Make an address of our own: F, the DF's last digit (0 for the environment), the key's id.

    The listed ones begin with 0, so none is taken twice.
    """
    place = 0 if environment else application.fid & 0x0F
    return KeyAddress(bytes((0xF0 | place, key.id)), key.id, project_defined=True)


ADDRESSES: dict[tuple[str, str], KeyAddress] = {
    (application.name, key.name): LISTED.get(
        (application.name, key.name), _own(application is profile.environment, application, key)
    )
    for profile in PROFILES.values()
    for application in (profile.environment, *profile.applications)
    for key in application.keys
}
"""Every key of every profile, by its application's and its own name."""
