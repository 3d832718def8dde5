"""One-stop dossiers (NĐ 61/2018 and NĐ 107/2021; since 1 July 2025 NĐ 118/2025, TT 03/2025/TT-VPCP).

A dossier goes from the one-stop to the agency that solves it, over tiers if need be, as an edXML document with
ApplicationType `MCDT_DT`; its course comes back as events. Names of persons stand in the packet, never in the subject.

In    dossiers and events as the axis accepted them, or as the field's services send them
Out   a dossier's course, its deadlines, the indicators of QĐ 766/QĐ-TTg
"""
