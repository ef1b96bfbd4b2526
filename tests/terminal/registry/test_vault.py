"""The vault: what is sealed opens under its key in its place, whole, and nowhere else."""

import base64
import hmac
import json
import os
import pickle
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from apdu.secret import Secret
from terminal.errors import (
    FileTrouble,
    PersonalDataDamaged,
    RegistryKeyExists,
    RegistryKeyWrong,
)
from terminal.registry.vault import (
    FORMAT,
    Algorithm,
    RegistryKey,
    Vault,
    load_key,
    make_key_file,
)

ROOT = bytes(range(32))
KEY = RegistryKey("test", Secret(ROOT), Path("test.key"))
OTHER = RegistryKey("other", Secret(ROOT[::-1]), Path("other.key"))
PLACE = "person.name:42"
NAME = "测试·䶮"
GOLDEN = {
    Algorithm.AES_256_GCM: "11000000000000000000000001"
    "01fd0e3a8eca7047d602e222ac32e6c68c18a2cd2fb238f3367685",
    Algorithm.SM4_GCM: "12000000000000000000000001"
    "2a4e477253c504fa095d36d484213f914c1f4a4a06613eff139d9f",
}
SUBKEY = "e8dc4ea0c448b68bf008ae681c2c19385d40b65dbaee74fa5b464dc1970349ed"


def counted() -> Callable[[int], bytes]:
    """Give random bytes that are none, each different."""
    number = iter(range(1, 1000))
    return lambda size: next(number).to_bytes(size)


# --- Sealing -------------------------------------------------------------------------------


@given(st.text(st.characters()), st.text(), st.sampled_from(Algorithm))
def test_round_trip(text: str, place: str, algorithm: Algorithm) -> None:
    """Whatever a name is made of, half a character of a cut cell too, comes back as it was."""
    vault = Vault(KEY, algorithm)
    sealed = vault.seal(place, text)
    assert vault.open(place, sealed) == text
    assert len(sealed) == 1 + 12 + len(text.encode("utf-8", "surrogatepass")) + 16


@pytest.mark.parametrize("algorithm", Algorithm)
def test_nothing_is_to_be_seen(algorithm: Algorithm) -> None:
    """Equal names must not look equal in the database; only the blind index tells."""
    vault = Vault(KEY, algorithm)
    sealed = [vault.seal(PLACE, NAME) for _ in range(50)]
    assert len(set(sealed)) == 50
    assert not any(NAME.encode() in each for each in sealed)
    assert {each[0] for each in sealed} == {algorithm.value}


def test_the_form_is_the_documented_one() -> None:
    """Another program with the root has to be able to open a column in twenty years."""
    sealed = Vault(KEY, random=counted()).seal(PLACE, NAME)
    nonce = (1).to_bytes(12)
    assert sealed[:13] == b"\x11" + nonce
    # RFC 5869 by hand: extract with a salt of zeros, expand one block.
    extracted = hmac.digest(bytes(32), ROOT, "sha256")
    key = hmac.digest(extracted, b"guitai.registry/1 aes-256-gcm\x01", "sha256")
    associated = b"\x11" + PLACE.encode()
    assert sealed[13:] == AESGCM(key).encrypt(nonce, NAME.encode(), associated)


def test_golden_columns() -> None:
    """A change of labels or layout would make every registry in the field unreadable."""
    for algorithm, expected in GOLDEN.items():
        sealed = Vault(KEY, algorithm, random=counted()).seal(PLACE, NAME)
        assert sealed.hex() == expected
    vault = Vault(KEY)
    assert vault.blind("person.number", "TEST").hex() == "73b0f8b0a16d55eb3ed3c9fd0e142843"
    assert vault.check_value == "2d957e3627a43e57"
    assert (
        vault.subkey("audit").reveal().hex()
        == "e8dc4ea0c448b68bf008ae681c2c19385d40b65dbaee74fa5b464dc1970349ed"
    )


@pytest.mark.parametrize("writes", Algorithm)
@pytest.mark.parametrize("reads", Algorithm)
def test_both_algorithms_are_read(writes: Algorithm, reads: Algorithm) -> None:
    """An outlet that changes to SM4 keeps reading what it wrote before, and back."""
    sealed = Vault(KEY, writes).seal(PLACE, NAME)
    assert Vault(KEY, reads).open(PLACE, sealed) == NAME


@pytest.mark.parametrize("algorithm", Algorithm)
def test_a_column_that_was_moved(algorithm: Algorithm) -> None:
    """One person's name in another's row would be read as theirs, were it not bound to its row."""
    vault = Vault(KEY, algorithm)
    sealed = vault.seal(PLACE, NAME)
    for place in ("person.name:43", "person.number:42", "person.name:4", "", PLACE + "\0"):
        with pytest.raises(PersonalDataDamaged) as caught:
            vault.open(place, sealed)
        assert caught.value.facts == {"place": place}


@pytest.mark.parametrize("algorithm", Algorithm)
def test_every_bit_counts(algorithm: Algorithm) -> None:
    """A hand in the database is noticed wherever it was."""
    vault = Vault(KEY, algorithm)
    sealed = vault.seal(PLACE, NAME)
    for place in range(len(sealed)):
        for bit in range(8):
            altered = bytearray(sealed)
            altered[place] ^= 1 << bit
            with pytest.raises(PersonalDataDamaged):
                vault.open(PLACE, bytes(altered))


@pytest.mark.parametrize("algorithm", Algorithm)
def test_every_length_counts(algorithm: Algorithm) -> None:
    """A column cut short, empty or with something behind is damaged, not a traceback."""
    vault = Vault(KEY, algorithm)
    sealed = vault.seal(PLACE, NAME)
    for data in (*(sealed[:end] for end in range(len(sealed))), sealed + b"\0", bytes(1000)):
        with pytest.raises(PersonalDataDamaged):
            vault.open(PLACE, data)


def test_one_algorithm_is_not_taken_for_the_other() -> None:
    """The first byte chooses the cipher, so it is bound to what it chose."""
    sealed = Vault(KEY, Algorithm.SM4_GCM).seal(PLACE, NAME)
    with pytest.raises(PersonalDataDamaged):
        Vault(KEY).open(PLACE, bytes([Algorithm.AES_256_GCM.value]) + sealed[1:])


def test_another_key() -> None:
    """A registry opened with another outlet's key shows nothing."""
    with pytest.raises(PersonalDataDamaged):
        Vault(OTHER).open(PLACE, Vault(KEY).seal(PLACE, NAME))


# --- The blind index and other keys --------------------------------------------------------


def test_the_blind_index() -> None:
    """Equal values are found in one domain; domains and keys tell nothing of each other."""
    vault = Vault(KEY)
    index = vault.blind("person.number", "TEST")
    assert len(index) == 16
    assert vault.blind("person.number", "TEST") == index
    assert Vault(KEY, Algorithm.SM4_GCM).blind("person.number", "TEST") == index
    others = {
        vault.blind("person.name", "TEST"),
        vault.blind("person.number", "TEST "),
        vault.blind("person.numbe", "rTEST"),
        vault.blind("person.number\0", "TEST"),
        vault.blind("", "person.numberTEST"),
        Vault(OTHER).blind("person.number", "TEST"),
    }
    assert len(others | {index}) == 7


def test_every_purpose_has_its_own_key() -> None:
    """Who gets the audit chain's key must not be able to open a name with it."""
    vault = Vault(KEY)
    labels = ("audit", "aes-256-gcm", "sm4-gcm", "blind index", "check value", "", "subkey audit")
    keys = {vault.subkey(label) for label in labels}
    keys |= {vault._derive(label) for label in labels}
    assert len(keys) == 2 * len(labels) - 1  # subkey("audit") is the one of "subkey audit"
    assert Secret(ROOT) not in keys
    assert vault.subkey("audit") == Vault(KEY).subkey("audit")
    assert len(vault.subkey("audit")) == 32


def test_a_database_knows_its_key() -> None:
    """Data written under two keys would be lost for both: another key is refused at opening."""
    vault = Vault(KEY)
    vault.recognise(Vault(KEY, Algorithm.SM4_GCM).check_value)
    same_name = Vault(RegistryKey("test", OTHER.root, Path("copy.key")))
    for stranger in (Vault(OTHER), same_name):
        with pytest.raises(RegistryKeyWrong) as caught:
            stranger.recognise(vault.check_value)
        assert caught.value.facts["path"] in {OTHER.path, Path("copy.key")}


def test_keys_do_not_show() -> None:
    """No text form, copy or error carries the root."""
    vault = Vault(KEY)
    assert repr(vault) == "Vault(test, AES_256_GCM)"
    for shown in (repr(KEY), str(vault), repr(vault._sealers)):
        assert ROOT.hex() not in shown
        assert repr(ROOT) not in shown
    for thing in (vault, KEY):
        with pytest.raises(TypeError, match="not pickled"):
            pickle.dumps(thing)


# --- The key file --------------------------------------------------------------------------


def test_make_and_load(tmp_path: Path) -> None:
    """A new key is its user's alone whatever the umask, and comes back as it was made."""
    path = tmp_path / "registry.key"
    before = os.umask(0)
    try:
        key_id = make_key_file(path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    key = load_key(path)
    assert key.id == key_id
    assert len(key.root) == 32
    assert list(tmp_path.iterdir()) == [path]


def test_keys_are_new_each_time(tmp_path: Path) -> None:
    """Two outlets that make a key share none."""
    paths = [tmp_path / str(each) for each in range(5)]
    ids = {make_key_file(path) for path in paths}
    assert len(ids) == len({load_key(path).root for path in paths}) == 5


def test_never_overwritten(tmp_path: Path) -> None:
    """The old key is all that opens the old data; a link in its place is no way around."""
    path = tmp_path / "registry.key"
    make_key_file(path)
    before = path.read_bytes()
    dangling = tmp_path / "link"
    dangling.symlink_to(tmp_path / "elsewhere")
    for there in (path, dangling, tmp_path):
        with pytest.raises(RegistryKeyExists):
            make_key_file(there)
    assert path.read_bytes() == before
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("name", ["none/registry.key", "x" * 300, "nul\0"])
def test_nowhere_to_write(tmp_path: Path, name: str) -> None:
    """A folder that is not there is told in words."""
    with pytest.raises(FileTrouble):
        make_key_file(tmp_path / name)


def test_a_full_disk_leaves_no_half_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a key file would be taken for a key that is there, and stand in a whole one's way."""

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "registry.key"
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(FileTrouble):
            make_key_file(path)
    assert not path.exists()
    make_key_file(path)


def test_others_may_use_it(tmp_path: Path) -> None:
    """A key that others could have read protects nothing."""
    path = tmp_path / "registry.key"
    make_key_file(path)
    path.chmod(0o640)
    with pytest.raises(RegistryKeyWrong) as caught:
        load_key(path)
    assert "chmod 600" in caught.value.cause("zh")


def test_a_missing_key_file(tmp_path: Path) -> None:
    """The advice is to restore it; a new key would lock the old data for good."""
    with pytest.raises(RegistryKeyWrong) as caught:
        load_key(tmp_path / "registry.key")
    assert "备份" in caught.value.advice("zh")


def _document(**changes: object) -> bytes:
    whole = {"format": FORMAT, "id": "test", "root": base64.b64encode(ROOT).decode()}
    document = {name: value for name, value in (whole | changes).items() if value is not None}
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"\xff\xfe",
        b"[" * 100_000,
        _document(format="guitai.registry-key/2"),
        _document(format=None),
        _document(id=""),
        _document(id=7),
        _document(id="a b\x1b[2J"),
        _document(id=None),
        _document(root=None),
        _document(root=7),
        _document(root="测试"),
        _document(root="not base64"),
        _document(root=base64.b64encode(ROOT[:31]).decode()),
        _document(root=base64.b64encode(ROOT + b"\0").decode()),
        _document(more="x"),
    ],
)
def test_files_that_are_no_keys(tmp_path: Path, data: bytes) -> None:
    """Whatever lies in its place is told in words, and no byte of it is shown."""
    path = tmp_path / "registry.key"
    path.write_bytes(data)
    path.chmod(0o600)
    with pytest.raises(RegistryKeyWrong) as caught:
        load_key(path)
    assert FORMAT in caught.value.cause("zh")
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_the_whole_document_is_a_key(tmp_path: Path) -> None:
    """The cases above differ from this one in the one thing that each is about."""
    path = tmp_path / "registry.key"
    path.write_bytes(_document())
    path.chmod(0o600)
    assert load_key(path) == KEY
