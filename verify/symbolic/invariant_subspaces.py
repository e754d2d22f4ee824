"""Depth 2: subspaces of the hidden space that the flow keeps, one for each connected part of the observations."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from verify.symbolic.checks import Formula, Identity, Matrices
from verify.symbolic.derivation import Derivation, Step
from verify.symbolic.expressions import Num, Relation, Sym
from verify.symbolic.matrix_flow import flow_definitions, layer, letters, rate, residual_formula

if TYPE_CHECKING:
    from verify.models import Observations

_S, _T, _PI, _G = Sym("S"), Sym("T"), Sym("Pi", r"\Pi", "Π"), Sym("G")
_ZERO = Num(Fraction(0))


def invariant_subspaces(size: int | None = None, observe: str | None = None) -> Derivation:
    """D20: the flow keeps the rows of A and the columns of B of each part of Ω in a subspace of its own."""
    from verify.models import Observations
    from verify.symbolic.components import entry_steps

    A, B, dA, dB = layer(2), layer(1), rate(2), rate(1)
    moved = (*flow_definitions(2), ("G", Formula(residual_formula(2))))
    free = (*letters(2), ("Y", "d2", "d0"), ("G", "d2", "d0"), ("Pi", "d1", "d1"), ("S", "d2", "d2"), ("T", "d0", "d0"))
    symbols = tuple((name, rows, columns) for name, rows, columns in free if name != "G")
    projector = Relation(_PI.T, _PI)
    rows, columns = Relation(A * _PI, A), Relation(B.T * _PI, B.T)
    part_rows, part_columns = Relation(_PI * A.T * _S, A.T * _S), Relation(_T * B.T * _PI, _T * B.T)
    block = Relation(_S * _G, _G * _T)
    alone = Relation(_S * _G, _ZERO)
    flow = (("W2'", Formula(-(_G * B.T))), ("W1'", Formula(-(A.T * _G))))
    steps = [
        Step(
            r"The flow of $W=AB$, $A=W_2$, $B=W_1$, is",
            r"adjoint sweep over the matrix program, with the residual $G=P_\Omega(AB)-Y$",
            Identity(Matrices(symbols), (Relation(dA, -(_G * B.T)), Relation(dB, -(A.T * _G))), moved),
        ),
        Step(
            r"Let $\Pi$ be the orthogonal projector onto a subspace of the hidden space that contains all rows of "
            r"$A$ and "
            r"all columns of $B$: $A\Pi=A$, $B^\top\Pi=B^\top$. Their rates lie in it too, so it is kept:",
            r"the flow, with $B^\top\Pi=B^\top$; for the columns, $\dot B^\top\Pi=-G^\top A\Pi$",
            Identity(
                Matrices(free, (rows, columns, projector)),
                (Relation(dA * _PI, dA), Relation(dB.T * _PI, dB.T)),
                flow,
            ),
        ),
        Step(
            r"If $\Omega$ falls apart, let $S$ and $T$ select the rows and the columns of one connected part "
            r"(diagonal matrices of zeros and ones): no observed entry joins it to the others, so $SG=GT$. If the rows "
            r"of $A$ in this part lie in a subspace, and the columns of $B$ in this part, the rates of these rows do:",
            r"$SG=GT$, then $TB^\top\Pi=TB^\top$",
            Identity(Matrices(free, (block, part_columns)), (Relation(_S * dA * _PI, _S * dA),), flow),
        ),
        Step(
            r"and so do the rates of these columns; the subspaces of different parts are independent of each other",
            r"$GT=SG$, then $\Pi A^\top S=A^\top S$",
            Identity(
                Matrices(free, (Relation(_G * _T, _S * _G), part_rows)), (Relation(_PI * dB * _T, dB * _T),), flow
            ),
        ),
        Step(
            r"Rows without an observed entry, for which $SG=0$, do not move; in the same way columns",
            r"$SG=0$",
            Identity(Matrices(free, (alone,)), (Relation(_S * dA, _ZERO),), flow),
        ),
    ]
    told = ""
    if size is not None or observe is not None:
        observations = Observations.parse("diagonal" if observe is None else observe, 2 if size is None else size)
        told = "; here the parts are " + _parts(observations)
        steps += entry_steps(2, observations)
    return Derivation(
        topic="invariant-subspaces",
        title="Invariant subspaces at depth two",
        statement=(
            r"At depth 2, $W=AB$: for every subspace $V$ of the hidden space the starts with all rows of $A$ and all "
            r"columns of $B$ in $V$ are kept by the flow; if $\Omega$ falls apart into connected parts, the same holds "
            r"with a subspace $V_C$ for the rows and columns of each part $C$, chosen independently. Rows and columns "
            r"without an observed entry are constant" + told
        ),
        scope=r"depth 2; all sizes, hidden widths, observed positions and values, all subspaces",
        steps=tuple(steps),
        hypotheses=(
            rows,
            columns,
            projector,
            part_rows,
            part_columns,
            block,
            Relation(_G * _T, _S * _G),
            alone,
        ),
        notation=(
            r"connected: rows and columns are the vertices of a graph, observed entries its edges",
            r"each step uses only the hypotheses that it names",
        ),
        options={"size": size, "observe": observe},
    )


def _parts(observations: Observations) -> str:
    """The connected parts and what is isolated, in words."""
    texts = []
    used_rows, used_columns = set(), set()
    for part in observations.blocks():
        rows, columns = sorted({i for i, _ in part}), sorted({j for _, j in part})
        used_rows.update(rows)
        used_columns.update(columns)
        texts.append(f"rows {_listed(rows)} with columns {_listed(columns)}")
    free_rows = [i for i in range(observations.rows) if i not in used_rows]
    free_columns = [j for j in range(observations.columns) if j not in used_columns]
    if free_rows:
        texts.append(f"rows {_listed(free_rows)} (constant)")
    if free_columns:
        texts.append(f"columns {_listed(free_columns)} (constant)")
    return "; ".join(texts)


def _listed(numbers: list[int]) -> str:
    return ", ".join(str(k + 1) for k in numbers)
