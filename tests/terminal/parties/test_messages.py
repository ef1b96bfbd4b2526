"""Short messages: taken once, and what cannot be delivered is said."""

import pytest
from parties import Others, other_parties

from terminal.errors import PartyRefused
from terminal.parties.messages import MessageKind, MessageState

MOBILE = "13900000000"


@pytest.fixture
def others() -> Others:
    return other_parties()


def test_a_message(others: Others) -> None:
    """R-NOTIFY: text, number and what it is about arrive as they were sent."""
    text = "您的社会保障卡已制成，请携带身份证件领取。𠂇"
    receipt = others.ports.messages.send("k", MOBILE, text, MessageKind.CARD_READY)
    assert (receipt.key, receipt.state) == ("k", MessageState.ACCEPTED)
    assert others.city.messages.sent == [
        {"key": "k", "mobile": MOBILE, "text": text, "kind": "card_ready"}
    ]


def test_the_same_text_under_another_key(others: Others) -> None:
    """Two cards ready on one day are two messages, alike as they are."""
    for key in ("a", "b", "a"):
        others.ports.messages.send(key, MOBILE, "请领卡", MessageKind.CARD_READY)
    assert [each["key"] for each in others.city.messages.sent] == ["a", "b"]


def test_a_number_nobody_answers(others: Others) -> None:
    """It is taken and fails: the holder has to be told another way."""
    others.city.messages.add_dead_number(MOBILE)
    receipt = others.ports.messages.send("k", MOBILE, "请领卡", MessageKind.REMINDER)
    assert receipt.state is MessageState.FAILED


@pytest.mark.parametrize(
    ("mobile", "text"), [("", "x"), ("手机", "x"), (MOBILE, ""), (MOBILE, "长" * 501)]
)
def test_what_is_not_taken(others: Others, mobile: str, text: str) -> None:
    """Refused, and not half sent."""
    with pytest.raises(PartyRefused):
        others.ports.messages.send("k", mobile, text, MessageKind.DATA)
    assert others.city.messages.sent == []
