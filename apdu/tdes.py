"""DES and two-key triple DES, block by block.

The one module that touches the library's decrepit corner. Keys are always given to the
library in the form it takes: 24 bytes, K1‖K2‖K1 for two keys, K‖K‖K for single DES.
"""

from __future__ import annotations

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes

BLOCK = 8


def _algorithm(key: bytes) -> TripleDES:
    if len(key) == 8:
        return TripleDES(key * 3)
    if len(key) == 16:
        return TripleDES(key + key[:8])
    raise ValueError(f"a DES key has 8 or 16 bytes, this one {len(key)}")


def encrypt(key: bytes, data: bytes) -> bytes:
    """Encrypt whole blocks in ECB mode under a key of 8 (DES) or 16 bytes (3DES)."""
    # ECB is what the card's standard asks for, one block at a time under a session key.
    worker = Cipher(_algorithm(key), modes.ECB()).encryptor()  # noqa: S305
    return worker.update(data) + worker.finalize()


def decrypt(key: bytes, data: bytes) -> bytes:
    """Decrypt whole blocks in ECB mode."""
    worker = Cipher(_algorithm(key), modes.ECB()).decryptor()  # noqa: S305  see encrypt
    return worker.update(data) + worker.finalize()


def encrypt_cbc(key: bytes, data: bytes, initial: bytes = bytes(BLOCK)) -> bytes:
    """Encrypt whole blocks in CBC mode, as MACs are made; ``initial`` is the IV."""
    worker = Cipher(_algorithm(key), modes.CBC(initial)).encryptor()
    return worker.update(data) + worker.finalize()
