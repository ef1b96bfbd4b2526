"""The outlet's SAM card makes purchases: MAC1 for the card, MAC2 from it, and the TAC.

Reference transit-purse.md §6. On T=0 a SAM takes five TPDUs once (serial, terminal number,
application, key index), then two for MAC1 and one for MAC2, three for a TAC. What it awaits MAC2
for is gone with its power, and then nobody but the card's TAC proves a purchase.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from apdu import purse
from apdu.cipher import FACTOR, MAC, pad_always
from apdu.commands import ReadBinary, Select, SelectBy
from apdu.sam_commands import (
    CreditPurchase,
    Crypt,
    CryptStep,
    InitPurchase,
    KeyType,
    PickKey,
    listed,
)
from apdu.status import SW
from apdu.tdes import BLOCK
from card_profiles import sam as profile
from card_profiles.transit import DPK, DTK, TRANSIT
from terminal.config import Readers
from terminal.config import Sam as SamSettings
from terminal.errors import (
    CardBabbles,
    CardError,
    CardReset,
    CardTorn,
    GuitaiError,
    KeyMissing,
    ReaderError,
    SamMissing,
    SamReplaced,
)
from terminal.keys.purse import PurchaseProof, PurchaseRequest
from terminal.keys.purse_software import CIPHERS
from terminal.keys.sam import exchange, expect, missing, open_session, read_file, refused
from terminal.readers.connection import CardConnection
from terminal.readers.port import Pcsc
from terminal.readers.session import CardSession
from terminal.texts import Text

T = TypeVar("T")

_SEQUENCE = 4


@dataclass(frozen=True, slots=True)
class _Sam:
    """Hold who the SAM is."""

    serial: str
    test_keys: bool
    terminal: bytes
    key_index: int


class SamPurchases:
    """Make purchases with the SAM behind a session, which is closed with this object.

    ``serial`` is the one that is configured, empty to take the SAM there is; from then on it is
    the one.
    """

    def __init__(self, session: CardSession, *, serial: str = "") -> None:
        self._session = session
        self._expected = serial.replace(" ", "").upper()
        self._connection: CardConnection | None = None
        self._begun_on: CardConnection | None = None
        self._sam: _Sam | None = None

    @property
    def test_keys(self) -> bool:
        """Tell whether the SAM's key type byte says test keys (PurchaseSam)."""
        return self._known().test_keys

    @property
    def terminal(self) -> bytes:
        """Give the number in the SAM's own file (PurchaseSam)."""
        return self._known().terminal

    @property
    def key_index(self) -> int:
        """Give the index in the SAM's own file (PurchaseSam)."""
        return self._known().key_index

    def begin(self, request: PurchaseRequest) -> tuple[bytes, bytes]:
        """Let the SAM make MAC1, with the bytes of the card's answer as they came (§9)."""
        begun = request.begun
        command = InitPurchase(
            begun.random,
            begun.counter.to_bytes(2, "big"),
            request.amount,
            request.kind,
            request.at[:4],
            request.at[4:],
            begun.key_version,
            begun.algorithm,
            listed(request.card.factors),
        )

        def run(connection: CardConnection) -> bytes:
            self._begun_on = connection
            answer = exchange(connection, command)
            if answer.sw == SW.KEY_INDEX_NOT_FOUND:
                raise _key_missing(DPK)
            if answer.sw == SW.WRONG_DATA and begun.algorithm not in CIPHERS:
                raise _key_missing(f"{DPK} ({begun.algorithm:02X})")
            if not answer.ok:
                raise refused(command.NAME, answer.sw)
            if len(answer.data) != _SEQUENCE + MAC:
                raise CardBabbles(detail=f"{len(answer.data)} bytes to {command.NAME}")
            return answer.data

        answer = self._with(run)
        return answer[:_SEQUENCE], answer[_SEQUENCE:]

    def credit(self, mac2: bytes) -> bool:
        """Let the SAM compare MAC2 (PurchaseSam); another session than MAC1's knows nothing of it.

        Raises SamMissing where the SAM was away since.
        """

        def run(connection: CardConnection) -> int:
            if connection is not self._begun_on:
                raise CardReset
            return exchange(connection, CreditPurchase(mac2)).sw

        with self._as_sam():
            sw = self._session.run(run)
        if sw not in {SW.OK, SW.WRONG_PURSE_MAC}:
            raise refused(CreditPurchase.NAME, sw)
        return sw == SW.OK

    def is_tac(self, proof: PurchaseProof, tac: bytes) -> bool:
        """Let the SAM make the TAC: a key of this type it folds by itself (§6.3)."""
        message = purse.purchase_proof(
            proof.amount, proof.kind, proof.terminal, proof.sequence, proof.at
        )
        factors = proof.card.factors
        pick = PickKey(len(factors), KeyType.PIN_RELOAD, 0, listed(factors))

        def run(connection: CardConnection) -> bytes:
            answer = exchange(connection, pick)
            if answer.sw == SW.KEY_INDEX_NOT_FOUND:
                raise _key_missing(DTK)
            if not answer.ok:
                raise refused(pick.NAME, answer.sw)
            content = bytes(FACTOR) + pad_always(message, BLOCK)
            return expect(connection, Crypt(CryptStep.MAC_ONLY, content), MAC)

        return self._with(run) == tac

    def close(self) -> None:
        """Let go of the SAM's reader (PurchaseSam)."""
        with contextlib.suppress(GuitaiError):
            self._session.close()

    # --- The session -----------------------------------------------------------------------

    def _known(self) -> _Sam:
        if self._sam is None:
            self._with(lambda _: None)
        assert self._sam is not None, "read when the application was entered"
        return self._sam

    def _with(self, operation: Callable[[CardConnection], T]) -> T:
        """Run an operation in the purse's application; the SAM may have been away in between."""

        def run(connection: CardConnection) -> T:
            if connection is not self._connection:
                self._sam = self._entered(connection)
                self._connection = connection
            return operation(connection)

        with self._as_sam():
            try:
                return self._session.run(run)
            except (CardTorn, CardReset):
                return self._session.run(run)

    @contextlib.contextmanager
    def _as_sam(self) -> Iterator[None]:
        """Say of the SAM what is said of a reader and a card."""
        try:
            yield
        except (CardError, ReaderError) as error:
            raise missing(error) from error

    def _entered(self, connection: CardConnection) -> _Sam:
        """Read who the SAM is and select the purse's application, by any of its ids (§6)."""
        card = read_file(connection, profile.SAM_ID_FILE)
        serial = card["serial"]
        if self._expected and serial != self._expected:
            raise SamReplaced(expected=self._expected, found=serial)
        terminal = bytes.fromhex(read_file(connection, profile.TERMINAL_FILE))
        for fid in (profile.PURSE.fid, *sorted(profile.PURSE_IDS - {profile.PURSE.fid})):
            if exchange(connection, Select(SelectBy.FILE_ID, fid.to_bytes(2, "big"))).ok:
                break
        else:
            raise SamMissing(
                detail=Text("SAM 卡里没有交通应用", "The SAM card has no transit application")
            )
        # The one byte of the file that is known (§6): what follows it in other SAMs is not ours.
        (index,) = expect(connection, ReadBinary.of_file(profile.PURSE_FILE.sfi, 0, 1), 1)
        self._expected = serial
        return _Sam(serial, card["key_type"] == profile.TEST_KEYS, terminal, index)


def _key_missing(name: str) -> KeyMissing:
    return KeyMissing(key=f"{TRANSIT.name}/{name}")


def from_settings(pcsc: Pcsc, readers: Readers, settings: SamSettings) -> SamPurchases:
    """Use the SAM in the reader of role ``sam``; raises SamMissing, ServiceError leaves."""
    return SamPurchases(open_session(pcsc, readers), serial=settings.serial)
