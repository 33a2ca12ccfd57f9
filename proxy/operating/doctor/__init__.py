"""`flask --app app doctor`: asks everything that the app depends on, and says what is wrong.

Each check returns findings, one line each. Nothing is billed and nothing is changed.
"""
