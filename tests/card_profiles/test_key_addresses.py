"""Key addresses: those of the reference, and our own beside them."""

import re

import pytest

from card_profiles.key_addresses import ADDRESSES, LISTED


@pytest.mark.parametrize(
    ("key", "short", "long"),
    [
        # card-interface-functions.md §4.2; PUK, RK1DF01 and UKSSSE also in its §13 and notes.
        ("SSSE/UKSSSE", "0094", "009412"),
        ("SSSE/PUK", "0090", "009010"),
        ("SSSE/RKSSSE", "004C", "004C0A"),
        ("DF01/RK1DF01", "004F", "004F2E"),
        ("DF02/RK1DF02", "0064", "006435"),
        ("DF03/RK2DF03", "0196", "01962C"),
        ("DF03/RK1DF03", "0193", "01932B"),
        ("DF04/RK1DF04", "0182", "01822D"),
        ("DF07/RK1DF07", "007A", "007A3D"),
        ("DF07/RK2DF07", "0080", "00803F"),
        ("DF07/RK3DF07", "0086", "0086B1"),
        ("DF01/UK1DF01", "0097", "009742"),
        ("DF01/UK4DF01", "0179", "017925"),
        ("DF01/UK2DF01", "009A", "009A43"),
        ("DF01/UK3DF01", "0176", "017624"),
    ],
)
def test_listed_addresses(key: str, short: str, long: str) -> None:
    """What another implementation was seen to send, ours must send, too."""
    application, name = key.split("/")
    address = ADDRESSES[application, name]
    assert (address.text(), address.text(with_id=True)) == (short, long)
    assert not address.project_defined


def test_every_key_has_an_address_of_its_own() -> None:
    """Two keys of one address would be one to the host; ours are marked and keep apart."""
    assert len({each.address for each in ADDRESSES.values()}) == len(ADDRESSES) > len(LISTED)
    for name, address in ADDRESSES.items():
        assert re.fullmatch("[0-9A-F]{4}", address.text())
        assert address.project_defined == (name not in LISTED)
        assert address.project_defined == address.text().startswith("F")


@pytest.mark.parametrize(
    ("key", "address"),
    [("SSSE/BK", "F005"), ("DF01/UK5DF01", "F187"), ("park_pass/UK1DF0E", "FE83")],
)
def test_our_own_addresses(key: str, address: str) -> None:
    """A host is set up by them, so they may not move: F, place, the key's id on the card."""
    application, name = key.split("/")
    assert ADDRESSES[application, name].text() == address
