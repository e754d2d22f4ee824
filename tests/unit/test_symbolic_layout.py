"""Formulas of sentences, as text."""

import pytest

from verify.symbolic import derive
from verify.symbolic.layout import spoken


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"\sqrt{1-2\ell}", "√(1−2ℓ)"),
        (r"\sqrt2", "√2"),
        (r"\sqrt{\lambda_1}", "√λ_1"),
        (r"\sqrt{\frac{a}{b}}", "√(a/b)"),
        (r"\frac{\sqrt{1-x}}{2}", "(√(1−x))/2"),
        (r"\tfrac1{2yu}", "1/(2yu)"),
        (r"\tfrac{d}{dt}f", "d/dt f"),
        (r"\tfrac{2}{\alpha^2}", "2/α²"),
        (r"-\tfrac12u", "−(1/2)u"),
        (r"\tfrac12\|X\|^2", "(1/2)‖X‖²"),
        (r"\frac{a_{l+1}}{2}", "(a_(l+1))/2"),
        (r"a\ge\mathrm{sr}", "a≥sr"),
        (r"a \ge p", "a ≥ p"),
        (r"a\ge p", "a≥p"),
        (r"U^+=U", "U⁺=U"),
        (r"\lVert A\rVert_F^2", "‖A‖_F²"),
        (r"c^2p+x^{3}", "c²p+x³"),
        (r"x^{12}+x^{2L-2}+e^{-t}", "x^12+x^(2L−2)+e^(−t)"),
        (r"\{x\mid y\}", "{x|y}"),
    ],
)
def test_formulas_as_text(latex: str, text: str) -> None:
    assert spoken(f"where ${latex}$ holds") == f"where {text} holds"


def test_free_rates_are_not_explained() -> None:
    """Where u' is any rate, "with u' = u'" would say nothing; rates that are given are told."""
    wheres = [where for step in derive("singular-values").supports() for where in step.where]
    assert all(where.left.text() != where.right.text() for where in wheres)
    assert "with u' = u'" not in derive("singular-values").to_text()
    assert "with τ1' =" in derive("closed-forms").to_text()
