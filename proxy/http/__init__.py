"""What all requests and answers of ours share: bodies, sessions, guards, problems, headers.

The routes of the trips come in here. Nothing here knows a trip or a vendor.
"""
