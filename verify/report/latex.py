"""A report as LaTeX: verdicts in a table, a paragraph for each claim, derivations as an appendix, values for a paper.

Everything is written from the JSON form of a report, so that a stored one serves as well as a fresh one. Derivations
come as fragments that their maker wrote; this module knows no engine.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from verify.arithmetic import InputError
from verify.report.bibliography import bibliography, bibtex
from verify.report.prose import plain_tex, tex
from verify.report.values import values_file

#: The files of a directory for a paper.
MACROS, BIBLIOGRAPHY, VALUES = "rankproof-macros", "rankproof", "rankproof-values"
#: Rows of one piece of the table: pages break between pieces.
_ROWS = 6

_CLAIM_MACROS = r"""\makeatletter
\newtheoremstyle{rpclaim}{}{}{}{}{\bfseries}{.}{\newline}{}
{\theoremstyle{rpclaim}\newtheorem{rpclaim}{Claim}}
% \rpfact{kind}{text}: a line of a claim's paragraph.
\newcommand{\rpfact}[2]{\par\noindent{\small\raggedright\textsc{#1}\enspace #2\par}}
\makeatother
"""

_HOW_TO_READ = r"""Each claim is a precise statement of our own; the numbers name the place in the paper to which it
corresponds. A verdict says by which evidence it stands. \emph{Proved} means decided exactly, by identities and
inequalities in normal form; \emph{enclosed} means decided in ball arithmetic for the instances or the ball of starts
that are named; \emph{sampled} means seen in examples only. A claim \emph{holds} when decided evidence covers all that
it speaks of, and is \emph{refuted} by one instance that satisfies its hypotheses exactly and violates its conclusion. A
claim marked $\dagger$ is the literal reading of a sentence, without the setting in which the paper has it, and not one
of the paper's theorems."""

_HOW_DERIVED = r"""Every displayed relation below was decided by machine and is printed from what was decided, as are
the references to earlier steps, the abbreviations and the bounds that follow a reason. The sentences between the
displays, and what is listed as used besides, are not."""


def write_files(folder: Path, files: Mapping[str, str], option: str) -> None:
    """Write a directory of text files; it is made where it is missing.

    Raises
    ------
    InputError
        naming what cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
    except FileExistsError:
        raise InputError(f"{option} {folder}", "is a file", "name a directory") from None
    except OSError as error:
        raise InputError(f"{option} {folder}", f"cannot be written ({error.strerror})", "name a directory") from None


def derivation_files(fragments: Mapping[str, str], macros: str, *, columns: int = 1) -> dict[str, str]:
    """The files of a directory with derivations: macros, a fragment for each, the bibliography, and a main file."""
    inputs = [rf"\input{{{topic}}}" for topic in fragments]
    body = [
        r"\title{Derivations checked by machine}",
        r"\author{}",
        r"\date{}",
        r"\maketitle",
        r"\noindent " + _HOW_DERIVED,
        *inputs,
        *_references(),
    ]
    return {
        f"{MACROS}.tex": macros,
        **{f"{topic}.tex": text for topic, text in fragments.items()},
        f"{BIBLIOGRAPHY}.bib": bibtex(),
        "main.tex": _document(body, columns=columns),
    }


def report_files(
    report: Mapping[str, Any], fragments: Mapping[str, str], macros: str, *, columns: int = 1, digits: int = 12
) -> dict[str, str]:
    """The files of a directory with a report: as :func:`derivation_files`, with verdicts, claims and values."""
    body = [
        r"\input{" + VALUES + "}",
        r"\title{Statements and derivations checked by machine}",
        r"\author{}",
        r"\date{}",
        r"\maketitle",
        r"\section{Verdicts}",
        r"\input{verdicts}",
        r"\section{Claims}",
        r"\input{claims}",
    ]
    if fragments:
        body += [r"\appendix", r"\section{Derivations}\label{rp:derivations}", _HOW_DERIVED]
        body += [rf"\input{{{topic}}}" for topic in fragments]
    return {
        f"{MACROS}.tex": macros + _CLAIM_MACROS,
        f"{VALUES}.tex": values_file(report, digits=digits),
        "verdicts.tex": verdicts(report),
        "claims.tex": claims(report),
        **{f"{topic}.tex": text for topic, text in fragments.items()},
        f"{BIBLIOGRAPHY}.bib": bibtex(),
        "main.tex": _document([*body, *_references()], columns=columns),
    }


def _document(body: Sequence[str], *, columns: int) -> str:
    lines = "\n".join(body)
    options = {1: "11pt", 2: "10pt,twocolumn"}[columns]
    return rf"""\documentclass[{options}]{{article}}
\usepackage[utf8]{{inputenc}}
\usepackage{{amsmath,amssymb,amsthm}}
\input{{{MACROS}}}
\raggedbottom
\begin{{document}}
{lines}
\end{{document}}
"""


def _references() -> list[str]:
    if not bibliography():
        return []
    return [r"\nocite{*}", r"\bibliographystyle{plain}", rf"{{\raggedright\bibliography{{{BIBLIOGRAPHY}}}\par}}"]


def verdicts(report: Mapping[str, Any]) -> str:
    """The table of verdicts, one for each paper, and what they add up to."""
    results = report["results"]
    lines = [_HOW_TO_READ, ""]
    known = bibliography()
    for paper in dict.fromkeys(result["paper"] for result in results):
        group = [result for result in results if result["paper"] == paper]
        if paper:
            cited = rf"~\cite{{{paper}}}" if paper in known else ""
            lines += [rf"\paragraph{{\texttt{{{plain_tex(paper)}}}{cited}}}\mbox{{}}\par"]
        for start in range(0, len(group), _ROWS):
            lines += _table(group[start : start + _ROWS])
    counts = Counter(result["verdict"] for result in results)
    tally = ", ".join(f"{count} {plain_tex(verdict.lower())}" for verdict, count in counts.items())
    twins = [result["negative_twin"] for result in results if result["negative_twin"]]
    refuted = sum(bool(twin["refuted"]) for twin in twins)
    wrong = sum(not result["as_expected"] for result in results)
    environment = report["environment"]
    version = environment["packages"].get("rankproof") or "unknown"
    lines += [
        rf"\medskip\noindent In all {len(results)} claim{'s' if len(results) != 1 else ''}: {tally or 'none decided'}; "
        + (f"{wrong} not as expected. " if wrong else "all as expected. ")
        + f"Each claim has a false variant that the same tools must refute; {refuted} of {len(twins)} were. "
        + f"Profile {plain_tex(str(environment['profile']))}, {environment['digits']} digits, "
        + f"seed {environment['seed']}, rankproof {plain_tex(str(version))}.",
    ]
    return "\n".join(lines) + "\n"


def _table(group: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = [
        r"\par\smallskip\noindent{\footnotesize\setlength{\tabcolsep}{0.016\linewidth}%",
        r"\begin{tabular}{@{}p{0.33\linewidth}p{0.17\linewidth}p{0.14\linewidth}p{0.26\linewidth}@{}}",
        r"\emph{claim} & \emph{number} & \emph{verdict} & \emph{by evidence, for}\\ \hline\rule{0pt}{2.4ex}%",
    ]
    for result in group:
        mark = r" $\dagger$" if result["literal_reading"] else ""
        verdict = plain_tex(result["verdict"].lower())
        if result["verdict"] != result["expected"]:
            verdict += f" (expected: {plain_tex(result['expected'].lower())})"
        scope = result["scope"]["text"] if result["scope"] else "nothing decided"
        scope = re.sub(r",(?=\S)", ", ", scope)  # names such as L=3,m=100,alpha=1/10 are wider than the column
        by = f"{plain_tex((result['assurance'] or 'none').lower())}: {tex(scope)}"
        cells = [
            rf"\ref{{claim:{result['slug']}}}. {tex(result['title'])}{mark}",
            tex(result["number"]) or "--",
            rf"\textbf{{{verdict}}}",
            by,
        ]
        lines.append(" & ".join(rf"\raggedright {cell}" for cell in cells) + r"\tabularnewline[2pt]")
    lines.append(r"\end{tabular}}\par")
    return lines


def claims(report: Mapping[str, Any]) -> str:
    """A paragraph for each claim, with the label ``claim:SLUG``."""
    return "\n".join(_paragraph(result) for result in report["results"])


def _paragraph(result: Mapping[str, Any]) -> str:
    lines = [
        rf"\begin{{rpclaim}}[{{{tex(result['title'])}}}]\label{{claim:{result['slug']}}}\rpstretch",
        _sentence(_capital(tex(result["statement"]))),
    ]

    def fact(kind: str, text: str) -> None:
        lines.append(rf"\rpfact{{{kind}}}{{{text}}}")

    fact("Name", rf"\rpslug{{{result['slug']}}}" + (f"; {tex(result['number'])}" if result["number"] else ""))
    if result["literal_reading"]:
        fact("Reading", _sentence(tex(result["literal_reading"])))
    if result["hypotheses"]:
        fact("Hypotheses", _sentence("; ".join(tex(item["name"]) for item in result["hypotheses"])))
    verdict = plain_tex(result["verdict"].lower())
    expected = (
        "" if result["verdict"] == result["expected"] else f" (expected: {plain_tex(result['expected'].lower())})"
    )
    by = f", {plain_tex(result['assurance'].lower())}" if result["assurance"] else ""
    scope = f", for {tex(result['scope']['text'])}" if result["scope"] else ""
    fact("Verdict", _sentence(rf"\textbf{{{verdict}}}{expected}{by}{scope}"))
    if result["verdict"] not in ("HOLDS", "REFUTED"):
        fact("Because", _sentence(tex(result["reason"])))
    for item in result["evidence"]:
        part = f"({tex(item['part'])}) " if item["part"] else ""
        about = "" if item["scope"]["level"] == "all" else f" for {tex(item['scope']['text'])}"
        how = f"{tex(item['kind'])}, {item['assurance'].lower()}{about}"
        fact("Evidence", part + _sentence(f"{how}: {tex(item['detail'])}"))
        if item["witness"]:
            fact("Witness", _witness(item["witness"]))
    if result["uses"]:
        fact("Uses", ", ".join(rf"\claimref{{{slug}}}" for slug in result["uses"]) + ".")
    twin = result["negative_twin"]
    if twin:
        answer = "refuted, as it must be" if twin["refuted"] else "not refuted, as it should be"
        fact("False variant", _sentence(f"{tex(twin['variant'])}: {answer}"))
    for ablation in result["ablations"]:
        found = "it fails" if ablation["needed"] else "nothing was found against it"
        fact("Without", _sentence(f"{tex(ablation['dropped'])}: {found} ({tex(ablation['reason'])})"))
    lines.append(r"\end{rpclaim}")
    return "\n".join(lines) + "\n"


def _witness(witness: Mapping[str, Any]) -> str:
    """The data that refute, short: what is violated, and which hypotheses were established, and how."""
    established = "; ".join(f"{tex(item['name'])}: {tex(item['how'])}" for item in witness["hypotheses"])
    return _sentence(f"{tex(witness['violates'])}. {established}" if established else tex(witness["violates"]))


def _capital(text: str) -> str:
    """With a capital letter at its beginning, unless that is a formula."""
    return text[:1].upper() + text[1:]


def _sentence(text: str) -> str:
    """With a full stop at its end."""
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else text + "."
