"""Derivations: every step decides something, and every false variant of a step is refused."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import fields, is_dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from verify.arithmetic import InputError, RationalAlgebra, evaluate
from verify.arithmetic.convert import to_fmpq_mat
from verify.models import Observations, symmetric_family
from verify.symbolic import TOPICS, Derivation, DerivationError, Step, derive
from verify.symbolic.checks import (
    FromProgram,
    Identity,
    Inequality,
    Matrices,
    PowerLaws,
    PowerOrder,
    Rationals,
)
from verify.symbolic.expressions import Call, Expr, Num, Power, Relation, Sym, Transpose, formula, substituted, to_sympy

CASES: list[tuple[str, dict[str, Any]]] = [
    *((name, {}) for name in TOPICS),
    ("gradient-flow", {"depth": 3, "size": 2, "observe": "diagonal"}),
    ("gradient-flow", {"depth": 1}),
    ("components", {"depth": 4, "size": 3, "observe": "0,0;0,1;2,2"}),
    ("components", {"depth": 1, "size": 2}),
    ("balancedness", {"depth": 5}),
    ("end-to-end", {"depth": 1}),
    ("end-to-end", {"depth": 6}),
    ("coupling-kernel", {"depth": 4}),
    ("coupling-depth-two", {"size": 4, "observe": "block:2x2"}),
    ("coupling-in-family", {"depth": 4, "size": 3}),
    ("symmetric-family", {"depth": 4}),
]


@pytest.fixture(scope="module", params=CASES, ids=lambda case: "-".join(map(str, (case[0], *case[1].values()))))
def derivation(request: pytest.FixtureRequest) -> Derivation:
    name, options = request.param
    return derive(name, **options)


def test_steps_stand_and_print(derivation: Derivation) -> None:
    derivation.recheck()
    told = json.loads(json.dumps(derivation.to_json()))
    assert len(told["steps"]) == len(derivation.steps)
    for step in told["steps"]:
        assert step["relations"]
        assert step["reason"]
        assert {"kind", "method"} <= step["check"].keys()
    text = derivation.to_text(width=100)
    assert max(map(len, text.splitlines())) <= 100
    assert "\\" not in text
    assert "\u2063" not in text + derivation.to_latex()
    assert derivation.to_latex(standalone=False) in derivation.to_latex()


def false_variants(relation: Relation) -> list[Relation]:
    """Variants that are false whenever the relation is true and its sides are not identically zero."""
    if relation.sign != "=":
        turned = {"<": ">", ">": "<", "<=": ">", ">=": "<"}
        return [replace(relation, sign=turned[relation.sign])]
    variants = [replace(relation, right=relation.right + 1 if _scalar(relation) else 2 * relation.right)]
    if relation.right != Num(Fraction(0)):
        variants += [replace(relation, right=-relation.right), replace(relation, right=2 * relation.right)]
    return variants


def _scalar(relation: Relation) -> bool:
    inside = {type(part) for part in (*relation.left.walk(), *relation.right.walk())}
    named = {part.name for part in relation.right.walk() if isinstance(part, Sym)}
    return Transpose not in inside and not named & {"G", "Y"} and not any(name.startswith("W") for name in named)


def with_relation(check: Any, number: int, relation: Relation) -> Any:
    """The same check with another relation; None where a check has its relations from elsewhere."""
    given = {field.name for field in fields(check) if field.init} if is_dataclass(check) else set()
    if "relations" in given:
        return replace(check, relations=(*check.relations[:number], relation, *check.relations[number + 1 :]))
    return replace(check, relation=relation) if "relation" in given else None


def test_false_variants_are_refused(derivation: Derivation) -> None:
    tried = 0
    for step in derivation.steps:
        for number, relation in enumerate(step.relations[:4]):
            vanishing = relation.right == Num(Fraction(0)) and not _scalar(relation)
            if vanishing or relation.left == Sym("D'", r"\dot{D}"):  # the imbalance's rate, which is zero itself
                continue
            for variant in false_variants(relation):
                if (check := with_relation(step.check, number, variant)) is not None:
                    with pytest.raises(DerivationError):
                        Step(step.claim, step.reason, check)
                    tried += 1
    assert tried


@pytest.mark.parametrize(
    ("topic", "options", "pieces"),
    [
        ("first-integrals", {}, 3),
        ("limit-equations", {}, 4),
        ("stable-rank", {}, 6),
        ("symmetric-family", {"depth": 3}, 6),
        ("coupling-in-family", {"depth": 4, "size": 2}, 5),
        ("depth-two-closed-form", {}, 2),
    ],
)
def test_wrong_exponents_are_refused(topic: str, options: dict[str, Any], pieces: int) -> None:
    tried = 0
    for step in derive(topic, **options).steps:
        for number, relation in enumerate(step.relations):
            for part in relation.right.walk():
                if isinstance(part, Power) and part != relation.left:
                    wrong = substituted(relation.right, part, Power(part.base, part.exponent + 1))
                    with pytest.raises(DerivationError):
                        Step(step.claim, step.reason, with_relation(step.check, number, replace(relation, right=wrong)))
                    tried += 1
                    break
    assert tried >= pieces


@pytest.mark.parametrize("topic", ["gradient-flow", "balancedness", "end-to-end", "coupling-kernel"])
def test_dropped_transposes_are_refused(topic: str) -> None:
    """A transpose left out changes shapes or words, with symbolic dimensions always."""
    tried = 0
    for step in derive(topic, depth=3).steps:
        if not isinstance(step.check, Identity):
            continue
        for number, relation in enumerate(step.relations):
            for part in (p for p in relation.right.walk() if isinstance(p, Transpose)):
                wrong = replace(relation, right=substituted(relation.right, part, part.base))
                with pytest.raises(DerivationError):
                    Step(step.claim, step.reason, with_relation(step.check, number, wrong))
                tried += 1
    assert tried >= 2


def test_kernel_with_indices_exchanged_is_refused() -> None:
    step = derive("coupling-kernel", depth=3).steps[1]
    (relation,) = step.relations
    first, second = relation.right.parts
    assert isinstance(first, Call)
    assert isinstance(second, Call)
    wrong = replace(first, labels=("j", "q")) * replace(second, labels=("i", "p"))
    with pytest.raises(DerivationError, match=r"shapes|conform|difference"):
        Step(step.claim, step.reason, replace(step.check, relations=(replace(relation, right=wrong),)))


def test_depth_two_needs_both_indices_to_differ() -> None:
    """With j = q allowed, the second term survives."""
    step = derive("coupling-depth-two").steps[1]
    assert isinstance(step.check, Identity)
    assert isinstance(step.check.setting, Matrices)
    weaker = replace(step.check.setting, rules=step.check.setting.rules[:1])
    with pytest.raises(DerivationError, match="not 0"):
        Step(step.claim, step.reason, replace(step.check, setting=weaker))


def test_depth_two_entries_fail_at_depth_three() -> None:
    from verify.symbolic.components import CrossKernelZero

    CrossKernelZero(2, Observations.diagonal(2)).run()
    with pytest.raises(DerivationError, match="is not zero at depth 3"):
        CrossKernelZero(3, Observations.diagonal(2)).run()


def test_sum_of_imbalances_is_not_conserved() -> None:
    """The false law ``XᵀX + ZZᵀ = const``."""
    step = derive("balancedness").steps[2]
    x, z, dx, dz = Sym("X"), Sym("Z"), Sym("X'"), Sym("Z'")
    wrong = Relation(dx.T * x + x.T * dx + dz * z.T + z * dz.T, Num(Fraction(0)))
    with pytest.raises(DerivationError, match="not 0"):
        Step(step.claim, step.reason, replace(step.check, relations=(wrong,)))


def test_matrix_equations_agree_with_exact_gradients() -> None:
    """The printed right sides, with numbers for letters, are the gradient that the integrators use."""
    problem = symmetric_family(4, n=3, m=5, alpha="2/7", value="3/2")
    layers = [to_fmpq_mat(tuple(tuple(x + Fraction(i * j, 7) for j, x in enumerate(row)) for i, row in enumerate(rows)))
              for rows in problem.layers]  # fmt: skip
    values = dict(zip(problem.names, layers, strict=True))
    exact = evaluate(problem.gradient, values, RationalAlgebra())
    (step,) = (s for s in derive("gradient-flow", depth=4).steps if len(s.relations) == 4)

    class Numbers:
        def number(self, value: Fraction) -> Any:
            return RationalAlgebra().constant(((value,),), (1, 1))[0, 0]

        def transpose(self, of: Any) -> Any:
            return of.transpose()

        def power(self, base: Any, exponent: Expr) -> Any:
            raise NotImplementedError

        def quotient(self, above: Any, below: Any) -> Any:
            raise NotImplementedError

        def apply(self, function: str, arguments: tuple[Any, ...], labels: tuple[str, ...]) -> Any:
            raise NotImplementedError

    known = values | {"G": exact["residual"]}
    for number, relation in enumerate(step.relations, 1):
        assert relation.right.read(known, Numbers()) == -exact[f"dW{number}"]


def test_family_algebra_agrees_with_explicit_matrices() -> None:
    """Three coefficients say the same as ns × ns matrices, mask included."""
    from verify.arithmetic import gradient
    from verify.models import factorization_program
    from verify.symbolic.rings import RationalFunctions
    from verify.symbolic.symmetric_family import FamilyAlgebra

    n, s, depth = 3, 2, 3
    problem = symmetric_family(depth, n=n, m="5/3", alpha="2/7", value="3/2", s=s)
    values = {name: to_fmpq_mat(layer) for name, layer in problem.start.items()}
    exact = evaluate(problem.gradient, values, RationalAlgebra())
    ring = RationalFunctions(())
    ring.values.update(n=ring.number(Fraction(n)), s=ring.number(Fraction(s)), w=ring.number(Fraction(3, 2)))
    first, second = Fraction(2, 7) * (1 + (n - 1) * Fraction(3, 5)), Fraction(2, 7) * (1 - Fraction(3, 5))
    layer = (ring.number(Fraction(0)), ring.number(first), ring.number(second))
    program = gradient(factorization_program([("N", "N")] * depth, "Ω", "-Y"))
    swept = evaluate(program, dict.fromkeys(program.parameters, layer), FamilyAlgebra(ring))
    for name in problem.names:
        zero, a, b = (x.constant for x in swept["d" + name])
        assert zero == 0
        diagonal, off = (a - b) / n + b, (a - b) / n  # E1 = J/n, E2 = I − J/n
        for i in range(n * s):
            for j in range(n * s):
                x = exact["d" + name][i, j]
                assert Fraction(int(x.p), int(x.q)) == (diagonal if i // s == j // s else off)


def test_entries_expand_to_the_gradient_in_sympy() -> None:
    """An independent path: SymPy expands the loss and differentiates it."""
    import sympy

    derivation = derive("components", depth=3, size=2, observe="0,0;1,0")
    residuals = {r.left.text(): to_sympy(r.right) for r in derivation.steps[0].relations}
    assert set(residuals) == {"r11", "r21"}
    loss = sum(r**2 for r in residuals.values()) / 2
    symbols = {s.name: s for s in loss.free_symbols}
    for step in derivation.steps[1:]:
        for relation in step.relations:
            rate = to_sympy(relation.right, symbols | residuals)
            entry = symbols.get(relation.left.text()[:-1], sympy.Symbol("absent"))
            assert sympy.expand(rate + sympy.diff(loss, entry)) == 0


def test_premises_must_come_first() -> None:
    derivation = derive("first-integrals")
    with pytest.raises(DerivationError, match="was not established before"):
        replace(derivation, hypotheses=())
    with pytest.raises(DerivationError, match="was not established before"):
        replace(derivation, steps=derivation.steps[:3] + derivation.steps[4:])
    with pytest.raises(DerivationError, match="without steps"):
        replace(derivation, steps=())


def test_induction_hypothesis_stays_in_its_step() -> None:
    derivation = derive("end-to-end", depth=3)
    last = derivation.steps[-1]
    assert last.assuming
    with pytest.raises(DerivationError, match="was not established before"):
        replace(derivation, steps=(*derivation.steps[:-1], replace(last, assuming=())))


def test_inequalities_refuse_what_they_cannot_see() -> None:
    x, y = Sym("x"), Sym("y")
    setting = PowerLaws(("x", "y"), ("L",))
    Inequality(setting, Relation(x, x + y, "<")).run()
    for relation in (Relation(x, y, "<="), Relation(x, x, "<"), Relation(x, x - y, "<=")):
        with pytest.raises(DerivationError):
            Inequality(setting, relation).run()
    Inequality(setting, Relation(x, x, "<=")).run()
    less = Relation(x, y, "<=")
    with pytest.raises(DerivationError, match="multiplier"):
        Inequality(setting, Relation(y, x, "<="), given=((less, formula(-1)),)).run()
    with pytest.raises(DerivationError, match="strict"):
        PowerOrder(setting, less, formula(2), Relation(x**2, y**2, "<")).run()
    with pytest.raises(DerivationError, match="sign of the exponent"):
        PowerOrder(setting, less, Sym("L"), Relation(x ** Sym("L"), y ** Sym("L"), "<=")).run()
    bounds = (("L", Fraction(0), True),)
    PowerOrder(setting, less, Sym("L"), Relation(x ** Sym("L"), y ** Sym("L"), "<="), bounds).run()
    with pytest.raises(DerivationError, match="is not"):
        PowerOrder(setting, less, -Sym("L"), Relation(x ** -Sym("L"), y ** -Sym("L"), "<="), bounds).run()
    with pytest.raises(DerivationError, match="both sides"):
        PowerOrder(setting, Relation(x - y, y, "<="), formula(2), Relation((x - y) ** 2, y**2, "<="), bounds).run()


def test_rational_check_refuses_division_by_zero() -> None:
    x = Sym("x")
    with pytest.raises(DerivationError, match="division by zero"):
        Identity(Rationals(("x",)), (Relation(x / (x - x), x),)).run()


def test_power_rings_refuse_roots_of_sums() -> None:
    x, y = Sym("x"), Sym("y")
    with pytest.raises(DerivationError, match="no normal form"):
        Identity(PowerLaws(("x", "y"), ("L",)), (Relation((x + y) ** Sym("L"), x ** Sym("L") + y ** Sym("L")),)).run()
    with pytest.raises(DerivationError, match="coefficient inside"):
        Identity(PowerLaws(("x",), ("L",)), (Relation((2 * x) ** Sym("L"), 2 * x ** Sym("L")),)).run()


def test_programs_are_told_in_json() -> None:
    step = derive("gradient-flow", depth=2).steps[-1]
    told = step.to_json()["check"]["definitions"]["W1'"]
    assert told.startswith("-1 times output dW1 of [0: parameter(W1) d1xd0. 1: parameter(W2) d2xd1.")
    assert any(isinstance(d, FromProgram) for _, d in step.check.definitions)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("topic", "options", "message"),
    [
        ("gradient-flwo", {}, "topic: 'gradient-flwo' is not known; did you mean gradient-flow?"),
        ("x", {}, "topic: 'x' is not known; the topics are gradient-flow"),
        ("balancedness", {"size": 2}, "size: the topic balancedness does not take it; it takes depth"),
        ("stable-rank", {"depth": 3}, "depth: the topic stable-rank does not take it; it takes no options"),
        ("gradient-flow", {"depth": 0}, "depth: is 0; give a whole number from 1 to 12"),
        ("coupling-in-family", {"depth": 1}, "depth: is 1; give a whole number from 2 to 12"),
        ("components", {"size": 3, "observe": "block:2x2"}, "observe: 'block:2x2' makes a matrix of size 4"),
        ("components", {"observe": "diag"}, "observe: 'diag' is not understood"),
        ("components", {"depth": 12, "size": 12}, "depth, size: 1728 entries are too many"),
        ("components", {"observe": "0,5"}, "observed"),
    ],
)
def test_bad_options_are_told_in_one_line(topic: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        derive(topic, **options)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_listing_topics_loads_no_heavy_library() -> None:
    code = "import sys, verify.symbolic as s; list(s.TOPICS); print({'flint', 'sympy', 'numpy'} & set(sys.modules))"
    import sys

    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "set()"


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex")
@pytest.mark.parametrize(
    ("topic", "options"),
    [
        ("gradient-flow", {"depth": 3, "size": 2, "observe": "diagonal"}),
        ("limit-equations", {}),
        ("end-to-end", {"depth": 6}),
    ],
)
def test_latex_compiles_without_overfull_boxes(topic: str, options: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "d.tex").write_text(derive(topic, **options).to_latex(), encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "d.tex"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    log = (tmp_path / "d.log").read_text(encoding="utf-8", errors="replace")
    assert ran.returncode == 0, log[-2000:]
    assert "Overfull" not in log
