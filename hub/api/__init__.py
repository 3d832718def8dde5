"""HTTP: the table of routes, the door (who), the intake (how much), the listener (how many, how slow), and the
translation of errors to problems."""
