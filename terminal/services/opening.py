"""Where the configured registry is, and how a command opens it: anchored, its clock believed."""

from __future__ import annotations

import getpass
import os
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from terminal.config import Config
from terminal.errors import ConfigWrong, FileTrouble, RegistryExists, RegistryMissing
from terminal.registry.audit import Note, note
from terminal.registry.migrations import STAMPED_SINCE, VERSIONS
from terminal.registry.plain import is_plain
from terminal.registry.store import (
    Clock,
    Registry,
    init_registry,
    now,
    open_registry,
)
from terminal.registry.vault import Algorithm, Vault, load_key, make_key_file
from terminal.services.acts import Act
from terminal.services.auditing import (
    AnchoredRegistry,
    ends_file,
    keep_anchor,
    make_anchor_file,
)
from terminal.services.clock import note_use_of
from terminal.services.operators import NOBODY
from terminal.texts import Text

MOST_CHAIN = 32
CIPHERS = {"aes-256-gcm": Algorithm.AES_256_GCM, "sm4-gcm": Algorithm.SM4_GCM}

_NEEDED = Text("production = true 时要写 {setting}", "production needs {setting}")
_CHAIN = Text(
    "outlet.id 和 outlet.desk 合起来应为 2 至 {most} 个字，不含控制字符",
    "outlet.id and outlet.desk together have 2 to {most} characters, none a control character",
)


@dataclass(frozen=True, slots=True)
class Place:
    """Say where a registry is, the key it is sealed with, and the anchors of its audit."""

    file: Path
    key_file: Path
    anchor_file: Path


def registry_place(config: Config) -> Place:
    """Say where it is: as configured, else (never in production) in the user's state.

    Raises ConfigWrong.
    """
    settings = config.registry
    folder = state_folder()
    found: dict[str, Path] = {}
    for name, default in (
        ("file", "registry.db"),
        ("key_file", "registry.key"),
        ("anchor_file", "registry.anchors"),
    ):
        configured: str = getattr(settings, name)
        if config.production and not configured:
            detail = _NEEDED.filled(setting=f"registry.{name}")
            raise ConfigWrong(path=config.source, detail=detail)
        found[name] = Path(configured) if configured else folder / default
    return Place(**found)


def state_folder() -> Path:
    """Say where a user's own state is (XDG Base Directory Specification)."""
    state = os.environ.get("XDG_STATE_HOME", "")
    folder = Path(state) if Path(state).is_absolute() else Path.home() / ".local/state"
    return folder / "guitai"


def chain_of(config: Config) -> str:
    """Name this counter's audit chain: its outlet and desk; raises ConfigWrong."""
    name = f"{config.outlet.id.strip() or '0'}-{config.outlet.desk.strip()}"
    if len(name) > MOST_CHAIN or name.endswith("-") or not is_plain(name):
        raise ConfigWrong(path=config.source, detail=_CHAIN.filled(most=MOST_CHAIN))
    return name


def system_user() -> str:
    """Name the system's user, for the record of what nobody signed in for."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user that no system table knows
        return NOBODY


def init_registry_of(config: Config, clock: Clock = now) -> Place:
    """Make the registry of a new counter, with its key and its anchor file.

    Raises ConfigWrong, RegistryExists, RegistryKeyExists, AnchorsMissing, RegistryUnwritable. A key
    file that is there is used where there is no registry: it was restored, or made for it.
    """
    place, chain = registry_place(config), chain_of(config)
    for path in (place.file, place.anchor_file, ends_file(place.anchor_file)):
        if os.path.lexists(path):
            raise RegistryExists(path=path)
    if not place.key_file.exists():
        _make_folder(place.key_file.parent)
        make_key_file(place.key_file)
    vault = Vault(load_key(place.key_file), CIPHERS[config.registry.cipher])
    make_anchor_file(place.anchor_file)
    try:
        registry = init_registry(place.file, vault, clock)
    except BaseException:
        place.anchor_file.unlink()  # it would stand in the way of the next attempt
        raise
    with closing(registry):
        facts = {"system_user": system_user()}
        with registry.writing() as tx:
            note(tx, chain, Note(NOBODY, Act.REGISTRY_INIT.value, facts=facts))
        keep_anchor(registry, place.anchor_file, chain)
    return place


def open_registry_of(config: Config, clock: Clock = now) -> Registry:
    """Open the configured registry, anchor its audit where that is due, and note the use.

    Whoever gets it closes it, which keeps how far the audit went. Raises ConfigWrong,
    RegistryKeyWrong, AuditBroken, AnchorsMissing and what terminal/registry/store.py raises.
    """
    registry = inspect_registry_of(config, clock)
    anchor_file = registry_place(config).anchor_file
    try:
        keep_anchor(registry, anchor_file, chain_of(config))
        note_use_of(registry)
    except BaseException:
        registry.close()
        raise
    return AnchoredRegistry(registry, anchor_file)


def inspect_registry_of(config: Config, clock: Clock = now) -> Registry:
    """Open the configured registry only to look at it: a damaged audit, too, opens so."""
    place = registry_place(config)
    if not place.file.is_file():  # before its key, which is not there either at a new counter
        raise RegistryMissing(path=place.file)
    vault = Vault(load_key(place.key_file), CIPHERS[config.registry.cipher])
    # The file of ends is written since rows are stamped: whose registry has one was there already.
    stamped = ends_file(place.anchor_file).exists()
    oldest = STAMPED_SINCE if stamped else VERSIONS[0]
    return open_registry(place.file, vault, clock, oldest=oldest)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise FileTrouble(path=folder, detail=error.strerror) from error
