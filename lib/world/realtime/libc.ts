/**
 * The few calls of the C library that Deno has no function for: a blocking connect(2) that can be given up, and what
 * a socket needs of which only the descriptor's number is known. The hard thing is errno: it is read by a second
 * call, so nothing may come between. The numbers are Linux's, the same on x86-64 and arm64.
 *
 * @module
 */

const SYMBOLS = {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  getpeername: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  send: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" },
  sendmsg: { parameters: ["i32", "buffer", "i32"], result: "isize" },
  recv: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" },
  fcntl: { parameters: ["i32", "i32", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  inet_pton: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  strerror: { parameters: ["i32"], result: "pointer" },
  __errno_location: { parameters: [], result: "pointer" },
} as const satisfies Deno.ForeignLibraryInterface;

/** Address families. */
export const Family = { unix: 1, ipv4: 2, ipv6: 10 } as const;

/** The errno values that Faultline tells apart. */
export const Errno = {
  EINTR: 4,
  EAGAIN: 11,
  EPIPE: 32,
  ENAMETOOLONG: 36,
  ECONNRESET: 104,
  EISCONN: 106,
  ECONNREFUSED: 111,
  EALREADY: 114,
  EINPROGRESS: 115,
} as const;

const SOCK_STREAM = 1;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_SNDTIMEO = 21;
const SO_SNDBUF = 7;
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const F_DUPFD_CLOEXEC = 1030;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const SOCKADDR_BYTES = 128;
const DISCARD_BYTES = 64 << 10;
const DISCARD_ROUNDS = 256;

/** The C library, opened for one thread. `using` it, or `close()`: an open library counts as a leak. */
export class Libc implements Disposable {
  readonly #library = Deno.dlopen("libc.so.6", SYMBOLS);
  readonly #calls = this.#library.symbols;
  /** Where this thread's errno is. */
  readonly #errno = new Deno.UnsafePointerView(this.#calls.__errno_location()!);

  /** Opens a stream socket that child processes do not inherit. @returns its descriptor, or errno negated. */
  openStream(family: number): number {
    const fd = this.#calls.socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return fd < 0 ? -this.#errno.getInt32() : fd;
  }

  /** connect(2). @returns 0, or errno. */
  connect(fd: number, address: Uint8Array<ArrayBuffer>): number {
    return this.#calls.connect(fd, address, address.length) === 0 ? 0 : this.#errno.getInt32();
  }

  /**
   * Makes a blocking connect return EAGAIN (Unix), EINPROGRESS or EALREADY (TCP) after `us`. It goes on when called
   * again.
   */
  setSendTimeout(fd: number, us: number): void {
    const timeval = new BigInt64Array([BigInt(Math.floor(us / 1e6)), BigInt(us % 1e6)]);
    this.#calls.setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, timeval, timeval.byteLength);
  }

  /** Bounds what the kernel takes before a write waits; it doubles `bytes` for its own needs. */
  setSendBuffer(fd: number, bytes: number): void {
    const size = new Int32Array([bytes]);
    this.#calls.setsockopt(fd, SOL_SOCKET, SO_SNDBUF, size, size.byteLength);
  }

  /** Sends small segments at once. TCP only. */
  setNoDelay(fd: number): void {
    const on = new Int32Array([1]);
    this.#calls.setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, on, on.byteLength);
  }

  /**
   * Breaks a TCP connection: both send buffers are dropped and the peer is sent a reset. On a Unix socket it does
   * nothing.
   */
  disconnect(fd: number): void {
    // Connecting to AF_UNSPEC dissolves the association. SO_LINGER would not do: Deno shuts a socket down before it
    // closes it, and a peer that has seen the end reports no reset any more.
    this.connect(fd, new Uint8Array(16));
  }

  /** Sends what fits without waiting; the bytes may lie in shared memory. @returns how many were taken, or errno negated. */
  send(fd: number, bytes: Uint8Array): number {
    const taken = this.#calls.send(
      fd,
      bytes as Uint8Array<ArrayBuffer>,
      BigInt(bytes.length),
      MSG_DONTWAIT | MSG_NOSIGNAL,
    );
    return taken < 0 ? -this.#errno.getInt32() : Number(taken);
  }

  /**
   * Sends what fits of the pieces that a `struct msghdr` names, without waiting. @returns how many bytes were taken, or errno
   * negated.
   */
  sendMessage(fd: number, header: Uint8Array<ArrayBuffer>): number {
    const taken = this.#calls.sendmsg(fd, header, MSG_DONTWAIT | MSG_NOSIGNAL);
    return taken < 0 ? -this.#errno.getInt32() : Number(taken);
  }

  /**
   * Reads and drops what has been received. A socket closed with bytes unread resets its peer, even over bytes on
   * their way there.
   */
  discardReceived(fd: number): void {
    const scrap = new Uint8Array(DISCARD_BYTES);
    // Bounded, so that a peer that writes all the time cannot hold the caller.
    for (let round = 0; round < DISCARD_ROUNDS; round++) {
      const count = this.#calls.recv(fd, scrap, BigInt(scrap.length), MSG_DONTWAIT);
      if (count <= 0) return;
    }
  }

  /** A second descriptor of the same socket. @returns it, or errno negated. */
  duplicate(fd: number): number {
    const copy = this.#calls.fcntl(fd, F_DUPFD_CLOEXEC, 0);
    return copy < 0 ? -this.#errno.getInt32() : copy;
  }

  /** close(2). */
  closeDescriptor(fd: number): void {
    this.#calls.close(fd);
  }

  /** The address of this socket's own end, or `null` when `fd` is none. */
  localAddress(fd: number): Uint8Array | null {
    return addressFrom((address, length) => this.#calls.getsockname(fd, address, length));
  }

  /** The address of the other end, or `null` when `fd` is not a connected socket. */
  remoteAddress(fd: number): Uint8Array | null {
    return addressFrom((address, length) => this.#calls.getpeername(fd, address, length));
  }

  /** The bytes of a numeric host, in network order, or `null` when `host` is not one of that family. */
  parseHost(family: number, host: string): Uint8Array | null {
    const bytes = new Uint8Array(family === Family.ipv4 ? 4 : 16);
    const text = new TextEncoder().encode(`${host}\0`);
    return this.#calls.inet_pton(family, text, bytes) === 1 ? bytes : null;
  }

  /** What the system calls an errno: "Connection refused". */
  errorText(errno: number): string {
    return new Deno.UnsafePointerView(this.#calls.strerror(errno)!).getCString();
  }

  close(): void {
    this.#library.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function addressFrom(
  call: (address: Uint8Array<ArrayBuffer>, length: Uint32Array<ArrayBuffer>) => number,
): Uint8Array | null {
  const address = new Uint8Array(SOCKADDR_BYTES);
  const length = new Uint32Array([address.length]);
  return call(address, length) === 0 ? address.subarray(0, length[0]) : null;
}
