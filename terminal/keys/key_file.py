"""The encrypted key file ``guitai.keys/2`` (docs/keys.md): root keys under a passphrase.

A JSON envelope: what is not secret stands in clear and is bound to the rest as associated data
of AES-256-GCM, whose key scrypt makes from the passphrase (RFC 7914). Another passphrase and an
altered envelope cannot be told apart, and are not.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import fcntl
import functools
import json
import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from apdu.cipher import KEY
from apdu.secret import Secret
from card_profiles import development_keys
from card_profiles.model import Application
from card_profiles.profiles import PROFILES
from terminal.errors import (
    FileTrouble,
    KeyFileChanged,
    KeyFileExists,
    KeyFileLocked,
    KeyFileWrong,
)
from terminal.keys.derivation import LEVELS
from terminal.keys.service import CardKey
from terminal.private_files import read_file
from terminal.texts import Text

_FORMATS = "guitai.keys/"
FORMAT = f"{_FORMATS}2"
MARKS = ("test", "live")
ANY = "*"
"""Name that stands for every key of an application, or for every application."""
MOST_VERSION = 0xFF

COST = 1 << 17
"""scrypt's n for new files: 128 MiB and a third of a second at every opening."""
LEAST_COST, MOST_COST = 1 << 15, 1 << 18
"""scrypt's n in files that are opened: a hostile one must not eat the memory, 128 · n · r bytes."""
_R, _P, _SALT, _NONCE = 8, 1, 16, 12

Ask = Callable[[], Secret]
"""Get the passphrase; called once it is known to be needed. Raises PassphraseMissing."""


@dataclass(frozen=True, slots=True)
class Root:
    """Hold a root key: 16 bytes for both cipher families, and its version on the card (§8.1).

    ``version`` None leaves the choice to the card.
    """

    key: CardKey
    value: Secret
    version: int | None = None

    @property
    def public(self) -> bool:
        """Tell whether it is a development key, which everybody knows.

        Parity bits do not count: 3DES does not see them, so without them it is the same key.
        """
        return Secret(without_parity(self.value.reveal())) in _development_roots()


@dataclass(frozen=True, slots=True)
class KeySet:
    """Hold the root keys of a file: their mark, the level they stand at (§8.2), the keys."""

    mark: str
    level: str
    roots: tuple[Root, ...] = ()
    encrypted: bool = True

    @property
    def test_keys(self) -> bool:
        """Tell whether they are test keys; one that everybody knows is, whatever the mark says."""
        return self.mark != "live" or any(root.public for root in self.roots)

    def find(self, key: CardKey) -> Root | None:
        """Give the root that serves a key: by its own name before ``*``, the newest version."""
        for named in (
            key,
            CardKey(key.application, ANY),
            CardKey(ANY, key.name),
            CardKey(ANY, ANY),
        ):
            if versions := [root for root in self.roots if root.key == named]:
                return max(versions, key=_age)
        return None

    def has(self, key: CardKey, version: int | None) -> bool:
        """Tell whether exactly this key stands in it."""
        return any((root.key, root.version) == (key, version) for root in self.roots)

    def with_root(self, root: Root) -> KeySet:
        """Put a root in, in the place of one of the same name and version."""
        kept = [each for each in self.roots if (each.key, each.version) != (root.key, root.version)]
        ordered = sorted([*kept, root], key=lambda each: (str(each.key), _age(each)))
        return replace(self, roots=tuple(ordered))


def _age(root: Root) -> int:
    return -1 if root.version is None else root.version


def is_known(key: CardKey) -> bool:
    """Tell whether a profile has the key; a mistyped one would be passed over for ``*``."""
    applications = [each for each in _applications() if key.application in {ANY, each.name}]
    names = {own.name for each in applications for own in each.keys}
    return bool(applications) and key.name in {ANY, *names}


def _applications() -> Iterator[Application]:
    for profile in PROFILES.values():
        yield from (profile.environment, *profile.applications)


def without_parity(key: bytes) -> bytes:
    """Clear the parity bit of each byte, which DES leaves out (FIPS 46-3)."""
    return bytes(byte & 0xFE for byte in key)


@functools.cache
def _development_roots() -> frozenset[Secret]:
    """Give every key of the development sets, under whatever name, without parity."""
    applications = list(_applications())
    names = {ANY, *(own.name for each in applications for own in each.keys)}
    return frozenset(
        Secret(without_parity(root_of(application, name)))
        for root_of in development_keys.SETS.values()
        for application in {ANY, *(each.name for each in applications)}
        for name in names
    )


# --- On disk -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KeyFile:
    """Be an encrypted key file that was opened."""

    path: Path
    keys: KeySet
    passphrase: Secret
    _data: bytes = field(repr=False)

    def save(self, keys: KeySet) -> KeyFile:
        """Write other keys in its place: the old file or the new one is whole, whatever happens.

        Raises FileTrouble, and KeyFileChanged where the file is no longer the one that was opened.
        """
        data = seal(keys, self.passphrase)
        real = Path(os.path.realpath(self.path))  # a link to the file stays a link
        with _locked(real.parent):
            if read_file(self.path).data != self._data:
                raise KeyFileChanged(path=self.path)
            _write(real, data, lambda made: made.replace(real))
        return replace(self, keys=keys, _data=data)


def create(path: Path, keys: KeySet, passphrase: Secret) -> None:
    """Write a new file, mode 0600; raises KeyFileExists, FileTrouble."""
    try:
        # A link, unlike a rename, never takes the place of what is there.
        _write(path, seal(keys, passphrase), path.hardlink_to)
    except FileExistsError as error:
        raise KeyFileExists(path=path) from error


def open_file(path: Path, ask: Ask) -> KeyFile:
    """Open an encrypted file; raises FileTrouble, KeyFileWrong, KeyFileLocked."""
    data = trusted(path)
    header, ciphertext = _parse(path, data)
    passphrase = ask()
    return KeyFile(path, _unseal(path, header, ciphertext, passphrase), passphrase, data)


def trusted(path: Path, *, secret: bool = True) -> bytes:
    """Read a key file that nobody else may have written, or read where it is secret.

    Raises FileTrouble, KeyFileWrong where it is not so.
    """
    found = read_file(path)
    if (distrust := found.distrust(secret=secret)) is not None:
        raise KeyFileWrong(path=path, detail=distrust)
    return found.data


def wrong(path: Path, zh: str, en: str) -> KeyFileWrong:
    """Make the error that says what is wrong with a file, in both languages."""
    return KeyFileWrong(path=path, detail=Text(zh, en))


def _write(path: Path, data: bytes, put_in_place: Callable[[Path], object]) -> None:
    """Bring bytes to the disk beside a file and then in its place; raises FileTrouble.

    What lies on the disk on the way is the sealed file, never the keys. FileExistsError is left
    to the caller.
    """
    made = path.parent / f".{path.name}.{secrets.token_hex(8)}.tmp"
    try:
        try:
            descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                os.fchmod(descriptor, 0o600)  # whatever the umask is
                rest = memoryview(data)
                while rest:
                    rest = rest[os.write(descriptor, rest) :]
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            put_in_place(made)
        finally:
            with contextlib.suppress(OSError):
                made.unlink()  # renamed it is gone, linked it is one name too many
        _sync_folder(path.parent)
    except FileExistsError:
        raise
    except OSError as error:
        raise FileTrouble(path=path, detail=error.strerror or type(error).__name__) from error


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Keep others who save here waiting; raises FileTrouble.

    The folder and not the file, for a save puts another file in the file's place.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise FileTrouble(path=folder, detail=error.strerror) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# --- The envelope --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Header:
    """Hold what stands in clear, and is all bound to the ciphertext."""

    mark: str
    level: str
    cost: int
    salt: bytes
    nonce: bytes

    def document(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "mark": self.mark,
            "level": self.level,
            "kdf": {"name": "scrypt", "n": self.cost, "r": _R, "p": _P, "salt": _text(self.salt)},
            "cipher": "aes-256-gcm",
            "nonce": _text(self.nonce),
        }

    def associated(self) -> bytes:
        return json.dumps(self.document(), sort_keys=True, separators=(",", ":")).encode("ascii")

    def cipher(self, passphrase: Secret) -> AESGCM:
        kdf = Scrypt(salt=self.salt, length=32, n=self.cost, r=_R, p=_P)
        return AESGCM(kdf.derive(passphrase.reveal()))


def seal(keys: KeySet, passphrase: Secret, *, cost: int = COST) -> bytes:
    """Make the file's bytes, with a new salt and nonce every time."""
    header = _Header(
        keys.mark, keys.level, cost, secrets.token_bytes(_SALT), secrets.token_bytes(_NONCE)
    )
    content = [
        {
            "application": root.key.application,
            "key": root.key.name,
            "version": root.version,
            "value": root.value.reveal().hex(),
        }
        for root in keys.roots
    ]
    plain = json.dumps({"keys": content}).encode("ascii")
    ciphertext = header.cipher(passphrase).encrypt(header.nonce, plain, header.associated())
    envelope = header.document() | {"ciphertext": _text(ciphertext)}
    return json.dumps(envelope, indent=2).encode("ascii") + b"\n"


def _parse(path: Path, data: bytes) -> tuple[_Header, bytes]:
    """Read the envelope; raises KeyFileWrong, before anything costs memory or time."""
    envelope = _json(data)
    given = envelope.get("format") if isinstance(envelope, dict) else None
    if isinstance(given, str) and given != FORMAT and given.startswith(_FORMATS):
        raise wrong(
            path,
            f"它的格式是 {given}，本程序只认识 {FORMAT}；请用建立它的程序版本",
            f"its format is {given}, this program knows {FORMAT}; use the version that made it",
        )
    if given != FORMAT:
        raise wrong(
            path,
            f"不是 {FORMAT} 加密密钥文件；新建请用 guitai keys init",
            f"it is no encrypted key file {FORMAT}; guitai keys init makes one",
        )
    kdf = envelope.get("kdf")
    kdf = kdf if isinstance(kdf, dict) else {}
    header = _Header(
        envelope.get("mark", ""),
        envelope.get("level", ""),
        kdf.get("n", 0),
        _bytes(kdf.get("salt")),
        _bytes(envelope.get("nonce")),
    )
    ciphertext = _bytes(envelope.pop("ciphertext", None))
    if header.mark not in MARKS or header.level not in LEVELS:
        raise wrong(path, "mark 或 level 不对", "its mark or level is none")
    if type(header.cost) is not int or header.cost not in _COSTS:
        listed = f"{LEAST_COST}–{MOST_COST}"
        raise wrong(
            path,
            f"scrypt 的 n 不是 {listed} 内的二次幂",
            f"scrypt's n is no power of two in {listed}",
        )
    if (
        len(header.salt) != _SALT
        or len(header.nonce) != _NONCE
        or not ciphertext
        or envelope != header.document()
    ):
        raise wrong(
            path, "信封缺项、多项或写法不对", "its envelope lacks something or has too much"
        )
    return header, ciphertext


_COSTS = frozenset(1 << bit for bit in range(LEAST_COST.bit_length() - 1, MOST_COST.bit_length()))


def _unseal(path: Path, header: _Header, ciphertext: bytes, passphrase: Secret) -> KeySet:
    try:
        plain = header.cipher(passphrase).decrypt(header.nonce, ciphertext, header.associated())
    except InvalidTag as error:
        raise KeyFileLocked(path=path) from error
    except MemoryError:
        size = (header.cost * _R) >> 13
        raise wrong(
            path,
            f"内存不足，打开它要 {size} MiB",
            f"too little memory, opening it takes {size} MiB",
        ) from None
    content = _json(plain)
    keys = KeySet(header.mark, header.level)
    try:
        for entry in content["keys"]:
            keys = _with_entry(keys, **entry)
    except (KeyError, TypeError, ValueError):
        content = None
    if content is None:
        # Raised out here, so that the error does not carry the content along.
        raise wrong(path, "解密后的内容不对", "what was in it is no set of keys")
    return keys


def _with_entry(
    keys: KeySet, *, application: str, key: str, version: int | None, value: str
) -> KeySet:
    """Check an entry and put it in; raises ValueError, TypeError."""
    named = CardKey(application, key)
    root = Root(named, Secret(bytes.fromhex(value)), version)
    fits = version is None or (type(version) is int and 0 <= version <= MOST_VERSION)
    if not fits or len(root.value) != KEY or not is_known(named) or keys.has(named, version):
        raise ValueError("no such key")
    return keys.with_root(root)


def _json(data: bytes) -> Any:
    """Read JSON in which no name comes twice; None where it is none."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(pairs) != len({name for name, _ in pairs}):
            raise ValueError("a name comes twice")
        return dict(pairs)

    try:
        return json.loads(data, object_pairs_hook=once)
    except (ValueError, RecursionError):
        return None


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes(text: object) -> bytes:
    """Undo :func:`_text`; nothing where it is no such text."""
    try:
        return base64.b64decode(text, validate=True) if isinstance(text, str) else b""
    except (binascii.Error, ValueError):
        return b""
