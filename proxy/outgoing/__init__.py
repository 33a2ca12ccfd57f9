"""Calls that leave the process: fixed hosts, kept connections, one deadline, bounded places.

Whoever calls another system comes through here, and nothing else opens a socket to one. Nothing
here knows whom it calls.
"""
