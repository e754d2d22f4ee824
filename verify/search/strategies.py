"""Hypothesis strategies for exact data about matrix factorizations, for property tests of your own.

Everything is drawn by construction: what a strategy promises holds exactly for each draw, and no draw is thrown away.
Numbers of one matrix share one small denominator. Draws shrink towards few rows, denominator 1, zeros and the identity.

    from hypothesis import given
    from verify.search.strategies import aim, problems

    @given(problems(start="balanced", connectivity="connected"))
    def test_balancedness_is_seen(problem):
        assert problem.balanced

Sizes are given as ``rows``, ``columns``, ``size``, ``depth``: an integer, or a strategy for integers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any, Literal

from hypothesis import HealthCheck, settings, target
from hypothesis import strategies as st

from verify.arithmetic import Ball, ExactMatrix, InputError, exact
from verify.arithmetic.exact import identity, multiply, scale, transpose, zeros
from verify.models import Observations, Problem, cayley, diagonal, symmetric_family
from verify.models import balanced_layers as make_balanced

__all__ = [
    "PROFILES",
    "aim",
    "balanced_layers",
    "diagonal_matrices",
    "families",
    "invertible_matrices",
    "layers",
    "load_profile",
    "masks",
    "matrices",
    "matrices_of_rank",
    "matrices_with_signs",
    "matrices_with_singular_values",
    "matrices_with_spectrum",
    "observations",
    "orthogonal_matrices",
    "problems",
    "rationals",
    "semidefinite_matrices",
    "skew_matrices",
    "symmetric_matrices",
]

Connectivity = Literal["any", "connected", "tree", "block-diagonal", "diagonal"]
Start = Literal["any", "balanced", "diagonal", "identity", "equal", "symmetric"]
Size = int | st.SearchStrategy[int]
Draw = Callable[[st.SearchStrategy[Any]], Any]

#: Names for :func:`load_profile`: seconds, a few minutes, a night; with how many examples each.
PROFILES = {"quick": 25, "ci": 200, "nightly": 10_000}


def load_profile(name: str) -> None:
    """Make one of :data:`PROFILES` Hypothesis' settings: without a deadline, since exact arithmetic takes its time.

    ``quick`` and ``ci`` draw the same examples in every run; ``nightly`` draws others each time and prints how to
    repeat a failure.

    Raises
    ------
    InputError
        for another name.
    """
    if name not in PROFILES:
        raise InputError("profile", f"{name!r} is not known", f"choose {', '.join(PROFILES)}")
    settings.register_profile(
        f"rankproof-{name}",
        max_examples=PROFILES[name],
        deadline=None,
        derandomize=name != "nightly",
        print_blob=True,
        suppress_health_check=[HealthCheck.too_slow],
        **({} if name == "nightly" else {"database": None}),
    )
    settings.load_profile(f"rankproof-{name}")


def aim(slack: Fraction | Ball | float, *, label: str = "slack") -> None:
    """Tell Hypothesis, inside a test, how far the conclusion is from being violated: it looks for smaller slack.

    Raises
    ------
    InputError
        for a slack that is not finite.
    """
    value = float(slack.lower if isinstance(slack, Ball) else slack)
    if not abs(value) < float("inf"):
        raise InputError("slack", f"{value} is not finite", "give a finite number")
    target(-value, label=label)


def _size(draw: Draw, /, size: Size) -> int:
    return size if isinstance(size, int) else int(draw(size))


def _denominators(most: int) -> st.SearchStrategy[int]:
    if most < 1:
        raise InputError("max_denominator", f"is {most}", "give 1 or more")
    return st.integers(1, most)


def _numerators(low: Fraction, high: Fraction, denominator: int) -> st.SearchStrategy[int]:
    first, last = -((-low * denominator).__floor__()), (high * denominator).__floor__()
    return st.integers(first, last)


def _bounds(min_value: object, max_value: object) -> tuple[Fraction, Fraction]:
    low, high = exact(min_value, "min_value"), exact(max_value, "max_value")
    if low.__ceil__() > high.__floor__():
        raise InputError("min_value, max_value", f"no integer lies from {low} to {high}", "give a wider range")
    return low, high


@st.composite
def rationals(draw: Draw, /, *, min_value: object = -2, max_value: object = 2, max_denominator: int = 12) -> Fraction:
    """Fractions from `min_value` to `max_value` (a range that holds an integer); simplest: 0, then integers."""
    low, high = _bounds(min_value, max_value)
    denominator = draw(_denominators(max_denominator))
    return Fraction(draw(_numerators(low, high, denominator)), denominator)


def _common(draw: Draw, /, count: int, low: Fraction, high: Fraction, max_denominator: int) -> list[Fraction]:
    """`count` fractions over one denominator."""
    denominator = draw(_denominators(max_denominator))
    numbers = _numerators(low, high, denominator)
    drawn = draw(st.lists(numbers, min_size=count, max_size=count))
    return [Fraction(x, denominator) for x in drawn]


def _rows(values: Sequence[Fraction], columns: int) -> ExactMatrix:
    return tuple(tuple(values[k : k + columns]) for k in range(0, len(values), columns))


@st.composite
def matrices(
    draw: Draw,
    /,
    rows: Size = 2,
    columns: Size | None = None,
    *,
    min_value: object = -2,
    max_value: object = 2,
    max_denominator: int = 6,
) -> ExactMatrix:
    """Matrices with entries over one denominator, square where `columns` is left out; simplest: zero."""
    low, high = _bounds(min_value, max_value)
    n = _size(draw, rows)
    m = n if columns is None else _size(draw, columns)
    return _rows(_common(draw, n * m, low, high, max_denominator), m)


@st.composite
def symmetric_matrices(draw: Draw, /, size: Size = 2, **options: Any) -> ExactMatrix:
    """Symmetric matrices; options as in :func:`matrices`; simplest: zero."""
    n = _size(draw, size)
    upper = draw(matrices(n, n, **options))
    return tuple(tuple(upper[min(i, j)][max(i, j)] for j in range(n)) for i in range(n))


@st.composite
def skew_matrices(draw: Draw, /, size: Size = 2, *, max_value: object = 2, max_denominator: int = 6) -> ExactMatrix:
    """Skew-symmetric matrices; simplest: zero."""
    n = _size(draw, size)
    bound = exact(max_value, "max_value")
    values = iter(_common(draw, n * (n - 1) // 2, -bound, bound, max_denominator))
    rows = [[Fraction(0)] * n for _ in range(n)]
    for i in range(n):
        for j in range(i + 1, n):
            rows[i][j] = next(values)
            rows[j][i] = -rows[i][j]
    return tuple(map(tuple, rows))


@st.composite
def diagonal_matrices(draw: Draw, /, size: Size = 2, **options: Any) -> ExactMatrix:
    """Square diagonal matrices; options as in :func:`matrices`; simplest: zero."""
    n = _size(draw, size)
    [values] = draw(matrices(1, n, **options))
    return diagonal(values)


@st.composite
def orthogonal_matrices(
    draw: Draw, /, size: Size = 2, *, max_denominator: int = 4, special: bool = False
) -> ExactMatrix:
    """Rational orthogonal matrices, ``cayley(A) S`` with A skew and S a diagonal of signs; simplest: the identity.

    With `special` the determinant is 1. Every rational orthogonal matrix is of this form for some S (Liebeck and
    Osborne 1991), but not within these bounds of A.
    """
    n = _size(draw, size)
    turn = cayley(draw(skew_matrices(n, max_denominator=max_denominator)))
    signs = [1] * n if special else [1 - 2 * s for s in draw(st.lists(st.integers(0, 1), min_size=n, max_size=n))]
    return multiply(turn, diagonal(signs))


def _positive(draw: Draw, /, count: int, most: Fraction, max_denominator: int) -> list[Fraction]:
    """Positive fractions over one denominator, at least 1 of them simplest."""
    denominator = draw(_denominators(max_denominator))
    numbers = st.integers(1, (most * denominator).__floor__())
    return [Fraction(x, denominator) for x in draw(st.lists(numbers, min_size=count, max_size=count))]


@st.composite
def invertible_matrices(draw: Draw, /, size: Size = 2, **options: Any) -> ExactMatrix:
    """Regular matrices: a permutation of unit triangular · diagonal · unit triangular; simplest: the identity."""
    n = _size(draw, size)
    free = draw(matrices(n, n, **options))
    lower = tuple(tuple(free[i][j] if j < i else Fraction(int(i == j)) for j in range(n)) for i in range(n))
    upper = tuple(tuple(free[i][j] if j > i else Fraction(int(i == j)) for j in range(n)) for i in range(n))
    middle = diagonal([x or Fraction(1) for x in (free[i][i] for i in range(n))])
    order = draw(st.permutations(range(n)))
    product = multiply(multiply(lower, middle), upper)
    return tuple(product[k] for k in order)


@st.composite
def matrices_of_rank(
    draw: Draw, /, rank: Size, rows: Size = 2, columns: Size | None = None, **options: Any
) -> ExactMatrix:
    """Matrices of exactly this rank: ``P [I; B] M [I C]`` with M regular, P a permutation; simplest: ``diag(I, 0)``.

    Options as in :func:`matrices`; they bound the factors.
    """
    n = _size(draw, rows)
    m = n if columns is None else _size(draw, columns)
    r = _size(draw, rank)
    if not 0 <= r <= min(n, m):
        raise InputError("rank", f"{r} is no rank of a {n}x{m} matrix", f"give 0 to {min(n, m)}")
    if r == 0:
        return zeros(n, m)
    tall = identity(r) + (draw(matrices(n - r, r, **options)) if n > r else ())
    right = draw(matrices(r, m - r, **options)) if m > r else ((),) * r
    wide = tuple(a + b for a, b in zip(identity(r), right, strict=True))
    product = multiply(multiply(tall, draw(invertible_matrices(r, **options))), wide)
    order = draw(st.permutations(range(n)))
    return tuple(product[k] for k in order)


@st.composite
def matrices_with_spectrum(draw: Draw, /, eigenvalues: Sequence[object], *, max_denominator: int = 4) -> ExactMatrix:
    """Symmetric matrices ``Q diag(eigenvalues) Qᵀ`` with Q rational orthogonal; simplest: the diagonal matrix."""
    turn = draw(orthogonal_matrices(len(eigenvalues), max_denominator=max_denominator, special=True))
    return multiply(multiply(turn, diagonal(eigenvalues)), transpose(turn))


@st.composite
def matrices_with_singular_values(
    draw: Draw,
    /,
    values: Sequence[object],
    rows: int | None = None,
    columns: int | None = None,
    *,
    max_denominator: int = 4,
) -> ExactMatrix:
    """Matrices ``U S Vᵀ`` with these singular values (nonnegative; padded with zeros), U and V rational orthogonal."""
    n, m = rows or len(values), columns or len(values)
    numbers = [exact(v, f"values[{k}]") for k, v in enumerate(values)]
    if len(numbers) > min(n, m) or any(v < 0 for v in numbers):
        raise InputError(
            "values", f"are no singular values of a {n}x{m} matrix", f"give up to {min(n, m)}, none negative"
        )
    left = draw(orthogonal_matrices(n, max_denominator=max_denominator))
    right = draw(orthogonal_matrices(m, max_denominator=max_denominator))
    return multiply(multiply(left, _rectangular(numbers, n, m)), transpose(right))


@st.composite
def matrices_with_signs(
    draw: Draw, /, pattern: Sequence[str], *, max_value: object = 2, max_denominator: int = 6
) -> ExactMatrix:
    """Matrices whose entries have the signs of `pattern`, rows such as ``"+-0*"``; ``*`` is any sign.

    Simplest: entries 1, −1 and 0.
    """
    if not pattern or len({len(row) for row in pattern}) != 1 or set("".join(pattern)) - set("+-0*"):
        raise InputError("pattern", f"{list(pattern)!r} is none", "give rows of +, -, 0 and *, equally long")
    most = exact(max_value, "max_value")
    size, columns = len(pattern) * len(pattern[0]), len(pattern[0])
    denominator = draw(_denominators(max_denominator))
    reach = (most * denominator).__floor__()
    if reach < 1:
        raise InputError("max_value", f"is {most}", "give 1 or more")
    kinds = {"+": st.integers(1, reach), "-": st.integers(-reach, -1), "0": st.just(0), "*": st.integers(-reach, reach)}
    drawn = draw(st.tuples(*(kinds[sign] for row in pattern for sign in row)))
    return _rows([Fraction(drawn[k], denominator) for k in range(size)], columns)


@st.composite
def semidefinite_matrices(draw: Draw, /, size: Size = 2, *, rank: Size | None = None, **options: Any) -> ExactMatrix:
    """Positive semidefinite matrices ``B Bᵀ``, of exactly `rank` if one is given; simplest: zero, or ``diag(I, 0)``.

    Options as in :func:`matrices`; they bound B.
    """
    n = _size(draw, size)
    if rank is None:
        factor = draw(matrices(n, n, **options))
    else:
        r = _size(draw, rank)
        if r == 0:
            return zeros(n, n)
        factor = draw(matrices_of_rank(r, n, r, **options))
    return multiply(factor, transpose(factor))


# ---------------------------------------------------------------------------------------------------------------------
# Layers


def _widths(draw: Draw, /, depth: Size, size: Size, widths: Sequence[int] | None) -> tuple[int, ...]:
    if widths is not None:
        if len(widths) < 2 or min(widths) < 1:
            raise InputError("widths", f"{list(widths)!r}", "give columns of W_1, rows of W_1, …, rows of W_L")
        return tuple(widths)
    return (_size(draw, size),) * (_size(draw, depth) + 1)


@st.composite
def layers(
    draw: Draw, /, *, depth: Size = 2, size: Size = 2, widths: Sequence[int] | None = None, **options: Any
) -> tuple[ExactMatrix, ...]:
    """Any layers, W_1 first; `widths` (columns of W_1, rows of W_1, …) for rectangular ones; simplest: zero."""
    w = _widths(draw, depth, size, widths)
    return tuple(draw(matrices(after, before, **options)) for before, after in pairwise(w))


def _rectangular(values: Sequence[Fraction], rows: int, columns: int) -> ExactMatrix:
    return tuple(
        tuple(values[i] if i == j and i < len(values) else Fraction(0) for j in range(columns)) for i in range(rows)
    )


@st.composite
def balanced_layers(
    draw: Draw,
    /,
    *,
    depth: Size = 2,
    size: Size = 2,
    widths: Sequence[int] | None = None,
    full_rank: bool = False,
    max_value: object = 2,
    max_denominator: int = 6,
) -> tuple[ExactMatrix, ...]:
    """Layers with ``W_{l+1}ᵀW_{l+1} = W_l W_lᵀ`` exactly: ``W_l = Q_l D_l Q_{l−1}ᵀ``, the D_l of one diagonal.

    With `full_rank` no entry of that diagonal is 0. Simplest: zero layers, or identities. Every balanced tuple over
    the reals is of this form (Arora, Cohen & Hazan 2018).
    """
    w = _widths(draw, depth, size, widths)
    rank, most = min(w), exact(max_value, "max_value")
    if full_rank:
        values = _positive(draw, rank, most, max_denominator)
    else:
        values = _common(draw, rank, Fraction(0), most, max_denominator)
    frames = [draw(orthogonal_matrices(n, max_denominator=3)) for n in w]
    return make_balanced([_rectangular(values, after, before) for before, after in pairwise(w)], frames)


# ---------------------------------------------------------------------------------------------------------------------
# Observations


@st.composite
def masks(
    draw: Draw, /, rows: Size = 2, columns: Size | None = None, *, connectivity: Connectivity = "any"
) -> tuple[tuple[int, int], ...]:
    """Sets of observed positions, sorted, by the graph whose vertices are rows and columns and whose edges they are.

    ``"any"``: at least one position. ``"connected"``: every row and column in one component. ``"tree"``: connected,
    and no longer so with one position fewer. ``"block-diagonal"``: at least two complete blocks, rows and columns in
    their order. ``"diagonal"``: blocks of size 1. Simplest: fewest positions, in the first row and column.
    """
    n = _size(draw, rows)
    m = n if columns is None else _size(draw, columns)
    cells = [(i, j) for i in range(n) for j in range(m)]
    if connectivity == "any":
        return tuple(sorted(draw(st.lists(st.sampled_from(cells), min_size=1, unique=True))))
    if connectivity == "diagonal":
        return tuple((k, k) for k in range(min(n, m)))
    if connectivity == "block-diagonal":
        if min(n, m) < 2:
            raise InputError("masks", f"a {n}x{m} matrix has no two diagonal blocks", "give 2 or more rows and columns")
        count = draw(st.integers(2, min(n, m)))
        above = _partition(draw, n, count)
        left = _partition(draw, m, count)
        return tuple((i, j) for i, j in cells if above[i] == left[j])
    if connectivity not in ("connected", "tree"):
        raise InputError("connectivity", f"{connectivity!r} is not known", "any, connected, tree or block-diagonal")
    # A tree grows: row 0 and column 0 are joined, every further vertex is joined to an earlier one of the other side.
    found = {(0, 0)}
    vertices = draw(st.permutations([("row", i) for i in range(1, n)] + [("column", j) for j in range(1, m)]))
    known_rows, known_columns = [0], [0]
    for side, k in vertices:
        if side == "row":
            found.add((k, draw(st.sampled_from(known_columns))))
            known_rows.append(k)
        else:
            found.add((draw(st.sampled_from(known_rows)), k))
            known_columns.append(k)
    if connectivity == "connected":
        rest = [cell for cell in cells if cell not in found]
        if rest:
            found |= set(draw(st.lists(st.sampled_from(rest), unique=True)))
    return tuple(sorted(found))


def _partition(draw: Draw, /, size: int, count: int) -> list[int]:
    """Which of `count` consecutive nonempty blocks each of `size` indices belongs to."""
    cuts = set(draw(st.permutations(range(1, size)))[: count - 1]) if count > 1 else set()
    block, found = 0, []
    for k in range(size):
        block += k in cuts
        found.append(block)
    return found


@st.composite
def observations(
    draw: Draw,
    /,
    rows: Size = 2,
    columns: Size | None = None,
    *,
    connectivity: Connectivity = "any",
    value: object = None,
    **options: Any,
) -> Observations:
    """Observed entries on a mask (:func:`masks`), all of one `value`, or of any (options as in :func:`matrices`)."""
    n = _size(draw, rows)
    m = n if columns is None else _size(draw, columns)
    cells = draw(masks(n, m, connectivity=connectivity))
    if value is None:
        [values] = draw(matrices(1, len(cells), **options))
    else:
        values = (exact(value, "value"),) * len(cells)
    return Observations(n, m, tuple((i, j, y) for (i, j), y in zip(cells, values, strict=True)))


# ---------------------------------------------------------------------------------------------------------------------
# Problems

_DEPTHS, _SIZES = st.integers(1, 4), st.integers(1, 3)
_FAMILY_DEPTHS, _FAMILY_SIZES = st.integers(2, 5), st.integers(2, 3)


@st.composite
def families(
    draw: Draw,
    /,
    *,
    depth: Size = _FAMILY_DEPTHS,
    n: Size = _FAMILY_SIZES,
    finite: bool = True,
    max_alpha: object = 1,
    value: object = 1,
) -> Problem:
    """Members of the symmetric family with ``m > 1`` (with ``finite=False`` also m = ∞) and α > 0.

    Simplest: depth 2, n = 2, m = 2, α the largest integer not above `max_alpha`, or its simplest fraction.
    """
    alpha = draw(st.integers(1, 20).map(lambda k: exact(max_alpha, "max_alpha") / k))
    m: Fraction | None = 1 + draw(rationals(min_value=1, max_value=9, max_denominator=4))
    if not finite and draw(st.booleans()):
        m = None
    return symmetric_family(_size(draw, depth), n=_size(draw, n), m=m, alpha=alpha, value=value)


@st.composite
def problems(
    draw: Draw,
    /,
    *,
    depth: Size = _DEPTHS,
    size: Size = _SIZES,
    widths: Sequence[int] | None = None,
    start: Start = "any",
    connectivity: Connectivity = "any",
    value: object = None,
    max_value: object = 2,
    max_denominator: int = 6,
) -> Problem:
    """Problems as a whole: a start of the given kind, and observed entries.

    Parameters
    ----------
    depth, size, widths
        Square layers of one size, or `widths` (columns of W_1, rows of W_1, …, rows of W_L).
    start
        ``"any"``, ``"balanced"``, ``"diagonal"`` (each layer diagonal), ``"identity"`` (one multiple of the identity),
        ``"equal"`` (all layers alike), ``"symmetric"`` (alike and symmetric). The last four need square layers.
    connectivity, value
        As in :func:`observations`.
    """
    if connectivity == "block-diagonal" and not isinstance(size, int) and widths is None:
        size = size.map(lambda n: max(n, 2))
    w = _widths(draw, depth, size, widths)
    options: dict[str, Any] = {"max_value": max_value, "max_denominator": max_denominator}
    signed = options | {"min_value": -exact(max_value, "max_value")}
    count, n = len(w) - 1, w[0]
    if start not in ("any", "balanced") and len(set(w)) > 1:
        raise InputError("start", f"{start!r} needs square layers", "leave widths out")
    if start == "any":
        made = draw(layers(widths=w, **signed))
    elif start == "balanced":
        made = draw(balanced_layers(widths=w, **options))
    elif start == "diagonal":
        made = tuple(draw(diagonal_matrices(n, **signed)) for _ in range(count))
    elif start == "identity":
        made = (scale(draw(rationals(min_value=0, **options)), identity(n)),) * count
    elif start in ("equal", "symmetric"):
        made = (draw((matrices if start == "equal" else symmetric_matrices)(n, **signed)),) * count
    else:
        raise InputError("start", f"{start!r} is not known", "any, balanced, diagonal, identity, equal or symmetric")
    return Problem(made, draw(observations(w[-1], w[0], connectivity=connectivity, value=value, **signed)))
