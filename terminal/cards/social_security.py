"""The social security application: find it, authenticate, read card and holder.

Reference social-security-card.md §4 (sequences), §11 (checklist, tolerance). On a card of
standard layout generation 2 takes four TPDUs and generation 3 eleven; a card that refuses
the short way is read file by file and record by record. Every deviation that was tolerated is
a warning in the result.
"""

from __future__ import annotations

import contextlib
import hmac
from dataclasses import dataclass

from apdu import tlv
from apdu.atr import Atr
from apdu.cipher import FACTOR, RESULT, Algorithm
from apdu.command import SHORT_ANSWER_LIMIT
from apdu.commands import (
    ExternalAuthenticate,
    GetChallenge,
    InternalAuthenticate,
    ReadBinary,
    Select,
    SelectBy,
)
from apdu.errors import EncodingError, TlvError
from apdu.response import Response
from apdu.status import SW, tries_left
from card_profiles import social_security as profile
from terminal.cards.exchange import exchange, refused
from terminal.cards.holder import CardData, Holder, read_card_data, read_holder
from terminal.cards.notes import Notes
from terminal.cards.record_files import RecordReader
from terminal.errors import (
    CardBabbles,
    CardBlocked,
    CardRefused,
    DataDamaged,
    KeysDoNotFit,
    NotSocialSecurity,
    ProofLocked,
    ProofRejected,
)
from terminal.keys.service import CardIdentity, CardKey, KeyService
from terminal.readers.connection import CardConnection

_BANK = ("（看起来是银行卡）", " (it looks like a bank card)")
_TRANSIT = ("（看起来是交通卡）", " (it looks like a transit card)")
_LIKELY = (
    (b"2PAY.SYS.DDF01", _BANK),
    (b"1PAY.SYS.DDF01", _BANK),
    (bytes.fromhex("A000000632010105"), _TRANSIT),
)
_JPEG_START, _JPEG_END = b"\xff\xd8", b"\xff\xd9"
_PADDING = bytes(16)
"""So many zero bytes at the end of a block are padding and no picture."""


@dataclass(frozen=True, slots=True)
class CardReading:
    """Hold what was read of a card: itself, its holder, and what was odd about it.

    ``holder`` is None where it was not asked for.
    """

    atr: bytes
    contactless: bool
    generation: int
    algorithm: Algorithm
    card: CardData
    holder: Holder | None
    notes: Notes


class SocialSecurityCard:
    """Use the social security application of the card behind a connection."""

    def __init__(self, connection: CardConnection) -> None:
        self._connection = connection
        self._notes = Notes()
        self._named_algorithm: int | None = None
        self._reader = RecordReader(connection, self._notes)
        self.contactless = False
        self.historical = b""
        self._read_atr()

    def read(
        self,
        keys: KeyService | None = None,
        *,
        with_holder: bool = True,
        internal_check: bool = True,
    ) -> CardReading:
        """Read the card's and the holder's data.

        ``keys`` is wanted for generation 3 only. ``internal_check`` lets the card prove itself
        first: four TPDUs more, and wrong keys cost no try. Raises NotSocialSecurity, ContentError,
        ProofError and CardError leaves; never a part of a holder as if it were whole.
        """
        self.select()
        card = self.read_card()
        generation = self._generation(card)
        holder = None
        if with_holder:
            holder = self._prove_and_read(generation, card, keys, internal_check=internal_check)
        return CardReading(
            atr=self._connection.atr,
            contactless=self.contactless,
            generation=generation,
            algorithm=self.algorithm(card),
            card=card,
            holder=holder,
            notes=self._notes,
        )

    def _prove_and_read(
        self, generation: int, card: CardData, keys: KeyService | None, *, internal_check: bool
    ) -> Holder:
        """Read the holder, with a proof where the generation or the card itself wants one."""
        if generation != 3:
            try:
                return self.read_holder(generation)
            except CardRefused as refusal:
                if keys is None or refusal.facts["sw"] != f"{SW.SECURITY_STATUS:04X}":
                    raise
        if keys is not None:
            self.authenticate(keys, card, "RKSSSE", internal_check=internal_check)
        return self.read_holder(generation)

    # --- Finding the application -----------------------------------------------------------

    def select(self) -> None:
        """Select the environment: by name, by FID DDF1, or as the master file (§11)."""
        # T=0 has no Le for this; elsewhere a strict card gives no FCI without.
        le = None if self._connection.protocol == "T=0" else SHORT_ANSWER_LIMIT
        attempts = (
            Select(SelectBy.NAME, profile.NAME, le=le),
            Select(SelectBy.FILE_ID, profile.FID.to_bytes(2, "big"), le=le),
            Select(SelectBy.FILE_ID, profile.MASTER_FILE.to_bytes(2, "big"), le=le),
        )
        refusals = set()
        for way, command in zip(("", "DDF1", "MF"), attempts, strict=True):
            answer = exchange(self._connection, command)
            if answer.sw in {SW.APPLICATION_BLOCKED, SW.FILE_INVALIDATED}:
                raise CardBlocked(sw=f"{answer.sw:04X}")
            if not answer.ok:
                refusals.add(answer.sw)
                continue
            # By another way than its name something else may be there.
            if way and not self._reader.has(profile.CARD_FILE):
                continue
            if way:
                self._notes.add("selected_otherwise", way)
            self._read_fci(answer.data)
            return
        if refusals == {SW.NOT_SUPPORTED}:
            # A blocked card answers 6A81 to everything (§3).
            raise CardBlocked(sw=f"{SW.NOT_SUPPORTED:04X}")
        raise self._unknown()

    def _unknown(self) -> NotSocialSecurity:
        """Say what the card is not, and what it looks like."""
        likely_zh = likely_en = ""
        for name, likely in _LIKELY:
            if exchange(self._connection, Select(SelectBy.NAME, name)).ok:
                likely_zh, likely_en = likely
                break
        atr = self._connection.atr.hex().upper()
        return NotSocialSecurity(atr=atr, likely_zh=likely_zh, likely_en=likely_en)

    def _read_atr(self) -> None:
        raw = self._connection.atr
        try:
            atr = Atr.decode(raw)
        except EncodingError as error:
            self._notes.add("odd_atr", str(error))
            # The usual layout (§7): 3B 6n 00 00 and n historical bytes.
            self.historical = raw[4 : 4 + (raw[1] & 0x0F)] if raw[1:] else b""
            return
        self.contactless = atr.contactless
        self.historical = atr.historical

    def _read_fci(self, fci: bytes) -> None:
        """Take the algorithm from tag 86 inside 9F0C (§1.3); an odd FCI is noted.

        Cards were seen to put 86 straight into A5, and to leave bytes behind.
        """
        try:
            objects = tlv.parse(fci)
        except TlvError as error:
            self._notes.add("odd_fci", str(error))
            objects = _salvaged(fci)
        if not fci:
            self._notes.add("odd_fci", "0 bytes")
        named = _algorithm_object(objects)
        if named is not None and len(named.value) == 1:
            self._named_algorithm = named.value[0]

    # --- What is on the card ---------------------------------------------------------------

    def read_card(self) -> CardData:
        """Read EF05, free on every generation."""
        return read_card_data(self._reader.read(profile.CARD_FILE), self._notes)

    def read_holder(self, generation: int) -> Holder:
        """Read EF06; generation 3 wants RKSSSE proved before."""
        file = profile.HOLDER_FILE_V1 if generation == 1 else profile.HOLDER_FILE_V2
        return read_holder(self._reader.read(file), file, self._notes)

    def read_photo(self) -> bytes | None:
        """Read the photo (EF08) without its padding; None where there is none.

        A JPEG ends at its last end mark; thumbnails inside have marks of their own.
        """
        collected = b""
        command = ReadBinary.of_file(profile.PHOTO_FILE.sfi)
        while len(collected) < profile.PHOTO_SIZE:
            answer = exchange(self._connection, command)
            if answer.sw in {SW.FILE_NOT_FOUND, SW.WRONG_OFFSET} or not answer.data:
                break
            if not answer.ok and answer.sw != SW.END_OF_FILE:
                raise refused("READ BINARY EF08", answer.sw)
            collected += answer.data
            if collected.endswith(_PADDING):
                break
            command = ReadBinary.at(len(collected))
        if collected.startswith(_JPEG_START) and _JPEG_END in collected:
            return collected[: collected.rindex(_JPEG_END) + len(_JPEG_END)]
        stripped = collected.rstrip(b"\x00").rstrip(b"\xff")
        return stripped or None

    def algorithm(self, card: CardData) -> Algorithm:
        """Decide the algorithm by tag 86, else by the region in the card id (§1.3)."""
        try:
            return profile.algorithm_of(self._named_algorithm, card.card_id_bytes)
        except ValueError:
            self._notes.add("unknown_algorithm", f"{self._named_algorithm:02X}")
            return profile.algorithm_of(None, card.card_id_bytes)

    def _generation(self, card: CardData) -> int:
        version = card.specification_version
        generation = profile.generation_of(version)
        if generation is None or (not version and self._named_algorithm is not None):
            # 9F0C came with generation 3 (§4.4).
            generation = 2 if self._named_algorithm is None else 3
            self._notes.add("unknown_version", card.specification_version or "")
        return generation

    # --- Proving ---------------------------------------------------------------------------

    def authenticate(
        self, keys: KeyService, card: CardData, key: str, *, internal_check: bool = True
    ) -> None:
        """Prove a key of the environment to the card, after the card proved itself (§4.2).

        Raises KeysDoNotFit before a try is spent, ProofRejected with the tries left,
        ProofLocked.
        """
        identity = CardIdentity(self._region(card), self.historical, self.algorithm(card))
        if identity.algorithm is Algorithm.SSF33:
            self._notes.add("substitute_algorithm", "SSF33")
        if internal_check:
            self._check_card(keys, identity)
        key_id = next(each.id for each in profile.KEYS if each.name == key)
        original, factor = self._challenge(), self._challenge()
        proof = keys.authentication_data(identity, CardKey("SSSE", key), factor, original)
        answer = exchange(self._connection, ExternalAuthenticate(key_id, proof, original))
        if answer.ok:
            return
        if answer.sw == SW.BLOCKED:
            raise ProofLocked(key=key)
        left = tries_left(answer.sw)
        if left is not None:
            raise ProofRejected(key=key, left=left)
        raise refused("EXTERNAL AUTHENTICATE", answer.sw)

    def _region(self, card: CardData) -> str:
        """Give the issuing region, from the card id, else the four digits of the ATR (§7)."""
        if card.region is not None:
            return card.region
        digits = self.historical[7:9].hex()
        if not digits.isdecimal():
            raise DataDamaged(item_zh="卡识别码", item_en="card id", detail="tag 01")
        self._notes.add("region_from_atr", digits)
        return digits + "00"

    def _check_card(self, keys: KeyService, identity: CardIdentity) -> None:
        """Let the card prove IRK: the last challenge is the factor, the first the original."""
        original, factor = self._challenge(), self._challenge()
        answer = exchange(self._connection, InternalAuthenticate(factor, original))
        if answer.sw in {SW.UNKNOWN_INS, SW.KEY_NOT_FOUND} and not keys.test_keys:
            # The check is optional (§11); test keys must not try their luck on a real card.
            self._notes.add("no_internal_check", f"{answer.sw:04X}")
            return
        if not answer.ok:
            raise refused("INTERNAL AUTHENTICATE", answer.sw)
        right = keys.authentication_data(identity, CardKey("SSSE", "IRK"), factor, original)
        if not hmac.compare_digest(right, answer.data[:RESULT]):
            raise KeysDoNotFit

    def _challenge(self) -> bytes:
        answer: Response = exchange(self._connection, GetChallenge(FACTOR))
        if not answer.ok:
            raise refused("GET CHALLENGE", answer.sw)
        if len(answer.data) != FACTOR:
            raise CardBabbles(detail=f"challenge of {len(answer.data)} bytes")
        return answer.data


def _salvaged(fci: bytes) -> tuple[tlv.Tlv, ...]:
    """Give what can be read of a broken FCI: before the break, and inside a 6F of wrong length."""
    objects: tuple[tlv.Tlv, ...] = ()
    for data in (fci, fci[2:]):
        try:
            objects += tlv.parse(data)
        except TlvError as error:
            with contextlib.suppress(TlvError):
                objects += tlv.parse(data[: error.offset])
    return objects


def _algorithm_object(objects: tuple[tlv.Tlv, ...]) -> tlv.Tlv | None:
    """Find tag 86 in 9F0C, in A5, or in either inside 6F."""
    for path in ((0x6F, 0xA5), (0xA5,)):
        named = tlv.find(objects, *path, 0x9F0C)
        if named is not None:
            with contextlib.suppress(TlvError):
                return tlv.find(tlv.parse(named.value), 0x86)
        bare = tlv.find(objects, *path, 0x86)
        if bare is not None:
            return bare
    return None
