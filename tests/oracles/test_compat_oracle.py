"""What `airshift fix --compat` writes parses on both versions, with the same tasks, edges and schedules."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from airshift.checking import rule_context
from airshift.files import list_files
from airshift.fix.estate import FixOptions, fix_listing, write
from airshift.fix.files import Compat
from airshift.targets import parse_target, parse_version
from airshift_dev.envs import Environment
from airshift_dev.parsing import parse_files, site_packages

pytestmark = pytest.mark.oracle
SOURCE, TARGET = "2.10.3", "3.3.1"


@pytest.fixture(scope="module")
def fixed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, tuple[str, ...]]]:
    """The example DAGs after --compat, and the codes that each file was left with."""
    folder = tmp_path_factory.mktemp("compat") / "airflow_examples"
    examples = site_packages(Environment(SOURCE, wide=True)) / "airflow" / "example_dags"
    shutil.copytree(examples, folder, ignore=shutil.ignore_patterns("__pycache__"))
    context = rule_context(parse_target(TARGET), parse_version(SOURCE))
    left: dict[str, tuple[str, ...]] = {}
    for file, found in fix_listing(list_files([folder]), context, FixOptions(True, compat=Compat.BOTH)):
        written = write(file, found) if found.changed else found
        assert not written.refused, written.refused
        left[file.path] = tuple(finding.code for finding in found.left if finding.severity == "error")
    return folder, left


def test_the_examples_parse_on_both_versions(fixed: tuple[Path, dict[str, tuple[str, ...]]]) -> None:
    folder, left = fixed
    examples = site_packages(Environment(SOURCE, wide=True)) / "airflow" / "example_dags"
    names = [path.relative_to(examples) for path in sorted(examples.rglob("*.py"))]
    before = parse_files(SOURCE, [examples / name for name in names])
    judged = [name for name in names if not before[examples / name].error and before[examples / name].dags]
    assert len(judged) > 50
    on_source = parse_files(SOURCE, [folder / name for name in judged])
    on_target = parse_files(TARGET, [folder / name for name in judged])
    broken, failing, different = [], [], []
    for name in judged:
        shape = before[examples / name].shape
        source, target = on_source[folder / name], on_target[folder / name]
        if source.error or source.shape != shape:
            broken.append((str(name), source.error))
        if target.error:
            failing.append((str(name), target.error.splitlines()[-1], left.get(name.as_posix())))
        elif target.shape != shape:
            different.append(str(name))
    assert not broken
    assert all(codes for _, _, codes in failing), failing
    assert len(failing) + len(different) <= 0.03 * len(judged), (failing, different)
