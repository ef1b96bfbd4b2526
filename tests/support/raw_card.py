"""Raw commands to a software card, in hex, for the tests of its security."""

from collections.abc import Callable

from apdu.cipher import SM4
from card_profiles.model import Profile
from emulator.card import SoftwareCard
from emulator.facts import CardFacts
from emulator.memory import PowerCut

Maker = Callable[..., SoftwareCard]
Prove = Callable[..., str]
Worked = dict[str, tuple[Profile, CardFacts]]

SSSE = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF"
CHALLENGE = "0084000008"
PIN = "0020000003123456"
WRONG_PIN = "0020000003111111"
QUERY = "0020000000"


def send(card: SoftwareCard, command: str) -> str:
    return card.transmit(bytes.fromhex(command)).hex().upper()


def cryptogram(card: SoftwareCard, key_id: int, challenge: bytes) -> str:
    """Make the whole command that proves a global key over a challenge."""
    key = card.memory.read(f"SSSE.key.{key_id:02X}")
    assert key is not None
    original = b"original"
    data = SM4.authentication_data(SM4.session_key(key, challenge), original)
    return f"008200{key_id:02X}10{data.hex()}{original.hex()}"


def challenge(card: SoftwareCard, size: int = 8) -> bytes:
    answer = card.transmit(bytes((0x00, 0x84, 0x00, 0x00, size)))
    assert (len(answer), answer[-2:]) == (size + 2, b"\x90\x00")
    return answer[:-2]


def cut(card: SoftwareCard, number: int) -> None:
    """Cut the power at the card's ``number``-th write from now, before it is made."""
    last = card.memory.writes + number

    def before_write(write: int) -> None:
        if write >= last:
            raise PowerCut

    card.memory.before_write = before_write
