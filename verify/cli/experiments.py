"""``verify experiment``: a paper's experiment at a size that runs here, its pictures and its verdicts."""

from __future__ import annotations

import textwrap
import time
from difflib import get_close_matches
from pathlib import Path

from verify.arithmetic import InputError
from verify.claims import Experiment, Findings, Setting, Verdict, installed_experiments
from verify.cli.streams import OK, check_target, progress_bar, say, write_json


def listing() -> int:
    """Name every experiment with its paper and title."""
    found = installed_experiments()
    width = max((len(name) for name in found), default=0)
    for one in found.values():
        print(f"{one.name:<{width}}  {one.title} ({one.paper})")
    if not found:
        say("no experiments are installed")
    return OK


def run(name: str, *, folder: str, seeds: int | None, seed: int, effort: float, json: str | None) -> int:
    """Run one experiment, write its pictures and its numbers, and print what was seen."""
    check_target(json, "--json")
    one = _chosen(name)
    where = Path(folder) / one.name
    try:
        where.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"-o {folder}", f"cannot be made ({error.strerror})", "give another folder") from None
    began = time.monotonic()
    with progress_bar(one.name) as progress:
        setting = Setting(folder=where, seeds=seeds or one.seeds, seed=seed, effort=effort, progress=progress)
        try:
            findings = one.run(setting)
        except ModuleNotFoundError as error:
            mend = "pip install 'rankproof[experiments]'"
            raise InputError(f"experiment {one.name}", f"needs the package {error.name}", mend) from None
    seconds = time.monotonic() - began
    document = {
        "experiment": one.name,
        "paper": one.paper,
        "seeds": setting.seeds,
        "seed": seed,
        "effort": effort,
        "seconds": round(seconds, 1),
        **findings.to_json(),
    }
    write_json(document, str(where / "findings.json"))
    if json is not None:
        write_json(document, json)
    if json != "-":
        _show(one, findings, setting, seconds)
    return OK


def _show(one: Experiment, findings: Findings, setting: Setting, seconds: float) -> None:
    print(f"{one.title}\n")
    print(one.about + "\n")
    for answer in findings.answers:
        word = "seen    " if answer.verdict is Verdict.SUPPORTED else "not seen"
        for number, line in enumerate(textwrap.wrap(answer.question, 88)):
            print(f"{word if number == 0 else ' ' * len(word)}  {line}")
        for line in textwrap.wrap(answer.detail, 84):
            print(f"{' ' * 14}{line}")
    for path in findings.pictures:
        print(f"\npicture {path}", end="")
    shortened = "" if setting.effort == 1 else f", shortened to {setting.effort:g} of its length"
    print(f"\n\n{setting.seeds} seeds from {setting.seed} on, float64, {seconds:.0f} s{shortened}.")
    print("An experiment samples: what was seen is supported by these runs, and proved by none.")


def _chosen(name: str) -> Experiment:
    found = installed_experiments()
    if name not in found:
        near = get_close_matches(name, found, n=1, cutoff=0.4)
        mend = f"did you mean {near[0]}?" if near else f"there are {', '.join(found)}"
        raise InputError("NAME", f"{name!r} is no experiment", mend)
    return found[name]
