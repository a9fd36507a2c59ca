"""The two readings of .airflowignore against the walk of real installs, on generated trees."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from airshift.around.document import Document
from airshift.around.fix import apply_to
from airshift.around.ignore_files import check_ignore_files
from airshift.around.ignore_rules import Line, Syntax, kept, read_lines
from airshift.around.kinds import IGNORE_FILE
from airshift.targets import parse_target
from around.installs import ask

pytestmark = pytest.mark.oracle

PATTERNS = [
    "project_a", r".*_test\.py", r"tests/.*_test\.py$", "^helpers", "sub/.*", "sub/", "old|new", "[abc]_dag", "deep/x",
    ".*", "x.y", "a+b", "*.py", "**/tests/", "/helpers", "!helpers/keep.py", "*_test.py", "sub/**", "helpers/*", "(", "#",
    "common # ours", " lead", "trail ", "/", "!/sub/deep/keep.py", "tests/**/deep_*.py", "te?ts", ".*/deep/.*",
]  # fmt: skip
NAMES = ["project_a", "tests", "helpers", "sub", "deep", "common", "old_new"]
FILES = [
    "keep.py",
    "load_test.py",
    "a_dag.py",
    "deep_x.py",
    "x.y.py",
    "aab.py",
    "project_ab.py",
    "lead.py",
    "trail.py",
]


PLAIN = [
    "project_a", r".*_test\.py", r"tests/.*_test\.py$", "^helpers", "sub/.*", "sub/", "old|new", "[abc]_dag", "deep/x",
    "x.y", "*.py", "common # ours", "(", ".*/deep/.*", "helpers/*",
]  # fmt: skip


def make_tree(folder: Path, seed: int, patterns: list[str] = PATTERNS) -> None:
    chance = random.Random(seed)
    for _ in range(chance.randint(4, 14)):
        below = folder.joinpath(*chance.sample(NAMES, chance.randint(0, 3)))
        below.mkdir(parents=True, exist_ok=True)
        (below / chance.choice(FILES)).write_text("dag = airflow")
    folders = [folder, *(path for path in sorted(folder.rglob("*")) if path.is_dir())]
    for place in [folder, *chance.sample(folders, min(len(folders), chance.randint(0, 2)))]:
        lines = chance.sample(patterns, chance.randint(1, 3))
        (place / IGNORE_FILE).write_text("\n".join(lines) + "\n")


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    base = tmp_path_factory.mktemp("trees")
    for seed in range(300):
        make_tree(base / str(seed), seed)
    return [base / str(seed) for seed in range(300)]


def our_walk(folder: Path, syntax: Syntax, version: str) -> list[str]:
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.py"))
    ignore: dict[str, tuple[Line, ...]] = {}
    for path in folder.rglob(IGNORE_FILE):
        place = path.parent.relative_to(folder).as_posix()
        place = "" if place == "." else place
        ignore[place] = read_lines(place, path.read_text())
    major, minor = parse_target(version).release[:2] if version > "3" else (2, 10)
    return [path for path, line in kept(files, ignore, syntax, (major, minor)).items() if line is None]


@pytest.mark.parametrize(
    ("version", "syntax"),
    [
        ("2.10.3", "regexp"),
        ("3.0.6", "glob"),
        ("3.1.8", "glob"),
        ("3.2.1", "glob"),
        ("3.3.1", "glob"),
        ("3.3.1", "regexp"),
    ],
)
def test_the_walk_leaves_the_same_files(trees: list[Path], version: str, syntax: str) -> None:
    answers = ask(version, "walks", [(str(folder), syntax) for folder in trees])
    wrong = {
        folder.name: (
            our_walk(folder, Syntax(syntax), version),
            [path for path in real if path.endswith(".py")],
        )
        for folder, real in zip(trees, answers, strict=True)
        if our_walk(folder, Syntax(syntax), version) != [path for path in real if path.endswith(".py")]
    }
    assert wrong == {}


def test_a_converted_file_leaves_on_3_3_what_the_expressions_left_on_2_10(tmp_path: Path) -> None:
    target = parse_target("3.3.1")
    folders = []
    for seed in range(300):
        folder = tmp_path / str(seed) / "dags"
        make_tree(folder, seed, PLAIN)
        for nested in folder.rglob(IGNORE_FILE):
            if nested.parent != folder:
                nested.unlink()
        folders.append(folder)
    before = ask("2.10.3", "walks", [(str(folder), "regexp") for folder in folders])
    converted = [folder for folder in folders if convert(folder, target.version)]
    after = dict(
        zip(map(str, converted), ask("3.3.1", "walks", [(str(f), "glob") for f in converted]), strict=True)
    )
    assert len(converted) > 60
    for folder, old in zip(folders, before, strict=True):
        if str(folder) in after:
            assert after[str(folder)] == old


def convert(folder: Path, version: str) -> bool:
    """Apply the fix of the one ignore file; whether there was one."""
    path = folder / IGNORE_FILE
    name = f"dags/{IGNORE_FILE}"
    data = path.read_bytes()
    files = sorted(f"dags/{file.relative_to(folder).as_posix()}" for file in folder.rglob("*.py"))
    findings = list(check_ignore_files(files, {name: Document.from_bytes(name, data)}, parse_target(version)))
    made, fixed = apply_to(name, data, findings)
    path.write_bytes(fixed)
    return bool(made)
