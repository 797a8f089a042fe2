/* A crowd of Socket.IO clients in one process: it connects, follows, publishes, and checks what arrives.
 *
 * It speaks HTTP upgrade, Engine.IO 4 and Socket.IO 5 over WebSocket, JSON text only, and prints one line of JSON.
 * An event that counts holds "#000000007@0000000000123456" somewhere: its number, and the monotonic µs at which it
 * was published. Numbers tell lost, repeated and reordered events; the time works across processes of one machine.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#include "figures.h"

enum { BUFFER = 1 << 18, NUMBER_DIGITS = 9, TIME_DIGITS = 16, MOST_PIDS = 8, MOST_POSTERS = 16, STALLED_RCVBUF = 2048,
       CALMLY = 32 };
enum { CONNECT_WITHIN_US = 120000000, SETTLE_WITHIN_US = 15000000, STUCK_AFTER_US = 8000000,
       BROADCAST_WITHIN_US = 30000000,
       COME_BACK_AFTER_US = 500000 };

enum stage { AWAY, CONNECTING, UPGRADING, OPENING, JOINING_NAMESPACE, ASKING, SYNCING, READY, POSTER_IDLE, POSTER_BUSY };
enum role { READER, STALLED, PUBLISHER, POSTER };

struct client {
    int fd;
    enum stage stage;
    enum role role;
    char *rest; /* the beginning of a frame whose end has not arrived */
    size_t rest_length;
    uint64_t began_us;
    uint64_t sequence; /* the last _seq of the followed stream */
    uint32_t next;     /* the number that should come next */
    uint32_t seen_words;
    uint64_t *seen; /* one bit for each number */
    char epoch[64];
};

static struct {
    const char *mode, *name_space, *token_file, *join, *payload_file, *post, *bearer, *stream;
    int port, publish_port, clients, stalled, in_flight, at_once, addresses, posters, missed;
    int pids[MOST_PIDS], pid_count;
    double rate, seconds, warm_up;
    bool with_sequence;
} option = {.mode = "closed", .name_space = "/announcements", .clients = 500, .in_flight = 16, .at_once = 64,
            .addresses = 1, .posters = 8, .seconds = 2.5, .warm_up = 0.7, .rate = 120, .missed = 5};

static struct client *clients;
static int client_count, poll_fd, timer_fd, next_to_start, ready_readers, ready_others, opening, dropped, refused;
static char buffer[BUFFER];
static char **tokens;
static int token_count;
static char *payload;
static size_t payload_length, mark_at;
static uint32_t published, complete;
static uint32_t *arrivals; /* of each number, how many readers have it */
static size_t arrivals_room;
static bool recording, resuming, timing_connects;
static uint64_t delivered, delivered_bytes, duplicated, out_of_order, sequence_breaks, posts_answered, posts_failed;
static uint64_t due_us[1 << 12]; /* events that wait for a free poster */
static unsigned due_first, due_count;
static struct histogram latency, connect_time;

static void give_up(const char *why) {
    fprintf(stderr, "load: %s\n", why);
    exit(2);
}

/* --- what a client says --------------------------------------------------------------------------------------- */

/* One masked text frame; the mask is zero, which is legal and saves the work. */
static void say(struct client *client, const char *text, size_t length) {
    static char frame[1 << 16];
    size_t head = length < 126 ? 6 : 8;
    if (length + head > sizeof frame) give_up("a frame of more than 64 KiB");
    frame[0] = (char)0x81;
    if (length < 126) {
        frame[1] = (char)(0x80 | length);
    } else {
        frame[1] = (char)(0x80 | 126);
        frame[2] = (char)(length >> 8);
        frame[3] = (char)length;
    }
    memset(frame + head - 4, 0, 4);
    memcpy(frame + head, text, length);
    ssize_t sent = send(client->fd, frame, length + head, MSG_NOSIGNAL);
    if (sent != (ssize_t)(length + head) && client->role == PUBLISHER) give_up("the publisher's socket is full");
}

static const char *token_of(const struct client *client) {
    return token_count ? tokens[(client - clients) % token_count] : NULL;
}

static void say_connect(struct client *client) {
    char text[8192];
    const char *token = token_of(client);
    int length = snprintf(text, sizeof text, "40%s,", option.name_space);
    if (token) {
        length += snprintf(text + length, sizeof text - (size_t)length, "{\"token\":\"%s\"", token);
        if (resuming && client->role == READER)
            length += snprintf(text + length, sizeof text - (size_t)length, ",\"resume\":{\"%s\":[\"%s\",%llu]}",
                               option.stream, client->epoch, (unsigned long long)client->sequence);
        text[length++] = '}';
    }
    say(client, text, (size_t)length);
}

static void say_join(struct client *client) {
    char text[4096];
    int length = snprintf(text, sizeof text, "42%s,0%s", option.name_space, option.join);
    say(client, text, (size_t)length);
}

/* --- connections ---------------------------------------------------------------------------------------------- */

static void watch(struct client *client, int operation, uint32_t events) {
    struct epoll_event event = {.events = events, .data.u32 = (uint32_t)(client - clients)};
    if (epoll_ctl(poll_fd, operation, client->fd, &event)) give_up("epoll_ctl");
}

static void start(struct client *client) {
    int one = 1, small = STALLED_RCVBUF, port = option.port;
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (client->fd < 0) give_up("no more sockets: raise the limit of open files");
    setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (client->role == STALLED) setsockopt(client->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    if (client->role >= PUBLISHER && option.publish_port) port = option.publish_port;
    if (option.addresses > 1) {
        struct sockaddr_in from = {.sin_family = AF_INET};
        from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (uint32_t)((client - clients) % option.addresses));
        setsockopt(client->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
        if (bind(client->fd, (struct sockaddr *)&from, sizeof from)) give_up("bind to a loopback address");
    }
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    client->stage = CONNECTING;
    client->began_us = now_us();
    if (connect(client->fd, (struct sockaddr *)&to, sizeof to) && errno != EINPROGRESS) give_up("connect");
    watch(client, EPOLL_CTL_ADD, EPOLLOUT);
    opening++;
}

static void forget(struct client *client) {
    close(client->fd);
    client->fd = -1;
    client->stage = AWAY;
    free(client->rest);
    client->rest = NULL;
    client->rest_length = 0;
}

static void lose(struct client *client, const char *why, const char *said, size_t length) {
    static int told;
    if (told++ < 3 && client->role != STALLED)
        fprintf(stderr, "load: client %ld at stage %d: %s %.*s\n", (long)(client - clients), client->stage, why,
                (int)(length > 200 ? 200 : length), said ? said : "");
    if (client->stage < READY) {
        opening--;
        refused++;
    } else if (client->role == READER) {
        dropped++;
        ready_readers--;
    } else if (client->role >= PUBLISHER) {
        give_up("the publisher's connection ended");
    }
    forget(client);
}

static void become_ready(struct client *client) {
    opening--;
    client->stage = client->role == POSTER ? POSTER_IDLE : READY;
    if (client->role == READER) ready_readers++;
    else ready_others++;
    if (timing_connects && client->role == READER) record(&connect_time, now_us() - client->began_us);
    if (client->role == STALLED) watch(client, EPOLL_CTL_DEL, 0);
}

/* Hang up as a lost network does: a reset, nothing said. */
static void cut(struct client *client) {
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    forget(client);
    client->began_us = 0;
    ready_readers--;
}

/* --- what arrives --------------------------------------------------------------------------------------------- */

static uint64_t digits(const char *from, int count) {
    uint64_t value = 0;
    while (count--) value = value * 10 + (uint64_t)(*from++ - '0');
    return value;
}

static bool first_time(struct client *client, uint32_t number) {
    uint32_t word = number / 64;
    if (word >= client->seen_words) {
        uint32_t room = word * 2 + 4;
        client->seen = realloc(client->seen, room * sizeof *client->seen);
        memset(client->seen + client->seen_words, 0, (room - client->seen_words) * sizeof *client->seen);
        client->seen_words = room;
    }
    uint64_t bit = 1ull << (number % 64);
    if (client->seen[word] & bit) return false;
    client->seen[word] |= bit;
    return true;
}

static void check_sequence(struct client *client, const char *text, size_t length) {
    const char *at = memmem(text, length, "\"_seq\":", 7);
    if (!at) return;
    uint64_t sequence = strtoull(at + 7, NULL, 10);
    if (client->sequence && sequence != client->sequence + 1) sequence_breaks++;
    client->sequence = sequence;
}

static void on_event(struct client *client, const char *text, size_t length) {
    const char *mark = memmem(text, length, "\"#", 2);
    if (!mark || text + length - mark < 3 + NUMBER_DIGITS + TIME_DIGITS) return;
    if (option.with_sequence) check_sequence(client, text, length);
    uint32_t number = (uint32_t)digits(mark + 2, NUMBER_DIGITS);
    if (!first_time(client, number)) {
        duplicated++;
        return;
    }
    /* POSTs are judged side by side, so only the server can say in which order they were committed */
    if (number != client->next && !(option.post && option.with_sequence)) out_of_order++;
    client->next = number + 1;
    if (recording) {
        uint64_t then = digits(mark + 3 + NUMBER_DIGITS, TIME_DIGITS), now = now_us();
        delivered++;
        delivered_bytes += length;
        record(&latency, now > then ? now - then : 0);
    }
    if (number < arrivals_room && ++arrivals[number] == (uint32_t)option.clients) complete++;
}

static bool says(const char *text, size_t length, const char *part) {
    return memmem(text, length, part, strlen(part)) != NULL;
}

/* The position at which delivery starts: `"<stream>":["<epoch>",<seq>]` in the ack. */
static void keep_position(struct client *client, const char *text, size_t length) {
    char key[256];
    int key_length = snprintf(key, sizeof key, "\"%s\":[\"", option.stream);
    const char *at = memmem(text, length, key, (size_t)key_length);
    if (!at) return;
    at += key_length;
    size_t epoch = strcspn(at, "\"");
    if (epoch >= sizeof client->epoch) return;
    memcpy(client->epoch, at, epoch);
    client->epoch[epoch] = 0;
    client->sequence = strtoull(at + epoch + 2, NULL, 10);
}

static void on_packet(struct client *client, const char *text, size_t length) {
    if (length == 1 && text[0] == '2') {
        say(client, "3", 1);
        return;
    }
    switch (client->stage) {
    case OPENING:
        if (text[0] != '0') lose(client, "no Engine.IO open:", text, length);
        else say_connect(client), client->stage = JOINING_NAMESPACE;
        return;
    case JOINING_NAMESPACE:
        if (length < 2 || memcmp(text, "40", 2)) lose(client, "CONNECT refused:", text, length);
        else if (resuming && client->role == READER) client->stage = SYNCING;
        else if (client->role == PUBLISHER || !option.join) become_ready(client);
        else say_join(client), client->stage = ASKING;
        return;
    case ASKING:
        if (length < 2 || memcmp(text, "43", 2)) return;
        if (says(text, length, "\"ok\":false")) {
            lose(client, "refused to follow:", text, length);
            return;
        }
        if (option.stream) keep_position(client, text, length);
        become_ready(client);
        return;
    case SYNCING:
        if (says(text, length, "[\"sync.reset\"")) lose(client, "cannot resume:", text, length);
        else if (says(text, length, "[\"sync.ok\"") && says(text, length, option.stream)) become_ready(client);
        else on_event(client, text, length);
        return;
    case READY:
        if (client->role == READER && length > 2 && text[0] == '4' && text[1] == '2') on_event(client, text, length);
        return;
    default:
        return;
    }
}

/* Take whole frames off `text`; how many bytes were used. Servers send unmasked, unfragmented frames. */
static size_t take_frames(struct client *client, const char *text, size_t length) {
    size_t at = 0;
    while (client->stage != AWAY && length - at >= 2) {
        const unsigned char *head = (const unsigned char *)text + at;
        size_t body = head[1] & 127, head_length = 2;
        if (body == 126) {
            if (length - at < 4) break;
            body = (size_t)head[2] << 8 | head[3];
            head_length = 4;
        } else if (body == 127) {
            if (length - at < 10) break;
            body = 0;
            for (int byte = 2; byte < 10; byte++) body = body << 8 | head[byte];
            head_length = 10;
        }
        if (length - at < head_length + body) break;
        at += head_length;
        int kind = head[0] & 15;
        if (kind == 8) lose(client, "closed by the server", NULL, 0);
        else if (kind == 1) on_packet(client, text + at, body);
        at += body;
    }
    return at;
}

/* One answer to a POST: it is complete when its Content-Length is there. */
static size_t take_answer(struct client *client, const char *text, size_t length) {
    const char *end = memmem(text, length, "\r\n\r\n", 4);
    if (!end) return 0;
    size_t head = (size_t)(end - text) + 4, body = 0;
    const char *said = strcasestr(text, "\r\nContent-Length:");
    if (said && said < end) body = strtoull(said + 17, NULL, 10);
    if (length < head + body) return 0;
    posts_answered++;
    if (memcmp(text, "HTTP/1.1 2", 10) && posts_failed++ < 3)
        fprintf(stderr, "load: POST answered %.*s\n", (int)(length > 400 ? 400 : length), text);
    client->stage = POSTER_IDLE;
    return head + body;
}

static size_t take_upgrade(struct client *client, const char *text, size_t length) {
    const char *end = memmem(text, length, "\r\n\r\n", 4);
    if (!end) return 0;
    if (length < 12 || memcmp(text, "HTTP/1.1 101", 12)) {
        lose(client, "no upgrade:", text, length);
        return length;
    }
    client->stage = OPENING;
    return (size_t)(end - text) + 4;
}

static void on_readable(struct client *client) {
    size_t kept = client->rest_length;
    if (kept) memcpy(buffer, client->rest, kept);
    ssize_t got = recv(client->fd, buffer + kept, BUFFER - kept - 1, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
        lose(client, got ? strerror(errno) : "ended by the server", NULL, 0);
        return;
    }
    size_t length = kept + (size_t)got, used = 0;
    buffer[length] = 0;
    if (client->stage == UPGRADING) used = take_upgrade(client, buffer, length);
    if (client->role == POSTER) used = take_answer(client, buffer, length);
    else if (client->stage > UPGRADING) used += take_frames(client, buffer + used, length - used);
    if (client->stage == AWAY) return;
    size_t left = length - used;
    if (left == BUFFER - 1) give_up("a frame of more than 256 KiB");
    if (left) {
        client->rest = realloc(client->rest, left);
        memcpy(client->rest, buffer + used, left);
    }
    client->rest_length = left;
}

static void on_connected(struct client *client) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(client->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error) {
        lose(client, strerror(error), NULL, 0);
        return;
    }
    watch(client, EPOLL_CTL_MOD, EPOLLIN);
    if (client->role == POSTER) {
        become_ready(client);
        return;
    }
    char text[512];
    int length = snprintf(text, sizeof text,
                          "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
                          "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                          "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
                          option.port);
    client->stage = UPGRADING;
    if (send(client->fd, text, (size_t)length, MSG_NOSIGNAL) != length) lose(client, "upgrade not sent", NULL, 0);
}

/* Wait for what happens next, `at_most_us` at the longest. A timer, because epoll counts whole milliseconds. */
static void pump(uint64_t at_most_us) {
    struct epoll_event events[512];
    struct itimerspec alarm = {.it_value = {(time_t)(at_most_us / 1000000), (long)(at_most_us % 1000000 * 1000) + 1}};
    timerfd_settime(timer_fd, 0, &alarm, NULL);
    int count = epoll_wait(poll_fd, events, 512, -1);
    for (int index = 0; index < count; index++) {
        if (events[index].data.u32 == UINT32_MAX) {
            uint64_t expirations;
            if (read(timer_fd, &expirations, sizeof expirations) < 0) continue;
            continue;
        }
        struct client *client = &clients[events[index].data.u32];
        if (client->stage == CONNECTING) on_connected(client);
        else if (client->stage != AWAY) on_readable(client);
    }
}

/* --- publishing ----------------------------------------------------------------------------------------------- */

static void put_mark(uint32_t number, uint64_t at_us) {
    char mark[64];
    snprintf(mark, sizeof mark, "#%09u@%016llu", number, (unsigned long long)at_us);
    memcpy(payload + mark_at, mark, strlen(mark));
}

static bool post(uint64_t at_us) {
    static char text[1 << 16];
    for (int index = 0; index < client_count; index++) {
        struct client *client = &clients[client_count - 1 - index];
        if (client->role != POSTER) break;
        if (client->stage != POSTER_IDLE) continue;
        put_mark(published++, at_us);
        int length = snprintf(text, sizeof text,
                              "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\n"
                              "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                              option.post, option.bearer ? option.bearer : "", payload_length, payload);
        if (send(client->fd, text, (size_t)length, MSG_NOSIGNAL) != length) give_up("a POST was not taken");
        client->stage = POSTER_BUSY;
        return true;
    }
    return false;
}

static void publish(uint64_t at_us) {
    static char text[1 << 16];
    if (published + 1 >= arrivals_room) give_up("more events than counted");
    if (option.post) {
        if (due_count == sizeof due_us / sizeof *due_us) give_up("POSTs are not answered");
        due_us[(due_first + due_count++) % (sizeof due_us / sizeof *due_us)] = at_us;
        return;
    }
    put_mark(published++, at_us);
    int length = snprintf(text, sizeof text, "42%s,[\"bench.publish\",%s]", option.name_space, payload);
    say(&clients[client_count - 1], text, (size_t)length);
}

static void post_what_is_due(void) {
    while (due_count && post(due_us[due_first])) {
        due_first = (due_first + 1) % (sizeof due_us / sizeof *due_us);
        due_count--;
    }
}

/* --- modes ---------------------------------------------------------------------------------------------------- */

struct figures {
    double seconds, cpu, connect_seconds, resume_seconds;
    long rss_before, rss_after, rss_peak;
} figure;

static double servers_cpu(void) {
    double sum = 0;
    for (int index = 0; index < option.pid_count; index++) sum += cpu_s(option.pids[index]);
    return sum;
}

static long servers_rss(void) {
    long sum = 0;
    for (int index = 0; index < option.pid_count; index++) sum += rss_kib(option.pids[index]);
    if (sum > figure.rss_peak) figure.rss_peak = sum;
    return sum;
}

/* The next client that may start: one that was refused waits a little, as real ones do. */
static struct client *next_away(uint64_t now) {
    for (int tried = 0; tried < client_count; tried++) {
        struct client *client = &clients[next_to_start];
        next_to_start = (next_to_start + 1) % client_count;
        if (client->stage == AWAY && (!client->began_us || now > client->began_us + COME_BACK_AFTER_US)) return client;
    }
    return NULL;
}

static void connect_all(int at_once) {
    uint64_t until = now_us() + CONNECT_WITHIN_US;
    next_to_start = 0;
    while (ready_readers + ready_others < client_count) {
        uint64_t now = now_us();
        struct client *client;
        while (ready_readers + ready_others + opening < client_count && opening < at_once &&
               (client = next_away(now)))
            start(client);
        pump(opening ? 1000000 : 20000);
        if (now > until) give_up("not all connected within two minutes");
        if (refused > 3 * option.clients) give_up("too many were refused");
    }
    fprintf(stderr, "connected\n");
}

static void settle(uint64_t at_most_us) {
    uint64_t until = now_us() + at_most_us;
    while (complete < published + due_count && now_us() < until) {
        post_what_is_due();
        pump(10000);
    }
}

static double begin_recording(void) {
    recording = true;
    return servers_cpu();
}

/* W events in flight: the next is published when all readers have an old one. */
static void run_closed(void) {
    uint64_t began = now_us(), warm = began + (uint64_t)(option.warm_up * 1e6), measured = 0, moved = began;
    uint64_t length = (uint64_t)(option.seconds * 1e6);
    uint32_t was = 0;
    double cpu_before = 0;
    for (;;) {
        uint64_t now = now_us();
        if (!recording && now >= warm) cpu_before = begin_recording(), measured = now;
        if (recording && now >= measured + length) break;
        while (published + due_count - complete < (uint32_t)option.in_flight) publish(now_us());
        post_what_is_due();
        pump(100000);
        if (complete != was) was = complete, moved = now;
        if (now > moved + STUCK_AFTER_US) break;
    }
    figure.seconds = (double)(now_us() - measured) / 1e6;
    figure.cpu = servers_cpu() - cpu_before;
    recording = false;
}

/* A steady rate, whatever the server does: an event is as late as its reading, from the time at which it was due. */
static void run_open(void) {
    uint64_t began = now_us(), warm = began + (uint64_t)(option.warm_up * 1e6), measured = 0, count = 0;
    uint64_t until = warm + (uint64_t)(option.seconds * 1e6), looked = began;
    double every = 1e6 / option.rate, cpu_before = 0;
    for (uint64_t now = began; now < until; now = now_us()) {
        if (!recording && now >= warm) cpu_before = begin_recording(), measured = now;
        uint64_t due = began + (uint64_t)((double)count * every);
        if (now >= due) {
            publish(due);
            count++;
            due = began + (uint64_t)((double)count * every);
        }
        post_what_is_due();
        if (now > looked + 50000) servers_rss(), looked = now;
        now = now_us();
        pump(due > now ? due - now : 0);
    }
    figure.seconds = (double)(now_us() - measured) / 1e6;
    figure.cpu = servers_cpu() - cpu_before;
    settle(SETTLE_WITHIN_US);
    recording = false;
}

static void run_idle(void) {
    uint64_t until = now_us() + (uint64_t)(option.seconds * 1e6);
    while (now_us() < until) pump(200000), servers_rss();
    figure.rss_after = servers_rss();
    figure.seconds = option.seconds;
}

/* Hold, then one event to all. Without a publisher of its own this process waits for another's. */
static void run_hold(bool publishes) {
    recording = true;
    run_idle();
    if (publishes) publish(now_us());
    uint64_t until = now_us() + (publishes ? BROADCAST_WITHIN_US : CONNECT_WITHIN_US);
    while (arrivals[0] < (uint32_t)ready_readers && now_us() < until) {
        post_what_is_due();
        pump(20000);
    }
    published = 1;
}

/* All readers are cut at once, miss some events, and come back with their positions. */
static void run_reconnect(void) {
    for (int index = 0; index < client_count; index++)
        if (clients[index].role == READER && clients[index].stage == READY) cut(&clients[index]);
    for (int event = 0; event < option.missed; event++) publish(now_us());
    for (uint64_t until = now_us() + 500000; now_us() < until || due_count;) post_what_is_due(), pump(20000);
    double cpu_before = servers_cpu();
    uint64_t began = now_us();
    resuming = recording = true;
    memset(&connect_time, 0, sizeof connect_time);
    connect_all(option.at_once);
    settle(BROADCAST_WITHIN_US);
    figure.resume_seconds = figure.seconds = (double)(now_us() - began) / 1e6;
    figure.cpu = servers_cpu() - cpu_before;
}

/* --- the beginning and the end -------------------------------------------------------------------------------- */

static void print_result(void) {
    uint64_t lost = 0;
    for (uint32_t number = 0; number < published; number++)
        if (arrivals[number] < (uint32_t)option.clients) lost += (uint64_t)option.clients - arrivals[number];
    bool follows = published > 0;
    double seconds = figure.seconds > 0 ? figure.seconds : 1;
    printf("{\"mode\":\"%s\",\"clients\":%d,\"ready\":%d,\"seconds\":%.3f,", option.mode, option.clients, ready_readers,
           figure.seconds);
    printf("\"published\":%u,\"delivered\":%llu,\"per_s\":%.1f,\"cpu_s\":%.3f,\"per_cpu_s\":%.1f,\"cpu_share\":%.3f,",
           published, (unsigned long long)delivered, (double)delivered / seconds, figure.cpu,
           figure.cpu > 0 ? (double)delivered / figure.cpu : 0, figure.cpu / seconds);
    printf("\"p50_ms\":%.3f,\"p90_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f,", percentile_ms(&latency, 0.5),
           percentile_ms(&latency, 0.9), percentile_ms(&latency, 0.99), percentile_ms(&latency, 1));
    printf("\"lost\":%llu,\"duplicated\":%llu,\"out_of_order\":%llu,\"sequence_breaks\":%llu,\"dropped\":%d,\"refused\":%d,",
           (unsigned long long)(follows ? lost : 0), (unsigned long long)duplicated, (unsigned long long)out_of_order,
           (unsigned long long)sequence_breaks, dropped, refused);
    printf("\"posts_failed\":%llu,\"bytes_per_event\":%.0f,", (unsigned long long)posts_failed,
           delivered ? (double)delivered_bytes / (double)delivered : 0);
    printf("\"connect_s\":%.3f,\"connects_per_s\":%.1f,\"connect_p50_ms\":%.2f,\"connect_p99_ms\":%.2f,\"resume_s\":%.3f,",
           figure.connect_seconds, figure.connect_seconds > 0 ? option.clients / figure.connect_seconds : 0,
           percentile_ms(&connect_time, 0.5), percentile_ms(&connect_time, 0.99), figure.resume_seconds);
    printf("\"rss_before_kib\":%ld,\"rss_after_kib\":%ld,\"rss_peak_kib\":%ld,\"kib_per_client\":%.2f}\n",
           figure.rss_before, figure.rss_after, figure.rss_peak,
           (double)(figure.rss_after - figure.rss_before) / option.clients);
}

static char *read_file(const char *path, size_t *length) {
    FILE *file = fopen(path, "r");
    if (!file) give_up(path);
    char *text = calloc(1, 1 << 25);
    *length = fread(text, 1, (1 << 25) - 1, file);
    fclose(file);
    return text;
}

static void read_tokens(void) {
    size_t length;
    char *text = read_file(option.token_file, &length);
    tokens = calloc(length / 16 + 1, sizeof *tokens);
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) tokens[token_count++] = line;
}

static void read_payload(void) {
    payload = read_file(option.payload_file, &payload_length);
    while (payload_length && payload[payload_length - 1] == '\n') payload[--payload_length] = 0;
    char *mark = strstr(payload, "\"#000000000@0000000000000000");
    if (!mark) give_up("the payload has no \"#000000000@0000000000000000");
    mark_at = (size_t)(mark - payload) + 1;
}

static void read_pids(char *list) {
    for (char *pid = strtok(list, ","); pid && option.pid_count < MOST_PIDS; pid = strtok(NULL, ","))
        option.pids[option.pid_count++] = atoi(pid);
}

static void read_options(int argc, char **argv) {
    static const struct option known[] = {
        {"mode", 1, 0, 'm'}, {"port", 1, 0, 'p'}, {"publish-port", 1, 0, 'q'}, {"clients", 1, 0, 'n'},
        {"stalled", 1, 0, 'x'}, {"in-flight", 1, 0, 'w'}, {"at-once", 1, 0, 'c'}, {"addresses", 1, 0, 'a'},
        {"rate", 1, 0, 'r'}, {"seconds", 1, 0, 's'}, {"warm-up", 1, 0, 'u'}, {"pids", 1, 0, 'P'},
        {"namespace", 1, 0, 'N'}, {"tokens", 1, 0, 't'}, {"join", 1, 0, 'j'}, {"payload", 1, 0, 'b'},
        {"post", 1, 0, 'X'}, {"bearer", 1, 0, 'B'}, {"stream", 1, 0, 'S'}, {"missed", 1, 0, 'M'},
        {"sequence", 0, 0, 'Q'}, {0, 0, 0, 0}};
    for (int letter; (letter = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        switch (letter) {
        case 'm': option.mode = optarg; break;
        case 'p': option.port = atoi(optarg); break;
        case 'q': option.publish_port = atoi(optarg); break;
        case 'n': option.clients = atoi(optarg); break;
        case 'x': option.stalled = atoi(optarg); break;
        case 'w': option.in_flight = atoi(optarg); break;
        case 'c': option.at_once = atoi(optarg); break;
        case 'a': option.addresses = atoi(optarg); break;
        case 'r': option.rate = atof(optarg); break;
        case 's': option.seconds = atof(optarg); break;
        case 'u': option.warm_up = atof(optarg); break;
        case 'P': read_pids(optarg); break;
        case 'N': option.name_space = optarg; break;
        case 't': option.token_file = optarg; break;
        case 'j': option.join = optarg; break;
        case 'b': option.payload_file = optarg; break;
        case 'X': option.post = optarg; break;
        case 'B': option.bearer = optarg; break;
        case 'S': option.stream = optarg; break;
        case 'M': option.missed = atoi(optarg); break;
        case 'Q': option.with_sequence = true; break;
        default: exit(2);
        }
    }
}

static void prepare(void) {
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    if (option.token_file) read_tokens();
    if (option.payload_file) read_payload();
    int speakers = !option.payload_file ? 0 : option.post ? option.posters : 1;
    client_count = option.clients + option.stalled + speakers;
    clients = calloc((size_t)client_count, sizeof *clients);
    for (int index = 0; index < client_count; index++) {
        enum role speaker = option.post ? POSTER : PUBLISHER;
        clients[index].role = index < option.clients ? READER : index < option.clients + option.stalled ? STALLED : speaker;
    }
    arrivals_room = 4000000;
    arrivals = calloc(arrivals_room, sizeof *arrivals); /* untouched pages cost nothing */
    poll_fd = epoll_create1(EPOLL_CLOEXEC);
    timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = UINT32_MAX};
    epoll_ctl(poll_fd, EPOLL_CTL_ADD, timer_fd, &event);
}

int main(int argc, char **argv) {
    read_options(argc, argv);
    prepare();
    figure.rss_before = servers_rss();
    double cpu_before = servers_cpu();
    uint64_t began = now_us();
    timing_connects = true;
    connect_all(strcmp(option.mode, "reconnect") ? option.at_once : CALMLY);
    figure.connect_seconds = (double)(now_us() - began) / 1e6;
    figure.cpu = servers_cpu() - cpu_before;
    if (!strcmp(option.mode, "closed")) run_closed(), settle(SETTLE_WITHIN_US);
    else if (!strcmp(option.mode, "open")) run_open();
    else if (!strcmp(option.mode, "idle")) run_idle();
    else if (!strcmp(option.mode, "hold")) run_hold(option.payload_file != NULL);
    else if (!strcmp(option.mode, "reconnect")) run_reconnect();
    else if (strcmp(option.mode, "storm")) give_up("unknown mode");
    if (!figure.rss_after) figure.rss_after = servers_rss();
    print_result();
    return 0;
}
