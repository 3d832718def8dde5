"""The screens, one module each: `PAGES` (lines of the table), `TEXTS` (what they say), and their handlers. What they
show comes from the rooms below; a screen decides nothing but how it is shown. An error in one is a page that says so.
"""
