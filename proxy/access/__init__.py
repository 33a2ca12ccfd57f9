"""What an outcome opens at Sharetribe: which rights follow it, and which badges show it.

Wiring and the reference trip come in here. Nothing in it knows how a matter is decided.
"""
