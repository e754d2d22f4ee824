"""The search for certificates of positivity: numbers in floating point, nothing in it is trusted.

What comes out is either a certificate that ``verify.symbolic.positivity`` has verified exactly, or a rational point
where the polynomial is negative (evaluated exactly), or :class:`Undecided` with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations_with_replacement, pairwise
from typing import Any

from verify.arithmetic import ExactMatrix
from verify.arithmetic.convert import from_fmpq, to_fmpq
from verify.symbolic.positivity import (
    LDL,
    Certificate,
    CertificateError,
    Constraint,
    NoRoots,
    Part,
    Polynomial,
    ldl,
    roots_between,
    squarefree_part,
    squares_of,
)

#: Denominators tried, in turn, when parameters found in floating point are rounded.
_DENOMINATORS = (1, 2, 4, 12, 60, 840, 10**4, 10**6, 10**9)
#: A larger system of unknowns is not searched.
_MOST_UNKNOWNS = 1500
#: How often a face of the cone is cut off before the search gives up.
_MOST_FACES = 6


@dataclass(frozen=True)
class Violation:
    """A rational point that satisfies the constraints and at which the polynomial is negative (not positive)."""

    point: Mapping[str, Fraction]
    value: Fraction


@dataclass(frozen=True)
class Undecided:
    """Nothing was found; says nothing about the polynomial."""

    reason: str


@dataclass(frozen=True)
class Root:
    """An irrational root, the only one between two rational numbers: a strict inequality fails there."""

    variable: str
    low: Fraction
    high: Fraction


Found = Certificate | Violation | Undecided


def prove(
    target: Polynomial,
    *,
    constraints: Sequence[Constraint] = (),
    equations: Sequence[Polynomial] = (),
    margin: Fraction = Fraction(0),
    degree: int | None = None,
    products: int = 1,
    seed: int = 0,
) -> Found:
    """Look for a certificate that ``target ≥ margin`` where all constraints are ≥ 0 and all equations hold.

    Parameters
    ----------
    target, constraints, equations
        polynomials in the same variables.
    margin
        with a positive margin ``target ≥ margin``, and so ``target > 0``, is certified.
    degree
        total degree of the summands; by default the least even number that the polynomials need.
    products
        how many constraints may be multiplied in one summand.
    seed
        of the search for a violation.

    *Method.* The Gram matrices of all summands and the multipliers of the equations satisfy linear equations over Q,
    which are solved exactly; in the solutions' parameters the least eigenvalue is maximised by a barrier method in
    floating point, and the parameters are rounded to rationals. So the identity holds exactly whatever the rounding,
    and only the signs of the pivots are left to be decided. Where the best least eigenvalue is 0 the kernel is rounded,
    and the search continues on the face of the cone that it defines. Not everything that is a sum of squares over the
    reals is one over Q (Scheiderer 2016), and where the kernel is irrational nothing is found.
    """
    violation = _violation(target, constraints, equations, seed)
    if violation is not None:
        return violation
    variables = target.variables
    shifted = Polynomial(variables, (*target.terms, ((0,) * len(variables), -margin))) if margin else target
    needed = max([target.degree, *(c.of.degree for c in constraints), *(p.degree for p in equations)])
    whole = degree if degree is not None else needed + needed % 2
    choices = [
        factors for k in range(products + 1) for factors in combinations_with_replacement(range(len(constraints)), k)
    ]
    choices = [f for f in choices if len(set(f)) == len(f) and _degree(f, constraints) <= whole]
    blocks = [_Block(f, _basis(shifted, f, constraints, whole, bool(constraints or equations))) for f in choices]
    free = [(equation, _monomials(len(variables), whole - equation.degree)) for equation in equations]
    reason = "no certificate of this degree exists"
    for _ in range(_MOST_FACES):
        system = _System.build(shifted, [b for b in blocks if b.basis], free, constraints)
        if isinstance(system, str):
            return Undecided(f"degree {whole}: {system}")
        parameters, least, reason = system.centre()
        for denominator in _DENOMINATORS:
            parts = system.parts([Fraction(x).limit_denominator(denominator) for x in parameters])
            if parts is None:
                continue
            constant = Part(((margin, Polynomial(variables, (((0,) * len(variables), Fraction(1)),))),))
            certificate = Certificate(
                target,
                (*parts.parts, constant) if margin else parts.parts,
                tuple(constraints),
                tuple(equations),
                parts.multipliers,
                strict=bool(margin),
            )
            try:
                certificate.verify()
            except CertificateError as error:  # pragma: no cover - the identity holds by construction
                return Undecided(str(error))
            return certificate
        smaller = system.face(parameters, least)
        if smaller is None:
            break
        blocks = smaller
    return Undecided(f"degree {whole}: {reason}")


def decide_on_line(
    target: Polynomial, *, low: Fraction | None = None, high: Fraction | None = None, strict: bool = False
) -> NoRoots | Violation | Root:
    """Decide whether a polynomial in one variable is ≥ 0 (with `strict`: > 0) on a closed interval; None is ±∞.

    Complete: a certificate comes out, or a rational point where it is violated, or an irrational root in the interval
    where the strict inequality fails.
    """
    from flint import fmpq_poly

    (name,) = target.variables
    whole = target.univariate()
    one = Polynomial((name,), (((0,), Fraction(1)),))
    if whole == 0:
        if strict:
            return Violation({name: low if low is not None else Fraction(0)}, Fraction(0))
        return NoRoots(target, one, Polynomial((name,), ()), low, high)
    lead, factors = whole.factor_squarefree()
    odd, square = fmpq_poly([lead]), fmpq_poly([1])
    for factor, power in factors:
        odd, square = (odd * factor if power % 2 else odd), square * factor ** (power // 2)
    certificate = NoRoots(target, _from_univariate(odd, name), _from_univariate(square, name), low, high, strict)
    try:
        certificate.verify()
    except CertificateError:
        pass
    else:
        return certificate
    squarefree = squarefree_part(target)
    for place in _between_roots(squarefree, low, high):
        if (value := target.at({name: place})) < 0:
            return Violation({name: place}, value)
    assert strict  # without a negative value it is not negative, and that was certified above
    for root in sorted(from_fmpq(x) for x, _ in whole.roots()):
        if (low is None or low <= root) and (high is None or root <= high):
            return Violation({name: root}, Fraction(0))
    return Root(name, *_isolated(squarefree, low, high))


def _from_univariate(value: Any, name: str) -> Polynomial:
    return Polynomial((name,), tuple(((k,), from_fmpq(c)) for k, c in enumerate(value.coeffs())))


def _between_roots(squarefree: Polynomial, low: Fraction | None, high: Fraction | None) -> Iterator[Fraction]:
    """Rational points: the ends, and one between any two neighbouring roots. So every sign that is taken is met."""
    left, right = _range(squarefree, low, high)
    yield left
    yield right
    stack = [(left, right)]
    while stack:
        a, b = stack.pop()
        if roots_between(squarefree, a, b, closed=True) > 1:
            middle = (a + b) / 2
            yield middle
            stack += [(a, middle), (middle, b)]


def _isolated(squarefree: Polynomial, low: Fraction | None, high: Fraction | None) -> tuple[Fraction, Fraction]:
    """Ends of an interval of length at most 2^−20 that holds exactly one root, where there is any."""
    a, b = _range(squarefree, low, high)
    while b - a > Fraction(1, 2**20) or roots_between(squarefree, a, b, closed=True) > 1:
        middle = (a + b) / 2
        a, b = (a, middle) if roots_between(squarefree, a, middle, closed=True) else (middle, b)
    return a, b


def _range(squarefree: Polynomial, low: Fraction | None, high: Fraction | None) -> tuple[Fraction, Fraction]:
    """The interval with ends for ±∞, beyond all roots by Cauchy's bound."""
    bound = 2 + max(abs(c) for _, c in squarefree.terms) / abs(squarefree.terms[0][1])
    return (min(-bound, high - 1) if high is not None else -bound) if low is None else low, (
        max(bound, low + 1) if low is not None else bound
    ) if high is None else high


# ---------------------------------------------------------------------------------------------------------------------
# Points where it fails


def _violation(
    target: Polynomial, constraints: Sequence[Constraint], equations: Sequence[Polynomial], seed: int
) -> Violation | None:
    """A rational point with a negative value; small grid first, then descent from random starts."""
    import numpy as np

    if equations:
        return None  # a rational point on a variety is not looked for
    names = target.variables
    random = np.random.default_rng(seed)

    def tried(values: Sequence[Any], denominator: int) -> Violation | None:
        point = {x: Fraction(float(v)).limit_denominator(denominator) for x, v in zip(names, values, strict=True)}
        if any(c.of.at(point) < 0 or (c.strict and not c.of.at(point)) for c in constraints):
            return None
        value = target.at(point)
        return Violation(point, value) if value < 0 else None

    if not target.terms:
        return None
    value, sides = _numeric(target), [_numeric(c.of) for c in constraints]
    scales = np.repeat([0.3, 1.0, 3.0, 30.0], 400)[:, None]
    cloud = np.concatenate([np.zeros((1, len(names))), random.standard_normal((1600, len(names))) * scales])
    cloud = np.concatenate([cloud, np.abs(cloud)])
    for side in sides:
        cloud = cloud[side(cloud) >= 0]
    cloud = cloud[np.argsort(value(cloud))]
    for row in cloud[:40]:
        for denominator in (1, 4, 1000):
            if (found := tried(row, denominator)) is not None:
                return found
    from scipy.optimize import minimize

    for row in cloud[:4]:
        with np.errstate(all="ignore"):
            end = minimize(
                lambda x: float(value(x)) + 1e3 * sum(max(0.0, -float(side(x))) for side in sides),
                row,
                method="Nelder-Mead",
                options={"maxiter": 200 * len(names)},
            )
        for denominator in (10, 1000, 10**6, 10**9):
            if (found := tried(end.x, denominator)) is not None:
                return found
    return None


def _numeric(polynomial: Polynomial) -> Any:
    """The polynomial in floating point, at points along the last axis."""
    import numpy as np

    exponents = np.array([e for e, _ in polynomial.terms], dtype=float).reshape(-1, len(polynomial.variables))
    coefficients = np.array([float(c) for _, c in polynomial.terms])

    def value(points: Any) -> Any:
        with np.errstate(all="ignore"):
            return np.prod(np.where(exponents == 0, 1.0, points[..., None, :] ** exponents), axis=-1) @ coefficients

    return value


# ---------------------------------------------------------------------------------------------------------------------
# Gram matrices


@dataclass(frozen=True)
class _Block:
    """A Gram matrix: which constraints it multiplies, and the polynomials that it is a form in."""

    factors: tuple[int, ...]
    basis: tuple[Polynomial, ...]


@dataclass(frozen=True)
class _Parts:
    parts: tuple[Part, ...]
    multipliers: tuple[Polynomial, ...]


def _degree(factors: Sequence[int], constraints: Sequence[Constraint]) -> int:
    return sum(constraints[k].of.degree for k in factors)


def _monomials(count: int, degree: int) -> list[tuple[int, ...]]:
    if degree < 0:
        return []
    found = []
    for chosen in combinations_with_replacement(range(count + 1), degree):
        found.append(tuple(chosen.count(k) for k in range(count)))
    return sorted(set(found))


def _basis(
    target: Polynomial, factors: Sequence[int], constraints: Sequence[Constraint], degree: int, bounded: bool
) -> tuple[Polynomial, ...]:
    """Monomials that squares may hold. Without constraints those whose square is neither in the target nor a product
    of two others are left out, again and again: their diagonal entry, so their row, would be 0."""
    names = target.variables
    monomials = _monomials(len(names), (degree - _degree(factors, constraints)) // 2)
    if not bounded:
        support = {e for e, _ in target.terms}
        smallest = [min((e[k] for e in support), default=0) for k in range(len(names))]
        largest = [max((e[k] for e in support), default=0) for k in range(len(names))]
        least = min((sum(e) for e in support), default=0)
        monomials = [
            m
            for m in monomials
            if all(a <= 2 * e <= b for e, a, b in zip(m, smallest, largest, strict=True)) and 2 * sum(m) >= least
        ]
        while True:
            sums = {
                tuple(a + b for a, b in zip(m, o, strict=True)) for i, m in enumerate(monomials) for o in monomials[:i]
            }
            kept = [m for m in monomials if (double := tuple(2 * e for e in m)) in support or double in sums]
            if len(kept) == len(monomials):
                break
            monomials = kept
    return tuple(Polynomial(names, ((m, Fraction(1)),)) for m in monomials)


@dataclass
class _System:
    """The affine space of all Gram matrices and multipliers: ``unknowns = origin + Σ parameter·direction``."""

    blocks: list[_Block]
    free: list[tuple[Polynomial, list[tuple[int, ...]]]]
    origin: list[Fraction]
    directions: list[list[Fraction]]

    @classmethod
    def build(
        cls,
        target: Polynomial,
        blocks: list[_Block],
        free: list[tuple[Polynomial, list[tuple[int, ...]]]],
        constraints: Sequence[Constraint],
    ) -> _System | str:
        from flint import fmpq_mat

        columns: list[Any] = []
        for block in blocks:
            factor = _one(target)
            for k in block.factors:
                factor = factor * constraints[k].of.flint()
            basis = [p.flint() for p in block.basis]
            for i, p in enumerate(basis):
                columns += [factor * p * q * (1 if i == j else 2) for j, q in enumerate(basis[: i + 1])]
        for equation, monomials in free:
            columns += [equation.flint() * Polynomial(target.variables, ((m, Fraction(1)),)).flint() for m in monomials]
        if len(columns) > _MOST_UNKNOWNS:
            return f"{len(columns)} unknowns are too many to search"
        whole = target.flint()
        entries = [column.to_dict() for column in columns]
        rows = sorted({tuple(e) for column in [*entries, whole.to_dict()] for e in column})
        place = {e: k for k, e in enumerate(rows)}
        if not columns:
            return "there is nothing to combine" if rows else cls(blocks, free, [], [])
        table = [[to_fmpq(0)] * (len(columns) + 1) for _ in rows]
        for k, column in enumerate([*entries, whole.to_dict()]):
            for e, c in column.items():
                table[place[tuple(e)]][k] = c
        if not rows:
            return cls(blocks, free, [Fraction(0)] * len(columns), [])
        echelon, rank = fmpq_mat(table).rref()
        reduced: list[list[Any]] = echelon.tolist()
        pivots = []
        for row in reduced[:rank]:
            pivots.append(next(k for k, c in enumerate(row) if c != 0))
        if len(columns) in pivots:
            return "the coefficients cannot be matched"
        loose = [k for k in range(len(columns)) if k not in set(pivots)]
        origin = [Fraction(0)] * len(columns)
        for row, pivot in zip(reduced, pivots, strict=False):
            origin[pivot] = from_fmpq(row[-1])
        directions = []
        for k in loose:
            direction = [Fraction(0)] * len(columns)
            direction[k] = Fraction(1)
            for row, pivot in zip(reduced, pivots, strict=False):
                if row[k] != 0:
                    direction[pivot] = -from_fmpq(row[k])
            directions.append(direction)
        return cls(blocks, free, origin, directions)

    def _grams(self, unknowns: Sequence[Any]) -> list[list[list[Any]]]:
        grams, start = [], 0
        for block in self.blocks:
            n = len(block.basis)
            gram = [[unknowns[start]] * n for _ in range(n)] if n else []
            for i in range(n):
                for j in range(i + 1):
                    gram[i][j] = gram[j][i] = unknowns[start]
                    start += 1
            grams.append(gram)
        return grams

    def _unknowns(self, parameters: Sequence[Fraction]) -> list[Fraction]:
        values = list(self.origin)
        for t, direction in zip(parameters, self.directions, strict=True):
            if t:
                values = [v + t * d if d else v for v, d in zip(values, direction, strict=True)]
        return values

    def parts(self, parameters: Sequence[Fraction]) -> _Parts | None:
        """The certificate's parts at exact parameters, or None where a Gram matrix is not ≥ 0."""
        unknowns = self._unknowns(parameters)
        parts = []
        for block, gram in zip(self.blocks, self._grams(unknowns), strict=True):
            factors = ldl(_rows(gram))
            if not isinstance(factors, LDL):
                return None
            if any(factors.diagonal):
                parts.append(Part(squares_of(factors, block.basis), block.factors))
        start = sum(len(b.basis) * (len(b.basis) + 1) // 2 for b in self.blocks)
        multipliers = []
        for equation, monomials in self.free:
            terms = zip(monomials, unknowns[start : start + len(monomials)], strict=True)
            multipliers.append(Polynomial(equation.variables, tuple(terms)))
            start += len(monomials)
        return _Parts(tuple(parts), tuple(multipliers))

    def _matrices(self) -> tuple[Any, Any]:
        """The block-diagonal Gram matrix at the origin, and along every direction, in floating point."""
        import numpy as np

        size = sum(len(b.basis) for b in self.blocks)

        def whole(unknowns: Sequence[Fraction]) -> Any:
            matrix, start = np.zeros((size, size)), 0
            for gram in self._grams([float(u) for u in unknowns]):
                n = len(gram)
                matrix[start : start + n, start : start + n] = gram
                start += n
            return matrix

        directions = np.zeros((len(self.directions), size, size))
        for k, direction in enumerate(self.directions):
            directions[k] = whole(direction)
        return whole(self.origin), directions

    def centre(self) -> tuple[list[float], float, str]:
        """Parameters with a large least eigenvalue, that eigenvalue, and in words how it went.

        Newton's method on ``−τ s − log det(G(t) − sI) − log det(R I − G(t))`` in (t, s), τ growing; the last term keeps
        t bounded. It stops early once s is well above 0.
        """
        import numpy as np

        origin, directions = self._matrices()
        size, count = len(origin), len(directions)
        if not size:
            return [0.0] * count, 0.0, "there is nothing to combine"
        if not count:
            return [], float(np.linalg.eigvalsh(origin)[0]), "the only Gram matrix is not positive semidefinite"
        flat = directions.reshape(count, -1)
        t = np.linalg.lstsq(flat.T, -origin.ravel(), rcond=None)[0]
        gram = origin + np.tensordot(t, directions, 1)
        scale = max(1.0, float(np.abs(np.linalg.eigvalsh(gram)).max()))
        ceiling, s = 1e3 * scale, float(np.linalg.eigvalsh(gram)[0]) - scale
        eye, ridge = np.eye(size), 1e-13
        steps = np.concatenate([directions, -eye[None]])
        upper = np.concatenate([-directions, 0 * eye[None]])

        def cost(t: Any, s: float, tau: float) -> float:
            gram = origin + np.tensordot(t, directions, 1)
            total = -tau * s
            for matrix in (gram - s * eye, ceiling * eye - gram):
                try:
                    total -= 2 * float(np.log(np.diag(np.linalg.cholesky(matrix))).sum())
                except np.linalg.LinAlgError:
                    return float("inf")
            return total

        tau = 1.0 / scale
        for _ in range(45):
            for _ in range(12):
                gram = origin + np.tensordot(t, directions, 1)
                try:
                    inner, outer = np.linalg.inv(gram - s * eye), np.linalg.inv(ceiling * eye - gram)
                except np.linalg.LinAlgError:
                    break
                gradient, hessian = np.zeros(count + 1), np.zeros((count + 1, count + 1))
                for inverse, moves in ((inner, steps), (outer, upper)):
                    turned = (inverse @ moves).reshape(count + 1, size, size)
                    gradient -= np.trace(turned, axis1=1, axis2=2)
                    hessian += turned.reshape(count + 1, -1) @ turned.transpose(0, 2, 1).reshape(count + 1, -1).T
                gradient[-1] -= tau
                hessian += ridge * np.trace(hessian) * np.eye(count + 1)
                try:
                    step = -np.linalg.solve(hessian, gradient)
                except np.linalg.LinAlgError:
                    break
                decrement = -float(gradient @ step)
                if not decrement > 1e-9:
                    break
                length, now = 1.0, cost(t, s, tau)
                while length > 1e-8 and not cost(t + length * step[:-1], s + length * step[-1], tau) < now:
                    length /= 2
                if length <= 1e-8:
                    break
                t, s = t + length * step[:-1], s + length * float(step[-1])
            least = float(np.linalg.eigvalsh(origin + np.tensordot(t, directions, 1))[0])
            if least > 1e-3 * scale or size / tau < 1e-11 * scale:
                break
            tau *= 3
        text = f"the largest least eigenvalue found is {least:.1e}"
        return [float(x) for x in t], least, text

    def face(self, parameters: Sequence[float], least: float) -> list[_Block] | None:
        """Blocks on the face of the cone that the kernels of the Gram matrices define, or None without a kernel."""
        import numpy as np

        origin, directions = self._matrices()
        if not len(origin):
            return None
        whole = origin + np.tensordot(np.array(parameters), directions, 1) if len(directions) else origin
        largest = float(np.abs(whole).max()) or 1.0
        if least < -1e-4 * largest:
            return None  # far from the cone
        smaller, start, cut = [], 0, False
        for block in self.blocks:
            n = len(block.basis)
            values, vectors = np.linalg.eigh(whole[start : start + n, start : start + n])
            start += n
            small = int((values < _threshold(values, largest)).sum())
            kept = _complement(vectors[:, :small].T, n) if small else None
            if kept is None:
                smaller.append(block)
                continue
            cut = True
            basis = []
            for row in kept:
                terms = [(e, c * r) for r, p in zip(row, block.basis, strict=True) if r for e, c in p.terms]
                basis.append(Polynomial(block.basis[0].variables, tuple(terms)))
            smaller.append(_Block(block.factors, tuple(basis)))
        return smaller if cut else None


def _threshold(values: Any, largest: float) -> float:
    """Where the spectrum's largest gap lies, below a hundredth: what is under it counts as 0."""
    import numpy as np

    below = [*sorted(max(float(v), 1e-12 * largest) for v in values), largest]
    gaps = [(np.log(b / a), (a * b) ** 0.5) for a, b in pairwise(below) if a < 1e-2 * largest]
    gap, place = max(gaps, default=(0.0, 0.0))
    return float(place) if gap > np.log(30) else 0.0


def _complement(kernel: Any, size: int) -> list[list[Fraction]] | None:
    """Rational rows that span the orthogonal complement of the kernel, the kernel rounded in echelon form."""
    import numpy as np
    from flint import fmpq_mat

    rows = np.array(kernel, dtype=float)
    pivots: list[int] = []
    for r in range(len(rows)):
        column = int(np.abs(np.where(np.isin(np.arange(size), pivots), 0.0, rows[r:])).max(axis=0).argmax())
        best = r + int(np.abs(rows[r:, column]).argmax())
        if abs(rows[best, column]) < 1e-6:
            return None
        rows[[r, best]] = rows[[best, r]]
        rows[r] /= rows[r, column]
        for k in range(len(rows)):
            if k != r:
                rows[k] -= rows[k, column] * rows[r]
        pivots.append(column)
    rounded = [[_near(float(x)) for x in row] for row in rows]
    loose = [k for k in range(size) if k not in pivots]
    complement = []  # x in the complement: for every row, x at its pivot is minus the rest
    for k in loose:
        vector = [Fraction(0)] * size
        vector[k] = Fraction(1)
        for row, pivot in zip(rounded, pivots, strict=True):
            vector[pivot] = -row[k]
        complement.append(vector)
    if complement and fmpq_mat([[to_fmpq(x) for x in row] for row in complement]).rank() < len(complement):
        return None
    return complement


def _near(value: float) -> Fraction:
    """The simplest fraction within a few millionths of `value`."""
    for denominator in (1, 2, 6, 12, 60, 420, 1000):
        near = Fraction(value).limit_denominator(denominator)
        if abs(float(near) - value) < 3e-4:
            return near
    return Fraction(value).limit_denominator(10**5)


def _rows(gram: Sequence[Sequence[Fraction]]) -> ExactMatrix:
    return tuple(tuple(row) for row in gram)


def _one(target: Polynomial) -> Any:
    return Polynomial(target.variables, (((0,) * len(target.variables), Fraction(1)),)).flint()
