"""A report as one page for a browser: nothing is fetched, no script runs, it follows light and dark, and prints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from verify.arithmetic import Ball

_STYLE = """
:root { color-scheme: light dark; --ink: #1c2024; --soft: #5b6470; --line: #d5dae0; --page: #ffffff; --panel: #f5f7f9;
  --holds: #12703d; --supported: #0d6580; --refuted: #7a3ea1; --open: #8a6100; --wrong: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ec; --soft: #a2abb6; --line: #3a424b; --page: #15181b;
  --panel: #1e2328; --holds: #6fcf97; --supported: #6cc5e0; --refuted: #cfa3ea; --open: #e2b84c; --wrong: #ff8a80; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2.5rem 1.25rem 4rem; max-width: 62rem; color: var(--ink); background: var(--page);
  font: 1rem/1.55 system-ui, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.2rem; margin: 2.5rem 0 .5rem; }
p.note, footer { color: var(--soft); font-size: .9rem; }
.tally { display: flex; flex-wrap: wrap; gap: .5rem; padding: 0; margin: 1rem 0; list-style: none; }
.tally li { border: 1px solid var(--line); border-radius: .5rem; padding: .3rem .8rem; background: var(--panel); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
th { text-align: left; font-weight: 600; color: var(--soft); }
th, td { padding: .45rem .6rem .45rem 0; vertical-align: top; border-bottom: 1px solid var(--line); }
td a { color: inherit; } code { font: .85em/1.4 ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
.verdict { font-weight: 700; white-space: nowrap; }
.HOLDS { color: var(--holds); } .SUPPORTED { color: var(--supported); } .REFUTED { color: var(--refuted); }
.UNDECIDED, .VACUOUS { color: var(--open); } .ERROR, .wrong { color: var(--wrong); }
details { border: 1px solid var(--line); border-radius: .6rem; margin: .75rem 0; background: var(--panel); }
summary { cursor: pointer; padding: .7rem 1rem; display: flex; gap: .75rem; justify-content: space-between;
  align-items: baseline; flex-wrap: wrap; }
summary .title { font-weight: 600; } .body { padding: 0 1rem 1rem; } .body p { margin: .4rem 0; }
dl { margin: .6rem 0 0; display: grid; grid-template-columns: 8.5rem 1fr; gap: .35rem .9rem; font-size: .93rem; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
.evidence { border-left: 3px solid var(--line); padding-left: .7rem; margin-bottom: .5rem; }
.evidence .by { color: var(--soft); }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .5rem; } }
@media print { body { max-width: none; padding: 0; font-size: 10pt; background: #fff; color: #000; }
  details { break-inside: avoid; background: none; }
  details::details-content { content-visibility: visible; block-size: auto; } }
"""


def html_report(report: Mapping[str, Any], *, digits: int = 12) -> str:
    """The page, from the JSON form of a report; numbers with at most `digits` digits, rounded outward."""
    results: Sequence[Mapping[str, Any]] = report["results"]
    counts = Counter(result["verdict"] for result in results)
    wrong = [result for result in results if not result["as_expected"]]
    twins = [result["negative_twin"] for result in results if result["negative_twin"]]
    tally = "".join(
        f'<li><span class="verdict {name}">{count}</span> {name.lower()}</li>' for name, count in counts.items()
    )
    refuted = sum(bool(twin["refuted"]) for twin in twins)
    tried = [one["needed"] for result in results for one in result["ablations"]]
    tried += [twin["refuted"] for twin in twins if twin["drops"]]
    dropped = f"<li>{sum(tried)} of {len(tried)} dropped hypotheses needed</li>" if tried else ""
    fit = f'<li class="wrong">{len(wrong)} not as expected</li>' if wrong else "<li>all as expected</li>"
    body = [
        "<h1>Statements checked by machine</h1>",
        f'<p class="note">{len(results)} claims. Each is a precise statement of our own, and each verdict says by '
        "which evidence it stands: <em>proved</em> is decided exactly, <em>enclosed</em> in ball arithmetic for the "
        "instances or the ball that are named, <em>sampled</em> was seen in examples only. † marks the literal "
        "reading of a sentence without its setting, not a theorem of the paper.</p>",
        f'<ul class="tally">{tally}{fit}<li>{refuted} of {len(twins)} false variants refuted</li>{dropped}</ul>',
    ]
    for paper in dict.fromkeys(result["paper"] for result in results):
        group = [result for result in results if result["paper"] == paper]
        body.append(f"<h2>{escape(paper) or 'Claims'}</h2>")
        body.append('<div class="scroll"><table><thead><tr><th>claim</th><th>in the paper</th><th>verdict</th>')
        body.append("<th>by evidence</th><th>for</th></tr></thead><tbody>")
        body += [_row(result) for result in group]
        body.append("</tbody></table></div>")
        body += [_details(result, digits) for result in group]
    environment = report["environment"]
    packages = ", ".join(f"{name} {version}" for name, version in environment["packages"].items() if version)
    body.append(
        f"<footer><p>Profile {escape(str(environment['profile']))}, {environment['digits']} digits, seed "
        f"{environment['seed']}; Python {escape(str(environment['python']))}; {escape(packages)}.</p></footer>"
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Statements checked by machine</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(body)
        + "\n</body>\n</html>\n"
    )


def _row(result: Mapping[str, Any]) -> str:
    mark = " †" if result["literal_reading"] else ""
    scope = result["scope"]["text"] if result["scope"] else "–"
    cells = [
        f'<a href="#{escape(result["slug"], quote=True)}">{escape(result["title"])}</a>{mark}',
        escape(result["number"]) or "–",
        _verdict(result),
        escape((result["assurance"] or "–").lower()),
        _signs(scope),
    ]
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _verdict(result: Mapping[str, Any]) -> str:
    verdict, expected = result["verdict"], result["expected"]
    wrong = "" if verdict == expected else f' <span class="wrong">(expected: {escape(expected.lower())})</span>'
    return f'<span class="verdict {escape(verdict)}">{escape(verdict.lower())}</span>{wrong}'


def _details(result: Mapping[str, Any], digits: int) -> str:
    facts: list[tuple[str, str]] = [("name", f"<code>{escape(result['slug'])}</code>")]
    if result["literal_reading"]:
        facts.append(("reading", escape(result["literal_reading"])))
    if result["hypotheses"]:
        facts.append(("hypotheses", "; ".join(_hypothesis(item) for item in result["hypotheses"])))
    if result["scope"]:
        facts.append(("holds for" if result["verdict"] == "HOLDS" else "covers", _signs(result["scope"]["text"])))
    facts.append(("reason", _signs(result["reason"])))
    facts += [("evidence" if k == 0 else "", _evidence(item, digits)) for k, item in enumerate(result["evidence"])]
    if result["uses"]:
        links = (f'<a href="#{escape(slug, quote=True)}"><code>{escape(slug)}</code></a>' for slug in result["uses"])
        facts.append(("uses", ", ".join(links)))
    if twin := result["negative_twin"]:
        answer = "refuted, as it must be" if twin["refuted"] else '<span class="wrong">not refuted</span>'
        facts.append(("false variant", f"{escape(twin['variant'] or '')}: {answer}"))
    for k, ablation in enumerate(result["ablations"]):
        found = "it fails" if ablation["needed"] else "nothing was found against it"
        text = f"{_signs(ablation['dropped'])}: {found} ({_signs(ablation['reason'])})"
        facts.append(("without" if k == 0 else "", text))
    if result["failure"]:
        facts.append(("failure", f"<code>{escape(result['failure'])}</code>"))
    rows = "".join(f"<dt>{name}</dt><dd>{text}</dd>" for name, text in facts)
    opened = "" if result["as_expected"] else " open"
    return (
        f'<details id="{escape(result["slug"], quote=True)}"{opened}><summary>'
        f'<span class="title">{escape(result["title"])}</span>{_verdict(result)}</summary>'
        f'<div class="body"><p>{escape(result["statement"])}</p><dl>{rows}</dl></div></details>'
    )


def _evidence(item: Mapping[str, Any], digits: int) -> str:
    part = f"({escape(item['part'])}) " if item["part"] else ""
    slack = f"; slack {escape(_number(item['slack'], digits))}" if item["slack"] is not None else ""
    text = (
        f'<div class="evidence">{part}{escape(item["detail"])} <span class="by">— {escape(item["kind"])}, '
        f"{escape(item['assurance'].lower())}, for {_signs(item['scope']['text'])}{slack}</span>"
    )
    if witness := item["witness"]:
        established = "; ".join(f"{entry['name']}: {entry['how']}" for entry in witness["hypotheses"])
        enclosed = ", ".join(f"{name} = {_number(value, digits)}" for name, value in witness["enclosed"].items())
        text += f"<br>Witness: {escape(witness['violates'])}. {escape(established)}. {escape(enclosed)}"
    return text + "</div>"


def _hypothesis(item: Mapping[str, Any]) -> str:
    """A hypothesis, and whether the statement fails without it, where that was tried."""
    seen = {None: "", True: " (needed)", False: " (not seen to be needed)"}[item["needed"]]
    return _signs(item["name"]) + (f'<span class="by">{seen}</span>' if seen else "")


def _signs(text: str) -> str:
    """Text with its inequalities as people write them."""
    return escape(text.replace(">=", "≥").replace("<=", "≤"))


def _number(value: Any, digits: int) -> str:
    if isinstance(value, Mapping) and set(value) == {"mid", "rad"}:
        return Ball.from_json(value).text(digits)
    text = str(value)
    return text if len(text) <= 200 else text[:197] + "…"
