"""The commands, their options, and how every failure that a user causes becomes one line and exit code 3."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from enum import StrEnum
from typing import Annotated

import typer

from verify.arithmetic import InputError
from verify.cli.streams import BAD_INPUT, INTERRUPTED, NO_READER, OK, say

app = typer.Typer(
    name="verify",
    help="Check theorems about gradient flow on matrix factorizations by machine.\n\n"
    "Every verdict says by which kind of evidence it stands. Exit codes: 0 as expected; 1 a verdict "
    "contradicts its expectation; 2 undecided or stale under --strict; 3 bad usage or input.",
    epilog="Example: verify check --profile quick",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


class Profile(StrEnum):
    """How long a check may take."""

    quick = "quick"
    full = "full"
    nightly = "nightly"


class Format(StrEnum):
    """How a derivation is written."""

    text = "text"
    latex = "latex"
    json = "json"


JsonAlone = Annotated[
    str | None,
    typer.Option("--json", metavar="FILE", help="Write JSON to FILE; - writes it, alone, to standard output."),
]
Digits = Annotated[int, typer.Option("--digits", min=1, max=100_000, help="Decimal digits to work with.")]
Seed = Annotated[int, typer.Option("--seed", help="Seed of everything random.")]
ProblemFile = Annotated[str, typer.Argument(metavar="P.json", help="Problem file; - reads standard input.")]
Columns = Annotated[int, typer.Option("--columns", min=1, max=2, help="LaTeX: columns of a page.")]
Strict = Annotated[bool, typer.Option("--strict", help="Exit code 2 where something stays undecided.")]


def _version(wanted: bool) -> None:
    if wanted:
        from verify import __version__

        print(f"rankproof {__version__}")
        raise typer.Exit(OK)


@app.callback(invoke_without_command=True)
def _start(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        print(context.get_help())


@app.command("list", epilog="Example: verify list --json -")
def list_(
    selectors: Annotated[
        list[str] | None,
        typer.Argument(metavar="SELECTOR", help="Slug, glob, paper, or a .py file with @claim functions."),
    ] = None,
    json: JsonAlone = None,
) -> int:
    """Show which claims there are.

    Slug, number in the paper, title, expected verdict and kinds of evidence of each.
    """
    from verify.cli import checks

    return checks.list_claims(selectors or [], json=json)


@app.command(epilog="Example: verify check 'shin-yun-2026/*' --digits 40 --json report.json")
def check(
    selectors: Annotated[
        list[str] | None,
        typer.Argument(metavar="SELECTOR", help="Slug, glob, paper, or a .py file with @claim functions."),
    ] = None,
    profile: Annotated[Profile, typer.Option(help="How long it may take.")] = Profile.quick,
    digits: Digits = 30,
    seed: Seed = 0,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="Number of processes.")] = 1,
    json: JsonAlone = None,
    strict: Strict = False,
    witnesses: Annotated[
        str | None,
        typer.Option("--witnesses", metavar="DIR", help="Store the witnesses found in DIR, which may say {paper}."),
    ] = None,
    markdown: Annotated[
        list[str] | None,
        typer.Option("--markdown", metavar="FILE", help="Put the table of verdicts between its marks in FILE."),
    ] = None,
) -> int:
    """Check claims and print the verdicts.

    Each verdict comes with the kind of evidence by which it stands, and with what that covers. Without a
    SELECTOR, all installed claims are checked.
    """
    from verify.cli import checks

    return checks.check(
        selectors or [],
        profile=profile.value,
        digits=digits,
        seed=seed,
        jobs=jobs,
        json=json,
        strict=strict,
        witnesses=witnesses,
        markdown=markdown or [],
    )


@app.command(
    epilog="Example: verify derive gradient-flow --depth 3 --size 2 --observe diagonal --format latex -o paper"
)
def derive(
    topics: Annotated[
        list[str] | None, typer.Argument(metavar="TOPIC", help="What to derive; --list shows the topics; all: each.")
    ] = None,
    depth: Annotated[int | None, typer.Option(min=1, help="Number of layers.")] = None,
    size: Annotated[int | None, typer.Option(min=1, help="Rows and columns of each layer.")] = None,
    observe: Annotated[
        str | None,
        typer.Option(metavar="ENTRIES", help='diagonal, block:SxN, or positions such as "0,0;1,1".'),
    ] = None,
    degree: Annotated[int | None, typer.Option(min=1, help="Highest degree of the polynomials.")] = None,
    format: Annotated[Format, typer.Option(help="How to write it.")] = Format.text,
    output: Annotated[
        str | None,
        typer.Option(
            "-o", "--output", metavar="FILE", help="Write to FILE; LaTeX: a fragment.tex, or a directory for a paper."
        ),
    ] = None,
    columns: Columns = 1,
    list_: Annotated[bool, typer.Option("--list", help="Show the topics and what each proves.")] = False,
) -> int:
    """Derive statements in verified steps.

    Each step was checked by machine when it was made. In JSON the steps can be checked again: verify replay FILE.
    """
    from verify.cli import papers

    if list_:
        return papers.list_topics(format=format.value)
    if not topics:
        raise InputError("derive", "which topic?", "verify derive --list shows them")
    return papers.derive(
        topics,
        depth=depth,
        size=size,
        observe=observe,
        degree=degree,
        format=format.value,
        output=output,
        columns=columns,
    )


@app.command(epilog="Example: verify report --latex paper --from report.json")
def report(
    selectors: Annotated[
        list[str] | None,
        typer.Argument(metavar="SELECTOR", help="Slug, glob, paper, or a .py file with @claim functions."),
    ] = None,
    latex: Annotated[
        str | None, typer.Option("--latex", metavar="DIR", help="Write the files of a LaTeX document into DIR.")
    ] = None,
    html: Annotated[
        str | None, typer.Option("--html", metavar="FILE", help="Write one page for a browser, readable offline.")
    ] = None,
    stored: Annotated[
        str | None,
        typer.Option("--from", metavar="FILE", help="Take the report that check --json wrote; check nothing."),
    ] = None,
    derivations: Annotated[bool, typer.Option(help="Add all derivations as an appendix (LaTeX).")] = True,
    columns: Columns = 1,
    profile: Annotated[Profile, typer.Option(help="How long it may take.")] = Profile.quick,
    digits: Digits = 30,
    seed: Seed = 0,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="Number of processes.")] = 1,
) -> int:
    """Write verdicts and derivations for a paper.

    Evidence, scope and witnesses come with them; --html makes a page for a browser. The LaTeX has a label for each
    claim and topic, and a file of values: \\claimvalue{slug}{key} prints a certified number.
    """
    from verify.cli import papers

    return papers.report(
        selectors or [],
        latex=latex,
        html=html,
        stored=stored,
        derivations=derivations,
        columns=columns,
        profile=profile.value,
        digits=digits,
        seed=seed,
        jobs=jobs,
    )


@app.command(epilog="Example: verify flow P.json --time 1/128 --digits 40 --rigorous")
def flow(
    problem: ProblemFile,
    time: Annotated[
        list[str] | None,
        typer.Option("--time", metavar="T", help='Exact: "5", "0.01" or "1/128". Can be given several times.'),
    ] = None,
    every: Annotated[
        str | None, typer.Option("--every", metavar="D", help="Also at 0, D, 2D, ... up to the last time.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="EPS", help="Stop when the residual's length has fallen to EPS.")
    ] = None,
    digits: Digits = 30,
    rigorous: Annotated[bool, typer.Option("--rigorous", help="Enclose the state in ball arithmetic.")] = False,
    json: JsonAlone = None,
) -> int:
    """Follow the gradient flow to time T.

    With several times, or with --every, all states come from one run, and JSON is a list of them. With --until the
    time is found, to the digits asked for, at which the residual passes EPS; --time then says how long to wait.
    """
    from verify.cli import engines

    return engines.flow(
        problem, times=time or [], every=every, until=until, digits=digits, rigorous=rigorous, json=json
    )


@app.command(epilog="Example: verify limit P.json --digits 30 --json -")
def limit(
    problem: ProblemFile,
    digits: Digits = 30,
    ball: Annotated[
        str, typer.Option("--ball", metavar="R", help="Take every start within Euclidean distance R.")
    ] = "0",
    pieces: Annotated[
        int, typer.Option("--pieces", min=1, metavar="N", help="Cut a ball too wide into at most N pieces.")
    ] = 32,
    time_limit: Annotated[
        str, typer.Option("--time-limit", metavar="T", help="Give up when the flow has come this far.")
    ] = "10000",
    json: JsonAlone = None,
    strict: Strict = False,
) -> int:
    """Certify the limit of the gradient flow.

    Where that is not possible, the answer is "not certified" and the reason, never a limit without proof.
    """
    from verify.cli import engines

    return engines.limit(
        problem, digits=digits, ball=ball, pieces=pieces, time_limit=time_limit, json=json, strict=strict
    )


@app.command(epilog="Example: verify hunt shin-yun-2026/rank-is-never-lost --cases 100000 --jobs 2")
def hunt(
    selector: Annotated[
        list[str], typer.Argument(metavar="SELECTOR...", help="Slug, glob, paper, or a .py file with @claims to hunt.")
    ],
    claims: Annotated[
        list[str] | None,
        typer.Option("--claims", metavar="FILE.py", help="Where the claim is, if it is not installed."),
    ] = None,
    twin: Annotated[bool, typer.Option("--twin", help="Hunt the negative twin.")] = False,
    without: Annotated[
        str, typer.Option("--without", metavar="HYPOTHESIS", help="Hunt the claim without this hypothesis.")
    ] = "",
    cases: Annotated[
        int | None, typer.Option("--cases", metavar="N", min=1, help="How many candidates to look at.")
    ] = None,
    budget: Annotated[
        float | None, typer.Option("--budget", metavar="S", help="Seconds after which nothing new is begun.")
    ] = None,
    seed: Seed = 0,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="Number of processes.")] = 1,
    cluster: Annotated[
        str | None, typer.Option("--cluster", metavar="ADDRESS", help="A Dask scheduler, such as tcp://host:8786.")
    ] = None,
    shards: Annotated[
        str | None, typer.Option("--shards", metavar="A:B", help="Search these parts of the hunt only.")
    ] = None,
    merge: Annotated[
        list[str] | None,
        typer.Option("--merge", metavar="FILE", help="Add the report of other shards, written by --json."),
    ] = None,
    first: Annotated[bool, typer.Option("--first", help="Stop at the first counterexample.")] = False,
    witnesses: Annotated[
        str | None, typer.Option("--witnesses", metavar="DIR", help="Store the simplest counterexample in DIR.")
    ] = None,
    json: JsonAlone = None,
) -> int:
    """Hunt for counterexamples to claims.

    Candidates are ranked in float64; only exact data that were certified, and confirmed by a second path, refute.
    One claim is reported at length, several in a table, and --budget is for all of them together. Exit code 0 if every
    outcome is the expected one, 1 if not.
    """
    from verify.cli import hunting

    return hunting.hunt(
        selector,
        claims=claims or [],
        twin=twin,
        without=without,
        cases=cases,
        budget=budget,
        seed=seed,
        jobs=jobs,
        cluster=cluster,
        shards=shards,
        first=first,
        witnesses=witnesses,
        merge=merge or [],
        json=json,
    )


class Numbers(StrEnum):
    """What an iteration calculates with."""

    floating = "floating"
    mpmath = "mpmath"
    balls = "balls"
    exact = "exact"
    float64 = "float64"
    longdouble = "longdouble"


@app.command(epilog="Example: verify iterate P.json --steps 20000 --digits 50 --json -")
def iterate(
    problem: ProblemFile,
    steps: Annotated[int, typer.Option("--steps", metavar="K", min=0, help="How many steps.")],
    digits: Digits = 30,
    numbers: Annotated[
        Numbers, typer.Option(help="floating: any precision; balls: enclosed; exact: rational; or the machine's.")
    ] = Numbers.floating,
    json: JsonAlone = None,
) -> int:
    """Iterate projected gradient steps of a bm, udu or udv problem.

    The singular values at the end are taken from the factors. Ctrl-C shows what was reached.
    """
    from verify.cli import iterations

    return iterations.iterate(problem, steps=steps, digits=digits, numbers=numbers.value, json=json)


@app.command(epilog="Example: verify experiment completion -o pictures")
def experiment(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Which one; --list shows them.")] = None,
    list_: Annotated[bool, typer.Option("--list", help="List the experiments.")] = False,
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="DIR", help="Where its folder with pictures goes.")
    ] = "experiments",
    seeds: Annotated[int | None, typer.Option("--seeds", metavar="N", min=1, help="How many repetitions.")] = None,
    seed: Seed = 0,
    effort: Annotated[
        float, typer.Option("--effort", metavar="F", min=0.0001, max=1.0, help="Shorten every run to this fraction.")
    ] = 1.0,
    json: JsonAlone = None,
) -> int:
    """Run a paper's experiment: its pictures and what was seen.

    At a size that runs on one machine.

    An experiment samples: it proves and refutes nothing, and its exit code is 0.
    """
    from verify.cli import experiments

    if list_:
        return experiments.listing()
    if name is None:
        raise InputError("NAME", "is missing", "verify experiment --list shows what there is")
    return experiments.run(name, folder=output, seeds=seeds, seed=seed, effort=effort, json=json)


@app.command(epilog="Example: verify replay witness.json derivation.json --claims my_claims.py")
def replay(
    witnesses: Annotated[
        list[str], typer.Argument(metavar="FILE.json...", help="Stored counterexamples or derivations (derive -o).")
    ],
    claims: Annotated[
        list[str] | None,
        typer.Option("--claims", metavar="FILE.py", help="Where the claims are, if they are not installed."),
    ] = None,
    digits: Digits = 30,
    json: JsonAlone = None,
) -> int:
    """Check stored counterexamples and derivations again.

    Exit code 0 if each counterexample still refutes its claim and each step of each derivation is verified, else 1.
    """
    from verify.cli import checks

    return checks.replay(witnesses, claims=claims or [], digits=digits, json=json)


@app.command(epilog="Example: verify doctor")
def doctor(json: JsonAlone = None) -> int:
    """Show versions and test each engine.

    Each engine is asked a question whose answer is known. Exit code 0 if all that is needed works, else 1.
    """
    from verify.cli.doctor import doctor as run

    return run(json=json)


# typer carries a copy of click, whose error class has no public name there.
_USAGE_ERRORS: tuple[type[Exception], ...] = tuple(
    kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line (`arguments`, or those of the process) and return its exit code; no traceback for
    users."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")  # a terminal without UTF-8 is no reason to fail
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except (BrokenPipeError, ReaderGoneError):
        _forget_stdout()
        return NO_READER
    except OSError as error:  # a full disk, a terminal that is gone
        _forget_stdout()
        say(f"output cannot be written ({error.strerror or error})")
        return BAD_INPUT
    return code


class ReaderGoneError(Exception):
    """Nobody reads standard output any more."""


def _run(arguments: Sequence[str] | None) -> int:
    command = typer.main.get_command(app)
    try:
        code = command.main(
            args=None if arguments is None else list(arguments), prog_name="verify", standalone_mode=False
        )
    except InputError as error:
        say(str(error))
        return BAD_INPUT
    except _USAGE_ERRORS as error:
        say(_usage(error))
        return BAD_INPUT
    except (KeyboardInterrupt, typer.Abort):
        say("interrupted")
        return INTERRUPTED
    except SystemExit as stop:
        # rich and typer both answer a closed pipe by leaving the process
        if isinstance(stop.__context__, BrokenPipeError):
            raise ReaderGoneError from None
        raise
    return code if isinstance(code, int) else OK


def _usage(error: Exception) -> str:
    message = " ".join(error.format_message().split()) if hasattr(error, "format_message") else str(error)
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "verify"
    return f"{message.rstrip('.')}; see {path} --help"


def _forget_stdout() -> None:
    """Keep the interpreter from flushing into the closed pipe when it ends."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
