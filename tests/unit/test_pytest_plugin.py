"""The pytest plugin, in pytest runs of its own: claims are items, stored witnesses too, and nothing is paid unused."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

CLAIMS = '''
from fractions import Fraction

from verify.claims import Assurance, Established, Evidence, Run, Scope, Verdict, Witness, claim

EVERY = Scope.all("rationals a")


def proved(detail):
    return Evidence.supports(kind="identity", assurance=Assurance.PROVED, scope=EVERY, detail=detail)


@claim("mine/square", scope=EVERY, hypotheses=("a is rational",))
def square(run: Run):
    """Statement: a² ≥ 0 for every rational a."""
    return proved(f"a product of equal signs, profile {run.profile}")


@square.negative_twin("with a³")
def _(run):
    return refuted(-1)


def refuted(a):
    return Evidence.refutes(
        kind="value", assurance=Assurance.PROVED, scope=Scope.instances("a = -1"), detail="a³ < 0",
        witness=Witness(problem={"a": a}, hypotheses=(Established(name="a is rational", how="an integer"),),
                        violates="a³ ≥ 0"),
    )


@square.recheck
def _(witness, run):
    a = Fraction(str(witness.problem["a"]))
    make = Evidence.refutes if a * a * a < 0 else Evidence.supports
    return make(kind="again", assurance=Assurance.PROVED, scope=Scope.instances("it"), detail=f"a³ = {a**3}")


@claim("mine/wrong", scope=EVERY)
def wrong(run: Run):
    """Statement: a² > 0 for every rational a."""
    return Evidence.undecided(kind="none", scope=EVERY, detail="it is not so for 0")


@claim("mine/broken", scope=EVERY)
def broken(run: Run):
    """Statement: 1 = 1."""
    raise ZeroDivisionError("a slip in the check")
'''

WITNESS = """
from pathlib import Path
from verify.claims import load_file, examine, Run, write_witness
from dataclasses import replace
claim = load_file("my_claims.py").get("mine/square")
[found] = [e.witness for e in examine(claim, Run()).twin.evidence]
Path("witnesses").mkdir()
write_witness(found, "witnesses/a.json")
write_witness(replace(found, problem={"a": "2"}), "witnesses/b.json")
"""


def test_claims_and_witnesses_are_items(pytester: pytest.Pytester) -> None:
    pytester.path.joinpath("my_claims.py").write_text(CLAIMS, encoding="utf-8")
    subprocess.run([sys.executable, "-c", WITNESS], check=True, cwd=pytester.path)
    result = pytester.runpytest_subprocess(
        "-v", "-p", "no:cacheprovider", "--verify-profile=full", "--junitxml=out.xml"
    )
    # the stale witness fails twice: as an item of its own, and because it makes its claim's result stale but expected
    result.assert_outcomes(passed=2, failed=3)
    result.stdout.fnmatch_lines(
        [
            "*mine/square PASSED*",
            "*mine/square?twin witness *? PASSED*",
            "*mine/square?twin witness *? FAILED*",
            "*mine/wrong FAILED*",
            "*mine/broken FAILED*",
        ]
    )
    text = result.stdout.str()
    assert "mine/wrong: expected HOLDS, came out UNDECIDED" in text
    assert "it is not so for 0" in text
    assert "does not refute any more: a³ = 8" in text
    assert "ZeroDivisionError: a slip in the check" in text
    properties = (pytester.path / "out.xml").read_text(encoding="utf-8")
    for name, value in (("verdict", "HOLDS"), ("assurance", "PROVED"), ("profile", "full"), ("twin", "REFUTED")):
        assert f'<property name="{name}" value="{value}"' in properties
    assert 'name="witness"' in properties


def test_claims_of_a_test_module_are_items_and_imported_ones_are_not(pytester: pytest.Pytester) -> None:
    pytester.path.joinpath("shared.py").write_text(CLAIMS, encoding="utf-8")
    own = CLAIMS.replace("mine/", "ours/") + (
        "\n\nfrom shared import square as imported\n"
        "from hypothesis import given\n"
        "from verify.search.strategies import problems\n\n\n"
        "@given(problems(start='balanced'))\ndef test_plain(problem):\n    assert problem.balanced\n"
    )
    pytester.path.joinpath("test_ours.py").write_text(own, encoding="utf-8")
    pytester.makeini("[pytest]\npythonpath = .\n")
    result = pytester.runpytest_subprocess("-v", "-p", "no:cacheprovider", "-k", "square or plain or mine")
    result.assert_outcomes(passed=2, deselected=2)
    result.stdout.fnmatch_lines(["*ours/square PASSED*", "*test_plain PASSED*"])


def test_the_files_are_chosen_by_an_option(pytester: pytest.Pytester) -> None:
    one = CLAIMS.partition('@claim("mine/wrong"')[0]
    for name in ("theory.py", "claims.py", "notes_claims.py"):
        text = one if name != "notes_claims.py" else "raise SystemExit('not a file of claims')\n"
        pytester.path.joinpath(name).write_text(text, encoding="utf-8")
    default = pytester.runpytest_subprocess("-q", "-p", "no:cacheprovider")
    default.assert_outcomes(passed=1)
    pytester.makeini("[pytest]\nverify_claims = theory.py\n")
    result = pytester.runpytest_subprocess("-v", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*theory.py::mine/square PASSED*"])


def test_a_run_without_claims_imports_nothing_of_the_toolkit(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        "import sys\n\n"
        "def test_nothing():\n"
        "    loaded = {n for n in sys.modules if n == 'verify' or n.startswith('verify.')}\n"
        "    assert loaded == {'verify', 'verify.pytest_plugin'}, loaded\n"
        "    assert not {'numpy', 'sympy', 'flint', 'hypothesis.strategies'} & (set(sys.modules) - BEFORE)\n\n"
        "BEFORE = {n for n in sys.modules if n.startswith('hypothesis')}\n"
    )
    pytester.runpytest_subprocess("-q", "-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_a_file_of_claims_that_cannot_be_loaded_is_an_error(pytester: pytest.Pytester) -> None:
    Path(pytester.path / "claims.py").write_text("# @claim\nimport nowhere_to_be_found\n", encoding="utf-8")
    result = pytester.runpytest_subprocess("-q", "-p", "no:cacheprovider")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*claims.py:2*nowhere_to_be_found*"])
