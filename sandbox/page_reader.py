"""What a drive reads of a page, as a person without a script would: its form and its button."""

from html.parser import HTMLParser


class PageReader(HTMLParser):
    """A page's form (where it goes, its hidden fields, its named buttons), its link, its heading.

    `link` is where the first link goes that looks like a button, "" where there is none.
    """

    def __init__(self, page: str) -> None:
        """Read the text of a page."""
        super().__init__()
        self.action = ""
        self.hidden: dict[str, str] = {}
        self.buttons: list[tuple[str, str]] = []
        self.link = ""
        self.heading = ""
        self._is_in_heading = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag says."""
        fields = {name: value or "" for name, value in attrs}
        if tag == "form" and not self.action:
            self.action = fields.get("action", "")
        if tag == "input" and fields.get("type") == "hidden":
            self.hidden[fields["name"]] = fields.get("value", "")
        if tag == "button" and "name" in fields:
            self.buttons.append((fields["name"], fields.get("value", "")))
        if tag == "a" and fields.get("class") == "button":
            self.link = self.link or fields.get("href", "")
        self._is_in_heading = tag == "h1"

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - the parser's own name
        """End the heading where one ends."""
        self._is_in_heading = False

    def handle_data(self, data: str) -> None:
        """Note the text of a heading."""
        if self._is_in_heading:
            self.heading += data.strip()
