"""Does PC/SC answer, and what its silence and its result codes mean."""

from collections.abc import Callable
from pathlib import Path

import pytest

from emulator.pcsc import ScriptedPcsc
from terminal.diagnosis.finding import Finding, Level

Found = Callable[..., dict[str, Finding]]
Write = Callable[..., Path]


class NoLibrary:
    """A PC/SC whose library breaks, as pyscard does where it finds none."""

    def establish(self) -> object:
        raise SystemError("no libpcsclite.so.1")


def test_it_answers(found: Found) -> None:
    """A machine on which all is well must hear so, and nothing that alarms."""
    all_found = found()
    assert "service_answers" in all_found
    assert {each.level for each in all_found.values()} == {Level.OK}


@pytest.mark.parametrize("call", ["SCardEstablishContext", "SCardListReaders"])
def test_a_daemon_that_hangs_is_left_behind(found: Found, pcsc: ScriptedPcsc, call: str) -> None:
    """The library waits without limit; who asks why nothing works must still get an answer."""
    release = pcsc.hang_next(call)
    try:
        all_found = found(deadline_seconds=0.05)
    finally:
        release.set()
    assert "service_hung" in all_found
    assert "0.05" in all_found["service_hung"].what.en
    assert "reader_empty" not in all_found


@pytest.mark.parametrize(
    ("result", "code"),
    [
        (0x8010001E, "protocol_mismatch"),
        (0x8010006A, "service_refused"),
        (0x80100013, "service_dropped"),
        (0x80100001, "service_error"),
        (0x80100006, "service_error"),
    ],
)
def test_result_codes_are_explained(
    found: Found, pcsc: ScriptedPcsc, result: int, code: str
) -> None:
    """pcsc-lite says by number alone what is wrong; each of these has a remedy of its own."""
    pcsc.fail_next("SCardEstablishContext", result, result)
    all_found = found()
    failing = {each.code for each in all_found.values() if each.level is Level.FAIL}
    assert failing == {code}


def test_refusal_names_rule_and_user(found: Found, pcsc: ScriptedPcsc) -> None:
    """Who is refused wants a line to copy, not a manual: rule, group and name filled in."""
    pcsc.fail_next("SCardEstablishContext", *[0x8010006A] * 2)
    remedy = found(user="wang")["service_refused"].remedy
    assert remedy is not None
    for sentence in (remedy.zh, remedy.en):
        assert "udev/50-guitai-pcsc.polkit.rules" in sentence
        assert "usermod --append --groups guitai wang" in sentence


def test_unknown_codes_are_shown(found: Found, pcsc: ScriptedPcsc) -> None:
    """A code that nobody foresaw must at least reach who can look it up, with the call."""
    pcsc.fail_next("SCardListReaders", *[0x80100001] * 2)
    what = found()["service_error"].what
    assert "80100001" in what.zh
    assert "SCardListReaders" in what.zh


def test_a_daemon_just_ending_is_asked_again(found: Found, pcsc: ScriptedPcsc) -> None:
    """The daemon ends after a minute without work; who calls just then must not be alarmed."""
    pcsc.fail_next("SCardEstablishContext", 0x80100013)
    assert "service_answers" in found()


def test_contexts_are_given_back(found: Found, pcsc: ScriptedPcsc) -> None:
    """The daemon has few places for clients: the doctor must leave none occupied."""
    pcsc.fail_next("SCardListReaders", 0x80100013)
    found()
    assert pcsc.calls["SCardEstablishContext"] == 2
    assert pcsc.contexts == []


def test_nothing_is_connected_to(found: Found, pcsc: ScriptedPcsc) -> None:
    """Connecting would reset or block the card of who works there."""
    found()
    assert pcsc.calls["SCardConnect"] == 0


def test_a_broken_library(found: Found) -> None:
    """pyscard raises what is no PC/SC error where the library cannot be loaded."""
    all_found = found(pcsc=NoLibrary())
    assert "library_trouble" in all_found
    assert "no libpcsclite.so.1" in all_found["library_trouble"].what.zh


def test_no_library(found: Found, pcsc: ScriptedPcsc, root: Path) -> None:
    """Without the client library the daemon may run as it likes."""
    (root / "usr/lib/x86_64-linux-gnu/libpcsclite.so.1").unlink()
    assert "library_missing" not in found()  # it answers: the library is elsewhere
    pcsc.lose_service()
    assert "library_missing" in found()


def test_two_libraries(found: Found, write: Write) -> None:
    """A library built by hand beside the packaged one is how protocols come to differ."""
    write("/usr/lib/i386-linux-gnu/libpcsclite.so.1")
    assert "library_twice" not in found()  # one for each architecture is as it should be
    write("/usr/local/lib/libpcsclite.so.1")
    all_found = found()
    assert "library_twice" in all_found
    assert "/usr/local/lib/libpcsclite.so.1" in all_found["library_twice"].what.zh


def test_two_daemons(found: Found, run: Callable[..., None]) -> None:
    """A second daemon, in a container say, takes the readers that one misses."""
    run("pcscd")
    assert "two_daemons" not in found()
    run("pcscd")
    assert "two_daemons" in found()
