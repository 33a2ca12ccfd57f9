"""What Sphinx is told. Read by `python -m docs.site`, which lays the sources and calls Sphinx."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pygments.lexers.shell import BashLexer
from sphinx.highlighting import lexers

from proxy import VERSION

_OWN = Path(__file__).parent
_MERMAID = _OWN / "node_modules" / "@mermaid-js" / "tiny" / "dist"

project = "Echoseal"
version = release = VERSION
project_copyright = ""
root_doc = "README"
source_suffix = {".md": "markdown"}
extensions = ["myst_parser", "docs.site.diagrams"]
nitpicky = True
# tests/docs knows the languages of blocks; what has no colours is shown without.
suppress_warnings = ["misc.highlighting_failure"]
lexers["env"] = BashLexer()
language = "en"
# The anchors of headings are those that GitHub gives them, so that a link holds at both places.
myst_heading_anchors = 6
html_theme = "furo"
html_title = f"Echoseal {VERSION}"
html_favicon = str(_OWN / "static" / "favicon.svg")
html_static_path = [str(_OWN / "static"), *([str(_MERMAID)] if _MERMAID.is_dir() else [])]
html_css_files = ["site.css"]
html_js_files = [("site.js", {"defer": "defer"})]
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
html_last_updated_fmt = None
html_theme_options: dict[str, Any] = {"footer_icons": [], "top_of_page_buttons": []}
# The code of dark pages at the contrast that WCAG AA wants.
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"
