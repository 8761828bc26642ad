"""The benchmark: models and lines flow in; how long a person waits for an answer, and what it costs, flows out.

`recipes` writes models in the shape of real ones, `lines` is what is said, `person` says it, `prompted` gives models
that have learnt nothing the words, `sequential` is what voiced is compared with, `session` holds the conversation,
`alone` measures a process of its own, `measures` makes figures of it all, `table` and `picture` show them.
"""
