// What Sharetribe lets the user do here, as the operator's rules have it.

const WORDS = {
  "permission/allow": ["allowed", "You may: a result has opened it."],
  "permission/deny": ["refused", "Not yet: Sharetribe refuses it."],
};
const UNKNOWN = ["unknown", "Log in to see it."];

export function mount() {
  return { access: new Access() };
}

class Access {
  #places = [...document.querySelectorAll("[data-right]")];

  // Shows `permissions`, by the names of rights; none where nobody is logged in.
  show(permissions = {}) {
    for (const place of this.#places) {
      const [state, text] = WORDS[permissions[place.dataset.right]] ?? UNKNOWN;
      place.dataset.state = state;
      place.textContent = text;
    }
  }
}
