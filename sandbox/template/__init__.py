"""Builds and serves a checkout of Sharetribe's Web Template behind the product; see `--help`.

The template is no package and no part of this repository: whoever has a checkout names its folder.
"""
