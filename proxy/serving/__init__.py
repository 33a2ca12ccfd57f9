"""The server in front of the app: connections, threads, and what a process may hold at most.

An event loop owns every connection; a thread is held only while our own code runs. gunicorn starts
and stops the processes and comes in through `worker`; the kernel's trips know nothing of this room.
"""
