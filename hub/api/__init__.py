"""HTTP: the table of routes, the door that checks callers and bodies, and the translation of errors to problems."""
