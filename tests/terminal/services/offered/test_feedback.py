"""S-FEEDBACK: what people say of it all, taken down and sealed."""

from pathlib import Path

import pytest
from offered import do, noted, values
from registry import bench
from sqlalchemy import select

from terminal.errors import RequestWrong, RuleRefused
from terminal.registry import opinions
from terminal.registry.tables.work import FEEDBACK
from terminal.rules.vocabulary import Actor, Channel, Service

SAID = "排队时间太长；䶮字打不出来 😀"


def test_s_feedback_is_sealed_with_the_number_of_the_call(tmp_path: Path) -> None:
    """Complaints name people and illnesses; nobody who copies the file reads them."""
    on = bench(tmp_path)
    person = on.person()
    wishes = {"said": SAID, "call": "20260302-000017"}
    answer = do(on, Service.FEEDBACK, person, Channel.HOTLINE, wishes=wishes)
    assert values(answer)["来电编号"] == "20260302-000017"
    assert SAID not in str(answer)
    with on.registry.reading() as tx:
        left = opinions.left(tx)
        row = tx.rows(select(FEEDBACK))[0]
    assert [(each.said, each.call_number, each.person_id) for each in left] == [
        (SAID, "20260302-000017", person.id)
    ]
    assert SAID.encode() not in row.said
    assert SAID.encode() not in on.path.read_bytes()
    assert SAID not in str([each.note for each in noted(on)])


def test_s_feedback_without_a_name(tmp_path: Path) -> None:
    """Who wants to say something need not say who they are."""
    on = bench(tmp_path)
    for channel in (Channel.ONLINE, Channel.BANK_PHONE):
        do(on, Service.FEEDBACK, None, channel, wishes={"said": "  很好  "})
    with on.registry.reading() as tx:
        left = opinions.left(tx)
    assert [(each.said, each.person_id) for each in left] == [("很好", None)] * 2


@pytest.mark.parametrize(
    "wishes",
    [
        {},
        {"said": "   "},
        {"said": "好" * 2001},
        {"said": "好", "call": "9" * 41},
        {"said": "好", "call": "1\n2"},
    ],
)
def test_s_feedback_of_nothing_or_too_much(tmp_path: Path, wishes: dict[str, str]) -> None:
    """What cannot be kept as it was said is not taken down at all."""
    on = bench(tmp_path)
    with pytest.raises(RequestWrong):
        do(on, Service.FEEDBACK, None, Channel.HOTLINE, wishes=wishes)
    with on.registry.reading() as tx:
        assert opinions.left(tx) == ()


def test_s_feedback_repeated_is_one_opinion(tmp_path: Path) -> None:
    """A line that breaks does not make one complaint two."""
    on = bench(tmp_path)
    for _ in range(2):
        do(on, Service.FEEDBACK, None, Channel.ONLINE, key="said-0001", wishes={"said": SAID})
    with on.registry.reading() as tx:
        assert len(opinions.left(tx)) == 1


@pytest.mark.parametrize("channel", [Channel.DISTRICT, Channel.BANK, Channel.PARK])
def test_s_feedback_is_not_taken_at_a_desk(tmp_path: Path, channel: Channel) -> None:
    """Rules Art. 18 names the telephone and the net; the desk says which."""
    on = bench(tmp_path)
    with pytest.raises(RuleRefused) as refused:
        do(on, Service.FEEDBACK, None, channel, wishes={"said": "好"})
    assert "96066" in refused.value.advice("zh")


def test_s_feedback_is_anybodys(tmp_path: Path) -> None:
    """An agent without any authorisation may still have an opinion."""
    on = bench(tmp_path)
    person = on.person()
    wishes = {"said": "好"}
    for actor in Actor:
        do(on, Service.FEEDBACK, person, Channel.HOTLINE, actor=actor, wishes=wishes)
