"""Amazon MWAA environments: the green one that takes over from a blue one, and all that is needed to create it."""
