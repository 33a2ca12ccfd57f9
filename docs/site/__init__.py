"""The documentation as a site: `make docs` builds it, `make docs ARGS=serve` shows it.

The pages are the Markdown files that one reads in the repository, as they are and where they are;
nothing is written for the site alone. Everything that a page needs comes along: no page of the site
asks another host for anything, and its search needs no server.
"""
