"""Mermaid's diagrams in pages: text in the repository, drawn in the reader's browser.

The text stays in the page until Mermaid has drawn it, and is what a reader without scripts sees.
Only pages with a diagram load Mermaid, which is a file of the site.
"""

from __future__ import annotations

import html
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform


class Diagrams(SphinxPostTransform):
    """Turns blocks of the language `mermaid` into what `static/diagrams.js` looks for."""

    default_priority = 5

    def run(self, **_options: Any) -> None:
        """Replace the blocks of one page, before they would be highlighted as code."""
        for block in list(self.document.findall(nodes.literal_block)):
            if block.get("language") == "mermaid":
                text = html.escape(block.astext())
                drawn = f'<figure class="diagram"><pre class="mermaid">{text}</pre></figure>'
                block.replace_self(nodes.raw("", drawn, format="html"))


def _scripts(app: Sphinx, _page: str, _template: str, context: dict[str, Any], _tree: Any) -> None:
    if 'class="mermaid"' in context.get("body", ""):
        app.add_js_file("mermaid.tiny.js")
        app.add_js_file("diagrams.js", loading_method="defer")


def setup(app: Sphinx) -> dict[str, bool]:
    """Join Sphinx."""
    app.add_post_transform(Diagrams)
    app.connect("html-page-context", _scripts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
