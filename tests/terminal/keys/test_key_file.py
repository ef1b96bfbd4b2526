"""The encrypted key file: what opens it, what does not, and that it is whole whatever happens."""

import base64
import errno
import hashlib
import json
import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apdu.secret import Secret
from card_profiles import development_keys
from terminal.errors import (
    FileTrouble,
    KeyFileChanged,
    KeyFileExists,
    KeyFileLocked,
    KeyFileWrong,
)
from terminal.keys import key_file
from terminal.keys.key_file import (
    LEAST_COST,
    MOST_COST,
    KeyFile,
    KeySet,
    Root,
    create,
    is_known,
    open_file,
    seal,
)
from terminal.keys.service import CardKey
from terminal.private_files import MOST_BYTES, read_file

PASSPHRASE = Secret("TEST KEY 口令".encode())
IRK, PUK = CardKey("SSSE", "IRK"), CardKey("SSSE", "PUK")
ONE = Root(IRK, Secret(bytes.fromhex("5A" * 16)))
TWO = Root(PUK, Secret(bytes.fromhex("A5" * 16)), 2)
KEYS = KeySet("test", "city", (ONE, TWO))

# A TEST KEY file made with hashlib.scrypt and the rules of docs/keys.md, by none of our code.
CIPHERTEXT = (
    "Z5ELHRm12+sajmbhbMRsrYIJgmstC5OMoMZdcT51rxjeQZe6BRNDZ27YFRTt8n3ycu6Mm12ma6Un"
    "3xLC/M6Msu9ay3kKscAB5FCtrkeNdw4JmqbICA3QWGjnX2aDE0S7kPpoOAExb2pft3oKB45Dc816"
    "4Z/JIvwYZtMGJg0viLabe2AjtRolPX09llV8xDJjbQkQ06CBm/N3IZ/T3ws9VlsHfGr++dU8EGgj"
    "F3/Cn7SXoaxQ23Dwqotd6IxQ4s29Aa+FhX4qZsgCF/b5KJYlxG8/nSZb+9Tf0QpN80tXEZ2g"
)
GOLDEN = """{
  "format": "guitai.keys/2",
  "mark": "test",
  "level": "city",
  "kdf": {
    "name": "scrypt",
    "n": 32768,
    "r": 8,
    "p": 1,
    "salt": "AAECAwQFBgcICQoLDA0ODw=="
  },
  "cipher": "aes-256-gcm",
  "nonce": "AAECAwQFBgcICQoL",
  "ciphertext": "@CIPHERTEXT@"
}
""".replace("@CIPHERTEXT@", CIPHERTEXT)


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """The least cost that is opened is enough here."""
    whole = seal
    monkeypatch.setattr(key_file, "seal", lambda *given: whole(*given, cost=LEAST_COST))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give a file with two keys, alone in its folder."""
    (tmp_path / "keys").mkdir()
    made = tmp_path / "keys" / "keys.json"
    create(made, KEYS, PASSPHRASE)
    return made


def put(path: Path, text: str | bytes) -> Path:
    """Write a file that nobody else may read."""
    path.touch(mode=0o600)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def ask() -> Secret:
    return PASSPHRASE


def nobody() -> Secret:
    raise AssertionError("asked for a passphrase for what is no key file")


def test_a_file_made_elsewhere_opens(tmp_path: Path) -> None:
    """The format is what the documentation says, today and after every change of this program."""
    assert open_file(put(tmp_path / "golden.json", GOLDEN), ask).keys == KEYS


def test_the_bytes_are_what_the_documentation_says(path: Path) -> None:
    """Opened by hashlib.scrypt and the documented associated data, by none of our code."""
    envelope = json.loads(path.read_bytes())
    sealed = base64.b64decode(envelope.pop("ciphertext"))
    kdf = envelope["kdf"]
    key = hashlib.scrypt(
        PASSPHRASE.reveal(),
        salt=base64.b64decode(kdf["salt"]),
        n=kdf["n"],
        r=8,
        p=1,
        maxmem=1 << 26,
        dklen=32,
    )
    header = json.dumps(envelope, sort_keys=True, separators=(",", ":")).encode()
    plain = AESGCM(key).decrypt(base64.b64decode(envelope["nonce"]), sealed, header)
    assert [each["value"] for each in json.loads(plain)["keys"]] == ["5a" * 16, "a5" * 16]


def test_every_writing_has_its_own_salt_and_nonce() -> None:
    """A nonce used twice under one key would give the keys away."""
    one, other = (json.loads(seal(KEYS, PASSPHRASE, cost=LEAST_COST)) for _ in range(2))
    assert one["nonce"] != other["nonce"]
    assert one["kdf"]["salt"] != other["kdf"]["salt"]


def test_new_files_cost_as_much_as_is_recommended() -> None:
    """A stolen file is only as safe as a try is dear: n = 2¹⁷, r = 8, p = 1."""
    kdf = json.loads(seal(KEYS, PASSPHRASE))["kdf"]
    assert (kdf["n"], kdf["r"], kdf["p"]) == (1 << 17, 8, 1)


@pytest.mark.parametrize("umask", [0, 0o022, 0o777])
def test_for_its_owner_alone(tmp_path: Path, umask: int) -> None:
    """Mode 0600 when it is made and when it is written again, whatever the umask."""
    made, before = tmp_path / "keys.json", os.umask(umask)
    try:
        create(made, KeySet("test", "city"), PASSPHRASE)
        assert stat.S_IMODE(made.stat().st_mode) == 0o600
        open_file(made, ask).save(KEYS)
    finally:
        os.umask(before)
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert open_file(made, ask).keys == KEYS


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610])
def test_a_file_that_others_may_use_is_refused(path: Path, mode: int) -> None:
    """Who can read it may try passphrases at leisure; nobody is asked for one."""
    path.chmod(mode)
    with pytest.raises(KeyFileWrong, match="cannot be used") as caught:
        open_file(path, nobody)
    assert "chmod 600" in caught.value.cause("zh")


def altered(change: Callable[[dict[str, Any]], None]) -> str:
    envelope = json.loads(GOLDEN)
    change(envelope)
    return json.dumps(envelope)


def flip(text: str, place: int = 0) -> str:
    """Change a bit of what base64 stands for."""
    data = bytearray(base64.b64decode(text))
    data[place] ^= 1
    return base64.b64encode(data).decode()


@pytest.mark.parametrize(
    "change",
    [
        lambda envelope: envelope.update(mark="live"),
        lambda envelope: envelope.update(level="national"),
        lambda envelope: envelope["kdf"].update(n=LEAST_COST * 2),
        lambda envelope: envelope["kdf"].update(salt=flip(envelope["kdf"]["salt"])),
        lambda envelope: envelope.update(nonce=flip(envelope["nonce"])),
        lambda envelope: envelope.update(ciphertext=flip(envelope["ciphertext"])),
        lambda envelope: envelope.update(ciphertext=flip(envelope["ciphertext"], -1)),
        lambda envelope: envelope.update(ciphertext="AAAA"),
    ],
)
def test_an_altered_file_answers_like_a_wrong_passphrase(
    tmp_path: Path, change: Callable[[dict[str, Any]], None]
) -> None:
    """Who calls a test file live, or moves its keys to another level, learns and gains nothing."""
    file = put(tmp_path / "keys.json", altered(change))
    with pytest.raises(KeyFileLocked) as caught:
        open_file(file, ask)
    assert caught.value.facts == {"path": file}


@pytest.mark.parametrize("passphrase", ["", "TEST KEY", "TEST KEY 口令 "])
def test_a_wrong_passphrase(tmp_path: Path, passphrase: str) -> None:
    """It is said in the same words as an alteration, down to the facts."""
    file = put(tmp_path / "keys.json", GOLDEN)
    with pytest.raises(KeyFileLocked) as caught:
        open_file(file, lambda: Secret(passphrase.encode()))
    assert caught.value.facts == {"path": file}


MALFORMED = {
    "empty": "",
    "no JSON": "{",
    "a list": "[]",
    "deep": "[" * 100_000,
    "the plain format": 'format = "guitai.keys/1"\n',
    "another format": altered(lambda envelope: envelope.update(format="guitai.keys/3")),
    "no mark": altered(lambda envelope: envelope.pop("mark")),
    "a mark that is none": altered(lambda envelope: envelope.update(mark="secret")),
    "a mark that is a list": altered(lambda envelope: envelope.update(mark=["test"])),
    "a level that is none": altered(lambda envelope: envelope.update(level="county")),
    "something more": altered(lambda envelope: envelope.update(more=1)),
    "a name twice": GOLDEN.replace('"level"', '"mark": "live", "level"'),
    "no kdf": altered(lambda envelope: envelope.update(kdf=None)),
    "another kdf": altered(lambda envelope: envelope["kdf"].update(name="pbkdf2")),
    "much memory": altered(lambda envelope: envelope["kdf"].update(n=MOST_COST * 2)),
    "all memory": altered(lambda envelope: envelope["kdf"].update(n=1 << 62)),
    "little cost": altered(lambda envelope: envelope["kdf"].update(n=LEAST_COST // 2)),
    "no power of two": altered(lambda envelope: envelope["kdf"].update(n=LEAST_COST + 1)),
    "a fraction": altered(lambda envelope: envelope["kdf"].update(n=float(LEAST_COST))),
    "wide blocks": altered(lambda envelope: envelope["kdf"].update(r=1 << 20)),
    "many lanes": altered(lambda envelope: envelope["kdf"].update(p=1 << 20)),
    "short salt": altered(lambda envelope: envelope["kdf"].update(salt="AAAA")),
    "no base64": altered(lambda envelope: envelope["kdf"].update(salt="???")),
    "long nonce": altered(lambda envelope: envelope.update(nonce="A" * 64)),
    "no ciphertext": altered(lambda envelope: envelope.pop("ciphertext")),
    "a number": altered(lambda envelope: envelope.update(ciphertext=1)),
}


@pytest.mark.parametrize("text", MALFORMED.values(), ids=list(MALFORMED))
def test_what_is_no_key_file(tmp_path: Path, text: str) -> None:
    """It is refused before anybody is asked and before anything costs memory."""
    file = put(tmp_path / "keys.json", text)
    with pytest.raises(KeyFileWrong) as caught:
        open_file(file, nobody)
    assert caught.value.cause("zh") != caught.value.cause("en")


@given(st.integers(0, len(GOLDEN.encode()) - 1), st.integers(0, 255))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_byte_can_be_changed_unnoticed(tmp_path: Path, place: int, value: int) -> None:
    """Whatever byte is another one: the keys are the same ones, or the file does not open."""
    data = bytearray(GOLDEN.encode())
    data[place] = value
    file = put(tmp_path / "keys.json", bytes(data))
    try:
        assert open_file(file, ask).keys == KEYS
    except (KeyFileWrong, KeyFileLocked) as error:
        assert error.facts["path"] == file  # noqa: PT017  either outcome is right


def sealed(content: Any) -> bytes:
    """Seal a content that our own code would not write."""
    envelope = json.loads(GOLDEN)
    del envelope["ciphertext"]
    salt, nonce = (base64.b64decode(each) for each in (envelope["kdf"]["salt"], envelope["nonce"]))
    key = hashlib.scrypt(
        PASSPHRASE.reveal(), salt=salt, n=LEAST_COST, r=8, p=1, maxmem=1 << 26, dklen=32
    )
    header = json.dumps(envelope, sort_keys=True, separators=(",", ":")).encode()
    ciphertext = AESGCM(key).encrypt(nonce, json.dumps(content).encode(), header)
    return json.dumps(envelope | {"ciphertext": base64.b64encode(ciphertext).decode()}).encode()


GOOD = {"application": "SSSE", "key": "IRK", "version": None, "value": "5a" * 16}


@pytest.mark.parametrize(
    "content",
    [
        *(
            {"keys": [entry]}
            for entry in (
                GOOD | {"key": "IKR"},
                GOOD | {"application": "SSES"},
                GOOD | {"version": 256},
                GOOD | {"version": True},
                GOOD | {"version": "1"},
                GOOD | {"value": "5a" * 15},
                GOOD | {"value": "zz" * 16},
                GOOD | {"value": 5},
                GOOD | {"more": 1},
                {"application": "SSSE"},
                [],
            )
        ),
        {"keys": [GOOD, GOOD]},
        {"keys": 5},
        [],
    ],
)
def test_content_that_is_none(tmp_path: Path, content: Any) -> None:
    """Another program's mistake is said without carrying along what was decrypted."""
    with pytest.raises(KeyFileWrong) as caught:
        open_file(put(tmp_path / "keys.json", sealed(content)), ask)
    assert caught.value.__context__ is None
    assert "5a5a" not in caught.value.cause("zh") + caught.value.cause("en")


def test_what_is_no_file(tmp_path: Path) -> None:
    """A folder, a pipe and nothing are files in trouble; no pipe keeps us waiting."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "long").write_text(GOLDEN + " " * MOST_BYTES)
    for file in (
        tmp_path,
        tmp_path / "pipe",
        tmp_path / "long",
        tmp_path / "none.json",
        tmp_path / "no" / "keys",
    ):
        with pytest.raises(FileTrouble):
            open_file(file, nobody)


class TestMaking:
    def test_what_is_there_is_left_alone(self, path: Path) -> None:
        """Keys that were lost by overwriting have to be fetched from their holders again."""
        before = path.read_bytes()
        with pytest.raises(KeyFileExists):
            create(path, KeySet("live", "national"), PASSPHRASE)
        assert path.read_bytes() == before
        assert list(path.parent.iterdir()) == [path]

    def test_a_link_to_nothing_is_there_too(self, tmp_path: Path) -> None:
        """A link somebody laid must not decide where the keys go."""
        (tmp_path / "keys.json").symlink_to(tmp_path / "elsewhere.json")
        with pytest.raises(KeyFileExists):
            create(tmp_path / "keys.json", KEYS, PASSPHRASE)
        assert not (tmp_path / "elsewhere.json").exists()

    def test_a_folder_that_is_not_there(self, tmp_path: Path) -> None:
        """It is said, not made."""
        with pytest.raises(FileTrouble):
            create(tmp_path / "no" / "keys.json", KEYS, PASSPHRASE)
        assert not (tmp_path / "no").exists()


def _raise(number: int) -> Callable[..., Any]:
    def fail(*_: object, **__: object) -> Any:
        raise OSError(number, os.strerror(number))

    return fail


def _half_then_full() -> Callable[..., Any]:
    """Write half of what is given, then find the disk full."""
    write, calls = os.write, iter([True])

    def fail(descriptor: int, data: Any) -> int:
        if next(calls, False):
            return write(descriptor, data[: len(data) // 2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    return fail


FAULTS: dict[str, tuple[str, Callable[[], Callable[..., Any]]]] = {
    "disk full at once": ("write", lambda: _raise(errno.ENOSPC)),
    "disk full half-way": ("write", _half_then_full),
    "bad disk": ("write", lambda: _raise(errno.EIO)),
    "bad disk at fsync": ("fsync", lambda: _raise(errno.EIO)),
    "no rename": ("replace", lambda: _raise(errno.EIO)),
    "read-only": ("open", lambda: _raise(errno.EROFS)),
    "interrupted": ("replace", lambda: _interrupted),
}


def _interrupted(*_: object, **__: object) -> Any:
    raise KeyboardInterrupt


class TestWholeWhateverHappens:
    @pytest.fixture(params=FAULTS.values(), ids=list(FAULTS))
    def fault(self, request: pytest.FixtureRequest) -> tuple[str, Callable[..., Any]]:
        name, make = request.param
        return name, make()

    def test_a_failed_writing_leaves_the_old_file(
        self, path: Path, monkeypatch: pytest.MonkeyPatch, fault: tuple[str, Callable[..., Any]]
    ) -> None:
        """Not a byte of it is another one, and nothing lies beside it."""
        before, file = path.read_bytes(), open_file(path, ask)
        with monkeypatch.context() as broken:
            found = read_file(path)
            broken.setattr(key_file, "read_file", lambda _: found)
            broken.setattr(os, *fault)
            with pytest.raises((FileTrouble, KeyboardInterrupt)):
                file.save(KeySet("test", "city"))
        assert path.read_bytes() == before
        assert list(path.parent.iterdir()) == [path]
        assert open_file(path, ask).keys == KEYS

    def test_a_failed_making_leaves_nothing(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: tuple[str, Callable[..., Any]]
    ) -> None:
        """A key file that is half there would be in the way of the next try."""
        name, fail = fault
        with monkeypatch.context() as broken:
            broken.setattr(os, "link" if name == "replace" else name, fail)
            with pytest.raises((FileTrouble, KeyboardInterrupt)):
                create(tmp_path / "keys.json", KEYS, PASSPHRASE)
        assert list(tmp_path.iterdir()) == []

    def test_a_folder_that_does_not_settle(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The new file is in its place by then: it is said, and the file is whole."""
        file, fsync, calls = open_file(path, ask), os.fsync, iter([True])

        def fail(descriptor: int) -> None:
            if not next(calls, False):
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            fsync(descriptor)

        with monkeypatch.context() as broken:
            broken.setattr(os, "fsync", fail)
            with pytest.raises(FileTrouble):
                file.save(KeySet("test", "city", (ONE,)))
        assert open_file(path, ask).keys == KeySet("test", "city", (ONE,))

    def test_a_file_and_its_folder_are_synced_in_this_order(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A rename that is on the disk before the bytes leaves an empty file after a power cut."""
        done: list[str] = []
        fsync, rename = os.fsync, os.replace

        def note_fsync(descriptor: int) -> None:
            folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
            done.append("folder" if folder else "file")
            fsync(descriptor)

        def note_rename(*names: Any) -> None:
            done.append("rename")
            rename(*names)

        monkeypatch.setattr(os, "fsync", note_fsync)
        monkeypatch.setattr(os, "replace", note_rename)
        open_file(path, ask).save(KEYS)
        assert done == ["file", "rename", "folder"]

    def test_killed_between_writing_and_renaming(self, path: Path) -> None:
        """What a power cut leaves: the old file whole, and beside it one that is sealed too."""
        before = path.read_bytes()
        script = (
            "import os, signal, sys; from pathlib import Path\n"
            "from apdu.secret import Secret; from terminal.keys.key_file import *\n"
            "file = open_file(Path(sys.argv[1]), lambda: Secret(sys.stdin.buffer.read()))\n"
            "os.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
            "file.save(KeySet('test', 'city'))\n"
        )
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", script, str(path)],
            input=PASSPHRASE.reveal(),
            check=False,
        )
        assert done.returncode == -signal.SIGKILL
        assert path.read_bytes() == before
        (left,) = (each for each in path.parent.iterdir() if each != path)
        assert stat.S_IMODE(left.stat().st_mode) == 0o600
        assert open_file(left, ask).keys == KeySet("test", "city")
        open_file(path, ask).save(KeySet("test", "city", (ONE,)))
        assert open_file(path, ask).keys.roots == (ONE,)

    def test_two_ceremonies_at_once(self, path: Path) -> None:
        """The second to finish does not undo the first: it is told, and the first's key stays."""
        first, second = open_file(path, ask), open_file(path, ask)
        held = first.save(first.keys.with_root(Root(PUK, ONE.value, 3)))
        with pytest.raises(KeyFileChanged):
            second.save(KeySet("test", "city"))
        assert open_file(path, ask).keys == held.keys
        assert held.save(KEYS).keys == open_file(path, ask).keys

    def test_two_at_the_same_instant(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Of two that save at once one is told that it came second; no key is lost in silence."""
        monkeypatch.setattr(key_file, "seal", lambda *given: seal(*given, cost=LEAST_COST))
        opened = [open_file(path, ask) for _ in range(2)]
        start = threading.Barrier(2)
        told: list[str] = []

        def save(file: KeyFile, key: CardKey) -> None:
            keys = file.keys.with_root(Root(key, ONE.value, 3))
            start.wait(10)
            try:
                file.save(keys)
                told.append("saved")
            except KeyFileChanged:
                told.append("changed")

        for _ in range(5):
            threads = [
                threading.Thread(target=save, args=pair)
                for pair in zip(opened, (PUK, CardKey("SSSE", "BK")), strict=True)
            ]
            for each in threads:
                each.start()
            for each in threads:
                each.join(20)
            opened = [open_file(path, ask) for _ in range(2)]
        assert told.count("saved") == told.count("changed") == 5

    def test_somebody_elses_file(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """One that another user owns may have been put there by that user, whatever its mode."""
        monkeypatch.setattr(os, "geteuid", lambda: 4321)
        owner = path.stat().st_uid
        if owner == 0:
            os.chown(path, 1234, -1)  # root's own are everybody's to trust
        with pytest.raises(KeyFileWrong) as caught:
            open_file(path, nobody)
        assert "chown 4321" in caught.value.cause("zh")
        os.chown(path, owner, -1)

    def test_a_link_to_the_file_stays_one(self, path: Path) -> None:
        """The configuration may name a link; the file behind it is the one that is written."""
        link = path.parent.parent / "link.json"
        link.symlink_to(path)
        open_file(link, ask).save(KeySet("test", "city"))
        assert link.is_symlink()
        assert open_file(path, ask).keys == KeySet("test", "city")


class TestKeySet:
    def test_its_own_name_comes_before_the_star(self) -> None:
        """A key of its own name, the application's star, any application's, the star of all."""
        value = iter(Secret(bytes([each]) * 16) for each in range(1, 5))
        own, star, anywhere, everything = (
            Root(CardKey(*name), next(value))
            for name in (("SSSE", "IRK"), ("SSSE", "*"), ("*", "RK1DF01"), ("*", "*"))
        )
        keys = KeySet("test", "card", (everything, anywhere, star, own))
        assert keys.find(IRK) is own
        assert keys.find(PUK) is star
        assert keys.find(CardKey("DF01", "RK1DF01")) is anywhere
        assert keys.find(CardKey("DF01", "UK1DF01")) is everything
        assert KeySet("test", "card", (own,)).find(PUK) is None

    def test_the_newest_version_serves(self) -> None:
        """An old version stays in the file for who must go back to it; the newest is used."""
        roots = [Root(IRK, Secret(bytes([each]) * 16), each or None) for each in (0, 2, 1)]
        assert KeySet("test", "card", tuple(roots)).find(IRK) is roots[1]

    def test_a_key_takes_the_place_of_its_like_only(self) -> None:
        """Name and version together say which key it is."""
        other = Root(PUK, Secret(bytes(15) + b"1"), 3)
        both = KEYS.with_root(other)
        assert both.roots == (ONE, TWO, other)
        again = Root(PUK, Secret(bytes(15) + b"2"), 2)
        assert both.with_root(again).roots == (ONE, again, other)
        assert both.has(PUK, 3)
        assert not both.has(PUK, None)

    @pytest.mark.parametrize("mark", ["test", "live"])
    def test_what_everybody_knows_is_a_test_key(self, mark: str) -> None:
        """Calling a key live that stands in every manual does not make it so, nor a new name."""
        secret = KeySet(mark, "national", (ONE,))
        assert secret.test_keys == (mark == "test")
        for value in (
            development_keys.UNIFORM_ROOT,
            development_keys.distinct("SSSE", "IRK"),
            development_keys.distinct("*", "*"),
        ):
            assert secret.with_root(Root(PUK, Secret(value), 7)).test_keys

    def test_names(self) -> None:
        """A mistyped name would be passed over for the star."""
        known = [("SSSE", "IRK"), ("SSSE", "*"), ("*", "IRK"), ("*", "*")]
        unknown = [("SSSE", "IKR"), ("SSES", "IRK"), ("SSES", "*"), ("*", "IKR"), ("SSSE", "")]
        assert [is_known(CardKey(*each)) for each in known] == [True] * 4
        assert [is_known(CardKey(*each)) for each in unknown] == [False] * 5

    def test_nothing_shows(self, path: Path) -> None:
        """Whoever prints a file, a set or a key sees no key and no passphrase."""
        shown = repr(open_file(path, ask))
        assert "Secret(<16 bytes>)" in shown
        assert "5a5a" not in shown.lower()
        assert "TEST KEY" not in shown
        assert "\\x5a" not in shown
        assert "ZZZZ" not in shown
