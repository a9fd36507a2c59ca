"""Import statements with a layout of their own, changed with libcst: comments and layout stay."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import libcst as cst

from airshift.fix.changes import CannotRewrite
from airshift.fix.new_imports import NewImport, statements


def change_import(
    text: str,
    moved: Mapping[int, NewImport | None],
    added: Iterable[NewImport] = (),
) -> tuple[str, list[str]]:
    """Do what `airshift.fix.new_imports.change_import` promises."""
    statement = _parse(text)
    if isinstance(statement, cst.Import):
        return _change_plain(statement, moved)
    if isinstance(statement.names, cst.ImportStar):
        raise CannotRewrite("a star import has no names to move")
    return _change_from(text, statement, moved, list(added))


def _parse(text: str) -> cst.Import | cst.ImportFrom:
    try:
        line = cst.parse_statement(text)
    except cst.ParserSyntaxError as error:
        raise CannotRewrite("the import cannot be parsed on its own") from error
    if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1:
        statement = line.body[0]
        if isinstance(statement, cst.Import | cst.ImportFrom):
            return statement
    raise CannotRewrite("not a single import statement")


def _print(node: cst.CSTNode) -> str:
    return cst.Module(body=[]).code_for_node(node)


def _change_plain(statement: cst.Import, moved: Mapping[int, NewImport | None]) -> tuple[str, list[str]]:
    kept = [alias for index, alias in enumerate(statement.names) if index not in moved]
    new = statements([target for target in moved.values() if target is not None])
    if not kept:
        return (new[0], new[1:]) if new else ("", [])
    kept[-1] = kept[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
    return _print(statement.with_changes(names=kept)), new


def _change_from(
    text: str, statement: cst.ImportFrom, moved: Mapping[int, NewImport | None], added: list[NewImport]
) -> tuple[str, list[str]]:
    assert not isinstance(statement.names, cst.ImportStar)
    aliases = list(statement.names)
    targets = [target for target in moved.values() if target is not None]
    modules = {target.module for target in targets if target.name is not None}
    everything = len(moved) == len(aliases) == len(targets) and len(modules) == 1 and not added
    if everything and all(target.name is not None for target in targets):
        return _in_place(statement, aliases, moved, modules.pop()), []
    comments = [comment for index in sorted(moved) for comment in _comments(aliases[index])]
    kept, orphans = _keep(aliases, frozenset(moved))
    new = statements(targets)
    if comments and new:
        new[0] = "\n".join([*comments, new[0]])
        comments = []
    if not kept and not added:
        return (new[0], new[1:]) if new else ("", [])
    names = [*kept, *(_alias(addition) for addition in added)]
    changed = statement.with_changes(
        names=_separated(names, aliases, kept), lpar=_above(statement.lpar, orphans)
    )
    return _print(changed), ["\n".join(comments), *new] if comments else new


def _above(bracket: cst.LeftParen | None, lines: list[cst.EmptyLine]) -> cst.LeftParen | None:
    """Put comment lines that stood above a name behind the opening bracket."""
    if bracket is None or not isinstance(bracket.whitespace_after, cst.ParenthesizedWhitespace):
        return bracket
    after = bracket.whitespace_after
    return bracket.with_changes(whitespace_after=after.with_changes(empty_lines=[*after.empty_lines, *lines]))


def _in_place(
    statement: cst.ImportFrom,
    aliases: list[cst.ImportAlias],
    moved: Mapping[int, NewImport | None],
    module: str,
) -> str:
    changed: list[cst.ImportAlias | None] = []
    seen: set[str] = set()
    for index, alias in enumerate(aliases):
        target = moved[index]
        assert target is not None
        if target.alias in seen:
            changed.append(None)
            continue
        seen.add(target.alias)
        changed.append(_alias(target).with_changes(comma=alias.comma))
    names = [alias for alias in changed if alias is not None]
    if changed[-1] is None:
        names[-1] = names[-1].with_changes(comma=aliases[-1].comma)
    return _print(statement.with_changes(module=_dotted(module), relative=[], names=names))


def _dotted(name: str) -> cst.Name | cst.Attribute:
    node = cst.parse_expression(name)
    assert isinstance(node, cst.Name | cst.Attribute)
    return node


def _alias(target: NewImport) -> cst.ImportAlias:
    assert target.name is not None
    asname = None if target.local == target.name else cst.AsName(name=cst.Name(target.local))
    return cst.ImportAlias(name=cst.Name(target.name), asname=asname)


def _comments(alias: cst.ImportAlias) -> list[str]:
    if not isinstance(alias.comma, cst.Comma):
        return []
    after = alias.comma.whitespace_after
    if isinstance(after, cst.ParenthesizedWhitespace) and after.first_line.comment is not None:
        return [after.first_line.comment.value]
    return []


def _keep(
    aliases: list[cst.ImportAlias], gone: frozenset[int]
) -> tuple[list[cst.ImportAlias], list[cst.EmptyLine]]:
    """The remaining aliases, and comment lines of the first one when everything before it goes."""
    kept: list[cst.ImportAlias] = []
    orphans: list[cst.EmptyLine] = []
    for index, alias in enumerate(aliases):
        if index not in gone:
            kept.append(alias)
            continue
        lines = _lines_after(alias)
        if not kept:
            orphans += lines
        elif lines and isinstance(kept[-1].comma, cst.Comma):
            after = kept[-1].comma.whitespace_after
            if isinstance(after, cst.ParenthesizedWhitespace):
                after = after.with_changes(empty_lines=[*after.empty_lines, *lines])
                kept[-1] = kept[-1].with_changes(comma=kept[-1].comma.with_changes(whitespace_after=after))
    return kept, orphans


def _lines_after(alias: cst.ImportAlias) -> list[cst.EmptyLine]:
    if not isinstance(alias.comma, cst.Comma):
        return []
    after = alias.comma.whitespace_after
    return list(after.empty_lines) if isinstance(after, cst.ParenthesizedWhitespace) else []


def _separated(
    names: list[cst.ImportAlias], before: list[cst.ImportAlias], kept: list[cst.ImportAlias]
) -> list[cst.ImportAlias]:
    """Give the names the commas of the original layout: between them, and behind the last one."""
    last = before[-1].comma
    between = (
        before[0].comma
        if isinstance(before[0].comma, cst.Comma)
        else cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    )
    if len(before) == 1 and isinstance(last, cst.Comma):
        between = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    between = between.with_changes(whitespace_after=_without_comments(between.whitespace_after))
    found = []
    for index, alias in enumerate(names):
        if index == len(names) - 1:
            comma = _closing(alias, last)
        elif index < len(kept) and isinstance(alias.comma, cst.Comma) and alias is not before[-1]:
            comma = alias.comma
        else:
            comma = between
        found.append(alias.with_changes(comma=comma))
    return found


def _closing(alias: cst.ImportAlias, last: cst.Comma | cst.MaybeSentinel) -> cst.Comma | cst.MaybeSentinel:
    """The last name's comma: its own trailing comment, and the break before the closing bracket."""
    if not isinstance(last, cst.Comma) or not isinstance(alias.comma, cst.Comma):
        return last
    own, closing = alias.comma.whitespace_after, last.whitespace_after
    if isinstance(own, cst.ParenthesizedWhitespace) and isinstance(closing, cst.ParenthesizedWhitespace):
        own = own.with_changes(indent=closing.indent, last_line=closing.last_line, empty_lines=[])
        return alias.comma.with_changes(whitespace_after=own)
    return last


def _without_comments(whitespace: cst.BaseParenthesizableWhitespace) -> cst.BaseParenthesizableWhitespace:
    if not isinstance(whitespace, cst.ParenthesizedWhitespace):
        return whitespace
    return whitespace.with_changes(first_line=cst.TrailingWhitespace(), empty_lines=[])
