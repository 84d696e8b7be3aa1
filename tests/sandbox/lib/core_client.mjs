// How a seller or the facilitator asks Core: sign in once, again if told so.
import { signIn } from "./sign_in.mjs";

export class CoreRefusal extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

export function coreClient(url, account, name) {
  let token = null;

  async function post(path, body) {
    const headers = { "content-type": "application/json", "user-agent": `sandbox-${name}` };
    if (token) headers.authorization = `Bearer ${token}`;
    const response = await fetch(url + path, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new CoreRefusal(response.status, errorText(text));
    return JSON.parse(text);
  }

  async function renew() {
    token = null;
    token = (await signIn(post, account)).access_token;
  }

  return {
    /** {claims, signature} as Core gave them; throws CoreRefusal. */
    async issue(payload) {
      if (!token) await renew();
      try {
        return await post("/core/guarantees", payload);
      } catch (error) {
        if (error.message !== "invalid access token") throw error;
        await renew();
        return post("/core/guarantees", payload);
      }
    },
  };
}

function errorText(text) {
  try {
    return JSON.parse(text).error;
  } catch {
    return text;
  }
}
