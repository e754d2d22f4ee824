"""Every line of every derivation is alive: with a sign, an index or an exponent changed, it is refused.

Two ways to change a line. In the file alone (what a slip of a copyist does): the displayed line and its
machine-readable form disagree, or the check fails, and ``replay`` names the step. In the checked object itself (what a
slip of a derivation's author does): the check fails, unless the changed line is true as well, such as ``−0 = 0`` or a
weaker inequality; so of every line, and of both sides of every equation, some changed form must be refused.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import islice
from typing import Any

import pytest

from verify.symbolic import TOPICS, Derivation, DerivationError, derive
from verify.symbolic.machine import MachineError, decode, encode
from verify.symbolic.replay import RefusedError, parts, rebuilt_step, replay
from verify.symbolic.rings import ReadError

NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
#: How many changed forms of a side are tried until one is refused.
TRIED = 1000 if NIGHTLY else 40

OPTIONS: dict[str, dict[str, Any]] = {"gradient-flow": {"size": 2}, "balancedness": {"depth": 3}}
_TURNED = {"Less": "Greater", "Greater": "Less", "LessEqual": "GreaterEqual", "GreaterEqual": "LessEqual"}


@cache
def derivation(topic: str) -> Derivation:
    return derive(topic, **OPTIONS.get(topic, {}))


@cache
def stored(topic: str) -> str:
    return json.dumps(derivation(topic).to_json())


def places(tree: Any, path: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], Any]]:
    """Every part of a formula in prefix form, outermost first."""
    yield path, tree
    if isinstance(tree, list) and tree[0] == "Apply":
        for k, part in enumerate(tree[2]):
            yield from places(part, (*path, 2, k))
    elif isinstance(tree, list) and tree[0] != "Rational":
        for k, part in enumerate(tree[1:], 1):
            yield from places(part, (*path, k))


def put(tree: Any, path: tuple[Any, ...], new: Any) -> Any:
    """A copy with another part at `path`."""
    if not path:
        return new
    tree = dict(tree) if isinstance(tree, dict) else list(tree)
    tree[path[0]] = put(tree[path[0]], path[1:], new)
    return tree


def mutants(tree: Any, symbols: Iterable[str] = ()) -> Iterator[Any]:
    """A formula with one sign, exponent, index, transpose or number changed, or one symbol for another."""
    yield ["Multiply", -1, tree] if tree != 0 else 1
    for path, part in places(tree):
        match part:
            case ["Add", *terms]:
                for k, term in enumerate(terms, 1):
                    yield put(tree, (*path, k), ["Multiply", -1, term])
            case ["Power", _, exponent]:
                yield put(tree, (*path, 2), ["Add", exponent, 1])
            case ["Transpose", inner]:
                yield put(tree, path, inner)
            case ["Apply", name, arguments, [_, _, *_] as labels] if labels != labels[::-1]:
                yield put(tree, path, ["Apply", name, arguments, labels[::-1]])
            case int() if path:
                yield put(tree, path, part + 1)
    for path, part in places(tree):
        if isinstance(part, str):
            yield from (put(tree, path, symbol) for symbol in symbols if symbol != part)


def find(data: Any, key: str, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every value that is wrapped under `key` alone, with its path."""
    if isinstance(data, dict):
        for name, value in data.items():
            if name == key and len(data) == 1 and not isinstance(value, dict):
                yield (*path, name), value
            else:
                yield from find(value, key, (*path, name))
    elif isinstance(data, list):
        for k, value in enumerate(data):
            yield from find(value, key, (*path, k))


def refused(check: Any, looks: Any) -> bool:
    """Whether a check in machine-readable form fails, or cannot even be read."""
    try:
        decode(check, looks).run()
    except (DerivationError, MachineError, ReadError):
        return True
    return False


@pytest.mark.parametrize("topic", TOPICS)
def test_every_line_is_alive(topic: str) -> None:
    whole = derivation(topic)
    looks = whole.looks
    for number, step in enumerate(whole.steps, 1):
        check = encode(step.check)
        lines = [(path, line) for path, line in find(check, "relation") if path[0] in ("relations", "relation")]
        decided = [line for _, line in lines if decode({"relation": line}, looks) in step.relations]
        assert not lines or len(decided) == len(step.relations), f"step {number}"
        if not lines:  # a check that makes its lines itself: nothing of them can be changed without the check
            assert step.relations, f"step {number}"
        for path, line in lines:
            where = f"step {number}: {decode({'relation': line}, looks).text()}"
            sign, *sides = line
            if sign != "Equal":  # a weaker inequality is true: of these, direction and premises are what is tested
                assert refused(put(check, (*path, 0), _TURNED[sign]), looks), f"{where}: turned around"
            zero = 0 in sides and sign == "Equal"
            for side in (1, 2):
                if (sign != "Equal" or zero) and line[side] != 0 and not isinstance(line[side], list):
                    continue  # a lone symbol that vanishes or is estimated: its other side is what is changed
                forms = islice(mutants(line[side], looks), TRIED)
                if sign == "Equal" and not (zero and line[side] != 0 and not isinstance(line[side], list)):
                    alive = any(refused(put(check, (*path, side), form), looks) for form in forms)
                    assert alive, f"{where}: {('left', 'right')[side - 1]} side"


@pytest.mark.parametrize("topic", TOPICS)
def test_changed_files_are_refused_with_the_step(topic: str) -> None:
    document = json.loads(stored(topic))
    assert replay(document).stands
    _, entries, looks = parts(document)
    for number, entry in enumerate(entries, 1):
        for path, value in changes(number, entry):
            assert not stands(put(entry, path, value), looks), f"step {number}, {path}: {value}"
    number = (len(entries) + 1) // 2  # the whole file once: the finding names the step
    path, value = next(changes(0, entries[number - 1]))
    document["steps"][number - 1] = put(entries[number - 1], path, value)
    assert [finding.step for finding in replay(document).findings] == [number]


def stands(entry: Any, looks: Any) -> bool:
    """Whether a step of a file is verified."""
    try:
        rebuilt_step(entry, looks)
    except RefusedError:
        return False
    return True


def changes(number: int, entry: dict[str, Any]) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """One place of a step's entry changed: in the machine-readable form, in a displayed line, in the LaTeX."""
    relation = entry["relations"][0]
    told = [
        (("relations", 0, "right"), f"−{relation['right']}"),
        (("relations", 0, "latex"), f"-{relation['latex']}"),
        (("relations", 0, "sign"), "<" if relation["sign"] != "<" else "="),
        (("latex",), entry["latex"].replace("&", "&-", 1)),
        (("claim",), entry["claim"] + "?"),
        (("reason",), "because"),
    ]
    exact = []
    for key in ("relation", "formula"):
        for path, tree in find(entry["exact"], key):
            form = next(mutants(tree if key == "formula" else tree[1]))
            exact.append((("exact", *path), form if key == "formula" else [tree[0], form, tree[2]]))
    if NIGHTLY:
        yield from (*told, *exact)
    else:
        yield told[number % len(told)]
        yield from exact[number % len(exact) :][:1] if exact else ()


@pytest.mark.skipif(not NIGHTLY, reason="HYPOTHESIS_PROFILE=nightly changes everything in the files")
@pytest.mark.parametrize("topic", TOPICS)
def test_every_text_of_a_file_counts(topic: str) -> None:
    _, entries, looks = parts(json.loads(stored(topic)))
    for number, entry in enumerate(entries, 1):
        for path, text in texts({key: value for key, value in entry.items() if key not in ("number", "uses")}):
            assert not stands(put(entry, path, text + "x"), looks), f"step {number}, {path}"


def texts(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], str]]:
    if isinstance(data, str):
        yield path, data
    for key, value in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        yield from texts(value, (*path, key))
