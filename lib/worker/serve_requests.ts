/**
 * The inside of a Worker that a `WorkerClient` started.
 *
 * @module
 */

/** What a dedicated Worker's global scope has, which the type of `self` in a module does not say. */
interface WorkerScope {
  onmessage: ((event: MessageEvent) => void) | null;
  postMessage(message: unknown): void;
}

/** Answers each request with what `handle` resolves with. What it throws reaches the client as the request's error. */
export function serveRequests<Request, Reply>(
  handle: (request: Request) => Promise<Reply>,
): void {
  const scope = globalThis as unknown as WorkerScope;
  scope.onmessage = async (event: MessageEvent<Request>) => {
    scope.postMessage(await handle(event.data));
  };
}
