"""Sentences in two languages: filled in once, said later in either."""

from terminal.errors import ServiceLost
from terminal.texts import Text

STATE = Text("它{state}，{count} 次", "it is {state}, {count} times")


def test_filled_in_both() -> None:
    """A sentence inside another is in that one's language, in both at once."""
    filled = STATE.filled(state=Text("已完成", "done"), count=2)
    assert filled == Text("它已完成，2 次", "it is done, 2 times")
    assert STATE.filled() == STATE


def test_an_error_inside_a_sentence() -> None:
    """One error is another's cause, in the language of whoever reads it."""
    error = ServiceLost()
    assert error.sentence == Text(error.message("zh"), error.message("en"))
    assert error.sentence.zh != error.sentence.en
