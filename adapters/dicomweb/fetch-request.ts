/**
 * The part of XMLHttpRequest that dicomweb-client uses, over Node's own fetch: one exchange, with a deadline. The
 * network's failures end as status 0, as in a browser; `failure` then says which it was.
 */
export class FetchRequest {
  readyState = 0;
  status = 0;
  response: unknown = '';
  responseType = '';
  failure: unknown;
  onreadystatechange: (() => void) | null = null;
  readonly #signal: AbortSignal;
  readonly #headers = new Headers();
  #method = 'GET';
  #url = '';
  #answer: Headers | undefined;

  constructor(signal: AbortSignal) {
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
    return [...(this.#answer ?? [])].map(([name, value]) => `${name}: ${value}`).join('\r\n');
  }

  send(body?: ArrayBuffer): void {
    const init: RequestInit = {
      method: this.#method,
      headers: this.#headers,
      signal: this.#signal,
      redirect: 'error',
    };
    const exchange = async () => {
      const response = await fetch(this.#url, body ? { ...init, body } : init);
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
