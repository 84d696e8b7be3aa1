// What every service saw, so that a test can count payments and prove absence.
import { sha256 } from "./hash.mjs";

const PAYMENT_HEADERS = ["payment-signature", "x-payment"];

export class Journal {
  #entries = [];

  reset() {
    this.#entries = [];
  }

  /** Header values are secrets or long: names are kept, and a hash of payments. */
  record({ service, method, path, query = "", headers, headerNames, body, port }) {
    const payments = PAYMENT_HEADERS.filter((name) => headers[name]).map((name) => [
      name,
      sha256(headers[name]),
    ]);
    const entry = {
      n: this.#entries.length,
      at_ms: Date.now(),
      service,
      method,
      path,
      query,
      header_names: headerNames,
      user_agent: headers["user-agent"] ?? null,
      remote_port: port,
      payments: Object.fromEntries(payments),
      body_bytes: body.length,
      body_sha256: sha256(body),
    };
    this.#entries.push(entry);
    return entry;
  }

  select({ service, path, since = 0 } = {}) {
    return this.#entries.filter(
      (entry) =>
        entry.n >= since &&
        (!service || entry.service === service) &&
        (!path || entry.path === path),
    );
  }
}
