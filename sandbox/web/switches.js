// The selects that make services rude: each names its switch in `data-switch`.

export async function mountSwitches(root, control) {
  const switches = await control.get("switches");
  for (const select of root.querySelectorAll("select[data-switch]")) {
    select.value = switches[select.dataset.switch];
    select.addEventListener("change", () =>
      control.switch({ [select.dataset.switch]: select.value }),
    );
  }
}
