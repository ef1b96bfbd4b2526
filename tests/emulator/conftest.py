"""What the emulator's tests share: the reference's worked cards, and how a key is proved."""

from collections.abc import Callable
from datetime import date

import pytest

from apdu.cipher import family
from card_profiles.model import Profile
from card_profiles.profiles import BEIJING, GEN1, GEN2, GEN3
from emulator.card import SoftwareCard
from emulator.facts import CardFacts, Holder

WORKED: dict[str, tuple[Profile, CardFacts]] = {
    # card-interface-functions.md §12, column by column.
    "P1": (
        BEIJING,
        CardFacts(
            region="110000",
            serial=bytes.fromhex("00000001"),
            holder=Holder("000000199001010018", "测试甲", "1", "01", None, date(1990, 1, 1)),
            card_number="A12345674",
            issue_date=date(2026, 1, 1),
            expiry_date=date(2036, 1, 1),
            items={
                "DF01.contact_address": "测试市样例路1号",
                "DF01.phone": "00000000000",
                "DF01.nationality": "CHN",
            },
        ),
    ),
    "P2": (
        GEN2,
        CardFacts(
            region="510100",
            serial=bytes.fromhex("0000002A"),
            authentication=bytes.fromhex("0B1C2D3E"),
            holder=Holder("00000019850228002X", "样例乙", "2", "01", "510100", date(1985, 2, 28)),
            card_number="S51000426",
            issue_date=date(2018, 3, 1),
            expiry_date=date(2028, 3, 1),
            items={
                "DF01.contact_address": "样例街2号",
                "DF01.phone": "00000000001",
                "DF01.nationality": "CHN",
            },
        ),
    ),
    "P4": (
        GEN3,
        CardFacts(
            region="411600",
            serial=bytes.fromhex("0000000D"),
            holder=None,
            card_number=None,
            issue_date=date(2026, 1, 5),
            expiry_date=date(2036, 1, 5),
        ),
    ),
    "P6": (
        GEN1,
        CardFacts(
            region="430000",
            serial=bytes.fromhex("00000099"),
            authentication=bytes.fromhex("0000ABCD"),
            version="",
            holder=Holder("00000019771205005X", "样本丁", "1", "01", "430000", date(1977, 12, 5)),
            card_number="H43000995",
            issue_date=date(2009, 9, 1),
            expiry_date=date(2029, 9, 1),
        ),
    ),
}


@pytest.fixture
def worked() -> dict[str, tuple[Profile, CardFacts]]:
    """Give profile and facts of the worked cards by their names."""
    return dict(WORKED)


@pytest.fixture
def prove() -> Callable[..., str]:
    """Prove a key to a card: ``prove(card, 0x0A)`` gives the status word.

    ``application`` names the owner of a key with bit 8 set; ``wrong`` spoils the proof.
    """

    def authenticate(
        card: SoftwareCard, key_id: int, application: str = "SSSE", *, wrong: bool = False
    ) -> str:
        owner = application if key_id & 0x80 else "SSSE"
        key = card.memory.read(f"{owner}.key.{key_id:02X}")
        assert key is not None
        cipher = family(card.profile.algorithm)
        factor = card.transmit(bytes.fromhex("0084000008"))[:-2]
        original = b"original"
        data = cipher.authentication_data(cipher.session_key(key, factor), original)
        if wrong:
            data = bytes(each ^ 0xFF for each in data)
        command = bytes((0x00, 0x82, 0x00, key_id, 16)) + data + original
        return card.transmit(command).hex().upper()

    return authenticate


@pytest.fixture
def card(virtual_card: Callable[..., SoftwareCard]) -> SoftwareCard:
    """Give a Beijing card on its contactless side, where answers come whole."""
    return virtual_card("beijing", interface="contactless")
