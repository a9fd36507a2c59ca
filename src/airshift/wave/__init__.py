"""Carry a wave out: pause on blue, drain, seed green, unpause on green, watch, and the way back."""
