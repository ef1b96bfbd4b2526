"""The vault: personal columns are sealed before they reach the database (R-SECRET).

A root of 32 bytes lies in a file outside the database. From it come, each by its own label
(HKDF-SHA256, RFC 5869), the keys of the ciphers, of the blind index, of the histories' seals and of
the audit chain; none of them tells another. Nonces are random: one key may seal some four thousand
million columns (NIST SP 800-38D, 8.3), which is more than the city writes.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import os
import re
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from apdu.secret import Secret
from terminal.errors import (
    FileTrouble,
    PersonalDataDamaged,
    RegistryKeyExists,
    RegistryKeyWrong,
)
from terminal.private_files import read_private
from terminal.texts import Text

FORMAT = "guitai.registry-key/1"
ROOT = 32
NONCE = 12
TAG = 16
BLIND = 16
_ID = re.compile(r"[0-9A-Za-z._-]{1,64}")
Random = Callable[[int], bytes]


class Algorithm(Enum):
    """How a column is sealed; the value is its first byte."""

    AES_256_GCM = 0x11
    SM4_GCM = 0x12
    """GB/T 32907, where commercial cryptography 商用密码 is asked for."""


# --- The key -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RegistryKey:
    """Hold the root that everything of a registry is sealed under."""

    id: str
    root: Secret
    path: Path = field(compare=False)


def make_key_file(path: Path, *, random: Random = secrets.token_bytes) -> str:
    """Make a key file that is its user's alone, and give the new key's id.

    Raises RegistryKeyExists, FileTrouble; what is there is never overwritten.
    """
    key_id = random(8).hex()
    root = base64.b64encode(random(ROOT)).decode("ascii")
    document = {"format": FORMAT, "id": key_id, "root": root}
    data = json.dumps(document, indent=2).encode("ascii") + b"\n"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError as error:
        raise RegistryKeyExists(path=path) from error
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        raise _no_file(path, error) from error
    try:
        with os.fdopen(descriptor, "wb") as stream:
            os.fchmod(descriptor, 0o600)  # whatever the umask is
            stream.write(data)
            stream.flush()
            os.fsync(descriptor)
        _sync_folder(path.parent)
    except OSError as error:
        with suppress(OSError):  # half a key file would stand in the way of a whole one
            path.unlink()
        raise _no_file(path, error) from error
    return key_id


def load_key(path: Path) -> RegistryKey:
    """Read a key file; raises RegistryKeyWrong, also where others may read or write it."""
    try:
        data = read_private(path)
    except FileTrouble as error:
        raise RegistryKeyWrong(**error.facts) from error
    key = _parse(path, data)
    if key is None:
        # Raised out here, so that the error does not carry the content along.
        detail = Text(f"内容不是完好的 {FORMAT} 密钥", f"it holds no whole key {FORMAT}")
        raise RegistryKeyWrong(path=path, detail=detail)
    return key


def _parse(path: Path, data: bytes) -> RegistryKey | None:
    try:
        document = json.loads(data)
        if document.keys() != {"format", "id", "root"} or document["format"] != FORMAT:
            return None
        key_id, root = document["id"], base64.b64decode(document["root"], validate=True)
    except (ValueError, TypeError, AttributeError, RecursionError, binascii.Error):
        return None
    if not isinstance(key_id, str) or not _ID.fullmatch(key_id) or len(root) != ROOT:
        return None
    return RegistryKey(key_id, Secret(root), path)


# --- The vault -----------------------------------------------------------------------------


class _Sealer(Protocol):
    """Seal and open as an AEAD with the tag behind the ciphertext; raises InvalidTag."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes, /) -> bytes: ...

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes, /) -> bytes: ...


class Vault:
    """Seal, open and look up personal columns under one registry key.

    ``place`` names the column and its row (``person.name:42``): what was sealed for one place opens
    in no other. Both algorithms are read, whichever one writes.
    """

    __slots__ = ("_blind", "_key", "_random", "_sealers", "_stamp", "_writes")

    def __init__(
        self,
        key: RegistryKey,
        algorithm: Algorithm = Algorithm.AES_256_GCM,
        *,
        random: Random = secrets.token_bytes,
    ) -> None:
        self._key = key
        self._writes = algorithm
        self._random = random
        self._blind = self._derive("blind index")
        self._stamp = self._derive("stamp")
        # Made once: setting a cipher up costs as much as sealing a column.
        self._sealers: dict[int, _Sealer] = {
            Algorithm.AES_256_GCM.value: AESGCM(self._derive("aes-256-gcm").reveal()),
            Algorithm.SM4_GCM.value: _Sm4Gcm(self._derive("sm4-gcm", 16)),
        }

    def __repr__(self) -> str:
        return f"Vault({self.key_id}, {self._writes.name})"

    def __reduce__(self) -> str:
        raise TypeError("a vault is not pickled")

    @property
    def key_id(self) -> str:
        """Give the key's name, by which people tell key files apart."""
        return self._key.id

    @property
    def check_value(self) -> str:
        """Give 16 hex digits that only this root gives, for a database to keep."""
        return hmac.digest(self._derive("check value").reveal(), b"", "sha256")[:8].hex()

    def recognise(self, check_value: str) -> None:
        """Make sure that a database was written with this key; raises RegistryKeyWrong."""
        if check_value != self.check_value:
            detail = Text(
                "登记库的数据是用另一把密钥加密的", "the registry was written with another key"
            )
            raise RegistryKeyWrong(path=self._key.path, detail=detail)

    def seal(self, place: str, text: str) -> bytes:
        """Seal a text for its place: algorithm (1), nonce (12), ciphertext, tag (16)."""
        kind = self._writes.value
        nonce = self._random(NONCE)
        sealer = self._sealers[kind]
        return bytes([kind]) + nonce + sealer.encrypt(nonce, _bytes(text), _bound(kind, place))

    def open(self, place: str, data: bytes) -> str:
        """Open what was sealed for this place; raises PersonalDataDamaged."""
        whole = isinstance(data, bytes) and len(data) >= 1 + NONCE + TAG
        sealer = self._sealers.get(data[0]) if whole else None
        if sealer is None:
            raise PersonalDataDamaged(place=place)
        nonce, sealed = data[1 : 1 + NONCE], data[1 + NONCE :]
        try:
            plain = sealer.decrypt(nonce, sealed, _bound(data[0], place))
        except InvalidTag as error:
            raise PersonalDataDamaged(place=place) from error
        return plain.decode("utf-8", "surrogatepass")

    def blind(self, domain: str, normalised: str) -> bytes:
        """Give 16 bytes by which equal values are found and nothing is read (HMAC-SHA256).

        ``domain`` (``person.number``) keeps columns apart; bring the value to one form before.
        """
        return _tagged(self._blind, domain, normalised)

    def stamp(self, domain: str, text: str) -> bytes:
        """Give 16 bytes that nobody without the key can give for a text (HMAC-SHA256)."""
        return _tagged(self._stamp, domain, text)

    def subkey(self, label: str) -> Secret:
        """Give a key of 32 bytes for another purpose, such as the audit chain's HMAC."""
        return self._derive(f"subkey {label}")

    def _derive(self, label: str, length: int = 32) -> Secret:
        info = b"guitai.registry/1 " + _bytes(label)
        derived = HKDF(SHA256(), length, salt=None, info=info).derive(self._key.root.reveal())
        return Secret(derived)


class _Sm4Gcm:
    """SM4 in Galois/counter mode, which cryptography offers only piece by piece."""

    __slots__ = ("_key",)

    def __init__(self, key: Secret) -> None:
        self._key = algorithms.SM4(key.reveal())

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes, /) -> bytes:
        encryptor = Cipher(self._key, modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(associated_data)
        return encryptor.update(data) + encryptor.finalize() + encryptor.tag

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes, /) -> bytes:
        decryptor = Cipher(self._key, modes.GCM(nonce, data[-TAG:])).decryptor()
        decryptor.authenticate_additional_data(associated_data)
        return decryptor.update(data[:-TAG]) + decryptor.finalize()


def _tagged(key: Secret, domain: str, text: str) -> bytes:
    name = _bytes(domain)
    message = len(name).to_bytes(4) + name + _bytes(text)
    return hmac.digest(key.reveal(), message, "sha256")[:BLIND]


def _bound(kind: int, place: str) -> bytes:
    return bytes([kind]) + _bytes(place)


def _bytes(text: str) -> bytes:
    """Give UTF-8, also of half a character: what a reader's cut cell holds is not lost."""
    return text.encode("utf-8", "surrogatepass")


def _no_file(path: Path, error: OSError | ValueError) -> FileTrouble:
    detail = getattr(error, "strerror", None) or Text("名称不对", "no file name")
    return FileTrouble(path=path, detail=detail)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
