/** A request that the local target does not carry out. `code` is stable; `detail` says what to do. */
export class ApiRefusal extends Error {
  override readonly name = 'ApiRefusal';
  readonly status: number;
  readonly code: string;

  constructor(status: 400 | 401 | 404 | 405 | 409 | 413 | 422 | 503, code: string, detail: string) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}
