"""What lies in a token for us, and how it is put there.

For each key two objects of the label APPLICATION/KEY: a 3DES key that enciphers and does nothing
else, and the same root for SM4 in a data object, enciphered by the token under an AES key that
never leaves it. A data object beside them says format, mark and level.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from apdu.cipher import KEY
from apdu.secret import Secret
from terminal.errors import KeyMissing, TokenRefused
from terminal.keys.derivation import LEVELS
from terminal.keys.service import CardKey
from terminal.keys.token_line import TokenLine
from terminal.texts import Text

APPLICATION = "guitai"
"""CKA_APPLICATION of our data objects."""
CATALOGUE = "guitai.keys"
"""Label of the data object that says format, mark and level."""
WRAPPING_KEY = "guitai.wrap"
"""Label of the AES key that SM4 roots are enciphered under."""
FORMAT = "guitai.token/1"
MARKS = ("test", "live")

_NONCE, _TAG_BITS = 12, 128
_OTHER_USES = ("DECRYPT", "SIGN", "VERIFY", "WRAP", "UNWRAP", "DERIVE")


@dataclass(frozen=True, slots=True)
class Contents:
    """Hold handles, good for one login, and enciphered SM4 roots."""

    pkcs11: Any
    mark: str
    level: str
    tdes: Mapping[CardKey, Any]
    sm4: Mapping[CardKey, bytes]
    wrapping: Any

    def encipher_tdes(self, key: CardKey, blocks: bytes) -> bytes:
        """Let the token encipher blocks under a 3DES root; raises KeyMissing."""
        if key not in self.tdes:
            raise KeyMissing(key=str(key))
        encrypt = _allowed(self.tdes[key], "encrypt", key)
        return encrypt(blocks, mechanism=self.pkcs11.Mechanism.DES3_ECB)

    def open_sm4(self, key: CardKey) -> Secret:
        """Let the token open an SM4 root; it refuses one that was altered or renamed."""
        if key not in self.sm4 or self.wrapping is None:
            raise KeyMissing(key=str(key))
        nonce, sealed = self.sm4[key][:_NONCE], self.sm4[key][_NONCE:]
        decrypt = _allowed(self.wrapping, "decrypt", WRAPPING_KEY)
        return Secret(decrypt(sealed, **_gcm(self.pkcs11, key, nonce)))


def read_contents(pkcs11: Any, session: Any) -> Contents:
    """Find what is ours; raises TokenRefused where that is nothing we understand."""
    attribute = pkcs11.Attribute
    notes = _notes(pkcs11, session)
    wrapping, tdes_keys = None, {}
    for each in list(session.get_objects({attribute.CLASS: pkcs11.ObjectClass.SECRET_KEY})):
        if each.label == WRAPPING_KEY:
            wrapping = each
        elif each.key_type in {pkcs11.KeyType.DES2, pkcs11.KeyType.DES3}:
            key = _named(each.label)
            if key in tdes_keys:
                raise TokenRefused(
                    step=str(key), detail=Text("有两个同名的密钥", "two keys of one label")
                )
            tdes_keys[key] = each
    sm4_roots = {
        _named(each[attribute.LABEL]): each[attribute.VALUE]
        for each in _data_objects(pkcs11, session)
        if each[attribute.LABEL] != CATALOGUE
    }
    return Contents(pkcs11, notes["mark"], notes["level"], tdes_keys, sm4_roots, wrapping)


def _allowed(handle: Any, use: str, key: CardKey | str) -> Callable[..., bytes]:
    """Give a key's operation; the library leaves out those that the key is not for."""
    operation: Callable[..., bytes] | None = getattr(handle, use, None)
    if operation is None:
        raise TokenRefused(
            step=str(key), detail=Text(f"这个密钥不允许 {use}", f"this key may not {use}")
        )
    return operation


def _notes(pkcs11: Any, session: Any) -> dict[str, str]:
    found = _data_objects(pkcs11, session, CATALOGUE)
    if len(found) == 1:
        with contextlib.suppress(ValueError, TypeError, LookupError):
            notes = json.loads(found[0][pkcs11.Attribute.VALUE])
            if notes["format"] == FORMAT and notes["mark"] in MARKS and notes["level"] in LEVELS:
                return dict(notes)
    raise TokenRefused(
        step=CATALOGUE,
        detail=Text("没有本程序装入的密钥", "no keys that this program installed"),
    )


def _data_objects(pkcs11: Any, session: Any, label: str | None = None) -> list[Any]:
    attribute = pkcs11.Attribute
    wanted = {attribute.CLASS: pkcs11.ObjectClass.DATA, attribute.APPLICATION: APPLICATION}
    if label is not None:
        wanted[attribute.LABEL] = label
    return list(session.get_objects(wanted))


def _named(label: str) -> CardKey:
    application, _, name = label.partition("/")
    return CardKey(application, name)


def _gcm(pkcs11: Any, key: CardKey, nonce: bytes) -> dict[str, Any]:
    """Give AES-GCM's parameters; the key's name is bound in."""
    parameters = pkcs11.GCMParams(nonce=nonce, aad=str(key).encode(), tag_bits=_TAG_BITS)
    return {"mechanism": pkcs11.Mechanism.AES_GCM, "mechanism_param": parameters}


# --- Putting keys in -----------------------------------------------------------------------


def install(
    module: str,
    label: str,
    pin: Secret,
    roots: Mapping[CardKey, Secret],
    *,
    mark: str,
    level: str = LEVELS[0],
) -> None:
    """Write root keys (16 bytes each) into a token, for both families; all of them or none.

    The user PIN is enough. A token has one mark and one level; a key that it has already is
    not replaced. Raises TokenMissing, TokenLoggedOut, TokenRefused.
    """
    if level not in LEVELS or mark not in MARKS:
        raise ValueError("no level or no mark")
    # python-pkcs11 0.10 crashes on a text that it cannot encode.
    if not all(str(key).isascii() and len(root) == KEY for key, root in roots.items()):
        raise ValueError("a name that is not ASCII, or a key that has not 16 bytes")
    line = TokenLine(module, label, lambda: pin)
    try:
        with line.use(CATALOGUE, write=True) as session:
            writer = _Writer(line.pkcs11, session)
            try:
                wrapping = writer.prepare(roots, mark, level)
                for key, root in roots.items():
                    writer.write_root(key, root, wrapping)
            except BaseException:
                writer.undo()
                raise
    finally:
        line.drop()


class _Writer:
    """Write objects and remember them, to take them back where not all can be written."""

    def __init__(self, pkcs11: Any, session: Any) -> None:
        self._pkcs11 = pkcs11
        self._session = session
        self._made: list[Any] = []
        attribute = pkcs11.Attribute
        self._kept_in = {
            attribute.PRIVATE: True,
            attribute.SENSITIVE: True,
            attribute.EXTRACTABLE: False,
        }

    def undo(self) -> None:
        for each in self._made:
            with contextlib.suppress(self._pkcs11.PKCS11Error):
                each.destroy()

    def prepare(self, roots: Mapping[CardKey, Secret], mark: str, level: str) -> Any:
        """Give the wrapping key: that of the keys already there, if they are of this kind."""
        if not _data_objects(self._pkcs11, self._session, CATALOGUE):
            notes = json.dumps({"format": FORMAT, "mark": mark, "level": level})
            self._write_data(CATALOGUE, notes.encode())
            return self._make_wrapping_key()
        there = read_contents(self._pkcs11, self._session)
        if (there.mark, there.level) != (mark, level):
            detail = Text(
                f"其中已有标记为 {there.mark}、级别 {there.level} 的密钥",
                f"it holds keys marked {there.mark}, {there.level}",
            )
            raise TokenRefused(step=CATALOGUE, detail=detail)
        if there.wrapping is None:
            raise TokenRefused(step=WRAPPING_KEY, detail=Text("这个密钥不见了", "this key is gone"))
        for key in roots:
            if key in there.tdes or key in there.sm4:
                raise TokenRefused(
                    step=str(key), detail=Text("已有这个密钥", "it has this key already")
                )
        return there.wrapping

    def write_root(self, key: CardKey, root: Secret, wrapping: Any) -> None:
        """Write a root's two objects."""
        attribute = self._pkcs11.Attribute
        self._create(
            {
                attribute.CLASS: self._pkcs11.ObjectClass.SECRET_KEY,
                attribute.KEY_TYPE: self._pkcs11.KeyType.DES2,
                attribute.LABEL: str(key),
                attribute.VALUE: _odd_parity(root.reveal()),
                attribute.ENCRYPT: True,
                **{attribute[name]: False for name in _OTHER_USES},
                **self._kept_in,
            }
        )
        nonce = self._session.generate_random(8 * _NONCE)
        sealed = wrapping.encrypt(root.reveal(), **_gcm(self._pkcs11, key, nonce))
        self._write_data(str(key), nonce + sealed)

    def _make_wrapping_key(self) -> Any:
        flags = self._pkcs11.MechanismFlag
        key = self._session.generate_key(
            self._pkcs11.KeyType.AES,
            256,
            label=WRAPPING_KEY,
            store=True,
            capabilities=flags.ENCRYPT | flags.DECRYPT,
            template=self._kept_in,
        )
        self._made.append(key)
        return key

    def _write_data(self, label: str, value: bytes) -> None:
        attribute = self._pkcs11.Attribute
        self._create(
            {
                attribute.CLASS: self._pkcs11.ObjectClass.DATA,
                attribute.APPLICATION: APPLICATION,
                attribute.LABEL: label,
                attribute.VALUE: value,
                attribute.PRIVATE: True,
            }
        )

    def _create(self, attributes: dict[Any, Any]) -> None:
        stored = {**attributes, self._pkcs11.Attribute.TOKEN: True}
        self._made.append(self._session.create_object(stored))


def _odd_parity(key: bytes) -> bytes:
    """Set the bits that DES does not use as strict tokens want them."""
    return bytes(byte & 0xFE | ((byte >> 1).bit_count() + 1) % 2 for byte in key)
