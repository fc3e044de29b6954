// Questions to the REST interface.

/** An answer that tells what is wrong, why, and what to do. */
export class ProblemError extends Error {
  constructor(problem, status) {
    super(problem.what);
    Object.assign(this, problem, { status });
  }
}

const AWAY = {
  what: "The server does not answer",
  why: "the connection was refused or lost",
  remedy: "it is asked again by itself; if it stays so, start `stream-app up` or `stream-app worker web`",
};

export const path = (id) => id.split("/").map(encodeURIComponent).join("/");

/** Send a JSON body with the token of a role. */
export async function send(where, body, token) {
  const headers = { "Content-Type": "application/json", Authorization: `Bearer ${token}` };
  return answered(() => fetch(`/api/v1/${where}`, { method: "POST", headers, body: JSON.stringify(body) }));
}

export async function ask(where, parameters, { signal, token } = {}) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters ?? {})) if (value != null && value !== "") query.set(name, value);
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  return answered(() => fetch(`/api/v1/${where}${query.size ? `?${query}` : ""}`, { signal, headers }));
}

async function answered(asked) {
  let response;
  try {
    response = await asked();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ProblemError(AWAY, 0);
  }
  const body = await response.json().catch(() => AWAY);
  if (!response.ok) throw new ProblemError(body, response.status);
  return body;
}
