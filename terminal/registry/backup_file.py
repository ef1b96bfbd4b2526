"""The form of a backup's file: a header in clear, then chunks that open under a passphrase.

``guitai.backup/1``: one line of JSON in ASCII (:class:`Header`), ended by a newline, then the seal
of the header (16 bytes), then the parts one behind the other in chunks of 65,536 bytes, each
enciphered with a tag of 16 bytes; the last chunk may be shorter, and may be empty.

The key comes from the passphrase by Argon2id (RFC 9106) with the header's salt, a new one for every
file. AES-256-GCM throughout; a nonce is the chunk's number (11 bytes) and whether it is the last
(1 byte), the seal is an empty chunk of number 0, and the header's SHA-256 is bound to each. So a
chunk that was altered, moved, left out or added, and an end that was cut off, are found; the seal
tells a wrong passphrase from a damaged file.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from argon2.exceptions import HashingError
from argon2.low_level import ARGON2_VERSION, Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from apdu.secret import Secret
from terminal.errors import BackupDamaged, BackupLocked, BackupWrong
from terminal.texts import Text

_FORMATS = "guitai.backup/"
FORMAT = f"{_FORMATS}1"
CHUNK = 1 << 16
TAG = 16
SALT = 16
DIGEST = 32
MOST_HEADER = 1 << 20
REGISTRY, JOURNAL, ANCHORS, KEY = PARTS = ("registry", "journal", "anchors", "key")
"""What a backup may hold, in this order; the registry always."""
_ID = re.compile(r"[0-9a-f]{16}")

_NOT_ONE = Text("它不是备份文件", "it is no backup")
_OTHER_FORMAT = Text(
    "它的格式是 {given}，本程序只认识 {known}；请用建立它的程序版本",
    "its format is {given}, this program knows {known}; use the version that made it",
)
_HEADER = Text("文件开头读不懂", "its beginning cannot be read")
_DEAR = Text(
    "打开它要的内存或时间超出限度，或者本机内存不够",
    "opening it takes more memory or time than is allowed, or than this machine has",
)


@dataclass(frozen=True, slots=True)
class Cost:
    """Say what trying a passphrase costs, as Argon2id counts it: a third of a second, 128 MiB."""

    time: int = 4
    memory_kib: int = 131_072
    lanes: int = 4

    def bearable(self) -> bool:
        """Say whether it may be asked of whoever opens a file: a hostile one eats the memory."""
        return (
            1 <= self.time <= 16
            and 1 <= self.lanes <= 16
            and 8 * self.lanes <= self.memory_kib <= 1 << 20
        )


COST = Cost()


@dataclass(frozen=True, slots=True)
class ChainEnd:
    """Hold how far an audit chain went in the backup."""

    chain: str
    number: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Part:
    """Hold one thing in a backup, and its length in bytes."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Header:
    """Hold what a backup says of itself in clear; nothing of a person's.

    ``key_id`` names the registry key that the personal columns are sealed with; ``registry_schema``
    and ``journal_schema`` are the versions of their tables.
    """

    id: str
    created_at: datetime
    outlet: str
    key_id: str
    registry_schema: str
    journal_schema: int
    ends: tuple[ChainEnd, ...]
    parts: tuple[Part, ...]
    cost: Cost
    salt: bytes

    def has(self, name: str) -> bool:
        """Say whether a part is in it."""
        return any(part.name == name for part in self.parts)

    @property
    def key_included(self) -> bool:
        """Say whether the registry's key is in it."""
        return self.has(KEY)

    def line(self) -> bytes:
        """Give the line that the file begins with."""
        document = {
            "format": FORMAT,
            "id": self.id,
            "created_at": self.created_at.isoformat(),
            "outlet": self.outlet,
            "key_id": self.key_id,
            "key_included": self.key_included,
            "schemas": {"registry": self.registry_schema, "journal": self.journal_schema},
            "audit": [
                {"chain": each.chain, "number": each.number, "digest": each.digest.hex()}
                for each in self.ends
            ],
            "parts": [{"name": each.name, "bytes": each.size} for each in self.parts],
            "kdf": {
                "name": "argon2id",
                "time": self.cost.time,
                "memory_kib": self.cost.memory_kib,
                "lanes": self.cost.lanes,
                "salt": base64.b64encode(self.salt).decode("ascii"),
            },
            "cipher": "aes-256-gcm",
            "chunk": CHUNK,
        }
        return json.dumps(document).encode("ascii") + b"\n"


def sealed(header: Header, passphrase: Secret, content: Iterable[bytes]) -> Iterator[bytes]:
    """Give the bytes of a backup, piece by piece."""
    line = header.line()
    chunks = _Chunks(line, header, passphrase)
    yield line
    yield chunks.seal(0, b"", last=False)
    number, rest = 1, b""
    for piece in content:
        rest += piece
        while len(rest) > CHUNK:  # what is left over at the end is the last one
            yield chunks.seal(number, rest[:CHUNK], last=False)
            number, rest = number + 1, rest[CHUNK:]
    yield chunks.seal(number, rest, last=True)


def read_header(path: Path, stream: BinaryIO) -> Header:
    """Read what a backup says of itself; raises BackupWrong. Nothing of it is proved yet."""
    line = stream.readline(MOST_HEADER)
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        document = None
    given = document.get("format") if isinstance(document, dict) else None
    if isinstance(given, str) and given != FORMAT and given.startswith(_FORMATS):
        raise BackupWrong(path=path, detail=_OTHER_FORMAT.filled(given=given[:40], known=FORMAT))
    if given != FORMAT:
        raise BackupWrong(path=path, detail=_NOT_ONE)
    header = _parsed(document)
    if header is None or header.line() != line:
        raise BackupWrong(path=path, detail=_HEADER)
    if not header.cost.bearable():
        raise BackupWrong(path=path, detail=_DEAR)
    return header


def opened(path: Path, stream: BinaryIO, header: Header, passphrase: Secret) -> Iterator[bytes]:
    """Give what a backup holds, piece by piece, each proved; the stream stands behind the header.

    Raises BackupLocked before the first piece, BackupDamaged at any: until the last has come,
    nothing of it may be used. Raises BackupWrong where the machine has too little memory.
    """
    try:
        chunks = _Chunks(header.line(), header, passphrase)
    except HashingError as error:
        raise BackupWrong(path=path, detail=_DEAR) from error
    if chunks.open(0, stream.read(TAG), last=False) is None:
        raise BackupLocked(path=path)
    block, number, last = stream.read(CHUNK + TAG), 1, False
    while not last:
        following = stream.read(CHUNK + TAG)
        last = not following
        piece = chunks.open(number, block, last=last)
        if piece is None:
            raise BackupDamaged(path=path, number=number)
        yield piece
        block, number = following, number + 1


class _Chunks:
    """Seal and open the chunks of one file."""

    def __init__(self, line: bytes, header: Header, passphrase: Secret) -> None:
        self._bound = hashlib.sha256(line).digest()
        self._cipher = AESGCM(_derived(passphrase, header))

    def seal(self, number: int, data: bytes, *, last: bool) -> bytes:
        return self._cipher.encrypt(_nonce(number, last), data, self._bound)

    def open(self, number: int, data: bytes, *, last: bool) -> bytes | None:
        if len(data) < TAG:
            return None
        try:
            return self._cipher.decrypt(_nonce(number, last), data, self._bound)
        except InvalidTag:
            return None


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11) + bytes([last])


def _derived(passphrase: Secret, header: Header) -> bytes:
    cost = header.cost
    return hash_secret_raw(
        _one_form(passphrase.reveal()),
        header.salt,
        time_cost=cost.time,
        memory_cost=cost.memory_kib,
        parallelism=cost.lanes,
        hash_len=32,
        type=Type.ID,
        version=ARGON2_VERSION,
    )


def _one_form(passphrase: bytes) -> bytes:
    """Bring it to one form (NFKC), however a keyboard of years later writes it."""
    try:
        return unicodedata.normalize("NFKC", passphrase.decode()).encode()
    except UnicodeDecodeError:
        return passphrase


def _parsed(document: dict[str, Any]) -> Header | None:
    """Read a header; None where it is none. What is too much in it is seen by its line."""
    try:
        kdf, schemas = document["kdf"], document["schemas"]
        header = Header(
            id=document["id"],
            created_at=datetime.fromisoformat(document["created_at"]),
            outlet=document["outlet"],
            key_id=document["key_id"],
            registry_schema=schemas["registry"],
            journal_schema=schemas["journal"],
            ends=tuple(
                ChainEnd(each["chain"], each["number"], bytes.fromhex(each["digest"]))
                for each in document["audit"]
            ),
            parts=tuple(Part(each["name"], each["bytes"]) for each in document["parts"]),
            cost=Cost(kdf["time"], kdf["memory_kib"], kdf["lanes"]),
            salt=base64.b64decode(kdf["salt"], validate=True),
        )
    except (KeyError, TypeError, ValueError, binascii.Error):
        return None
    return header if _is_whole(header) else None


def _is_whole(header: Header) -> bool:
    names = tuple(part.name for part in header.parts)
    texts = (header.id, header.outlet, header.key_id, header.registry_schema)
    numbers = (
        header.journal_schema,
        header.cost.time,
        header.cost.memory_kib,
        header.cost.lanes,
        *(part.size for part in header.parts),
        *(end.number for end in header.ends),
    )
    return (
        all(isinstance(each, str) for each in (*texts, *(end.chain for end in header.ends)))
        and all(type(each) is int and each >= 0 for each in numbers)
        and names == tuple(name for name in PARTS if name in names)
        and names[:1] == (REGISTRY,)
        and _ID.fullmatch(header.id) is not None
        and all(len(end.digest) == DIGEST for end in header.ends)
        and len(header.salt) == SALT
        and header.created_at.tzinfo is not None
    )
