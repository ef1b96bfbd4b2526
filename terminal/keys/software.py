"""The software key service: root keys from a file or a development set (docs/keys.md).

Keys of a file are in this process's memory; where that is too much to trust a machine with,
they belong behind a SAM or a token.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from apdu.cipher import KEY, family
from apdu.secret import Secret
from card_profiles import development_keys
from terminal.errors import KeyMissing, PassphraseMissing
from terminal.keys.derivation import LEVELS, DerivingKeys, RootCipher
from terminal.keys.key_file import (
    ANY,
    MARKS,
    Ask,
    KeySet,
    Root,
    is_known,
    open_file,
    trusted,
    wrong,
)
from terminal.keys.service import CardIdentity, CardKey
from terminal.texts import Text

__all__ = ["ANY", "FORMAT", "LEVELS", "SoftwareKeys", "development", "from_file", "read_keys"]

FORMAT = "guitai.keys/1"
"""The plain form, for development."""

RootOf = Callable[[str, str], Secret | None]
"""Give the root key named by application and key, None where there is none."""
VersionOf = Callable[[CardKey], int | None]
"""Give the version to name to the card (KeyService.version)."""


class SoftwareKeys(DerivingKeys):
    """Derive from root keys in memory; ``level`` says where they stand."""

    def __init__(
        self,
        root_of: RootOf,
        *,
        level: str = LEVELS[0],
        test_keys: bool = True,
        version_of: VersionOf = lambda _: None,
    ) -> None:
        self._root_of = root_of
        self._level = level
        self._version_of = version_of
        self.test_keys = test_keys

    @property
    def level(self) -> str:
        """Tell at which of LEVELS the root keys stand."""
        return self._level

    def holds(self, card: CardIdentity, key: CardKey) -> bool:  # noqa: ARG002  one set for all cards
        """Tell whether there is a root (KeyService)."""
        return self._root_of(key.application, key.name) is not None

    def version(self, key: CardKey) -> int | None:
        """Give the version of the root that serves the key (KeyService)."""
        return self._version_of(key)

    def root_cipher(self, card: CardIdentity, key: CardKey) -> RootCipher:
        """Give the root's cipher in the card's family; raises KeyMissing."""
        root = self._root_of(key.application, key.name)
        if root is None:
            raise KeyMissing(key=str(key))
        return functools.partial(family(card.algorithm).encrypt_blocks, root.reveal())

    def close(self) -> None:
        """Hold nothing open (KeyService)."""


def development(name: str = "uniform") -> SoftwareKeys:
    """Give a development set, ``uniform`` or ``distinct``: TEST KEYS."""
    root_of = development_keys.SETS[name]
    return SoftwareKeys(lambda application, key: Secret(root_of(application, key)))


def _nobody_to_ask() -> Secret:
    raise PassphraseMissing(of=Text("密钥文件", "the key file"))


def from_file(path: Path, ask: Ask = _nobody_to_ask) -> SoftwareKeys:
    """Open a key file of either form; raises what :func:`read_keys` raises."""
    keys = read_keys(path, ask)

    def root_of(application: str, key: str) -> Secret | None:
        root = keys.find(CardKey(application, key))
        return None if root is None else root.value

    def version_of(key: CardKey) -> int | None:
        root = keys.find(key)
        return None if root is None else root.version

    return SoftwareKeys(root_of, level=keys.level, test_keys=keys.test_keys, version_of=version_of)


def read_keys(path: Path, ask: Ask = _nobody_to_ask) -> KeySet:
    """Read a key file of either form; only the encrypted one asks for a passphrase.

    Raises FileTrouble, KeyFileWrong, KeyFileLocked, PassphraseMissing, none of which quotes a key.
    """
    data = trusted(path, secret=False)  # a plain one has test keys only
    if data.lstrip().startswith(b"{"):  # no TOML document begins so
        return open_file(path, ask).keys
    return _plain(path, data)


def _plain(path: Path, data: bytes) -> KeySet:
    """Read the plain form; raises KeyFileWrong."""
    table = _toml(data)
    if not data.strip():
        raise wrong(path, "它是空的", "it is empty")
    if table is None:
        raise wrong(path, "既不是加密的密钥文件，也不是 TOML", "it is neither encrypted nor TOML")
    if table.get("format") != FORMAT:
        raise wrong(path, f"format 应为 {FORMAT}", f"format is not {FORMAT}")
    if unknown := sorted(table.keys() - {"format", "mark", "level", "keys"}):
        raise wrong(path, f"不认识 {', '.join(unknown)}", f"unknown: {', '.join(unknown)}")
    mark, level = table.get("mark"), table.get("level", LEVELS[0])
    if mark not in MARKS:
        raise wrong(path, "mark 应为 test 或 live", "mark is neither test nor live")
    if mark == "live":
        raise wrong(
            path,
            "正式密钥不能放在明文文件里；请用 guitai keys init 和 guitai keys import",
            "live keys must not lie in a plain file; use guitai keys init and guitai keys import",
        )
    if level not in LEVELS:
        listed = ", ".join(LEVELS)
        raise wrong(path, f"level 应为 {listed} 之一", f"level is none of {listed}")
    return KeySet(mark, level, _roots(path, table.get("keys")), encrypted=False)


def _toml(data: bytes) -> dict[str, Any] | None:
    """Read TOML, None where it is none: the parser's message would quote the line, and a key."""
    try:
        return tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError):
        return None


def _roots(path: Path, tables: object) -> tuple[Root, ...]:
    if not isinstance(tables, dict) or not tables:
        raise wrong(path, "没有 [keys.应用] 表", "there is no [keys.APPLICATION] table")
    roots: list[Root] = []
    for application, keys in tables.items():
        if not isinstance(keys, dict):
            raise wrong(path, f"keys.{application} 不是表", f"keys.{application} is no table")
        for name, digits in keys.items():
            key = CardKey(application, name)
            if not is_known(key):
                raise wrong(
                    path,
                    f"没有 {application}.{name} 这个密钥",
                    f"there is no key {application}.{name}",
                )
            try:
                value = bytes.fromhex(digits)
            except (TypeError, ValueError):
                value = b""
            if len(value) != KEY:
                raise wrong(
                    path,
                    f"{application}.{name} 不是 {2 * KEY} 位十六进制",
                    f"{application}.{name} is not {2 * KEY} hex digits",
                )
            roots.append(Root(key, Secret(value)))
    return tuple(roots)
