"""Claims as data: statements, the evidence for and against them, verdicts, and the run that makes them.

Knows no engine: a claim carries its checks as functions that return :class:`Evidence`. Imports
verify.arithmetic alone. A claim file reads so::

    from verify.claims import Assurance, Evidence, Run, Scope, claim

    @claim("my-paper/sum-of-squares", scope=Scope.all("reals a, b"))
    def sum_of_squares(run: Run):
        '''Statement: a^2 + b^2 >= 2ab for all real a, b.'''
        ...
        yield Evidence.supports(kind="polynomial identity", assurance=Assurance.PROVED,
                                scope=Scope.all("reals a, b"), detail="the difference is (a - b)^2")

and ``verify check my_claims.py`` runs it.
"""

from verify.claims.claim import PROFILES, Claim, Run, Twin, claim
from verify.claims.decide import Decision, decide
from verify.claims.docstring import SECTIONS
from verify.claims.evidence import Evidence
from verify.claims.experiment import Answer, Experiment, Findings, Setting, experiment, installed_experiments
from verify.claims.plain import read_json
from verify.claims.registry import (
    ENTRY_POINTS,
    Registry,
    can_be_loaded,
    collect,
    installed_claims,
    load_claim,
    load_file,
)
from verify.claims.results import Examination, Report, Result, report_schema
from verify.claims.runner import examine, refuted_by, replay, run_claims
from verify.claims.scope import Level, Scope, jointly_cover
from verify.claims.verdict import Assurance, Outcome, Verdict
from verify.claims.witness import Established, Witness, read_witness, write_witness

__all__ = [
    "ENTRY_POINTS",
    "PROFILES",
    "SECTIONS",
    "Answer",
    "Assurance",
    "Claim",
    "Decision",
    "Established",
    "Evidence",
    "Examination",
    "Experiment",
    "Findings",
    "Level",
    "Outcome",
    "Registry",
    "Report",
    "Result",
    "Run",
    "Scope",
    "Setting",
    "Twin",
    "Verdict",
    "Witness",
    "can_be_loaded",
    "claim",
    "collect",
    "decide",
    "examine",
    "experiment",
    "installed_claims",
    "installed_experiments",
    "jointly_cover",
    "load_claim",
    "load_file",
    "read_json",
    "read_witness",
    "refuted_by",
    "replay",
    "report_schema",
    "run_claims",
    "write_witness",
]
