"""Checking a derivation again from its JSON file alone: nothing of the code that derived it is asked.

Every step's check is rebuilt from its machine-readable form and run; every premise must be a hypothesis of the file or
have been established by an earlier step of it; and everything else that the file says of a step (the displayed lines,
in text and LaTeX, what the check is told to be, what the step rests on) must be what the checked object prints. So a
file in which a sign, an index or an exponent was changed is refused, whichever of its two places was touched: the
line and its machine-readable form no longer agree, or, where both were changed alike, the check fails.

What stays the reader's: that the hypotheses, the abbreviations and the wording around the displayed lines say what is
meant. All of them are printed by ``verify derive``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from verify.arithmetic import InputError
from verify.symbolic.checks import DerivationError
from verify.symbolic.derivation import SCHEMA, Derivation, Step, missing
from verify.symbolic.expressions import Relation
from verify.symbolic.machine import Looks, MachineError, decode

_STEP_TEXTS = ("claim", "reason")


@dataclass(frozen=True)
class Finding:
    """What is wrong with a step (from 1; 0 is what stands before and after the steps)."""

    step: int
    problem: str

    def __str__(self) -> str:
        return f"step {self.step}: {self.problem}" if self.step else self.problem


@dataclass(frozen=True)
class Replay:
    """What became of a derivation that was checked again.

    Attributes
    ----------
    topic, title
        as the file has them.
    steps
        how many steps it has.
    hypotheses
        what it assumes, as text.
    findings
        what is wrong; nothing for a derivation that stands.
    """

    topic: str
    title: str
    steps: int
    hypotheses: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def stands(self) -> bool:
        """Whether every step was verified."""
        return not self.findings

    def to_json(self) -> dict[str, Any]:
        """``{"topic", "title", "steps", "hypotheses", "stands", "findings"}``."""
        return {
            "topic": self.topic,
            "title": self.title,
            "steps": self.steps,
            "hypotheses": list(self.hypotheses),
            "stands": self.stands,
            "findings": [{"step": finding.step, "problem": finding.problem} for finding in self.findings],
        }


def is_derivation(data: object) -> bool:
    """Whether a JSON document claims to be a derivation."""
    return isinstance(data, Mapping) and str(data.get("schema", "")).startswith("rankproof/derivation/")


def replay(data: object, where: str = "derivation") -> Replay:
    """Check every step of a derivation again, from its JSON form (:meth:`Derivation.to_json`).

    Raises
    ------
    InputError
        when `data` is not such a document at all. Whatever is wrong inside a step is a finding.
    """
    head, steps, looks = parts(data, where)
    findings: list[Finding] = []
    rebuilt: list[Step] = []
    for number, entry in enumerate(steps, 1):
        try:
            rebuilt.append(rebuilt_step(entry, looks))
        except RefusedError as refused:
            findings.append(Finding(number, str(refused)))
            break  # what follows may rest on it
    else:
        findings += _whole(head, rebuilt, data, looks)
    hypotheses = head.get("hypotheses", ())
    told = tuple(r.text() for r in _relations(hypotheses, looks)) if not findings else ()
    text = {key: value for key in ("topic", "title") if isinstance(value := dict(_mapping(data)).get(key), str)}
    return Replay(text.get("topic", ""), text.get("title", ""), len(steps), told, tuple(findings))


class RefusedError(ValueError):
    """Why a step of a file does not stand."""


def parts(data: object, where: str = "derivation") -> tuple[Mapping[str, Any], list[Any], Looks]:
    """The heading in machine-readable form, the entries of the steps, and how symbols look.

    Raises
    ------
    InputError
        when `data` is not a derivation.
    """
    mend = "write one with verify derive TOPIC --format json"
    if not is_derivation(data):
        raise InputError(where, "is not a derivation", mend)
    document = _mapping(data)
    if document["schema"] != SCHEMA:
        raise InputError(where, f"has the form {str(document['schema'])[:60]}, not {SCHEMA}", mend)
    head, steps = document.get("exact"), document.get("steps")
    if not isinstance(head, Mapping) or not isinstance(steps, list) or not steps:
        raise InputError(where, "has no steps in machine-readable form", mend)
    table = head.get("symbols")
    if not isinstance(table, Mapping):
        raise InputError(where, "has no table of symbols", mend)
    looks: dict[str, tuple[str, str]] = {}
    for name, look in table.items():
        match look:
            case [str(tex), str(shown)]:
                looks[str(name)] = (tex, shown)
            case _:
                raise InputError(where, f"the symbol {str(name)[:40]} has no look in LaTeX and in text", mend)
    return head, steps, looks


def _mapping(data: object) -> Mapping[str, Any]:
    assert isinstance(data, Mapping)
    return data


def rebuilt_step(entry: Any, looks: Looks) -> Step:
    """A step of a file, rebuilt and checked; its printed form is what the file prints.

    Raises
    ------
    RefusedError
        saying why it does not stand.
    """
    exact = entry.get("exact") if isinstance(entry, Mapping) else None
    if not isinstance(exact, Mapping) or not all(isinstance(exact.get(key), str) for key in _STEP_TEXTS):
        raise RefusedError("has no machine-readable form")
    try:
        check, assuming = decode(exact.get("check"), looks), decode(exact.get("assuming", []), looks)
        if not isinstance(assuming, tuple) or not all(isinstance(relation, Relation) for relation in assuming):
            raise RefusedError("what it assumes is not a list of relations")
        if not callable(getattr(check, "run", None)):
            raise RefusedError("has no check")
        step = Step(exact["claim"], exact["reason"], check, assuming)
        printed = json.loads(json.dumps(step.to_json()))
    except (MachineError, DerivationError) as error:
        raise RefusedError(str(error)) from None
    except RefusedError:
        raise
    except Exception as error:  # a file from anywhere: whatever a check stumbles over, it did not verify
        raise RefusedError(f"cannot be checked ({type(error).__name__}: {str(error)[:200]})") from None
    given = {key: value for key, value in entry.items() if key not in ("number", "uses")}
    if place := next(_differences(given, printed, ""), None):
        raise RefusedError(f"{place} is not what was checked")
    return step


def _whole(head: Mapping[str, Any], steps: list[Step], data: object, looks: Looks) -> Iterator[Finding]:
    """What holds the steps together: premises, the heading, how symbols look."""
    document = _mapping(data)
    try:
        hypotheses = _relations(head.get("hypotheses", []), looks)
        lost = next(missing(steps, hypotheses), None)
        if lost is not None:
            yield Finding(lost[0], f"{lost[1].text()} was not established before")
            return
        title, statement, scope = (head[key] for key in ("title", "statement", "scope"))
        notation, uses = (tuple(head[key]) for key in ("notation", "uses"))
        if not all(isinstance(text, str) for text in (title, statement, scope, *notation, *uses)):
            raise MachineError("the heading is not text")
        options = document.get("options", {})
        whole = Derivation(
            topic=str(document.get("topic")),
            title=title,
            statement=statement,
            scope=scope,
            steps=tuple(steps),
            hypotheses=hypotheses,
            notation=notation,
            uses=uses,
            options=options,
        )
        printed = json.loads(json.dumps(whole.to_json()))
    except (MachineError, DerivationError, KeyError, TypeError, AttributeError) as error:
        yield Finding(0, str(error))
        return
    for number, (given, told) in enumerate(zip(document["steps"], printed["steps"], strict=True), 1):
        if place := next(_differences(given, told, ""), None):
            yield Finding(number, f"{place} is not what was checked")
    given, told = ({key: value for key, value in form.items() if key != "steps"} for form in (document, printed))
    if place := next(_differences(given, told, ""), None):
        yield Finding(0, f"{place} is not what was checked")


def _relations(data: Any, looks: Looks) -> tuple[Relation, ...]:
    relations = decode(data, looks)
    if not isinstance(relations, tuple) or not all(isinstance(relation, Relation) for relation in relations):
        raise MachineError("the hypotheses are not a list of relations")
    return relations


def _differences(given: Any, printed: Any, place: str) -> Iterator[str]:
    """Where two JSON documents differ, as paths such as ``relations[0].right``."""
    if isinstance(given, Mapping) and isinstance(printed, Mapping):
        for key in dict.fromkeys((*printed, *given)):
            if key in given and key in printed:
                yield from _differences(given[key], printed[key], f"{place}.{key}" if place else str(key))
            else:
                yield f"{place}.{key}" if place else str(key)
    elif isinstance(given, list) and isinstance(printed, list):
        if len(given) != len(printed):
            yield place
        for k, (left, right) in enumerate(zip(given, printed, strict=False)):
            yield from _differences(left, right, f"{place}[{k}]")
    elif type(given) is not type(printed) or given != printed:
        yield place
