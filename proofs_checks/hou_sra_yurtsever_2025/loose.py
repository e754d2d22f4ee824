"""Points that a hypothesis less allows: weights of any sign, a U outside of its ball, a radius of zero, a step of zero.

Data alone, in exact numbers; what is computed of them is elsewhere, by two paths. Imports verify.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from verify.arithmetic import ExactMatrix, exact, exact_matrix
from verify.models import UDU, Observations


@dataclass(frozen=True, kw_only=True)
class Loose:
    """A point (U, D) with its loss, without the model's constraints.

    Attributes
    ----------
    U, D
        n × r, and r numbers of any sign.
    target, slope
        the loss is ``½‖X − target‖_F²``, or else ``⟨slope, X⟩`` with a slope that need not be symmetric (both n × n).
    square
        ``α²``; None for no ball.
    step
        η, of any sign; None where only the flow is meant.
    """

    U: ExactMatrix
    D: tuple[Fraction, ...]
    target: ExactMatrix | None = None
    slope: ExactMatrix | None = None
    square: Fraction | None = None
    step: Fraction | None = None

    @classmethod
    def of(cls, U: object, D: object, **more: object) -> Loose:
        """From rows and lists of whatever says exact numbers."""
        matrices = {name: exact_matrix(more[name], name) for name in ("target", "slope") if more.get(name) is not None}
        numbers = {name: exact(more[name], name) for name in ("square", "step") if more.get(name) is not None}
        return cls(
            U=exact_matrix(U, "U"),
            D=tuple(exact(x, "D") for x in D),  # type: ignore[attr-defined]
            **matrices,  # type: ignore[arg-type]
            **numbers,  # type: ignore[arg-type]
        )

    @classmethod
    def read(cls, problem: Mapping[str, object]) -> Loose:
        """What :meth:`problem` wrote."""
        return cls.of(**problem)

    def problem(self) -> dict[str, object]:
        """What a witness stores."""
        found = {"U": self.U, "D": self.D, "target": self.target, "slope": self.slope}
        found |= {"square": self.square, "step": self.step}  # type: ignore[dict-item]
        return {name: value for name, value in found.items() if value is not None}

    @property
    def carrier(self) -> UDU:
        """The model with this loss and these sizes, for its gradient; its own start has no weights, and no ball."""
        assert self.target is not None
        size = len(self.U)
        entries = tuple((i, j, self.target[i][j]) for i in range(size) for j in range(size))
        return UDU(self.U, (Fraction(0),) * len(self.D), Observations(size, size, entries))
