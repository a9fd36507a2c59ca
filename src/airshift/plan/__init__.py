"""Waves: which DAG moves when, beside whom, and why; a pure function of graph, findings and policy."""
