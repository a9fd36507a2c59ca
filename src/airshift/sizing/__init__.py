"""Which environment an estate needs: its load over a week, the class that carries it, and what that costs."""
