"""What people see: every verdict with its kind of evidence, at every width, in plain text where nobody looks."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from verify.claims import (
    Assurance,
    Claim,
    Decision,
    Established,
    Evidence,
    Examination,
    Registry,
    Report,
    Result,
    Run,
    Scope,
    Verdict,
    Witness,
    claim,
)
from verify.report import (
    make_console,
    show_claims,
    show_doctor,
    show_flow,
    show_limit,
    show_replays,
    show_report,
)

EVERY = Scope.all("depths, widths, starts")
WITNESS = Witness(
    claim="shin-yun-2026/literal",
    problem={"a": 1},
    hypotheses=(Established(name="coupled", how="K = 1"),),
    violates="the determinant of the limit is 0.46 ± 1e-30",
)
PROOF = Evidence.supports(kind="polynomial identity", assurance=Assurance.PROVED, scope=EVERY, detail="d")
BALLS = Evidence.supports(
    kind="ball arithmetic", assurance=Assurance.ENCLOSED, scope=Scope.instances("V01"), detail="d"
)
REFUTATION = Evidence.refutes(
    kind="certified limit",
    assurance=Assurance.ENCLOSED,
    scope=Scope.instances("C1"),
    detail="d",
    witness=WITNESS,
)


def result(slug: str, verdict: Verdict, **changes: object) -> Result:
    """A result with that verdict, as a check would have made it."""

    @claim(slug, scope=EVERY, paper="shin_yun_2026", number="Thm 3.3 (D7)")
    def made(run: Run) -> None:
        """Statement: x."""

    best = {Verdict.HOLDS: PROOF, Verdict.SUPPORTED: BALLS, Verdict.REFUTED: REFUTATION}.get(verdict)
    decision = Decision(
        verdict=verdict,
        reason=f"because of {slug}",
        assurance=best.assurance if best else None,
        scope=best.scope if best else None,
    )
    examination = Examination(decision=decision, evidence=(best,) if best else (), seconds=1.25)
    twin = Examination(decision=Decision(verdict=Verdict.REFUTED, reason="r"))
    made_result = replace(Result.of(made, examination), variant="signs flipped", twin=twin)
    return replace(made_result, **changes)  # type: ignore[arg-type]


ENVIRONMENT = {
    "python": "3.11.7",
    "ground_types": "flint",
    "profile": "quick",
    "digits": 30,
    "seed": 0,
    "seconds": 12.0,
}
LONG = "shin-yun-2026/depth-at-least-three-is-coupled-unless-it-starts-diagonally"


def report(*results: Result, unfinished: tuple[str, ...] = ()) -> Report:
    """A report of these results."""
    return Report(results=results, environment=ENVIRONMENT, unfinished=unfinished)


FULL = report(
    result("shin-yun-2026/kernel", Verdict.HOLDS),
    result(LONG, Verdict.SUPPORTED, expected=Verdict.SUPPORTED),
    result(
        "shin-yun-2026/literal", Verdict.REFUTED, expected=Verdict.REFUTED, literal_reading="abstract, sentence (b)"
    ),
    result("shin-yun-2026/open", Verdict.UNDECIDED),
    result("shin-yun-2026/failed", Verdict.ERROR),
    result(
        "shin-yun-2026/blind",
        Verdict.HOLDS,
        twin=Examination(decision=Decision(verdict=Verdict.UNDECIDED, reason="no witness was found")),
    ),
    result(
        "shin-yun-2026/old",
        Verdict.HOLDS,
        stale=("0123: no longer refutes: it holds",),
        uses=("shin-yun-2026/kernel", "shin-yun-2026/open", "elsewhere/lemma"),
    ),
    unfinished=("shin-yun-2026/left-out",),
)


def rendered(show: object, *args: object, width: int | None = None, monkeypatch: pytest.MonkeyPatch) -> str:
    """What `show` writes into a file."""
    monkeypatch.delenv("COLUMNS", raising=False)
    if width is not None:
        monkeypatch.setenv("COLUMNS", str(width))
    stream = io.StringIO()
    assert callable(show)
    show(*args, make_console(stream))
    return stream.getvalue()


@pytest.mark.parametrize("width", [80, 100, 140, 200])
def test_tables_fit_the_width_and_lose_nothing(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    text = rendered(show_report, FULL, width=width, monkeypatch=monkeypatch)
    assert max(map(len, text.splitlines())) <= max(width, len(LONG) + 4)
    table = text.split("Not as expected")[0]
    assert max(map(len, table.splitlines())) <= width
    for verdict in ("HOLDS", "SUPPORTED", "REFUTED", "UNDECIDED", "ERROR"):
        assert verdict in table
    for word in ("proved:", "enclosed:", "identity", "certified", "V01", "C1", "1.2"):
        assert word in table
    assert "…" not in table.replace("(shin-yun-2026/…)", "")


@pytest.mark.parametrize("width", [80, 100, 140])
def test_files_get_plain_text(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    text = rendered(show_report, FULL, width=width, monkeypatch=monkeypatch)
    assert "\x1b" not in text
    assert not set("✓✔✗☑") & set(text)  # never a bare tick


def test_without_a_terminal_there_are_100_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    text = rendered(show_report, FULL, monkeypatch=monkeypatch)
    assert max(map(len, text.splitlines())) == 100


def test_a_terminal_gets_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    for name in ("NO_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    stream = Terminal()
    show_report(FULL, make_console(stream))
    assert "\x1b[" in stream.getvalue()


def flat(text: str) -> str:
    """The text on one line."""
    return " ".join(text.split())


def test_what_deserves_a_sentence_gets_one(monkeypatch: pytest.MonkeyPatch) -> None:
    text = flat(rendered(show_report, FULL, monkeypatch=monkeypatch))
    for sentence in (
        "shin-yun-2026/open: expected HOLDS, is UNDECIDED: because of shin-yun-2026/open",
        "shin-yun-2026/failed: expected HOLDS, is ERROR",
        "shin-yun-2026/blind: its negative twin (signs flipped) is UNDECIDED, not REFUTED: no witness was found",
        "shin-yun-2026/old: 0123: no longer refutes",
        "Rest on claims that do not hold shin-yun-2026/old: shin-yun-2026/open is UNDECIDED Stored",
        "literal †",
        "† Read literally shin-yun-2026/literal: abstract, sentence (b)",
        f"Supported, not decided {LONG}: because of",
        "7 claims: 3 HOLDS, 1 SUPPORTED, 1 REFUTED, 1 UNDECIDED, 1 ERROR; 3 not as expected; "
        "6 of 7 negative twins refuted.",
        "Interrupted; not checked: shin-yun-2026/left-out",
    ):
        assert sentence in text


def test_a_run_as_expected_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    text = rendered(show_report, report(result("a", Verdict.HOLDS)), monkeypatch=monkeypatch)
    assert "1 claim: 1 HOLDS; all as expected; 1 of 1 negative twin refuted." in text
    assert "Not as expected" not in text
    alone = rendered(show_report, report(result("a", Verdict.HOLDS, twin=None)), monkeypatch=monkeypatch)
    assert "no negative twins" in alone
    assert "no claim was decided" in rendered(show_report, report(), monkeypatch=monkeypatch)


def test_brackets_in_claims_are_no_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    odd = result("a/b", Verdict.ERROR, number="[red]7[/red]")
    text = rendered(show_report, report(odd), width=200, monkeypatch=monkeypatch)
    assert "[red]7[/red]" in text


@pytest.mark.parametrize("width", [80, 100, 140])
def test_list_of_claims(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def named(slug: str, *, literal: bool = False) -> Claim:
        @claim(slug, scope=EVERY, paper="p", number="D1", kinds=("exact", "balls"), literal_reading=literal)
        def full_rank_at_every_scale(run: Run) -> None:
            """Statement: x."""

        return full_rank_at_every_scale

    claims = Registry((named(LONG), named("other/claim", literal=True)))
    text = rendered(show_claims, claims, width=width, monkeypatch=monkeypatch)
    assert max(map(len, text.splitlines())) <= width
    assert "exact, balls" in text
    assert "† literal reading" in text
    assert "2 claims." in text


# --- answers of the engines ----------------------------------------------------------------------------------------

BALL = {"mid": "0.9993863187840679", "rad": "1.4e-33"}
FLOW = {
    "time": "1/128",
    "digits": 30,
    "layers": [[["0.1", "0.2"], ["0.3", "0.4"]]],
    "product": [["0.1", "0.2"], ["0.3", "0.4"]],
    "radius": None,
    "balancedness_drift": "5e-48",
    "steps": 2,
    "seconds": 0.1,
}
LIMIT = {
    "converged": True,
    "product": [[BALL, {"mid": "1", "rad": "0"}]],
    "residual": BALL,
    "distance_bound": BALL,
    "singular_values": [BALL, BALL],
    "stable_rank": BALL,
    "rank_at_least": 2,
    "determinant": None,
    "certificate": {"time": "34.5", "kernel_at_least": "2.5"},
    "time": "34.5",
    "steps": 48,
    "seconds": 2.1,
}


def test_a_flow_says_whether_it_is_enclosed(monkeypatch: pytest.MonkeyPatch) -> None:
    text = rendered(show_flow, FLOW, monkeypatch=monkeypatch)
    assert "State at time 1/128 (approximate, no error bound)" in text
    assert "  0.1   0.2" in text
    enclosed = FLOW | {"product": [[BALL, BALL]], "layers": [[[BALL, BALL]]], "radius": "2e-43"}
    text = rendered(show_flow, enclosed, monkeypatch=monkeypatch)
    assert "(enclosed)" in text
    assert "0.9993863187840679 ± 1.4e-33" in text
    assert "2e-43" in text


def test_rows_that_do_not_fit_are_written_entry_by_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    row = ["0." + "1" * 60, "0." + "2" * 60]
    text = rendered(show_flow, FLOW | {"product": [row], "layers": []}, monkeypatch=monkeypatch)
    assert "  [0,0]  0.1" in text
    assert "  [0,1]  0.2" in text


def test_digits_are_never_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    digits = "0." + "1234567890" * 30
    text = rendered(show_flow, FLOW | {"product": [[digits]], "layers": []}, width=80, monkeypatch=monkeypatch)
    assert digits in text.replace("\n", "").replace(" ", "")


def test_a_certified_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    text = rendered(show_limit, LIMIT, monkeypatch=monkeypatch)
    assert "Limit, certified" in text
    assert "singular value 2  0.9993863187840679 ± 1.4e-33" in text
    assert "kernel at least" in text
    assert "determinant" not in text


def test_a_limit_that_is_not_certified_shows_no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = LIMIT | {"certificate": None, "converged": False, "reason": "the kernel is singular"}
    text = rendered(show_limit, refused, monkeypatch=monkeypatch)
    assert text.startswith("not certified: the kernel is singular")
    assert "singular value" not in text
    assert "product" not in text


def test_replays(monkeypatch: pytest.MonkeyPatch) -> None:
    other = replace(WITNESS, twin=True)
    text = flat(
        rendered(show_replays, [("a.json", WITNESS, REFUTATION), ("b.json", other, PROOF)], monkeypatch=monkeypatch)
    )
    assert "a.json: still refutes shin-yun-2026/literal" in text
    assert "enclosed by certified limit" in text
    assert "b.json: no longer refutes the negative twin of shin-yun-2026/literal" in text


def test_doctor(monkeypatch: pytest.MonkeyPatch) -> None:
    data = {
        "environment": {"python": "3.11", "sympy": None},
        "tools": [{"name": "coqc", "use": "checks exported proofs", "path": None}],
        "tests": [
            {"name": "numeric", "question": "q", "passed": True, "problem": None, "seconds": 0.1},
            {"name": "rigorous", "question": "q", "passed": False, "problem": "boom", "seconds": 0.1},
        ],
        "healthy": False,
    }
    text = flat(rendered(show_doctor, data, monkeypatch=monkeypatch))
    for part in ("sympy not installed", "coqc not found", "answers rightly", "FAILED: boom", "does not work"):
        assert part in text
