"""Where the pads of the ZT588/ZT598 family differ: ten switches, one for each known point.

Reference counter-devices.md §3.2.7. Two drivers are public, years apart, and they disagree in ten
points; which of them a pad on a desk follows is only seen there. So each point is a setting with
the default of its model, and both sides are built from the same switches.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import Enum
from typing import Any, TypeVar

from apdu.secret import Secret


class Model(Enum):
    """Name the models; the value is that of ``pin_pad.model`` in the configuration."""

    ZT588 = "zt588"
    ZT598 = "zt598"


class LengthDigit(Enum):
    """Say how a key's length is written; the value is the digit of 8 bytes."""

    FROM_0 = 0
    FROM_1 = 1


class PlainKeyDigit(Enum):
    """Say what the digit after the slot means where a plain key is loaded."""

    TYPE = "type"
    MODE = "mode"


class StartEntry(Enum):
    """Say whether the start of a cipher entry names key, format and account."""

    WITH_ACCOUNT = "with_account"
    WITHOUT_ACCOUNT = "without_account"


class GetBlock(Enum):
    """Say whether the PIN block is asked for by key, format and account or by nothing."""

    ALONE = "alone"
    WITH_ACCOUNT = "with_account"


class Control3(Enum):
    """Say what control 3 sets: the byte that stands for a digit, or the filler of the block."""

    MASK = "mask"
    FILL = "fill"


class Limits(Enum):
    """Say how lengths above 9 are sent: 12 as ``0C`` or as ``12``."""

    BYTE = "byte"
    DECIMAL = "decimal"


class CheckValue(Enum):
    """Say how a key check value comes back: hex text, raw bytes, or either."""

    HEX = "hex"
    RAW = "raw"
    EITHER = "either"


SPEEDS = (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200)
"""Speeds a pad can be set to, in the order of the codes 30 to 37 of its info reply."""

_UID_BYTES = (8, 16)


class SwitchWrong(ValueError):
    """Refuse a switch, in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


@dataclass(frozen=True, slots=True)
class Switches:
    """Say how a pad does each of the ten things; made by :func:`switches_of`.

    ``speed`` is the one the pad was set to with its own tool: the two drivers disagree about
    the codes that change it, so nothing here sends any. ``uid`` is proved before a key of the
    DES side is used (§3.2.4), None where the pad has none.
    """

    plain_key_length: LengthDigit
    wrapped_key_length: LengthDigit
    plain_key_digit: PlainKeyDigit
    start_entry: StartEntry
    get_block: GetBlock
    control_3: Control3
    limits: Limits
    speed: int
    check_value: CheckValue
    uid: Secret | None


_DEFAULTS = {
    Model.ZT588: Switches(
        plain_key_length=LengthDigit.FROM_0,
        wrapped_key_length=LengthDigit.FROM_1,
        plain_key_digit=PlainKeyDigit.TYPE,
        start_entry=StartEntry.WITH_ACCOUNT,
        get_block=GetBlock.ALONE,
        control_3=Control3.MASK,
        limits=Limits.BYTE,
        speed=9600,
        check_value=CheckValue.HEX,
        uid=Secret(b"0" * 16),
    ),
    Model.ZT598: Switches(
        plain_key_length=LengthDigit.FROM_1,
        wrapped_key_length=LengthDigit.FROM_1,
        plain_key_digit=PlainKeyDigit.MODE,
        start_entry=StartEntry.WITHOUT_ACCOUNT,
        get_block=GetBlock.WITH_ACCOUNT,
        control_3=Control3.FILL,
        limits=Limits.DECIMAL,
        speed=9600,
        check_value=CheckValue.EITHER,
        uid=Secret(b"\x88" * 16),
    ),
}
NO_UID = "none"
PUBLIC_UID = "public"


def switches_of(model: str, overrides: Mapping[str, str]) -> Switches:
    """Give a model's switches with those that a desk's pad has otherwise.

    ``overrides`` are the names and values of ``[pin_pad.switches]``; ``uid`` is ``none``,
    ``public`` (the one in the open drivers) or 16 or 32 hex digits. Raises SwitchWrong, a
    ValueError, for what is none.
    """
    try:
        known = _DEFAULTS[Model(model)]
    except ValueError:
        raise _none_of("model", model, [each.value for each in Model]) from None
    values = {each.name: getattr(known, each.name) for each in fields(known)}
    for name, given in overrides.items():
        if name not in values:
            near = difflib.get_close_matches(name, values, 1)
            raise SwitchWrong(
                f"没有名为 {name} 的开关" + (f"，是不是 {near[0]}？" if near else ""),
                f"there is no switch {name}" + (f"; is {near[0]} meant?" if near else ""),
            )
        values[name] = _value(name, given, values[name])
    switches = Switches(**values)
    if (switches.start_entry, switches.get_block) == (StartEntry.WITHOUT_ACCOUNT, GetBlock.ALONE):
        raise SwitchWrong(
            "start_entry 和 get_block 不能都不带账号，否则键盘得不到账号",
            "start_entry and get_block both leave the account out, so the pad never gets it",
        )
    return switches


def _value(name: str, given: str, default: Any) -> object:
    """Read one switch by the kind its default is of."""
    if name == "uid":
        return _uid(given, default)
    if name == "speed":
        if given not in map(str, SPEEDS):
            raise _none_of(name, given, [str(each) for each in SPEEDS])
        return int(given)
    return _member(name, given, type(default))


_Choice = TypeVar("_Choice", bound=Enum)


def _member(name: str, given: str, choices: type[_Choice]) -> _Choice:
    for each in choices:
        if each.name.lower() == given:
            return each
    raise _none_of(name, given, [each.name.lower() for each in choices])


def _uid(given: str, public: Secret) -> Secret | None:
    """Read the UID; a value that is none is not quoted, for it may be one with a slip in it."""
    if given == NO_UID:
        return None
    if given == PUBLIC_UID:
        return public
    try:
        uid = bytes.fromhex(given)
    except ValueError:
        uid = b""
    if len(uid) not in _UID_BYTES:
        raise SwitchWrong(
            "uid 应为 none、public 或 16、32 位十六进制",
            "uid is none of none, public, and 16 or 32 hex digits",
        )
    return Secret(uid)


def _none_of(name: str, given: str, choices: list[str]) -> SwitchWrong:
    listed = ", ".join(choices)
    return SwitchWrong(
        f"{name} 应为 {listed} 之一，不是 {given}", f"{name} is none of {listed} but {given}"
    )
