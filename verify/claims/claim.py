"""Claims: statements as data, each with the checks that produce evidence for or against it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import TypeVar

from verify.arithmetic import InputError, Progress, silent
from verify.claims.docstring import items, parse_sections
from verify.claims.evidence import Evidence
from verify.claims.scope import Scope
from verify.claims.verdict import Verdict
from verify.claims.witness import Witness, stored_witnesses

#: How long a run may take: seconds, minutes, a night.
PROFILES = ("quick", "full", "nightly")

T = TypeVar("T")

_SLUG = re.compile(r"[a-z0-9]+(?:[-._][a-z0-9]+)*(?:/[a-z0-9]+(?:[-._][a-z0-9]+)*)*")
_EXPECTABLE = (Verdict.HOLDS, Verdict.SUPPORTED, Verdict.REFUTED, Verdict.UNDECIDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a check is told: which claim, how hard to work, and from which seed. It holds no state.

    Parameters
    ----------
    claim, twin, without
        The slug, whether the negative twin is being checked, and which hypothesis is dropped (empty: none).
    profile
        ``quick``, ``full`` or ``nightly``: how many instances, which sizes.
    digits, seed
        Decimal digits to work with where a check chooses none itself, and the seed of everything random.
    stored
        Witnesses of this claim (or twin) kept beside the claim's module, in ``witnesses/*.json``.
    progress
        To be called with the fraction of this claim's work that is done, and a short message.
    """

    claim: str = ""
    twin: bool = False
    without: str = ""
    profile: str = "quick"
    digits: int = 30
    seed: int = 0
    stored: tuple[Witness, ...] = ()
    progress: Progress = silent

    def __post_init__(self) -> None:
        if self.profile not in PROFILES:
            raise InputError("profile", f"{self.profile!r} is not known", f"choose {', '.join(PROFILES)}")
        if isinstance(self.digits, bool) or not isinstance(self.digits, int) or not 1 <= self.digits <= 100_000:
            raise InputError("digits", f"{self.digits!r} is out of range", "give an integer from 1 to 100000")
        if isinstance(self.seed, bool) or not isinstance(self.seed, int):
            raise InputError("seed", f"{self.seed!r} is not an integer", "give an integer")

    def random(self) -> Random:
        """A fresh generator that depends on seed, claim and variant only: not on order, nor on what else
        runs."""
        return Random(f"{self.seed}/{self.claim}/{self.twin}{'/' * bool(self.without)}{self.without}")

    def pick(self, *, quick: T, full: T, nightly: T | None = None) -> T:
        """The value for this profile; `nightly` is `full` where it is left out."""
        if self.profile == "quick":
            return quick
        return nightly if self.profile == "nightly" and nightly is not None else full


Check = Callable[[Run], Iterable[Evidence] | Evidence | None]
Recheck = Callable[[Witness, Run], Evidence]
#: Describes the search for a counterexample: a ``verify.search.Hunt``, which this room does not know; None: no search.
Hunter = Callable[[Run], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """The negative twin of a claim: a false variant, which the toolkit must be able to refute.

    `drops` names the hypothesis that it leaves out, where the variant is just that.
    """

    variant: str
    check: Check
    hypotheses: tuple[str, ...]
    drops: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ablation:
    """The claim without one of its hypotheses. Refuted, it shows that the hypothesis is needed."""

    drops: str
    check: Check
    hypotheses: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Claim:
    """A statement with its checks. Made by the decorator :func:`claim`; the fields are what the decorator was
    given.

    `check`, the twin, the recheck and the hunt are functions of the module in which the claim was written; `module`
    and `file` say which, so that other processes can find them again.
    """

    slug: str
    paper: str
    number: str
    title: str
    scope: Scope
    expects: Verdict
    kinds: tuple[str, ...]
    uses: tuple[str, ...]
    parts: tuple[str, ...]
    hypotheses: tuple[str, ...]
    literal_reading: str
    sections: Mapping[str, str]
    check: Check
    module: str
    file: str
    # The decorators below run after the record was made, once each; nothing else writes here.
    _twin: list[Twin] = field(default_factory=list, repr=False)
    _ablations: list[Ablation] = field(default_factory=list, repr=False)
    _recheck: list[Recheck] = field(default_factory=list, repr=False)
    _hunts: dict[str, Hunter] = field(default_factory=dict, repr=False)

    @property
    def statement(self) -> str:
        """The section *Statement* of the docstring."""
        return self.sections["Statement"]

    @property
    def stated_hypotheses(self) -> tuple[str, ...]:
        """The names given to the decorator, or else the points of the docstring's section *Hypotheses*."""
        return self.hypotheses or items(self.sections.get("Hypotheses", ""))

    @property
    def twin(self) -> Twin | None:
        """The negative twin, if one was written."""
        return self._twin[0] if self._twin else None

    @property
    def ablations(self) -> tuple[Ablation, ...]:
        """The claim without this hypothesis and without that one, as far as it was tried."""
        return tuple(self._ablations)

    def hypotheses_of(self, *, twin: bool = False, without: str = "") -> tuple[str, ...]:
        """What a witness must establish: against the claim, its twin, or the claim without a hypothesis."""
        if twin and self.twin:
            return self.twin.hypotheses
        return next((one.hypotheses for one in self._ablations if one.drops == without), self.hypotheses)

    @property
    def rechecker(self) -> Recheck | None:
        """The independent path for witnesses, if one was written."""
        return self._recheck[0] if self._recheck else None

    @property
    def hunter(self) -> Hunter | None:
        """What describes the search for a counterexample, if it was written."""
        return self.hunter_without("")

    def hunter_without(self, drops: str) -> Hunter | None:
        """What describes the search for a counterexample to the claim without a hypothesis (empty: with all)."""
        return self._hunts.get(drops)

    def negative_twin(
        self, variant: str, *, hypotheses: Iterable[str] | None = None, drops: str = ""
    ) -> Callable[[Check], Check]:
        """Decorator for the check of a false variant of this claim, described by `variant`; it must be
        refuted.

        `hypotheses` names those of the variant, where they differ from the claim's. Where the variant is the claim
        without a hypothesis and nothing else, `drops` names that one, as in :meth:`without`.
        """
        if not isinstance(variant, str) or not variant.strip():
            raise InputError(f"claim {self.slug}", "the negative twin is not described", "say what makes it false")
        names = self.hypotheses if hypotheses is None else _names(hypotheses, f"claim {self.slug}: hypotheses")
        if drops:
            names = self._remaining(drops, hypotheses)

        def attach(check: Check) -> Check:
            if self._twin:
                raise InputError(f"claim {self.slug}", "has a second negative twin", "keep one")
            self._twin.append(Twin(variant=variant, check=check, hypotheses=names, drops=drops))
            return check

        return attach

    def without(self, drops: str, *, hypotheses: Iterable[str] | None = None) -> Callable[[Check], Check]:
        """Decorator for the check of this claim without one hypothesis: is it needed?

        The conclusion stays; refuting evidence with a witness shows that it fails. Evidence that does not refute says
        that the hypothesis was *not seen to be needed*, and no more.

        Parameters
        ----------
        drops
            The hypothesis, or a part of the text of one (``alpha > 0`` of ``depth >= 3, alpha > 0``), as the decorator
            names it or as the docstring's section *Hypotheses* states it.
        hypotheses
            Those that remain, which a witness must establish; needed where only a part is dropped.
        """
        names = self._remaining(drops, hypotheses)

        def attach(check: Check) -> Check:
            if drops in [one.drops for one in self._ablations] + [one.drops for one in self._twin]:
                raise InputError(f"claim {self.slug}", f"drops {drops!r} twice", "keep one")
            self._ablations.append(Ablation(drops=drops, check=check, hypotheses=names))
            return check

        return attach

    def _remaining(self, drops: str, hypotheses: Iterable[str] | None) -> tuple[str, ...]:
        where = f"claim {self.slug}: without {drops!r}"
        told = items(self.sections.get("Hypotheses", ""))  # which may say more than the names
        stated = tuple(dict.fromkeys((*self.hypotheses, *told)))
        if not drops.strip() or not any(drops in name for name in stated):
            raise InputError(where, "is none of its hypotheses", f"they are {'; '.join(stated) or 'none'}")
        if hypotheses is not None:
            return _names(hypotheses, where)
        if drops not in stated:
            raise InputError(where, "is a part of a hypothesis", "say what remains: hypotheses=(…)")
        return tuple(name for name in self.hypotheses if name != drops)

    def recheck(self, function: Recheck) -> Recheck:
        """Decorator for the path that confirms witnesses of this claim and of its twin, independently of the
        check.

        The function gets the witness as it reads after being written to JSON and back, so it cannot lean on
        anything but the stored data; ``witness.twin`` says which statement is meant. It returns refuting
        evidence (of assurance ``ENCLOSED`` or better) to confirm, and undecided or supporting evidence to
        object.
        """
        if self._recheck:
            raise InputError(f"claim {self.slug}", "has a second recheck", "keep one")
        self._recheck.append(function)
        return function

    def hunt(self, function: Hunter) -> Hunter:
        """Decorator for the function that describes the search for a counterexample: it returns a
        ``verify.search.Hunt``.

        ``run.twin`` says whether the claim is meant or its negative twin; for one in which nothing varies it returns
        None.
        """
        return self.hunt_without("")(function)

    def hunt_without(self, drops: str) -> Callable[[Hunter], Hunter]:
        """Decorator like :meth:`hunt`, for the claim without a hypothesis, of which there is a check (:meth:`without`).

        ``run.without`` names it, so that one function may serve several.
        """
        where = f"claim {self.slug}"
        if drops and drops not in [one.drops for one in self._ablations]:
            raise InputError(where, f"has no check without {drops!r}", "write one first, with @….without")

        def attach(function: Hunter) -> Hunter:
            if drops in self._hunts:
                raise InputError(where, "has a second hunt" + (f" without {drops!r}" if drops else ""), "keep one")
            self._hunts[drops] = function
            return function

        return attach

    def stored(self, *, twin: bool, without: str = "") -> tuple[Witness, ...]:
        """The witnesses kept beside the claim's module, in ``witnesses/*.json``, against the claim or a variant.

        Raises
        ------
        InputError
            when a file there cannot be read as a witness.
        """
        found = stored_witnesses(Path(self.file).parent / "witnesses", self.slug)
        return tuple(witness for witness in found if witness.twin is twin and witness.without == without)


def claim(
    slug: str,
    *,
    scope: Scope,
    paper: str = "",
    number: str = "",
    title: str = "",
    expects: Verdict = Verdict.HOLDS,
    kinds: Iterable[str] = (),
    uses: Iterable[str] = (),
    parts: Iterable[str] = (),
    hypotheses: Iterable[str] = (),
    literal_reading: bool | str = False,
) -> Callable[[Check], Claim]:
    """Decorator that turns a check into a :class:`Claim`. The docstring of the check states the claim.

    Parameters
    ----------
    slug
        Permanent name, ``paper-name/claim-name``: lower-case letters, digits, ``-``, ``.``, ``_`` and ``/``.
    scope
        What the statement speaks of: everything that it quantifies over, or the instance or ball that it
        names.
    paper, number, title
        Key of the paper, the number in the paper that the statement corresponds to, a short title.
    expects
        The verdict that must come out: ``HOLDS``, ``SUPPORTED``, ``REFUTED`` or ``UNDECIDED``.
    kinds
        Which kinds of evidence the check produces, for ``verify list``.
    uses
        Slugs of claims that this one rests on.
    parts
        Names of the conjuncts, where there are several: the claim holds when each of them does.
    hypotheses
        Names of the hypotheses. A witness must establish each of them exactly.
    literal_reading
        ``True``, or a note: this is a sentence of the paper's prose taken literally, not a theorem of the
        paper.

    Raises
    ------
    InputError
        when an argument or the docstring cannot be used.
    """
    where = f"claim {slug!r}"
    if not isinstance(slug, str) or not _SLUG.fullmatch(slug):
        raise InputError(where, "is not a slug", 'use lower-case words, such as "my-paper/limit-has-full-rank"')
    if not isinstance(scope, Scope):
        raise InputError(where, "has no scope", 'say what it speaks of, such as scope=Scope.all("depths, starts")')
    if expects not in _EXPECTABLE:
        raise InputError(where, f"cannot expect {expects!r}", "expect HOLDS, SUPPORTED, REFUTED or UNDECIDED")
    note = "literal reading of a sentence, not a theorem of the paper" if literal_reading is True else literal_reading

    def make(check: Check) -> Claim:
        code = getattr(check, "__code__", None)
        if code is None:
            raise InputError(where, "the check is not a function", "put @claim above a function of one argument, run")
        sections = parse_sections(check.__doc__, where)
        return Claim(
            slug=slug,
            paper=paper,
            number=number,
            title=title or " ".join(check.__name__.strip("_").split("_")),
            scope=scope,
            expects=expects,
            kinds=_names(kinds, f"{where}: kinds"),
            uses=_names(uses, f"{where}: uses"),
            parts=_names(parts, f"{where}: parts"),
            hypotheses=_names(hypotheses, f"{where}: hypotheses"),
            literal_reading=note or "",
            sections=MappingProxyType(sections),
            check=check,
            module=check.__module__,
            file=code.co_filename,
        )

    return make


def _names(values: Iterable[str], where: str) -> tuple[str, ...]:
    if isinstance(values, str):
        raise InputError(where, f"{values!r} is one text, not several", f"write ({values!r},)")
    names = tuple(values)
    for name in names:
        if not isinstance(name, str) or not name.strip():
            raise InputError(where, f"{name!r} is not a name", "give non-empty text")
    if len(set(names)) < len(names):
        raise InputError(where, "a name is given twice", "give each once")
    return names
