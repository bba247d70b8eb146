/** An answer of a service's API that is an error. Each cloud has a form of its own for it. */
export class ApiFault extends Error {
  override readonly name = "ApiFault";
  readonly status: number;
  /** As the service names it, such as `BlobNotFound` or `rateLimitExceeded`. */
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}
