"""Parse an estate on two real Airflows and compare what they see."""
