"""Admission of large documents in processes of their own, as many at once as there are workers.

In        a spooled file, the caller, the settings; certificates of those agencies that the caller may act for.
Out       an act or a refusal, as typed `messages`: a worker parses hostile bytes in C, so the hub takes nothing
          else from it.
May use the same rooms as `admission`. `queue` says which document is next, `pool` starts and replaces, `process` is one
worker as the hub
          sees it, `worker` the other side of the pipe.
A crash   of a worker means that the document is tried once more, then refused with evidence; the hub goes on.
"""
