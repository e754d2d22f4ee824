"""Derivations as LaTeX for a paper: one fragment for each, and the macros that all fragments share.

Only amsmath and amsthm are needed. Every relation that a fragment displays was decided by a check and is printed from
it; the sentences around them, and what is listed as used besides, are the authors'.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from verify.symbolic.expressions import Relation
from verify.symbolic.layout import WIDEST, display, display_formula, escape
from verify.symbolic.widths import width

if TYPE_CHECKING:
    from verify.symbolic.derivation import Derivation, Support

#: What fragments need, besides amsmath and amsthm; a paper redefines here what shall look otherwise.
MACROS = r"""% Macros of rankproof's fragments. Load amsmath and amsthm, then \input this file in the preamble.
\makeatletter
\newtheoremstyle{rpnewline}{}{}{\itshape}{}{\bfseries}{.}{\newline}{}
{\theoremstyle{rpnewline}\newtheorem{rptopic}{Proposition}}
\newcounter{rpstep}
% Lines with long formulas may end a little early rather than run over.
\newcommand{\rpstretch}{\rightskip=0pt plus 4em\relax\emergencystretch=3em\relax}
% \rpstep{key}: the number of a step; \ref{step:key} refers to it.
\newcommand{\rpstep}[1]{\par\addvspace{\medskipamount}\noindent\refstepcounter{rpstep}\label{step:#1}%
  \textbf{\therpstep.}\enspace\ignorespaces}
% \rpreason{why the step follows}
\newcommand{\rpreason}[1]{{\small\raggedright\noindent\emph{Reason:} #1\par}}
% \rpnote{kind}{text}: notation, scope and the like.
\newcommand{\rpnote}[2]{{\par\small\raggedright\noindent\emph{#1.}\enspace #2\par}}
% \rptopicref{topic}: the proposition of another derivation, by number where the document has it.
\newcommand{\rptopicref}[1]{\@ifundefined{r@topic:#1}{topic~\texttt{#1}}{Proposition~\ref{topic:#1}}}
% \begin{rpstatement}{title} ... \end{rpstatement}, \begin{rpproof} ... \end{rpproof}: the proposition, and its steps.
\newenvironment{rpstatement}[1]{\begin{rptopic}[#1]\rpstretch}{\end{rptopic}}
\newenvironment{rpproof}{\setcounter{rpstep}{0}\begin{proof}\rpstretch\allowdisplaybreaks}{\end{proof}}
% \claimref{slug}: the paragraph on a claim, by number where the document has it.
\newcommand{\claimref}[1]{\@ifundefined{r@claim:#1}{\rpslug{#1}}{Claim~\ref{claim:#1}}}
% \rpslug{slug}: a name in typewriter letters that may break after its hyphens and slashes.
\newcommand{\rpslug}[1]{\texttt{\rp@break#1\rp@end}}
\def\rp@break#1{\ifx\rp@end#1\else#1\if-#1\allowbreak\fi\if/#1\allowbreak\fi\expandafter\rp@break\fi}
\let\rp@end\relax
% \claimvalue{slug}{key}: a certified number, from rankproof-values.tex.
\newcommand{\setclaimvalue}[3]{\@namedef{rp@value@#1@#2}{#3}}
\newcommand{\claimvalue}[2]{\@ifundefined{rp@value@#1@#2}{%
  \@latex@warning{no value `#2' of claim `#1'; run verify report --latex}\textbf{??}}{\@nameuse{rp@value@#1@#2}}}
\makeatother
"""

_CLASS = {1: "11pt", 2: "10pt,twocolumn"}


def document(body: str, *, columns: int = 1, macros: str = MACROS) -> str:
    """A document for pdflatex around fragments. `macros` is LaTeX for the preamble; an ``\\input`` will do."""
    return rf"""\documentclass[{_CLASS[columns]}]{{article}}
\usepackage[utf8]{{inputenc}}
\usepackage{{amsmath,amssymb,amsthm}}
{macros.strip()}
\begin{{document}}
{body.strip()}
\end{{document}}
"""


def fragment(derivation: Derivation, *, columns: int = 1) -> str:
    """One derivation for ``\\input``: a proposition with the label ``topic:NAME``, its steps with ``step:NAME:k``."""
    topic = derivation.topic
    lines = [
        f"% {topic}: by verify derive {topic} --format latex. Needs rankproof-macros.tex.",
        rf"\begin{{rpstatement}}{{{escape(derivation.title)}}}\label{{topic:{topic}}}",
        prose(derivation.statement, end=".", room=0.5 * WIDEST[columns]),
        r"\end{rpstatement}",
    ]

    def note(kind: str, text: str) -> None:
        lines.append(rf"\rpnote{{{kind}}}{{{text}.}}")

    if derivation.notation:
        note("Notation", "; ".join(prose(line) for line in derivation.notation))
    if derivation.positive:
        note("Positive numbers", ", ".join(f"${symbol.latex()}$" for symbol in derivation.positive))
    lines.append(r"\begin{rpproof}")
    if derivation.hypotheses:
        tags = [f"A{number}" for number in range(1, len(derivation.hypotheses) + 1)]
        lines += ["What is assumed:", display(derivation.hypotheses, columns=columns, tags=tags)]
    last = len(derivation.steps)
    for number, (step, support) in enumerate(zip(derivation.steps, derivation.supports(), strict=True), 1):
        long = [relation for relation in support.where if _is_long(relation, columns)]
        end = r"\qedhere" if number == last and not long and not step.assuming else ""
        lines += [
            rf"\rpstep{{{topic}:{number}}} {prose(step.claim, room=0.5 * WIDEST[columns])}",
            display(step.relations, columns=columns),
            rf"\rpreason{{{prose(step.reason)}{_rests(topic, support, columns)}.{end}}}",
        ]
        if step.assuming:
            lines += ["This step alone assumes", display(step.assuming, columns=columns)]
        if long:
            lines.append(display(long, columns=columns))
    lines.append(r"\end{rpproof}")
    note("Scope", prose(derivation.scope))
    note("Checked by machine", escape(derivation.counted()))
    if derivation.uses:
        note("Used besides", "; ".join(prose(u) for u in derivation.uses))
    return "\n".join(lines) + "\n"


def prose(marked: str, *, end: str = "", room: float | None = None) -> str:
    """A sentence as LaTeX, `end` at its end; where it names another topic, a reference to that.

    A formula wider than `room` is displayed, with the punctuation that follows it.
    """
    from verify.symbolic.topics import TOPICS

    def referred(match: re.Match[str]) -> str:
        names = re.split(r"(, | and )", match[1])
        return "".join(rf"\rptopicref{{{name}}}" if name in TOPICS else name for name in names)

    text = escape(marked) + end
    if room is not None:
        pieces = re.split(r"\$([^$]*)\$([.,;:]?)", text)
        shown = [pieces[0]]
        for math, mark, after in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
            if width(math) > room:
                shown.append(f"\n{display_formula(math + mark, 2 * room)}\n{after.lstrip()}")
            else:
                shown.append(f"${math}${mark}{after}")
        text = "".join(shown)
        if text.startswith("\n"):  # no paragraph begins with a display
            text = "We have" + text
    name = "(?:" + "|".join(map(re.escape, sorted(TOPICS, key=len, reverse=True))) + ")(?![a-z-])"
    return re.sub(rf"topics? ({name}(?:(?:, | and ){name})*)", referred, text)


def _rests(topic: str, support: Support, columns: int) -> str:
    """What a step rests on, to follow its reason."""
    parts, sources = [], []
    if support.steps:
        numbers = ", ".join(rf"\ref{{step:{topic}:{number}}}" for number in support.steps)
        sources.append(f"step{'s' if len(support.steps) > 1 else ''}~{numbers}")
    sources += [f"(A{number})" for number in support.hypotheses]
    if sources:
        parts.append("from " + ", ".join([*sources[:-2], " and ".join(sources[-2:])]))
    short = [f"${relation.latex()}$" for relation in support.where if not _is_long(relation, columns)]
    if short:
        parts.append("with " + ", ".join(short))
    if support.bounds:
        parts.append("for " + ", ".join(f"${relation.latex()}$" for relation in support.bounds))
    if len(short) < len(support.where):
        parts.append("with what is displayed next" if not short else "and with what is displayed next")
    return "".join(f"; {part}" for part in parts)


def _is_long(relation: Relation, columns: int) -> bool:
    return width(relation.latex()) > 0.5 * WIDEST[columns]
