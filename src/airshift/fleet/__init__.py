"""Many repositories seen as one estate: the merge of their reports (docs/scaling.md)."""
