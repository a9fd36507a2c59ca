"""Which qualified name an expression means: one scope-aware pass over a module.

The walk records bindings (imports, assignments, definitions ...) and uses (`a.b.c` chains) with the
block they stand in; `Names.resolve` then looks a use up the way Python would at that place. A result
is a set, because both arms of a branch may bind a name. Not modelled, on purpose: rebinding carried
around a loop, `exec`, `setattr`, monkeypatching and `sys.modules` tricks.
"""

from __future__ import annotations

import ast
import builtins
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import field
from enum import StrEnum
from typing import NamedTuple

from airshift.engine.blocks import Block, Guard, guard_of_if, guard_of_try
from airshift.engine.syntax import FIELDS
from airshift.records import dataclass

_BUILTINS = frozenset(dir(builtins))
_ALIASES = 8
"""How many plain assignments are followed from a name to what it stands for."""
FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class ScopeKind(StrEnum):
    """What opened a scope."""

    MODULE = "module"
    FUNCTION = "function"
    CLASS = "class"
    COMPREHENSION = "comprehension"


@dataclass(slots=True, eq=False)
class Binding:
    """One place that gives a name a meaning.

    `target` is the dotted name an import stands for, or the qualified local name of a class or function;
    None for every other binding. `value` is the expression of a plain assignment or `with ... as`.
    """

    name: str
    order: int
    block: Block
    target: str | None = None
    node: ast.AST | None = None
    value: ast.expr | None = None
    is_import: bool = False
    always: bool = False


@dataclass(slots=True, eq=False)
class Scope:
    """A lexical scope with everything bound in it, in order of execution."""

    kind: ScopeKind
    parent: Scope | None
    root: Block
    node: ast.AST | None = None
    qualname: str = ""
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    globals: set[str] = field(default_factory=set)
    nonlocals: set[str] = field(default_factory=set)
    _around: Scope | None = field(init=False)

    def __post_init__(self) -> None:
        self._around = None if self.parent is None else self.parent.function

    @property
    def function(self) -> Scope | None:
        """The innermost function scope around (or at) this one."""
        return self if self.kind is ScopeKind.FUNCTION else self._around


@dataclass(slots=True, eq=False)
class Use:
    """A maximal chain `head.attrs...` that reads, stores or deletes."""

    head: str
    attrs: tuple[str, ...]
    node: ast.expr
    scope: Scope
    block: Block
    order: int


@dataclass(slots=True, eq=False)
class ImportName:
    """One alias of an import statement; `name` is None for `import module`, `*` for a star import."""

    module: str
    name: str | None
    local: str
    alias: ast.alias
    statement: ast.Import | ast.ImportFrom
    scope: Scope
    block: Block
    order: int

    @property
    def qualified(self) -> str:
        """The dotted name that is imported, e.g. `airflow.models.DAG`."""
        return self.module if self.name in (None, "*") else f"{self.module}.{self.name}"


@dataclass(slots=True, eq=False)
class CallSite:
    """A call with the place it is made from."""

    node: ast.Call
    scope: Scope
    block: Block
    order: int


@dataclass(slots=True, eq=False)
class Definition:
    """A function or class definition with the scope of its body."""

    node: FunctionNode | ast.Lambda | ast.ClassDef
    scope: Scope
    outer: Scope
    block: Block


class Resolution(NamedTuple):
    """The names an expression may mean; `certain` when there is exactly one and nothing else."""

    names: frozenset[str]
    certain: bool
    bindings: tuple[Binding, ...] = ()
    star: bool = False


_NO_NAMES: frozenset[str] = frozenset()
NOTHING = Resolution(_NO_NAMES, certain=False)


class Names:
    """The result of walking one module."""

    def __init__(self, module: str, is_package: bool) -> None:
        self.module = module
        self.is_package = is_package
        self.root = Scope(ScopeKind.MODULE, None, Block(None, 0, 0))
        self.uses: list[Use] = []
        self.imports: list[ImportName] = []
        self.calls: list[CallSite] = []
        self.definitions: list[Definition] = []
        self.strings: list[ast.Constant] = []
        self.stars: list[ImportName] = []
        self.attributes: set[str] = set()
        """Names of all attributes, whatever they are attributes of."""
        self.loops: list[ast.For] = []
        self.item_stores: list[ast.Assign] = []
        """Assignments to an item: `mapping["key"] = value`."""
        self.use_of: dict[int, Use] = {}
        self.tests_version = False
        """Whether an `if` of the module tests Airflow's version."""
        self._uses_by_head: dict[str, list[Use]] = {}
        self._resolved: dict[int, Resolution] = {}

    def uses_of(self, head: str) -> Sequence[Use]:
        """The uses of a name, in order; asked once the walk is over."""
        if not self._uses_by_head:
            for use in self.uses:
                self._uses_by_head.setdefault(use.head, []).append(use)
        return self._uses_by_head.get(head, ())

    def resolve(self, node: ast.expr, depth: int = 0) -> Resolution:
        """Names that a chain `a.b.c` may mean; NOTHING for any other expression or an unknown head."""
        use = self.use_of.get(id(node))
        if use is not None:
            return self.resolve_use(use, depth)
        if isinstance(node, ast.Attribute):
            return _extend(self.resolve(node.value, depth), (node.attr,))
        return NOTHING

    def resolve_use(self, use: Use, depth: int = 0) -> Resolution:
        """Names that a recorded use may mean."""
        if depth:
            return self._resolve_use(use, depth)
        found = self._resolved.get(id(use))
        if found is None:
            found = self._resolved[id(use)] = self._resolve_use(use, depth)
        return found

    def _resolve_use(self, use: Use, depth: int) -> Resolution:
        found, complete = self._reaching(use.head, use.scope, use.block, use.order)
        if len(found) == 1:
            target = self.target_of(found[0], depth)
            names = frozenset((target,)) if target is not None else _NO_NAMES
            return _extend(Resolution(names, complete and target is not None, tuple(found)), use.attrs)
        targets = {self.target_of(binding, depth) for binding in found}
        names = frozenset(target for target in targets if target is not None)
        if not found and self.stars and use.head not in _BUILTINS:
            starred = frozenset(f"{star.module}.{use.head}" for star in self.stars)
            return _extend(Resolution(starred, certain=False, star=True), use.attrs)
        certain = complete and len(targets) == 1 and bool(names)
        return _extend(Resolution(names, certain, tuple(found)), use.attrs)

    def target_of(self, binding: Binding, depth: int = 0) -> str | None:
        """What a binding stands for, through plain aliases such as `NoOp = EmptyOperator`."""
        if binding.target is not None or depth > _ALIASES:
            return binding.target
        if not isinstance(binding.value, ast.Name | ast.Attribute):
            return None
        found = self.resolve(binding.value, depth + 1)
        return next(iter(found.names)) if found.certain else None

    def bindings_of(self, node: ast.expr) -> tuple[Binding, ...]:
        """The bindings a plain name may refer to at its place."""
        use = self.use_of.get(id(node))
        if use is None or use.attrs:
            return ()
        return self.resolve_use(use).bindings

    def exported(self, name: str) -> tuple[Binding, ...]:
        """The bindings of a module-level name as another module would see them."""
        return tuple(_end_state(self.root.bindings.get(name, []))[0])

    def _reaching(self, name: str, scope: Scope, block: Block, order: int) -> tuple[list[Binding], bool]:
        """Bindings of `name` seen from a place, and whether one of them certainly applies."""
        current: Scope | None = scope
        home = scope.function
        collected: list[Binding] = []
        while current is not None:
            hidden = current.kind is ScopeKind.CLASS and current is not scope
            bindings = [] if hidden else current.bindings.get(name, [])
            if bindings:
                same_run = current.function is home
                found, complete = _visible(bindings, block, order) if same_run else _end_state(bindings)
                collected += found
                if complete or current.kind is ScopeKind.FUNCTION:
                    return collected, complete
            if name in current.globals:
                found, complete = _end_state(self.root.bindings.get(name, []))
                return collected + found, complete and not collected
            current = current.parent
        return collected, False


def _visible(bindings: list[Binding], block: Block, order: int) -> tuple[list[Binding], bool]:
    found: list[Binding] = []
    for binding in reversed(bindings):
        if binding.always:
            found.append(binding)
            continue
        if binding.order >= order:
            continue
        if binding.block is block:
            found.append(binding)
            return found, True
        if binding.block.excludes(block):
            continue
        found.append(binding)
        if binding.block.dominates(block):
            return found, True
    return found, False


def _end_state(bindings: list[Binding]) -> tuple[list[Binding], bool]:
    found: list[Binding] = []
    for binding in reversed(bindings):
        found.append(binding)
        if binding.block.parent is None and not binding.always:
            return found, True
    return found, bool(found) and all(binding.block.is_exhaustive_try for binding in found)


def _extend(base: Resolution, attrs: tuple[str, ...]) -> Resolution:
    if not attrs or not base.names:
        return base
    tail = "." + ".".join(attrs)
    return Resolution(frozenset(n + tail for n in base.names), base.certain, base.bindings, base.star)


def walk(tree: ast.Module, module: str = "", is_package: bool = False) -> Names:
    """Walk a module once and return its names; `module` is its dotted name, for relative imports."""
    names = Names(module, is_package)
    _Walker(names).run(tree)
    return names


class _Walker:
    """The one pass. Function bodies are deferred until their enclosing scope is complete."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.order = 0
        self.blocks = 0
        self.deferred: deque[tuple[Scope, list[ast.AST], list[ast.arg]]] = deque()

    def run(self, tree: ast.Module) -> None:
        self._walk(list(tree.body), self.names.root, self.names.root.root)
        while self.deferred:
            scope, body, parameters = self.deferred.popleft()
            for parameter in parameters:
                self._bind(parameter.arg, scope, scope.root, node=parameter)
            self._walk(body, scope, scope.root)

    def _walk(self, nodes: list[ast.AST], scope: Scope, block: Block) -> None:
        stack: list[tuple[ast.AST, Scope, Block]] = [(node, scope, block) for node in reversed(nodes)]
        handlers, pop = _HANDLERS, stack.pop
        while stack:
            node, scope, block = pop()
            kind = node.__class__
            if kind in handlers:
                handlers[kind](self, node, scope, block, stack)
                continue
            for name in FIELDS[kind][::-1]:
                value = getattr(node, name, None)
                if not value:
                    continue
                if value.__class__ is list:
                    stack += [(item, scope, block) for item in value[::-1] if isinstance(item, ast.AST)]
                else:
                    stack.append((value, scope, block))

    def _next(self) -> int:
        self.order += 1
        return self.order

    def _statement(self) -> int:
        self.blocks += 1
        return self.blocks

    def _bind(
        self,
        name: str,
        scope: Scope,
        block: Block,
        *,
        target: str | None = None,
        node: ast.AST | None = None,
        value: ast.expr | None = None,
        is_import: bool = False,
    ) -> None:
        always = False
        if name in scope.globals:
            scope, always = self.names.root, True
            block = scope.root
        elif name in scope.nonlocals:
            owner = scope.parent
            while owner is not None and (owner.kind is not ScopeKind.FUNCTION or name not in owner.bindings):
                owner = owner.parent
            if owner is not None:
                scope, always, block = owner, True, owner.root
        binding = Binding(name, self._next(), block, target, node, value, is_import, always)
        scope.bindings.setdefault(name, []).append(binding)

    def _use(self, node: ast.expr, head: str, attrs: tuple[str, ...], scope: Scope, block: Block) -> None:
        self.order += 1
        use = Use(head, attrs, node, scope, block, self.order)
        self.names.uses.append(use)
        self.names.use_of[id(node)] = use
        inner = node
        while isinstance(inner, ast.Attribute):
            inner, attrs = inner.value, attrs[:-1]
            self.names.use_of[id(inner)] = Use(head, attrs, inner, scope, block, use.order)

    # Names and attributes

    def name(self, node: ast.Name, scope: Scope, block: Block, stack: _Stack) -> None:
        if isinstance(node.ctx, ast.Load):
            self._use(node, node.id, (), scope, block)
            return
        self._bind(node.id, scope, block, node=node)

    def attribute(self, node: ast.Attribute, scope: Scope, block: Block, stack: _Stack) -> None:
        attrs = [node.attr]
        inner = node.value
        while isinstance(inner, ast.Attribute):
            attrs.append(inner.attr)
            inner = inner.value
        self.names.attributes.update(attrs)
        if isinstance(inner, ast.Name):
            self._use(node, inner.id, tuple(reversed(attrs)), scope, block)
            return
        stack.append((inner, scope, block))

    def constant(self, node: ast.Constant, scope: Scope, block: Block, stack: _Stack) -> None:
        if isinstance(node.value, str):
            self.names.strings.append(node)

    def call(self, node: ast.Call, scope: Scope, block: Block, stack: _Stack) -> None:
        self.names.calls.append(CallSite(node, scope, block, self._next()))
        stack += [(keyword.value, scope, block) for keyword in node.keywords[::-1]]
        stack += [(argument, scope, block) for argument in node.args[::-1]]
        stack.append((node.func, scope, block))

    # Bindings

    def assign(self, node: ast.Assign, scope: Scope, block: Block, stack: _Stack) -> None:
        for target in reversed(node.targets):
            if isinstance(target, ast.Name):
                stack.append((_Bind(target, node.value), scope, block))
            else:
                stack.append((target, scope, block))
        if isinstance(node.targets[0], ast.Subscript):
            self.names.item_stores.append(node)
        stack.append((node.value, scope, block))

    def annotated(self, node: ast.AnnAssign, scope: Scope, block: Block, stack: _Stack) -> None:
        if node.value is not None:
            bound: ast.AST = (
                _Bind(node.target, node.value) if isinstance(node.target, ast.Name) else node.target
            )
            stack.append((bound, scope, block))
            stack.append((node.value, scope, block))
        else:
            self.names.attributes.update(
                n.attr for n in ast.walk(node.target) if isinstance(n, ast.Attribute)
            )
        stack.append((node.annotation, scope, block))

    def augmented(self, node: ast.AugAssign, scope: Scope, block: Block, stack: _Stack) -> None:
        stack.append((node.target, scope, block))
        stack.append((node.value, scope, block))
        if isinstance(node.target, ast.Name):
            self._use(node.target, node.target.id, (), scope, block)

    def bind(self, node: _Bind, scope: Scope, block: Block, stack: _Stack) -> None:
        self._bind(node.target.id, scope, block, node=node.target, value=node.value)

    def walrus(self, node: ast.NamedExpr, scope: Scope, block: Block, stack: _Stack) -> None:
        owner = scope
        while owner.kind is ScopeKind.COMPREHENSION and owner.parent is not None:
            owner = owner.parent
        stack.append((_Bind(node.target, node.value), owner, block))
        stack.append((node.value, scope, block))

    def declare_global(self, node: ast.Global, scope: Scope, block: Block, stack: _Stack) -> None:
        if scope.kind is not ScopeKind.MODULE:
            scope.globals.update(node.names)

    def declare_nonlocal(self, node: ast.Nonlocal, scope: Scope, block: Block, stack: _Stack) -> None:
        scope.nonlocals.update(node.names)

    def import_(self, node: ast.Import, scope: Scope, block: Block, stack: _Stack) -> None:
        for alias in node.names:
            local = alias.asname or alias.name.partition(".")[0]
            target = alias.name if alias.asname else local
            self._import(alias.name, None, local, target, alias, node, scope, block)

    def import_from(self, node: ast.ImportFrom, scope: Scope, block: Block, stack: _Stack) -> None:
        module = self._absolute(node)
        for alias in node.names:
            local = alias.asname or alias.name
            self._import(module, alias.name, local, f"{module}.{alias.name}", alias, node, scope, block)

    def _import(
        self,
        module: str,
        name: str | None,
        local: str,
        target: str,
        alias: ast.alias,
        statement: ast.Import | ast.ImportFrom,
        scope: Scope,
        block: Block,
    ) -> None:
        found = ImportName(module, name, local, alias, statement, scope, block, self._next())
        self.names.imports.append(found)
        if name == "*":
            self.names.stars.append(found)
            return
        self._bind(local, scope, block, target=target, node=alias, is_import=True)

    def _absolute(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        parts = self.names.module.split(".") if self.names.module else []
        keep = len(parts) - node.level + (1 if self.names.is_package else 0)
        base = ".".join(parts[:keep]) if keep > 0 else ""
        if not base:
            return "." * node.level + (node.module or "")
        return f"{base}.{node.module}" if node.module else base

    # Definitions

    def function(self, node: FunctionNode, scope: Scope, block: Block, stack: _Stack) -> None:
        target = _qualify(scope, node.name, self.names.module)
        inner = self._open(ScopeKind.FUNCTION, node, scope, node.name, Block(None, 0, 0))
        self.names.definitions.append(Definition(node, inner, scope, block))
        arguments = node.args
        outer_first: list[ast.AST] = [*node.decorator_list, *arguments.defaults]
        outer_first += [default for default in arguments.kw_defaults if default is not None]
        annotations = [a.annotation for a in _parameters(arguments) if a.annotation is not None]
        outer_first += annotations
        if node.returns is not None:
            outer_first.append(node.returns)
        stack.append((_Define(node.name, target, node), scope, block))
        _push(stack, outer_first, scope, block)
        self.deferred.append((inner, list(node.body), _parameters(arguments)))

    def lambda_(self, node: ast.Lambda, scope: Scope, block: Block, stack: _Stack) -> None:
        inner = self._open(ScopeKind.FUNCTION, node, scope, "<lambda>", Block(None, 0, 0))
        self.names.definitions.append(Definition(node, inner, scope, block))
        defaults: list[ast.AST] = [*node.args.defaults, *(d for d in node.args.kw_defaults if d is not None)]
        _push(stack, defaults, scope, block)
        self.deferred.append((inner, [node.body], _parameters(node.args)))

    def class_(self, node: ast.ClassDef, scope: Scope, block: Block, stack: _Stack) -> None:
        target = _qualify(scope, node.name, self.names.module)
        inner = self._open(ScopeKind.CLASS, node, scope, node.name, block)
        self.names.definitions.append(Definition(node, inner, scope, block))
        stack.append((_Define(node.name, target, node), scope, block))
        stack.extend((child, inner, block) for child in reversed(node.body))
        _push(stack, [*node.decorator_list, *node.bases, *node.keywords], scope, block)

    def define(self, node: _Define, scope: Scope, block: Block, stack: _Stack) -> None:
        self._bind(node.name, scope, block, target=node.target, node=node.definition)

    def _open(self, kind: ScopeKind, node: ast.AST, parent: Scope, name: str, root: Block) -> Scope:
        qualname = f"{parent.qualname}.{name}" if parent.qualname else name
        return Scope(kind, parent, root, node, qualname)

    def comprehension(self, node: ast.AST, scope: Scope, block: Block, stack: _Stack) -> None:
        generators: list[ast.comprehension] = node.generators  # type: ignore[attr-defined]
        inner = Scope(ScopeKind.COMPREHENSION, scope, block, node, scope.qualname)
        results = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]  # type: ignore[attr-defined]
        _push(stack, results, inner, block)
        for index, generator in reversed(list(enumerate(generators))):
            _push(stack, list(generator.ifs), inner, block)
            stack.append((generator.target, inner, block))
            stack.append((generator.iter, inner if index else scope, block))

    # Branches

    def if_(self, node: ast.If, scope: Scope, block: Block, stack: _Stack) -> None:
        statement = self._statement()
        guard = guard_of_if(node.test)
        self.names.tests_version |= guard is Guard.VERSION
        _push(stack, list(node.orelse), scope, Block(block, statement, 1, guard.negated))
        _push(stack, list(node.body), scope, Block(block, statement, 0, guard))
        stack.append((node.test, scope, block))

    def try_(self, node: ast.Try, scope: Scope, block: Block, stack: _Stack) -> None:
        statement = self._statement()
        guard = guard_of_try(node)
        _push(stack, list(node.finalbody), scope, block)
        _push(stack, list(node.orelse), scope, Block(block, statement, 0, guard))
        for arm, handler in reversed(list(enumerate(node.handlers, 1))):
            inner = Block(block, statement, arm, guard, in_handler=True)
            _push(stack, list(handler.body), scope, inner)
            if handler.name:
                stack.append((_Define(handler.name, None, handler), scope, inner))
            if handler.type is not None:
                stack.append((handler.type, scope, block))
        _push(stack, list(node.body), scope, Block(block, statement, 0, guard))

    def loop(self, node: ast.For | ast.AsyncFor, scope: Scope, block: Block, stack: _Stack) -> None:
        statement = self._statement()
        if isinstance(node, ast.For):
            self.names.loops.append(node)
        body = Block(block, statement, 0, loop=True)
        _push(stack, list(node.orelse), scope, Block(block, statement, 1, loop=True))
        _push(stack, list(node.body), scope, body)
        stack.append((node.target, scope, body))
        stack.append((node.iter, scope, block))

    def while_(self, node: ast.While, scope: Scope, block: Block, stack: _Stack) -> None:
        statement = self._statement()
        _push(stack, list(node.orelse), scope, Block(block, statement, 1, loop=True))
        _push(stack, list(node.body), scope, Block(block, statement, 0, loop=True))
        stack.append((node.test, scope, block))

    def with_(self, node: ast.With | ast.AsyncWith, scope: Scope, block: Block, stack: _Stack) -> None:
        _push(stack, list(node.body), scope, block)
        for item in reversed(node.items):
            target = item.optional_vars
            if isinstance(target, ast.Name):
                stack.append((_Bind(target, item.context_expr), scope, block))
            elif target is not None:
                stack.append((target, scope, block))
            stack.append((item.context_expr, scope, block))

    def match(self, node: ast.Match, scope: Scope, block: Block, stack: _Stack) -> None:
        statement = self._statement()
        for arm, case in reversed(list(enumerate(node.cases))):
            inner = Block(block, statement, arm)
            _push(stack, list(case.body), scope, inner)
            if case.guard is not None:
                stack.append((case.guard, scope, inner))
            stack.append((case.pattern, scope, inner))
        stack.append((node.subject, scope, block))

    def capture(self, node: ast.MatchAs | ast.MatchStar, scope: Scope, block: Block, stack: _Stack) -> None:
        if isinstance(node, ast.MatchAs) and node.pattern is not None:
            stack.append((node.pattern, scope, block))
        if node.name:
            self._bind(node.name, scope, block, node=node)

    def mapping(self, node: ast.MatchMapping, scope: Scope, block: Block, stack: _Stack) -> None:
        _push(stack, [*node.keys, *node.patterns], scope, block)
        if node.rest:
            self._bind(node.rest, scope, block, node=node)


class _Bind(ast.AST):
    """Work item: bind a plain name once its value has been walked."""

    _fields = ()

    def __init__(self, target: ast.Name, value: ast.expr) -> None:
        self.target = target
        self.value = value


class _Define(ast.AST):
    """Work item: bind a definition once its decorators and defaults have been walked."""

    _fields = ()

    def __init__(self, name: str, target: str | None, definition: ast.AST) -> None:
        self.name = name
        self.target = target
        self.definition = definition


_Stack = list[tuple[ast.AST, Scope, Block]]


def _push(
    stack: _Stack, nodes: list[ast.AST] | list[ast.expr] | list[ast.stmt], scope: Scope, block: Block
) -> None:
    stack += [(node, scope, block) for node in nodes[::-1]]


def _parameters(arguments: ast.arguments) -> list[ast.arg]:
    found = [*arguments.posonlyargs, *arguments.args]
    if arguments.vararg is not None:
        found.append(arguments.vararg)
    found += arguments.kwonlyargs
    if arguments.kwarg is not None:
        found.append(arguments.kwarg)
    return found


def _qualify(scope: Scope, name: str, module: str) -> str | None:
    if scope.kind not in (ScopeKind.MODULE, ScopeKind.CLASS):
        return f"{module}.{scope.qualname}.<locals>.{name}"
    prefix = f"{module}.{scope.qualname}" if scope.qualname else module
    return f"{prefix}.{name}"


_HANDLERS: dict[type[ast.AST], Callable[..., None]] = {
    ast.Name: _Walker.name,
    ast.Attribute: _Walker.attribute,
    ast.Constant: _Walker.constant,
    ast.Call: _Walker.call,
    ast.Assign: _Walker.assign,
    ast.AnnAssign: _Walker.annotated,
    ast.AugAssign: _Walker.augmented,
    ast.NamedExpr: _Walker.walrus,
    ast.Global: _Walker.declare_global,
    ast.Nonlocal: _Walker.declare_nonlocal,
    ast.Import: _Walker.import_,
    ast.ImportFrom: _Walker.import_from,
    ast.FunctionDef: _Walker.function,
    ast.AsyncFunctionDef: _Walker.function,
    ast.Lambda: _Walker.lambda_,
    ast.ClassDef: _Walker.class_,
    ast.If: _Walker.if_,
    ast.Try: _Walker.try_,
    ast.TryStar: _Walker.try_,
    ast.For: _Walker.loop,
    ast.AsyncFor: _Walker.loop,
    ast.While: _Walker.while_,
    ast.With: _Walker.with_,
    ast.AsyncWith: _Walker.with_,
    ast.Match: _Walker.match,
    ast.MatchAs: _Walker.capture,
    ast.MatchStar: _Walker.capture,
    ast.MatchMapping: _Walker.mapping,
    _Bind: _Walker.bind,
    _Define: _Walker.define,
    **dict.fromkeys(_COMPREHENSIONS, _Walker.comprehension),
}
