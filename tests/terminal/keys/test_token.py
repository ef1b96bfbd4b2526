"""Keys in a PKCS#11 token: what never leaves it, how one logs in, and what goes wrong."""

import ctypes
import shutil
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pkcs11
import pytest
from key_services import KEYS, P1, P2
from pkcs11 import Attribute, KeyType, ObjectClass
from softhsm import MODULE, PIN, directory_of, new_token, token_with

from apdu.secret import Secret
from card_profiles.development_keys import distinct, uniform
from terminal.config import Token as TokenSettings
from terminal.errors import (
    FileTrouble,
    GuitaiError,
    KeyMissing,
    TokenLoggedOut,
    TokenMissing,
    TokenRefused,
)
from terminal.keys import token_store
from terminal.keys.service import CardIdentity, CardKey
from terminal.keys.token import TokenKeys, from_settings
from terminal.keys.token_line import TokenLine
from terminal.keys.token_store import CATALOGUE, install

IRK, PUK = CardKey("SSSE", "IRK"), CardKey("SSSE", "PUK")
FACTOR = bytes.fromhex("1122334455667788")
ORIGINAL = bytes.fromhex("A1A2A3A4A5A6A7A8")
P1_PROOF = "F3610F94C1077F0E"
WRONG_PIN = "WRONG-PIN-8264"
OWN_ROOT = bytes.fromhex("5AC3E1F00F1E3CA55AC3E1F00F1E3CA7")
"""TEST KEY: none of the development sets."""


def opened(label: str, pin: Secret = PIN) -> TokenKeys:
    return TokenKeys(MODULE, label, lambda: pin)


def prove(keys: TokenKeys, card: CardIdentity = P1, key: CardKey = IRK) -> str:
    return keys.authentication_data(card, key, FACTOR, ORIGINAL).hex().upper()


def held_by(keys: TokenKeys) -> Any:
    """Give the PKCS#11 session of a service."""
    with keys._line.use("test") as session:
        return session


def objects(session: Any, kind: ObjectClass, label: str | None = None) -> list[Any]:
    wanted: dict[Attribute, Any] = {Attribute.CLASS: kind}
    return list(session.get_objects(wanted | ({Attribute.LABEL: label} if label else {})))


def said(error: BaseException) -> str:
    """Everything that an error shows, with what caused it."""
    shown = "".join(traceback.format_exception(error)) + repr(error)
    if isinstance(error, GuitaiError):
        for language in ("zh", "en"):
            shown += error.message(language) + error.cause(language) + error.advice(language)
    return shown


@pytest.fixture(scope="module")
def token() -> str:
    """A token with the uniform set."""
    return token_with(KEYS, uniform)


@pytest.fixture
def keys(token: str) -> Iterator[TokenKeys]:
    with closing(opened(token)) as keys:
        yield keys


@pytest.fixture
def logins(monkeypatch: pytest.MonkeyPatch) -> list[Secret]:
    """What is sent to tokens as a PIN."""
    sent: list[Secret] = []
    enter = TokenLine._enter

    def noted(line: TokenLine, token: Any, pin: Secret, *, write: bool) -> Any:
        sent.append(pin)
        return enter(line, token, pin, write=write)

    monkeypatch.setattr(TokenLine, "_enter", noted)
    return sent


# --- What is in it -------------------------------------------------------------------------


def test_roots_cannot_be_read(keys: TokenKeys) -> None:
    """The token is asked for every secret it has, and gives none."""
    held = objects(held_by(keys), ObjectClass.SECRET_KEY)
    assert len(held) == len(KEYS) + 1, "the roots, and the key that seals"
    for each in held:
        assert each[Attribute.SENSITIVE]
        assert not each[Attribute.EXTRACTABLE]
        with pytest.raises(pkcs11.AttributeSensitive):
            _ = each[Attribute.VALUE]


def test_3des_roots_do_nothing_but_encipher(keys: TokenKeys) -> None:
    """A root that wrapped others would carry them out of the token."""
    (root,) = objects(held_by(keys), ObjectClass.SECRET_KEY, "SSSE/IRK")
    assert root[Attribute.ENCRYPT]
    for use in ("DECRYPT", "SIGN", "VERIFY", "WRAP", "UNWRAP", "DERIVE"):
        assert not root[Attribute[use]]


def test_nothing_lies_in_clear_in_the_token(keys: TokenKeys) -> None:
    """SM4 roots are data objects; whoever reads those, or copies the token, has no root."""
    root = uniform("", "")
    session = held_by(keys)
    sealed = [each[Attribute.VALUE] for each in objects(session, ObjectClass.DATA)]
    files = [each for each in directory_of(session.token.serial).rglob("*") if each.is_file()]
    assert (len(sealed), len(files) > 2 * len(KEYS)) == (len(KEYS) + 1, True)
    assert not [each for each in sealed if root in each]
    assert not [each for each in files if root in each.read_bytes()]


def test_nothing_is_seen_without_the_pin(token: str) -> None:
    """Private objects are for those who know the PIN."""
    keys = opened(token)
    of_token = held_by(keys).token
    keys.close()
    with of_token.open() as anonymous:
        assert list(anonymous.get_objects()) == []


def test_an_sm4_root_is_bound_to_its_name() -> None:
    """Put in PUK's place, IRK's root does not open; another family's keys go on."""
    label = token_with([IRK, PUK], distinct)
    line = TokenLine(MODULE, label, lambda: PIN)
    with line.use("test", write=True) as session:
        (irk,) = objects(session, ObjectClass.DATA, str(IRK))
        (puk,) = objects(session, ObjectClass.DATA, str(PUK))
        moved = irk[Attribute.VALUE]
        puk.destroy()
        session.create_object(
            {
                Attribute.CLASS: ObjectClass.DATA,
                Attribute.APPLICATION: "guitai",
                Attribute.LABEL: str(PUK),
                Attribute.VALUE: moved,
                Attribute.TOKEN: True,
                Attribute.PRIVATE: True,
            }
        )
    line.drop()
    with closing(opened(label)) as keys:
        with pytest.raises(TokenRefused, match="AES-GCM SSSE/PUK"):
            prove(keys, P1, PUK)
        assert prove(keys, P2, PUK) != prove(keys, P1, IRK)


# P1's keys under SM4, P2's card key under 3DES: social-security-card.md §8.3 and
# card-interface-functions.md §12.
@pytest.mark.parametrize(
    ("card", "level", "root"),
    [
        (P1, "national", "00112233445566778899AABBCCDDEEFF"),
        (P1, "province", "5D6A02AED89493B2B831243112020A1D"),
        (P1, "city", "17E42F549801B4415B27A0420CFBE768"),
        (P1, "card", "7E3E2C80C3C1FC2E4C52C5154CF4F0E2"),
        (P2, "national", "00112233445566778899AABBCCDDEEFF"),
        (P2, "card", "D2929703376A05AD30902BA2480248BE"),
    ],
)
def test_levels(card: CardIdentity, level: str, root: str) -> None:
    """A token may hold national, provincial, city or card keys; only steps below are made."""
    challenge, proof = (
        ("1122334455667788 A1A2A3A4A5A6A7A8", P1_PROOF)
        if card is P1
        else ("2021222324252627 3031323334353637", "40B3425422D85C54")
    )
    label = token_with([IRK], lambda *_: bytes.fromhex(root), level=level)
    factor, original = (bytes.fromhex(each) for each in challenge.split())
    with closing(opened(label)) as keys:
        assert keys.level == level
        made = keys.authentication_data(card, IRK, factor, original)
    assert made.hex().upper() == proof


def test_a_key_that_is_not_there(keys: TokenKeys) -> None:
    """It is named; the token is asked for no other in its place."""
    with pytest.raises(KeyMissing, match="DF02/RK1DF02"):
        prove(keys, P2, CardKey("DF02", "RK1DF02"))


# --- Putting keys in -----------------------------------------------------------------------


def roots(*names: CardKey, root: bytes = OWN_ROOT) -> dict[CardKey, Secret]:
    return dict.fromkeys(names, Secret(root))


@pytest.mark.parametrize(
    ("mark", "root_of", "test_keys"),
    [
        ("live", lambda *_: OWN_ROOT, False),
        ("test", lambda *_: OWN_ROOT, True),
        ("live", uniform, True),
        ("live", distinct, True),
    ],
    ids=["live", "test", "uniform", "distinct"],
)
def test_marks(mark: str, root_of: Callable[[str, str], bytes], test_keys: bool) -> None:
    """A key that everybody knows is a test key whatever it is called."""
    with closing(opened(token_with([IRK, PUK], root_of, mark=mark))) as keys:
        assert keys.test_keys is test_keys


def test_one_known_root_is_enough() -> None:
    """Among live keys a development key in either family makes the token one for tests."""
    label = new_token()
    install(MODULE, label, PIN, roots(IRK), mark="live")
    install(MODULE, label, PIN, roots(PUK, root=distinct("SSSE", "PUK")), mark="live")
    with closing(opened(label)) as keys:
        assert keys.test_keys


def test_keys_can_be_added_and_are_not_replaced() -> None:
    """A second ceremony adds keys; one that names a key again changes nothing."""
    label = new_token()
    install(MODULE, label, PIN, roots(IRK, root=uniform("", "")), mark="test")
    install(MODULE, label, PIN, roots(PUK), mark="test")
    with pytest.raises(TokenRefused, match="SSSE/PUK"):
        install(MODULE, label, PIN, roots(CardKey("SSSE", "BK"), PUK), mark="test")
    with pytest.raises(TokenRefused):
        install(MODULE, label, PIN, roots(CardKey("SSSE", "BK")), mark="live")
    with pytest.raises(TokenRefused):
        install(MODULE, label, PIN, roots(CardKey("SSSE", "BK")), mark="test", level="card")
    with closing(opened(label)) as keys:
        assert [keys.holds(P1, key) for key in (IRK, PUK, CardKey("SSSE", "BK"))] == [
            True,
            True,
            False,
        ]
        assert prove(keys) == P1_PROOF


def test_all_or_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """An import that breaks off leaves nothing behind, and can be made again."""
    label = new_token()
    seal = token_store._gcm

    def broken(library: Any, key: CardKey, nonce: bytes) -> dict[str, Any]:
        if key == PUK:
            raise pkcs11.DeviceMemory
        return seal(library, key, nonce)

    with monkeypatch.context() as patch:
        patch.setattr(token_store, "_gcm", broken)
        with pytest.raises(TokenRefused):
            install(MODULE, label, PIN, roots(IRK, PUK), mark="test")
    line = TokenLine(MODULE, label, lambda: PIN)
    with line.use("test") as session:
        assert list(session.get_objects()) == []
    line.drop()
    install(MODULE, label, PIN, roots(IRK, root=uniform("", "")), mark="test")
    with closing(opened(label)) as keys:
        assert prove(keys) == P1_PROOF


@pytest.mark.parametrize(
    ("name", "size", "mark", "level"),
    [
        ("IRK", 16, "secret", "national"),
        ("IRK", 16, "test", "county"),
        ("IRK", 15, "test", "national"),
        ("密钥", 16, "test", "national"),
    ],
)
def test_what_is_no_key(name: str, size: int, mark: str, level: str) -> None:
    """A mistake of the caller is found before the token is asked for anything."""
    wrong = {CardKey("SSSE", name): Secret(bytes(size))}
    with pytest.raises(ValueError, match=r"no level|not ASCII"):
        install("/nonexistent/module.so", "none", PIN, wrong, mark=mark, level=level)


# --- Logging in ----------------------------------------------------------------------------


def test_a_wrong_pin_is_sent_once(token: str, logins: list[Secret]) -> None:
    """Tokens lock after some tries: nothing in this process spends a second one on it."""
    for _ in range(3):
        with pytest.raises(TokenLoggedOut) as caught:
            opened(token, Secret(WRONG_PIN.encode()))
        assert WRONG_PIN not in said(caught.value)
    assert logins == [Secret(WRONG_PIN.encode())]
    with closing(opened(token)) as keys:
        assert prove(keys) == P1_PROOF, "the right one is another matter"


def test_a_pin_is_corrected_while_it_runs(token: str, tmp_path: Path, logins: list[Secret]) -> None:
    """Whoever mends the PIN's file need not restart the counter."""
    file = tmp_path / "pin"
    file.write_bytes(b"FORMER-PIN-5\n")
    file.chmod(0o600)
    settings = TokenSettings(module=MODULE, label=token, pin_file=str(file))
    with pytest.raises(TokenLoggedOut):
        from_settings(settings)
    file.write_bytes(PIN.reveal() + b"\n")
    with closing(from_settings(settings)) as keys:
        assert prove(keys) == P1_PROOF
    assert len(logins) == 2


@pytest.mark.parametrize("flag", ["USER_PIN_FINAL_TRY", "USER_PIN_LOCKED"])
def test_the_last_try_is_not_ours(
    keys: TokenKeys, logins: list[Secret], monkeypatch: pytest.MonkeyPatch, flag: str
) -> None:
    """Where one more wrong PIN would lock the token, a person has to log in."""
    serial = held_by(keys).token.serial
    last = SimpleNamespace(flags=pkcs11.TokenFlag[flag], serial=serial)
    monkeypatch.setattr(TokenLine, "_find", lambda _: last)
    keys.close()
    with pytest.raises(TokenLoggedOut):
        prove(keys)
    assert logins == []


def log_out(session: Any) -> None:
    """Log out as another part of the process may: the login is the process's."""
    assert ctypes.CDLL(MODULE).C_Logout(session.handle) == 0


def close_session(session: Any) -> None:
    session.close()


def finalise(session: Any) -> None:
    """Let the library go, as whoever loaded it too may do."""
    pkcs11.lib(MODULE).finalize()


@pytest.mark.parametrize("card", [P1, P2], ids=["SM4", "3DES"])
@pytest.mark.parametrize("from_outside", [log_out, close_session, finalise])
def test_logged_out_from_outside(
    keys: TokenKeys, logins: list[Secret], from_outside: Callable[[Any], None], card: CardIdentity
) -> None:
    """One operation says so, the next logs in afresh, once."""
    before = prove(keys, card)
    from_outside(held_by(keys))
    with pytest.raises(TokenLoggedOut):
        prove(keys, card)
    assert logins == []
    assert prove(keys, card) == before
    assert logins == [PIN]


def test_a_pin_changed_meanwhile(token: str, logins: list[Secret]) -> None:
    """After a logout the new login may be refused: then it stays at that, and the PIN unsent."""
    pins = [PIN, Secret(b"OTHER-PIN-11"), Secret(b"OTHER-PIN-11")]
    keys = TokenKeys(MODULE, token, lambda: pins.pop(0))
    log_out(held_by(keys))
    for _ in range(3):
        with pytest.raises(TokenLoggedOut):
            prove(keys)
        pins = pins or [Secret(b"OTHER-PIN-11")]
    assert logins == [PIN, Secret(b"OTHER-PIN-11")]
    keys.close()


def test_two_services_of_one_process(token: str, keys: TokenKeys) -> None:
    """A login is the process's: the second joins it, and survives the first's end."""
    with closing(opened(token)) as second:
        assert prove(second) == prove(keys) == P1_PROOF
        keys.close()
        with pytest.raises(TokenLoggedOut):
            prove(second)
        assert prove(second) == P1_PROOF


def test_no_pin_in_the_settings(token: str) -> None:
    """It is said which setting is missing."""
    with pytest.raises(TokenLoggedOut) as caught:
        from_settings(TokenSettings(module=MODULE, label=token))
    assert "keys.token.pin_file" in caught.value.cause("zh")


def test_pin_files(token: str, tmp_path: Path) -> None:
    """A PIN that others may read is no PIN; neither is one that is not there, or no text."""
    file = tmp_path / "pin"
    settings = TokenSettings(module=MODULE, label=token, pin_file=str(file))
    with pytest.raises(FileTrouble, match="pin"):
        from_settings(settings)
    file.write_bytes(PIN.reveal())
    file.chmod(0o640)
    with pytest.raises(FileTrouble) as caught:
        from_settings(settings)
    assert PIN.reveal().decode() not in said(caught.value)
    file.chmod(0o600)
    file.write_bytes(b"\xff\xfePIN-99")
    with pytest.raises(TokenLoggedOut) as undecodable:
        from_settings(settings)
    assert "PIN-99" not in said(undecodable.value)


# --- What is not there, what is refused ----------------------------------------------------


@pytest.mark.parametrize(
    "module", ["/nonexistent/module.so", "libc.so.6"], ids=["no file", "no PKCS#11 library"]
)
def test_no_module(module: str) -> None:
    """The library's own words are passed on."""
    with pytest.raises(TokenMissing) as caught:
        TokenKeys(module, "any", lambda: PIN)
    assert module in caught.value.cause("en")


def test_no_such_token(token: str, logins: list[Secret]) -> None:
    """No other token is tried with this one's PIN."""
    with pytest.raises(TokenMissing, match="guitai-none"):
        opened("guitai-none")
    assert logins == []


def test_without_python_pkcs11(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an optional dependency; who lacks it is told what to install."""
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    with pytest.raises(TokenMissing) as caught:
        opened("any")
    assert "guitai[token]" in caught.value.cause("en")


@pytest.mark.parametrize("card", [P1, P2], ids=["SM4", "3DES"])
def test_a_token_that_went(card: CardIdentity) -> None:
    """Pulled while in use: missing, at once and as long as it is away; others do not mind."""
    with closing(opened(token_with([IRK], uniform))) as keys:
        prove(keys, card)
        shutil.rmtree(directory_of(held_by(keys).token.serial))
        for _ in range(2):
            with pytest.raises(TokenMissing):
                prove(keys, card)
    with closing(opened(token_with([IRK], uniform))) as others:
        assert prove(others) == P1_PROOF


def test_an_empty_token() -> None:
    """A token that nobody put keys into is not taken for one that has none of a name."""
    with pytest.raises(TokenRefused, match=CATALOGUE):
        opened(new_token())


def test_a_use_that_is_refused() -> None:
    """A root that may not encipher is of no use; the token says so, and stays open."""
    label = token_with([PUK], uniform)
    line = TokenLine(MODULE, label, lambda: PIN)
    with line.use("test", write=True) as session:
        session.create_object(
            {
                Attribute.CLASS: ObjectClass.SECRET_KEY,
                Attribute.KEY_TYPE: KeyType.DES2,
                Attribute.LABEL: str(IRK),
                Attribute.VALUE: OWN_ROOT,
                Attribute.TOKEN: True,
                Attribute.PRIVATE: True,
                Attribute.ENCRYPT: False,
            }
        )
    line.drop()
    with closing(opened(label)) as keys:
        with pytest.raises(TokenRefused, match="SSSE/IRK") as caught:
            prove(keys, P2)
        assert OWN_ROOT.hex() not in said(caught.value).lower()
        assert prove(keys, P2, PUK) != ""


def test_two_keys_of_one_name() -> None:
    """Which of them is meant nobody can tell: neither is used."""
    label = token_with([IRK], uniform)
    line = TokenLine(MODULE, label, lambda: PIN)
    with line.use("test", write=True) as session:
        session.create_object(
            {
                Attribute.CLASS: ObjectClass.SECRET_KEY,
                Attribute.KEY_TYPE: KeyType.DES2,
                Attribute.LABEL: str(IRK),
                Attribute.VALUE: OWN_ROOT,
                Attribute.TOKEN: True,
            }
        )
    line.drop()
    with pytest.raises(TokenRefused, match="SSSE/IRK"):
        opened(label)


def test_keys_and_pins_do_not_show(keys: TokenKeys) -> None:
    """Whoever prints the service or its parts sees neither."""
    shown = repr(keys) + repr(vars(keys)) + repr(vars(keys._line))
    assert uniform("", "").hex() not in shown.lower()
    assert PIN.reveal().decode() not in shown
