// The selects that make services rude: each names its switch in `data-switch`. A button with
// `data-release` lets that vendor's callbacks go that were held back.

export async function mountSwitches(control) {
  showSwitches(await control.get("switches"));
  for (const select of selects()) {
    select.addEventListener("change", () =>
      control.switch({ [select.dataset.switch]: select.value }),
    );
  }
  for (const button of document.querySelectorAll("[data-release]")) {
    button.addEventListener("click", () => control.post(`${button.dataset.release}/release`));
  }
}

// Shows how the switches stand: {name: value}.
export function showSwitches(values) {
  for (const select of selects()) select.value = values[select.dataset.switch];
}

function selects() {
  return document.querySelectorAll("select[data-switch]");
}
