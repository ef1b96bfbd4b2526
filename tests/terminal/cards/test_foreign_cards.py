"""Cards that are not ours: the terminal against the reference's text, with no emulator between.

Emulator and terminal could agree on a mistake. The cards here are transcribed from reference
social-security-card.md §4.1, §4.2 and §11 and share nothing with the emulator; of the library
they use one cipher alone, whose vectors come from outside.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import reduce
from operator import xor
from typing import Any

import pytest

from apdu.cipher import SM4, Algorithm
from apdu.secret import Secret
from terminal.errors import (
    CardBlocked,
    CardRefused,
    DataDamaged,
    GuitaiError,
    KeyVersionUnknown,
    NotSocialSecurity,
)
from terminal.keys.software import SoftwareKeys

Hold = Callable[[Any], Any]
hexed = bytes.fromhex

NAME = hexed("7378312E73682EC9E7BBE1B1A3D5CF")
FCI2 = hexed("6F16840F") + NAME + hexed("A50388011E")
FCI3 = hexed("6F1C840F") + NAME + hexed("A50988011E9F0C03860103")
FCI_WITHOUT_9F0C = hexed("6F19840F") + NAME + hexed("A50688011E860103")
ATR2 = hexed("3B6D0000 0081314731 8650 4302 000000A1")
ATR3 = hexed("3B6D0000 00814A4446 8660 5199 00000123")
ATR_OF_NOWHERE = ATR3[:11] + hexed("FFFF") + ATR3[13:]
OK = hexed("9000")

ROOT = hexed("00112233445566778899AABBCCDDEEFF")
CARD_KEY = reduce(SM4.diversify, (b"510000sh", b"519900sx", ATR3[-8:]), ROOT)

LONG_NAME = "阿依古丽·买买提明·努尔艾合买提·艾则孜"
NAME_BYTES = LONG_NAME.encode("gb18030").ljust(50, b"\0")
LONG_NUMBER = {0x07: b"A12345674" + b"X" * 11}
NO_REGION = hexed("FFFFFF D156000005 00000123 FFFFFFFF")
ESCAPE = b"Zhang\x1b[31m".ljust(30, b"\0")
RESIDUE = b"Zhang\0junk".ljust(30, b"\0")
RECORDS = {
    record[0]: record[2:]
    for record in map(
        hexed,
        f"""0110519900D15600000500000123FFFFFFFF 020133 0304322E3030
        040C915600000251990051990001 050420180301 060420280301 0709413132333435363734
        0812303030303030313939303031303130303138 091E{NAME_BYTES[:30].hex()}
        4E14{NAME_BYTES[30:].hex()} 0A0131 0B0101 0C03110000 0D0419900101""".split(),
    )
}

# The READ RECORDs of §4.1 and of §4.2, and the former's shortcuts.
LOG2 = """00B2010412 00B2030406 00B207040B
    00B2080014 00B2020420 00B20A0003 00B20B0003 00B20C0005 00B20D0006 00B24E0016"""
LOG3 = """00B2010012 00B2030006 00B207000B
    00B2080014 00B2090020 00B24E0016 00B20A0003 00B20B0003 00B20C0005 00B20D0006"""
DUMPS = "00B2010540 00B201055B"


@dataclass
class Card:
    """Answer by the beginning of a command, anything else by ``default``."""

    answers: Mapping[str, str] = field(default_factory=dict)
    default: str = "6A82"
    atr: bytes = ATR2
    protocol: str = "T=0"
    log: list[str] = field(default_factory=list)

    def power_on(self) -> None:
        self.log.clear()

    def power_off(self) -> None:
        self.power_on()

    reset = power_off

    def transmit(self, command: bytes) -> bytes:
        self.log.append(command.hex().upper())
        answer = self.answer(command)
        return hexed(self.default) if answer is None else answer

    def answer(self, command: bytes) -> bytes | None:
        sent = command.hex().upper()
        found = [to for begin, to in self.answers.items() if sent.startswith(begin)]
        return hexed(found[0]) if found else None

    def sent(self, *instructions: str) -> list[str]:
        return [sent[:4] for sent in self.log if sent[2:4] in instructions]


@dataclass
class Foreign(Card):
    """Be a social security card with habits; status words are what it says instead."""

    records: Mapping[int, bytes] = field(default_factory=lambda: RECORDS)
    fci: bytes = FCI2
    protected: bool = False  # EF06 wants RKSSSE
    by_name: str = ""  # to SELECT by name
    internal: str = ""  # to INTERNAL AUTHENTICATE
    broken: Mapping[int, str] = field(default_factory=dict)  # to reading a record
    hand_out: str = "61"  # data to commands with data: by 61xx, "direct", "strict": where Le asks
    wrong_le: str = "6C"  # where Le is not the length: 6Cxx, "cut", 6282 with data, else its words
    known: str = ""  # the only READ RECORDs it knows
    sfi: bool = True
    modes: str = "045"
    all_always: bool = False
    padding: bytes = b""

    def power_on(self) -> None:
        super().power_on()
        self.file, self.pending, self.proved = 0, b"", False
        self.challenges: list[bytes] = []

    def answer(self, command: bytes) -> bytes | None:
        """Give the answer, None for a command that the card does not know."""
        kinds = {0xA4: self._select, 0xB2: self._read, 0xC0: self._get_response}
        proofs = {0x84: self._challenge, 0x88: self._internal, 0x82: self._external}
        kind = (kinds | proofs).get(command[1])
        return kind(command) if kind else None

    def _select(self, command: bytes) -> bytes | None:
        form, name = command[2:4].hex(), command[5 : 5 + command[4]]
        if (form, name) == ("0400", NAME):
            return hexed(self.by_name) or self._hand_out(command, self.fci)
        if (form, name) == ("0000", b"\xdd\xf1") and self.by_name:
            return self._hand_out(command, self.fci)
        if form == "0200" and name in {b"\xef\x05", b"\xef\x06"}:
            self.file = name[1]
            return OK
        return None

    def _hand_out(self, command: bytes, data: bytes) -> bytes:
        if self.hand_out == "61":
            self.pending = data
            return bytes((0x61, len(data)))
        has_le = len(command) == 6 + command[4]
        return data + OK if has_le or self.hand_out == "direct" else OK

    def _get_response(self, command: bytes) -> bytes | None:
        return self.pending + OK if command[4] == len(self.pending) > 0 else None

    def _read(self, command: bytes) -> bytes | None:
        p1, mode, sfi, le = command[2], command[3] & 7, command[3] >> 3, command[4] or 256
        unknown = self.known and command.hex().upper() not in self.known.split()
        if unknown or str(mode) not in self.modes or (sfi and not self.sfi):
            return None
        self.file = sfi or self.file
        if self.file not in {5, 6}:
            return None
        if self.file == 6 and self.protected and not self.proved:
            return hexed("6982")
        tags = [tag for tag in self.records if (tag < 8) == (self.file == 5)]
        by_mode = {0: [p1] if p1 in tags else [], 4: tags[p1 - 1 : p1], 5: tags[p1 - 1 :]}
        wanted = tags if self.all_always else by_mode[mode]
        refusals = [hexed(self.broken[tag]) for tag in wanted if tag in self.broken]
        if refusals or not wanted:
            return refusals[0] if refusals else hexed("6A83")
        values = ((tag, self.records[tag]) for tag in wanted)
        data = b"".join(bytes((tag, len(value))) + value for tag, value in values)
        return self._fit(data + self.padding * (mode == 5), le)

    def _fit(self, data: bytes, le: int) -> bytes | None:
        if le == len(data):
            return data + OK
        short = hexed("6282") if self.wrong_le == "6282" and le > len(data) else OK
        given = {"6C": bytes((0x6C, len(data))), "cut": data[:le] + OK, "6282": data[:le] + short}
        return given.get(self.wrong_le, hexed(self.wrong_le) if self.wrong_le[1:2] == "7" else None)

    def _challenge(self, command: bytes) -> bytes | None:
        self.challenges.append(len(self.log).to_bytes(8, "big"))
        return self.challenges[-1] + OK if command == hexed("0084000008") else None

    def _internal(self, command: bytes) -> bytes | None:
        """Take ``0088000010 R2 R1``, the last challenge first (§4.2)."""
        right = hexed("0088000010") + b"".join(reversed(self.challenges))
        if self.internal or command[: len(right)] != right or len(right) != 21:
            return hexed(self.internal) or None
        return self._hand_out(command, self._proof())

    def _external(self, command: bytes) -> bytes | None:
        """Take ``0082000A10 C R3``, C made with the last challenge R4 as factor (§4.2)."""
        if len(self.challenges) < 2:
            return hexed("6984")
        original = self.challenges[-2]
        self.proved = command == hexed("0082000A10") + self._proof() + original
        return OK if self.proved else hexed("63C2")

    def _proof(self) -> bytes:
        original, factor = self.challenges[-2:]
        self.challenges.clear()
        return SM4.authentication_data(SM4.session_key(CARD_KEY, factor), original)


def gen2(changed: Mapping[int, bytes | None] | None = None, **habits: Any) -> Foreign:
    """Make a card of generation 2 with other records, None for none, and habits."""
    records = RECORDS | dict(changed or {})
    present = {tag: value for tag, value in records.items() if value is not None}
    if habits.get("protocol") == "T=1":
        atr = hexed("3B8D8001") + habits.get("atr", ATR2)[4:]
        habits = {"hand_out": "direct"} | habits | {"atr": atr + bytes((reduce(xor, atr[1:]),))}
    return Foreign(records=present, **habits)


def gen3(changed: Mapping[int, bytes | None] | None = None, **habits: Any) -> Foreign:
    standard = {"fci": FCI3, "atr": ATR3, "protected": True}
    return gen2({0x03: b"3.00"} | dict(changed or {}), **(standard | habits))


def codes(reading: Any) -> list[str]:
    return [note.code for note in reading.notes.collected]


def lacks(reading: Any) -> list[str]:
    return [note.detail.en for note in reading.notes.collected if note.code == "missing_item"]


def assert_whole(reading: Any, name: str = LONG_NAME) -> None:
    holder = reading.holder
    assert reading.card.card_number.reveal() == "A12345674"
    assert holder.social_security_number.reveal() == "000000199001010018"
    assert holder.name.reveal() == name
    assert (holder.sex.code, holder.ethnic_group.code) == ("1", "01")
    assert holder.birthplace.code == "110000"
    assert holder.birth_date.reveal() == date(1990, 1, 1)


ELSE = pytest.mark.parametrize(
    "default", ["6D00", "6A86", "6700", "6B00", "6A82", "6A81", "6A83", "6982"]
)


@ELSE
def test_log_of_generation_2(held: Hold, default: str) -> None:
    """A card that knows the commands of §4.1 and no other is read whole, whatever else it says."""
    card = gen2(known=LOG2, default=default, wrong_le="")
    reading = held(card).read()
    assert reading.generation == 2
    assert_whole(reading)
    assert card.log[:2] == ["00A404000F" + NAME.hex().upper(), "00C0000018"]


@ELSE
def test_log_of_generation_3(held: Hold, default: str) -> None:
    """The same for §4.2, whose card takes its proofs over challenges in that order alone."""
    card = gen3(known=LOG3, default=default, wrong_le="", hand_out="direct")
    reading = held(card).read()
    assert (reading.generation, reading.algorithm) == (3, Algorithm.SM4)
    assert_whole(reading)
    assert card.sent("84", "88", "82") == ["0084", "0084", "0088", "0084", "0084", "0082"]


@pytest.mark.parametrize("modes", ["045", "04"])
@pytest.mark.parametrize(
    "habits",
    [
        pytest.param({"hand_out": "direct"}, id="6Cxx to Le 00"),
        pytest.param({"hand_out": "61"}, id="61xx to SELECT"),
        pytest.param({"hand_out": "strict", "wrong_le": "cut"}, id="no FCI without Le"),
        pytest.param({"wrong_le": "6700"}, id="6700 to Le 00"),
        pytest.param({"wrong_le": "6282"}, id="6282 with the data"),
    ],
)
@pytest.mark.parametrize("make", [gen2, gen3])
def test_lengths_on_t1(held: Hold, make: Any, habits: dict[str, str], modes: str) -> None:
    """T=1 carries Le, and each card has its own idea of what it means; all have the data."""
    assert_whole(held(make(protocol="T=1", modes=modes, **habits)).read())


@pytest.mark.parametrize(
    ("card", "said"),
    [
        pytest.param(gen3({0x03: bytes(4)}), {"missing_item"}, id="gen 3, empty version"),
        pytest.param(gen3({0x03: None}), {"missing_item"}, id="gen 3, no version"),
        pytest.param(gen3({0x03: b"2.00"}), set(), id="gen 2 that wants a proof"),
        pytest.param(gen2({0x03: bytes(4)}), {"missing_item"}, id="gen 2, empty version"),
        pytest.param(gen2({0x03: bytes(4)}, modes="04"), {"missing_item"}, id="same, singly"),
        pytest.param(gen3({0x01: NO_REGION}), {"region_from_atr"}, id="no region in the card id"),
        pytest.param(gen3(fci=FCI3 + b"\xff"), set(), id="byte behind the FCI"),
        pytest.param(gen3(fci=b"\x6f\x1d" + FCI3[2:]), set(), id="FCI one too long"),
        pytest.param(gen3(fci=b"\x6f\x1b" + FCI3[2:]), set(), id="FCI one too short"),
        pytest.param(gen3(fci=FCI_WITHOUT_9F0C), set(), id="86 in A5"),
        pytest.param(gen2(by_name="6A81"), {"selected_otherwise"}, id="DDF1 only"),
        pytest.param(gen2(all_always=True, sfi=False), set(), id="all for any record"),
        pytest.param(gen2(all_always=True, sfi=False, protocol="T=1"), set(), id="all on T=1"),
        pytest.param(gen2(known=DUMPS, sfi=False), set(), id="dump of a selected file"),
        pytest.param(gen2(modes="5", sfi=False, protocol="T=1"), set(), id="dump on T=1"),
        pytest.param(gen2(LONG_NUMBER, wrong_le="cut"), {"long_card_number"}, id="cut at Le"),
        pytest.param(
            gen2(LONG_NUMBER, wrong_le="cut", modes="04"), {"long_card_number"}, id="cut, singly"
        ),
        pytest.param(gen2({0x0A: b"01"}), {"ascii_code"}, id="sex as text"),
        pytest.param(gen2({0x0B: b"01"}), {"ascii_code"}, id="ethnic group as text"),
        pytest.param(gen2({0x0C: b"110000"}), {"ascii_code"}, id="birthplace as text"),
    ],
)
def test_read_all_the_same(held: Hold, card: Foreign, said: set[str]) -> None:
    """A slip of who made or filled a card keeps nothing from the counter, and is said."""
    reading = held(card).read()
    assert_whole(reading)
    assert said <= set(codes(reading))
    # By region, and so without what its FCI says, every card here would be 3DES.
    assert reading.algorithm == (Algorithm.SM4 if card.protected else Algorithm.TDES)
    assert card.sent("82") == ["0082"] * card.protected


@pytest.mark.parametrize("modes", ["045", "04"])
def test_full_name_without_extension(held: Hold, modes: str) -> None:
    """A name that fills tag 09 may go on in an extension that the card lacks: it is said."""
    reading = held(gen2({0x4E: None}, modes=modes)).read()
    assert_whole(reading, NAME_BYTES[:30].decode("gb18030"))
    assert lacks(reading) == ["name extension"]


@pytest.mark.parametrize("wrong_le", ["6C", "cut"])
def test_filler_behind_last_record(held: Hold, wrong_le: str) -> None:
    """FF behind the last record is room, not a broken record that may hide a birth date."""
    reading = held(gen2({0x0D: None}, padding=b"\xff" * 20, wrong_le=wrong_le)).read()
    assert reading.holder.birth_date is None
    assert reading.holder.name.reveal() == LONG_NAME
    assert lacks(reading) == ["birth date"]


@pytest.mark.parametrize("sw", ["6D00", "6A88"])
def test_card_without_internal_key(held: Hold, sw: str) -> None:
    """Live keys may go on without the card's proof (§11), which is said."""
    live = SoftwareKeys(lambda application, key: Secret(ROOT), test_keys=False)
    reading = held(gen3(internal=sw)).read(live)
    assert "no_internal_check" in codes(reading)
    assert_whole(reading)


BANK = {
    "00A40000023F00": "6F10840E315041592E5359532E44444630319000",
    "00A404000E315041592E": "9000",
    "00B2012C": "70025A009000",
    "00B2012D": "6A83",
}


@pytest.mark.parametrize(
    ("card", "error"),
    [
        pytest.param(Card(default="6A81"), CardBlocked, id="6A81 to everything"),
        pytest.param(Card(BANK), NotSocialSecurity, id="bank card with a file 05"),
        pytest.param(Card({"00A4000002DDF1": "9000"}), NotSocialSecurity, id="bare 9000 to DDF1"),
        pytest.param(gen3(internal="6D00"), CardRefused, id="test keys, no internal key"),
        pytest.param(gen3(internal="6A88"), KeyVersionUnknown, id="test keys, no IRK"),
        pytest.param(gen3({0x01: hexed("5199")}, atr=ATR_OF_NOWHERE), GuitaiError, id="short id"),
        pytest.param(gen2({0x09: ESCAPE, 0x4E: bytes(20)}), DataDamaged, id="name that steers"),
        *(
            pytest.param(gen2(modes="04", broken={tag: sw}), CardRefused, id=f"{tag:02X} {sw}")
            for tag in (0x09, 0x4E)
            for sw in ("6F00", "6581", "6400")
        ),
    ],
)
def test_refused(held: Hold, card: Card, error: type[GuitaiError]) -> None:
    """A stranger's card, half a name, keys that may not fit: an error said, no try spent."""
    with pytest.raises(error):
        held(card).read()
    assert card.sent("82") == []


def test_residue_behind_name(held: Hold) -> None:
    """Text ends at its filler; what an earlier, longer name left behind it is none of it."""
    reading = held(gen2({0x09: RESIDUE, 0x4E: bytes(20)})).read()
    assert "text_after_filler" in codes(reading)
    assert_whole(reading, "Zhang")
