"""The installed package: what a fresh environment gets by `pip install .`, without this folder."""

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run(*command: str | Path, cwd: Path) -> str:
    """Run a program that must succeed, away from the project and its configuration."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [str(each) for each in command],
        cwd=cwd,
        env=clean | {"XDG_CONFIG_HOME": str(cwd)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_fresh_environment_has_the_command(tmp_path: Path) -> None:
    """All four rooms, their data and the commands of both are in what is installed."""
    environment = tmp_path / "env"
    run(sys.executable, "-m", "venv", "--without-pip", environment, cwd=tmp_path)
    python = environment / "bin/python"
    # What we depend on is lent to it, ourselves not: a .pth file of a lent folder is not read.
    packages = run(
        python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=tmp_path
    )
    lent = Path(packages.strip()) / "lent.pth"
    lent.write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
    install = ["install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    run(sys.executable, "-m", "pip", "--python", python, *install, ROOT, cwd=tmp_path)

    guitai = environment / "bin/guitai"
    commands = run(guitai, "--lang", "en", "--help", cwd=tmp_path)
    assert "read " in commands
    assert "emulate " in commands
    shown = json.loads(run(guitai, "config", "show", "--json", cwd=tmp_path))
    assert shown["schema"] == "guitai.config/1"
    rooms = "import apdu, card_profiles.profiles, emulator.card, terminal.cli as t"
    where = run(python, "-c", f"{rooms}; print(t.__file__)", cwd=tmp_path)
    assert Path(where.strip()).is_relative_to(environment)
    assert list((environment / "share/guitai/udev").glob("*.rules"))
