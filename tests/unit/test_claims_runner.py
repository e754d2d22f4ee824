"""A run keeps going whatever a check does, and its report says everything that was found."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from verify.arithmetic import InputError
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
    load_file,
    replay,
    report_schema,
    run_claims,
    write_witness,
)
from verify.claims.claim import Check

EVERY = Scope.all("starts")
PROOF = Evidence.supports(kind="identity", assurance=Assurance.PROVED, scope=EVERY, detail="both sides agree")
WITNESS = Witness(problem={"a": "1/2"}, hypotheses=(Established(name="h", how="exactly"),), violates="it fails at 1/2")
REFUTATION = Evidence.refutes(
    kind="evaluation", assurance=Assurance.PROVED, scope=Scope.instances("1/2"), detail="fails", witness=WITNESS
)
AGAIN = Evidence.refutes(
    kind="another path", assurance=Assurance.ENCLOSED, scope=Scope.instances("1/2"), detail="fails as well"
)


def make(
    found: object,
    *,
    slug: str = "test/claim",
    twin: object = None,
    recheck: Evidence | Callable[[Witness, Run], Evidence] | None = AGAIN,
    **options: Any,
) -> Claim:
    """A claim whose checks find what they are told to find; exceptions are raised, functions are called."""

    def check_for(finding: object) -> Check:
        def check(run: Run) -> Iterable[Evidence]:
            """Statement: something."""
            if isinstance(finding, BaseException):
                raise finding
            return finding(run) if callable(finding) else finding  # type: ignore[return-value]

        return check

    made = claim(slug, **{"scope": EVERY, **options})(check_for(found))
    if twin is not None:
        made.negative_twin("false variant")(check_for(twin))
    if recheck is not None:
        made.recheck(recheck if callable(recheck) else lambda witness, run: recheck)
    return made


def run(*claims: Claim, **options: Any) -> Report:
    """The report, which always satisfies its schema."""
    report = run_claims(claims, **options)
    document = json.loads(json.dumps(report.to_json(), allow_nan=False))
    jsonschema.validate(document, report_schema(), cls=jsonschema.Draft202012Validator)
    return report


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(report_schema())


def test_the_schema_refuses_floats_for_mathematical_numbers() -> None:
    report = run(make([PROOF]))
    document: Any = json.loads(json.dumps(report.to_json()))
    for key, value in (("slack", 0.5), ("data", {"a": 0.5})):
        broken = json.loads(json.dumps(document))
        broken["results"][0]["evidence"][0][key] = value
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(broken, report_schema(), cls=jsonschema.Draft202012Validator)


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        ([PROOF], Verdict.HOLDS),
        (PROOF, Verdict.HOLDS),
        (lambda run: iter([PROOF]), Verdict.HOLDS),
        (None, Verdict.UNDECIDED),
        ([], Verdict.UNDECIDED),
        ([REFUTATION], Verdict.REFUTED),
        ([PROOF, REFUTATION], Verdict.ERROR),
        ([PROOF, "yes"], Verdict.ERROR),
        (True, Verdict.ERROR),
        (ZeroDivisionError("boom"), Verdict.ERROR),
        (RecursionError(), Verdict.ERROR),
        (SystemExit(0), Verdict.ERROR),
        (InputError("layers", "do not conform", "mend them"), Verdict.ERROR),
    ],
)
def test_whatever_a_check_does_the_run_goes_on(found: object, verdict: Verdict) -> None:
    report = run(make(found, slug="test/odd"), make([PROOF], slug="test/after"))
    assert report["test/odd"].verdict is verdict
    assert report["test/after"].verdict is Verdict.HOLDS


def test_an_exception_keeps_its_traceback_and_what_was_found_before() -> None:
    def check(run: Run) -> Iterator[Evidence]:
        yield PROOF
        raise ValueError("two\nlines")

    result = run(make(check))["test/claim"]
    assert result.reason == "the check failed: ValueError: two lines"
    assert result.examination.failure is not None
    assert "Traceback" in result.examination.failure
    assert [item.kind for item in result.examination.evidence] == ["identity"]


def test_pieces_of_evidence_are_timed() -> None:
    result = run(make([PROOF, replace(PROOF, seconds=7.0)]))["test/claim"]
    first, other = result.examination.evidence
    assert first.seconds is not None
    assert other.seconds == 7.0


# --- witnesses and rechecks ----------------------------------------------------------------------------------------


def test_the_recheck_sees_only_what_would_be_stored() -> None:
    seen: list[Witness] = []

    def look(witness: Witness, run: Run) -> Evidence:
        seen.append(witness)
        return AGAIN

    result = run(make([REFUTATION], recheck=look))["test/claim"]
    (item,) = result.examination.evidence
    assert item.witness is not None
    assert seen == [item.witness]
    assert seen[0] is not item.witness
    assert (seen[0].claim, seen[0].twin) == ("test/claim", False)
    assert result.to_json()["evidence"][0]["recheck"]["kind"] == "another path"  # type: ignore[index]


@pytest.mark.parametrize(
    ("recheck", "verdict"),
    [
        (AGAIN, Verdict.REFUTED),
        (None, Verdict.UNDECIDED),
        (replace(AGAIN, assurance=Assurance.SAMPLED), Verdict.UNDECIDED),
        (Evidence.supports(kind="k", assurance=Assurance.PROVED, scope=EVERY, detail="holds"), Verdict.UNDECIDED),
        (lambda witness, run: None, Verdict.ERROR),
        (lambda witness, run: 1 / 0, Verdict.ERROR),
    ],
)
def test_only_a_recheck_that_confirms_refutes(recheck: Any, verdict: Verdict) -> None:
    assert run(make([REFUTATION], recheck=recheck))["test/claim"].verdict is verdict


def test_a_witness_of_another_claim_is_not_taken_over() -> None:
    borrowed = replace(REFUTATION, witness=replace(WITNESS, claim="test/other"))
    result = run(make([borrowed]))["test/claim"]
    assert result.verdict is Verdict.UNDECIDED
    assert "test/other" in result.reason


# --- expectations --------------------------------------------------------------------------------------------------

UNSURE = Evidence.undecided(kind="k", scope=EVERY, detail="too hard")
SAMPLE = Evidence.supports(kind="k", assurance=Assurance.SAMPLED, scope=Scope.instances("9"), detail="d")
EMPTY = Evidence.vacuous(kind="k", scope=EVERY, detail="none")
FINDINGS: dict[Verdict, object] = {
    Verdict.HOLDS: [PROOF],
    Verdict.SUPPORTED: [SAMPLE],
    Verdict.REFUTED: [REFUTATION],
    Verdict.UNDECIDED: [UNSURE],
    Verdict.VACUOUS: [EMPTY],
    Verdict.ERROR: ZeroDivisionError(),
}
WELCOME = {(verdict, verdict) for verdict in Verdict} | {(Verdict.SUPPORTED, Verdict.HOLDS)}
OPEN = {(Verdict.HOLDS, Verdict.UNDECIDED), (Verdict.SUPPORTED, Verdict.UNDECIDED)}


@pytest.mark.parametrize("expected", [Verdict.HOLDS, Verdict.SUPPORTED, Verdict.REFUTED, Verdict.UNDECIDED])
@pytest.mark.parametrize("got", Verdict)
def test_exit_codes(expected: Verdict, got: Verdict) -> None:
    report = run(make(FINDINGS[got], expects=expected, twin=[REFUTATION]))
    assert report["test/claim"].verdict is got
    codes = (report.exit_code(), report.exit_code(strict=True))
    if (expected, got) in WELCOME:
        assert codes == (0, 0)
        assert report.as_expected
    else:
        assert codes == ((0, 2) if (expected, got) in OPEN else (1, 1))
        assert not report.as_expected


@pytest.mark.parametrize("got", Verdict)
def test_a_twin_that_is_not_refuted_is_a_failure(got: Verdict) -> None:
    report = run(make([PROOF], twin=FINDINGS[got]))
    assert report["test/claim"].verdict is Verdict.HOLDS
    assert report.as_expected is (got is Verdict.REFUTED)
    assert report.exit_code() == (0 if got is Verdict.REFUTED else 1)


def test_a_claim_without_a_twin_says_so() -> None:
    report = run(make([PROOF]))
    assert report["test/claim"].to_json()["negative_twin"] is None
    assert report.as_expected


# --- stored witnesses ----------------------------------------------------------------------------------------------

FILE = '''
from verify.claims import *

EVERY = Scope.all("starts")

@claim("mine/one", scope=EVERY)
def one(run):
    """Statement: x."""
    for witness in run.stored:
        assert (witness.claim, witness.twin) == ("mine/one", False)
    yield Evidence.supports(kind="k", assurance=Assurance.SAMPLED, scope=Scope.instances(str(run.digits)), detail="d")

@one.recheck
def again(witness, run):
    if witness.problem["a"] == "broken":
        raise Exception("unreadable")
    make = Evidence.refutes if witness.problem["a"] == "1/2" else Evidence.supports
    return make(kind="r", assurance=Assurance.PROVED, scope=Scope.instances("w"), detail="looked again")

@claim("mine/two", scope=EVERY)
def two(run):
    """Statement: y."""
    import os
    yield Evidence.supports(kind=str(os.getpid()), assurance=Assurance.PROVED, scope=EVERY, detail=run.profile)
'''


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder with a claim file and an empty folder for its witnesses."""
    path, modules = list(sys.path), set(sys.modules)
    (tmp_path / "witnesses").mkdir()
    (tmp_path / "my_claims.py").write_text(FILE, encoding="utf-8")
    yield tmp_path
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        if name.startswith("rankproof_claims_of_"):
            del sys.modules[name]


def test_a_stored_witness_refutes_again(folder: Path) -> None:
    write_witness(replace(WITNESS, claim="mine/one"), folder / "witnesses" / "1.json")
    write_witness(replace(WITNESS, claim="mine/other"), folder / "witnesses" / "2.json")
    result = run(*load_file(folder / "my_claims.py"))["mine/one"]
    assert result.verdict is Verdict.REFUTED
    assert [item.kind for item in result.examination.evidence] == ["k", "replay"]
    assert result.stale == ()


def test_a_stored_witness_that_no_longer_refutes_is_stale(folder: Path) -> None:
    write_witness(replace(WITNESS, claim="mine/one", problem={"a": "1/3"}), folder / "witnesses" / "1.json")
    report = run(*load_file(folder / "my_claims.py").select(["mine/one"]))
    result = report["mine/one"]
    assert result.verdict is Verdict.SUPPORTED
    assert "looked again" in result.stale[0]
    expected = replace(result, expected=Verdict.SUPPORTED)
    report = replace(report, results=(expected,))
    assert (report.exit_code(), report.exit_code(strict=True)) == (0, 2)


def test_an_unreadable_stored_witness_is_an_error(folder: Path) -> None:
    (folder / "witnesses" / "1.json").write_text("{", encoding="utf-8")
    result = run(*load_file(folder / "my_claims.py"))["mine/one"]
    assert result.verdict is Verdict.ERROR
    assert "1.json, line 1" in result.reason


def test_replay(folder: Path) -> None:
    one, two = load_file(folder / "my_claims.py")
    assert replay(one, replace(WITNESS, claim="mine/one")).detail == "looked again"
    with pytest.raises(InputError, match="belongs to"):
        replay(two, replace(WITNESS, claim="mine/one"))
    with pytest.raises(InputError, match="no recheck"):
        replay(two, replace(WITNESS, claim="mine/two"))


# --- the run -------------------------------------------------------------------------------------------------------


def test_processes_make_no_difference_but_the_process(folder: Path) -> None:
    import os

    claims = (*load_file(folder / "my_claims.py"), make([PROOF], slug="test/here"))  # the last cannot travel
    serial, parallel = (run(*claims, profile="full", digits=17, jobs=jobs) for jobs in (1, 2))
    assert [one.slug for one in parallel] == [one.slug for one in serial] == ["mine/one", "mine/two", "test/here"]
    assert [one.verdict for one in parallel] == [one.verdict for one in serial]
    assert parallel["mine/one"].examination.evidence[0].scope == Scope.instances("17")
    assert parallel["mine/two"].examination.evidence[0].detail == "full"
    assert parallel["mine/two"].examination.evidence[0].kind != str(os.getpid())


@pytest.mark.parametrize("twin", [False, True])
def test_an_interrupt_keeps_what_was_decided(twin: bool) -> None:
    stop: dict[str, Any] = {"found": [PROOF], "twin": KeyboardInterrupt()} if twin else {"found": KeyboardInterrupt()}
    report = run(make([PROOF], slug="test/a"), make(slug="test/b", **stop), make([PROOF], slug="test/c"))
    assert [one.slug for one in report] == ["test/a"]
    assert report.unfinished == ("test/b", "test/c")
    assert not report.as_expected
    assert report.exit_code(strict=True) == 2


def test_progress_runs_from_start_to_end() -> None:
    told: list[tuple[float, str]] = []

    def check(run: Run) -> Evidence:
        run.progress(0.5, "half")
        run.progress(9, "")
        return PROOF

    run(
        make(check, slug="test/a", twin=check),
        make([PROOF], slug="test/b"),
        progress=lambda fraction, message: told.append((fraction, message)),
    )
    fractions = [fraction for fraction, _ in told]
    assert fractions == sorted(fractions)
    assert (fractions[0], fractions[-1]) == (0, 1)
    assert (0.125, "test/a: half") in told


def test_the_environment_is_recorded() -> None:
    environment = run(make([PROOF]), digits=12, seed=7, profile="nightly").environment
    assert (environment["digits"], environment["seed"], environment["profile"]) == (12, 7, "nightly")
    assert environment["ground_types"] == "flint"
    assert environment["packages"]["sympy"]  # type: ignore[index]


@pytest.mark.parametrize("options", [{"jobs": 0}, {"jobs": True}, {"digits": 0}, {"profile": "x"}])
def test_options_out_of_range_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        run_claims([make([PROOF])], **options)


def test_slugs_used_twice_are_refused() -> None:
    with pytest.raises(InputError, match="used twice"):
        run_claims([make([PROOF]), make([PROOF])])


def test_no_claims_make_an_empty_report() -> None:
    report = run(jobs=2)
    assert len(report) == 0
    with pytest.raises(KeyError):
        report["x"]
