from __future__ import annotations

import pytest

from airshift.fix.apply import rewrite
from airshift.rules import library_names, sqlalchemy2
from airshift.rules.base import Hit
from rules.checking import context, facts_of


def hits(source: str, target: str = "mwaa-3.3.1") -> list[Hit]:
    facts, rules = facts_of(source), context(target)
    return [*library_names.check(facts, rules), *sqlalchemy2.check(facts, rules)]


def codes(source: str, target: str = "mwaa-3.3.1") -> list[tuple[str, str]]:
    return [(hit.code, hit.symbol) for hit in hits(source, target)]


def fixed(source: str, target: str = "mwaa-3.3.1") -> str:
    return rewrite(facts_of(source), hits(source, target)).utf8.decode()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import imp\n", [("AS111", "imp")]),
        ("import os, imp\nimp.load_source('a', 'b')\n", [("AS111", "imp")]),
        ("from distutils.version import LooseVersion\n", [("AS111", "distutils.version.LooseVersion")]),
        ("import pkg_resources as p\n", [("AS111", "pkg_resources")]),
        ("import numpy as np\nnp.NaN\n", [("AS113", "numpy.NaN")]),
        ("from numpy import float_\n", [("AS113", "numpy.float_")]),
        ("import pandas as pd\npd.read_gbq('x')\n", [("AS113", "pandas.read_gbq")]),
        (
            "import pandas as pd\ndf = pd.read_csv('x')\ndf.applymap(f)\n",
            [("AS113", "pandas.DataFrame.applymap")],
        ),
        (
            "from sqlalchemy import create_engine\ncreate_engine('x').execute('y')\n",
            [("AS112", "sqlalchemy.Engine.execute")],
        ),
        (
            "def f(hook):\n    engine = hook.get_sqlalchemy_engine()\n    engine.execute('y')\n",
            [("AS112", "sqlalchemy.Engine.execute")],
        ),
        (
            "import sqlalchemy as sa\nengine = sa.create_engine('x')\nwith engine.begin() as c:\n"
            "    c.execute(f'y {z}')\n",
            [("AS112", "sqlalchemy.Connection.execute")],
        ),
    ],
)
def test_flags(source: str, expected: list[tuple[str, str]]) -> None:
    assert codes(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        "import importlib\n",
        "from . import imp\n",
        "from acme import imp, distutils\n",
        "import numpy as np\nnp.nan, np.float64, np.linalg.norm\n",
        "from numpy import float64\n",
        "np = load()\nnp.NaN\n",
        "import pandas as pd\ndf = other()\ndf.applymap(f)\n",
        "import pandas as pd\ndf = pd.read_csv('x')\ndf.map(f)\n",
        "from sqlalchemy import create_engine, text\nwith create_engine('x').connect() as c:\n"
        "    c.execute(text('y'))\n",
        "cursor.execute('SELECT 1')\n",
        "from sqlalchemy import create_engine\ne = create_engine('x')\n"
        "with e.connect() as c:\n    c.execute(query)\n",
        "try:\n    import pkg_resources as p\nexcept ImportError:\n    import importlib.metadata as p\n",
    ],
)
def test_stays_silent(source: str) -> None:
    assert codes(source) == []


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ("import imp\n", "mwaa-3.0.6", ["error"]),
        ("import imp\n", "3.0.6", ["warning"]),
        ("import distutils\n", "mwaa-3.0.6", ["warning"]),
        ("import pkg_resources\n", "mwaa-3.0.6", []),
        ("import pkg_resources\n", "3.2.1", ["error"]),
        ("import numpy\nnumpy.NaN\n", "3.0.6", []),
        ("from sqlalchemy import create_engine\ncreate_engine('x').execute('y')\n", "3.0.6", []),
    ],
)
def test_depends_on_the_target(source: str, target: str, expected: list[str]) -> None:
    rules = context(target)
    found = [
        hit.severity or rules.catalogue.rule(hit.code).severity(rules.target) for hit in hits(source, target)
    ]
    assert [str(severity) for severity in found] == expected


def test_rewrites() -> None:
    assert fixed("import numpy as np\nx = [np.NaN, np.float_(1)]\n") == (
        "import numpy as np\nx = [np.nan, np.float64(1)]\n"
    )
    before = (
        "from sqlalchemy import create_engine\ne = create_engine('x')\n"
        "with e.connect() as c:\n    c.execute('y')\n"
    )
    assert "c.execute(text('y'))" in fixed(before)
    assert "from sqlalchemy import create_engine, text" in fixed(before)
