"""How well a page can be read: text that stands out, and nothing beside the screen."""

from pathlib import Path

from playwright.sync_api import Page

HEIGHT = 740
WIDTHS = (320, 360, 640, 1024)

# Text against what is behind it, by WCAG 2.2's formula; 4.5 is level AA for text of any size.
LOW_CONTRAST = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const channels = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const luminance = (color) => {
    const [r, g, b] = color.map((c) => c / 255).map(
      (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = channels(getComputedStyle(at).backgroundColor);
      if (color[3] === 255) return color;
    }
    return [255, 255, 255, 255];
  };
  const low = [];
  for (const element of document.querySelectorAll("body *")) {
    const ownText = [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    if (!ownText || !element.checkVisibility()) continue;
    const [a, b] = [channels(getComputedStyle(element).color), behind(element)].map(luminance);
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) low.push([element.textContent.trim().slice(0, 40), contrast]);
  }
  return low;
}"""

# What axe-core finds, by its rule and the element.
FOUND = """async () => (await axe.run()).violations.map(
  ({ id, nodes }) => [id, nodes.map((node) => node.html.slice(0, 200))])"""


def unfold(page: Page) -> None:
    """Open all that is folded."""
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true })")


def illegible(page: Page) -> list[object]:
    """Return what is hard to read: text in either color scheme, and what a screen is too small for.

    All that is folded is opened first.
    """
    unfold(page)
    found: list[object] = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found += [(scheme, low) for low in page.evaluate(LOW_CONTRAST)]
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        needed = page.evaluate("document.documentElement.scrollWidth")
        if needed > width:
            found.append((width, needed))
    return found


def inaccessible(page: Page, axe: Path) -> list[object]:
    """Return what axe-core has against a page, whose content security policy has to be bypassed.

    All that is folded is opened first, and what fades in stands there at once.
    """
    unfold(page)
    page.emulate_media(reduced_motion="reduce")
    page.add_script_tag(path=axe)
    found: list[object] = page.evaluate(FOUND)
    return found
