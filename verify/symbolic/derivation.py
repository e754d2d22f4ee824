"""A derivation: steps that were checked by machine when they were made, printable as text, LaTeX and JSON.

What is displayed is generated from what was checked: relations, hypotheses, what a symbol abbreviates, which earlier
steps were used. The JSON form holds every check in full (``verify.symbolic.machine``), so that the steps can be
checked again from the file alone (``verify.symbolic.replay``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from verify.symbolic import layout
from verify.symbolic.checks import Check, DerivationError, Formula
from verify.symbolic.expressions import Call, Expr, Num, Relation, Sym
from verify.symbolic.layout import escape, relation_text, spoken, wrap
from verify.symbolic.machine import encode, symbols

__all__ = ["Derivation", "DerivationError", "Step", "Support"]

#: Names the JSON form.
SCHEMA = "rankproof/derivation/2"


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
        return escape(self.claim) + "\n" + layout.display(self.relations)

    def recheck(self) -> None:
        """Run the check again."""
        self.check.run()

    def to_json(self) -> dict[str, Any]:
        """``{"claim", "relations", "assuming", "reason", "latex", "check", "exact"}``.

        ``check`` tells in words what was decided, and how; ``exact`` is all of the step in machine-readable form.
        """
        return {
            "claim": spoken(self.claim),
            "relations": [relation.to_json() for relation in self.relations],
            "assuming": [relation.to_json() for relation in self.assuming],
            "reason": spoken(self.reason),
            "latex": self.latex,
            "check": self.check.to_json(),
            "exact": {
                "claim": self.claim,
                "reason": self.reason,
                "assuming": encode(self.assuming),
                "check": encode(self.check),
            },
        }


@dataclass(frozen=True)
class Support:
    """What a step rests on, found in its check.

    Attributes
    ----------
    steps
        numbers of earlier steps whose relations it uses.
    hypotheses
        numbers of hypotheses that it uses, from 1.
    where
        what symbols in it abbreviate, and how its variables move in time.
    bounds
        where it holds, such as ``L ≥ 3``.
    """

    steps: tuple[int, ...] = ()
    hypotheses: tuple[int, ...] = ()
    where: tuple[Relation, ...] = ()
    bounds: tuple[Relation, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """``{"steps", "hypotheses", "where", "bounds"}``."""
        return {
            "steps": list(self.steps),
            "hypotheses": list(self.hypotheses),
            "where": [relation.text() for relation in self.where],
            "bounds": [relation.text() for relation in self.bounds],
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
        when a step uses a premise that is neither a hypothesis nor established by an earlier step, or when one symbol
        is written in two ways, or two symbols in one.
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
        for number, premise in missing(self.steps, self.hypotheses):
            raise DerivationError(f"{self.topic}, step {number}: {premise.text()} was not established before")
        looks = self.looks
        for kind in (0, 1):
            seen: dict[str, str] = {}
            for name, look in looks.items():
                if name not in self._identities and (other := seen.setdefault(look[kind] or name, name)) != name:
                    raise DerivationError(f"{self.topic}: {other} and {name} are both written {look[kind] or name}")

    @property
    def looks(self) -> dict[str, tuple[str, str]]:
        """Every symbol's name, with how it looks in LaTeX and in text (empty: as its name).

        Raises
        ------
        DerivationError
            when one symbol is written in two ways.
        """
        found: dict[str, tuple[str, str]] = {}
        parts = (self.hypotheses, *((step.check, step.relations, step.assuming) for step in self.steps))
        for symbol in symbols(parts):
            look = (symbol.tex, symbol.shown)
            if found.setdefault(symbol.name, look) != look:
                raise DerivationError(f"{self.topic}: {symbol.name} is written in two ways")
        return found

    @property
    def _identities(self) -> frozenset[str]:
        """Identity matrices of several sizes are all written I."""
        settings = (getattr(step.check, "setting", None) for step in self.steps)
        return frozenset(name for setting in settings for name, _ in getattr(setting, "identities", ()))

    @property
    def positive(self) -> tuple[Sym, ...]:
        """The symbols that some step takes as positive numbers, in order of appearance."""
        settings = (getattr(step.check, "setting", None) for step in self.steps)
        names = {name for setting in settings for name in getattr(setting, "positive", ())}
        shown = symbols([step.relations for step in self.steps])
        return tuple(symbol for symbol in shown if symbol.name in names)

    def supports(self) -> tuple[Support, ...]:
        """What every step rests on."""
        looks = self.looks
        origin: dict[Relation, int] = {_turned(relation): -k for k, relation in enumerate(self.hypotheses, 1)}
        found = []
        for number, step in enumerate(self.steps, 1):
            found.append(_support(step, origin, looks))
            if not step.assuming:
                for relation in step.relations:
                    origin.setdefault(_turned(relation), number)
        return tuple(found)

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
            lines += ["", "Hypotheses"]
            for relation in self.hypotheses:
                lines += relation_text(relation, width, "  ")
        if self.positive:
            lines += ["", *wrap(f"Positive: {', '.join(symbol.text() for symbol in self.positive)}.", width)]
        for number, (step, support) in enumerate(zip(self.steps, self.supports(), strict=True), 1):
            lines += ["", *wrap(f"{number}. {spoken(step.claim)}", width, "   ")]
            for relation in step.relations:
                lines += relation_text(relation, width, "     ")
            lines += wrap(f"   [{spoken(step.reason)}{_told(support)}]", width, "    ")
        lines += ["", *wrap(f"Scope: {spoken(self.scope)}.", width)]
        lines += wrap(f"Checked by machine: {self.counted()}.", width)
        if self.uses:
            lines += wrap(f"Used besides: {'; '.join(spoken(u) for u in self.uses)}.", width)
        return "\n".join(lines) + "\n"

    def to_latex(self, *, standalone: bool = True, columns: int = 1) -> str:
        """LaTeX: a document for pdflatex (amsmath, amsthm), or the fragment between its begin and end.

        The fragment needs the macros of :data:`verify.symbolic.latex.MACROS`; `columns` is 2 for narrow columns.
        """
        from verify.symbolic import latex

        body = latex.fragment(self, columns=columns)
        return latex.document(body, columns=columns) if standalone else body

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON; every step tells what was checked, and how, and can be checked again from this alone."""
        supports = [support.to_json() for support in self.supports()]
        return {
            "schema": SCHEMA,
            "topic": self.topic,
            "title": spoken(self.title),
            "statement": spoken(self.statement),
            "scope": spoken(self.scope),
            "options": {name: value for name, value in self.options.items() if value is not None},
            "notation": [spoken(line) for line in self.notation],
            "hypotheses": [relation.to_json() for relation in self.hypotheses],
            "steps": [
                {"number": number, **step.to_json(), "uses": support}
                for number, (step, support) in enumerate(zip(self.steps, supports, strict=True), 1)
            ],
            "uses": [spoken(line) for line in self.uses],
            "exact": {
                "title": self.title,
                "statement": self.statement,
                "scope": self.scope,
                "notation": list(self.notation),
                "hypotheses": encode(self.hypotheses),
                "uses": list(self.uses),
                "symbols": {name: list(look) for name, look in self.looks.items()},
            },
        }

    def counted(self) -> str:
        """How many steps were decided by which kind of check, in words."""
        kinds = ", ".join(f"{count} by {kind}" for kind, count in sorted(self.checks.items()))
        return f"every step when it was made ({kinds})"


def missing(steps: Sequence[Step], hypotheses: Sequence[Relation]) -> Iterator[tuple[int, Relation]]:
    """Premises that were neither assumed nor established before they are used, with the step's number."""
    known = {_turned(relation) for relation in hypotheses}
    for number, step in enumerate(steps, 1):
        local = known | {_turned(relation) for relation in step.assuming}
        for premise in step.check.premises:
            if _turned(premise) not in local and _weakened(premise) not in local:
                yield number, premise
        if not step.assuming:
            known.update(_turned(relation) for relation in step.relations)


def _support(step: Step, origin: Mapping[Relation, int], looks: Mapping[str, tuple[str, str]]) -> Support:
    check = step.check
    sources = [origin.get(_turned(p), origin.get(_weakened(p), 0)) for p in check.premises]
    abbreviations = _abbreviations(check, looks)
    wanted = symbols([check.relations, check.premises, step.assuming])
    where: list[Relation] = []
    # What stands in a formula that is shown is wanted, too; an abbreviation that was shown before is referred to.
    while reached := [name for name in abbreviations if any(symbol.name == name for symbol in wanted)]:
        for name in reached:
            relation = abbreviations.pop(name)
            if _turned(relation) in origin:
                sources.append(origin[_turned(relation)])
            elif relation not in check.relations:
                where.append(relation)
                wanted.update(symbols(relation.right))
    rates = dict(getattr(getattr(check, "setting", None), "rates", ()))
    moving = [p for r in check.relations for p in _walk(r) if isinstance(p, Call) and p.function == "rate"]
    if moving:
        shown = (name for name in rates if name in looks)
        moves = (Relation(_moved(Sym(name, *looks[name]), moving[0].labels), rates[name]) for name in shown)
        where += [move for move in moves if move.left.text() != move.right.text()]  # a free rate says nothing
    bounds = tuple(
        Relation(Sym(name, *looks.get(name, ("", ""))), Num(Fraction(low)), ">" if strict else ">=")
        for name, low, strict in getattr(check, "bounds", ())
    )
    return Support(
        tuple(sorted({k for k in sources if k > 0})),
        tuple(sorted({-k for k in sources if k < 0})),
        tuple(where),
        bounds,
    )


def _abbreviations(check: Check, looks: Mapping[str, tuple[str, str]]) -> dict[str, Relation]:
    """What the check's symbols abbreviate, where that is a formula in symbols that are shown."""
    found: dict[str, Relation] = {}
    displayed = {symbol.name for symbol in symbols(check.relations)}
    unseen: set[str] = set()  # what stands for an output of a program, and is not displayed
    for name, meaning in getattr(check, "definitions", ()):
        body = meaning.body if isinstance(meaning, Formula) else meaning
        if not isinstance(body, Expr) and name not in displayed:
            unseen.add(name)
        elif isinstance(body, Expr) and name in looks and not unseen & {symbol.name for symbol in symbols(body)}:
            found[name] = Relation(Sym(name, *looks[name]), body)
    return found


def _moved(symbol: Sym, labels: tuple[str, ...]) -> Expr:
    """The derivative of a symbol: with a dot where it is by time."""
    dotted = re.fullmatch(r"(\\?[A-Za-z]|\\[A-Za-z]+)([_^].*)?", symbol.latex())
    if labels or dotted is None:
        return Call("rate", (symbol,), labels)
    return Sym(f"{symbol.name}'", rf"\dot{{{dotted[1]}}}{dotted[2] or ''}", f"{symbol.text()}'")


def _walk(relation: Relation) -> Iterator[Expr]:
    yield from relation.left.walk()
    yield from relation.right.walk()


def _told(support: Support) -> str:
    """A step's support, to follow its reason."""
    parts = []
    if used := origins(support):
        parts.append(f"from {used}")
    if support.where:
        parts.append("with " + ", ".join(relation.text() for relation in support.where))
    if support.bounds:
        parts.append("for " + ", ".join(relation.text() for relation in support.bounds))
    return "".join(f"; {part}" for part in parts)


def origins(support: Support) -> str:
    """The steps and hypotheses that were used, in words."""
    parts = []
    for name, numbers in (("step", support.steps), ("hypothesis", support.hypotheses)):
        if numbers:
            plural = ("steps" if name == "step" else "hypotheses") if len(numbers) > 1 else name
            parts.append(f"{plural} {', '.join(map(str, numbers))}")
    return " and ".join(parts)


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
