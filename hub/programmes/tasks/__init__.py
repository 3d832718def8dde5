"""Steering tasks of the Government and the Prime Minister (QĐ 42/2014/QĐ-TTg as amended by QĐ 23/2018/QĐ-TTg).

A steering document on the axis assigns a task (SteeringType, TaskCode, DueDate); the answer is a document too
(ResponseFor, ResponseForTask). The fate of a task in between is a row of events, each with the document that
brought it. Tasks in secret documents are kept off the axis, as the documents are.

In    events of a task in their order; a day
Out   its state, its flag for that day, boards that add up
"""
