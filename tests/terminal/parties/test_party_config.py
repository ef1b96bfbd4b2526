"""The other parties in the configuration: six alike, each with whom to telephone."""

from dataclasses import fields
from pathlib import Path

import pytest

from terminal.config import Parties, Party, load_config
from terminal.errors import ConfigWrong
from terminal.parties.lines import NAMES, parties_from


def written(tmp_path: Path, text: str) -> str:
    path = tmp_path / "guitai.toml"
    path.write_text(text, "utf-8")
    return str(path)


def test_a_whole_table(tmp_path: Path) -> None:
    """Every setting arrives; file names stand beside the configuration as everywhere."""
    config = load_config(
        written(
            tmp_path,
            """
[parties.bank]
url = "https://bank.example/guitai"
ca_file = "bank-ca.pem"
certificate_file = "us.pem"
private_key_file = "us.key"
timeout_seconds = 3
telephone = "010-00000000 转 8"
""",
        )
    )
    assert config.parties.bank == Party(
        url="https://bank.example/guitai",
        ca_file=str(tmp_path / "bank-ca.pem"),
        certificate_file=str(tmp_path / "us.pem"),
        private_key_file=str(tmp_path / "us.key"),
        timeout_seconds=3.0,
        telephone="010-00000000 转 8",
    )
    assert config.parties.payment == Party()


@pytest.mark.parametrize(
    "telephone", ["", "96066", "010-00000000", "+86 (10) 0000 0000", "400-000-0000 ext. 12"]
)
def test_telephone_numbers(tmp_path: Path, telephone: str) -> None:
    """As people write them."""
    config = load_config(written(tmp_path, f'[parties.messages]\ntelephone = "{telephone}"'))
    assert config.parties.messages.telephone == telephone
    contact = parties_from(config).counterparts["messages"].contact
    assert telephone in contact.zh
    assert telephone in contact.en


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("parties = 1", "parties"),
        ("[parties]\nbank = 'https://x/'", "parties.bank"),
        ("[parties.banks]\nurl = ''", "parties.bank"),
        ("[parties.bank]\nphone = '1'", "parties.bank.phone"),
        ("[parties.bank]\nurl = 1", "parties.bank.url"),
        ("[parties.clearing]\ntimeout_seconds = 0", "parties.clearing.timeout_seconds"),
        ("[parties.payment]\ntimeout_seconds = 601", "parties.payment.timeout_seconds"),
        ("[parties.bank]\ntelephone = 96066", "parties.bank.telephone"),
        ("[parties.bank]\ntelephone = '小王'", "parties.bank.telephone"),
        ("[parties.bank]\ntelephone = '010\\n1'", "parties.bank.telephone"),
        ("[parties.bank]\ntelephone = '１２３'", "parties.bank.telephone"),
    ],
)
def test_wrong_tables(tmp_path: Path, text: str, word: str) -> None:
    """What is wrong is said in both languages, with the name to look for."""
    with pytest.raises(ConfigWrong) as caught:
        load_config(written(tmp_path, text.replace("'", '"')))
    assert word in caught.value.cause("zh")
    assert word in caught.value.cause("en")


def test_the_page_names_every_party() -> None:
    """A party that stands nowhere is one that nobody connects."""
    page = (Path(__file__).parents[3] / "docs/configuration.md").read_text("utf-8")
    assert [name for name in NAMES if f"[parties.{name}]" not in page] == []
    table = page.split("[parties.bank]")[1].split("[parties.clearing]")[0]
    assert [each.name for each in fields(Party) if f"\n{each.name} = " not in table] == []
    assert tuple(Parties().by_name()) == NAMES
