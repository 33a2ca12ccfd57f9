// The selects that make services rude: each names its switch in `data-switch`.

export async function mountSwitches(control) {
  showSwitches(await control.get("switches"));
  for (const select of selects()) {
    select.addEventListener("change", () =>
      control.switch({ [select.dataset.switch]: select.value }),
    );
  }
}

// Shows how the switches stand: {name: value}.
export function showSwitches(values) {
  for (const select of selects()) select.value = values[select.dataset.switch];
}

function selects() {
  return document.querySelectorAll("select[data-switch]");
}
