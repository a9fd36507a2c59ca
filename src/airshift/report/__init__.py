"""Reports: pure functions from results to HTML, Markdown, JSON and SARIF text."""
