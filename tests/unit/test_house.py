"""The house itself: versions, names at the top level, docstrings, what the wheel carries, a quick start."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

FOLDERS = {".ci", "notebooks", "proofs_checks", "tests", "verify"}
FILES = {".gitignore", "CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md", "LICENSE", "Makefile", "README.md"}
SETTINGS = {"pyproject.toml", "requirements.lock"}


def tracked() -> list[Path]:
    """The project's files, relative to its root: those that git tracks, and new ones not ignored."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git clone")
    listed = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        check=True,
        encoding="utf-8",
    ).stdout
    return sorted({Path(name) for name in listed.split("\0") if name and (ROOT / name).is_file()})


def packages() -> list[Path]:
    """Every directory under verify/ and proofs_checks/ that holds Python files."""
    rooms = (ROOT / "verify", ROOT / "proofs_checks")
    return sorted({path.parent for room in rooms for path in room.rglob("*.py")})


def test_versions_agree() -> None:
    import verify

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = re.search(r"^version: *(\S+)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.M)
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)
    assert citation is not None
    assert newest is not None
    assert {citation[1], newest[1], verify.__version__} == {project["version"]}


def test_top_level_holds_only_the_agreed_names() -> None:
    assert {path.parts[0] for path in tracked()} <= FOLDERS | FILES | SETTINGS


@pytest.mark.parametrize("package", packages(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_package_says_what_it_may_import(package: Path) -> None:
    home = package / "__init__.py"
    assert home.is_file(), f"{package.relative_to(ROOT)} is no package: it lacks an __init__.py"
    docstring = ast.get_docstring(ast.parse(home.read_text(encoding="utf-8"))) or ""
    assert re.search(r"\bimports?\b", docstring, re.IGNORECASE), "its docstring does not say what it may import"


def test_no_path_of_one_machine_in_the_files() -> None:
    roots = r"/(?:home|Users|root|work|tmp|opt|mnt)/[\w.+-]|\b[A-Z]:\\{1,2}Users\b"
    pattern = re.compile(rf"(?<![\w.~/}}-])(?:file://)?(?:{roots})")
    found = []
    for path in tracked():
        text = (ROOT / path).read_text(encoding="utf-8", errors="replace")
        lines = enumerate(text.splitlines(), 1)
        found += [f"{path}:{number}: {line.strip()[:80]}" for number, line in lines if pattern.search(line)]
    assert found == []


def test_lock_file_pins_versions_and_nothing_else() -> None:
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert [line for line in pins if not re.fullmatch(r"[\w.-]+==[\w.]+(?: *;.*)?", line)] == []
    locked = {_canonical(line) for line in pins}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [project["dependencies"], *project["optional-dependencies"].values()]
    assert {_canonical(line) for lines in asked for line in lines} <= locked


def _canonical(requirement: str) -> str:
    name = re.match(r"[\w.-]+", requirement)
    assert name is not None
    return re.sub(r"[-_.]+", "-", name[0]).lower()


@pytest.mark.parametrize("command", ["--help", "list"])
def test_the_command_line_starts_without_heavy_libraries(command: str) -> None:
    script = (
        "import sys\n"
        f"sys.argv = ['verify', {command!r}]\n"
        "from verify.cli import main\n"
        "try:\n"
        "    code = main()\n"
        "except SystemExit as stop:\n"
        "    code = stop.code\n"
        "assert not code, code\n"
        "print(*sorted({'flint', 'matplotlib', 'scipy', 'sympy'} & set(sys.modules)), file=sys.stderr)\n"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, encoding="utf-8", check=False)
    assert run.returncode == 0, run.stderr
    assert run.stderr.split() == []
    assert run.stdout.strip() != ""


def test_the_wheel_carries_the_data(tmp_path: Path) -> None:
    pytest.importorskip("hatchling", reason="hatchling builds the wheel; it comes with the extra [test]")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    [wheel] = tmp_path.glob("rankproof-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        carried = set(archive.namelist())
    expected = {path.as_posix() for path in tracked() if path.parts[0] in ("verify", "proofs_checks")}
    assert expected <= carried
    assert {"verify/py.typed", "proofs_checks/py.typed"} <= carried
    assert not [name for name in carried if name.startswith(("tests/", "notebooks/"))]


def test_every_claim_has_a_negative_twin_and_a_second_path() -> None:
    from verify.claims import installed_claims

    claims = installed_claims()
    assert [claim.slug for claim in claims if claim.twin is None or claim.rechecker is None] == []


def test_every_claim_that_speaks_of_more_than_instances_is_hunted() -> None:
    """One may say that nothing varies in it all the same, by describing no hunt; here it is known which."""
    from verify.claims import Level, Run, installed_claims

    wide = [claim for claim in installed_claims() if claim.scope.level is not Level.INSTANCES]
    assert [claim.slug for claim in wide if claim.hunter is None] == []
    described = {claim.slug: claim.hunter(Run(claim=claim.slug)) for claim in wide if claim.hunter}
    assert [slug for slug, hunt in described.items() if hunt is None] == [
        "arora-cohen-hu-luo-2019/no-potential-for-matrices"
    ]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("import mpmath; mpmath.mp.prec += 1", "mpmath.mp.prec"),
        ("import mpmath; mpmath.iv.prec += 1", "mpmath.iv.prec"),
        ("import flint; flint.ctx.prec += 1", "flint.ctx.prec"),
        ("import numpy; numpy.seterr(over='ignore')", "numpy.geterr()"),
    ],
)
def test_a_changed_global_fails_the_test(pytester: pytest.Pytester, change: str, named: str) -> None:
    pytester.makeconftest((ROOT / "tests" / "conftest.py").read_text(encoding="utf-8"))
    pytester.makepyfile(f"def test_guilty():\n    {change}\n\ndef test_innocent():\n    pass\n")
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines([f"*left a global changed: {named} from *"])
