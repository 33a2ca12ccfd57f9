"""For the person who runs it: configuration, wiring, commands, health, the operator's routes.

`app.py` and gunicorn come in here, and this room may look into all the others.
"""
