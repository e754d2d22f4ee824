"""What a check can come to, and how sure it is."""

from __future__ import annotations

from enum import Enum
from typing import NoReturn


class Assurance(Enum):
    """How evidence was made, weakest first; ordered, so that ``assurance >= Assurance.ENCLOSED`` reads as it
    should.

    From ``ENCLOSED`` upward evidence *decides* (see :attr:`decides`); what was sampled never does.
    """

    SAMPLED = "instances were tried in approximate arithmetic"
    ENCLOSED = "ball arithmetic decided it, for a concrete instance or for a whole ball of instances"
    PROVED = "an exact computation decided it"
    KERNEL = "a proof kernel accepted it"

    @property
    def rank(self) -> int:
        """0 for the weakest."""
        return list(Assurance).index(self)

    @property
    def word(self) -> str:
        """For tables: ``sampled``, ``enclosed``, ``proved``, ``kernel``."""
        return self.name.lower()

    @property
    def decides(self) -> bool:
        """Whether evidence of this kind can settle what it covers."""
        return self >= Assurance.ENCLOSED

    def __lt__(self, other: object) -> bool:
        return self.rank < other.rank if isinstance(other, Assurance) else NotImplemented

    def __le__(self, other: object) -> bool:
        return self.rank <= other.rank if isinstance(other, Assurance) else NotImplemented

    def __gt__(self, other: object) -> bool:
        return self.rank > other.rank if isinstance(other, Assurance) else NotImplemented

    def __ge__(self, other: object) -> bool:
        return self.rank >= other.rank if isinstance(other, Assurance) else NotImplemented


class Verdict(Enum):
    """What the evidence amounts to. The values are the sentences that users read; a verdict is never a
    boolean."""

    HOLDS = "decided for everything that the statement speaks of"
    SUPPORTED = "the evidence speaks for it, but does not cover everything that the statement speaks of"
    REFUTED = "a witness satisfies the hypotheses exactly and violates the conclusion, confirmed on a second path"
    UNDECIDED = "the evidence settles nothing"
    VACUOUS = "no instance satisfied the hypotheses, so nothing was checked"
    ERROR = "the check itself failed, or its evidence contradicts itself"

    def __bool__(self) -> NoReturn:
        raise TypeError(f"a verdict is not true or false; compare it: verdict is Verdict.{self.name}")


class Outcome(Enum):
    """What one piece of evidence says about what it covers."""

    SUPPORTS = "supports"
    REFUTES = "refutes"
    UNDECIDED = "undecided"
    VACUOUS = "vacuous"
