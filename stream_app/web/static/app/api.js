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

export async function ask(where, parameters, signal) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters ?? {})) if (value != null && value !== "") query.set(name, value);
  let response;
  try {
    response = await fetch(`/api/v1/${where}${query.size ? `?${query}` : ""}`, { signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ProblemError(AWAY, 0);
  }
  const body = await response.json().catch(() => AWAY);
  if (!response.ok) throw new ProblemError(body, response.status);
  return body;
}
