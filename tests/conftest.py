"""What holds for every test: no global precision is left changed, Hypothesis profiles, no display."""

from __future__ import annotations

import os
from collections.abc import Iterator

import flint
import matplotlib
import mpmath
import numpy as np
import pytest
from hypothesis import settings

matplotlib.use("Agg")

settings.register_profile("ci", max_examples=25, deadline=None, derandomize=True, database=None, print_blob=True)
settings.register_profile("dev", max_examples=10, deadline=None)
settings.register_profile("nightly", max_examples=1000, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture(autouse=True)
def unchanged_globals() -> Iterator[None]:
    """Fail the test that leaves a global precision or error state changed; put it back for the next one."""
    mp, iv, ball, errors = mpmath.mp.prec, mpmath.iv.prec, flint.ctx.prec, np.geterr()
    yield
    changed = {
        name: (before, now)
        for name, before, now in [
            ("mpmath.mp.prec", mp, mpmath.mp.prec),
            ("mpmath.iv.prec", iv, mpmath.iv.prec),
            ("flint.ctx.prec", ball, flint.ctx.prec),
            ("numpy.geterr()", errors, np.geterr()),
        ]
        if before != now
    }
    mpmath.mp.prec, mpmath.iv.prec, flint.ctx.prec = mp, iv, ball
    np.seterr(**errors)
    if changed:
        told = ", ".join(f"{name} from {before} to {now}" for name, (before, now) in changed.items())
        pytest.fail(f"the test left a global changed: {told}", pytrace=False)
