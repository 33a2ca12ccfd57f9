"""The connection trip: a user consents at a vendor (OAuth 2.0), and the grant is kept, sealed.

Wiring comes in here, and what rests on a connection: orders and workspaces.
"""
