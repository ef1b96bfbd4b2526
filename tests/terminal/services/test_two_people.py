"""Four eyes: a correction or a decision by one person alone is that person's cash."""

import pytest

from terminal.errors import SecondPersonNeeded
from terminal.services.two_people import demand_two


def test_two_are_enough() -> None:
    """Whoever they are; who may is the outlet's to say."""
    demand_two("clerk1", "boss")


@pytest.mark.parametrize(
    ("operator", "second"),
    [
        ("clerk1", ""),
        ("clerk1", " \u3000"),
        ("", "boss"),
        ("  ", "boss"),
        ("", ""),
        ("clerk1", "clerk1"),
        ("clerk1", " CLERK1\u3000"),
        ("\u3000Clerk1", "clerk1"),
    ],
)
def test_one_is_not(operator: str, second: str) -> None:
    """A blank is nobody, and one person under two spellings is one."""
    with pytest.raises(SecondPersonNeeded):
        demand_two(operator, second)
