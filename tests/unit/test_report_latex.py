"""What goes into a paper: fragments, widths, sentences, values, references; and that all of it compiles."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.arithmetic import Ball, InputError, exact
from verify.claims import Claim, installed_claims
from verify.report.bibliography import bibliography, bibtex, entries
from verify.report.html import html_report
from verify.report.latex import claims, derivation_files, report_files, verdicts, write_files
from verify.report.prose import plain_tex, tex
from verify.report.values import claim_values, number_tex, values_file
from verify.symbolic import TOPICS, Derivation, DerivationError, Step, derive
from verify.symbolic.checks import Identity, Rationals
from verify.symbolic.expressions import Relation, Sym
from verify.symbolic.latex import MACROS, fragment, prose
from verify.symbolic.layout import WIDEST, display
from verify.symbolic.widths import width

NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
PDFLATEX = pytest.mark.skipif(
    shutil.which("pdflatex") is None or shutil.which("bibtex") is None, reason="no pdflatex or no bibtex"
)


def compiled(folder: Path) -> str:
    """The log of a document that was typeset until its references stand."""
    for command in ("pdflatex", "bibtex", "pdflatex", "pdflatex", "pdflatex"):
        options = ["-terse"] if command == "bibtex" else ["-interaction=nonstopmode", "-halt-on-error"]
        ran = subprocess.run([command, *options, "main"], cwd=folder, capture_output=True, check=False)
        assert ran.returncode == 0, ran.stdout.decode(errors="replace")[-2000:]
    return (folder / "main.log").read_text(encoding="utf-8", errors="replace")


def warnings(log: str) -> list[str]:
    return re.findall(r"^(?:!|Overfull|Underfull).*|.*Warning.*", log, re.MULTILINE)


def small_report(**changes: Any) -> dict[str, Any]:
    """A report of one claim, in its JSON form."""
    scope = {"level": "instances", "names": ["V03"], "text": "instance V03"}
    ball = {"mid": "0.000354684911827436725484448584614", "rad": "3.44e-28"}
    result = {
        "slug": "mine/limit-exists", "paper": "nobody_2020", "number": "Thm 3", "title": "depth ≥ 3 & 50% more",
        "statement": "for L ≥ 3 the limit has τ₁^L + (n−1)τ₂^L = nsw, as α → 0.", "literal_reading": None,
        "claim_scope": scope, "expected": "REFUTED", "as_expected": True, "verdict": "REFUTED",
        "assurance": "ENCLOSED", "scope": scope, "reason": "a witness", "seconds": 1.0, "failure": None,
        "hypotheses": [{"name": "member with 1 < m < infinity", "needed": True}], "parts": [], "kinds": [],
        "uses": ["mine/other"], "stale": [],
        "negative_twin": {"variant": "with m = ∞", "drops": "m < infinity", "refuted": True},
        "ablations": [
            {"dropped": "1 < m", "needed": True, "reason": "at m = 1/2 it is <= 0"},
            {"dropped": "member", "needed": False, "reason": "none was found"},
        ],
        "evidence": [
            {
                "kind": "ball arithmetic", "assurance": "ENCLOSED", "scope": scope, "outcome": "REFUTES", "part": "",
                "detail": "σ = 2.5e-10 ± 1e-20", "instances": None, "slack": ball, "seconds": 1.0,
                "data": {"steps": 12, "word": "x"},
                "witness": {
                    "violates": "W has rank 2", "hypotheses": [{"name": "member", "how": "by its data", "exact": True}],
                    "enclosed": {"det W(∞)": ball, "entry": "1/10000", "list": ["1", ball]},
                },
            }
        ],
    }  # fmt: skip
    environment = {"profile": "quick", "digits": 30, "seed": 0, "python": "3.11", "packages": {"rankproof": "0.1.0"}}
    schema = "rankproof/report/1"
    return {"schema": schema, "environment": environment, "results": [result | changes], "unfinished": []}


def stated(claim: Claim, like: dict[str, Any]) -> dict[str, Any]:
    """What a claim says of itself, with the findings of another."""
    names, scope = claim.stated_hypotheses, claim.scope.to_json()
    return like | {
        "slug": claim.slug, "paper": claim.paper, "number": claim.number, "title": claim.title,
        "statement": claim.statement, "scope": scope, "claim_scope": scope, "uses": list(claim.uses),
        "hypotheses": [{"name": name, "needed": None} for name in names],
        "negative_twin": {"variant": claim.twin.variant if claim.twin else "", "drops": None, "refuted": True},
        "ablations": [{"dropped": one.drops, "needed": True, "reason": "so it is"} for one in claim.ablations],
    }  # fmt: skip


# --- fragments


def test_fragment_of_a_small_derivation() -> None:
    x, y, e = Sym("x"), Sym("y"), Sym("e", r"\varepsilon", "ε")
    given = Relation(x, y)
    steps = (
        Step(r"By hypothesis $x=y$, so", "substitution", Identity(Rationals(("x", "y")), (Relation(2 * x, x + y),),
             given=((given, Sym("one")),), definitions=(("one", _one()),))),
        Step("and", "the same", Identity(Rationals(("x", "y", "e")), (Relation(2 * x * e, (x + y) * e),),
             given=((Relation(2 * x, x + y), e),))),
    )  # fmt: skip
    made = Derivation(
        "tiny", "A tiny one", r"If $x=y$, then $2x\varepsilon=(x+y)\varepsilon$", "all numbers", steps, (given,)
    )
    assert (
        fragment(made)
        == r"""% tiny: by verify derive tiny --format latex. Needs rankproof-macros.tex.
\begin{rpstatement}{A tiny one}\label{topic:tiny}
If $x=y$, then $2x\varepsilon=(x+y)\varepsilon$.
\end{rpstatement}
\begin{rpproof}
What is assumed:
\begin{align*}
  x &= y \tag{A1}
\end{align*}
\rpstep{tiny:1} By hypothesis $x=y$, so
\begin{align*}
  2 x &= x + y
\end{align*}
\rpreason{substitution; from (A1).}
\rpstep{tiny:2} and
\begin{align*}
  2 x \varepsilon &= (x + y) \varepsilon
\end{align*}
\rpreason{the same; from step~\ref{step:tiny:1}.\qedhere}
\end{rpproof}
\rpnote{Scope}{all numbers.}
\rpnote{Checked by machine}{every step when it was made (2 by rational).}
"""
    )


def _one() -> Any:
    from verify.symbolic.checks import Formula
    from verify.symbolic.expressions import formula

    return Formula(formula(1))


def test_what_is_displayed_is_told_with_its_support() -> None:
    told = derive("stable-rank")
    supports = told.supports()
    assert supports[2].steps == (2,)  # (E1) and the step before
    assert supports[2].hypotheses == (2,)
    assert [relation.text() for relation in supports[2].bounds] == ["L ≥ 3", "n ≥ 2"]
    text = fragment(told)
    assert r"from step~\ref{step:stable-rank:2} and (A2); for $L \ge 3$, $n \ge 2$." in text
    assert "from step 2 and hypothesis 2; for L ≥ 3, n ≥ 2]" in told.to_text(width=300)


def test_symbols_look_like_themselves_alone() -> None:
    step = derive("first-integrals").steps[0]
    a, twin, other = Sym("a"), Sym("b", "a", "a"), Sym("a", "A", "A")
    for clash in (twin, other):
        check = Identity(Rationals(("a", "b")), (Relation(a + clash, clash + a),))
        with pytest.raises(DerivationError, match="written"):
            Derivation("t", "t", "t", "t", (step, Step("c", "r", check)))


def test_topics_refer_to_each_other() -> None:
    assert prose("so (topic stable-rank)") == r"so (\rptopicref{stable-rank})"
    assert prose("topics stable-rank and rank-one") == r"\rptopicref{stable-rank} and \rptopicref{rank-one}"
    assert prose("this topic is none") == "this topic is none"


def test_wide_formulas_of_sentences_are_displayed() -> None:
    formula = "$" + "+".join(f"a_{{{k}}}" for k in range(40)) + "=0$"
    shown = prose(f"If {formula}, then", room=16)
    assert shown.startswith("If \n\\begin{align*}")
    assert shown.endswith("\nthen")
    assert max(width(line) for line in re.findall(r"&(.*?)(?:\\\\|\n)", shown)) <= 32
    assert prose(f"{formula}", room=16).startswith("We have\n")


# --- widths


@pytest.mark.parametrize(
    ("latex", "em"),
    [
        ("n", 0.600), ("W", 1.083), ("12", 1.0), (r"a+b", 0.529 + 0.429 + 0.778 + 4 / 9),
        (r"\frac{\mathrm{d}}{\mathrm{d}t} x", 2.06), (r"z^{-L/(L - 2)} + (n - 1) y^{-L/(L - 2)} - n s w", 16.1),
        (r"\sum_{l=1}^{L} a_{l}", 2.6), (r"\begin{pmatrix}a&b\\c&d\end{pmatrix}", 3.6),
        (r"\left(\frac{m}{m - 1}\right)^{2}", 4.6), (r"\langle\nabla w_{ij},\nabla w_{pq}\rangle", 6.2),
    ],
)  # fmt: skip
def test_widths_are_those_of_the_font(latex: str, em: float) -> None:
    """Each figure was measured with TeX at 10 point."""
    assert width(latex) == pytest.approx(em, rel=0.12)


@PDFLATEX
def test_widths_are_never_much_too_small(tmp_path: Path) -> None:
    """All displayed formulas of some topics, set by TeX in three sizes: none is wider than was thought."""
    formulas = [
        relation.latex()
        for topic in ("stable-rank", "coupling-in-family", "end-to-end", "depth-two-closed-form")
        for step in derive(topic).steps
        for relation in step.relations
    ]
    for size, quad in (("10pt", 10.00002), ("11pt", 10.95003), ("12pt", 12.00003)):
        boxes = "".join(rf"\setbox0\hbox{{$\displaystyle {latex}$}}\typeout{{W:\the\wd0}}" + "\n" for latex in formulas)
        text = rf"\documentclass[{size}]{{article}}\usepackage{{amsmath}}\begin{{document}}" + boxes
        (tmp_path / "w.tex").write_text(text + r"\end{document}", encoding="utf-8")
        ran = subprocess.run(
            ["pdflatex", "-interaction=batchmode", "w"], cwd=tmp_path, capture_output=True, check=False
        )
        log = (tmp_path / "w.log").read_text(encoding="utf-8", errors="replace")
        real = [float(found) / quad for found in re.findall(r"^W:([\d.]+)pt", log, re.MULTILINE)]
        assert len(real) == len(formulas), ran.stdout
        for latex, wide in zip(formulas, real, strict=True):
            assert -0.15 < width(latex) - wide < 0.25 * wide, latex


def test_displays_are_as_narrow_as_the_column() -> None:
    for topic in ("conformal-layers", "stable-rank", "large-scale"):
        for step in derive(topic).steps:
            for columns in (1, 2):
                for row in display(step.relations, columns=columns).splitlines()[1:-1]:
                    assert width(row.strip().removesuffix(r"\\")) <= WIDEST[columns] + 0.3, row


# --- sentences and values


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("for L ≥ 3 it holds.", r"for $L \ge 3$ it holds."),
        ("τ₂^{−(L−2)} is constant", r"$\tau_{2}^{-(L-2)}$ is constant"),
        ("50% of A & B", r"50\% of A \& $B$"),
        ("W₁ᵀW₁, a matrix", r"$W_{1}^{\top}W_{1}$, a matrix"),
        ("σ_min(W) > 0 (see I)", r"$\sigma_{\min}(W) > 0$ (see I)"),
        ("g_jg_jᵀ + λ_iq_i of Ū", r"$g_{j}g_{j}^{\top} + \lambda_{i}q_{i}$ of $\bar{U}$"),
        ("within 2.5e-10 ± 1e-20", r"within $2.5\cdot 10^{-10} \pm 1\cdot 10^{-20}$"),
        ("Grönwall's lemma – a bound", "Grönwall's lemma -- a bound"),
        (r"so $A\otimes B$ = 1", r"so $A\otimes B$ $=1$"),
        ("x_1 {a} #1 ~ ^", r"$x_{1}$ \{a\} \#1 \~{} \^{}"),
    ],
)
def test_unicode_sentences_become_latex(text: str, latex: str) -> None:
    assert tex(text).replace("= 1", "=1") == latex


@given(st.text(max_size=60))
def test_any_text_becomes_latex_with_balanced_braces(text: str) -> None:
    for latex in (tex(text.replace("\\", "")), plain_tex(text)):
        bare = re.sub(r"\\[{}$]", "", latex)
        assert bare.count("$") % 2 == 0
        assert bare.isprintable() or not latex.strip()


@given(st.fractions(), st.fractions(min_value=0, max_value=1), st.integers(1, 20))
def test_printed_values_enclose(middle: Fraction, radius: Fraction, digits: int) -> None:
    ball = Ball(middle, radius / 10**6)
    printed = number_tex(ball, digits)
    if r"\tfrac" in printed:
        return
    parts = [exact(part.replace(r"\cdot10^{", "e").replace("}", "")) for part in printed.strip("$").split(r"\pm")]
    assert Ball(parts[0], parts[1] if len(parts) > 1 else Fraction(0)).contains(ball)


def test_values_of_a_claim() -> None:
    values = claim_values(small_report()["results"][0])
    assert values["verdict"] == "refuted"
    assert values["slack [V03]"] == r"$3.54684911827\cdot10^{-4}\pm4.37\cdot10^{-16}$"
    assert values["slack [V03] (lower)"] == r"$3.54684911827\cdot10^{-4}$"
    assert values["slack [V03] (upper)"] == r"$3.54684911828\cdot10^{-4}$"
    assert values["entry [V03]"] == r"$\tfrac{1}{10000}$"
    assert values["steps [V03]"] == "$12$"
    assert {"det W(infinity) [V03]", "list.1 [V03]", "list.2 [V03]"} <= values.keys()
    assert not [key for key in values if key.startswith("word")]
    assert r"\setclaimvalue{mine/limit-exists}{verdict}{refuted}" in values_file(small_report())


# --- documents


def test_references_of_installed_papers(tmp_path: Path) -> None:
    known = bibliography()
    assert {"shin_yun_2026", "arora_cohen_hu_luo_2019", "hou_sra_yurtsever_2025"} <= known.keys()
    assert all(entry.count("{") == entry.count("}") for entry in known.values())
    assert bibtex().count("\n@") == len(known) - 1
    (tmp_path / "r.bib").write_text("@article{k,\n  title = {A},\n}\n\n@book{l,\n title={B}\n}\n", encoding="utf-8")
    assert list(entries(tmp_path / "r.bib")) == ["k", "l"]


def test_a_claim_has_its_label_statement_and_witness() -> None:
    text = claims(small_report())
    assert r"\label{claim:mine/limit-exists}" in text
    assert r"For $L \ge 3$ the limit has" in text
    assert r"depth $\ge 3$ \& 50\% more" in text
    for piece in (
        r"\rpfact{Witness}{$W$ has rank 2. member: by its data.}",
        r"\claimref{mine/other}",
        "refuted, as it must",
    ):
        assert piece in text
    table = verdicts(small_report(expected="HOLDS", as_expected=False))
    assert r"\textbf{refuted (expected: holds)}" in table
    assert "1 not as expected" in table


def test_html_is_one_page_that_fetches_nothing() -> None:
    page = html_report(small_report(statement="<script>alert(1)</script> & more"))
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in page
    assert not re.search(r'(?:src|href)="(?!#)', page)
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page
    assert "0.000354684911827 ± 4.37e-16" in page
    assert 'member with 1 &lt; m &lt; infinity<span class="by"> (needed)</span>' in page
    assert "2 of 3 dropped hypotheses needed" in page
    assert "<dt>without</dt><dd>1 &lt; m: it fails (at m = 1/2 it is ≤ 0)</dd>" in page
    assert "<dt></dt><dd>member: nothing was found against it (none was found)</dd>" in page


def test_directories_that_cannot_be_written_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="is a file"):
        write_files(tmp_path / "file", {"a.tex": ""}, "--latex")
    with pytest.raises(InputError, match="cannot be written"):
        write_files(tmp_path / "file" / "below", {"a.tex": ""}, "--latex")


@PDFLATEX
@pytest.mark.parametrize("columns", [1, 2] if NIGHTLY else [1])
def test_everything_compiles_without_a_warning(tmp_path: Path, columns: int) -> None:
    """All topics and what all claims state: no box runs over or is too empty, no reference is missing."""
    made = {topic: fragment(derive(topic), columns=columns) for topic in TOPICS}
    report = small_report()
    report["results"] += [stated(claim, report["results"][0]) for claim in installed_claims()]
    write_files(tmp_path, report_files(report, made, MACROS, columns=columns), "--latex")
    log = compiled(tmp_path)
    assert warnings(log) == []
    pages = re.search(r"Output written on main.pdf \((\d+) pages", log)
    assert pages is not None
    assert int(pages[1]) > 20


@PDFLATEX
def test_fragments_and_values_work_in_a_paper(tmp_path: Path) -> None:
    files = derivation_files({"balancedness": fragment(derive("balancedness"))}, MACROS)
    files["rankproof-values.tex"] = values_file(small_report())
    files["main.tex"] = r"""\documentclass{amsart}
\usepackage{amsmath,amsthm}\input{rankproof-macros}\input{rankproof-values}
\begin{document}
\input{balancedness}
See Proposition~\ref{topic:balancedness}, step~\ref{step:balancedness:2},
\rptopicref{balancedness}, \rptopicref{stable-rank}, \claimref{mine/other-name};
\claimvalue{mine/limit-exists}{slack [V03]}. \cite{shin_yun_2026}
\bibliographystyle{plain}\bibliography{rankproof}
\end{document}
"""
    write_files(tmp_path, files, "-o")
    assert warnings(compiled(tmp_path)) == []
    files["main.tex"] = files["main.tex"].replace("{slack [V03]}", "{no such key}")
    write_files(tmp_path, files, "-o")
    assert any(
        "no value `no such key' of claim `mine/limit-exists'" in line for line in compiled(tmp_path).splitlines()
    )


def test_the_json_form_of_a_report_is_what_is_read() -> None:
    """The fields used here are those of the schema."""
    schema = json.loads((Path(__file__).parents[2] / "verify/claims/report.schema.json").read_text(encoding="utf-8"))
    named = set(re.findall(r'"(\w+)":', json.dumps(schema)))
    assert set(small_report()["results"][0]) | set(small_report()["results"][0]["evidence"][0]) <= named
