"""What a move to Amazon MWAA from another platform means for an estate: `airshift assess --from`."""
