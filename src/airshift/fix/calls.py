"""Arguments of a call and items of a dict display, changed with libcst so that comments and commas stay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import libcst as cst

from airshift.fix.changes import (
    CallChange,
    CannotRewrite,
    ItemChange,
    KeywordAddition,
    KeywordChange,
    PositionalNaming,
)

Item = TypeVar("Item", cst.Arg, cst.BaseDictElement)


def change_call(text: str, changes: Sequence[CallChange]) -> str:
    """Apply changes to the source text of a call expression."""
    call = _parse(text)
    if not isinstance(call, cst.Call):
        raise CannotRewrite("not a call")
    for change in changes:
        if isinstance(change, KeywordChange):
            call = _change_keyword(call, change)
        elif isinstance(change, KeywordAddition):
            call = _add_keyword(call, change)
        else:
            call = _name_positionals(call, change)
    return _print(call)


def change_dict(text: str, changes: Sequence[ItemChange]) -> str:
    """Apply changes to the source text of a dict display."""
    display = _parse(text)
    if not isinstance(display, cst.Dict):
        raise CannotRewrite("not a dict display")
    elements: list[cst.BaseDictElement] = list(display.elements)
    for change in sorted(changes, key=lambda change: -change.index):
        element = elements[change.index]
        if not isinstance(element, cst.DictElement):
            raise CannotRewrite("not a key: value item")
        if change.key is None:
            kept, lost = _without(elements, change.index)
            elements = kept
            if lost and not kept:
                display = display.with_changes(lbrace=cst.LeftCurlyBrace())
            continue
        element = element.with_changes(key=_renamed_key(element.key, change.key))
        if change.value is not None:
            element = element.with_changes(value=cst.parse_expression(change.value))
        elements[change.index] = element
    return _print(display.with_changes(elements=elements))


def _renamed_key(key: cst.BaseExpression, new: str) -> cst.BaseExpression:
    if not isinstance(key, cst.SimpleString):
        raise CannotRewrite("the key is not a plain string")
    return key.with_changes(value=f"{key.prefix}{key.quote}{new}{key.quote}")


def _parse(text: str) -> cst.BaseExpression:
    try:
        return cst.parse_expression(f"({text})")
    except cst.ParserSyntaxError as error:
        raise CannotRewrite("the expression cannot be parsed on its own") from error


def _print(node: cst.BaseExpression) -> str:
    code = cst.Module(body=[]).code_for_node(node)
    return code[1:-1]


def _index(call: cst.Call, name: str) -> int | None:
    for index, argument in enumerate(call.args):
        if argument.keyword is not None and argument.keyword.value == name:
            return index
    return None


def _change_keyword(call: cst.Call, change: KeywordChange) -> cst.Call:
    index = _index(call, change.old)
    if index is None:
        raise CannotRewrite(f"{change.old}= is not written in the call")
    taken = change.name is not None and change.name != change.old and _index(call, change.name) is not None
    if change.name is None or taken:
        return _remove(call, index)
    argument = call.args[index].with_changes(keyword=cst.Name(change.name))
    if change.value is not None:
        argument = argument.with_changes(value=cst.parse_expression(change.value))
    return call.with_changes(args=[*call.args[:index], argument, *call.args[index + 1 :]])


def _remove(call: cst.Call, index: int) -> cst.Call:
    kept, comments = _without(list(call.args), index)
    if not kept:
        comment_free = not _comments_of(call.whitespace_before_args) and not comments
        before = cst.SimpleWhitespace("") if comment_free else call.whitespace_before_args
        return call.with_changes(args=[], whitespace_before_args=before)
    if index == 0 and comments:
        before = _with_comments(call.whitespace_before_args, comments)
        return call.with_changes(args=kept, whitespace_before_args=before)
    return call.with_changes(args=kept)


def _without(items: list[Item], index: int) -> tuple[list[Item], list[cst.EmptyLine]]:
    """Drop an item; the comment lines that stand above the next item stay with it."""
    removed = items[index]
    rest = items[:index] + items[index + 1 :]
    following = _lines_after(removed)
    if not rest or index == 0:
        return rest, following
    if index == len(items) - 1:
        rest[-1] = _as_last(rest[-1], removed)
        return rest, []
    previous = rest[index - 1]
    if isinstance(previous.comma, cst.Comma) and following:
        after = _with_comments(previous.comma.whitespace_after, following)
        comma = previous.comma.with_changes(whitespace_after=after)
        rest[index - 1] = previous.with_changes(comma=comma)
        return rest, []
    return rest, []


def _as_last(item: Item, removed: Item) -> Item:
    if isinstance(removed.comma, cst.Comma):
        if isinstance(item.comma, cst.Comma):
            kept = _comments_of(item.comma.whitespace_after)
            if kept:
                return item.with_changes(comma=_closing(item.comma, removed.comma))
        return item.with_changes(comma=removed.comma)
    after = getattr(removed, "whitespace_after_arg", None)
    item = item.with_changes(comma=cst.MaybeSentinel.DEFAULT)
    return item if after is None else item.with_changes(whitespace_after_arg=after)


def _closing(comma: cst.Comma, removed: cst.Comma) -> cst.Comma:
    """The comma of the new last item: its own comment, the closing bracket's indentation."""
    own, closing = comma.whitespace_after, removed.whitespace_after
    if isinstance(own, cst.ParenthesizedWhitespace) and isinstance(closing, cst.ParenthesizedWhitespace):
        own = own.with_changes(indent=closing.indent, last_line=closing.last_line)
    return comma.with_changes(whitespace_after=own)


def _lines_after(item: cst.Arg | cst.BaseDictElement) -> list[cst.EmptyLine]:
    if not isinstance(item.comma, cst.Comma):
        return []
    after = item.comma.whitespace_after
    if not isinstance(after, cst.ParenthesizedWhitespace):
        return []
    return [line for line in after.empty_lines if line.comment is not None]


def _comments_of(whitespace: cst.BaseParenthesizableWhitespace) -> bool:
    if not isinstance(whitespace, cst.ParenthesizedWhitespace):
        return False
    return whitespace.first_line.comment is not None or any(line.comment for line in whitespace.empty_lines)


def _with_comments(
    whitespace: cst.BaseParenthesizableWhitespace, lines: list[cst.EmptyLine]
) -> cst.BaseParenthesizableWhitespace:
    if not isinstance(whitespace, cst.ParenthesizedWhitespace):
        return cst.ParenthesizedWhitespace(empty_lines=lines, indent=True)
    return whitespace.with_changes(empty_lines=[*whitespace.empty_lines, *lines])


def _add_keyword(call: cst.Call, change: KeywordAddition) -> cst.Call:
    if _index(call, change.name) is not None:
        raise CannotRewrite(f"{change.name}= is already written in the call")
    equal = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
    argument = cst.Arg(value=cst.parse_expression(change.value), keyword=cst.Name(change.name), equal=equal)
    if not call.args:
        return call.with_changes(args=[argument])
    last = call.args[-1]
    if isinstance(last.comma, cst.Comma):
        argument = argument.with_changes(
            comma=cst.Comma(whitespace_after=_plain(last.comma.whitespace_after))
        )
        between = call.args[-2].comma if len(call.args) > 1 else None
        after = between.whitespace_after if isinstance(between, cst.Comma) else call.whitespace_before_args
        own = last.comma.whitespace_after
        if isinstance(own, cst.ParenthesizedWhitespace):
            model = after if isinstance(after, cst.ParenthesizedWhitespace) else call.whitespace_before_args
            if isinstance(model, cst.ParenthesizedWhitespace):
                own = own.with_changes(indent=model.indent, last_line=model.last_line)
        else:
            own = cst.SimpleWhitespace(" ")
        last = last.with_changes(comma=last.comma.with_changes(whitespace_after=own))
    else:
        argument = argument.with_changes(whitespace_after_arg=last.whitespace_after_arg)
        before = call.whitespace_before_args
        gap: cst.BaseParenthesizableWhitespace = cst.SimpleWhitespace(" ")
        if isinstance(before, cst.ParenthesizedWhitespace):
            gap = _plain(before)
        last = last.with_changes(
            comma=cst.Comma(whitespace_after=gap), whitespace_after_arg=cst.SimpleWhitespace("")
        )
    return call.with_changes(args=[*call.args[:-1], last, argument])


def _plain(whitespace: cst.BaseParenthesizableWhitespace) -> cst.BaseParenthesizableWhitespace:
    """The same line break and indentation without comments."""
    if not isinstance(whitespace, cst.ParenthesizedWhitespace):
        return whitespace
    return whitespace.with_changes(first_line=cst.TrailingWhitespace(), empty_lines=[])


def _name_positionals(call: cst.Call, change: PositionalNaming) -> cst.Call:
    arguments = list(call.args)
    positional = [i for i, argument in enumerate(arguments) if argument.keyword is None]
    if any(arguments[i].star for i in positional):
        raise CannotRewrite("positional arguments are unpacked from a sequence")
    equal = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
    for index, name in zip(positional[change.start :], change.names, strict=False):
        if _index(call, name) is not None:
            raise CannotRewrite(f"{name}= is written twice")
        arguments[index] = arguments[index].with_changes(keyword=cst.Name(name), equal=equal)
    return call.with_changes(args=arguments)
