"""All that a vendor may import: what it is asked, what it answers, and the tools for both.

A vendor's files come in here and nowhere else; the kernel's trips come for the questions. Nothing
here sends, stores or decides anything by itself.
"""
