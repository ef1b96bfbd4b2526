"""`guitai card` on the real daemon: files listed, read masked, written and read back."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from desk import Desk


@pytest.fixture(scope="module")
def card(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep one Beijing card in the reader for the module."""
    image = tmp_path_factory.mktemp("card") / "card.json"
    with desk.emulating("--seed", "1", "--image", str(image), "--keys", "distinct"):
        yield image


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Name a configuration with the keys that all differ: a mixed-up key id is seen."""
    path = tmp_path_factory.mktemp("settings") / "guitai.toml"
    path.write_text('[keys]\nset = "distinct"\n', "utf-8")
    return str(path)


@pytest.mark.usefixtures("card")
class TestFiles:
    def test_list(self, desk: Desk, settings: str) -> None:
        """Every file of the card with its items and what opens it; nothing is proved for that."""
        document = desk.run("--config", settings, "card", "files", "--json").json
        files = {each["name"]: each for each in document["files"]}
        assert {"SSSEEF05", "SSSEEF06", "DF01EF06", "DF04EF08", "DF0A0005", "DF0E0005"} <= set(
            files
        )
        assert (files["DF01EF06"]["read"], files["DF01EF06"]["write"]) == (
            "PIN or key 88",
            "key 86",
        )
        assert files["DF0A0005"]["project_defined"]
        assert "DF07EF05" not in files
        text = desk.run("--config", settings, "card", "files").out
        assert "DF01EF06  联系方式  [读：服务密码或密钥 88；写：密钥 86]" in text

    def test_get(self, desk: Desk, settings: str) -> None:
        """Masked unless revealed, by name or tag, in either spelling of the file."""
        masked = desk.run("--config", settings, "card", "get", "df01ef06", "--json").json
        values = {each["name"]: each["value"] for each in masked["values"]}
        assert (values["phone"], values["contact_region"]) == ("*******0000", None)
        for item in ("phone", "28"):
            shown = desk.run("--config", settings, "card", "get", "DF01EF06", item, "--reveal")
            assert shown.out == "  28 联系电话：00000000000\n"

    def test_by_pin(self, desk: Desk, settings: str) -> None:
        """The holder's PIN opens it as well, and it is asked for once."""
        arguments = ("--config", settings, "card", "get", "DF01EF06", "--by", "pin", "--json")
        assert desk.run(*arguments, input="123456\n").json["values"]
        refused = desk.run(*arguments, input="654321\n")
        assert (refused.status, refused.json["error"]["code"]) == (10, "pin_wrong")
        assert desk.run(*arguments, input="123456\n").status == 0

    def test_pin_and_key(self, desk: Desk, settings: str) -> None:
        """DF04EF06 wants both; the PIN is asked for though the counter has the key."""
        arguments = ("--config", settings, "card", "get", "DF04EF06", "--json")
        assert desk.run(*arguments, input="123456\n").json["values"]
        assert desk.run(*arguments, input="").json["error"]["code"] == "pin_cancelled"

    def test_set(self, desk: Desk, settings: str, card: Path) -> None:
        """A value typed at the question goes to the card, is read back and stays."""
        done = desk.run(
            "--config", settings, "card", "set", "DF01EF06", "phone", input="13900000000\n"
        )
        assert "已写入 DF01EF06：联系电话" in done.out
        cell = json.loads(card.read_text("utf-8"))["cells"]["DF01.EF06.3"]
        assert bytes.fromhex(cell)[2:13] == b"13900000000"

    def test_set_several_from_json(self, desk: Desk, settings: str) -> None:
        """A program gives its values as JSON on standard input; codes and dates in their forms."""
        given = {"contact_address": "样例街2号", "24": "110100", "contact_person": None}
        written = desk.run(
            "--config", settings, "card", "set", "DF01EF06", "--input", "-", "--json",
            input=json.dumps(given),
        ).json  # fmt: skip
        assert [each["tag"] for each in written["written"]] == ["23", "24", "2C"]
        shown = desk.run("--config", settings, "card", "get", "DF01EF06", "--json", "--reveal").json
        values = {each["name"]: each["value"] for each in shown["values"]}
        assert values["contact_address"] == "样例街2号"
        assert values["contact_region"]["code"] == "110100"

    @pytest.mark.parametrize(
        ("values", "code"),
        [
            ({"phone": "1" * 16}, "value_wrong"),
            ({"phone": 5}, "value_wrong"),
            ({"contact_region": "999999"}, "value_wrong"),
            ({"no_such": "1"}, "item_unknown"),
            ({}, "input_wrong"),
            ([], "input_wrong"),
        ],
    )
    def test_values_that_are_none(
        self, desk: Desk, settings: str, card: Path, values: object, code: str
    ) -> None:
        """Refused before anything is written, without quoting what was given."""
        before = json.loads(card.read_text("utf-8"))["cells"]
        refused = desk.run(
            "--config", settings, "card", "set", "DF01EF06", "--input", "-", "--json",
            input=json.dumps(values),
        )  # fmt: skip
        assert refused.json["error"]["code"] == code
        after = json.loads(card.read_text("utf-8"))["cells"]
        assert {name: each for name, each in after.items() if "tries" not in name} == {
            name: each for name, each in before.items() if "tries" not in name
        }

    def test_the_bank_part(self, desk: Desk) -> None:
        """Account number and name, masked; no key and no PIN is asked for."""
        account = desk.run("card", "bank", "--json").json["account"]
        assert account["account_number"].startswith("*")
        assert account["account_number"][-4:].isdigit()
        assert account["name"].endswith("*")
        revealed = desk.run("card", "bank", "--json", "--reveal").json["account"]
        assert revealed["account_number"].startswith("620000")

    def test_what_is_not_there(self, desk: Desk, settings: str) -> None:
        """Files and items that are none are told with those that are."""
        missing = desk.run("--config", settings, "card", "get", "DF09EF05")
        assert (missing.status, "DF01EF06" in missing.err) == (6, True)
        unknown = desk.run("--config", settings, "card", "get", "DF01EF06", "fax")
        assert (unknown.status, "28 phone" in unknown.err) == (6, True)
        assert desk.run("card", "set", "DF01EF06").status == 2


def test_wrong_keys(desk: Desk) -> None:
    """The other key set's counter is told that card and keys do not fit; no try is spent."""
    with desk.emulating("--seed", "2", "--keys", "distinct", slot=1):
        refused = desk.run("card", "get", "DF01EF06", "--reader", "00 01", "--json")
    assert refused.json["error"]["code"] == "keys_do_not_fit"


def test_a_card_without_a_bank_part(desk: Desk) -> None:
    """A generation-3 card of the standard profile has none, and that is no fault of the reader."""
    with desk.emulating("--profile", "gen3", slot=1):
        refused = desk.run("card", "bank", "--reader", "00 01")
    assert (refused.status, "[no_bank_application]" in refused.err) == (6, True)
