"""The one configuration file: read, validated, explained in words.

TOML, ``/etc/guitai/guitai.toml`` unless ``--config`` says otherwise; without a file the
defaults hold. Nothing is configured anywhere else. It grows with the parts of the counter.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import date
from operator import attrgetter
from pathlib import Path
from types import MappingProxyType
from typing import Any

from terminal.errors import ConfigWrong, FileTrouble
from terminal.texts import LANGUAGES, Language, Text

DEFAULT_PATH = Path("/etc/guitai/guitai.toml")
MOST_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Outlet:
    """Say which outlet this is, and what the rules let it do.

    ``channel`` is one of the regulation's: DISTRICT, BANK, ONLINE, HOTLINE, BANK-PHONE, TRANSIT,
    PARK; ``bank`` the partner bank whose outlet it is, ``instant`` whether it makes cards on the
    spot. ``desk`` names the counter in the outlet: each has an audit chain of its own.
    """

    id: str = ""
    name: str = ""
    channel: str = "DISTRICT"
    bank: str = ""
    instant: bool = False
    desk: str = "1"


@dataclass(frozen=True, slots=True)
class Readers:
    """Say which reader plays which role, and how long a card may take.

    ``roles`` binds a role (``counter``, later ``sam`` …) to a reader's name, a piece of it,
    or the stable form that ``guitai readers`` shows. ``keypad_digits`` is how many digits the
    service PIN has where it is entered at a reader's keypad: 0 takes 4 to 12 for verifying and
    six for a change, which a keypad does with one length only (terminal/readers/part10.py).
    """

    roles: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    deadline_seconds: float = 10.0
    keypad_digits: int = 0


@dataclass(frozen=True, slots=True)
class Sam:
    """Say which SAM card is ours: its serial number in hex, empty to take the one there is."""

    serial: str = ""


@dataclass(frozen=True, slots=True)
class Token:
    """Say which PKCS#11 token holds the keys, and which file its PIN stands in.

    ``timeout_seconds`` is how long one of its calls may take before it counts as hung.
    """

    module: str = ""
    label: str = ""
    pin_file: str = ""
    timeout_seconds: float = 10.0


@dataclass(frozen=True, slots=True)
class Host:
    """Say which remote host computes with the keys, and by what it knows us."""

    url: str = ""
    ca_file: str = ""
    certificate_file: str = ""
    private_key_file: str = ""
    timeout_seconds: float = 10.0


@dataclass(frozen=True, slots=True)
class Keys:
    """Say which key service is used.

    ``development`` (TEST KEYS), ``file``, ``sam`` (reader role ``sam``), ``token`` or ``host``.
    """

    service: str = "development"
    set: str = "uniform"
    file: str = ""
    passphrase_file: str = ""
    sam: Sam = Sam()
    token: Token = Token()
    host: Host = Host()


@dataclass(frozen=True, slots=True)
class PinPad:
    """Say which PIN pad stands on the desk; no port, no pad.

    ``clear_entry`` lets the service PIN leave the pad in clear, to be sent to the card;
    ``switches`` says where this pad differs from its model (docs/pin-pad.md).
    """

    port: str = ""
    model: str = "zt598"
    clear_entry: bool = False
    timeout_seconds: float = 30.0
    switches: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class IdReader:
    """Say which reader of identity documents stands on the desk; no port, no reader.

    ``speed`` is the line's, which a reader keeps from what it was set to; ``timeout_seconds`` is
    how long a document is waited for.
    """

    port: str = ""
    speed: int = 115_200
    timeout_seconds: float = 30.0


@dataclass(frozen=True, slots=True)
class ReceiptPrinter:
    """Say which receipt printer stands on the desk; no port, no printer.

    ``port`` is a serial port or a printer's device file (/dev/usb/lp0), which has no ``speed``.
    ``columns`` is how many ASCII characters a line has: 32 on paper of 58 mm, 42 or 48 on 80 mm;
    ``cut`` whether it has a knife; ``timeout_seconds`` how long it may make no progress.
    """

    port: str = ""
    speed: int = 9_600
    columns: int = 48
    cut: bool = True
    timeout_seconds: float = 20.0


@dataclass(frozen=True, slots=True)
class Journal:
    """Say which file is the journal; empty, it is among the user's own state (development only)."""

    file: str = ""


@dataclass(frozen=True, slots=True)
class Registry:
    """Say where the registry is, the key it is sealed with, and where its audit is anchored.

    Empty, they are among the user's own state (development only). ``cipher`` seals what is written
    from now on; both are read.
    """

    file: str = ""
    key_file: str = ""
    anchor_file: str = ""
    cipher: str = "aes-256-gcm"


@dataclass(frozen=True, slots=True)
class Park:
    """Say where the park pass system is, when a year's pass is sold, and for how much.

    ``sale_from`` is a day of the year before, ``valid_to`` one of the year after (MM-DD);
    ``prices`` has the fen of each type of pass by its number. Public word, not the regulation's.
    """

    url: str = ""
    ca_file: str = ""
    certificate_file: str = ""
    private_key_file: str = ""
    timeout_seconds: float = 10.0
    sale_from: str = "12-15"
    valid_to: str = "01-31"
    prices: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({"1": 10_000}))


@dataclass(frozen=True, slots=True)
class Transit:
    """Say who answers for the transit purse, and what this outlet allows; money in fen.

    ``load`` is where MAC2 of a load comes from: ``development`` (TEST KEYS), ``token`` (the one
    under ``[keys.token]``) or ``host``; ``purchase`` is the SAM of a purchase: ``development`` or
    ``sam`` (reader role ``sam``). ``refund`` says how money is taken off: ``auto`` unloads where
    the card does and else purchases. ``terminal`` is this counter's number where no SAM says it.
    ``blacklist_file`` has a card number a line.
    """

    load: str = "development"
    purchase: str = "development"
    terminal: str = "110000000001"
    key_index: int = 1
    balance_ceiling: int = 100_000
    city: str = "1000"
    refund: str = "auto"
    blacklist_file: str = ""
    host: Host = Host()


@dataclass(frozen=True, slots=True)
class Party(Host):
    """Say where another party is asked, and which telephone number its people answer."""

    telephone: str = ""


@dataclass(frozen=True, slots=True)
class Parties:
    """Say where the other parties are; one without an address is not asked."""

    bank: Party = Party()
    clearing: Party = Party()
    data_sharing: Party = Party()
    messages: Party = Party()
    card_management: Party = Party()
    payment: Party = Party()

    def by_name(self) -> dict[str, Party]:
        """Give each party's settings by its name."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


@dataclass(frozen=True, slots=True)
class Rules:
    """Say what the regulation leaves to us.

    ``holidays_file`` has the holidays and make-up days of years that the library does not know
    yet (docs/decisions/0011-how-time-is-counted.md). ``pin`` says of a service whether it asks for
    the service PIN, ``verify`` or ``none`` (terminal/services/offered/pin_policy.py). ``banks`` are
    the partner banks, code and name; where none is named, any code is taken.
    """

    holidays_file: str = ""
    pin: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    banks: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Config:
    """Hold the whole configuration."""

    language: Language = "zh"
    production: bool = False
    outlet: Outlet = Outlet()
    rules: Rules = Rules()
    readers: Readers = Readers()
    keys: Keys = Keys()
    pin_pad: PinPad = PinPad()
    id_reader: IdReader = IdReader()
    receipt_printer: ReceiptPrinter = ReceiptPrinter()
    journal: Journal = Journal()
    registry: Registry = Registry()
    park: Park = Park()
    transit: Transit = Transit()
    parties: Parties = Parties()
    source: str = field(default="", metadata={"internal": True})
    """Where it was read, empty for the defaults."""


_CHOICES: dict[str, tuple[str | int, ...]] = {
    "language": LANGUAGES,
    "outlet.channel": (
        "DISTRICT",
        "BANK",
        "ONLINE",
        "HOTLINE",
        "BANK-PHONE",
        "TRANSIT",
        "PARK",
    ),
    "keys.service": ("development", "file", "sam", "token", "host"),
    "keys.set": ("uniform", "distinct"),
    "pin_pad.model": ("zt588", "zt598"),
    "id_reader.speed": (115_200, 57_600, 38_400, 19_200, 9_600),
    "receipt_printer.speed": (115_200, 57_600, 38_400, 19_200, 9_600),
    "receipt_printer.columns": (32, 42, 48),
    "registry.cipher": ("aes-256-gcm", "sm4-gcm"),
    "transit.load": ("development", "token", "host"),
    "transit.purchase": ("development", "sam"),
    "transit.refund": ("auto", "unload", "purchase"),
}
_TABLE_FORMS = {
    "readers.roles": (
        'readers.roles 应为 角色 = "读卡器" 的表',
        'readers.roles is no table of role = "reader"',
    ),
    "rules.pin": (
        'rules.pin 应为 业务 = "verify" 或 "none" 的表，例如 S-ENABLE = "verify"',
        'rules.pin is no table of service = "verify" or "none", such as S-ENABLE = "verify"',
    ),
    "pin_pad.switches": (
        'pin_pad.switches 应为 开关 = "取值" 的表',
        'pin_pad.switches is no table of switch = "value"',
    ),
}
_NUMBER_TABLES = {
    "park.prices": (
        "park.prices 应为 票种（1 至 254）= 分 的表，例如 1 = 10000",
        "park.prices is no table of type (1 to 254) = fen, such as 1 = 10000",
    ),
}
"""Tables whose names and values are numbers."""
_NEEDED = {
    "file": ("file",),
    "token": ("token.module", "token.label", "token.pin_file"),
    "host": ("host.url",),
}
"""What a key service cannot do without, under ``[keys]``."""
_NO_UID_FILES = frozenset({"none", "public"})
"""Words for the switch ``uid`` (apdu/zt598_switches.py); anything else is a file name."""
_SAM_SERIAL = re.compile(r"([0-9A-Fa-f]{20})?")
_TELEPHONE = re.compile(r"(\+?[0-9][0-9 ()\-]{1,30}( ?(转|ext\.?) ?[0-9]{1,8})?)?", re.ASCII)
_TYPE_NAMES = {
    str: ("文字", "text"),
    bool: ("true 或 false", "true or false"),
    int: ("整数", "a whole number"),
    float: ("数字", "a number"),
    dict: ("表", "a table"),
}


def load_config(path: str | None = None) -> Config:
    """Read and validate the configuration; raises ConfigWrong or FileTrouble.

    The default file may be missing, a named one may not.
    """
    file = Path(path) if path else DEFAULT_PATH
    try:
        text = file.read_text("utf-8")
    except FileNotFoundError as error:
        if path is None:
            return Config()
        raise FileTrouble(path=file, detail=error.strerror) from error
    except OSError as error:
        raise FileTrouble(path=file, detail=error.strerror) from error
    except UnicodeDecodeError as error:
        raise _wrong(file, "不是 UTF-8 编码", "it is not UTF-8") from error
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _wrong(file, f"不是 TOML：{error}", f"it is not TOML: {error}") from error
    config: Config = _build(Config, data, "", file, source=str(file))
    _check(config, file)
    pad = replace(config.pin_pad, switches=_uid_beside(config.pin_pad.switches, file.parent))
    return replace(
        config,
        keys=_beside(config.keys, file.parent),
        pin_pad=pad,
        journal=_beside(config.journal, file.parent),
        registry=_beside(config.registry, file.parent),
        park=_beside(config.park, file.parent),
        rules=_beside(config.rules, file.parent),
        transit=_beside(config.transit, file.parent),
        parties=_beside(config.parties, file.parent),
    )


def _uid_beside(switches: Mapping[str, str], folder: Path) -> Mapping[str, str]:
    """Take the one switch that may be a file name as beside the configuration, too."""
    uid = switches.get("uid")
    if uid is None or uid in _NO_UID_FILES:
        return switches
    return MappingProxyType({**switches, "uid": str(folder / uid)})


def _beside(table: Any, folder: Path) -> Any:
    """Take a table's relative file names as beside the configuration, wherever we were started."""
    changed: dict[str, Any] = {}
    for each in fields(table):
        value = getattr(table, each.name)
        if is_dataclass(value):
            changed[each.name] = _beside(value, folder)
        elif value and (each.name == "file" or each.name.endswith("_file")):
            changed[each.name] = str(folder / value)
    return replace(table, **changed)


def configured_language(path: str | None) -> Language | None:
    """Give the configured language, None where the configuration can't be read."""
    try:
        return load_config(path).language
    except (ConfigWrong, FileTrouble):
        return None


def _build(kind: type[Any], data: Mapping[str, Any], prefix: str, file: Path, **more: Any) -> Any:
    """Make a table's dataclass, refusing what it does not know."""
    known = {each.name: each for each in fields(kind) if not each.metadata.get("internal")}
    for name in data:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            zh = f"，是不是 {prefix}{near[0]}？" if near else ""
            en = f"; is {prefix}{near[0]} meant?" if near else ""
            raise _wrong(file, f"不认识 {prefix}{name}{zh}", f"{prefix}{name} is unknown{en}")
    default = kind()
    values = {
        name: _value(getattr(default, name), given, f"{prefix}{name}", file)
        for name, given in data.items()
    }
    return kind(**values, **more)


def _value(default: Any, given: Any, name: str, file: Path) -> Any:
    """Check a value against its default's type."""
    if is_dataclass(default):
        if not isinstance(given, dict):
            raise _type_error(dict, name, file)
        return _build(type(default), given, f"{name}.", file)
    if name in _NUMBER_TABLES:
        if not isinstance(given, dict) or not all(map(_is_price, given.items())):
            zh, en = _NUMBER_TABLES[name]
            raise _wrong(file, zh, en)
        return MappingProxyType(dict(given))
    if isinstance(default, Mapping):
        if not isinstance(given, dict) or not all(
            isinstance(each, str) and each.strip() for each in given.values()
        ):
            zh, en = _TABLE_FORMS[name]
            raise _wrong(file, zh, en)
        return MappingProxyType(dict(given))
    if isinstance(default, float) and isinstance(given, int) and not isinstance(given, bool):
        given = float(given)
    if type(given) is not type(default):
        raise _type_error(type(default), name, file)
    if name in _CHOICES and given not in _CHOICES[name]:
        listed = ", ".join(map(str, _CHOICES[name]))
        raise _wrong(file, f"{name} 应为 {listed} 之一", f"{name} is none of {listed}")
    return given


def _is_price(entry: tuple[str, object]) -> bool:
    number, fen = entry
    known = re.fullmatch(r"[1-9]\d?|1\d\d|2[0-4]\d|25[0-4]", number, re.ASCII) is not None
    return known and type(fen) is int and fen >= 0


def _check_park(park: Park, file: Path) -> None:
    for name, text in (("park.sale_from", park.sale_from), ("park.valid_to", park.valid_to)):
        try:
            # Of a year without 29 February: the day must be there every year.
            good = re.fullmatch(r"\d\d-\d\d", text) and date.fromisoformat(f"2025-{text}")
        except ValueError:
            good = None
        if not good:
            raise _wrong(
                file,
                f"{name} 应为每年都有的一天，写成 月-日，例如 12-15",
                f"{name} is no day that every year has, as MM-DD, 12-15 for example",
            )


def _check_parties(parties: Parties, file: Path) -> None:
    for name, party in parties.by_name().items():
        if not _TELEPHONE.fullmatch(party.telephone):
            raise _wrong(
                file,
                f"parties.{name}.telephone 应为电话号码，例如 010-00000000 转 8，或不写",
                f"parties.{name}.telephone is no telephone number such as 010-00000000 ext. 8,"
                " or nothing",
            )


_DIGITS = {"transit.terminal": 12, "transit.city": 4}
_MOST_BALANCE = 10_000_000
_LAST_INDEX = 0xFF


def _check_transit(config: Config, file: Path) -> None:
    transit = config.transit
    for name, size in _DIGITS.items():
        digits = attrgetter(name)(config)
        if len(digits) != size or not (digits.isascii() and digits.isdecimal()):
            raise _wrong(file, f"{name} 应为 {size} 位数字", f"{name} is not {size} digits")
    for name, value, most in (
        ("transit.balance_ceiling", transit.balance_ceiling, _MOST_BALANCE),
        ("transit.key_index", transit.key_index, _LAST_INDEX),
    ):
        if not 0 <= value <= most:
            raise _wrong(file, f"{name} 应为 0 至 {most}", f"{name} is not 0 to {most}")
    if transit.load == "host" and not transit.host.url:
        raise _wrong(
            file,
            'transit.load = "host" 时要写 transit.host.url',
            'transit.load = "host" needs transit.host.url',
        )
    needed = _NEEDED["token"] if transit.load == "token" else ()
    for name in needed:
        if not attrgetter(name)(config.keys):
            raise _wrong(
                file,
                f'transit.load = "token" 时要写 keys.{name}',
                f'transit.load = "token" needs keys.{name}',
            )


def _check_keypad_digits(digits: int, file: Path) -> None:
    # Imported here: its profile takes longer to load than all else of a command's start.
    from terminal.service_pin import LEAST_DIGITS, MOST_DIGITS  # noqa: PLC0415

    if not LEAST_DIGITS <= digits <= MOST_DIGITS:
        raise _wrong(
            file,
            f"readers.keypad_digits 应为 0 或 {LEAST_DIGITS} 至 {MOST_DIGITS}",
            f"readers.keypad_digits is not 0 or {LEAST_DIGITS} to {MOST_DIGITS}",
        )


def _check(config: Config, file: Path) -> None:
    """Check what goes across tables."""
    for name, seconds in (
        ("readers.deadline_seconds", config.readers.deadline_seconds),
        ("keys.host.timeout_seconds", config.keys.host.timeout_seconds),
        ("keys.token.timeout_seconds", config.keys.token.timeout_seconds),
        ("pin_pad.timeout_seconds", config.pin_pad.timeout_seconds),
        ("id_reader.timeout_seconds", config.id_reader.timeout_seconds),
        ("receipt_printer.timeout_seconds", config.receipt_printer.timeout_seconds),
        ("park.timeout_seconds", config.park.timeout_seconds),
        ("transit.host.timeout_seconds", config.transit.host.timeout_seconds),
        *(
            (f"parties.{name}.timeout_seconds", party.timeout_seconds)
            for name, party in config.parties.by_name().items()
        ),
    ):
        if not 0 < seconds <= MOST_SECONDS:
            raise _wrong(
                file,
                f"{name} 应大于 0，不超过 {MOST_SECONDS}",
                f"{name} is not above 0 and up to {MOST_SECONDS}",
            )
    if config.outlet.channel == "BANK" and not config.outlet.bank:
        raise _wrong(
            file,
            'outlet.channel = "BANK" 时要写 outlet.bank（哪家合作银行）',
            'outlet.channel = "BANK" needs outlet.bank, the partner bank',
        )
    _check_park(config.park, file)
    _check_transit(config, file)
    _check_parties(config.parties, file)
    if not _SAM_SERIAL.fullmatch(config.keys.sam.serial.replace(" ", "")):
        raise _wrong(
            file,
            "keys.sam.serial 应为 20 位十六进制，或不写",
            "keys.sam.serial is not 20 hex digits, or nothing",
        )
    if config.readers.keypad_digits:
        _check_keypad_digits(config.readers.keypad_digits, file)
    service = config.keys.service
    for needed in _NEEDED.get(service, ()):
        if not attrgetter(needed)(config.keys):
            raise _wrong(
                file,
                f'keys.service = "{service}" 时要写 keys.{needed}',
                f'keys.service = "{service}" needs keys.{needed}',
            )
    if config.production and config.keys.service == "development":
        raise _wrong(
            file,
            "production = true 时不能用开发密钥（keys.service）",
            "production = true forbids development keys (keys.service)",
        )


def _type_error(kind: type[Any], name: str, file: Path) -> ConfigWrong:
    zh, en = _TYPE_NAMES[kind]
    return _wrong(file, f"{name} 应为{zh}", f"{name} is not {en}")


def _wrong(file: Path, zh: str, en: str) -> ConfigWrong:
    return ConfigWrong(path=file, detail=Text(zh, en))
