"""Experiments: the paper's figures at a size that runs on one machine, with a verdict on each qualitative claim.

An experiment samples. What it finds is seen, or not seen, in so many runs; it proves and refutes nothing.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from verify.arithmetic import InputError, Progress, silent
from verify.claims.registry import ENTRY_POINTS
from verify.claims.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to one qualitative question.

    Attributes
    ----------
    question
        what the paper says, or what is asked of it, in one sentence.
    seen
        whether these runs show it.
    detail
        the numbers on which that rests.
    """

    question: str
    seen: bool
    detail: str

    @property
    def verdict(self) -> Verdict:
        """SUPPORTED or UNDECIDED: floating point refutes nothing."""
        return Verdict.SUPPORTED if self.seen else Verdict.UNDECIDED

    def to_json(self) -> dict[str, Any]:
        """``{"question", "seen", "verdict", "detail"}``."""
        return {"question": self.question, "seen": self.seen, "verdict": self.verdict.name, "detail": self.detail}


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What an experiment is told.

    Attributes
    ----------
    folder
        where pictures go; it exists.
    seeds, seed
        how many repetitions, and the seed of the first one.
    effort
        1 for the whole experiment; a smaller fraction shortens every run in proportion, for trying it out.
    progress
        to be called with the fraction done.
    """

    folder: Path
    seeds: int
    seed: int = 0
    effort: float = 1.0
    progress: Progress = silent


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What an experiment found.

    Attributes
    ----------
    answers
        one for each question.
    pictures
        the files written.
    data
        the numbers behind the pictures, plain enough for JSON.
    """

    answers: tuple[Answer, ...]
    pictures: tuple[Path, ...]
    data: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """``{"answers", "pictures", "data"}``."""
        return {
            "answers": [answer.to_json() for answer in self.answers],
            "pictures": [str(path) for path in self.pictures],
            "data": dict(self.data),
        }


Body = Callable[[Setting], Findings]


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """An experiment: a name, what it asks and how it differs from the paper's (`about`), and the run."""

    name: str
    paper: str
    title: str
    about: str
    seeds: int
    run: Body


def experiment(name: str, *, paper: str, title: str, seeds: int) -> Callable[[Body], Experiment]:
    """Make an experiment of a function; its docstring says what is asked, and what differs from the paper.

    Raises
    ------
    InputError
        for a name that is not in small letters, or a missing docstring.
    """
    if not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", name):
        raise InputError(f"experiment {name!r}", "is not a name in small letters", "write it like completion")

    def make(body: Body) -> Experiment:
        about = inspect.cleandoc(body.__doc__ or "")
        if not about:
            raise InputError(f"experiment {name}", "has no docstring", "say what it asks, and what differs")
        return Experiment(name=name, paper=paper, title=title, about=about, seeds=seeds, run=body)

    return make


def installed_experiments() -> dict[str, Experiment]:
    """All experiments by name: those of the subpackage ``experiments`` of every package that announces claims."""
    found: dict[str, Experiment] = {}
    for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda point: point.name):
        home = f"{point.module}.experiments"
        if importlib.util.find_spec(home) is None:
            continue
        for one in vars(importlib.import_module(home)).values():
            if isinstance(one, Experiment):
                found[one.name] = one
    return found
