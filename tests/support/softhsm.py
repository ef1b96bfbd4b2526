"""SoftHSM2 as a real token, in a directory of this process alone.

The library reads SOFTHSM2_CONF when it is initialised, once a process, and does not see tokens
that another program makes after that. So tokens are made in this process, through the library
itself. Nothing of the machine's own is touched.
"""

from __future__ import annotations

import atexit
import ctypes
import functools
import os
import shutil
import tempfile
from collections.abc import Iterable
from itertools import count
from pathlib import Path
from typing import Any

import pkcs11

from apdu.secret import Secret
from card_profiles.development_keys import RootOf
from terminal.keys.service import CardKey
from terminal.keys.token_store import install

PIN = Secret(b"TEST-PIN-73915")
_SO_PIN = b"TEST-SO-PIN-4242"
_PLACES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
)
MODULE = next((each for each in _PLACES if Path(each).exists()), _PLACES[0])
_numbers = count(1)


@functools.cache
def _directory() -> Path:
    """Let this process's library have a directory of its own; it is removed at the end."""
    directory = Path(tempfile.mkdtemp(prefix="guitai-softhsm-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    tokens = directory / "tokens"
    tokens.mkdir()
    configuration = directory / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {tokens}\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(configuration)
    return tokens


def new_token() -> str:
    """Give the label of a token with nothing in it."""
    _directory()
    label = f"guitai-test-{next(_numbers)}"
    library = pkcs11.lib(MODULE)
    # There is always one slot with a token that was not initialised yet.
    initialised = pkcs11.TokenFlag.TOKEN_INITIALIZED
    (empty,) = (each for each in _tokens(library) if not each.flags & initialised)
    result = ctypes.CDLL(MODULE).C_InitToken(
        ctypes.c_ulong(empty.slot.slot_id),
        _SO_PIN,
        ctypes.c_ulong(len(_SO_PIN)),
        label.encode().ljust(32),
    )
    assert result == 0, f"C_InitToken: {result:X}"
    (token,) = (each for each in _tokens(library) if each.label == label)
    with token.open(rw=True, so_pin=_SO_PIN.decode()) as session:
        session.init_pin(PIN.reveal().decode())
    return label


def _tokens(library: Any) -> list[Any]:
    """Give the tokens; one whose directory was removed by a test is none any more."""
    tokens = []
    for slot in library.get_slots(token_present=True):
        try:
            tokens.append(slot.get_token())
        except pkcs11.PKCS11Error:
            continue
    return tokens


def token_with(
    keys: Iterable[CardKey], root_of: RootOf, *, mark: str = "test", level: str = "national"
) -> str:
    """Give the label of a token with development roots for these keys: TEST KEYS."""
    label = new_token()
    roots = {key: Secret(root_of(key.application, key.name)) for key in keys}
    install(MODULE, label, PIN, roots, mark=mark, level=level)
    return label


def directory_of(serial: bytes) -> Path:
    """Find where a token lives, by its serial number: the end of its directory's name."""
    (found,) = (
        each
        for each in _directory().iterdir()
        if each.name.replace("-", "").endswith(serial.decode())
    )
    return found
