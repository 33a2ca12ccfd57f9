"""What the process tells those who run it: metrics, traces, defects, and what has happened here.

All of it is heard from the log (`proxy.logs.listen`) or sampled by the server once a tick; the
trips know nothing of it. What a user is known by never comes in: of an event's fields only those
with few values are read. Libraries are imported where they are configured, and not before.
"""
