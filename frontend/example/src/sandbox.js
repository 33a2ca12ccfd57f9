/** @file What is simulated, and logging in there. A real marketplace has Sharetribe's SDK for that. */

/**
 * @typedef {object} User
 * @property {string} id
 * @property {string} email
 * @property {string} password
 * @property {string} displayName
 */

/**
 * @typedef {object} Sandbox
 * @property {string} clientId
 * @property {string} sharetribeUrl
 * @property {User[]} users
 * @property {{ name: string, title: string, connects: boolean }[]} vendors
 * @property {{ name: string, documents: string[] }[]} signs
 * @property {{ name: string, plans: Record<string, string> }[]} bills
 */

/**
 * @returns {Promise<Sandbox>}
 */
export async function loadSandbox() {
  return (await fetch('/sandbox/config')).json();
}

/**
 * @param {Sandbox} sandbox
 */
export function isLoggedIn({ clientId }) {
  return document.cookie.includes(`st-${clientId}-token=`);
}

/**
 * Log in as Sharetribe's SDK does: the token goes into a cookie. Resolves when it is there.
 *
 * @param {Sandbox} sandbox
 * @param {User} user
 */
export async function logIn({ clientId, sharetribeUrl }, { email, password }) {
  const body = new URLSearchParams({
    client_id: clientId,
    grant_type: 'password',
    username: email,
    password,
    scope: 'user',
  });
  const answer = await fetch(`${sharetribeUrl}/v1/auth/token`, { method: 'POST', body });
  const token = encodeURIComponent(JSON.stringify(await answer.json()));
  document.cookie = `st-${clientId}-token=${token}; path=/; SameSite=Lax`;
}

/**
 * @param {Sandbox} sandbox
 */
export function logOut({ clientId }) {
  document.cookie = `st-${clientId}-token=; path=/; max-age=0`;
}
