"""A card against a pure model: contents, tries and proofs, in any order of commands."""

from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from apdu.cipher import SM4
from card_profiles.profiles import BEIJING
from emulator.card import SoftwareCard
from emulator.facts import made_up_facts
from emulator.memory import PowerCut

SIZES = st.sampled_from([0, 1, 2, 3, 9, 40])
ANY_ROOM = 257
"""Bytes of the longest record; an appended one may have them."""
PINS = ["123456", "654321", "00000000"]
APPLICATIONS = {"SSSE": "DDF1", "DF01": "DF01", "DF02": "DF02", "park_pass": "DF0E"}


@dataclass
class File:
    """Hold a modelled file: its kind, the proofs it wants, its records."""

    kind: str
    fid: str
    read: set[str]
    write: set[str]
    records: list[bytes]
    room: list[int] = field(default_factory=list)


def files(cells: dict[str, bytes]) -> dict[str, dict[str, File]]:
    """Describe four files of four kinds; which proofs they want is the reference's (§2)."""

    def of(name: str, kind: str, read: set[str], write: set[str]) -> File:
        number = cells[f"{name}.count"][0]
        records = [cells[f"{name}.{each}"] for each in range(1, number + 1)]
        fid = name.split(".")[1]
        return File(kind, fid, read, write, records, [len(each) for each in records])

    return {
        "SSSE": {
            "card": of("SSSE.EF05", "linear", {"free"}, {"04"}),
            "holder": of("SSSE.EF06", "linear", {"0A"}, {"04"}),
        },
        "DF01": {"employer": of("DF01.EF09", "linear", {"PIN", "88"}, {"84"})},
        "DF02": {"log": of("DF02.EF16", "cyclic", {"PIN", "88"}, {"89"})},
        "park_pass": {"passes": of("park_pass.0005", "fixed", {"free"}, {"83"})},
    }


KEYS = {
    "SSSE": ["04", "06", "0A"],
    "DF01": ["84", "88", "04"],
    "DF02": ["89", "88", "0A"],
    "park_pass": ["83"],
}


class CardMachine(RuleBasedStateMachine):
    """Send commands to the card and to the model, and compare the answers."""

    names = Bundle("names")

    @initialize()
    def insert(self) -> None:
        self.card = SoftwareCard.new(BEIJING, made_up_facts(BEIJING, 1), interface="contactless")
        self.card.power_on()
        self.files = files(self.card.memory.cells())
        self.pin, self.pin_tries = "123456", 6
        self.key_tries: dict[str, int] = {}
        self.application = "SSSE"
        self.file: File | None = None
        self.proofs: set[str] = {"free"}

    def send(self, command: str) -> str:
        return self.card.transmit(bytes.fromhex(command)).hex().upper()

    # --- Selecting, power ------------------------------------------------------------------

    @rule(name=st.sampled_from(sorted(APPLICATIONS)))
    def select_application(self, name: str) -> None:
        assert self.send(f"00A4000002{APPLICATIONS[name]}").endswith("9000")
        self.application, self.file = name, None
        self.proofs &= {"free", "PIN"}

    @rule(data=st.data())
    def select_file(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.files[self.application])))
        self.file = self.files[self.application][name]
        assert self.send(f"00A4020002{self.file.fid}") == "9000"

    @rule(data=st.data())
    def open_for_writing(self, data: st.DataObject) -> None:
        """Do in one step what chance would seldom do in a row: application, key, file."""
        name = data.draw(st.sampled_from(sorted(APPLICATIONS)))
        self.select_application(name)
        file = data.draw(st.sampled_from(sorted(self.files[name])))
        (key,) = self.files[name][file].write
        self.authenticate(key, True)
        self.file = self.files[name][file]
        assert self.send(f"00A4020002{self.file.fid}") == "9000"

    @rule(warm=st.booleans())
    def restart(self, warm: bool) -> None:
        if warm:
            self.card.reset()
        else:
            self.card.power_off()
            self.card.power_on()
        self.application, self.file, self.proofs = "SSSE", None, {"free"}

    # --- Files -----------------------------------------------------------------------------

    @precondition(lambda self: self.file is not None)
    @rule(number=st.integers(1, 9))
    def read(self, number: int) -> None:
        assert self.file is not None
        answer = self.send(f"00B2{number:02X}0400")
        if not self.file.read & self.proofs:
            assert answer == "6982"
        elif number > len(self.file.records):
            assert answer == "6A83"
        else:
            assert answer == self.file.records[number - 1].hex().upper() + "9000"

    @rule(number=st.integers(1, 9), size=SIZES, byte=st.integers(0, 255), data=st.data())
    def update(self, number: int, size: int, byte: int, data: st.DataObject) -> None:
        self.have_a_file(data)
        command, outcome, expected = self.planned(number, size, byte)
        assert self.send(command) == expected
        if expected == "9000":
            self.apply(outcome)

    def have_a_file(self, data: st.DataObject) -> None:
        """Open a file where none is, and now and then another one."""
        if self.file is None or data.draw(st.booleans()):
            self.open_for_writing(data)

    @rule(
        number=st.integers(1, 9),
        byte=st.integers(0, 255),
        write=st.integers(1, 12),
        data=st.data(),
    )
    def torn_update(self, number: int, byte: int, write: int, data: st.DataObject) -> None:
        """Cut the power in an update; the file is the old one or the new one."""
        self.have_a_file(data)
        assert self.file is not None
        command, outcome, expected = self.planned(number, 1, byte)
        last = self.card.memory.writes + write

        def before_write(now: int) -> None:
            if now == last:
                raise PowerCut

        self.card.memory.before_write = before_write
        torn = False
        try:
            assert self.send(command) == expected
        except PowerCut:
            torn = True
        self.card.memory.before_write = None
        name = f"{self.application}.{self.file.fid}"
        if expected == "9000":
            cells = self.card.memory.cells()
            now = [cells[f"{name}.{each}"] for each in range(1, cells[f"{name}.count"][0] + 1)]
            assert now in ([self.file.records, outcome] if torn else [outcome])
            self.apply(now)
        if torn:
            self.card.power_on()
            self.application, self.file, self.proofs = "SSSE", None, {"free"}

    def planned(self, number: int, size: int, byte: int) -> tuple[str, list[bytes], str]:
        """Give an update's command, what the file is after it, and the status word."""
        file = self.file
        assert file is not None
        records = list(file.records)
        allowed = bool(file.write & self.proofs)
        if file.kind == "linear":
            content = bytes((0x7F, size)) + bytes((byte,)) * size
            sw = "9000"
            if number > len(records):
                records.append(content)
            elif len(content) <= file.room[number - 1]:
                records[number - 1] = content
            else:
                sw = "6A84"
            place = f"{number:02X}04"
        else:
            content = bytes((byte,)) * (file.room[0] + (0 if size % 3 else size + 1))
            sw = "9000" if size % 3 else "6700"
            if file.kind == "cyclic":
                records, place = [content, *records[:-1]], "0003"
            else:
                place = f"{number:02X}04"
                if number <= len(records):
                    records[number - 1] = content
                elif sw == "9000":
                    sw = "6A84"
        command = f"00DC{place}{len(content):02X}{content.hex()}"
        return command, records, sw if allowed else "6982"

    def apply(self, records: list[bytes]) -> None:
        assert self.file is not None
        self.file.room += [ANY_ROOM] * (len(records) - len(self.file.room))
        self.file.records = records

    # --- Proofs ----------------------------------------------------------------------------

    @rule(pin=st.sampled_from(PINS))
    def verify(self, pin: str) -> None:
        assert self.send(f"00200000{len(pin) // 2:02X}{pin}") == self.guess(pin)

    @rule(old=st.sampled_from(PINS), new=st.sampled_from(PINS))
    def change_pin(self, old: str, new: str) -> None:
        data = f"{old}FF{new}"
        expected = self.guess(old)
        assert self.send(f"805E0100{len(data) // 2:02X}{data}") == expected
        if expected == "9000":
            self.pin = new

    def guess(self, pin: str) -> str:
        if self.pin_tries == 0:
            return "6983"
        if pin == self.pin:
            self.pin_tries = 6
            self.proofs |= {"PIN"}
            return "9000"
        self.pin_tries -= 1
        self.proofs -= {"PIN"}
        return f"63C{self.pin_tries}"

    @rule(
        new=st.sampled_from([None, *PINS]),
        proved=st.booleans(),
        right=st.sampled_from([True, True, False]),
    )
    def reset_pin(self, new: str | None, proved: bool, right: bool) -> None:
        """Unblock, or reload where there is a new PIN; PUK proved before, or perhaps not."""
        if proved:
            self.authenticate("06", True)
        key = self.card.memory.cells()["SSSE.key.06"]
        session = SM4.session_key(key, bytes.fromhex(self.send("0084000008"))[:8])
        body = b"" if new is None else SM4.encrypt(session, bytes.fromhex(new))
        message = bytes((0x84, 0x24, 0x00, new is not None, len(body) + 4)) + body
        mac = SM4.mac(session, message if right else message + b"!")
        answer = self.send((message + mac).hex())
        if "06" not in self.proofs:
            assert answer == "6982"
        elif not right:
            assert answer == "6988"
        else:
            assert answer == "9000"
            self.pin, self.pin_tries = new or self.pin, 6
            self.proofs -= {"PIN"}

    @rule(data=st.data(), right=st.sampled_from([True, True, False]))
    def prove(self, data: st.DataObject, right: bool) -> None:
        self.authenticate(data.draw(st.sampled_from(KEYS[self.application])), right)

    def authenticate(self, key: str, right: bool) -> None:
        owner = self.application if int(key, 16) & 0x80 else "SSSE"
        value = self.card.memory.cells()[f"{owner}.key.{key}"]
        challenge = bytes.fromhex(self.send("0084000008"))[:8]
        proof = SM4.authentication_data(SM4.session_key(value, challenge), bytes(8))
        if not right:
            proof = bytes(each ^ 1 for each in proof)
        left = self.key_tries.get(f"{owner}.{key}", 3)
        if left == 0:
            expected = "6983"
        elif right:
            expected, left = "9000", 3
            self.proofs |= {key}
        else:
            left -= 1
            expected = f"63C{left}"
            self.proofs -= {key}
        self.key_tries[f"{owner}.{key}"] = left
        assert self.send(f"008200{key}10{proof.hex()}{'00' * 8}") == expected

    # --- Always ----------------------------------------------------------------------------

    @invariant()
    def tries_agree(self) -> None:
        expected = f"63C{self.pin_tries}" if self.pin_tries else "6983"
        assert self.send("0020000000") == expected

    @invariant()
    def memory_agrees(self) -> None:
        cells = self.card.memory.cells()
        for application, described in self.files.items():
            for file in described.values():
                name = f"{application}.{file.fid}"
                number = cells[f"{name}.count"][0]
                assert [cells[f"{name}.{each}"] for each in range(1, number + 1)] == file.records


TestCard = CardMachine.TestCase
TestCard.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
