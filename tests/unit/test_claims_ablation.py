"""A claim without one of its hypotheses: refuted, the hypothesis is needed; not refuted, nothing is said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from io import StringIO
from pathlib import Path

import jsonschema
import pytest

from verify.arithmetic import InputError, exact
from verify.claims import (
    Assurance,
    Claim,
    Established,
    Evidence,
    Report,
    Run,
    Scope,
    Verdict,
    Witness,
    claim,
    read_witness,
    report_schema,
    run_claims,
    write_witness,
)
from verify.report import make_console, markdown_summary, show_report
from verify.search import Hunt, run_hunt
from verify.search.entrywise import Assertion, Domain, at_least, entrywise_hunt

EVERY = Scope.all("numbers x")
POSITIVE, WHOLE, SMALL = "x > 0", "x is an integer, x < 9", "x < 9"


def given(x: Fraction, *names: str) -> Witness:
    established = tuple(Established(name=name, how=f"x = {x}") for name in names)
    return Witness(problem={"x": x}, kind="number", hypotheses=established, violates=f"x² < x at {x}")


def refutation(x: Fraction, *names: str) -> Evidence:
    return Evidence.refutes(
        kind="fractions",
        assurance=Assurance.PROVED,
        scope=Scope.instances(f"x = {x}"),
        detail=f"{x * x} < {x}",
        witness=given(x, *names),
    )


def squares() -> Claim:
    """x² ≥ x for positive integers below 9. That they are integers is needed, that they are positive is not."""

    @claim("numbers/squares", scope=EVERY, hypotheses=(POSITIVE, WHOLE))
    def it(run: Run) -> Evidence:
        """Statement: x² ≥ x."""
        return Evidence.supports(kind="by hand", assurance=Assurance.PROVED, scope=EVERY, detail="x(x − 1) ≥ 0")

    @it.without("x is an integer", hypotheses=(POSITIVE, SMALL))
    def _(run: Run) -> Evidence:
        assert run.without == "x is an integer"
        return refutation(Fraction(1, 2), POSITIVE, SMALL)

    @it.without(POSITIVE)
    def _(run: Run) -> Evidence:
        return Evidence.undecided(kind="by hand", scope=Scope.instances("x = -1"), detail="1 ≥ −1")

    @it.recheck
    def _(witness: Witness, run: Run) -> Evidence:
        assert run.without == witness.without
        x = exact(witness.problem["x"], "x")
        make = Evidence.refutes if x * (x - 1) < 0 else Evidence.supports
        return make(kind="factors", assurance=Assurance.PROVED, scope=Scope.instances("it"), detail="x(x − 1)")

    return it


def shown(report: Report) -> str:
    stream = StringIO()
    show_report(report, make_console(stream))
    return " ".join(stream.getvalue().split())  # whatever the width


def test_a_hypothesis_without_which_the_claim_fails_is_needed() -> None:
    report = run_claims([squares()])
    [result] = report
    assert (result.verdict, result.as_expected) == (Verdict.HOLDS, True)
    assert {name: result.needed(name) for name in (POSITIVE, WHOLE, "something else")} == {
        POSITIVE: False,
        WHOLE: True,
        "something else": None,
    }
    assert result.unneeded == (POSITIVE,)
    assert report.dropped == (2, 1)
    document = json.loads(json.dumps(report.to_json()))
    jsonschema.validate(document, report_schema())
    [entry] = document["results"]
    assert entry["hypotheses"] == [{"name": POSITIVE, "needed": False}, {"name": WHOLE, "needed": True}]
    assert [(one["dropped"], one["needed"]) for one in entry["ablations"]] == [
        ("x is an integer", True),
        (POSITIVE, False),
    ]
    assert entry["ablations"][0]["evidence"][0]["witness"]["without"] == "x is an integer"


def test_the_report_says_what_was_not_seen_to_be_needed() -> None:
    report = run_claims([squares()])
    out = shown(report)
    assert "Hypotheses not seen to be needed" in out
    assert "without 'x > 0': 1 ≥ −1" in out
    assert "without 'x is an integer': REFUTED: x² < x at 1/2" in out
    assert "1 of 2 dropped hypotheses seen to be needed" in out
    assert "1 of 2 dropped hypotheses seen to be needed" in markdown_summary(report)


def test_a_witness_without_a_hypothesis_never_refutes_the_claim_itself() -> None:
    """Nor does it another ablation: it is addressed to one variant."""
    whole = squares()
    loose = replace(given(Fraction(1, 2), POSITIVE, SMALL), claim=whole.slug, without="x is an integer")

    @claim("numbers/squares", scope=EVERY, hypotheses=(POSITIVE, WHOLE))
    def it(run: Run) -> Evidence:
        """Statement: x² ≥ x."""
        return replace(refutation(Fraction(1, 2), POSITIVE, SMALL), witness=loose)

    it.recheck(whole.rechecker)  # type: ignore[arg-type]
    [result] = run_claims([it])
    assert result.verdict is Verdict.UNDECIDED
    # the runner addresses what a check shows to the claim, and then a hypothesis is missing
    assert f"{WHOLE!r} was not established" in result.reason


def test_an_ablation_needs_the_remaining_hypotheses() -> None:
    it = squares()

    @it.without("x < 9", hypotheses=(POSITIVE, "x is an integer"))
    def _(run: Run) -> Evidence:
        return refutation(Fraction(1, 2), POSITIVE)

    [result] = run_claims([it])
    assert result.unneeded == (POSITIVE, "x < 9")
    assert "'x is an integer' was not established" in dict(result.ablations)["x < 9"].decision.reason


def test_what_the_docstring_states_can_be_dropped() -> None:
    """The names are short; the section of the docstring says all."""

    @claim("numbers/squares", scope=EVERY, hypotheses=(POSITIVE,))
    def it(run: Run) -> Evidence:
        """
        Statement: x² ≥ x.
        Hypotheses: x > 0; x is an integer.
        """
        return Evidence.supports(kind="by hand", assurance=Assurance.PROVED, scope=EVERY, detail="for the test")

    @it.without("x is an integer", hypotheses=(POSITIVE,))
    def _(run: Run) -> Evidence:
        return refutation(Fraction(1, 2), POSITIVE)

    it.recheck(squares().rechecker)  # type: ignore[arg-type]
    [result] = run_claims([it])
    assert dict(result.ablations)["x is an integer"].decision.verdict is Verdict.REFUTED
    assert result.needed(POSITIVE) is None


def test_a_failing_ablation_is_an_error_of_the_run() -> None:
    it = squares()

    @it.without("x < 9", hypotheses=(POSITIVE, "x is an integer"))
    def _(run: Run) -> Evidence:
        raise ZeroDivisionError("by hand")

    report = run_claims([it])
    [result] = report
    assert result.broken == ("x < 9",)
    assert not result.as_expected
    assert report.exit_code() == 1
    assert "without 'x < 9': the check failed: ZeroDivisionError: by hand" in shown(report)


def test_a_twin_may_be_the_claim_without_a_hypothesis() -> None:
    @claim("numbers/squares", scope=EVERY, hypotheses=(POSITIVE, SMALL))
    def it(run: Run) -> Evidence:
        """Statement: x² ≥ x."""
        return Evidence.supports(kind="by hand", assurance=Assurance.PROVED, scope=EVERY, detail="for the test")

    @it.negative_twin("without the bound", drops=SMALL)
    def _(run: Run) -> Evidence:
        return refutation(Fraction(1, 2), POSITIVE)

    it.recheck(squares().rechecker)  # type: ignore[arg-type]
    [result] = run_claims([it])
    assert result.as_expected
    assert result.needed(SMALL) is True
    assert result.needed(POSITIVE) is None
    assert result.to_json()["ablations"] == []  # the twin is told once
    with pytest.raises(InputError, match="drops 'x < 9' twice"):
        it.without(SMALL)(lambda run: None)


@pytest.mark.parametrize(
    ("drops", "options", "message"),
    [
        ("x is a prime", {}, "is none of its hypotheses"),
        (" ", {}, "is none of its hypotheses"),
        ("x < 9", {}, "is a part of a hypothesis; say what remains"),
    ],
)
def test_what_is_dropped_is_a_hypothesis(drops: str, options: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        squares().without(drops, **options)  # type: ignore[arg-type]


def test_the_dropped_hypothesis_is_stored_with_the_witness(tmp_path: Path) -> None:
    witness = given(Fraction(1, 2), POSITIVE).addressed_to("numbers/squares", twin=False, without=WHOLE)
    write_witness(witness, tmp_path / "w.json")
    assert read_witness(tmp_path / "w.json") == witness
    assert witness.of == f"numbers/squares without {WHOLE!r}"
    assert witness.digest != replace(witness, without="").digest
    for bad in (7, " "):
        with pytest.raises(InputError, match="without"):
            Witness.from_json(witness.to_json() | {"without": bad})


def hunted() -> Claim:
    it = squares()

    @it.hunt_without("x is an integer")
    def _(run: Run) -> Hunt:
        def refuted(data: object, failing: Assertion) -> Evidence:
            assert isinstance(data, dict)
            return refutation(data["x"], POSITIVE, SMALL)

        return entrywise_hunt(
            [Domain(name="x", box=[(0.01, 8.9)], build=lambda x: {"x": x[0]})],
            conclusion=lambda data: [at_least(data["x"] ** 2, data["x"])],
            refuted=refuted,
        )

    return it


def test_the_claim_without_a_hypothesis_is_hunted() -> None:
    report = run_hunt(hunted(), without="x is an integer", cases=2_000)
    assert report.refuted
    assert report.simplest is not None
    witness = report.simplest.find.witness
    assert (witness.without, witness.problem) == ("x is an integer", {"x": "1/2"})
    assert report.to_json()["without"] == "x is an integer"


@pytest.mark.parametrize(
    ("without", "message"),
    [("", "has no hunt"), (POSITIVE, "without 'x > 0': has no hunt"), ("nothing", "what can be dropped: x is an int")],
)
def test_what_is_not_hunted_is_said(without: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        run_hunt(hunted(), without=without)


def test_only_what_can_be_dropped_is_hunted() -> None:
    with pytest.raises(InputError, match="has no check without"):
        squares().hunt_without("x < 9")
    with pytest.raises(InputError, match="second hunt without"):
        hunted().hunt_without("x is an integer")(lambda run: None)


def test_stored_witnesses_are_replayed_for_their_own_variant(tmp_path: Path) -> None:
    """The witness makes the hypothesis needed, although the check itself finds nothing."""

    def found(run: Run) -> Iterator[Evidence]:
        yield from ()

    @claim("numbers/squares", scope=EVERY, hypotheses=(POSITIVE, WHOLE))
    def it(run: Run) -> Evidence:
        """Statement: x² ≥ x."""
        return Evidence.supports(kind="by hand", assurance=Assurance.PROVED, scope=EVERY, detail="for the test")

    it = replace(it, file=str(tmp_path / "claims.py"))
    it.without(WHOLE)(found)
    it.recheck(squares().rechecker)  # type: ignore[arg-type]
    [before] = run_claims([it])
    assert before.needed(WHOLE) is False
    (tmp_path / "witnesses").mkdir()
    witness = given(Fraction(1, 3), POSITIVE).addressed_to(it.slug, twin=False, without=WHOLE)
    write_witness(witness, tmp_path / "witnesses" / "w.json")
    [after] = run_claims([it])
    assert (after.verdict, after.needed(WHOLE)) == (Verdict.HOLDS, True)
