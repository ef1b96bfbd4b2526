"""A city that lives in any order that hypothesis thinks of (tests/support/model_city.py).

``tools/soak model`` lets it live longer.
"""

from figures import tell
from model_city import play, quiet_days
from model_desks import DONE

from terminal.rules.vocabulary import Service

LIVES, STEPS = 7, 16
FEWEST = 60


def test_r_one_and_every_fen_in_any_order() -> None:
    """An order of events that nobody thought of gives no second card, and loses no duty, no fen."""
    quiet_days()
    quiet = DONE.total()
    play(LIVES, STEPS, derandomize=True)
    done = {each.value: DONE[each] for each in Service}
    tell(f"registry model: {sum(done.values())} services done in {LIVES} lives: {done}")
    assert DONE.total() - quiet > FEWEST
    # What is never done is not tried either: the model must not go blind.
    assert [name for name, times in done.items() if times == 0] == []
