"""The .apdu trace: log, bug report and fixture; and nobody's PIN in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apdu.declare import Redact, declaration_of
from apdu.errors import TraceError
from apdu.trace import Exchange, Trace, dump, load

ATR = bytes.fromhex("3B6D00000081544C978684110000000001")
SESSION = Trace(
    ATR,
    "T=0",
    (
        Exchange(bytes.fromhex("00A4020002EF06"), bytes.fromhex("9000"), 3),
        Exchange(bytes.fromhex("0020000003123456"), bytes.fromhex("9000"), 12),
        Exchange(bytes.fromhex("00B2010414"), bytes.fromhex("6C14"), 2),
        Exchange(bytes.fromhex("00B2010414"), bytes.fromhex("0812303030309000"), 24),
        Exchange(bytes.fromhex("00A4040000"), bytes.fromhex("6104"), 1),
        Exchange(bytes.fromhex("00C0000004"), bytes.fromhex("6F0284009000"), 1),
        Exchange(bytes.fromhex("0084000008"), None, 5),
    ),
)


def test_clear_trace_is_a_fixture() -> None:
    """What was recorded in clear replays byte for byte, a torn command included."""
    assert load(dump(SESSION, redact=False)) == SESSION


def test_form() -> None:
    """The five kinds of lines that docs and other tools rely on."""
    lines = dump(SESSION).splitlines()
    assert lines[:5] == [
        "# ATR: 3B6D00000081544C978684110000000001",
        "# PROTOCOL: T=0",
        "00A4020002EF06",
        "# 3ms",
        "9000",
    ]
    assert lines[-1] == "# NO ANSWER"


def test_masked_by_instruction() -> None:
    """VERIFY hides its data, READ RECORD its answer, both keep lengths and status words."""
    lines = dump(SESSION).splitlines()
    assert "0020000003******" in lines
    assert "************9000" in lines
    assert "6C14" in lines
    assert "6F0284009000" in lines


def test_get_response_is_masked_like_its_command() -> None:
    """On T=0 the holder's data comes by GET RESPONSE, whose instruction says nothing."""
    trace = Trace(
        ATR,
        "T=0",
        (
            Exchange(bytes.fromhex("00B2010400"), bytes.fromhex("6105")),
            Exchange(bytes.fromhex("00C0000005"), bytes.fromhex("08033030309000")),
        ),
    )
    assert dump(trace).splitlines()[-1] == "**********9000"


def test_masked_trace_is_no_fixture() -> None:
    """Replaying masked bytes would test nothing; the refusal names the line."""
    with pytest.raises(TraceError) as caught:
        load(dump(SESSION))
    assert caught.value.line == 6


secrets = st.binary(min_size=4, max_size=40)


@given(
    ins=st.integers(0, 255),
    cla=st.sampled_from([0x00, 0x04, 0x80, 0x84, 0xFF]),
    secret=secrets,
    answer=secrets,
)
def test_nothing_secret_shows(ins: int, cla: int, secret: bytes, answer: bytes) -> None:
    """Whatever the command: what its declaration hides, or nobody declared, is not in the text."""
    command = bytes((cla, ins, 0, 0, len(secret))) + secret
    text = dump(Trace(ATR, "T=1", (Exchange(command, answer + b"\x90\x00"),)))
    shown_command, _, shown_answer = text.splitlines()[2:]
    declared = declaration_of(cla, ins)
    hidden = Redact.ALL if declared is None else declared.REDACT
    if Redact.DATA in hidden:
        assert shown_command[10:] == "**" * len(secret)
    if Redact.ANSWER in hidden:
        assert shown_answer == "**" * len(answer) + "9000"


@pytest.mark.parametrize(
    ("text", "line"), [("9000\nxyz", 2), ("# NO ANSWER", 1), ("# ATR: 3", 1), ("90 00", 1)]
)
def test_errors_name_the_line(text: str, line: int) -> None:
    """A bug report edited by hand breaks somewhere; its reader is told where."""
    with pytest.raises(TraceError) as caught:
        load(text)
    assert caught.value.line == line
