"""The id of a TaskGroup that takes the place of a SubDAG: what follows the dot in the SubDAG's id."""

from __future__ import annotations

import ast

from airshift.engine.facts import ModuleFacts


def group_id(facts: ModuleFacts, dag_id: ast.expr) -> str:
    """Code for the part behind the last dot of `parent.child`, as simple as the expression allows."""
    match dag_id:
        case ast.Constant(value=str(text)) if "." in text:
            return repr_of(text.rpartition(".")[2])
        case ast.JoinedStr(values=[*_, ast.Constant(value=str(text)), last]) if text.endswith("."):
            known = (
                isinstance(last, ast.FormattedValue) and last.conversion == -1 and last.format_spec is None
            )
            if known and isinstance(last, ast.FormattedValue) and isinstance(last.value, ast.Name):
                return last.value.id
        case ast.JoinedStr(values=[*_, ast.Constant(value=str(text))]) if "." in text[:-1]:
            return repr_of(text.rpartition(".")[2])
        case ast.BinOp(
            left=ast.Constant(value="%s.%s"), op=ast.Mod(), right=ast.Tuple(elts=[_, ast.Name(id=name)])
        ):
            return name
        case ast.Call(
            func=ast.Attribute(value=ast.Constant(value="{}.{}" | "{0}.{1}"), attr="format"),
            args=[_, ast.Name(id=name)],
            keywords=[],
        ):
            return name
        case ast.BinOp(
            left=ast.BinOp(right=ast.Constant(value=str(text))), op=ast.Add(), right=ast.Name(id=name)
        ) if text.endswith("."):
            return name
        case ast.Name(id=name):
            return f'{name}.rpartition(".")[2]'
    return f'({facts.source.segment(dag_id)}).rpartition(".")[2]'


def repr_of(text: str) -> str:
    """A string literal in double quotes."""
    import json

    return json.dumps(text, ensure_ascii=False)
