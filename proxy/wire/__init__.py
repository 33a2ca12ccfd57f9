"""HTTP/1.1 as its bytes come and go, for the servers that call us and the ones that we call.

Nothing here knows the app, a route or a vendor; whoever holds a socket may come in.
"""
