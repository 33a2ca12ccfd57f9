"""What is not ours goes to the marketplace frontend and back, in the event loop, byte for byte.

The server's front door (`proxy.serving`) comes in through `frontend`; nothing else does.
"""
