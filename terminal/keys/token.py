"""The PKCS#11 key service: root keys in a token or cipher machine (docs/security.md, "Keys").

3DES roots never leave the token: it makes the first step of the derivation. SM4 is not among the
mechanisms that python-pkcs11 knows, so an SM4 root lies in the token enciphered under an AES key
of the token, and is in memory for one operation (docs/decisions/0006).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

from apdu import tdes
from apdu.cipher import SM4, Algorithm
from apdu.secret import Secret
from card_profiles import development_keys
from card_profiles.transit import TRANSIT
from terminal.config import Token as TokenSettings
from terminal.errors import TokenLoggedOut
from terminal.keys.bounded import BoundedKeys
from terminal.keys.derivation import LEVELS, DerivingKeys, RootCipher
from terminal.keys.purse_software import Clock, DerivedLoadHost
from terminal.keys.service import CardIdentity, CardKey
from terminal.keys.token_line import TokenLine
from terminal.keys.token_store import CATALOGUE, Contents, read_contents
from terminal.private_files import read_private
from terminal.texts import Text

_CHECKED = bytes(tdes.BLOCK)
"""What a 3DES root enciphers for its check value."""


class TokenKeys(DerivingKeys):
    """Compute with root keys in a token; logs in at once.

    ``module`` is the path of the PKCS#11 library, ``label`` the token's name, ``pin_of`` is asked
    for the user PIN at each login. Raises TokenMissing, TokenLoggedOut, TokenRefused.
    """

    def __init__(self, module: str, label: str, pin_of: Callable[[], Secret]) -> None:
        self._line = TokenLine(module, label, pin_of)
        self._contents: Contents | None = None
        self._level = LEVELS[0]
        self._test_keys = True
        try:
            with self._open(CATALOGUE):
                pass
        except BaseException:
            self.close()
            raise

    @property
    def level(self) -> str:
        """Tell where the roots stand (DerivingKeys)."""
        return self._level

    @property
    def test_keys(self) -> bool:
        """Tell whether the keys are marked so, or one is a development key whatever its mark."""
        return self._test_keys

    def holds(self, card: CardIdentity, key: CardKey) -> bool:
        """Tell whether the token has the root in the card's family (KeyService)."""
        with self._open(CATALOGUE) as contents:
            return key in (contents.tdes if card.algorithm is Algorithm.TDES else contents.sm4)

    def root_cipher(self, card: CardIdentity, key: CardKey) -> RootCipher:
        """Let the token encipher, or open an SM4 root for one operation (DerivingKeys)."""
        encipher = self._tdes if card.algorithm is Algorithm.TDES else self._sm4
        return lambda blocks: encipher(key, blocks)

    def close(self) -> None:
        """Log out (KeyService)."""
        self._contents = None
        self._line.drop()

    def _tdes(self, key: CardKey, blocks: bytes) -> bytes:
        with self._open(f"3DES {key}") as contents:
            return contents.encipher_tdes(key, blocks)

    def _sm4(self, key: CardKey, blocks: bytes) -> bytes:
        with self._open(f"AES-GCM {key}") as contents:
            root = contents.open_sm4(key)
        return SM4.encrypt_blocks(root.reveal(), blocks)

    @contextlib.contextmanager
    def _open(self, step: str) -> Iterator[Contents]:
        """Give what is in the token; its handles are good for one login and no longer."""
        with self._line.use(step) as session:
            try:
                if self._contents is None:
                    self._contents = contents = read_contents(self._line.pkcs11, session)
                    self._level = contents.level
                    self._test_keys = contents.mark != "live" or _any_known(contents)
                yield self._contents
            except self._line.pkcs11.PKCS11Error:
                self._contents = None
                raise


def load_host(settings: TokenSettings, clock: Clock) -> DerivedLoadHost:
    """Answer loads by the purse's 3DES roots in the configured token; raises as from_settings."""
    keys = from_settings(settings)
    purse = CardIdentity("", b"", Algorithm.TDES)

    def root_of(name: str) -> RootCipher:
        key = CardKey(TRANSIT.name, name)
        return lambda blocks: keys.ask(
            lambda token: cast("TokenKeys", token).root_cipher(purse, key)(blocks)
        )

    try:
        return DerivedLoadHost(root_of, clock, test_keys=keys.test_keys, close=keys.close)
    except BaseException:
        keys.close()
        raise


def from_settings(settings: TokenSettings) -> BoundedKeys:
    """Open the configured token; a call that hangs is waited for no longer than configured.

    Raises FileTrouble, TokenMissing, TokenLoggedOut, TokenRefused, KeyServiceHung.
    """
    return BoundedKeys(
        lambda: TokenKeys(settings.module, settings.label, lambda: read_pin(settings.pin_file)),
        settings.timeout_seconds,
    )


def read_pin(file: str) -> Secret:
    """Read a token's PIN from a file that nobody else may read; raises FileTrouble."""
    if not file:
        raise TokenLoggedOut(
            detail=Text("没有设置 keys.token.pin_file", "keys.token.pin_file is not set")
        )
    return Secret(read_private(Path(file)).strip())


def _any_known(contents: Contents) -> bool:
    """Tell whether a root is one that everybody knows: a development key of its name."""
    sets = development_keys.SETS.values()
    return any(
        contents.encipher_tdes(key, _CHECKED)
        == tdes.encrypt(root_of(key.application, key.name), _CHECKED)
        for key in contents.tdes
        for root_of in sets
    ) or any(
        contents.open_sm4(key) == Secret(root_of(key.application, key.name))
        for key in contents.sm4
        for root_of in sets
    )
