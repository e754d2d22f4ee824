"""Witnesses and evidence as stored data: exact, read back as written, everything else refused."""

from __future__ import annotations

import json
import pickle
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.arithmetic import Ball, InputError
from verify.claims import (
    Assurance,
    Established,
    Evidence,
    Scope,
    Witness,
    read_json,
    read_witness,
    write_witness,
)
from verify.claims.plain import plain

WITNESS = Witness(
    claim="paper/claim",
    problem={"model": "deep", "layers": [[[Fraction(1, 3)]]], "observed": [[0, 0, 1]]},
    hypotheses=(Established(name="full rank", how="the determinant is 1/3"),),
    violates="the limit has rank 2",
    enclosed={"determinant": Ball(Fraction(1, 3), Fraction(1, 10**20))},
)

exact_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.fractions()
    | st.decimals(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=3), exact_values, min_size=1, max_size=3))
def test_exact_data_survive_the_way_through_json(data: dict[str, object]) -> None:
    witness = Witness(claim="c", problem=data, hypotheses=WITNESS.hypotheses, violates="x", enclosed=data)
    again = Witness.from_json(json.loads(json.dumps(witness.to_json())))
    assert again == witness
    assert again.digest == witness.digest
    assert plain(again.problem) == again.problem


def test_file_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "w.json"
    write_witness(WITNESS, path)
    again = read_witness(path)
    assert again == WITNESS
    assert again.problem["layers"] == [[["1/3"]]]
    assert Ball.from_json(again.enclosed["determinant"]).contains("1/3")
    assert pickle.loads(pickle.dumps(again)) == WITNESS


def test_what_is_stored_does_not_change_with_its_source() -> None:
    source: dict[str, Any] = {"a": [1]}
    witness = Witness(problem=source, hypotheses=WITNESS.hypotheses, violates="x")
    source["a"].append(2)
    assert witness.problem == {"a": [1]}


def test_digest_follows_the_content() -> None:
    assert WITNESS.digest != WITNESS.addressed_to("paper/claim", twin=True).digest
    assert WITNESS.addressed_to("paper/other", twin=True) == WITNESS  # already addressed


def test_large_integers_become_text() -> None:
    # Readers of JSON outside Python take numbers for floats.
    assert plain({"n": 2**60, "huge": 10**5000}) == {"n": str(2**60), "huge": "1" + "0" * 5000}
    assert plain(Fraction(10**5000, 3)) == "1" + "0" * 5000 + "/3"


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"a": [1, 0.5]}, r"data\.a\[1\]"),
        ({"a": {"b": float("nan")}}, r"data\.a\.b"),
        ({1: "x"}, "data"),
        ({"a": object()}, r"data\.a"),
        ({"a": b"bytes"}, r"data\.a"),
        ({"a": 1j}, r"data\.a"),
    ],
)
def test_what_is_not_exact_is_refused(value: object, place: str) -> None:
    with pytest.raises(InputError, match=rf"^{place}: "):
        plain(value)


def test_numbers_of_the_libraries_are_kept_exactly() -> None:
    import sympy
    from flint import fmpq

    assert plain([sympy.Rational(1, 3), sympy.sqrt(2), fmpq(1, 3)]) == ["1/3", "sqrt(2)", "1/3"]


@pytest.mark.parametrize("slack", [0.5, object()])
def test_slack_is_never_a_float(slack: Any) -> None:
    with pytest.raises(InputError, match="slack"):
        Evidence.supports(kind="k", assurance=Assurance.PROVED, scope=Scope.all("x"), detail="d", slack=slack)


def test_slack_is_exact_or_a_ball() -> None:
    def slack(value: Any) -> object:
        return Evidence.supports(
            kind="k", assurance=Assurance.PROVED, scope=Scope.all("x"), detail="d", slack=value
        ).to_json()["slack"]

    assert slack(Fraction(1, 3)) == "1/3"
    assert slack(2) == "2"
    assert slack(None) is None
    assert slack(Ball(Fraction(1, 2), Fraction(1, 4))) == {"mid": "0.5", "rad": "0.25"}


def bad_witness(**changes: Any) -> dict[str, Any]:
    """A stored witness with some entries replaced; None removes the entry."""
    data: dict[str, Any] = json.loads(json.dumps(WITNESS.to_json())) | changes
    return {key: value for key, value in data.items() if value is not None}


FULL = {"name": "n", "how": "h", "exact": True}


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ([], "is not a record"),
        ("text", "is not a record"),
        (bad_witness(extra=1), "'extra' is not known"),
        *((bad_witness(**{key: None}), f"'{key}' is missing") for key in WITNESS.to_json()),
        (bad_witness(schema="rankproof/witness/9"), "is not known"),
        (bad_witness(claim=""), "is not text"),
        (bad_witness(claim=3), "is not text"),
        (bad_witness(kind=[]), "is not text"),
        (bad_witness(violates=" "), "is not text"),
        (bad_witness(twin="no"), "neither true nor false"),
        (bad_witness(problem=[]), "is not a mapping"),
        (bad_witness(problem={}), "is empty"),
        (bad_witness(enclosed="x"), "is not a mapping"),
        (bad_witness(hypotheses={}), "is not a list"),
        (bad_witness(hypotheses=["x"]), "is not a record"),
        (bad_witness(hypotheses=[{"name": "n", "how": "h"}]), "'exact' is missing"),
        (bad_witness(hypotheses=[FULL | {"exact": "yes"}]), "neither true nor false"),
        (bad_witness(hypotheses=[FULL | {"name": ""}]), "is not text"),
        (bad_witness(hypotheses=[FULL, FULL]), "named twice"),
    ],
)
def test_bad_witnesses_are_refused(data: object, problem: str) -> None:
    with pytest.raises(InputError, match=problem) as caught:
        Witness.from_json(data, "w.json")
    assert str(caught.value).startswith("w.json")
    assert "\n" not in str(caught.value)


def test_a_float_in_a_witness_is_read_as_the_decimal_that_it_is(tmp_path: Path) -> None:
    path = tmp_path / "w.json"
    path.write_text(json.dumps(bad_witness(problem={"a": 0.1})), encoding="utf-8")
    assert read_witness(path).problem == {"a": "0.1"}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"{\n  1", r"line 2, column 3: not JSON"),
        (b'{"a": 1, "a": 2}', "'a' is given twice"),
        (b'{"a": NaN}', "NaN is not a number"),
        (b'{"a": -Infinity}', "-Infinity is not a number"),
        (b"\xff\xfe", "is not UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b"9" * 5000, "too many digits"),
    ],
)
def test_bad_json_is_refused(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "w.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=problem):
        read_json(path)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_json(tmp_path / "none.json")
    with pytest.raises(InputError, match="is a directory"):
        read_json(tmp_path)
    with pytest.raises(InputError, match="cannot be read"):
        read_json("a\0b")


def test_decimals_stay_exact(tmp_path: Path) -> None:
    path = tmp_path / "w.json"
    path.write_text("\ufeff[0.1, 1e-400]", encoding="utf-8")
    assert read_json(path) == [Decimal("0.1"), Decimal("1e-400")]
