"""The first thing a newcomer runs: tools/demo's job, with a daemon and without."""

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WIRE = ["SELECT", "READ RECORD", "GET CHALLENGE", "INTERNAL AUTHENTICATE", "EXTERNAL AUTHENTICATE"]


def demo(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", str(ROOT / "tools/show_demo.py"), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("way", [[], ["--in-process"]])
def test_a_holder_is_shown(way: list[str]) -> None:
    """Another seed is another holder; both are shown masked, with what crossed the wire."""
    one, other = demo("--seed", "1", *way), demo("--seed", "2", *way)
    for output in (one, other):
        assert "第三代社会保障卡" in output
        assert "  姓名：" in output
        assert "11 条命令" in output
        assert all(name in output for name in WIRE)
        assert "× **>9000" in output
    names = [[line for line in text.splitlines() if "卡号" in line] for text in (one, other)]
    assert names[0] != names[1]
    assert names[0][0].split("：")[1].startswith("*****")


def test_same_seed_same_holder() -> None:
    """A bug report can name the seed."""

    def holder(text: str) -> list[str]:
        return [line for line in text.splitlines() if line.startswith("  ") and "：" in line]

    assert holder(demo("--seed", "5")) == holder(demo("--seed", "5", "--in-process"))


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_an_ended_demo_leaves_nothing(ending: signal.Signals) -> None:
    """Whoever ends the demo in the middle must not find its card running for ever."""
    with subprocess.Popen(
        [sys.executable, str(ROOT / "tools/show_demo.py")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        line = ""
        while not line.startswith("$ guitai emulate"):
            line = running.stdout.readline()
        (card,) = children(running.pid, "emulate")
        watched = os.pidfd_open(card)
        running.send_signal(ending)
        assert select.select([watched], [], [], 10)[0], "the card lives on"
        os.close(watched)
        running.stdout.read()
        assert "Traceback" not in running.stderr.read()


def children(parent: int, word: str) -> list[int]:
    """Find a process's children with a word among their arguments."""
    found: list[int] = []
    while not found:
        for task in Path(f"/proc/{parent}/task").iterdir():
            for child in map(int, (task / "children").read_text().split()):
                if word in Path(f"/proc/{child}/cmdline").read_text().split("\0"):
                    found.append(child)
    return found
