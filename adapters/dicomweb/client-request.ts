import type { Answer, Connection } from './connection.ts';

/**
 * The part of XMLHttpRequest that dicomweb-client uses, over a node's connection: one exchange, with a deadline. The
 * network's failures end as status 0, as in a browser; `failure` then says which it was.
 */
export class ClientRequest {
  readyState = 0;
  status = 0;
  response: unknown = '';
  responseType = '';
  failure: unknown;
  onreadystatechange: (() => void) | null = null;
  readonly #connection: Connection;
  readonly #signal: AbortSignal;
  readonly #headers: Record<string, string> = {};
  #method = 'GET';
  #url = '';
  #answer: Answer | undefined;

  constructor(connection: Connection, signal: AbortSignal) {
    this.#connection = connection;
    this.#signal = signal;
  }

  open(method: string, url: string): void {
    this.#method = method.toUpperCase();
    this.#url = url;
  }

  setRequestHeader(name: string, value: string): void {
    this.#headers[name] = value;
  }

  getResponseHeader(name: string): string | null {
    return this.#answer?.header(name) ?? null;
  }

  getAllResponseHeaders(): string {
    return (this.#answer?.headers() ?? []).map(([name, value]) => `${name}: ${value}`).join('\r\n');
  }

  send(body?: ArrayBuffer): void {
    void this.#exchange(body && new Uint8Array(body))
      .catch((thrown) => {
        this.failure = thrown;
        this.status = 0;
      })
      .finally(() => {
        this.readyState = 4;
        this.onreadystatechange?.();
      });
  }

  async #exchange(body: Uint8Array | undefined): Promise<void> {
    const [method, headers, signal] = [this.#method, this.#headers, this.#signal];
    this.#answer = await this.#connection(this.#url, { method, headers, body, signal });
    const bytes = await this.#answer.bytes();
    const isBinary = this.responseType === 'arraybuffer';
    this.response = isBinary ? new Uint8Array(bytes).buffer : bytes.toString('utf8');
    this.status = this.#answer.status;
  }
}
