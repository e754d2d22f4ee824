"""The command line as a process of its own: what only shows there."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-m", "verify"]

SLOW = '''
import time
from pathlib import Path
from verify.claims import Assurance, Evidence, Scope, claim

EVERY = Scope.all("numbers")


@claim("slow/first", scope=EVERY)
def first(run):
    """Statement: x."""
    yield Evidence.supports(kind="k", assurance=Assurance.PROVED, scope=EVERY, detail="d")


@claim("slow/second", scope=EVERY)
def second(run):
    """Statement: y."""
    Path(__file__).with_name("begun").touch()
    time.sleep(60)


@claim("slow/third", scope=EVERY)
def third(run):
    """Statement: z."""
    time.sleep(60)
'''


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.skipif(os.name != "posix", reason="sends a signal")
def test_ctrl_c_keeps_what_was_decided(tmp_path: Path, jobs: str) -> None:
    claims, report, begun = tmp_path / "slow.py", tmp_path / "report.json", tmp_path / "begun"
    claims.write_text(SLOW, encoding="utf-8")
    with subprocess.Popen(
        [*COMMAND, "check", claims, "--json", report, "--jobs", jobs],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    ) as process:
        deadline = time.monotonic() + 60
        while not begun.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.5)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: every process of the command gets it
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in out + err
    assert "Interrupted; not checked" in out
    document = json.loads(report.read_text(encoding="utf-8"))
    assert [one["slug"] for one in document["results"]] == ["slow/first"]
    assert document["unfinished"] == ["slow/second", "slow/third"]


@pytest.mark.parametrize("arguments", [["--help"], ["check", "many.py", "--json", "-"], ["list", "many.py"]])
def test_a_reader_that_leaves_early_sees_no_traceback(tmp_path: Path, arguments: list[str]) -> None:
    claim = '@claim("many/c{0}", scope=Scope.all("x"))\ndef f{0}(run):\n    """Statement: x."""\n'
    lines = [claim.format(k) for k in range(400)]  # more than a pipe holds
    (tmp_path / "many.py").write_text("from verify.claims import Scope, claim\n" + "\n".join(lines), encoding="utf-8")
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [*COMMAND, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(root)},
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        err = process.stderr.read()
        code = process.wait(timeout=60)
    assert err in ("", "verify: not as expected: " + ", ".join(f"many/c{k}" for k in range(400)) + "\n")
    assert code == 141


def test_a_terminal_without_utf8_gets_valid_json(tmp_path: Path) -> None:
    (tmp_path / "my_claims.py").write_text(
        'from verify.claims import Scope, claim\n@claim("a/b", scope=Scope.all("α"))\n'
        'def f(run):\n    """Statement: α ≥ 0."""\n',
        encoding="utf-8",
    )
    env = os.environ | {"PYTHONIOENCODING": "ascii"}
    for arguments in (["list", "--json", "-"], ["list"], ["check"]):
        run = subprocess.run(
            [*COMMAND, arguments[0], tmp_path / "my_claims.py", *arguments[1:]],
            capture_output=True,
            encoding="ascii",
            env=env,
            check=False,
        )
        assert (run.returncode, run.stderr) == (0, "")
        if "--json" in arguments:
            assert json.loads(run.stdout)[0]["statement"] == "α ≥ 0."


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("arguments", [["--help"], ["list", "my_claims.py"], ["list", "my_claims.py", "--json", "-"]])
def test_a_full_disk_is_one_line(tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "my_claims.py").write_text(SLOW, encoding="utf-8")
    with open("/dev/full", "wb") as full:
        run = subprocess.run(
            [*COMMAND, *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
            check=False,
        )
    assert (run.returncode, run.stderr) == (3, "verify: output cannot be written (No space left on device)\n")


def test_help_starts_fast() -> None:
    def seconds() -> float:
        began = time.perf_counter()
        subprocess.run([*COMMAND, "--help"], capture_output=True, check=True)
        return time.perf_counter() - began

    def bare() -> float:
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", "import typer"], capture_output=True, check=True)
        return time.perf_counter() - began

    # measured against what the machine needs for the command line's own library, so that load does not matter
    assert min(seconds() for _ in range(3)) < 3 * min(bare() for _ in range(3)) + 0.2
