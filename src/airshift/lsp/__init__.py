"""The language server: findings, explanations and fixes in an editor. Needs the extra `airshift[lsp]`."""

from __future__ import annotations
