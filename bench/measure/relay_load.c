/*
 * The load for relays: pairs of plain sockets through a SOCKS5 proxy (XEP-0065) or a plain TCP forwarder, and silent connections.
 *
 * It is made to cost little, so that the relay between is what is measured: bytes leave by sendfile from a file in memory and are dropped unread at the other
 * end (MSG_TRUNC), one thread for each. Commands on standard input, one a line; answers are JSON lines.
 *
 *   pair HASH…          two connections to the proxy for each hash, in the order target, requester  -> {"type":"paired","pairs":N}
 *   forward COUNT       connections to the forwarder, each paired with the one that arrives here    -> {"type":"paired","pairs":N}
 *   carry BYTES         so many bytes by every pair, all at once; senders end after them          -> {"type":"carried","bytes":…,"seconds":…}
 *   silent COUNT        connections that say nothing                                                -> {"type":"silent","open":N}
 *   gone SECONDS        waits until the proxy has ended them all, at most so long                   -> {"type":"gone","ended":N,"left":N,"seconds":…}
 *   drop                closes everything                                                           -> {"type":"dropped"}
 *
 * usage: relay_load HOST PORT [LISTEN_PORT]    the last one is where a forwarder connects to
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SOURCE_BYTES (4 << 20)
#define SLICE (1 << 20)
#define HASH_DIGITS 40

struct pair { int target, requester; int64_t to_send, to_come; };

static struct sockaddr_in relay;
static struct pair *pairs;
static int pair_count, pair_room, listener = -1, source = -1;
static int *silent;
static int silent_count, silent_room;

static void die(const char *what)
{
    printf("{\"type\":\"failed\",\"text\":\"%s: %s\"}\n", what, strerror(errno));
    fflush(stdout);
    exit(1);
}

static void say(const char *format, ...)
{
    va_list rest;
    va_start(rest, format);
    vprintf(format, rest);
    va_end(rest);
    putchar('\n');
    fflush(stdout);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int dial(void)
{
    int one = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    if (one < 0 || connect(one, (struct sockaddr *)&relay, sizeof relay) < 0) die("connect");
    setsockopt(one, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return one;
}

static void exactly(int one, unsigned char *to, size_t count)
{
    while (count > 0) {
        ssize_t got = recv(one, to, count, 0);
        if (got <= 0) { if (got == 0) errno = ECONNRESET; die("SOCKS5 answer"); }
        to += got;
        count -= (size_t)got;
    }
}

/* XEP-0065 section 5.3.2. */
static int dial_socks5(const char *hash)
{
    unsigned char request[7 + HASH_DIGITS] = {5, 1, 0, 3, HASH_DIGITS}, answer[512];
    int one = dial();
    if (send(one, "\x05\x01\x00", 3, 0) != 3) die("greeting");
    exactly(one, answer, 2);
    memcpy(request + 5, hash, HASH_DIGITS);
    if (send(one, request, sizeof request, 0) != (ssize_t)sizeof request) die("request");
    exactly(one, answer, 5);
    if (answer[1] != 0) { errno = EPROTO; die("SOCKS5 refused"); }
    /* The rest of the address: a name's length byte came with the head, an IPv4 address's first octet did. */
    exactly(one, answer + 5, (answer[3] == 1 ? 3 : answer[3] == 4 ? 15 : answer[4]) + 2);
    return one;
}

static void keep(int target, int requester)
{
    if (pair_count == pair_room) {
        pair_room = pair_room ? 2 * pair_room : 64;
        pairs = realloc(pairs, (size_t)pair_room * sizeof *pairs);
        if (!pairs) die("memory");
    }
    pairs[pair_count++] = (struct pair){target, requester, 0, 0};
}

static void *send_all(void *unused)
{
    int ready = epoll_create1(0), left = 0;
    struct epoll_event events[64];
    for (int i = 0; i < pair_count; i++) {
        struct epoll_event event = {.events = EPOLLOUT, .data.u32 = (uint32_t)i};
        if (pairs[i].to_send > 0 && epoll_ctl(ready, EPOLL_CTL_ADD, pairs[i].requester, &event) == 0) left++;
    }
    while (left > 0) {
        int count = epoll_wait(ready, events, 64, -1);
        for (int i = 0; i < count; i++) {
            struct pair *one = &pairs[events[i].data.u32];
            off_t from = 0;
            ssize_t sent = sendfile(one->requester, source, &from, (size_t)(one->to_send < SLICE ? one->to_send : SLICE));
            if (sent < 0 && errno != EAGAIN) die("send");
            if (sent > 0) one->to_send -= sent;
            if (one->to_send == 0) {
                epoll_ctl(ready, EPOLL_CTL_DEL, one->requester, NULL);
                /* Prosody's proxy keeps the last bytes back until the sender ends. */
                shutdown(one->requester, SHUT_WR);
                left--;
            }
        }
    }
    close(ready);
    return unused;
}

static void receive_all(void)
{
    int ready = epoll_create1(0), left = 0;
    struct epoll_event events[64];
    for (int i = 0; i < pair_count; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)i};
        if (pairs[i].to_come > 0 && epoll_ctl(ready, EPOLL_CTL_ADD, pairs[i].target, &event) == 0) left++;
    }
    while (left > 0) {
        int count = epoll_wait(ready, events, 64, -1);
        for (int i = 0; i < count; i++) {
            struct pair *one = &pairs[events[i].data.u32];
            ssize_t got = recv(one->target, NULL, SLICE, MSG_TRUNC | MSG_DONTWAIT);
            if (got < 0 && errno == EAGAIN) continue;
            if (got <= 0) { if (got == 0) errno = ECONNRESET; die("receive"); }
            one->to_come -= got;
            if (one->to_come < 0) { errno = EPROTO; die("too many bytes"); }
            if (one->to_come == 0) { epoll_ctl(ready, EPOLL_CTL_DEL, one->target, NULL); left--; }
        }
    }
    close(ready);
}

static void carry(int64_t bytes)
{
    pthread_t sender;
    if (pair_count == 0) { errno = ENOTCONN; die("carry"); }
    for (int i = 0; i < pair_count; i++) {
        pairs[i].to_send = pairs[i].to_come = bytes;
        int flags = 1;
        if (ioctl(pairs[i].requester, FIONBIO, &flags) < 0) die("non-blocking");
    }
    double begun = now();
    if (pthread_create(&sender, NULL, send_all, NULL) != 0) die("thread");
    receive_all();
    double seconds = now() - begun;
    pthread_join(sender, NULL);
    say("{\"type\":\"carried\",\"bytes\":%lld,\"seconds\":%.6f}", (long long)bytes * pair_count, seconds);
}

static void open_silent(int count)
{
    for (int i = 0; i < count; i++) {
        if (silent_count == silent_room) {
            silent_room = silent_room ? 2 * silent_room : 1024;
            silent = realloc(silent, (size_t)silent_room * sizeof *silent);
            if (!silent) die("memory");
        }
        silent[silent_count++] = dial();
    }
    say("{\"type\":\"silent\",\"open\":%d}", silent_count);
}

static void wait_gone(double longest)
{
    double begun = now();
    int ready = epoll_create1(0), left = silent_count, total = silent_count;
    struct epoll_event events[256];
    for (int i = 0; i < silent_count; i++) {
        struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP, .data.fd = silent[i]};
        if (epoll_ctl(ready, EPOLL_CTL_ADD, silent[i], &event) < 0) die("epoll");
    }
    while (left > 0 && now() - begun < longest) {
        int count = epoll_wait(ready, events, 256, 100);
        for (int i = 0; i < count; i++) {
            epoll_ctl(ready, EPOLL_CTL_DEL, events[i].data.fd, NULL);
            left--;
        }
    }
    double seconds = now() - begun;
    close(ready);
    for (int i = 0; i < silent_count; i++) close(silent[i]);
    silent_count = 0;
    say("{\"type\":\"gone\",\"ended\":%d,\"left\":%d,\"seconds\":%.3f}", total - left, left, seconds);
}

static void drop_all(void)
{
    for (int i = 0; i < pair_count; i++) { close(pairs[i].requester); close(pairs[i].target); }
    for (int i = 0; i < silent_count; i++) close(silent[i]);
    pair_count = silent_count = 0;
    say("{\"type\":\"dropped\"}");
}

static void forward(int count)
{
    for (int i = 0; i < count; i++) {
        int requester = dial(), target = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (target < 0) die("accept");
        keep(target, requester);
    }
    say("{\"type\":\"paired\",\"pairs\":%d}", pair_count);
}

static void listen_at(int port)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int on = 1;
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&here, sizeof here) < 0 || listen(listener, 128) < 0) die("listen");
}

int main(int count, char **arguments)
{
    static char block[1 << 16];
    struct rlimit files;
    char *line = NULL;
    size_t room = 0;
    if (count < 3) { fprintf(stderr, "usage: relay_load HOST PORT [LISTEN_PORT]\n"); return 2; }
    relay = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(arguments[2]))};
    if (inet_pton(AF_INET, arguments[1], &relay.sin_addr) != 1) die("address");
    if (count > 3) listen_at(atoi(arguments[3]));
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    source = memfd_create("source", 0);
    if (source < 0) die("source");
    for (int i = 0; i < SOURCE_BYTES / (int)sizeof block; i++) {
        /* Written, not truncated to: a hole has no pages of its own. */
        memset(block, i, sizeof block);
        if (write(source, block, sizeof block) != (ssize_t)sizeof block) die("source");
    }
    say("{\"type\":\"ready\",\"descriptors\":%llu}", (unsigned long long)files.rlim_cur);
    while (getline(&line, &room, stdin) > 0) {
        char *rest = line, *word = strsep(&rest, " \n");
        if (strcmp(word, "pair") == 0) {
            for (char *hash; (hash = strsep(&rest, " \n"));) {
                if (strlen(hash) != HASH_DIGITS) continue;
                int target = dial_socks5(hash);
                keep(target, dial_socks5(hash));
            }
            say("{\"type\":\"paired\",\"pairs\":%d}", pair_count);
        }
        else if (strcmp(word, "forward") == 0) forward(atoi(rest));
        else if (strcmp(word, "carry") == 0) carry(atoll(rest));
        else if (strcmp(word, "silent") == 0) open_silent(atoi(rest));
        else if (strcmp(word, "gone") == 0) wait_gone(atof(rest));
        else if (strcmp(word, "drop") == 0) drop_all();
    }
    return 0;
}
