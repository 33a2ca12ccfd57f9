"""The marketplace's own APIs: whose token it is, private data, transactions.

Every trip comes in here; a vendor never does. Nothing here knows a vendor or a request of ours.
"""
