"""The pytest plugin: ``@claim`` objects are test items, stored witnesses regression tests. Imports verify.claims.

It is loaded with every pytest run in an environment where rankproof is installed, so it imports nothing until a claim
is met. Claims are found in two places: at the top level of test modules, and in the files that the ini option
``verify_claims`` names (glob patterns, default ``claims.py claims_*.py *_claims.py``), if they hold ``@claim``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from verify.claims import Claim, Result, Witness

_PATTERNS = ("claims.py", "claims_*.py", "*_claims.py")


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--verify-profile``, and the ini option ``verify_claims``."""
    group = parser.getgroup("rankproof", "claims about gradient flows, as test items")
    group.addoption(
        "--verify-profile",
        choices=("quick", "full", "nightly"),
        default="quick",
        help="how long the check of a claim may take (default: quick)",
    )
    parser.addini("verify_claims", "glob patterns of files whose claims are tests", "args", list(_PATTERNS))


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Files of claims."""

    def named(option: str) -> bool:
        return any(fnmatch(file_path.name, pattern) for pattern in parent.config.getini(option))

    if file_path.suffix != ".py" or not named("verify_claims") or named("python_files"):
        return None  # what is a test module anyway is collected as one
    given = parent.session.isinitpath(file_path)
    if not given and b"@claim" not in file_path.read_bytes():
        return None
    file: pytest.Collector = ClaimFile.from_parent(parent, path=file_path)
    return file


def pytest_pycollect_makeitem(collector: pytest.Module | pytest.Class, name: str, obj: object) -> Any:
    """Claims at the top level of a test module; those that it imports belong elsewhere."""
    claims = sys.modules.get("verify.claims")
    if claims is None or not isinstance(obj, claims.Claim) or not isinstance(collector, pytest.Module):
        return None
    return list(_items(collector, obj)) if obj.module == collector.obj.__name__ else []


def _items(parent: pytest.Collector, claim: Claim) -> Iterator[pytest.Item]:
    yield ClaimItem.from_parent(parent, name=claim.slug, claim=claim)
    variants = [(False, ""), (True, ""), *((False, one.drops) for one in claim.ablations)]
    stored = [x for twin, without in variants for x in claim.stored(twin=twin, without=without)]
    for witness in stored if claim.rechecker else ():
        variant = "twin " if witness.twin else f"without {witness.without} " if witness.without else ""
        name = f"{claim.slug}[{variant}witness {witness.digest}]"
        yield WitnessItem.from_parent(parent, name=name, claim=claim, witness=witness)


class ClaimFile(pytest.File):
    """A file that is collected for its claims alone."""

    def collect(self) -> Iterable[pytest.Item]:
        """Its claims, each followed by its stored witnesses."""
        from verify.claims import load_file

        for claim in load_file(self.path):
            yield from _items(self, claim)


class _Item(pytest.Item):
    """What both kinds of item share: where it is, and failures told without a traceback of this file."""

    def __init__(self, *, claim: Claim, **options: Any) -> None:
        super().__init__(**options)
        self.claim = claim

    def reportinfo(self) -> tuple[Path, int, str]:
        """The file and line of the check, and the item's name."""
        line = self.claim.check.__code__.co_firstlineno
        return Path(self.claim.file), line - 1, self.name

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """A claim that did not come out as expected is told in words, anything else as pytest does."""
        if isinstance(excinfo.value, UnexpectedVerdict):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)


class UnexpectedVerdict(Exception):  # noqa: N818 - it is a verdict, not an error of the test
    """A claim, or a stored witness, did not come out as expected."""


class ClaimItem(_Item):
    """A claim: passes when it and its negative twin come out as expected."""

    def runtest(self) -> None:
        """Check the claim; verdict, assurance and scope become properties of the test."""
        from verify.claims import Run, examine

        profile = self.config.getoption("--verify-profile")
        result = examine(self.claim, Run(profile=profile))
        decision = result.examination.decision
        self.user_properties += [
            ("claim", self.claim.slug),
            ("expected", self.claim.expects.name),
            ("verdict", decision.verdict.name),
            ("assurance", decision.assurance.name if decision.assurance else ""),
            ("scope", str(decision.scope) if decision.scope else ""),
            ("twin", result.twin.decision.verdict.name if result.twin else ""),
            ("profile", profile),
        ]
        if not result.as_expected:
            raise UnexpectedVerdict(_told(self.claim, result))


class WitnessItem(_Item):
    """A stored witness: passes when the claim's recheck confirms it still."""

    def __init__(self, *, claim: Claim, witness: Witness, **options: Any) -> None:
        super().__init__(claim=claim, **options)
        self.witness = witness

    def runtest(self) -> None:
        """Replay the witness."""
        from verify.claims import refuted_by, replay

        answer = replay(self.claim, self.witness)
        self.user_properties += [
            ("claim", self.claim.slug),
            ("witness", self.witness.digest),
            ("recheck", answer.outcome.value),
            ("assurance", answer.assurance.name),
        ]
        if not refuted_by(answer):
            raise UnexpectedVerdict(f"stored witness {self.witness.digest} does not refute any more: {answer.detail}")


def _told(claim: Claim, result: Result) -> str:
    """Why a claim is not as expected, in a few lines."""
    decision = result.examination.decision
    lines = [f"{claim.slug}: expected {claim.expects.name}, came out {decision.verdict.name}: {decision.reason}"]
    for item in result.examination.evidence:
        lines.append(f"  {item.outcome.value} ({item.assurance.name}, {item.scope}): {item.detail}")
    if result.twin is not None and result.twin.decision.verdict.name != "REFUTED":
        lines.append(f"  its negative twin came out {result.twin.decision.verdict.name}: {result.twin.decision.reason}")
    for drops, found in result.ablations:
        if drops in result.broken:
            lines += [f"  without {drops!r}: {found.decision.reason}", found.failure or ""]
    lines += [f"  stale: {text}" for text in result.stale]
    if result.examination.failure:
        lines.append(result.examination.failure)
    return "\n".join(lines)
