/* The least that stands between two QEMUs: connections at LISTEN, each handed on to FORWARD, by splice(2) and nothing else.
 * `measure_wire.ts` compiles it, to tell what of the proxy's cost is the proxy's.
 *
 *     bare_relay LISTEN FORWARD
 *
 * Paths of Unix sockets. It says "ready" and ends with its connections.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { READ_BYTES = 128 << 10, MOST = 8 };

/* One direction of a connection. */
struct relay {
    int from, to, pipe[2];
};

static struct relay relays[MOST];
static int count, live;

static struct sockaddr_un address_of(const char *path)
{
    struct sockaddr_un address = { AF_UNIX };
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    return address;
}

static void add(int from, int to)
{
    struct relay *relay = &relays[count++];
    relay->from = from;
    relay->to = to;
    if (pipe(relay->pipe) == 0) fcntl(relay->pipe[0], F_SETPIPE_SZ, 1 << 20);
    live++;
}

static void pass_on(struct relay *relay)
{
    ssize_t left = splice(relay->from, NULL, relay->pipe[1], NULL, READ_BYTES, SPLICE_F_NONBLOCK);
    if (left > 0) {
        while (left > 0) {
            ssize_t taken = splice(relay->pipe[0], NULL, relay->to, NULL, left, 0);
            if (taken <= 0) _exit(1);
            left -= taken;
        }
        return;
    }
    shutdown(relay->to, SHUT_WR);
    relay->from = -1;
    live--;
}

int main(int argc, char **argv)
{
    if (argc != 3) return 2;
    struct sockaddr_un listen_at = address_of(argv[1]), forward_to = address_of(argv[2]);
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    if (bind(listener, (void *)&listen_at, sizeof listen_at) || listen(listener, MOST)) return 1;
    puts("ready");
    fflush(stdout);
    while (count == 0 || live > 0) {
        struct pollfd ready[1 + MOST] = { { listener, count < MOST ? POLLIN : 0, 0 } };
        for (int i = 0; i < count; i++) ready[1 + i] = (struct pollfd){ relays[i].from, POLLIN, 0 };
        poll(ready, 1 + count, -1);
        int before = count;
        if (ready[0].revents & POLLIN) {
            int near = accept(listener, NULL, NULL), far = socket(AF_UNIX, SOCK_STREAM, 0);
            if (connect(far, (void *)&forward_to, sizeof forward_to)) return 1;
            add(near, far);
            add(far, near);
        }
        /* Preempt, which comes second, before main, and what goes back before what comes. */
        for (int i = before - 1; i >= 0; i--) if (ready[1 + i].revents) pass_on(&relays[i]);
    }
    return 0;
}
