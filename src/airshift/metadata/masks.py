"""Recognise the `***` that Airflow shows in place of secrets: it is never a value to carry over."""

from __future__ import annotations

import json
from typing import Any

MASK = "***"


def shows_mask(shown: str) -> bool:
    """Whether text that Airflow showed has lost something: secrets are cut out of the middle of texts, too."""
    return MASK in shown


def is_mask(content: str) -> bool:
    """Whether a value is a mask that somebody took for the value, as a whole or as part of its JSON."""
    if content.strip() == MASK:
        return True
    if MASK not in content:
        return False
    try:
        return _has_mask(json.loads(content))
    except (ValueError, RecursionError):
        return False


def fits(shape: Any, content: Any) -> bool:
    """Whether JSON content may be what a masked shape stands for."""
    if (isinstance(shape, str) and MASK in shape) or (isinstance(content, str) and MASK in content):
        return True
    if isinstance(shape, dict) and isinstance(content, dict):
        return shape.keys() == content.keys() and all(fits(shape[key], content[key]) for key in shape)
    if isinstance(shape, list) and isinstance(content, list):
        return len(shape) == len(content) and all(map(fits, shape, content))
    return json.dumps(shape) == json.dumps(content)


def _has_mask(content: Any) -> bool:
    if isinstance(content, dict):
        return any(map(_has_mask, content.values()))
    if isinstance(content, list):
        return any(map(_has_mask, content))
    return isinstance(content, str) and content.strip() == MASK
