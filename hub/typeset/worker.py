"""The process that sets one page: values as JSON on its input, on its output a line with the seconds of processor that
it took, then the PDF. It bounds itself before it reads."""

from __future__ import annotations

import resource
import sys
import time

import typst

from hub.typeset.bounds import MEMORY, SECONDS


def main() -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    source, _, page = sys.stdin.buffer.read().partition(b"\0")
    made = typst.compile(
        source,
        format="pdf",
        ignore_system_fonts=True,
        sys_inputs={"page": page.decode()},
        pdf_standards=["a-2b"],
    )
    out = sys.stdout.buffer
    out.write(f"{time.process_time():.3f}\n".encode())
    out.write(made)
    out.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
