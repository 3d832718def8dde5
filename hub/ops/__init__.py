"""The operator's tools beside a running hub: backup and restore, a check of everything, the written reference.

In        a hub's folder and settings.
Out       a copy that was checked, findings, documents that tests compare with the code.
May use   the whole hub.
A crash   leaves a backup that is complete or not there; a restore puts nothing in place that was not verified.
"""
