"""Card images: what is saved is what was there, whole, and before anybody hears of it."""

import json
import os
import stat
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_mock import MockerFixture

from card_profiles.profiles import PROFILES
from emulator.card import SoftwareCard
from emulator.image import ImageError, SavingCard, dump, load, open_image, save
from emulator.memory import PowerCut

Maker = Callable[..., SoftwareCard]
Prove = Callable[..., str]

WRITE_PHONE_CLASS = "00DC020403300134"
PIN = "0020000003123456"
WRONG_PIN = "0020000003111111"


def send(card: SoftwareCard | SavingCard, command: str) -> str:
    return card.transmit(bytes.fromhex(command)).hex().upper()


@pytest.fixture
def card(virtual_card: Maker) -> SoftwareCard:
    return virtual_card("beijing", interface="contactless")


def changed(data: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Change an image's data; None takes a key away."""
    return {name: value for name, value in (data | changes).items() if value is not None}


class TestRoundTrip:
    @pytest.mark.parametrize("profile", PROFILES)
    def test_every_profile(self, virtual_card: Maker, profile: str) -> None:
        """What comes back is the same card, through JSON text and all."""
        card = virtual_card(profile)
        again = load(json.loads(json.dumps(dump(card))))
        assert again.memory.cells() == card.memory.cells()
        assert (again.profile, again.interface, again.atr) == (card.profile, "contact", card.atr)

    def test_contactless(self, card: SoftwareCard) -> None:
        """The side that is in the field belongs to the image."""
        assert load(dump(card)).atr == card.atr
        assert load(dump(card)).interface == "contactless"

    @given(cells=st.dictionaries(st.text(min_size=1).map("x.".__add__), st.binary()))
    def test_any_cells(self, cells: dict[str, bytes]) -> None:
        """Also cells that later versions of the emulator may add."""
        data = {"format": "guitai.card/1", "profile": "gen1", "interface": "contact"}
        base = {"historical": "00" * 13}
        data_cells = base | {name: value.hex() for name, value in cells.items()}
        card = load(json.loads(json.dumps(data | {"cells": data_cells})))
        again = load(json.loads(json.dumps(dump(card))))
        assert again.memory.cells() == cells | {"historical": bytes(13)}

    def test_an_image_says_what_it_is(self, card: SoftwareCard) -> None:
        """Keys stand there in clear: the file has to warn, and name its format."""
        data = dump(card)
        assert data["format"] == "guitai.card/1"
        assert "TEST" in data["warning"]

    def test_state_is_kept_and_proofs_are_not(self, card: SoftwareCard, prove: Prove) -> None:
        """Spent tries survive the image, what was proved does not."""
        send(card, WRONG_PIN)
        prove(card, 0x0A)
        again = load(dump(card))
        assert send(again, "0020000000") == "63C5"
        assert send(again, "00B2013400") == "6982"

    def test_a_torn_card(self, virtual_card: Maker, prove: Prove) -> None:
        """An image made of a card torn at any write is what the card itself wakes up as."""
        seen = set()
        for number in count(1):
            card = virtual_card("gen3", interface="contactless")
            send(card, "00A4000002DF02")
            prove(card, 0x89, "DF02")
            send(card, "00A4020002EF16")
            before = card.memory.cells()
            cut(card, number)
            try:
                send(card, "00DC000312" + "5A" * 18)
            except PowerCut:
                again = load(json.loads(json.dumps(dump(card))))
                card.memory.before_write = None
                card.power_on()
                assert again.memory.cells() == card.memory.cells()
                seen.add(again.memory.cells() == before)
            else:
                break
        assert seen == {True, False}


def cut(card: SoftwareCard, number: int) -> None:
    last = card.memory.writes + number

    def before_write(write: int) -> None:
        if write >= last:
            raise PowerCut

    card.memory.before_write = before_write


class TestRefusals:
    @pytest.mark.parametrize(
        "changes",
        [
            {"format": None},
            {"format": "guitai.card/2"},
            {"format": 1},
            {"profile": None},
            {"profile": "gen4"},
            {"profile": ["gen3"]},
            {"profile": "gen1"},
            {"interface": None},
            {"interface": "optical"},
            {"interface": {}},
            {"cells": None},
            {"cells": []},
            {"cells": {"historical": 5}},
            {"cells": {"historical": "0"}},
            {"cells": {"historical": "no hex"}},
            {"cells": {}},
            {"cells": {"historical": ""}},
            {"cells": {"historical": "00" * 16}},
            {"cells": {"historical": "00" * 13, "SSSE.key.0A": "00" * 15}},
            {"cells": {"historical": "00" * 13, "DF01.key.88": ""}},
        ],
        ids=str,
    )
    def test_what_is_no_image(self, card: SoftwareCard, changes: dict[str, Any]) -> None:
        """Another format or profile, a side the card lacks, cells no card can work with."""
        with pytest.raises(ImageError):
            load(changed(dump(card), **changes))

    @pytest.mark.parametrize("data", [None, [], "guitai.card/1", 5])
    def test_what_is_no_object(self, data: Any) -> None:
        """JSON that is no object is no image."""
        with pytest.raises(ImageError):
            load(data)

    @pytest.mark.parametrize(
        "content", [b"", b"{", b"\xff\xfe{}", b"[" * 100_000, b'{"format": "guitai.card/1"']
    )
    def test_what_is_no_json(self, tmp_path: Path, content: bytes) -> None:
        """A file cut off, of another encoding or made to exhaust the parser is refused by name."""
        path = tmp_path / "card.json"
        path.write_bytes(content)
        with pytest.raises(ImageError, match=r"card\.json"):
            open_image(path)

    def test_no_file(self, tmp_path: Path) -> None:
        """A missing file is the system's error, for the caller to word."""
        with pytest.raises(FileNotFoundError):
            open_image(tmp_path / "card.json")


class TestSave:
    def test_reads_back(self, card: SoftwareCard, tmp_path: Path) -> None:
        """Saved and opened, it is the same card; nothing else is left in the folder."""
        path = tmp_path / "card.json"
        save(card, path)
        assert open_image(path).memory.cells() == card.memory.cells()
        assert [each.name for each in tmp_path.iterdir()] == ["card.json"]

    def test_is_private(self, card: SoftwareCard, tmp_path: Path) -> None:
        """It holds keys and a person's data: nobody else reads it."""
        path = tmp_path / "card.json"
        save(card, path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    @pytest.mark.parametrize("broken", ["os.replace", "os.fsync", "os.fdopen"])
    def test_a_crash_leaves_the_old_image(
        self, card: SoftwareCard, tmp_path: Path, mocker: MockerFixture, broken: str
    ) -> None:
        """Whatever step fails, the old file is whole and no half-written one lies about."""
        path = tmp_path / "card.json"
        save(card, path)
        before = path.read_bytes()
        send(card, WRONG_PIN)
        mocker.patch(broken, side_effect=OSError("no space"))
        with pytest.raises(OSError, match="no space"):
            save(card, path)
        assert path.read_bytes() == before
        assert [each.name for each in tmp_path.iterdir()] == ["card.json"]

    def test_is_synced_before_and_after_it_is_renamed(
        self, card: SoftwareCard, tmp_path: Path, mocker: MockerFixture
    ) -> None:
        """A power failure of the machine must find either file whole: data, name, folder."""
        steps = []
        sync, replace = os.fsync, os.replace

        def note_sync(descriptor: int) -> None:
            steps.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "data")
            sync(descriptor)

        def note_replace(source: str, target: str) -> None:
            steps.append("name")
            replace(source, target)

        mocker.patch("os.fsync", note_sync)
        mocker.patch("os.replace", note_replace)
        save(card, tmp_path / "card.json")
        assert steps == ["data", "name", "folder"]


class TestSavingCard:
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        return tmp_path / "card.json"

    def test_saves_at_once(self, card: SoftwareCard, path: Path) -> None:
        """A new card is on disk before its first command."""
        saving = SavingCard(card, path)
        assert open_image(path).memory.cells() == card.memory.cells()
        assert saving.atr == card.atr

    def test_saves_before_the_answer_leaves(
        self, card: SoftwareCard, path: Path, mocker: MockerFixture
    ) -> None:
        """Whoever knows that a PIN was wrong finds the try spent on disk too."""
        saving = SavingCard(card, path)
        assert send(saving, WRONG_PIN) == "63C5"
        assert send(open_image(path), "0020000000") == "63C5"
        mocker.patch("os.replace", side_effect=OSError("no space"))
        with pytest.raises(OSError, match="no space"):
            send(saving, WRONG_PIN)

    def test_saves_only_what_changed(
        self, card: SoftwareCard, path: Path, mocker: MockerFixture
    ) -> None:
        """Reading does not cost a sync of the disk."""
        saving = SavingCard(card, path)
        replaced = mocker.spy(os, "replace")
        for command in ("00B2012C00", "00A4020002EF05", "0084000008", "0020000000"):
            send(saving, command)
        saving.reset()
        saving.power_off()
        saving.power_on()
        assert replaced.call_count == 0
        send(saving, PIN)
        assert replaced.call_count == 1

    @pytest.mark.parametrize("number", [1, 2])
    def test_saves_a_torn_card(self, card: SoftwareCard, path: Path, number: int) -> None:
        """A card torn in a command leaves what it had written, without being switched on again."""
        saving = SavingCard(card, path)
        cut(card, number)
        with pytest.raises(PowerCut):
            send(saving, PIN)
        assert send(open_image(path), "0020000000") == f"63C{7 - number}"

    def test_power_off_writes_nothing(self, virtual_card: Maker, path: Path) -> None:
        """A torn card that is switched off stays torn until it is switched on."""
        card = virtual_card("beijing")
        saving = SavingCard(card, path)
        cut(card, 1)
        with pytest.raises(PowerCut):
            send(saving, PIN)
        saving.power_off()
        with pytest.raises(PowerCut):
            send(saving, "0020000000")
        card.memory.before_write = None
        saving.power_on()
        assert send(saving, PIN) == "9000"
        saving.reset()
        assert send(saving, "0020000000") == "63C6"
