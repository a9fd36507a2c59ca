"""The estate: its DAGs, what they use and how they depend on each other."""
