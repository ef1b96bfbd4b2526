"""`guitai doctor` as people and scripts meet it."""

from collections.abc import Callable

import pytest
from desk import Desk, valid

from emulator.pcsc import ScriptedPcsc
from terminal.cli import doctor
from terminal.cli.app import run
from terminal.diagnosis.machine import Machine

SIGNS = {"zh": ("好", "注意", "警告", "错误"), "en": ("ok", "note", "warn", "FAIL")}


@pytest.fixture
def examined(machine: Callable[..., Machine], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command examine the made-up machine, with test keys."""
    made_up = machine(test_keys=lambda _config: True, deadline_seconds=0.05)
    monkeypatch.setattr(doctor, "machine_of", lambda _session: made_up)


@pytest.mark.usefixtures("examined")
@pytest.mark.parametrize("language", ["zh", "en"])
def test_healthy(capsys: pytest.CaptureFixture[str], language: str) -> None:
    """Every line begins with a sign that is read without colour; the last one is the verdict."""
    assert run(["--lang", language, "doctor"], "zh" if language == "zh" else "en") == 0
    *lines, last = capsys.readouterr().out.splitlines()
    assert all(line.startswith(SIGNS[language][:2]) for line in lines)
    assert last == {"zh": "结论：一切正常", "en": "Verdict: all is well"}[language]


@pytest.mark.usefixtures("examined")
def test_healthy_json(capsys: pytest.CaptureFixture[str]) -> None:
    """What scripts read keeps to the published schema."""
    assert run(["doctor", "--json"]) == 0
    document = valid(capsys.readouterr().out)
    assert document["verdict"] == "ok"
    assert {each["level"] for each in document["findings"]} == {"ok", "note"}


@pytest.mark.usefixtures("examined")
def test_warnings_let_it_pass(capsys: pytest.CaptureFixture[str], pcsc: ScriptedPcsc) -> None:
    """A script that starts the counter may go on where it works."""
    pcsc.remove_reader("ACS ACR39U ICC Reader 00 00")
    assert run(["doctor"], "zh") == 0
    out = capsys.readouterr().out
    assert "警告 读卡服务没有发现读卡器 [no_reader]\n       → 请检查读卡器" in out
    assert out.endswith("结论：可以使用，有 1 处警告\n")


@pytest.mark.usefixtures("examined")
def test_no_daemon(capsys: pytest.CaptureFixture[str], pcsc: ScriptedPcsc) -> None:
    """What fails gives status 3, its remedy stands under it, and the counts are right."""
    pcsc.lose_service()
    assert run(["doctor"], "zh") == 3
    out = capsys.readouterr().out
    assert "[socket_stale]\n       → 请执行 systemctl restart pcscd.socket\n" in out
    assert out.endswith("结论：不能使用，有 1 处错误、0 处警告\n")


@pytest.mark.usefixtures("examined")
def test_hung(capsys: pytest.CaptureFixture[str], pcsc: ScriptedPcsc) -> None:
    """The one case in which every other command hangs; this one says so."""
    release = pcsc.hang_next("SCardEstablishContext")
    try:
        assert run(["doctor", "--json"]) == 3
    finally:
        release.set()
    document = valid(capsys.readouterr().out)
    assert document["verdict"] == "fail"
    assert "service_hung" in {each["code"] for each in document["findings"]}


def test_real_daemon(desk: Desk) -> None:
    """The whole way through the real library and daemon, with a card in its reader."""
    with desk.emulating("--profile", "gen2"):
        ran = desk.run("doctor", "--json")
    by_code = {each["code"]: each for each in ran.json["findings"]}
    assert "service_answers" in by_code
    assert "Virtual PCD 00 00" in by_code["reader_card"]["message"]
    assert "3B6D0000" in by_code["reader_card"]["message"]
    assert "Virtual PCD 00 01" in by_code["reader_empty"]["message"]
    assert "socket_variable" in by_code
    assert ran.status == (3 if ran.json["verdict"] == "fail" else 0)
    assert ran.err == ""


def test_real_library_without_daemon() -> None:
    """The library's own silence is understood, not only our script of it."""
    ran = Desk(None).run("doctor", "--json")
    assert ran.status == 3
    codes = {each["code"] for each in ran.json["findings"]}
    assert "socket_variable_wrong" in codes
    assert "service_answers" not in codes


def test_wrong_configuration(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The command that explains a wrong file must not be stopped by it."""
    file = tmp_path_factory.mktemp("config") / "guitai.toml"
    file.write_text("production = 1\n", "utf-8")
    ran = Desk(None).run("--config", str(file), "doctor", "--json")
    codes = {each["code"] for each in ran.json["findings"]}
    assert "config_wrong" in codes
    assert ran.err == ""
