"""`guitai emulate` as a developer starts it: images, scripted random numbers, what it refuses."""

import json
from pathlib import Path

import pytest
from desk import Desk, valid

PSAM = "00A4040006D15600000590"
SELECT = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF"
CHALLENGES = ["A1A2A3A4A5A6A7A8", "1122334455667788", "B1B2B3B4B5B6B7B8", "99AABBCCDDEEFF00"]


@pytest.mark.parametrize(
    "given",
    [
        ["--random", *CHALLENGES],
        [word for each in CHALLENGES for word in ("--random", each)],
        ["--random", "".join(CHALLENGES)],
        ["--random", ",".join(CHALLENGES)],
    ],
)
def test_scripted_random(desk: Desk, given: list[str]) -> None:
    """Challenges leave the card in the order of the script (reference §12, E2)."""
    with desk.emulating("--profile", "gen3", *given):
        ran = desk.run("apdu", "--json", SELECT, *["0084000008"] * 4).json
    assert [each["data"] for each in ran["exchanges"][1:]] == CHALLENGES


def test_line_as_json(desk: Desk) -> None:
    """Scripts wait for one line; it is JSON when asked for."""
    with desk.emulating("--profile", "beijing", "--interface", "contactless", "--json") as line:
        document = valid(line)
    assert document["interface"] == "contactless"
    assert document["atr"].startswith("3B8D8001")


def test_who_it_is(desk: Desk, tmp_path: Path) -> None:
    """No registry takes a made-up number: a developer says who it is, and the image keeps it."""
    image = str(tmp_path / "card.json")
    who = ("--number", "110105199003070017", "--name", "王建国")
    with desk.emulating("--profile", "beijing", *who, "--image", image):
        holder = desk.run("read", "--json", "--reveal").json["holder"]
    assert holder["social_security_number"] == "110105199003070017"
    assert (holder["name"], holder["sex"]["code"], holder["birth_date"]) == (
        "王建国",
        "1",
        "1990-03-07",
    )
    again = desk.run("emulate", "--image", image, *who)
    assert again.status == 2
    assert "持卡人在卡镜像里" in again.err


def test_image_remembers(desk: Desk, tmp_path: Path) -> None:
    """A card taken out and put in again is the same card, with the tries it had."""
    image = tmp_path / "card.json"
    wrong_pin = f"{SELECT}\n0020000003999999\n"
    with desk.emulating("--profile", "gen2", "--seed", "4", "--image", str(image)) as first:
        assert desk.run("apdu", "--json", "-", input=wrong_pin).json["exchanges"][1]["sw"] == "63C5"
    assert json.loads(image.read_text("utf-8"))["format"] == "guitai.card/1"
    with desk.emulating("--image", str(image)) as again:
        status = desk.run("apdu", "--json", SELECT, "0020000000").json
        assert status["exchanges"][1]["sw"] == "63C5"
        assert desk.run("read", "--json").json["generation"] == 2
    assert first == again


@pytest.mark.parametrize(
    "arguments",
    [
        ["--vpcd", "nowhere"],
        ["--vpcd", "127.0.0.1:99999"],
        ["--vpcd", "127.0.0.1:65535", "--sam"],
        ["--random", "xyz"],
        ["stray"],
        ["--profile", "gen2", "--interface", "contactless"],
        ["--profile", "gen9"],
        ["--number", "110105199003070016"],
        ["--number", "110105199002300010"],
        ["--name", " "],
        ["--name", "王" * 200],
        ["--profile", "tunion", "--name", "王建国"],
    ],
)
def test_what_it_refuses(desk: Desk, arguments: list[str]) -> None:
    """A wrong word is said at once, status 2, and no card is put anywhere."""
    ran = desk.run("emulate", *arguments)
    assert ran.status == 2
    assert ran.out == ""
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("content", ["", "{}", '{"format": "guitai.card/1", "profile": "gen9"}'])
def test_bad_images(desk: Desk, tmp_path: Path, content: str) -> None:
    """A file that is no image is refused and left as it is."""
    image = tmp_path / "card.json"
    image.write_text(content)
    ran = desk.run("emulate", "--image", str(image))
    assert ran.status == 2
    assert "card.json" in ran.err
    assert image.read_text() == content


def test_image_of_another_profile(desk: Desk, tmp_path: Path) -> None:
    """What was said and what is in the image must agree."""
    image = tmp_path / "card.json"
    with desk.emulating("--profile", "gen2", "--image", str(image)):
        assert image.exists()
    assert desk.run("emulate", "--profile", "gen3", "--image", str(image)).status == 2
    assert desk.run("emulate", "--interface", "contactless", "--image", str(image)).status == 2


@pytest.mark.parametrize("more", [[], ["--sam"]])
def test_waits_for_a_daemon(desk: Desk, more: list[str]) -> None:
    """Started before the daemon it says that it waits, apart from the line scripts wait for."""
    import subprocess

    from desk import GUITAI

    command = [*GUITAI, "emulate", "--vpcd", "127.0.0.1:1", *more]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as waiting:
        assert waiting.stderr is not None
        assert "127.0.0.1:" in waiting.stderr.readline()
        waiting.terminate()
        out, _ = waiting.communicate(timeout=20)
    assert out == ""
    assert waiting.returncode == 0


def test_image_that_cannot_be_saved(desk: Desk) -> None:
    """A folder that is not there is said at once, and no card is put anywhere."""
    ran = desk.run("emulate", "--image", "/nonexistent/card.json")
    assert ran.status == 2
    assert "Traceback" not in ran.err


def test_sam_in_the_next_slot(desk: Desk) -> None:
    """One command gives a desk with card and SAM; the line comes when both are in."""
    with desk.emulating("--profile", "gen3", "--sam", "--json") as line:
        assert valid(line)["profile"] == "gen3"
        ran = desk.run("apdu", "--json", "--reader", "2", "00B0960006", PSAM, "BFEC000001").json
        assert desk.run("read", "--json", "--reader", "1").json["generation"] == 3
    assert [each["sw"] for each in ran["exchanges"]] == ["9000"] * 3
    assert ran["exchanges"][0]["data"] == "110000000007"
    assert ran["exchanges"][2]["data"] == "01"


@pytest.mark.parametrize(
    ("profile", "select"),
    [
        ("beijing", "00A4040008A000000632010105"),
        ("transit", "00A4040008A000000632010105"),
        ("beijing-old", "00A40000021001"),
    ],
)
def test_a_purse_with_money(desk: Desk, profile: str, select: str) -> None:
    """Somebody who tries a gate wants a card with money on it, and one that is different."""
    given = ["--balance", "28.5", "--transit", "top_bit=yes", "--json"]
    with desk.emulating("--profile", profile, *given) as line:
        document = valid(line)
        ran = desk.run("apdu", "--json", select, "805C000204").json
    assert document["profile"] == profile
    assert document["interface"] == ("contact" if profile == "beijing" else "contactless")
    assert ran["exchanges"][-1]["data"] == "80000B22"


@pytest.mark.parametrize(
    "arguments",
    [
        ["--balance", "-1"],
        ["--balance", "1.234"],
        ["--balance", "a lot"],
        ["--balance", "99999999"],
        ["--profile", "gen2", "--balance", "1"],
        ["--profile", "gen3", "--transit", "top_bit=yes"],
        ["--transit", "nothing=yes"],
        ["--transit", "top_bit"],
        ["--transit", "top_bit=perhaps"],
        ["--profile", "transit", "--image", "card.json"],
        ["--profile", "beijing-old", "--interface", "contact"],
    ],
)
def test_no_such_purse(desk: Desk, arguments: list[str]) -> None:
    """Said at once with the usage's exit code, before any reader is waited for."""
    assert desk.run("emulate", *arguments).status == 2
