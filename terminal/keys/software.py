"""The software key service: root keys from a file or a development set (docs/keys.md).

For development. Keys of a file are in this process's memory, and the file is as safe as its
permissions; live keys belong behind a SAM or a token.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

from apdu.cipher import KEY, MAC, card_factor, city_factor, family, province_factor
from apdu.secret import Secret
from card_profiles import development_keys
from card_profiles import social_security as ssse
from card_profiles.profiles import PROFILES
from terminal.errors import CardBabbles, FileTrouble, KeyFileWrong, KeyMissing
from terminal.keys.service import CardIdentity, CardKey
from terminal.service_pin import ServicePin

FORMAT = "guitai.keys/1"
LEVELS = ("national", "province", "city", "card")
"""Where the keys of a file stand; the levels below are derived (reference §8.2)."""
ANY = "*"
"""Name that stands for every key of an application, or for every application."""

RootOf = Callable[[str, str], Secret | None]
"""Give the root key named by application and key, None where there is none."""


class SoftwareKeys:
    """Derive from root keys in memory; ``level`` says where they stand."""

    def __init__(self, root_of: RootOf, *, level: str = LEVELS[0], test_keys: bool = True) -> None:
        self._root_of = root_of
        self._level = LEVELS.index(level)
        self.test_keys = test_keys

    def holds(self, card: CardIdentity, key: CardKey) -> bool:  # noqa: ARG002  one set for all cards
        """Tell whether there is a root (KeyService)."""
        return self._root_of(key.application, key.name) is not None

    def version(self, key: CardKey) -> int | None:  # noqa: ARG002  the card's own choice
        """Name no version (KeyService)."""
        return None

    def authentication_data(
        self, card: CardIdentity, key: CardKey, factor: bytes, original: bytes
    ) -> bytes:
        """Make authentication data (KeyService)."""
        return family(card.algorithm).authentication_data(
            self._session_key(card, key, factor), original
        )

    def mac(self, card: CardIdentity, key: CardKey, factor: bytes, header: bytes) -> bytes:
        """Make the MAC of a command without data (KeyService)."""
        cipher = family(card.algorithm)
        return cipher.mac(self._session_key(card, key, factor), header + bytes((MAC,)))

    def reload_pin(
        self, card: CardIdentity, key: CardKey, factor: bytes, header: bytes, pin: ServicePin
    ) -> bytes:
        """Encipher a new PIN and make the MAC over it (KeyService)."""
        cipher = family(card.algorithm)
        session = self._session_key(card, key, factor)
        coded = pin.coded(ssse.ENVIRONMENT)
        try:
            enciphered = cipher.encrypt(session, bytes(coded))
        finally:
            coded[:] = bytes(len(coded))
        length = bytes((len(enciphered) + MAC,))
        return enciphered + cipher.mac(session, header + length + enciphered)

    def close(self) -> None:
        """Hold nothing open (KeyService)."""

    def _session_key(self, card: CardIdentity, key: CardKey, factor: bytes) -> bytes:
        return family(card.algorithm).session_key(self._card_key(card, key), factor)

    def _card_key(self, card: CardIdentity, key: CardKey) -> bytes:
        root = self._root_of(key.application, key.name)
        if root is None:
            raise KeyMissing(key=str(key))
        value = root.reveal()
        cipher = family(card.algorithm)
        levels: tuple[Callable[[], bytes], ...] = (
            lambda: province_factor(card.region),
            lambda: city_factor(card.region),
            lambda: card_factor(card.historical),
        )
        try:
            for factor in levels[self._level :]:
                value = cipher.diversify(value, factor())
        except ValueError as error:
            raise CardBabbles(detail=str(error)) from error
        return value


def development(name: str = "uniform") -> SoftwareKeys:
    """Give a development set, ``uniform`` or ``distinct``: TEST KEYS."""
    root_of = development_keys.SETS[name]
    return SoftwareKeys(lambda application, key: Secret(root_of(application, key)))


def from_file(path: Path) -> SoftwareKeys:
    """Read a key file; raises FileTrouble or KeyFileWrong, which never quote a key."""
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise FileTrouble(path=path, detail=error.strerror) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError):
        # The parser's own message would quote the line, and with it perhaps a key.
        raise _wrong(path, "不是 TOML 文件", "it is not TOML") from None
    if data.get("format") != FORMAT:
        raise _wrong(path, f"format 应为 {FORMAT}", f"format is not {FORMAT}")
    if unknown := sorted(data.keys() - {"format", "mark", "level", "keys"}):
        raise _wrong(path, f"不认识 {', '.join(unknown)}", f"unknown: {', '.join(unknown)}")
    if data.get("mark") not in ("test", "live"):
        raise _wrong(path, "mark 应为 test 或 live", "mark is neither test nor live")
    level = data.get("level", LEVELS[0])
    if level not in LEVELS:
        listed = ", ".join(LEVELS)
        raise _wrong(path, f"level 应为 {listed} 之一", f"level is none of {listed}")
    roots = _roots(path, data.get("keys"))

    def root_of(application: str, key: str) -> Secret | None:
        for name in ((application, key), (application, ANY), (ANY, key), (ANY, ANY)):
            if name in roots:
                return roots[name]
        return None

    # Whatever its mark says: a key that everybody knows is a test key.
    known = any(_is_development(name, root) for name, root in roots.items())
    return SoftwareKeys(root_of, level=level, test_keys=known or data["mark"] == "test")


def _is_known(application: str, key: str) -> bool:
    """Tell whether a profile has the key; a mistyped one would be passed over for ``*``."""
    applications = [
        each
        for profile in PROFILES.values()
        for each in (profile.environment, *profile.applications)
        if application in {ANY, each.name}
    ]
    names = {own.name for each in applications for own in each.keys}
    return bool(applications) and (key == ANY or key in names)


def _is_development(name: tuple[str, str], root: Secret) -> bool:
    return any(Secret(root_of(*name)) == root for root_of in development_keys.SETS.values())


def _roots(path: Path, tables: object) -> dict[tuple[str, str], Secret]:
    if not isinstance(tables, dict) or not tables:
        raise _wrong(path, "没有 [keys.应用] 表", "there is no [keys.APPLICATION] table")
    roots: dict[tuple[str, str], Secret] = {}
    for application, keys in tables.items():
        if not isinstance(keys, dict):
            raise _wrong(path, f"keys.{application} 不是表", f"keys.{application} is no table")
        for name, digits in keys.items():
            if not _is_known(application, name):
                raise _wrong(
                    path,
                    f"没有 {application}.{name} 这个密钥",
                    f"there is no key {application}.{name}",
                )
            try:
                value = bytes.fromhex(digits)
            except (TypeError, ValueError):
                value = b""
            if len(value) != KEY:
                raise _wrong(
                    path,
                    f"{application}.{name} 不是 {2 * KEY} 位十六进制",
                    f"{application}.{name} is not {2 * KEY} hex digits",
                )
            roots[application, name] = Secret(value)
    return roots


def _wrong(path: Path, zh: str, en: str) -> KeyFileWrong:
    return KeyFileWrong(path=path, detail_zh=zh, detail_en=en)
