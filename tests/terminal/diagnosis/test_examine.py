"""All checks together: none spoils the others, every finding is complete and tested."""

import ast
import string
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator.pcsc import ScriptedPcsc
from terminal.diagnosis.examine import catalogue, examine
from terminal.diagnosis.finding import Finding, Kind, Level, verdict
from terminal.diagnosis.machine import Machine, this_machine
from terminal.readers.port import PcscFailure, Result
from terminal.texts import LANGUAGES, Text

KINDS = catalogue()


def test_codes_are_unique() -> None:
    """A code is what people search for: one meaning each."""
    codes = [each.code for each in KINDS]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("kind", KINDS, ids=lambda each: each.code)
def test_texts_are_complete(kind: Kind) -> None:
    """Both languages say the same facts, and what needs doing says how."""
    texts = [kind.what] if kind.remedy is None else [kind.what, kind.remedy]
    assert kind.remedy is not None or kind.level in {Level.OK, Level.NOTE}
    for text in texts:
        zh, en = (facts_of(text.say(language)) for language in LANGUAGES)
        assert {name.removesuffix("_zh") for name in zh} == {
            name.removesuffix("_en") for name in en
        }
    if not facts_of(kind.what.zh):
        assert any("\u4e00" <= sign <= "\u9fff" for sign in kind.what.zh)
        assert kind.what.en.isascii()


def facts_of(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def test_every_code_has_a_test() -> None:
    """A finding that nothing has ever produced may be one that nothing can."""
    asserted = {code for file in Path(__file__).parent.glob("test_*.py") for code in codes_in(file)}
    assert [each.code for each in KINDS if each.code not in asserted] == []


def codes_in(file: Path) -> Iterator[str]:
    """Give the strings that a file's tests assert, or are given to assert; not those denied."""
    tree = ast.parse(file.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert) or (
            isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.parametrize"
        ):
            denied = isinstance(node, ast.Assert) and " not in " in ast.unparse(node.test)
            if not denied:
                yield from (
                    each.value
                    for each in ast.walk(node)
                    if isinstance(each, ast.Constant) and isinstance(each.value, str)
                )


def test_a_check_that_breaks_is_a_finding(
    machine: Callable[..., Machine], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file system that gives errors is a symptom too, and no reason to say nothing."""

    def broken(*_: object) -> object:
        raise OSError(5, "Input/output error")

    for name in ("text", "names", "first", "path"):
        monkeypatch.setattr(Machine, name, broken)
    findings = examine(machine())
    unfinished = [each for each in findings if each.code == "check_broken"]
    assert len(unfinished) > 1
    assert all("Input/output error" in each.what.zh for each in unfinished)
    assert "service_answers" in {each.code for each in findings}


def test_what_was_found_before_it_broke_is_kept(machine: Callable[..., Machine]) -> None:
    """The first half of a check may hold the cause."""
    kind = Kind("half", Level.OK, Text("一半", "half"))

    def half(_machine: Machine) -> Iterator[Finding]:
        yield kind.found()
        raise ValueError("no more")

    first, second = examine(machine(), (half,))
    assert first.code == "half"
    assert second.code == "check_broken"
    assert "half" in second.what.en


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    result=st.sampled_from(list(map(int, Result))) | st.integers(1, 0xFFFFFFFF),
    call=st.sampled_from(["SCardEstablishContext", "SCardListReaders", "SCardGetStatusChange"]),
)
def test_no_answer_is_never_called_well(
    machine: Callable[..., Machine], result: int, call: str
) -> None:
    """Whatever code PC/SC refuses with: either it is no failure, or one finding says fail."""
    pcsc = ScriptedPcsc("Reader 00 00", failure=PcscFailure)
    pcsc.fail_next(call, result, result)
    examined = machine(pcsc=pcsc)
    assert (verdict(examine(examined)) is Level.FAIL) is not examined.sight.answered


@pytest.mark.parametrize(
    ("levels", "worst"),
    [
        ([], Level.OK),
        ([Level.OK, Level.NOTE], Level.OK),
        ([Level.WARN, Level.NOTE], Level.WARN),
        ([Level.WARN, Level.FAIL, Level.OK], Level.FAIL),
    ],
)
def test_verdict(levels: list[Level], worst: Level) -> None:
    """Scripts look at the verdict alone: the worst counts, notes do not."""
    assert verdict(Finding("x", level, Text("", "")) for level in levels) is worst


def test_nothing_is_changed(machine: Callable[..., Machine], root: Path) -> None:
    """A doctor that writes would be one more suspect."""
    before = {path: path.lstat().st_mtime_ns for path in root.rglob("*")}
    examine(machine())
    assert {path: path.lstat().st_mtime_ns for path in root.rglob("*")} == before


def test_this_machine_is_examined(pcsc: ScriptedPcsc) -> None:
    """The real files, user and groups must fit the checks too, whatever this machine is."""
    here = this_machine(pcsc, config_path=None, test_keys=lambda _config: False)
    findings = examine(here)
    assert here.user
    assert [each.what.zh for each in findings if each.code == "check_broken"] == []


@pytest.mark.parametrize("missing", ["user", "group"])
def test_numbers_without_names(
    pcsc: ScriptedPcsc, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    """In containers users and groups are often numbers that nobody gave a name."""

    def nameless(number: int) -> object:
        raise KeyError(number)

    module = "pwd.getpwuid" if missing == "user" else "grp.getgrgid"
    monkeypatch.setattr(module, nameless)
    here = this_machine(pcsc, config_path=None, test_keys=lambda _config: False)
    assert here.user.isdecimal() is (missing == "user")
    assert here.groups == frozenset() or missing == "user"
