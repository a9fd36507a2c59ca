"""What happens to a file's import statements when names move: merge, rename uses, insert, drop."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence
from dataclasses import field

from airshift.engine.blocks import Guard
from airshift.engine.facts import ModuleFacts
from airshift.engine.names import Binding, ImportName, Use
from airshift.fix.changes import CannotRewrite, PositionalNaming
from airshift.fix.edits import Edit, Refused, Replacement, owner_of
from airshift.fix.new_imports import NewImport, change_import, guarded, statements
from airshift.fix.placement import Statement, is_docstring, placed, placed_blocks
from airshift.fix.rewrites import Needs
from airshift.records import dataclass

_ASCII_NAME = re.compile(r"[^\W\d]\w*\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Moved:
    """An import that now comes from elsewhere (or, without a target, is dropped), and who asked."""

    imported: ImportName
    target: tuple[str, str | None] | None
    owner: int
    fallback: tuple[str, str | None] | None = None
    """Where the name is imported from if the target's home is not there."""


@dataclass(slots=True)
class ImportPlan:
    """Collects moves and needs of a file, then turns them into replacements."""

    facts: ModuleFacts
    moved: list[Moved] = field(default_factory=list)
    needs: dict[Needs, int] = field(default_factory=dict)
    _bound: set[str] = field(init=False)
    _guarded_needs: list[tuple[NewImport, NewImport]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._bound = _bound_names(self.facts)

    # What the rewritten text calls a needed name

    def local_of(self, needs: Needs) -> str:
        """The local name under which a needed name will be known."""
        for imported in self._kept_root_imports():
            if (imported.module, imported.name) != (needs.module, needs.name):
                continue
            if needs.name is not None:
                return imported.local
            if imported.local == needs.module.partition(".")[0]:
                return needs.module
        for moved in self.moved:
            if moved.target == (needs.module, needs.name) and self._at_root(moved.imported):
                return self.final_local(moved)
        wanted = needs.name or needs.module.partition(".")[0]
        if wanted in self._bound and not self._only_bound_by_moved(wanted):
            return f"airflow_{wanted}" if needs.name else f"_{wanted}"
        return needs.name or needs.module

    def _only_bound_by_moved(self, name: str) -> bool:
        bindings = self.facts.names.root.bindings.get(name, [])
        gone = {id(moved.imported.alias) for moved in self.moved if moved.target is None}
        elsewhere = _bound_names(self.facts, skip_root=True)
        return name not in elsewhere and bool(bindings) and all(id(b.node) in gone for b in bindings)

    def final_local(self, moved: Moved) -> str:
        """The local name of a moved import: the new name where every use can follow, else the old one."""
        imported, target = moved.imported, moved.target
        assert target is not None
        new = target[1] or target[0].rpartition(".")[2]
        if imported.alias.asname is not None or new == imported.local:
            return imported.local
        return new if self._can_rename(imported, new) else imported.local

    def _can_rename(self, imported: ImportName, new: str) -> bool:
        facts, local = self.facts, imported.local
        if imported.name is None or facts.path.endswith("__init__.py"):
            return False
        if facts.project.is_wanted(facts.path, local) or _is_named_in_strings(facts, local):
            return False
        same = [
            moved
            for moved in self.moved
            if moved.target is not None and (moved.target[1] or "") == new and moved.imported is not imported
        ]
        taken = new in self._bound and not all(
            b.is_import
            and b.target in _targets(same, self._kept_root_imports(), moved_to=self._target_of(imported))
            for scope_bindings in _all_bindings(facts, new)
            for b in scope_bindings
        )
        uses = facts.names.uses_of(local)
        followed = all(self._is_only(use, imported) for use in uses)
        return followed and not taken and not _is_rebound(facts, imported)

    def _target_of(self, imported: ImportName) -> tuple[str, str | None] | None:
        return next((moved.target for moved in self.moved if moved.imported is imported), None)

    def _is_only(self, use: Use, imported: ImportName) -> bool:
        found = self.facts.names.resolve_use(use)
        return all(binding.node is imported.alias for binding in found.bindings) and bool(found.bindings)

    # Imports that lost their last use

    def drop_unused(self, edits: Sequence[Edit], covered: Iterable[tuple[int, int]]) -> None:
        """Drop the imports from Airflow whose every use goes with the edits, re-exports apart."""
        spans = sorted(covered)
        written = " ".join(_written(edits))
        for imported in self._kept_root_imports() if spans else ():
            own = imported.module.partition(".")[0] == "airflow" and not self._is_exported(imported)
            if not own or re.search(rf"\b{re.escape(imported.local)}\b", written):
                continue
            uses = [self.facts.source.span(use.node) for use in self._uses_of(imported)]
            if uses and all(_covers(spans, use) for use in uses):
                self.moved.append(Moved(imported, None, _owner_at(edits, uses[0])))

    def _is_exported(self, imported: ImportName) -> bool:
        facts, local = self.facts, imported.local
        wanted = facts.path.endswith("__init__.py") or facts.project.is_wanted(facts.path, local)
        return wanted or _is_named_in_strings(facts, local)

    def _uses_of(self, imported: ImportName) -> Iterable[Use]:
        names = self.facts.names
        for use in names.uses_of(imported.local):
            found = names.resolve_use(use).bindings
            if not found or any(binding.node is imported.alias for binding in found):
                yield use

    # Replacements

    def replacements(self, covered: Iterable[tuple[int, int]]) -> list[Replacement]:
        """Everything that changes in import statements and in the uses of renamed names."""
        spans = sorted(covered)
        self._refuse_drops_in_use(spans)
        found = list(self._renamed_uses(spans))
        found += self._changed_statements()
        return found

    def _refuse_drops_in_use(self, covered: list[tuple[int, int]]) -> None:
        for moved in self.moved:
            if moved.target is not None:
                continue
            if self.facts.project.is_wanted(self.facts.path, moved.imported.local):
                raise Refused(moved.owner, f"{moved.imported.local} is imported by another module")
            if self._uses_left(moved.imported, covered):
                raise Refused(moved.owner, f"{moved.imported.local} is still used")

    def _uses_left(self, imported: ImportName, covered: list[tuple[int, int]]) -> bool:
        if _is_named_in_strings(self.facts, imported.local):
            return True
        whole = imported.module.split(".") if imported.name is None and not imported.alias.asname else []
        for use in self.facts.names.uses_of(imported.local):
            if whole and [use.head, *use.attrs][: len(whole)] != whole:
                continue
            if any(
                b.node is imported.alias for b in self.facts.names.resolve_use(use).bindings
            ) and not _covers(covered, self.facts.source.span(use.node)):
                return True
        return False

    def _renamed_uses(self, covered: list[tuple[int, int]]) -> Iterable[Replacement]:
        for moved in self.moved:
            if moved.target is None:
                continue
            local = self.final_local(moved)
            if local == moved.imported.local:
                continue
            for use in self.facts.names.uses_of(moved.imported.local):
                if not self._is_only(use, moved.imported):
                    continue
                start, _ = self.facts.source.span(use.node)
                start = _head_start(self.facts, use, start)
                end = start + len(use.head.encode())
                if not _covers(covered, (start, end)):
                    yield Replacement(start, end, local, moved.owner)

    def _changed_statements(self) -> Iterable[Replacement]:
        by_statement: dict[int, list[Moved]] = {}
        for moved in self.moved:
            by_statement.setdefault(id(moved.imported.statement), []).append(moved)
        section = self._section()
        touched = {
            **{id(s): s for s in section},
            **{id(m.imported.statement): m.imported.statement for m in self.moved},
        }
        additions, outcome, fresh = self._place(by_statement, section)
        for key, statement in touched.items():
            if key in by_statement or key in additions:
                yield self._rewritten(
                    statement, outcome.get(key, {}), additions.get(key, []), by_statement.get(key, [])
                )
        yield from self._inserted(
            fresh,
            section,
            {key for key in by_statement if self._is_emptied(key, by_statement, outcome, additions)},
        )

    def _is_emptied(
        self,
        key: int,
        by_statement: dict[int, list[Moved]],
        outcome: dict[int, dict[int, NewImport | None]],
        additions: dict[int, list[NewImport]],
    ) -> bool:
        statement = by_statement[key][0].imported.statement
        gone = outcome.get(key, {})
        return len(gone) == len(statement.names) and not any(gone.values()) and key not in additions

    def _place(
        self, by_statement: dict[int, list[Moved]], section: list[Statement]
    ) -> tuple[dict[int, list[NewImport]], dict[int, dict[int, NewImport | None]], list[NewImport]]:
        """Decide where each moved and each needed name is imported, merging into existing statements."""
        kept = self._kept_root_imports()
        present = {(i.module, i.name, i.local) for i in kept if _is_unguarded(i)}
        hosts: dict[str, int] = {}
        in_section = {id(statement) for statement in section}
        for imported in kept:
            statement = imported.statement
            if id(statement) in in_section and isinstance(statement, ast.ImportFrom) and not statement.level:
                hosts.setdefault(imported.module, id(statement))
        additions: dict[int, list[NewImport]] = {}
        outcome: dict[int, dict[int, NewImport | None]] = {}
        ordered = sorted(by_statement.items(), key=lambda item: item[1][0].imported.statement.lineno)
        for key, moves in ordered:
            result = outcome.setdefault(key, {})
            for moved in moves:
                index = moved.imported.statement.names.index(moved.imported.alias)
                if moved.target is None:
                    result[index] = None
                    continue
                new = NewImport(moved.target[0], moved.target[1], self.final_local(moved))
                if key not in in_section:
                    result[index] = None if moved.fallback is not None else new
                    continue
                known = (new.module, new.name, new.local) in present
                present.add((new.module, new.name, new.local))
                host_key = (
                    hosts.setdefault(new.module, key)
                    if new.name is not None and moved.fallback is None
                    else key
                )
                result[index] = None if known or host_key != key else new
                if moved.fallback is not None:
                    result[index] = None
                elif not known and host_key != key:
                    additions.setdefault(host_key, []).append(new)
        fresh: list[NewImport] = []
        for needs in self.needs:
            local = self.local_of(needs)
            plain = local.partition(".")[0]
            if (needs.module, needs.name, local if needs.name else plain) in present:
                continue
            new = NewImport(needs.module, needs.name, local)
            if (new.module, new.name, new.local) in present:
                continue
            present.add((new.module, new.name, new.local))
            host = hosts.get(needs.module) if needs.name is not None and needs.fallback is None else None
            if needs.fallback is not None:
                self._guarded_needs.append((new, NewImport(*needs.fallback, local)))
            elif host is None:
                fresh.append(new)
            else:
                additions.setdefault(host, []).append(new)
        # A statement that hosts additions and loses all its own names prints them as new statements.
        for key in list(additions):
            if key in outcome and key in by_statement:
                self._host_moves(key, additions, outcome)
        return additions, outcome, fresh

    def _host_moves(
        self,
        key: int,
        additions: dict[int, list[NewImport]],
        outcome: dict[int, dict[int, NewImport | None]],
    ) -> None:
        statement = next(m.imported.statement for m in self.moved if id(m.imported.statement) == key)
        module = statement.module if isinstance(statement, ast.ImportFrom) else None
        own = [new for new in additions[key] if new.module == module]
        foreign = [new for new in additions[key] if new.module != module]
        for offset, new in enumerate(foreign):
            outcome[key][-1 - offset] = new
        if own:
            additions[key] = own
        else:
            del additions[key]

    def _rewritten(
        self,
        statement: Statement,
        outcome: dict[int, NewImport | None],
        added: list[NewImport],
        moves: list[Moved],
    ) -> Replacement:
        facts = self.facts
        owner = moves[0].owner if moves else next(iter(self.needs.values()), 0)
        start, end = facts.source.span(statement)
        text = (
            facts.source.utf8[start:end]
            .decode("utf-8", "surrogatepass")
            .replace("\r\n", "\n")
            .replace("\r", "\n")
        )
        extra = [new for index, new in outcome.items() if index < 0 and new is not None]
        own = {index: new for index, new in outcome.items() if index >= 0}
        try:
            head, more = _change(text, own, added, extra)
        except CannotRewrite as error:
            raise Refused(owner, str(error)) from error
        lines = [line for line in (head, *more, *guarded(self._pairs(moves))) if line]
        if not lines:
            return self._removed(statement, owner)
        return Replacement(start, end, self._laid_out(statement, lines, owner), owner)

    def _pairs(self, moves: list[Moved]) -> Iterable[tuple[NewImport, NewImport]]:
        for moved in moves:
            if moved.target is not None and moved.fallback is not None:
                local = self.final_local(moved)
                yield NewImport(*moved.target, local), NewImport(*moved.fallback, local)

    def _laid_out(self, statement: Statement, lines: list[str], owner: int) -> str:
        newline, indent = self.facts.source.newline, indentation(self.facts, statement)
        if len(lines) == 1 and "\n" not in lines[0]:
            return lines[0]
        if indent is None:
            if any("\n" in line for line in lines):
                raise Refused(owner, "the import shares its line with other code")
            return "; ".join(lines)
        original_head = lines[0]
        parts = [original_head] if original_head.startswith(("from", "import")) else []
        rest = lines[1:] if parts else lines
        parts += [line.replace("\n", f"\n{indent}") for line in rest]
        return f"\n{indent}".join(parts).replace("\n", newline)

    def _removed(self, statement: ast.stmt, owner: int) -> Replacement:
        return remove_statement(self.facts, statement, owner)

    def _inserted(
        self, fresh: list[NewImport], section: list[Statement], emptied: set[int]
    ) -> Iterable[Replacement]:
        """New statements for needed names, at the place where isort would put them."""
        owner = next(iter(self.needs.values()), 0)
        stay = [statement for statement in section if id(statement) not in emptied]
        for offset, text in placed(self.facts, statements(fresh), stay, section):
            yield Replacement(offset, offset, text, owner)
        for offset, text in placed_blocks(self.facts, guarded(self._guarded_needs), stay, section):
            yield Replacement(offset, offset, text, owner)

    # The module's own imports

    def _section(self) -> list[Statement]:
        """The import statements at the top of the module, up to the first other statement."""
        found: list[Statement] = []
        for index, statement in enumerate(self.facts.tree.body):
            if isinstance(statement, Statement):
                if indentation(self.facts, statement) is not None:
                    found.append(statement)
                continue
            if (index == 0 and is_docstring(statement)) or _is_harmless(statement):
                continue
            if found:
                break
        return found

    def _kept_root_imports(self) -> list[ImportName]:
        gone = {id(moved.imported) for moved in self.moved}
        root = self.facts.names.root
        return [
            imported
            for imported in self.facts.names.imports
            if imported.scope is root
            and imported.block is root.root
            and imported.name != "*"
            and id(imported) not in gone
        ]

    def _at_root(self, imported: ImportName) -> bool:
        return imported.block is self.facts.names.root.root


def _change(
    text: str, own: dict[int, NewImport | None], added: list[NewImport], extra: list[NewImport]
) -> tuple[str, list[str]]:
    head, more = change_import(text, own, added)
    if not extra:
        return head, more
    regrouped = statements([*extra, *(new for new in own.values() if new is not None)])
    kept = len(own) < len(ast.parse(text).body[0].names) or added  # type: ignore[attr-defined]
    if kept:
        return head, regrouped
    return regrouped[0], regrouped[1:]


def _bound_names(facts: ModuleFacts, *, skip_root: bool = False) -> set[str]:
    found: set[str] = set() if skip_root else set(facts.names.root.bindings)
    for definition in facts.names.definitions:
        found.update(definition.scope.bindings)
    return found


def _all_bindings(facts: ModuleFacts, name: str) -> Iterable[list[Binding]]:
    scopes = [facts.names.root, *(definition.scope for definition in facts.names.definitions)]
    return (scope.bindings[name] for scope in scopes if name in scope.bindings)


def _targets(
    same: list[Moved], kept: list[ImportName], *, moved_to: tuple[str, str | None] | None
) -> set[str | None]:
    """Dotted names whose binding under the new name means the same thing as the moved import."""
    found: set[str | None] = {f"{m.imported.module}.{m.imported.name}" for m in same if m.target == moved_to}
    if moved_to is not None:
        found.add(f"{moved_to[0]}.{moved_to[1]}" if moved_to[1] else moved_to[0])
    return found


def _is_rebound(facts: ModuleFacts, imported: ImportName) -> bool:
    bindings = imported.scope.bindings.get(imported.local, [])
    return any(binding.node is not imported.alias for binding in bindings)


def _is_named_in_strings(facts: ModuleFacts, name: str) -> bool:
    return any(constant.value == name for constant in facts.names.strings)


def _is_unguarded(imported: ImportName) -> bool:
    return not imported.block.guards() & {Guard.TYPE_CHECKING, Guard.IMPORT_ERROR}


def _written(edits: Sequence[Edit]) -> Iterable[str]:
    """Every text that edits put into the file."""
    for edit in edits:
        if isinstance(edit, Replacement):
            yield edit.text
        else:
            yield from (
                change.value
                for _, change in edit.calls
                if not isinstance(change, PositionalNaming) and change.value
            )
            yield from (change.value for _, change in edit.items if change.value)


def _owner_at(edits: Sequence[Edit], span: tuple[int, int]) -> int:
    """The hit whose edit takes a use away."""
    around = [edit for edit in edits if edit.start <= span[0] and span[1] <= edit.end]
    return owner_of(min(around, key=lambda edit: edit.end - edit.start)) if around else 0


def _covers(spans: list[tuple[int, int]], span: tuple[int, int]) -> bool:
    return any(start <= span[0] and span[1] <= end for start, end in spans)


def _head_start(facts: ModuleFacts, use: Use, start: int) -> int:
    node = use.node
    while isinstance(node, ast.Attribute):
        node = node.value
    return facts.source.span(node)[0] if isinstance(node, ast.Name) else start


def indentation(facts: ModuleFacts, statement: ast.stmt) -> str | None:
    """The white space before a statement; None when it shares its lines with other code."""
    source = facts.source
    start, end = source.span(statement)
    before = source.utf8[source.line_starts[statement.lineno - 1] : start]
    line = (statement.end_lineno or statement.lineno) - 1
    stop = source.line_starts[line + 1] if line + 1 < len(source.line_starts) else len(source.utf8)
    after = source.utf8[end:stop].strip()
    if before.strip() or (after and not after.startswith(b"#")):
        return None
    return before.decode()


def remove_statement(facts: ModuleFacts, statement: ast.stmt, owner: int) -> Replacement:
    """Remove a statement with its lines; a body left empty gets `pass`."""
    source = facts.source
    start, end = source.span(statement)
    indent = indentation(facts, statement)
    if indent is None or _is_alone(facts, statement):
        return Replacement(start, end, "pass", owner)
    first = source.line_starts[statement.lineno - 1]
    line = statement.end_lineno or statement.lineno
    last = source.line_starts[line] if line < len(source.line_starts) else len(source.utf8)
    return Replacement(first, last, "", owner)


def _is_alone(facts: ModuleFacts, statement: ast.stmt) -> bool:
    """Whether a statement is all that a body consists of, the module's apart."""
    if statement in facts.tree.body:
        return False
    parent = facts.parents.get(id(statement))
    return any(getattr(parent, name, None) == [statement] for name in ("body", "orelse", "finalbody"))


def _is_harmless(statement: ast.stmt) -> bool:
    """Statements that stand between imports without using a name: guarded imports, dunders."""
    if isinstance(statement, ast.Try | ast.If):
        return all(isinstance(inner, Statement | ast.Pass) for inner in statement.body)
    return (
        isinstance(statement, ast.Assign)
        and len(statement.targets) == 1
        and isinstance(statement.targets[0], ast.Name)
        and statement.targets[0].id.startswith("__")
    )
