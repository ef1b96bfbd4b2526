"""The key ceremony: a key file is made, and keys come into it in components from several people.

Nobody but the file ever has a whole key: each person enters one component, compares its check
value with the envelope, and the key is the XOR of them all.
"""

from __future__ import annotations

import binascii
import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from apdu.cipher import KEY, SM4, TDES
from apdu.secret import Secret
from terminal.errors import (
    CeremonyStopped,
    ComponentWrong,
    FileTrouble,
    KeyFileExists,
    KeyPresent,
)
from terminal.keys.key_file import Ask, KeySet, Root, create, open_file
from terminal.keys.passphrase import Passphrases
from terminal.keys.service import CardKey
from terminal.logs import event
from terminal.texts import Text

CHECK_VALUE = 3
"""Bytes of a check value as it is shown."""
LEAST_COMPONENTS = 2
ATTEMPTS = 3
"""How often a holder may type a component that is none."""


@dataclass(frozen=True, slots=True)
class CheckValues:
    """Hold the leading bytes of zeros enciphered, one block in each family (KCV).

    A key serves both, so both are given. Reference counter-devices.md §3.2.2, §3.7.
    """

    sm4: bytes
    tdes: bytes

    def include(self, wanted: bytes) -> bool:
        """Tell whether a check value of 3 bytes or more is one of them."""
        return len(wanted) >= CHECK_VALUE and any(
            whole.startswith(wanted) for whole in (self.sm4, self.tdes)
        )


def check_values(key: Secret) -> CheckValues:
    """Make a key's check values, whole blocks; show ``[:CHECK_VALUE]`` of them."""
    return CheckValues(
        SM4.encrypt_blocks(key.reveal(), bytes(SM4.block)),
        TDES.encrypt_blocks(key.reveal(), bytes(TDES.block)),
    )


class Custodians(Protocol):
    """Be the people at the ceremony, as the command line or a test knows them."""

    def enter(self, number: int, count: int) -> bytearray | None:
        """Give what the holder of a component typed, None where there is nobody."""
        ...

    def complain(self, wrong: ComponentWrong) -> None:
        """Say why what was typed is no component; its holder is asked again."""
        ...

    def compare(self, number: int, values: CheckValues) -> None:
        """Show a component's check values to its holder."""
        ...

    def confirm(self, values: CheckValues) -> bool:
        """Show the key's check values and ask whether they are the right ones."""
        ...


def init(path: Path, mark: str, level: str, passphrases: Passphrases) -> KeySet:
    """Make an empty key file; raises KeyFileExists, FileTrouble, PassphraseMissing or -Unfit."""
    if os.path.lexists(path):
        raise KeyFileExists(path=path)
    if not path.parent.is_dir():
        raise FileTrouble(path=path.parent, detail=os.strerror(errno.ENOENT))  # before asking
    keys = KeySet(mark, level)
    create(path, keys, passphrases.new(path, mark))
    event("keys.file_made", file=path, mark=mark, level=level)
    return keys


def import_key(
    path: Path,
    ask: Ask,
    key: CardKey,
    custodians: Custodians,
    *,
    version: int | None = None,
    components: int = LEAST_COMPONENTS,
    check_value: bytes | None = None,
    replace: bool = False,
) -> KeySet:
    """Bring a key into an encrypted file; the file is touched after all agreed, or not at all.

    Raises ComponentWrong, CeremonyStopped, KeyPresent (and not to be replaced), and what opening
    and writing raise.
    """
    file = open_file(path, ask)
    if file.keys.has(key, version) and not replace:
        raise KeyPresent(path=path, key=key)
    root = Root(key, _collect(custodians, components), version)
    values = check_values(root.value)
    if check_value is not None and not values.include(check_value):
        raise CeremonyStopped(
            detail=Text("合成密钥的校验值不符", "the check value of the whole key is another one")
        )
    if not custodians.confirm(values):
        raise CeremonyStopped(
            detail=Text("校验值没有得到确认", "its check value was not confirmed")
        )
    held = file.save(file.keys.with_root(root)).keys
    event("keys.imported", file=path, key=key, version=version, components=components)
    return held


def _collect(custodians: Custodians, count: int) -> Secret:
    """Let each holder enter a component; gives the key, raises ComponentWrong."""
    taken: list[bytearray] = []
    with _wiped(taken), _wiped([bytearray(KEY)]) as (whole,):
        for number in range(1, count + 1):
            component = _entered(custodians, number, count)
            taken.append(component)
            if any(_same(component, each) for each in taken[:-1]):
                raise _component("两个分量相同", "two components are the same")
            custodians.compare(number, check_values(Secret(bytes(component))))
            whole[:] = bytes(one ^ other for one, other in zip(whole, component, strict=True))
        if _same(whole, bytes(KEY)):
            raise _component("分量合成为全零", "the components cancel each other out")
        if _same(whole[: KEY // 2], whole[KEY // 2 :]):
            raise _component(
                "合成的密钥左右两半相同，只有单 DES 的强度",
                "both halves of the whole key are the same: it would be as weak as single DES",
            )
        return Secret(bytes(whole))


def _entered(custodians: Custodians, number: int, count: int) -> bytearray:
    """Let a holder type the component, again where it is none; raises ComponentWrong."""
    for left in reversed(range(ATTEMPTS)):
        typed = custodians.enter(number, count)
        if typed is None:
            raise _component("没有人输入", "nobody entered it")
        try:
            return _parse(typed)
        except ComponentWrong as wrong:
            if not left:
                raise
            custodians.complain(wrong)
    raise AssertionError("an attempt ends in one way or the other")


def _parse(typed: bytearray) -> bytearray:
    """Read 32 hex digits, in groups or not, and wipe them; raises ComponentWrong."""
    with _wiped([typed]):
        component = _unhex(typed.translate(None, b" \t"))
    if component is None or len(component) != KEY:
        raise _component(f"不是 {2 * KEY} 位十六进制", f"it is not {2 * KEY} hex digits")
    if _same(component, bytes(KEY)):
        raise _component("分量全为零", "it is all zero")
    return component


def _same(one: bytes | bytearray, other: bytes | bytearray) -> bool:
    """Compare without the parity bits, which 3DES does not see (key_file.without_parity)."""
    return all(not (a ^ b) & 0xFE for a, b in zip(one, other, strict=True))


def _unhex(digits: bytearray) -> bytearray | None:
    with _wiped([digits]):
        try:
            return bytearray(binascii.unhexlify(digits))
        except binascii.Error:
            return None


@contextmanager
def _wiped(buffers: list[bytearray]) -> Iterator[list[bytearray]]:
    """Overwrite the buffers of a list at the end, whichever are in it by then."""
    try:
        yield buffers
    finally:
        for each in buffers:
            each[:] = bytes(len(each))


def _component(zh: str, en: str) -> ComponentWrong:
    return ComponentWrong(detail=Text(zh, en))
