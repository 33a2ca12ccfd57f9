// The selects of a section that make its services rude: each names its switch in `data-switch`.

export async function mountSwitches(section, control) {
  const switches = await control.get("switches");
  for (const select of section.querySelectorAll("select[data-switch]")) {
    select.value = switches[select.dataset.switch];
    select.addEventListener("change", () =>
      control.switch({ [select.dataset.switch]: select.value }),
    );
  }
}
