"""The screens, one module each: `PAGES` (lines of the table), `TEXTS` (their words), and their handlers. The facts that
they show come from the rooms below; a screen decides nothing but how it is shown. An error in one is a page that says
so.
"""
