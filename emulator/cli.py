"""``guitai emulate``: a software card in a virtual reader, until interrupted."""

from __future__ import annotations

import json
import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click

from card_profiles import development_keys
from card_profiles.model import Profile
from card_profiles.profiles import PROFILES
from emulator.card import InsertedCard, Interface, SoftwareCard
from emulator.facts import made_up_facts
from emulator.image import ImageError, SavingCard, open_image
from emulator.randomness import Randomness
from emulator.sam import SamCard
from emulator.vpcd import VirtualSlot, connect_to

SCHEMA = "guitai.emulate/1"
_DEFAULT_VPCD = "127.0.0.1:35963"
_LAST_PORT = 65_535


def _chinese() -> bool:
    session = click.get_current_context().find_root().obj
    return getattr(session, "language", "zh") == "zh"


def _fail(zh: str, en: str) -> NoReturn:
    raise click.UsageError(zh if _chinese() else en)


def _address(text: str) -> tuple[str, int]:
    host, separator, port = text.rpartition(":")
    if not separator or not port.isdecimal() or not 0 < int(port) <= _LAST_PORT:
        _fail(f"--vpcd 应为 主机：端口，不是 {text}", f"--vpcd is HOST:PORT, not {text}")
    return host.strip("[]") or "127.0.0.1", int(port)


def _script(texts: tuple[str, ...]) -> Randomness:
    try:
        return Randomness(bytes.fromhex(text.replace(",", " ")) for text in texts)
    except ValueError:
        _fail("--random 应为十六进制", "--random is hex")


@click.command()
@click.option("--profile", type=click.Choice(list(PROFILES)), default="beijing", show_default=True)
@click.option(
    "--seed", type=int, default=1, show_default=True, help="哪位虚构持卡人 / which made-up holder"
)
@click.option(
    "--interface",
    type=click.Choice(["contact", "contactless"]),
    default="contact",
    show_default=True,
)
@click.option("--vpcd", default=_DEFAULT_VPCD, show_default=True, metavar="HOST:PORT")
@click.option(
    "--image",
    type=click.Path(path_type=Path, readable=False),
    metavar="FILE",
    help="卡镜像，没有则新建 / card image, made where it is missing",
)
@click.option(
    "--random",
    "randoms",
    multiple=True,
    metavar="HEX...",
    help="随机数脚本 / script of the card's random bytes",
)
@click.option(
    "--keys",
    "key_set",
    type=click.Choice(list(development_keys.SETS)),
    default="uniform",
    show_default=True,
    help="测试密钥组 / set of TEST KEYS",
)
@click.option(
    "--sam",
    "with_sam",
    is_flag=True,
    help="旁边卡槽（端口加一）再插一张 SAM 卡 / a SAM card too, in the next slot (port + 1)",
)
@click.option(
    "--lang", type=click.Choice(["zh", "en"]), expose_value=False, help="界面语言 / language"
)
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON")
@click.argument("more_random", nargs=-1, metavar="")
def emulate(
    profile: str,
    seed: int,
    interface: Interface,
    vpcd: str,
    image: Path | None,
    randoms: tuple[str, ...],
    key_set: str,
    with_sam: bool,
    as_json: bool,
    more_random: tuple[str, ...],
) -> None:
    """把软件卡插入虚拟读卡器 / put a software card into a virtual reader.

    插好后输出一行，运行到中断为止 / prints one line when the card is in, runs until interrupted.
    """
    if more_random and not randoms:
        _fail(f"多余的参数 {more_random[0]}", f"unexpected argument {more_random[0]}")
    host, port = _address(vpcd)
    randomness = _script((*randoms, *more_random))
    kind = PROFILES[profile]
    card = (
        _from_image(image, kind, interface, randomness)
        if image is not None and image.exists()
        else _new(kind, seed, interface, randomness, key_set)
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    if with_sam:
        _insert_sam(host, port + 1, key_set)
    try:
        inserted: InsertedCard = SavingCard(card, image) if image is not None else card
        VirtualSlot(
            inserted,
            connect_to(host, port),
            inserted=lambda: _announce(card, vpcd, as_json),
            waiting=lambda: _say_waiting(vpcd),
        ).run()
    except OSError as error:
        # The image is the one file that is written while the card runs.
        _fail(f"卡镜像无法保存：{error}", f"the card image cannot be saved: {error}")


def _insert_sam(host: str, port: int, key_set: str) -> None:
    """Put a SAM of the same keys into the next slot; returns when the daemon has seen it.

    It has a thread of its own and leaves with this process, as the card does.
    """
    if port > _LAST_PORT:
        _fail("--sam 要用下一个端口，已没有了", "--sam needs the next port, and there is none")
    seen = threading.Event()
    VirtualSlot(
        SamCard.new(root_of=development_keys.SETS[key_set]),
        connect_to(host, port),
        inserted=seen.set,
        waiting=lambda: _say_waiting(f"{host}:{port}"),
    ).start()
    seen.wait()


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    """End at once: an interrupted card is a card taken out."""
    sys.exit(0)


def _new(
    profile: Profile, seed: int, interface: Interface, randomness: Randomness, key_set: str
) -> SoftwareCard:
    """Make a card for a made-up holder."""
    if interface == "contactless" and not profile.contactless:
        _fail(f"{profile.name} 没有非接触界面", f"a {profile.name} card has no contactless side")
    return SoftwareCard.new(
        profile,
        made_up_facts(profile, seed),
        root_of=development_keys.SETS[key_set],
        interface=interface,
        randomness=randomness,
    )


def _from_image(
    image: Path, profile: Profile, interface: Interface, randomness: Randomness
) -> SoftwareCard:
    """Open an image; what was said on the command line must agree with it."""
    try:
        card = open_image(image, randomness=randomness)
    except (ImageError, OSError) as error:
        _fail(f"卡镜像 {image} 不可用：{error}", f"card image {image} is unusable: {error}")
    if _given("profile") and card.profile is not profile:
        _fail(
            f"卡镜像是 {card.profile.name}，不是 {profile.name}",
            f"the image is a {card.profile.name} card, not {profile.name}",
        )
    if not _given("interface") or card.interface == interface:
        return card
    if interface == "contactless" and not card.profile.contactless:
        _fail(
            f"{card.profile.name} 没有非接触界面",
            f"a {card.profile.name} card has no contactless side",
        )
    return SoftwareCard(card.profile, card.memory, interface=interface, randomness=randomness)


def _given(parameter: str) -> bool:
    """Tell whether an option was given and is no default."""
    source = click.get_current_context().get_parameter_source(parameter)
    return source is click.core.ParameterSource.COMMANDLINE


def _say_waiting(vpcd: str) -> None:
    """Say why nothing happens yet, apart from the line that scripts wait for."""
    click.echo(f"{vpcd} 没有虚拟读卡器，等待中 / no virtual reader there yet, waiting", err=True)


def _announce(card: SoftwareCard, vpcd: str, as_json: bool) -> None:
    """Say once for each insertion that the daemon has seen the card."""
    atr = card.atr.hex().upper()
    if as_json:
        document = {
            "schema": SCHEMA,
            "profile": card.profile.name,
            "interface": card.interface,
            "atr": atr,
            "vpcd": vpcd,
        }
        click.echo(json.dumps(document))
    else:
        click.echo(f"卡已插入 card inserted: {card.profile.name} {card.interface} {atr} @ {vpcd}")
    sys.stdout.flush()
