"""The software load host: texts in, texts out, by the reference's keys and MACs."""

from datetime import UTC, datetime, timedelta

import pytest

from apdu import tdes
from card_profiles.development_keys import distinct, uniform
from emulator.key_host import UnknownKey, serve
from emulator.purse_host import REFUSED, PurseHost

ISSUER, SERIAL = "01011000FFFFFFFF", "5170010100000001"
TERMINAL = "300089000340"
NOW = datetime(2024, 12, 29, 6, 17, 40, tzinfo=UTC)
AT = "20241229141740"
# DIV-04 and SAMMAC-01 of the reference: root, and the key of this card.
ROOTS = {
    "DLK": ("0F1E2D3C4B5A69788796A5B4C3D2E1F0", "DBBB4C36EA82852615569A375F8F8405"),
    "DULK": ("45C1C2C3C4C5C6C7C8C9CACBCCCDCECF", "1BA5F690C606C2997D29A77FAFC6FA18"),
    "DTK": ("0F1E2D3C4B5A69788796A5B4C3D2E1F0", "DBBB4C36EA82852615569A375F8F8405"),
    "DAMK": ("45C1C2C3C4C5C6C7C8C9CACBCCCDCECF", "1BA5F690C606C2997D29A77FAFC6FA18"),
}


def root_of(application: str, name: str) -> bytes:
    assert application == "transit"
    return bytes.fromhex(ROOTS[name][0])


def mac(key: bytes, message: str) -> str:
    padded = bytes.fromhex(message) + b"\x80"
    padded += bytes(-len(padded) % 8)
    return tdes.encrypt_cbc(key, padded)[-8:-4].hex().upper()


class Card:
    """The reference's card in the middle of a load or unload."""

    def __init__(
        self,
        kind: str = "02",
        amount: str = "00001388",
        random: str = "A1B2C3D4",
        algorithm: str = "00",
    ) -> None:
        self.money = f"{amount}{kind}{TERMINAL}"
        key = ROOTS["DULK" if kind == "03" else "DLK"][1]
        self.session = tdes.encrypt(bytes.fromhex(key), bytes.fromhex(f"{random}00128000"))
        self.mac1 = mac(self.session, "00002710" + self.money)
        begun = f"00002710001200{algorithm}{random}"
        head = f"{ISSUER}|{SERIAL}|{kind}|{amount}|{TERMINAL}|{begun}"
        self.asked = f"{head}{self.mac1}|"
        self.forged = f"{head}{int(self.mac1, 16) ^ 1:08X}|"


@pytest.fixture
def host() -> PurseHost:
    """A host of the reference's keys, and a clock that goes on."""
    times = (NOW + timedelta(seconds=each) for each in range(100))
    return PurseHost(root_of, lambda: next(times))


@pytest.mark.parametrize("kind", ["01", "02", "03"])
def test_a_load_and_its_proof(host: PurseHost, kind: str) -> None:
    """MAC2 over the host's time in Beijing, then the card's TAC, or MAC3 of an unload."""
    card = Card(kind)
    assert host.answer("load|" + card.asked) == f"{AT}|{mac(card.session, card.money + AT)}|"
    after = "00001388" if kind == "03" else "00003A98"
    covered = f"{after}0012{card.money}{AT}"
    key = bytes.fromhex(ROOTS["DTK"][1])
    folded = bytes(a ^ b for a, b in zip(key[:8], key[8:], strict=True))
    right = mac(card.session if kind == "03" else folded, covered)
    assert host.answer(f"proof|{card.asked}{AT}|{after}|{right}|") == "1|"
    assert host.answer(f"proof|{card.asked}{AT}|00003A99|{right}|") == "0|"
    assert host.answer(f"proof|{card.asked}{AT}|{after}|00000000|") == "0|"


def test_a_block(host: PurseHost) -> None:
    """SAMMAC-01: the same MAC that a SAM of this key makes."""
    assert host.answer(f"block|{ISSUER}|{SERIAL}|11223344|841E0000|") == "2F811B5F|"


def test_mac1_comes_first(host: PurseHost) -> None:
    """A card that is none gets one word, and no time and no MAC to learn from."""
    assert host.answer("load|" + Card().forged) == REFUSED
    assert host.answer("load|" + Card().asked.replace("|02|", "|03|")) == REFUSED
    assert host.authorised == {}


def test_the_same_again(host: PurseHost) -> None:
    """A counter that lost the answer asks again: the same consent, not money for a second time."""
    first = host.answer("load|" + Card().asked)
    assert host.answer("load|" + Card().asked) == first
    assert len(host.authorised) == 1
    other = host.answer("load|" + Card(random="A1B2C3D5").asked)
    assert other != first
    assert len(host.authorised) == 2
    assert [each.begun.random.hex() for each in host.authorised] == ["a1b2c3d4", "a1b2c3d5"]


def test_another_amount_is_another_load(host: PurseHost) -> None:
    """Scripted random numbers repeat; a consent for one amount is none for the next."""
    first = host.answer("load|" + Card().asked)
    second = host.answer("load|" + Card(amount="00001389").asked)
    assert first.split("|")[1] != second.split("|")[1]


@pytest.mark.parametrize("name", ["DLK", "DULK", "DTK", "DAMK"])
def test_keys_it_does_not_have(name: str) -> None:
    """Named to whoever runs the host; over the line it is 404."""
    host = PurseHost(root_of, lacks=frozenset({name}))
    text = {
        "DLK": "load|" + Card().asked,
        "DULK": "load|" + Card("03").asked,
        "DTK": f"proof|{Card().asked}{AT}|00003A98|00000000|",
        "DAMK": f"block|{ISSUER}|{SERIAL}|11223344|841E0000|",
    }[name]
    with pytest.raises(UnknownKey, match=name):
        host.answer(text)


@pytest.mark.parametrize("algorithm", ["02", "03", "FF"])
def test_algorithms_that_nobody_knows(host: PurseHost, algorithm: str) -> None:
    """How a purse does SM4 is not public; a guess must move no money."""
    with pytest.raises(UnknownKey):
        host.answer("load|" + Card(algorithm=algorithm).asked)
    assert host.answer("load|" + Card(algorithm="01").asked).startswith(AT)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "|",
        "load|",
        "load|" + Card().asked[:-1],
        "load|" + Card().asked + "|",
        "load|" + Card().asked + "rest",
        "load|" + Card().asked.replace("|02|", "|06|"),
        "load|" + Card().asked.replace("|02|", "|FF|"),
        "load|" + Card().asked.replace("|02|", "||"),
        "load|" + Card().asked.replace("|00001388|", "|1388|"),
        "load|" + Card().asked.replace("|00001388|", "|0000 1388|"),
        "load|" + Card().asked.replace("|00001388|", "|0000138G|"),
        "load|" + Card().asked.replace(ISSUER, ISSUER[2:]),
        "load|" + Card().asked.replace(f"{Card().mac1}|", "|"),
        f"proof|{Card().asked}{AT}|00003A98|",
        f"proof|{Card().asked}{AT}|00003A98|0000|",
        f"proof|{Card().asked}{AT[2:]}|00003A98|00000000|",
        f"block|{ISSUER}|{SERIAL}|112233|841E0000|",
        f"block|{ISSUER}|{SERIAL}|11223344|841E|",
        f"unblock|{ISSUER}|{SERIAL}|11223344|84180000|",
    ],
)
def test_texts_that_are_none(host: PurseHost, text: str) -> None:
    """A caller's mistake is refused, not guessed at."""
    with pytest.raises(ValueError, match=r".+"):
        host.answer(text)


def test_development_sets_differ() -> None:
    """With distinct roots a mixed-up key is seen; and by itself it says what time it is."""
    text = f"block|{ISSUER}|{SERIAL}|11223344|841E0000|"
    assert PurseHost().answer(text) == PurseHost(uniform).answer(text)
    assert PurseHost(distinct).answer(text) != PurseHost(uniform).answer(text)


def test_served(host: PurseHost) -> None:
    """Put behind a line it is asked as any other; what was asked is kept."""
    import urllib.request

    with serve(host.answer) as url:
        text = ("load|" + Card().asked).encode()
        with urllib.request.urlopen(url, text, timeout=5) as answer:
            assert answer.read().decode().startswith(f"{AT}|")
    assert host.texts == ["load|" + Card().asked]


def test_its_own_clock() -> None:
    """Without a clock it says the time in Beijing: that is what MAC2 and the card's log have."""
    card = Card()
    host = PurseHost(root_of)
    before = datetime.now(UTC) + timedelta(hours=8, seconds=-1)
    at = host.answer("load|" + card.asked).split("|")[0]
    assert f"{before:%Y%m%d%H%M%S}" <= at <= f"{before + timedelta(seconds=30):%Y%m%d%H%M%S}"
