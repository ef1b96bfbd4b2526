"""Every rule file keeps to udev's grammar and to the house's rules for such files.

Debian 12 has no `udevadm verify`, so what udev(7) says of the grammar is checked here.
"""

import re
from pathlib import Path

import pytest
from udev_grammar import Token, parse

UDEV = Path(__file__).parents[2] / "udev"
FILES = sorted(path for path in UDEV.glob("*.rules*") if not path.name.endswith(".polkit.rules"))
EACH = pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
SERIAL, BRLTTY = "60-serial.rules", "85-brltty.rules"
"""What others call the files that ours must stand behind."""


def tokens(path: Path) -> list[Token]:
    return [token for rule in parse(path.read_text("utf-8")) for token in rule]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('SUBSYSTEM="usb", TAG+="x"', "SUBSYSTEM has no ="),
        ('SUBSYSTEM=="usb" TAG+="x"', "no key, operator"),
        ('SUBSYSTEM=="usb", TAG+="x",', "a comma at the end"),
        ("SUBSYSTEM==usb, TAG+=x", "no key, operator"),
        ('SUBSYSTEM=="usb', "no key, operator"),
        ("SUBSYSTEM=='usb', TAG+='x'", "no key, operator"),
        ('SUBSYSTEM=="usb"', "does nothing"),
        ('SUBSYSTEMM=="usb", TAG+="x"', "SUBSYSTEMM has no =="),
        ('subsystem=="usb", TAG+="x"', "no key, operator"),
        ('ATTR=="1", TAG+="x"', "ATTR of what"),
        ('ENV{}=="1", TAG+="x"', "empty braces"),
        ('KERNEL{x}=="1", TAG+="x"', "KERNEL has no attribute"),
        ('KERNEL=="1", GROUP+="x"', "GROUP has no"),
        ('KERNEL=="1", GROUP=="x"', "GROUP has no =="),
        ('KERNEL=="1", SYMLINK-="x"', "SYMLINK has no -="),
        ('KERNEL=="1", ENV{x}-="x"', "ENV has no -="),
        ('KERNEL=="1", ATTRS{x}="x"', "ATTRS has no ="),
        ('KERNEL=="1", TAG+=""', "TAG is given nothing"),
        ('KERNEL=="1", MODE="rw"', "MODE cannot be rw"),
        ('KERNEL=="1", MODE="0690"', "MODE cannot be 0690"),
        ('KERNEL=="1", SYMLINK+="/dev/x"', "SYMLINK cannot be"),
        ('KERNEL=="1", SYMLINK+="a/../x"', "SYMLINK cannot be"),
        ('KERNEL=="1", SYMLINK+="a(b)"', "SYMLINK cannot be"),
        ('KERNEL=="1", SYMLINK+="a$evn{X}"', "no such substitution"),
        ('KERNEL=="1", SYMLINK+="a$env"', "of what"),
        ('KERNEL=="1", SYMLINK+="a%q"', "no such substitution"),
        ('KERNEL=="1", SYMLINK+="$kernel{x}"', "takes no braces"),
        ('KERNEL=="1", SYMLINK+="$kernels"', "no such substitution"),
        ('IMPORT{builtin}="usbid"', "IMPORT cannot be builtin"),
        ('IMPORT{builtins}="usb_id"', "IMPORT cannot be builtins"),
        ('IMPORT="usb_id"', "IMPORT of what"),
        ('KERNEL=="1", RUN{programme}+="x"', "RUN cannot be programme"),
        ('KERNEL=="1", OPTIONS+="last_rule"', "OPTIONS cannot be last_rule"),
        ('CONST{cpu}=="x", TAG+="x"', "CONST cannot be cpu"),
        ('TEST{9}=="x", TAG+="x"', "TEST cannot be 9"),
        ('LABEL:="x"', "LABEL has no :="),
        ('GOTO="end"', "no label end"),
        ('LABEL="end"\nGOTO="end"', "no label end"),
        ('GOTO="end"\nLABEL="end"\nLABEL="end"', "stands twice"),
        ('LABEL="end"', "nobody jumps to end"),
        ('GOTO="a", GOTO="a"\nLABEL="a"', "jumps twice"),
        ('KERNEL=="1", \\', "goes on after"),
    ],
)
def test_the_checker_complains(line: str, complaint: str) -> None:
    """A checker that lets everything pass would make the tests below worthless."""
    with pytest.raises(ValueError, match=re.escape(complaint)):
        parse(line)


def test_the_checker_knows_the_grammar() -> None:
    """What Debian's own rules use must pass: continued lines, comments, every operator."""
    text = (
        '# a comment\n\nACTION!="remove", ENV{X}=="?*", \\\n  TEST{0444}=="power", '
        'ATTR{power/control}="auto", RUN{builtin}+="kmod", MODE:="0660", TAG-="x", '
        'SYMLINK+="a/$env{X}-%n %k", ENV{Y}="", IMPORT{builtin}=="path_id"\n'
    )
    (parsed,) = parse(text)
    assert [token.operator for token in parsed] == [
        *("!=", "==", "==", "=", "+=", ":=", "-=", "+=", "=", "=="),
    ]


def test_an_import_alone_is_no_question() -> None:
    """It asks and acts at once, so a line of it alone is worth having."""
    assert len(parse('IMPORT{builtin}="usb_id"')) == 1


def test_there_are_rules() -> None:
    """A renamed folder must not make the tests below run over nothing."""
    assert [path.name for path in FILES] == [
        "60-guitai-readers.rules",
        "61-guitai-desk.rules.example",
        "62-guitai-ports.rules",
        "90-guitai-brltty.rules",
    ]


@EACH
def test_every_line(path: Path) -> None:
    """udev skips a line it does not understand, and the device stays closed without a word."""
    assert tokens(path)


@EACH
def test_the_place_in_the_order(path: Path) -> None:
    """Files are read by name: the tag before its reader, what is imported after the import."""
    found = tokens(path)
    if any(token.key == "TAG" and token.value == "uaccess" for token in found):
        assert path.name < "70-uaccess.rules"
    if any(token.key == "ENV" and token.attribute == "ID_PATH" for token in found):
        tty = any(token.key == "SUBSYSTEM" and token.value == "tty" for token in found)
        assert not tty or path.name > SERIAL
    if any(token.attribute.startswith("BRLTTY_") for token in found):
        assert path.name > BRLTTY
    assert re.match(r"\d\d-guitai-[a-z]+\.rules", path.name)


@EACH
def test_nothing_is_opened_to_everybody(path: Path) -> None:
    """A device node that all may write is open to every process on the machine; 0660 is ours."""
    for token in tokens(path):
        assert token.key not in {"OWNER", "RUN", "PROGRAM", "OPTIONS"}, token
        assert token.key != "MODE" or token.value == "0660"
        assert token.key != "GROUP" or token.value == "guitai"


@EACH
def test_no_rule_leaves_its_folder(path: Path) -> None:
    """Names of ours are all under /dev/counter, where nobody else's can be hit."""
    made = [token.value for token in tokens(path) if token.key == "SYMLINK" and not token.matches]
    assert all(value.startswith("counter/") for value in made)


@EACH
def test_ids_are_as_the_kernel_writes_them(path: Path) -> None:
    """/sys has ids as four hex digits in lower case; a capital letter never matches."""
    ids = [
        one
        for token in tokens(path)
        if token.attribute in {"idVendor", "idProduct"}
        for one in token.value.split("|")
    ]
    assert all(re.fullmatch("[0-9a-f]{4}", value) for value in ids)
    assert bool(ids) is (path.name in {"60-guitai-readers.rules", "62-guitai-ports.rules"})


@EACH
def test_every_property_that_is_asked_is_set_by_somebody(path: Path) -> None:
    """A mistyped name of a property is always empty, and its rule never applies."""
    known = {
        *("DEVTYPE", "ID_PATH", "ID_SERIAL_SHORT", "ID_USB_INTERFACE_NUM", "SYSTEMD_WANTS"),
        *("BRLTTY_BRAILLE_DRIVER", "BRLTTY_BRAILLE_DEVICE"),
    }
    ours = {
        token.attribute
        for each in FILES
        for token in tokens(each)
        if token.key == "ENV" and not token.matches
    }
    found = tokens(path)
    asked = {token.attribute for token in found if token.key == "ENV" and token.matches}
    filled = {name for token in found for name in re.findall(r"\$env\{([^}]+)\}", token.value)}
    assert (asked | filled) - known - ours == set()
