"""The search for counterexamples: it proposes, ball arithmetic and exact algebra dispose. UNTRUSTED, except by them.

Imports verify.claims and everything below it. A hunt is attached to its claim::

    from verify.search import Hunt
    from verify.search.flows import flow_chart

    @my_claim.hunt
    def _(run):
        return Hunt(charts=(flow_chart(…),), certify=…)

and ``verify hunt my-paper/my-claim`` runs it: candidates are drawn and improved by the thousand in float64, the best
rounded to rationals that keep the hypotheses exactly, certified, shrunk to the simplest data that still certify, and
checked again by the claim's recheck. Floats rank candidates; only a certified witness refutes.

The Hypothesis strategies for users' own property tests are in :mod:`verify.search.strategies`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from verify.search.hunt import Chart, Hunt
    from verify.search.pipeline import HuntReport, Trophy, run_hunt
    from verify.search.tally import Find, Tally, merged

_HOME = {
    "Chart": "hunt",
    "Find": "tally",
    "Hunt": "hunt",
    "HuntReport": "pipeline",
    "Tally": "tally",
    "Trophy": "pipeline",
    "merged": "tally",
    "run_hunt": "pipeline",
}

__all__ = ["Chart", "Find", "Hunt", "HuntReport", "Tally", "Trophy", "merged", "run_hunt"]


def __getattr__(name: str) -> object:
    if name in _HOME:
        return getattr(import_module(f"verify.search.{_HOME[name]}"), name)
    raise AttributeError(f"module 'verify.search' has no attribute {name!r}")
