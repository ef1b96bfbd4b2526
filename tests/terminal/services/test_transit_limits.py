"""What a transit card is not served for: told before anything is begun on it, or noted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from purse_counter import PurseCounter, configured, purse_card, with_card

from card_profiles.transit import ENDED, NOT_STARTED
from terminal.cards.transit import PurseFacts
from terminal.config import Config
from terminal.errors import (
    AmountWrong,
    FileTrouble,
    GuitaiError,
    PurseBlacklisted,
    PurseBlocked,
    PurseElsewhere,
    PurseExpired,
    PurseNotStarted,
    PurseReadOnly,
)
from terminal.journal.model import Method
from terminal.services.transit_limits import (
    city_text,
    demand_amount,
    demand_in_use,
    demand_served,
    read_blacklist,
)
from terminal.texts import Text

KEY = "intention-1"
INITIALIZE = "\n8050"


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[PurseCounter]:
    made = PurseCounter(purse_card(5_000), tmp_path)
    yield made
    made.close()


class TestRefusedBeforeAnyInit:
    """The reason is told before anything is begun on the card, or noted in the journal."""

    @pytest.mark.parametrize(
        ("facts", "reason"),
        [
            ({"enabled": NOT_STARTED}, PurseNotStarted),
            ({"enabled": ENDED}, PurseExpired),
            ({"enabled": 0x5A}, PurseNotStarted),
            ({"start_date": date(2026, 3, 3)}, PurseNotStarted),
            ({"expiry_date": date(2026, 3, 1)}, PurseExpired),
            ({"issuer": "02002900FFFFFFFF"}, PurseElsewhere),
        ],
    )
    def test_by_what_the_card_says(
        self, tmp_path: Path, facts: dict[str, object], reason: type[GuitaiError]
    ) -> None:
        """Not started, expired, of another city: nobody's money may get stuck there."""
        counter = with_card(tmp_path, **facts)
        with counter.desk() as desk, pytest.raises(reason):
            desk.load(100, Method.CASH, KEY)
        assert INITIALIZE not in counter.trace
        assert counter.journal.known(KEY) is None

    def test_on_its_first_and_last_day(self, tmp_path: Path) -> None:
        """The days on the card are days on which it is good, in Beijing's time."""
        today = date(2026, 3, 2)
        counter = with_card(tmp_path, start_date=today, expiry_date=today)
        with counter.desk() as desk:
            assert desk.load(100, Method.CASH, KEY).after == 5_100

    def test_by_the_outlets_blacklist(self, counter: PurseCounter, tmp_path: Path) -> None:
        """A number in the list, with or without its first digit, remarks and blank lines apart."""
        with counter.visit() as visit:
            serial = visit.facts.serial
        blacklist = tmp_path / "blacklist"
        for listed in (serial, serial[1:]):
            blacklist.write_text(f"# lost\n\n{listed}  # reported\n", "utf-8")
            configured(counter, blacklist_file=str(blacklist))
            with counter.desk() as desk, pytest.raises(PurseBlacklisted) as refused:
                desk.load(100, Method.CASH, KEY)
            assert serial not in str(refused.value)
        assert INITIALIZE not in counter.trace

    def test_a_blocked_card(self, counter: PurseCounter) -> None:
        """A closed application takes no money, and says so itself."""
        counter.card.memory.write("transit.blocked", b"\2")  # type: ignore[attr-defined]
        with counter.desk() as desk, pytest.raises(PurseBlocked):
            desk.load(100, Method.CASH, KEY)

    def test_another_city_is_configured(self, tmp_path: Path) -> None:
        """The outlet says which city's cards it serves."""
        counter = with_card(tmp_path, issuer="02002900FFFFFFFF")
        configured(counter, city="2900")
        with counter.desk() as desk:
            assert desk.load(100, Method.CASH, KEY).after == 5_100


def test_the_default_configuration_is_beijings(counter: PurseCounter) -> None:
    """An outlet that configures nothing serves Beijing's cards up to 1,000 yuan."""
    assert Config().transit.city == "1000"
    assert Config().transit.balance_ceiling == 100_000
    with counter.visit() as visit:
        assert visit.facts.city == "1000"


class TestLimits:
    """What no card of the tests above shows, on facts alone."""

    TODAY = date(2026, 3, 2)

    @pytest.fixture
    def facts(self, counter: PurseCounter) -> PurseFacts:
        """A card in order."""
        with counter.visit() as visit:
            return visit.facts

    @pytest.mark.parametrize(
        ("more", "reason"),
        [({"blacklisted": True}, PurseBlacklisted), ({"older": True}, PurseReadOnly)],
    )
    def test_by_the_card_itself(
        self, facts: PurseFacts, more: dict[str, bool], reason: type[GuitaiError]
    ) -> None:
        """A card can say of itself that it is listed; one of the older kind is only read."""
        demand_served(facts, facts.city, frozenset())
        with pytest.raises(reason):
            demand_served(replace(facts, **more), facts.city, frozenset())  # type: ignore[arg-type]

    def test_without_dates(self, facts: PurseFacts) -> None:
        """A date that is none forbids nothing; the flag still does."""
        undated = replace(facts, start_date=None, expiry_date=None, raw=bytes(30))
        demand_in_use(undated, self.TODAY)
        with pytest.raises(PurseExpired) as ended:
            demand_in_use(replace(undated, enabled=ENDED), self.TODAY)
        told = ended.value.facts["date"]
        assert isinstance(told, Text)
        assert "flag" in told.en
        with pytest.raises(PurseNotStarted) as unknown:
            demand_in_use(replace(undated, enabled=0x5A), self.TODAY)
        with pytest.raises(PurseNotStarted) as not_started:
            demand_in_use(replace(undated, enabled=NOT_STARTED), self.TODAY)
        details = [each.value.facts["detail"] for each in (unknown, not_started)]
        assert ["unknown" in each.en for each in details if isinstance(each, Text)] == [True, False]

    @pytest.mark.parametrize(("place", "date_"), [(20, "start_date"), (24, "expiry_date")])
    def test_a_date_that_means_nothing(self, facts: PurseFacts, place: int, date_: str) -> None:
        """Nobody can say whether the card is good today; the clerk sees the bytes."""
        raw = facts.raw[:place] + bytes.fromhex("20261399") + facts.raw[place + 4 :]
        odd = replace(facts, raw=raw, **{date_: None})  # type: ignore[arg-type]
        with pytest.raises(PurseNotStarted) as refused:
            demand_in_use(odd, self.TODAY)
        detail = refused.value.facts["detail"]
        assert isinstance(detail, Text)
        assert "20261399" in detail.zh

    def test_one_fen(self) -> None:
        """The smallest amount there is, and no smaller."""
        demand_amount(1)
        with pytest.raises(AmountWrong):
            demand_amount(0)

    def test_cities(self) -> None:
        """A code that no table has is told as it stands."""
        assert city_text("1000").zh == "北京市"
        assert city_text("0000").en == "the city of code 0000"

    def test_a_blacklist_that_is_not_there(self, tmp_path: Path) -> None:
        """Serving without the list would serve the listed: the file is named instead."""
        with pytest.raises(FileTrouble) as missing:
            read_blacklist(str(tmp_path / "none"))
        assert missing.value.facts["detail"] == "No such file or directory"
        (tmp_path / "bytes").write_bytes(b"\xff\xfe")
        with pytest.raises(FileTrouble) as garbled:
            read_blacklist(str(tmp_path / "bytes"))
        assert garbled.value.facts["detail"] == "UTF-8"

    def test_lines_of_a_blacklist(self, tmp_path: Path) -> None:
        """A blank line lists nobody, also no card whose number could not be read."""
        file = tmp_path / "list"
        file.write_text("# all\n\n  1234  # lost\n5678\n", "utf-8")
        assert read_blacklist(str(file)) == {"1234", "5678"}
        assert read_blacklist("") == frozenset()
