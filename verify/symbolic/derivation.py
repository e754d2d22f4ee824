"""A derivation: steps that were checked by machine when they were made, printable as text, LaTeX and JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from verify.symbolic.checks import Check, DerivationError
from verify.symbolic.expressions import Relation
from verify.symbolic.layout import display, escape, relation_text, spoken, wrap

__all__ = ["Derivation", "DerivationError", "Step"]

#: Version of the JSON form.
SCHEMA = 1


@dataclass(frozen=True)
class Step:
    """One claim, why it follows, and the check that decided it.

    Making a step runs its check.

    Attributes
    ----------
    claim
        what is claimed, in words; may hold LaTeX mathematics between dollar signs. The relations are the check's.
    reason
        by what rule it follows.
    check
        what decides it: see ``verify.symbolic.checks``.
    assuming
        what this step alone assumes, such as an induction hypothesis; what it shows is then not used by later steps.

    Raises
    ------
    DerivationError
        when the check fails: a step that exists is true.
    """

    claim: str
    reason: str
    check: Check
    assuming: tuple[Relation, ...] = ()

    def __post_init__(self) -> None:
        self.check.run()

    @property
    def relations(self) -> tuple[Relation, ...]:
        """What was decided."""
        return self.check.relations

    @property
    def text(self) -> str:
        """The claim and its relations, each on a line of its own."""
        return "\n".join([spoken(self.claim), *(relation.text() for relation in self.relations)])

    @property
    def latex(self) -> str:
        """The claim and its relations as LaTeX."""
        return escape(self.claim) + "\n" + display(self.relations)

    def recheck(self) -> None:
        """Run the check again."""
        self.check.run()

    def to_json(self) -> dict[str, Any]:
        """``{"claim", "relations", "reason", "latex", "check"}``; the check tells what was decided, and how."""
        return {
            "claim": spoken(self.claim),
            "relations": [relation.to_json() for relation in self.relations],
            "assuming": [relation.to_json() for relation in self.assuming],
            "reason": spoken(self.reason),
            "latex": self.latex,
            "check": self.check.to_json(),
        }


@dataclass(frozen=True)
class Derivation:
    """A statement and the checked steps that establish it.

    Attributes
    ----------
    topic, title
        its name, and a heading.
    statement
        what is established; may hold LaTeX mathematics between dollar signs.
    scope
        what it covers: which dimensions, depths and starts.
    steps
        checked when they were made; a step may use earlier steps, hypotheses, and nothing else.
    hypotheses
        relations that are assumed.
    notation
        what symbols mean, one line each.
    uses
        standard theorems that join the steps and are not checked by machine here.
    options
        what was asked for, such as the depth.

    Raises
    ------
    DerivationError
        when a step uses a premise that is neither a hypothesis nor established by an earlier step.
    """

    topic: str
    title: str
    statement: str
    scope: str
    steps: tuple[Step, ...]
    hypotheses: tuple[Relation, ...] = ()
    notation: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.steps:
            raise DerivationError(f"{self.topic}: a derivation without steps")
        known = {_turned(relation) for relation in self.hypotheses}
        for number, step in enumerate(self.steps, 1):
            local = known | {_turned(relation) for relation in step.assuming}
            for premise in step.check.premises:
                if _turned(premise) not in local and _weakened(premise) not in local:
                    raise DerivationError(f"{self.topic}, step {number}: {premise.text()} was not established before")
            if not step.assuming:
                known.update(_turned(relation) for relation in step.relations)

    def recheck(self) -> None:
        """Run every check again.

        Raises
        ------
        DerivationError
            when one fails.
        """
        for step in self.steps:
            step.recheck()

    @property
    def checks(self) -> dict[str, int]:
        """How many steps were decided by which kind of check."""
        counts: dict[str, int] = {}
        for step in self.steps:
            counts[step.check.kind] = counts.get(step.check.kind, 0) + 1
        return counts

    def to_text(self, *, width: int = 100) -> str:
        """For people: at most `width` characters a line, where a formula can be broken."""
        lines = [self.title, "=" * len(self.title), ""]
        lines += wrap(spoken(self.statement), width)
        if self.notation:
            lines += ["", "Notation"]
            for line in self.notation:
                lines += wrap("- " + spoken(line), width, "  ")
        if self.hypotheses:
            lines += ["", "Hypotheses", *("  " + relation.text() for relation in self.hypotheses)]
        for number, step in enumerate(self.steps, 1):
            lines += ["", *wrap(f"{number}. {spoken(step.claim)}", width, "   ")]
            for relation in step.relations:
                lines += relation_text(relation, width, "     ")
            lines += wrap(f"   [{spoken(step.reason)}]", width, "    ")
        lines += ["", *wrap(f"Scope: {spoken(self.scope)}.", width)]
        lines += wrap(f"Checked by machine: {self._counted()}.", width)
        if self.uses:
            lines += wrap(f"Used besides: {'; '.join(spoken(u) for u in self.uses)}.", width)
        return "\n".join(lines) + "\n"

    def to_latex(self, *, standalone: bool = True) -> str:
        """LaTeX: a document for pdflatex (amsmath, amsthm), or the part between its begin and end.

        The part needs ``\\usepackage{amsmath,amsthm}`` and ``\\newtheorem{proposition}{Proposition}``.
        """
        lines = [rf"\begin{{proposition}}[{escape(self.title)}]", escape(self.statement) + "."]
        lines.append(r"\end{proposition}")
        if self.notation:
            notes = "; ".join(escape(line) for line in self.notation)
            lines += ["", rf"\noindent\emph{{Notation.}} {notes}."]
        if self.hypotheses:
            lines += ["", r"\noindent\emph{Hypotheses.}", display(self.hypotheses)]
        lines += ["", r"\begin{proof}"]
        for number, step in enumerate(self.steps, 1):
            lines += [rf"\noindent\textbf{{{number}.}} {escape(step.claim)}", display(step.relations)]
            lines += [rf"\noindent\emph{{Reason:}} {escape(step.reason)}.", r"\par\medskip"]
        lines += [rf"\noindent\emph{{Scope:}} {escape(self.scope)}."]
        lines += [rf"\emph{{Checked by machine:}} {escape(self._counted())}."]
        if self.uses:
            lines.append(rf"\emph{{Used besides:}} {'; '.join(escape(u) for u in self.uses)}.")
        lines.append(r"\end{proof}")
        body = "\n".join(lines) + "\n"
        return _PREAMBLE + body + "\\end{document}\n" if standalone else body

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON; every step tells what was checked, and how."""
        return {
            "schema": SCHEMA,
            "topic": self.topic,
            "title": spoken(self.title),
            "statement": spoken(self.statement),
            "scope": spoken(self.scope),
            "options": {name: value for name, value in self.options.items() if value is not None},
            "notation": [spoken(line) for line in self.notation],
            "hypotheses": [relation.to_json() for relation in self.hypotheses],
            "steps": [step.to_json() for step in self.steps],
            "uses": [spoken(line) for line in self.uses],
        }

    def _counted(self) -> str:
        kinds = ", ".join(f"{count} by {kind}" for kind, count in sorted(self.checks.items()))
        return f"every step when it was made ({kinds})"


_PREAMBLE = r"""\documentclass[11pt]{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage[a4paper,margin=25mm]{geometry}
\usepackage{amsmath,amssymb,amsthm}
\newtheorem{proposition}{Proposition}
\allowdisplaybreaks
\emergencystretch=2em
\begin{document}
"""


def _turned(relation: Relation) -> Relation:
    """``a > b`` as ``b < a`` and an equation with its sides in a fixed order, so that either form is found."""
    if relation.sign in (">", ">="):
        return Relation(relation.right, relation.left, "<" + relation.sign[1:])
    if relation.sign == "=" and relation.right.text() < relation.left.text():
        return Relation(relation.right, relation.left)
    return relation


def _weakened(relation: Relation) -> Relation:
    """What would establish a relation that is not strict: the strict one."""
    turned = _turned(relation)
    return Relation(turned.left, turned.right, "<") if turned.sign == "<=" else turned
