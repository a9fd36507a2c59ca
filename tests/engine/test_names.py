"""Names mean what Python would make them mean: one case a situation, most of them adversarial."""

from __future__ import annotations

import ast
from textwrap import dedent

import pytest

from airshift.engine.names import walk

CASES: list[tuple[str, str, set[str], bool]] = [
    # (situation, source with MARK at the use, names it may mean, certain)
    ("plain import", "import a\nMARK(a.b)", {"a.b"}, True),
    ("dotted import binds its first part", "import a.b.c\nMARK(a.b.c.d)", {"a.b.c.d"}, True),
    ("dotted import under an alias", "import a.b as m\nMARK(m.c)", {"a.b.c"}, True),
    ("from import", "from a import b\nMARK(b)", {"a.b"}, True),
    ("from import under an alias", "from a import b as c\nMARK(c.d)", {"a.b.d"}, True),
    ("two dotted imports share a head", "import a.b\nimport a.c\nMARK(a.b.x)", {"a.b.x"}, True),
    ("relative import", "from .x import y\nMARK(y)", {"pkg.x.y"}, True),
    ("relative import two levels up", "from ..x import y\nMARK(y)", {"..x.y"}, True),
    ("unknown name", "MARK(a)", set(), False),
    ("builtin", "MARK(len)", set(), False),
    ("rebinding by assignment kills", "from a import b\nb = 1\nMARK(b)", set(), False),
    ("rebinding by a later import wins", "from a import b\nfrom c import b\nMARK(b)", {"c.b"}, True),
    ("use before the rebinding", "from a import b\nMARK(b)\nb = 1", {"a.b"}, True),
    ("the right side is read first", "from a import b\nb = MARK(b)", {"a.b"}, True),
    ("augmented assignment rebinds", "from a import b\nb += 1\nMARK(b)", set(), False),
    ("del kills", "from a import b\ndel b\nMARK(b)", set(), False),
    ("walrus kills", "from a import b\nif (b := 1):\n    pass\nMARK(b)", set(), False),
    ("walrus in a comprehension binds outside", "from a import b\n[(b := x) for x in y]\nMARK(b)", set(), False),
    ("for target may rebind", "from a import b\nfor b in x:\n    pass\nMARK(b)", {"a.b"}, False),
    ("for target rebinds inside the loop", "from a import b\nfor b in x:\n    MARK(b)", set(), False),
    ("with target kills", "from a import b\nwith x as b:\n    pass\nMARK(b)", set(), False),
    ("except target shadows in its handler", "from a import b\ntry:\n    x\nexcept E as b:\n    MARK(b)", set(), False),
    ("match capture shadows in its case", "from a import b\nmatch x:\n    case [b]:\n        MARK(b)", set(), False),
    ("unpacking kills", "from a import b\n(b, c) = x\nMARK(b)", set(), False),
    ("starred unpacking kills", "from a import b\n[*b] = x\nMARK(b)", set(), False),
    ("function definition kills", "from a import b\ndef b(): pass\nMARK(b)", {"pkg.mod.b"}, True),
    ("class definition kills", "from a import b\nclass b: pass\nMARK(b)", {"pkg.mod.b"}, True),
    ("parameter shadows", "from a import b\ndef f(b):\n    MARK(b)", set(), False),
    ("keyword-only parameter shadows", "from a import b\ndef f(*, b=1):\n    MARK(b)", set(), False),
    ("**kwargs parameter shadows", "from a import b\ndef f(**b):\n    MARK(b)", set(), False),
    ("lambda parameter shadows", "from a import b\nf = lambda b: MARK(b)", set(), False),
    ("a default is evaluated outside", "from a import b\ndef f(b=MARK(b)): pass", {"a.b"}, True),
    ("a decorator is evaluated outside", "from a import b\n@MARK(b)\ndef b(): pass", {"a.b"}, True),
    ("a function sees the end state", "def f():\n    MARK(b)\nfrom a import b", {"a.b"}, True),
    ("a function sees the last binding", "from a import b\ndef f():\n    MARK(b)\nfrom c import b", {"c.b"}, True),
    ("late local assignment makes it local", "from a import b\ndef f():\n    MARK(b)\n    b = 1", set(), False),
    ("local import", "def f():\n    from a import b\n    MARK(b)", {"a.b"}, True),
    ("local import is not seen outside", "def f():\n    from a import b\nMARK(b)", set(), False),
    ("enclosing function", "def f():\n    from a import b\n    def g():\n        MARK(b)", {"a.b"}, True),
    ("nonlocal rebinding", "def f():\n    from a import b\n    def g():\n        nonlocal b\n        b = 1\n    MARK(b)", {"a.b"}, False),
    ("global import in a function", "def f():\n    global b\n    from a import b\nMARK(b)", {"a.b"}, False),
    ("class scope is seen in its own body", "class K:\n    from a import b\n    MARK(b)", {"a.b"}, True),
    ("class scope is hidden from methods", "class K:\n    from a import b\n    def f(self):\n        MARK(b)", set(), False),
    ("class body falls back to the module", "from a import b\nclass K:\n    MARK(b)\n    b = 1", {"a.b"}, True),
    ("comprehension target shadows", "from a import b\n[MARK(b) for b in x]", set(), False),
    ("comprehension target is not seen after", "from a import b\n[b for b in x]\nMARK(b)", {"a.b"}, True),
    ("first iterable is evaluated outside", "from a import b\n[b for b in MARK(b)]", {"a.b"}, True),
    ("both arms of an if", "if x:\n    from a import b\nelse:\n    from c import b\nMARK(b)", {"a.b", "c.b"}, False),
    ("one arm of an if", "from a import b\nif x:\n    from c import b\nMARK(b)", {"a.b", "c.b"}, False),
    ("inside the arm", "from a import b\nif x:\n    from c import b\n    MARK(b)", {"c.b"}, True),
    ("the other arm is not reached", "if x:\n    from a import b\nelse:\n    MARK(b)", set(), False),
    ("try and handler", "try:\n    from a import b\nexcept ImportError:\n    from c import b\nMARK(b)", {"a.b", "c.b"}, False),
    ("finally sees the body", "try:\n    from a import b\nfinally:\n    MARK(b)", {"a.b"}, False),
    ("a try body may have run in its handler", "try:\n    from a import b\n    x\nexcept E:\n    MARK(b)", {"a.b"}, False),
    ("match arms exclude each other", "match x:\n    case 1:\n        from a import b\n    case 2:\n        MARK(b)", set(), False),
    ("star import is possible", "from a import *\nMARK(b)", {"a.b"}, False),
    ("star import does not hide a known name", "from c import b\nfrom a import *\nMARK(b)", {"c.b"}, True),
    ("f-string", 'from a import b\nf"{MARK(b)!r:>{MARK}}"', {"a.b"}, True),
    ("chain through a call is not one name", "from a import b\nMARK(b().c)", set(), False),
    ("annotation", "from a import b\ndef f(x: MARK(b)): pass", {"a.b"}, True),
    ("plain alias", "from a import b\nc = b\nMARK(c.d)", {"a.b.d"}, True),
    ("alias of an attribute", "import a\nc = a.b\nMARK(c)", {"a.b"}, True),
    ("alias of something unknown", "from a import b\nc = b()\nMARK(c)", set(), False),
    ("alias chain through itself", "from a import b\nb = b\nMARK(b)", {"a.b"}, True),
    ("conditional expression", "from a import b\nx = MARK(b) if y else z", {"a.b"}, True),
]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "expected", "certain"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_situation(source: str, expected: set[str], certain: bool) -> None:
    tree = ast.parse(dedent(source))
    names = walk(tree, "pkg.mod")
    marks = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "MARK"
    ]
    found = names.resolve(marks[0].args[0])
    assert (set(found.names), found.certain) == (expected, certain)


def test_a_very_long_expression_is_walked_without_recursion() -> None:
    tree = ast.parse("import a\n" + " + ".join(["a.b"] * 900))
    names = walk(tree)
    assert {name for use in names.uses for name in names.resolve_use(use).names} == {"a.b"}


def test_guards_are_known_for_imports() -> None:
    source = """
    try:
        from a import b
    except ImportError:
        from c import b
    if TYPE_CHECKING:
        from d import e
    if AIRFLOW_V_3_0_PLUS:
        from f import g
    from h import i
    """
    names = walk(ast.parse(dedent(source)))
    guards = {imported.qualified: {str(g) for g in imported.block.guards()} for imported in names.imports}
    assert guards == {
        "a.b": {"import_error"},
        "c.b": {"import_error"},
        "d.e": {"type_checking"},
        "f.g": {"version"},
        "h.i": set(),
    }
