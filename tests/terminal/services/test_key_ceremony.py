"""The key ceremony: components from several people, and a file that changes after all agreed."""

import base64
import secrets
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apdu.secret import Secret
from terminal.errors import (
    CeremonyStopped,
    ComponentWrong,
    GuitaiError,
    KeyFileExists,
    KeyFileLocked,
    KeyPresent,
    PassphraseMissing,
)
from terminal.keys import key_file
from terminal.keys.key_file import LEAST_COST, KeySet, Root, create, open_file, seal
from terminal.keys.passphrase import Passphrases, Prompt
from terminal.keys.service import CardKey
from terminal.services.key_ceremony import CheckValues, check_values, import_key, init

IRK = CardKey("SSSE", "IRK")
PASSPHRASE = Secret(b"TEST KEY passphrase")

# TEST KEY: reference counter-devices.md §3.7 has the 3DES check values of the key and of its first
# component; SM4's, and those of the second component, were made with openssl.
KEY = "0123456789ABCDEFFEDCBA9876543210"
ONE = "11223344556677888877665544332211"
OTHER = "10017623DCCDBA6776ABDCCD32671001"
KEY_CHECK = CheckValues(
    bytes.fromhex("2677F46B09C122CC975533105BD4A22A"), bytes.fromhex("08D7B4FB629D0885")
)
ONE_CHECK = CheckValues(
    bytes.fromhex("8B901DAAFE0FC92F46C272AADF6E5B4C"), bytes.fromhex("491510CAF24FB6CA")
)


class Scripted:
    """Be people who enter what a test says, and remember what they were shown."""

    def __init__(self, *entries: str | bytes | None, agree: bool = True) -> None:
        self.entries = [
            None if each is None else bytearray(each.encode() if isinstance(each, str) else each)
            for each in entries
        ]
        self.asked: list[tuple[int, int]] = []
        self.complaints: list[ComponentWrong] = []
        self.second_try: bytearray | None = None
        self.compared: list[CheckValues] = []
        self.confirmed: list[CheckValues] = []
        self._agree = agree

    def enter(self, number: int, count: int) -> bytearray | None:
        again = (number, count) in self.asked
        self.asked.append((number, count))
        return self.second_try if again else self.entries[number - 1]

    def complain(self, wrong: ComponentWrong) -> None:
        self.complaints.append(wrong)

    def compare(self, number: int, values: CheckValues) -> None:
        self.compared.append(values)
        assert len(self.compared) == number

    def confirm(self, values: CheckValues) -> bool:
        self.confirmed.append(values)
        return self._agree


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """The least cost that is opened is enough here."""
    whole = seal
    monkeypatch.setattr(key_file, "seal", lambda *given: whole(*given, cost=LEAST_COST))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Give an empty key file, alone in its folder."""
    made = tmp_path / "keys.json"
    create(made, KeySet("test", "national"), PASSPHRASE)
    return made


def ask() -> Secret:
    return PASSPHRASE


class TestCheckValues:
    @pytest.mark.parametrize(("key", "expected"), [(KEY, KEY_CHECK), (ONE, ONE_CHECK)])
    def test_reference(self, key: str, expected: CheckValues) -> None:
        """The values that stand in manuals and on envelopes, of both families."""
        assert check_values(Secret(bytes.fromhex(key))) == expected

    def test_what_counts_as_one(self) -> None:
        """Three bytes or more of either; two are too few to tell keys apart."""
        for digits in ("08D7B4", "08D7B4FB", "08D7B4FB629D0885", "2677F4", "2677F46B09C122CC"):
            assert KEY_CHECK.include(bytes.fromhex(digits))
        for digits in ("", "08D7", "08D7B5", "D7B4FB", "2677F408"):
            assert not KEY_CHECK.include(bytes.fromhex(digits))


class TestInit:
    def prompt(self, *answers: str) -> Passphrases:
        answer = iter(answers)

        class Scripting(Prompt):
            def hidden(self, question: str) -> bytearray | None:
                typed = next(answer, None)
                return None if typed is None else bytearray(typed.encode())

        return Passphrases(Scripting(lambda _: None, lines_allowed=True))

    def test_an_empty_file(self, tmp_path: Path) -> None:
        """Mark and level stand in it, and the passphrase that was given twice opens it."""
        made = init(tmp_path / "keys", "live", "city", self.prompt("twelve chars", "twelve chars"))
        opened = open_file(tmp_path / "keys", lambda: Secret(b"twelve chars"))
        assert made == opened.keys == KeySet("live", "city")

    def test_nobody_is_asked_for_a_file_that_is_there(self, file: Path) -> None:
        """Thinking of a passphrase for nothing is no fun."""
        with pytest.raises(KeyFileExists):
            init(file, "live", "city", self.prompt())

    def test_nothing_is_made_without_a_passphrase(self, tmp_path: Path) -> None:
        """An empty file in its place would be in the way of the next try."""
        with pytest.raises(PassphraseMissing):
            init(tmp_path / "keys", "test", "city", self.prompt("only once"))
        assert list(tmp_path.iterdir()) == []


class TestImport:
    def test_two_components(self, file: Path) -> None:
        """Each holder sees the own check value, all see the key's, and the file has the key."""
        people = Scripted(ONE, OTHER)
        held = import_key(file, ask, IRK, people, version=3)
        assert people.asked == [(1, 2), (2, 2)]
        assert people.compared[0] == ONE_CHECK
        assert people.confirmed == [KEY_CHECK]
        assert held.roots == (Root(IRK, Secret(bytes.fromhex(KEY)), 3),)
        assert open_file(file, ask).keys == held

    @given(st.lists(st.binary(min_size=16, max_size=16), min_size=3, max_size=9, unique=True))
    def test_the_order_does_not_matter(self, parts: list[bytes]) -> None:
        """Whoever comes first, the key is the same, and it is the XOR of them all."""
        from terminal.services.key_ceremony import _collect

        whole = 0
        for part in parts:
            whole ^= int.from_bytes(part, "big")
        without_parity = int("FE" * 16, 16)
        halves = divmod(whole & without_parity, 1 << 64)
        seen = [int.from_bytes(part, "big") & without_parity for part in parts]
        usable = halves[0] != halves[1] and all(seen) and len(set(seen)) == len(seen)
        for order in (parts, parts[::-1]):
            people = Scripted(*(part.hex() for part in order))
            if usable:
                assert _collect(people, len(parts)) == Secret(whole.to_bytes(16, "big"))
            else:
                with pytest.raises(ComponentWrong):
                    _collect(people, len(parts))

    def test_as_envelopes_print_it(self, file: Path) -> None:
        """In groups, in small letters: what the holder reads is what the holder types."""
        spaced = " ".join(ONE[at : at + 4] for at in range(0, 32, 4)).lower()
        held = import_key(file, ask, IRK, Scripted(f" {spaced}\t", OTHER))
        assert held.roots[0].value == Secret(bytes.fromhex(KEY))

    WRONG: ClassVar[dict[str, tuple[str | bytes | None, ...]]] = {
        "nobody": (None,),
        "nobody after the first": (ONE, None),
        "nothing": ("",),
        "a digit too few": (ONE[:-1],),
        "a byte too many": (ONE + "00",),
        "no hex": ("G" + ONE[1:],),
        "no text": (b"\xff" * 32,),
        "all zero": ("00" * 16,),
        "the second all zero": (ONE, "00" * 16),
        "the same twice": (ONE, ONE.lower()),
    }

    @pytest.mark.parametrize("entries", WRONG.values(), ids=list(WRONG))
    def test_components_that_are_none(
        self, file: Path, entries: tuple[str | bytes | None, ...]
    ) -> None:
        """The ceremony ends, the file is what it was, and what was typed is wiped and not said."""
        before, people = file.read_bytes(), Scripted(*entries)
        with pytest.raises(ComponentWrong) as caught:
            import_key(file, ask, IRK, people)
        assert file.read_bytes() == before
        assert people.confirmed == []
        assert all(entry is None or not any(entry) for entry in people.entries)
        told = "".join(traceback.format_exception(caught.value)) + caught.value.cause("zh")
        assert ONE[4:16] not in told.upper()

    @pytest.mark.parametrize("entries", [(ONE, OTHER, ONE), (ONE, ONE, OTHER), (KEY, ONE, ONE)])
    def test_two_of_three_are_the_same(self, file: Path, entries: tuple[str, ...]) -> None:
        """They cancel each other out, and the third alone would be the whole key."""
        people = Scripted(*entries)
        with pytest.raises(ComponentWrong) as caught:
            import_key(file, ask, IRK, people, components=3)
        assert "same" in caught.value.cause("en")
        assert people.confirmed == []

    def test_three_that_cancel_out(self, file: Path) -> None:
        """Each is fit and the key would be all zero, which everybody can guess."""
        with pytest.raises(ComponentWrong):
            import_key(file, ask, IRK, Scripted(ONE, OTHER, KEY), components=3)

    def test_mistyped_once(self, file: Path) -> None:
        """A digit too few is said and asked for again; nobody else has to begin anew."""
        people = Scripted(ONE[:-1], OTHER)
        people.second_try = bytearray(ONE.encode())
        held = import_key(file, ask, IRK, people)
        assert held.roots[0].value == Secret(bytes.fromhex(KEY))
        assert people.asked == [(1, 2), (1, 2), (2, 2)]
        assert "32" in people.complaints[0].cause("zh")

    def test_parity_is_no_difference(self, file: Path) -> None:
        """3DES leaves out the last bit of each byte: keys that differ there alone are the same."""
        flipped = bytes(each ^ 1 for each in bytes.fromhex(ONE)).hex()
        for entries in ((ONE, flipped), ("01" * 16, ONE)):
            with pytest.raises(ComponentWrong):
                import_key(file, ask, IRK, Scripted(*entries))

    def test_a_key_of_two_equal_halves(self, file: Path) -> None:
        """K ‖ K is single DES, which is broken in a day."""
        other = bytes(
            one ^ half
            for one, half in zip(
                bytes.fromhex(ONE), bytes.fromhex("0123456789ABCDEF0123456789ABCDEE"), strict=True
            )
        )
        with pytest.raises(ComponentWrong, match="component"):
            import_key(file, ask, IRK, Scripted(ONE, other.hex()))

    def test_a_check_value_from_paper(self, file: Path) -> None:
        """One that fits is not enough, people agree too; one that does not ends the ceremony."""
        before = file.read_bytes()
        for people, check in (
            (Scripted(ONE, OTHER), "08D7B5"),
            (Scripted(ONE, OTHER, agree=False), "08D7B4"),
            (Scripted(ONE, OTHER, agree=False), None),
        ):
            with pytest.raises(CeremonyStopped):
                import_key(file, ask, IRK, people, check_value=check and bytes.fromhex(check))
            assert bool(people.confirmed) == (check != "08D7B5")
            assert file.read_bytes() == before
        held = import_key(
            file, ask, IRK, Scripted(ONE, OTHER), check_value=bytes.fromhex("2677F46B09C122CC")
        )
        assert len(held.roots) == 1

    def test_a_key_that_is_there(self, file: Path) -> None:
        """It is not replaced in passing: nobody has to type for nothing, and --replace says so."""
        import_key(file, ask, IRK, Scripted(ONE, OTHER))
        people = Scripted(ONE, KEY)
        with pytest.raises(KeyPresent) as caught:
            import_key(file, ask, IRK, people)
        assert "--replace" in caught.value.advice("zh")
        assert people.asked == []
        assert len(import_key(file, ask, IRK, people, version=1).roots) == 2
        held = import_key(file, ask, IRK, Scripted(ONE, KEY), replace=True)
        assert [root.version for root in held.roots] == [None, 1]
        assert held.roots[0].value == Secret(bytes.fromhex(OTHER))

    def test_a_file_that_does_not_open(self, file: Path) -> None:
        """The holders are not asked before the file is known to be the right one."""
        people = Scripted(ONE, OTHER)
        with pytest.raises(KeyFileLocked):
            import_key(file, lambda: Secret(b"another"), IRK, people)
        assert people.asked == []

    def test_interrupted(self, file: Path) -> None:
        """Ctrl-C at any question leaves the file as it was and nothing typed in memory."""

        class Leaving(Scripted):
            def __init__(self, leave: str) -> None:
                super().__init__(ONE, OTHER)
                self._leave = leave

            def _at(self, place: str) -> None:
                if place == self._leave:
                    raise KeyboardInterrupt

            def enter(self, number: int, count: int) -> bytearray | None:
                self._at(f"enter {number}")
                return super().enter(number, count)

            def compare(self, number: int, values: CheckValues) -> None:
                self._at(f"compare {number}")
                super().compare(number, values)

            def confirm(self, values: CheckValues) -> bool:
                self._at("confirm")
                return super().confirm(values)

        before = file.read_bytes()
        for leave in ("enter 1", "compare 1", "enter 2", "compare 2", "confirm"):
            people = Leaving(leave)
            with pytest.raises(KeyboardInterrupt):
                import_key(file, ask, IRK, people)
            assert file.read_bytes() == before
            assert list(file.parent.iterdir()) == [file]
            given = people.entries[: len(people.asked)]
            assert not any(any(entry or b"") for entry in given)


def forms(secret: bytes) -> list[str]:
    """Write a secret as it might turn up: hex, decimal, base64, Python's own, a list of numbers."""
    return [
        secret.hex(),
        secret.hex(" "),
        str(int.from_bytes(secret, "big")),
        str(int.from_bytes(secret, "little")),
        base64.b64encode(secret).decode().rstrip("=").lower(),
        base64.b64encode(secret.hex().encode()).decode().rstrip("=").lower(),
        repr(secret)[2:-1].lower(),
        ", ".join(str(byte) for byte in secret),
    ]


def test_no_exception_carries_a_secret(file: Path) -> None:
    """Random keys and passphrases, every way it can fail: nothing of them is in what is said."""
    passphrase = secrets.token_hex(12).encode()
    one, other = secrets.token_bytes(16), secrets.token_bytes(16)
    whole = bytes(a ^ b for a, b in zip(one, other, strict=True))
    path = file.with_name("random.json")
    create(path, KeySet("test", "national"), Secret(passphrase))
    import_key(path, lambda: Secret(passphrase), IRK, Scripted(one.hex(), other.hex()))

    def failing(*entries: str, given: bytes = passphrase, **options: Any) -> Callable[[], object]:
        people = Scripted(*entries, agree=False)
        key = CardKey("SSSE", "PUK")
        return lambda: import_key(path, lambda: Secret(given), key, people, **options)

    told = ""
    for attempt in (
        failing(one.hex(), other.hex()),
        failing(one.hex(), one.hex()),
        failing(one.hex()[:-1]),
        failing(one.hex(), other.hex() + "x"),
        failing(one.hex(), other.hex(), check_value=b"\1\2\3"),
        failing(given=passphrase + b"x"),
        lambda: open_file(path, lambda: Secret(passphrase[::-1])),
        lambda: create(path, KeySet("test", "city"), Secret(passphrase)),
    ):
        with pytest.raises(GuitaiError) as caught:
            attempt()
        error = caught.value
        told += "".join(
            traceback.TracebackException.from_exception(error, capture_locals=False).format()
        )
        told += repr(error.facts) + error.cause("zh") + error.advice("en")
    told += path.read_text() + repr(open_file(path, lambda: Secret(passphrase)))
    told = told.lower()
    assert "component" in told
    for secret in (passphrase, one, other, whole, one[:8], whole[:8], other[8:]):
        assert [form for form in forms(secret) if form in told] == []
    assert passphrase.decode() not in told
