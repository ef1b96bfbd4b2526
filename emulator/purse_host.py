"""The other side of a remote load host, in software: what is checked and given for a load.

Reference transit-purse.md §3.1 (what the MACs cover), §4.4 (keys), §6.5. TEST KEYS of development
roots; the texts are those of terminal/keys/purse_host.py, project-defined. `serve` of
emulator/key_host.py puts it behind a line.
"""

from __future__ import annotations

import hmac
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from apdu import purse
from apdu import secure_messaging as sm
from apdu.cipher import FACTOR, MAC, TDES
from apdu.purse import MOMENT, TERMINAL, TRIPLE_DES, OnlineBegun, TransactionType, moment
from card_profiles import transit
from card_profiles.development_keys import RootOf, uniform
from emulator.key_host import UnknownKey

REFUSED = "refused|mac1|"
"""The answer to a load whose MAC1 is wrong."""
_BEIJING = timezone(timedelta(hours=8))
_ALGORITHMS = frozenset({0x00, 0x01})
"""Both say 3DES (§4.5); how a purse does SM4 is not public, so there is no key for that."""
_SESSIONS = {
    TransactionType.PASSBOOK_LOAD: transit.DLK,
    TransactionType.LOAD: transit.DLK,
    TransactionType.UNLOAD: transit.DULK,
}
_AMOUNT = 4
_HEADER = 4
_CHALLENGES = frozenset({4, FACTOR})
_REQUEST_FIELDS = 6


def _now() -> datetime:
    return datetime.now(_BEIJING)


@dataclass(frozen=True, slots=True)
class LoadRequest:
    """Hold what a load or unload asks; the card's random number and counter are in ``begun``."""

    issuer: bytes
    serial: bytes
    kind: TransactionType
    amount: int
    terminal: bytes
    begun: OnlineBegun


class PurseHost:
    """Answer a load host's texts with keys derived from development roots: TEST KEYS.

    ``authorised`` has what it agreed to, as the answers it gave; the same request again, by a
    counter that lost the answer, gets the same one. ``texts`` keeps what was asked, for tests.
    Raises ValueError for a text that is none, UnknownKey.
    """

    def __init__(
        self,
        root_of: RootOf = uniform,
        clock: Callable[[], datetime] = _now,
        *,
        lacks: frozenset[str] = frozenset(),
    ) -> None:
        self._root_of = root_of
        self._clock = clock
        self._lacks = lacks
        self._lock = threading.Lock()
        self.texts: list[str] = []
        self.authorised: dict[LoadRequest, str] = {}

    def answer(self, text: str) -> str:
        """Answer one text."""
        self.texts.append(text)
        what, *fields, end = text.split("|")
        if end:
            raise ValueError("a field has no end")
        match what, len(fields):
            case "load", 6:
                with self._lock:
                    return self._load(_request(fields))
            case "proof", 9:
                return self._proof(_request(fields[:_REQUEST_FIELDS]), *fields[_REQUEST_FIELDS:])
            case "block", 4:
                return self._block(*fields)
        raise ValueError(f"no text of {len(fields)} fields begins so")

    def _load(self, asked: LoadRequest) -> str:
        session = self._session(asked)
        covered = purse.online_mac1(asked.begun.balance, asked.amount, asked.kind, asked.terminal)
        if not hmac.compare_digest(TRIPLE_DES.mac(session, covered), asked.begun.mac1):
            return REFUSED
        if asked not in self.authorised:
            at = moment(self._clock().astimezone(_BEIJING))
            covered = purse.mac_of_amount(asked.amount, asked.kind, asked.terminal, at)
            mac2 = TRIPLE_DES.mac(session, covered)
            self.authorised[asked] = f"{at.hex()}|{mac2.hex().upper()}|"
        return self.authorised[asked]

    def _proof(self, asked: LoadRequest, at: str, balance: str, proof: str) -> str:
        covered = purse.online_proof(
            _number(balance),
            asked.begun.counter,
            asked.amount,
            asked.kind,
            asked.terminal,
            _hex(at, MOMENT),
        )
        if asked.kind is TransactionType.UNLOAD:
            right = TRIPLE_DES.mac(self._session(asked), covered)
        else:
            right = TRIPLE_DES.tac(self._key(transit.DTK, asked.issuer, asked.serial), covered)
        return "1|" if hmac.compare_digest(right, _hex(proof, MAC)) else "0|"

    def _block(self, issuer: str, serial: str, challenge: str, header: str) -> str:
        drawn = bytes.fromhex(challenge)
        if len(drawn) not in _CHALLENGES:
            raise ValueError(f"a challenge of {len(drawn)} bytes")
        key = self._key(transit.DAMK, _hex(issuer, FACTOR), _hex(serial, FACTOR))
        made = sm.mac(key, drawn, _hex(header, _HEADER) + bytes((MAC,)))
        return f"{made.hex().upper()}|"

    # --- Keys ------------------------------------------------------------------------------

    def _session(self, asked: LoadRequest) -> bytes:
        key = self._key(_SESSIONS[asked.kind], asked.issuer, asked.serial)
        return TRIPLE_DES.session_key(key, asked.begun.random, asked.begun.counter)

    def _key(self, name: str, issuer: bytes, serial: bytes) -> bytes:
        """Derive a card's key: issuer first, then the card."""
        if name in self._lacks:
            raise UnknownKey(name)
        root = self._root_of(transit.TRANSIT.name, name)
        return TDES.diversify(TDES.diversify(root, issuer), serial)


def _request(fields: Sequence[str]) -> LoadRequest:
    """Read what a load and its proof have in common; raises ValueError, UnknownKey."""
    issuer, serial, kind, amount, terminal, answer = fields
    asked = LoadRequest(
        _hex(issuer, FACTOR),
        _hex(serial, FACTOR),
        TransactionType(_hex(kind, 1)[0]),
        _number(amount),
        _hex(terminal, TERMINAL),
        OnlineBegun.decode(bytes.fromhex(answer)),
    )
    if asked.kind not in _SESSIONS:
        raise ValueError(f"{asked.kind.name} is no load")
    if asked.begun.algorithm not in _ALGORITHMS:
        raise UnknownKey(f"algorithm {asked.begun.algorithm:02X}")
    return asked


def _hex(text: str, size: int) -> bytes:
    value = bytes.fromhex(text)
    if len(value) != size or len(text) != 2 * size:
        raise ValueError(f"{size} bytes in hex are wanted")
    return value


def _number(text: str) -> int:
    return int.from_bytes(_hex(text, _AMOUNT), "big")
