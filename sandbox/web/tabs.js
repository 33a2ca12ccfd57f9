// The parts to try, one at a time: a tab for each panel (`data-tab` is its name), and an address for
// each tab. The pattern is that of the ARIA Authoring Practices (w3.org/WAI/ARIA/apg, "Tabs with
// automatic activation", read 2026-11). Without this script all panels are shown.

const STEPS = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 1, ArrowUp: -1 };

export function mount() {
  return { tabs: new Tabs(document.getElementById("tabs")) };
}

class Tabs {
  #panels = [...document.querySelectorAll("[data-tab]")];
  #tabs;

  constructor(list) {
    this.#tabs = this.#panels.map((panel) => this.#tabFor(panel));
    list.replaceChildren(...this.#tabs);
    list.hidden = this.#tabs.length === 0;
    list.addEventListener("keydown", (event) => this.#press(event));
    window.addEventListener("hashchange", () => this.follow());
    this.follow();
  }

  // Shows the panel that the address names, or that holds what it names; else the one that is shown,
  // or the first.
  follow() {
    const named = document.getElementById(decoded(location.hash.slice(1)));
    const panel = named?.closest("[data-tab]");
    const index = this.#panels.indexOf(panel);
    if (index >= 0) this.#show(index);
    else if (!this.#tabs.some(isSelected)) this.#show(0);
    if (panel) named.scrollIntoView();
  }

  // Shows the panel with this id, and says so in the address.
  select(id) {
    const index = this.#panels.findIndex((panel) => panel.id === id);
    if (index < 0) return;
    this.#show(index);
    history.replaceState(null, "", `#${id}`);
  }

  focus() {
    this.#tabs.find(isSelected)?.focus();
  }

  #tabFor(panel) {
    const tab = Object.assign(document.createElement("a"), {
      id: `tab-${panel.id}`,
      href: `#${panel.id}`,
      textContent: panel.dataset.tab,
    });
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", panel.id);
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", tab.id);
    tab.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return; // another window
      event.preventDefault();
      this.select(panel.id);
    });
    return tab;
  }

  #show(chosen) {
    this.#tabs.forEach((tab, index) => {
      tab.setAttribute("aria-selected", String(index === chosen));
      tab.tabIndex = index === chosen ? 0 : -1;
      this.#panels[index].hidden = index !== chosen;
    });
  }

  #press(event) {
    const last = this.#tabs.length - 1;
    const now = this.#tabs.indexOf(document.activeElement);
    if (event.key === " ") this.#go(event, now);
    else if (event.key === "Home") this.#go(event, 0);
    else if (event.key === "End") this.#go(event, last);
    else if (STEPS[event.key]) this.#go(event, (now + STEPS[event.key] + last + 1) % (last + 1));
  }

  #go(event, index) {
    event.preventDefault();
    this.select(this.#panels[index].id);
    this.#tabs[index].focus();
  }
}

function isSelected(tab) {
  return tab.getAttribute("aria-selected") === "true";
}

// An address is anybody's: "%" alone cannot be decoded.
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
