"""Shards over processes and over a cluster: the same result as in one process, also when a worker is killed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from verify.arithmetic import InputError
from verify.claims import load_file
from verify.search import HuntReport, run_hunt
from verify.search.workers import LostTaskError, Processes, here, workers

HUNTED = Path(__file__).parents[1] / "hunted.py"
FALSE = load_file(HUNTED).get("hunted/false")
CASES = 6 * 4096


@pytest.fixture(scope="module")
def alone() -> HuntReport:
    return run_hunt(FALSE, seed=4, cases=CASES)


def same(report: HuntReport, alone: HuntReport) -> None:
    assert report.tally.without_time() == alone.tally.without_time()
    assert report.simplest is not None
    assert alone.simplest is not None
    assert report.simplest.find == alone.simplest.find
    assert report.refuted


def test_processes_find_what_one_process_finds(alone: HuntReport) -> None:
    same(run_hunt(FALSE, seed=4, cases=CASES, jobs=2), alone)


def test_the_first_find_is_the_same_in_processes(alone: HuntReport) -> None:
    report = run_hunt(FALSE, seed=4, cases=CASES, jobs=2, first=True)
    assert report.tally.shards == (0,)
    assert report.simplest is not None
    assert alone.simplest is not None
    assert report.simplest.find.complexity == alone.simplest.find.complexity


def test_a_process_that_dies_loses_nothing(alone: HuntReport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from joblib.externals.loky import get_reusable_executor

    get_reusable_executor().shutdown(wait=True)  # new processes, which see the variable
    flag = tmp_path / "kill one"
    flag.touch()
    monkeypatch.setenv("HUNTED_KILL", str(flag))
    part = list(Processes(2)(_perform, list(range(6))))
    assert not flag.exists(), "no process was killed"
    assert sorted(part) == [(k, k * k) for k in range(6)]
    flag.touch()
    report = run_hunt_in_processes(CASES)
    assert not flag.exists(), "no process was killed"
    assert report.tally.shards == alone.tally.shards
    assert report.tally.histogram == alone.tally.histogram
    get_reusable_executor().shutdown(wait=True)


def run_hunt_in_processes(cases: int) -> HuntReport:
    """The search alone may be killed: what comes after it, in this process, may not."""
    from verify.search import pipeline

    kept = os.environ.pop("HUNTED_KILL")
    original = pipeline.perform

    def steered(task: pipeline.ShardTask) -> object:
        os.environ["HUNTED_KILL"] = kept
        return original(task)

    pipeline.perform = steered  # type: ignore[assignment]
    try:
        return run_hunt(FALSE, seed=4, cases=cases, jobs=2)
    finally:
        pipeline.perform = original


def _perform(task: int) -> int:
    flag = os.environ.get("HUNTED_KILL")
    if task == 3 and flag and Path(flag).exists():
        Path(flag).unlink()
        os.kill(os.getpid(), 9)
    return task * task


def _die(task: int) -> int:
    os.kill(os.getpid(), 9)
    return task


def test_a_task_that_kills_every_process_is_an_error() -> None:
    with pytest.raises(LostTaskError, match="died 4 times"):
        list(Processes(2)(_die, [1]))


def _fail(task: int) -> int:
    raise ZeroDivisionError(f"task {task}")


def test_an_error_of_the_task_comes_through() -> None:
    with pytest.raises(ZeroDivisionError, match="task 1"):
        list(Processes(2)(_fail, [1]))


def test_what_runs_the_shards() -> None:
    assert workers() is here
    assert workers(jobs=2) == Processes(2)
    with pytest.raises(InputError, match="jobs"):
        workers(jobs=0)


def test_an_interrupt_ends_the_processes_and_keeps_what_was_found(tmp_path: Path) -> None:
    """Ctrl-C, to the whole group of processes, as a terminal sends it, when some shards are done."""
    out, log = tmp_path / "report.json", tmp_path / "looks"
    command = [sys.executable, "-m", "verify", "hunt", "hunted/false", "--claims", str(HUNTED)]
    process = subprocess.Popen(
        [*command, "--jobs", "2", "--cases", "100000000", "--json", str(out)],
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"HUNTED_SLEEP": "0.005", "HUNTED_LOG": str(log)},
    )
    try:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and not (log.exists() and log.stat().st_size > 300):
            time.sleep(0.1)  # a shard takes about 35 looks; two are under way at a time
        time.sleep(0.5)
        os.killpg(process.pid, 2)
        _, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130, errors
    assert "what was found is kept" in errors
    assert '"refuted": true' in out.read_text(encoding="utf-8")
    assert '"interrupted": true' in out.read_text(encoding="utf-8")


# ---------------------------------------------------------------------------------------------------------------------
# A real cluster: scheduler and workers are processes of their own

CLUSTER = """
import json, os, sys, threading, time
from pathlib import Path
from distributed import Client, LocalCluster
from verify.claims import load_file
from verify.search import run_hunt

if __name__ == "__main__":
    hunted, folder = sys.argv[1], Path(sys.argv[2])
    os.environ["HUNTED_SLEEP"] = "0.02"
    flag = folder / "kill"
    os.environ["HUNTED_KILL"] = str(flag)
    with LocalCluster(n_workers=3, threads_per_worker=1, processes=True, dashboard_address=None,
                      local_directory=str(folder)) as cluster:
        with Client(cluster, set_as_default=False) as client:
            pids = set(client.run(os.getpid).values())
        del os.environ["HUNTED_KILL"], os.environ["HUNTED_SLEEP"]
        flag.touch()
        claim = load_file(hunted).get("hunted/false")
        report = run_hunt(claim, seed=4, cases=int(sys.argv[3]), cluster=cluster.scheduler_address)
        killed = not flag.exists()
        with Client(cluster, set_as_default=False) as client:
            now = set(client.run(os.getpid).values())
    tally = report.tally.without_time().to_json()
    print(json.dumps({"killed": killed, "lost": len(pids - now), "workers": len(pids), "tally": tally,
                      "refuted": report.refuted}))
"""


def test_a_cluster_with_a_worker_killed(alone: HuntReport, tmp_path: Path) -> None:
    pytest.importorskip("distributed", reason="Dask comes with the extra [cluster]")
    import json

    script = tmp_path / "cluster.py"
    script.write_text(CLUSTER, encoding="utf-8")
    run = subprocess.run(
        [sys.executable, str(script), str(HUNTED), str(tmp_path), str(CASES)],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    told = json.loads(run.stdout.splitlines()[-1])
    assert told["workers"] == 3
    assert told["killed"]
    assert told["lost"] == 1
    assert told["refuted"]
    expected = alone.tally.without_time().to_json()
    assert told["tally"] == json.loads(json.dumps(expected))


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nonsense://x"])
def test_a_cluster_that_does_not_answer_is_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed", reason="Dask comes with the extra [cluster]")
    from verify.search.workers import Cluster

    with pytest.raises(InputError, match="no scheduler answers"):
        list(Cluster(address, timeout=1.0)(_fail, [1]))


def test_without_dask_the_mend_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match="Dask is not installed"):
        run_hunt(FALSE, cluster="tcp://127.0.0.1:9")
