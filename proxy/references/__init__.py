"""The reference trip: a vendor's session that carries our sealed reference and calls back with it.

Wiring and the workspaces come in here. It asks vendors in its own order, and stores a record
a session.
"""
