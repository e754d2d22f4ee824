"""Problem files: what is written is read back exactly; a bad file is refused in one line that names the mend."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.arithmetic import InputError
from verify.models import Observations, Problem, dump_problem, load_problem, read_json, symmetric_family

EXAMPLE = (  # of the design
    '{"model": "deep", "layers": [[["1/10","1/20"],["1/20","1/10"]], [["1/10","1/20"],["1/20","1/10"]]], '
    '"observed": [[0,0,"1"],[1,1,"1"]]}'
)


def test_the_example(tmp_path: Path) -> None:
    path = tmp_path / "problem.json"
    path.write_text(EXAMPLE, encoding="utf-8")
    expected = symmetric_family(2)
    assert load_problem(path) == load_problem(str(path)) == expected
    assert load_problem("anything", text=EXAMPLE) == expected
    assert load_problem(json.loads(EXAMPLE)) == expected
    assert dump_problem(expected) == json.loads(EXAMPLE)


numbers = st.fractions() | st.fractions(max_denominator=20)


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    widths = draw(st.lists(st.integers(1, 3), min_size=2, max_size=4))
    layers = [[[draw(numbers) for _ in range(before)] for _ in range(after)] for before, after in pairwise(widths)]
    cell = st.tuples(st.integers(0, widths[-1] - 1), st.integers(0, widths[0] - 1))
    cells = draw(st.lists(cell, min_size=1, unique=True))
    observations = Observations(widths[-1], widths[0], tuple((i, j, draw(numbers)) for i, j in cells))
    return Problem.of(layers, observations)


@given(problems(), st.sampled_from([None, 2]))
def test_round_trip(problem: Problem, indent: int | None) -> None:
    data = dump_problem(problem)
    assert load_problem(data) == problem
    text = json.dumps(data, indent=indent, allow_nan=False)
    assert load_problem("problem.json", text=text) == problem
    assert dump_problem(load_problem("problem.json", text=text)) == data


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("0.1", Fraction(1, 10)),
        ("1e-3", Fraction(1, 1000)),
        ("-2", Fraction(-2)),
        ("1E+2", Fraction(100)),
        ("0.1000000000000000055511151231257827", Fraction("0.1000000000000000055511151231257827")),
        ("123456789012345678901234567890", Fraction(123456789012345678901234567890)),
        ("1e400", Fraction(10**400)),
        ("9" * 5000, Fraction(Decimal("9" * 5000))),
        ('"-7/3"', Fraction(-7, 3)),
        ('" 0.1 "', Fraction(1, 10)),
    ],
    ids=lambda x: str(x)[:20] if isinstance(x, str) else "",
)
def test_numbers_of_the_file_are_exact_decimals(written: str, number: Fraction) -> None:
    text = f'{{"model": "deep", "layers": [[[{written}]]], "observed": [[0, 0, {written}]]}}'
    problem = load_problem("p", text=text)
    assert problem.layers == (((number,),),)
    assert problem.observations.entries == ((0, 0, number),)
    assert load_problem("p", text=json.dumps(dump_problem(problem))) == problem


def test_a_byte_order_mark_and_whitespace_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "problem.json"
    path.write_bytes(b"\xef\xbb\xbf\r\n " + EXAMPLE.encode() + b"\n\n")
    assert load_problem(path) == symmetric_family(2)


# --- bad problems ----------------------------------------------------------------------------------------------------

GOOD_LAYERS = '[[["1/10","1/20"],["1/20","1/10"]]]'
GOOD_OBSERVED = '[[0,0,"1"],[1,1,"1"]]'


def made_of(layers: str = GOOD_LAYERS, observed: str = GOOD_OBSERVED, model: str = '"deep"') -> str:
    return f'{{"model": {model}, "layers": {layers}, "observed": {observed}}}'


BAD = {
    # name: (text, place, what the line tells)
    "empty file": ("", "", "is empty; a problem file looks like"),
    "blank file": (" \n\t\n", "", "is empty; a problem file looks like"),
    "not JSON": ("layers = 3", ":1:1", "is not JSON (Expecting value)"),
    "truncated": ('{"model": "deep", "layers": [[[1', ":1:33", "is not JSON"),
    "truncated text": ('{"model": "de', ":1:11", "is not JSON (Unterminated string"),
    "trailing text": (made_of() + " x", f":1:{len(made_of()) + 2}", "is not JSON (Extra data)"),
    "single quotes": ("{'model': 'deep'}", ":1:2", "is not JSON"),
    "error on line 3": ('{\n"model":\n oops}', ":3:2", "is not JSON"),
    "control character": ('{"model": "a\nb"}', ":1:13", "is not JSON"),
    "deeply nested": ("[" * 100_000, "", "is nested too deeply"),
    "deeply nested objects": ('{"a":' * 100_000, "", "is nested too deeply"),
    "nested in a number's place": (made_of(f"[[[{'[' * 900}1{']' * 900}]]]"), ": layers[0][0][0]", "is not an exact"),
    "an array": ("[1, 2]", "", "is not a JSON object"),
    "a number": ("17", "", "is not a JSON object"),
    "null": ("null", "", "is not a JSON object"),
    "key twice": ('{"model": "deep", "model": "deep"}', "", "the key 'model' stands twice; keep one"),
    "key twice inside": (made_of('{"a": 1, "a": 2}'), "", "the key 'a' stands twice"),
    "no key": ("{}", ": model", "is missing"),
    "no model": ('{"layers": [], "observed": []}', ": model", "is missing"),
    "no layers": ('{"model": "deep", "observed": []}', ": layers", "is missing"),
    "no observed": ('{"model": "deep", "layers": [[[1]]]}', ": observed", "is missing"),
    "unknown key": (made_of()[:-1] + ', "step": 1}', ": 'step'", "not a key of a problem; the keys are model"),
    "misspelt key": ('{"model": "deep", "layer": [], "observed": []}', ": 'layer'", "not a key of a problem"),
    "key with a newline": ('{"a\\nb\\u001b": 1}', ": 'a\\nb\\x1b'", "not a key of a problem"),
    "long key": (f'{{"{"k" * 10**6}": 1}}', "", "not a key of a problem"),
    "unknown model": (made_of(model='"udx"'), ": model", "'udx' is not known; known models: deep"),
    "model null": (made_of(model="null"), ": model", "None is not known"),
    "model a list": (made_of(model="[[[[[[[[[[[[]]]]]]]]]]]]"), ": model", "is not known"),
    "layers empty": (made_of("[]"), ": layers", "non-empty list of matrices"),
    "layers null": (made_of("null"), ": layers", "non-empty list of matrices"),
    "layers a text": (made_of('"1"'), ": layers", "non-empty list of matrices"),
    "layers an object": (made_of("{}"), ": layers", "non-empty list of matrices"),
    "one matrix, not a list": (made_of("[[1, 2], [3, 4]]"), ": layers[0][0]", "row of numbers"),
    "layer null": (made_of("[null]"), ": layers[0]", "list of rows"),
    "layer empty": (made_of("[[]]"), ": layers[0]", "list of rows"),
    "layer a number": (made_of("[[[1]], 7]"), ": layers[1]", "list of rows"),
    "row empty": (made_of("[[[]]]"), ": layers[0][0]", "row of numbers"),
    "row a text": (made_of('[["12", "34"]]'), ": layers[0][0]", "row of numbers"),
    "row null": (made_of("[[[1], null]]"), ": layers[0][1]", "row of numbers"),
    "ragged rows": (made_of("[[[1, 2], [3]]]"), ": layers[0][1]", "has 1 numbers, row 0 has 2"),
    "ragged, longer": (made_of("[[[1], [2]], [[1, 2], [3, 4, 5]]]"), ": layers[1][1]", "has 3 numbers, row 0 has 2"),
    "shapes do not conform": (made_of("[[[1, 2]], [[1, 2], [3, 4]]]"), ": layers[1]", "W_2 is 2x2 and W_1 is 1x2"),
    "shapes first": (made_of("[[[1]], [[1, 2], [3, 4]]]"), ": layers[1]", "W_2 needs 1 columns"),
    "NaN": (made_of("[[[1, NaN], [0, 1]]]"), "", "holds NaN, which is no number"),
    "Infinity": (made_of("[[[1, Infinity], [0, 1]]]"), "", "holds Infinity"),
    "-Infinity": (made_of(observed="[[0, 0, -Infinity]]"), "", "holds -Infinity"),
    "NaN as text": (made_of('[[[1, "NaN"], [0, 1]]]'), ": layers[0][0][1]", "'NaN' is not a number"),
    "inf as text": (made_of(observed='[[0, 0, "inf"]]'), ": observed[0][2]", "'inf' is not a number"),
    "a word": (made_of('[[[1, "one"]]]'), ": layers[0][0][1]", "'one' is not a number; write"),
    "empty text": (made_of('[[[""]]]'), ": layers[0][0][0]", "'' is not a number"),
    "boolean": (made_of("[[[1, 2], [true, 4]]]"), ": layers[0][1][0]", "True is not a number"),
    "null entry": (made_of("[[[1, null]]]"), ": layers[0][0][1]", "None is not a number"),
    "object entry": (made_of("[[[1, {}]]]"), ": layers[0][0][1]", "is not an exact number"),
    "division by zero": (made_of('[[["1/0"]]]'), ": layers[0][0][0]", "divides by zero"),
    "absurd exponent": (made_of("[[[1e999999999]]]"), ": layers[0][0][0]", "is not a number"),
    "absurd exponent, short": (made_of("[[[-1e-999999]]]"), ": layers[0][0][0]", "absurdly large"),
    "absurdly long": (made_of(f"[[[{'9' * 10**6}]]]"), ": layers[0][0][0]", "1000000 characters"),
    "observed empty": (made_of(observed="[]"), ": observed", "is not a non-empty list"),
    "observed null": (made_of(observed="null"), ": observed", "is not a non-empty list"),
    "observed an object": (made_of(observed='{"0,0": 1}'), ": observed", "is not a non-empty list"),
    "observation of two": (made_of(observed="[[0, 0]]"), ": observed[0]", "is not [row, column, value]"),
    "observation of four": (made_of(observed="[[0, 0, 1], [0, 1, 1, 1]]"), ": observed[1]", "is not [row,"),
    "observation a number": (made_of(observed="[7]"), ": observed[0]", "is not [row, column, value]"),
    "observation a text": (made_of(observed='["001"]'), ": observed[0]", "is not [row, column, value]"),
    "row too large": (made_of(observed="[[2, 0, 1]]"), ": observed[0]", "row 2 is outside the 2x2"),
    "column too large": (
        made_of(observed="[[0, 0, 1], [0, 2, 1]]"),
        ": observed[1]",
        "columns are counted from 0 to 1",
    ),
    "row negative": (made_of(observed="[[-1, 0, 1]]"), ": observed[0]", "row -1 is outside"),
    "row huge": (made_of(observed="[[1e99999, 0, 1]]"), ": observed[0]", "is outside the 2x2"),
    "row fractional": (made_of(observed="[[0.5, 0, 1]]"), ": observed[0][0]", "not a whole number"),
    "column fractional": (made_of(observed="[[0, 1e-1, 1]]"), ": observed[0][1]", "not a whole number"),
    "row as text": (made_of(observed='[["0", 0, 1]]'), ": observed[0][0]", "'0' is not a whole number"),
    "row null index": (made_of(observed="[[null, 0, 1]]"), ": observed[0][0]", "not a whole number"),
    "row boolean": (made_of(observed="[[true, 0, 1]]"), ": observed[0][0]", "True is not a"),
    "row a list": (made_of(observed="[[[0], 0, 1]]"), ": observed[0][0]", "not a whole number"),
    "observed twice": (
        made_of(observed="[[0, 0, 1], [1, 1, 1], [0, 0, 1]]"),
        ": observed[2]",
        "(0, 0) is observed twice (see observed[0]); keep one",
    ),
    "value null": (made_of(observed="[[0, 0, null]]"), ": observed[0][2]", "None is not a number"),
    "value boolean": (made_of(observed="[[0, 0, false]]"), ": observed[0][2]", "False is not a number"),
    "value a list": (made_of(observed="[[0, 0, [1]]]"), ": observed[0][2]", "is not an exact number"),
}


def check_line(error: InputError, start: str) -> None:
    line = str(error)
    assert line.startswith(start)
    assert line.isprintable()  # one line, nothing that moves a cursor
    assert len(line) < 400
    assert error.mend
    assert line.endswith("; " + " ".join(error.mend.split()))


@pytest.mark.parametrize(("text", "place", "told"), BAD.values(), ids=BAD)
def test_a_bad_file_is_refused_in_one_line(tmp_path: Path, text: str, place: str, told: str) -> None:
    path = tmp_path / "problem.json"
    path.write_text(text, encoding="utf-8")
    began = time.perf_counter()
    with pytest.raises(InputError) as caught:
        load_problem(path)
    assert time.perf_counter() - began < 2
    check_line(caught.value, f"{path}{place}: ")
    assert told in str(caught.value)


def test_a_missing_file_and_a_directory(tmp_path: Path) -> None:
    for path, told in [
        (tmp_path / "none.json", "there is no such file"),
        (tmp_path / "none" / "problem.json", "there is no such file"),
        (tmp_path, "is a directory"),
    ]:
        with pytest.raises(InputError) as caught:
            load_problem(path)
        check_line(caught.value, f"{path}: {told}; ")


def test_a_path_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("{}")
    for name, told in [
        ("a\0b", "is not a path"),
        ("x" * 5000, "cannot be read"),
        ("file/problem.json", "cannot be read"),
    ]:
        with pytest.raises(InputError, match=told) as caught:
            load_problem(tmp_path / name)
        assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00", r"is not UTF-8 text \(byte 0\); save it as UTF-8"),
        (b'{"model": "\xff"}', r"is not UTF-8 text \(byte 11\)"),
        (EXAMPLE.encode("utf-16"), r"is not UTF-8 text"),
        (b"\x00" * 100, r"is not JSON"),
        (b"\x1f\x8b\x08\x00", r"is not UTF-8 text"),
    ],
)
def test_a_binary_file(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "problem.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=told) as caught:
        load_problem(path)
    check_line(caught.value, str(path))


def test_a_file_that_is_too_large_or_has_no_end(tmp_path: Path) -> None:
    path = tmp_path / "problem.json"
    with path.open("wb") as file:
        file.truncate(64 * 1024 * 1024 + 1)  # sparse
    for large in (path, Path("/dev/zero")):
        if large.exists():
            with pytest.raises(InputError, match="larger than 64 MiB") as caught:
                load_problem(large)
            check_line(caught.value, f"{large}: ")


def test_a_mapping_is_held_to_the_same_form() -> None:
    good: dict[str, Any] = json.loads(EXAMPLE)
    assert load_problem({**good, "observed": [(0, 0, Fraction(1)), (1, 1, Decimal(1))]}) == symmetric_family(2)
    for change, place, told in [
        ({"layers": [[[0.1]]]}, "layers[0][0][0]", "0.1 is a binary float"),
        ({"layers": [[[float("nan")]]]}, "layers[0][0][0]", "nan is a binary float"),
        ({"observed": [[0, 0, 0.5]]}, "observed[0][2]", "0.5 is a binary float"),
        ({"observed": [[0.0, 0, 1]]}, "observed[0][0]", "0.0 is not a whole number"),
        ({"observed": [[True, 0, 1]]}, "observed[0][0]", "True is not a number"),
        ({"observed": [[10**5000, 0, 1]]}, "observed[0]", "is outside the 2x2"),
        ({"model": 10**5000}, "model", "is not known"),
        ({17: 1}, "17", "is not a key"),
    ]:
        with pytest.raises(InputError) as caught:
            load_problem({**good, **change})  # type: ignore[dict-item]
        check_line(caught.value, f"problem: {place}: ")
        assert told in str(caught.value)


def test_every_truncation_is_refused() -> None:
    assert load_problem("p.json", text=EXAMPLE)
    for end in range(len(EXAMPLE)):
        with pytest.raises(InputError, match=r"^p\.json") as caught:
            load_problem("p.json", text=EXAMPLE[:end])
        check_line(caught.value, "p.json")


JUNK: list[Any] = [
    *(None, True, False, "", "x", "1/0", "nan", "1/3", -1, 0, 1, 2, 10**30, 0.5, 1e300, [], {}, [[]], [0, 0, 1]),
    *({"a": 1}, [[1]], [[["1"]]], "\u0661", "\ud800", "a\nb"),
]


def places(data: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield here
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield from places(value, (*here, key))


def replaced(data: Any, place: tuple[Any, ...], value: Any) -> Any:
    if not place:
        return value
    copy = dict(data) if isinstance(data, dict) else list(data)
    copy[place[0]] = replaced(data[place[0]], place[1:], value)
    return copy


def test_one_thing_wrong_anywhere_never_escapes() -> None:
    """Every node of a good file, replaced by every piece of junk: a problem, or one line that names the place."""
    good = json.loads(EXAMPLE)
    refused = 0
    for place in places(good):
        for junk in JUNK:
            text = json.dumps(replaced(good, place, junk))
            problem = error = None
            try:
                problem = load_problem("p.json", text=text)
            except InputError as refusal:
                error = refusal
            if problem is not None:
                assert load_problem(dump_problem(problem)) == problem
            if error is not None:
                refused += 1
                check_line(error, f"p.json: {place[0]}[" if len(place) > 1 else "p.json")
    assert refused > 500


documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["model", "layers", "observed"]) | st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(documents)
def test_no_document_escapes(data: Any) -> None:
    with pytest.raises(InputError) as caught:
        load_problem("p.json", text=json.dumps(data))
    check_line(caught.value, "p.json")
    if isinstance(data, dict):
        with pytest.raises(InputError) as caught:
            load_problem(data)
        check_line(caught.value, "problem")


@given(st.text(max_size=30) | st.text('{}[]":,0123456789.eE+-truefalsn \n', max_size=30))
def test_no_text_escapes(text: str) -> None:
    with pytest.raises(InputError) as caught:
        load_problem("p.json", text=text)
    assert str(caught.value).isprintable()


def test_read_json_keeps_numbers_as_written() -> None:
    data = read_json("x.json", text='{"a": [0.10, 1e5, -3, "s", null, true]}')
    assert data == {"a": ["0.10", "1e5", "-3", "s", None, True]}
    with pytest.raises(InputError, match=re.escape("x.json: the key 'a' stands twice")):
        read_json("x.json", text='[{"a": 1, "a": 1}]')
