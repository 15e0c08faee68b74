import type { RequestInit } from 'undici';
import type { Connection } from './connection.ts';

/**
 * The part of XMLHttpRequest that dicomweb-client uses, over a node's connection: one exchange, with a deadline. The
 * network's failures end as status 0, as in a browser; `failure` then says which it was.
 */
export class FetchRequest {
  readyState = 0;
  status = 0;
  response: unknown = '';
  responseType = '';
  failure: unknown;
  onreadystatechange: (() => void) | null = null;
  readonly #connection: Connection;
  readonly #signal: AbortSignal;
  readonly #headers = new Headers();
  #method = 'GET';
  #url = '';
  #answer: Pick<Headers, 'get' | 'entries'> | undefined;

  constructor(connection: Connection, signal: AbortSignal) {
    this.#connection = connection;
    this.#signal = signal;
  }

  open(method: string, url: string): void {
    this.#method = method.toUpperCase();
    this.#url = url;
  }

  setRequestHeader(name: string, value: string): void {
    this.#headers.set(name, value);
  }

  getResponseHeader(name: string): string | null {
    return this.#answer?.get(name) ?? null;
  }

  getAllResponseHeaders(): string {
    return [...(this.#answer?.entries() ?? [])].map(([name, value]) => `${name}: ${value}`).join('\r\n');
  }

  send(body?: ArrayBuffer): void {
    const init: RequestInit = {
      method: this.#method,
      headers: [...this.#headers],
      signal: this.#signal,
    };
    const exchange = async () => {
      const response = await this.#connection(this.#url, body ? { ...init, body } : init);
      this.#answer = response.headers;
      this.response =
        this.responseType === 'arraybuffer' ? await response.arrayBuffer() : await response.text();
      this.status = response.status;
    };
    void exchange()
      .catch((thrown) => {
        this.failure = thrown;
        this.status = 0;
      })
      .finally(() => {
        this.readyState = 4;
        this.onreadystatechange?.();
      });
  }
}
