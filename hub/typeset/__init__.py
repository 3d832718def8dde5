"""Reports as PDF, set by Typst in a process of its own.

In        a report of a period, a language
Out       a PDF (A4, PDF/A-2b), the same bytes for the same report; NotInstalled where the extra is not there
May use   core, base; `worker` alone knows Typst, which the extra `reports` installs
A crash   of the worker is a report that was not made; nothing else of the hub is touched

Typst brings the font (Libertinus Serif, OFL, with every letter of Vietnamese); none of the machine is used, so a page
looks the same everywhere. The child bounds its memory and its processor time before it reads its first byte.
"""
