"""The one configuration: defaults, what is refused, and the words it is refused with."""

import tomllib
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from terminal.config import Config, configured_language, load_config
from terminal.errors import ConfigWrong, FileTrouble

WHOLE = """
language = "en"
production = true
[outlet]
id = "110101-07"
name = "东华门街道"
[readers]
deadline_seconds = 4
[readers.roles]
counter = "ACR39U (A1B2)"
[keys]
service = "file"
file = "/etc/guitai/keys.toml"
"""


def written(tmp_path: Path, text: str) -> str:
    path = tmp_path / "guitai.toml"
    path.write_text(text, "utf-8")
    return str(path)


def test_whole_file(tmp_path: Path) -> None:
    """Every setting arrives where it belongs, with its type."""
    config = load_config(written(tmp_path, WHOLE))
    assert (config.language, config.production) == ("en", True)
    assert (config.outlet.id, config.outlet.name) == ("110101-07", "东华门街道")
    assert config.readers.deadline_seconds == 4.0
    assert config.readers.roles == {"counter": "ACR39U (A1B2)"}
    assert (config.keys.service, config.keys.file) == ("file", "/etc/guitai/keys.toml")


def test_empty_file_is_the_defaults(tmp_path: Path) -> None:
    """A counter starts with an empty file; the file may say only what differs."""
    path = written(tmp_path, "")
    assert load_config(path) == Config(source=path)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("langauge = 'zh'", "language"),
        ("language = 'fr'", "zh, en"),
        ("production = 'yes'", "true"),
        ("production = 1", "true"),
        ("outlet = 'x'", "outlet"),
        ("[readers]\ndeadline_seconds = 0", "deadline_seconds"),
        ("[readers]\ndeadline_seconds = true", "deadline_seconds"),
        ("[readers]\nkeypad_digits = 3", "keypad_digits"),
        ("[keys.sam]\nserial = 'zz'", "keys.sam.serial"),
        ("[keys.sam]\nserial = '0102'", "keys.sam.serial"),
        ("[keys.token]\ntimeout_seconds = 0", "keys.token.timeout_seconds"),
        ("[readers]\nkeypad_digits = 13", "keypad_digits"),
        ("[readers]\nkeypad_digits = '6'", "keypad_digits"),
        ("[readers.roles]\ncounter = 1", "roles"),
        ("[keys]\nservice = 'cloud'", "development, file"),
        ("[keys]\nservice = 'file'", "keys.file"),
        ("production = true", "keys.service"),
        ("[park]\ntimeout_seconds = 0", "park.timeout_seconds"),
        ("[park]\nsale_from = '12-32'", "park.sale_from"),
        ("[park]\nvalid_to = '02-29'", "park.valid_to"),
        ("[park]\nvalid_to = '1-31'", "park.valid_to"),
        ("[park]\nprices = 1", "park.prices"),
        ("[park.prices]\n0 = 1", "park.prices"),
        ("[park.prices]\n255 = 1", "park.prices"),
        ("[park.prices]\n1 = -1", "park.prices"),
        ("[park.prices]\n1 = 100.0", "park.prices"),
        ("[unclosed", "TOML"),
    ],
)
def test_wrong_files(tmp_path: Path, text: str, word: str) -> None:
    """What is wrong is said in both languages, with the name to look for."""
    with pytest.raises(ConfigWrong) as caught:
        load_config(written(tmp_path, text))
    assert word in caught.value.cause("zh")
    assert word in caught.value.cause("en")


def test_near_names_are_offered(tmp_path: Path) -> None:
    """A typing error is the usual mistake; the right name is proposed."""
    with pytest.raises(ConfigWrong) as caught:
        load_config(written(tmp_path, "[readers]\ndeadline_second = 3"))
    assert "readers.deadline_seconds" in caught.value.cause("zh")


@pytest.mark.parametrize(
    ("uid", "taken"), [("none", "none"), ("public", "public"), ("pad/uid.hex", "{}/pad/uid.hex")]
)
def test_the_uid_file_stands_beside_it(tmp_path: Path, uid: str, taken: str) -> None:
    """Like every file name; the two words are none."""
    config = load_config(written(tmp_path, f'[pin_pad.switches]\nuid = "{uid}"'))
    assert config.pin_pad.switches["uid"] == taken.format(tmp_path)


def test_missing_file(tmp_path: Path) -> None:
    """A file that was named must be there; the default one need not be."""
    with pytest.raises(FileTrouble):
        load_config(str(tmp_path / "none.toml"))


def test_not_text(tmp_path: Path) -> None:
    """A binary file is refused in words."""
    path = tmp_path / "guitai.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigWrong, match=r"guitai\.toml"):
        load_config(str(path))


def test_language_of_a_wrong_file(tmp_path: Path) -> None:
    """A wrong configuration must not stop the message that says so."""
    assert configured_language(written(tmp_path, "[unclosed")) is None
    assert configured_language(written(tmp_path, "language = 'en'")) == "en"


def test_the_page_about_it_names_every_setting() -> None:
    """A setting that stands nowhere is one that nobody sets."""
    page = (Path(__file__).parents[2] / "docs/configuration.md").read_text("utf-8")
    told = tomllib.loads(page.split("```toml\n")[1].split("```")[0])

    def names(settings: object, prefix: str = "") -> set[str]:
        if not isinstance(settings, dict):
            return {prefix}
        return {prefix}.union(*(names(each, f"{prefix}.{name}") for name, each in settings.items()))

    free = (".readers.roles", ".pin_pad.switches", ".park.prices", ".transit.host", ".keys.host")
    free += (".parties",)  # six alike: tests/terminal/parties/test_party_config.py
    settings = {each for each in names(_settings(Config())) if not each.startswith(free)}
    assert settings <= names(told)
    assert {each for each in names(told) if not each.startswith(free)} <= settings


def _settings(value: object) -> object:
    if not is_dataclass(value):
        return value
    return {
        each.name: _settings(getattr(value, each.name))
        for each in fields(value)
        if not each.metadata.get("internal")
    }
