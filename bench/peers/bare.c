/* The limit: one send() for each recipient, out of a loop that does nothing else. It speaks only to the load generator. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST_FILES = 1 << 17, BUFFER = 1 << 17 };

static int room[MOST_FILES], room_size;
static bool upgraded[MOST_FILES];
static char input[BUFFER], output[BUFFER];

static size_t frame(char *into, const char *text, size_t length) {
    size_t head = length < 126 ? 2 : 4;
    into[0] = (char)0x81;
    into[1] = (char)(length < 126 ? length : 126);
    if (head == 4) into[2] = (char)(length >> 8), into[3] = (char)length;
    memcpy(into + head, text, length);
    return head + length;
}

static void say(int to, const char *text) {
    char small[256];
    send(to, small, frame(small, text, strlen(text)), MSG_NOSIGNAL);
}

/* The answer to the one key that the load generator offers. */
static void upgrade(int client) {
    static const char answer[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                 "Sec-WebSocket-Accept: ICX+Yqv66kxgM0FcWaLWlFLwTAI=\r\n\r\n";
    send(client, answer, sizeof answer - 1, MSG_NOSIGNAL);
    say(client, "0{\"sid\":\"x\",\"upgrades\":[],\"pingInterval\":25000,\"pingTimeout\":20000}");
    upgraded[client] = true;
}

static void on_packet(int client, const char *text, size_t length) {
    static const char from[] = "42/announcements,[\"bench.publish\",", to[] = "42/announcements,[\"announcement.posted\",";
    static char event[BUFFER];
    if (length > sizeof from && !memcmp(text, from, sizeof from - 1)) {
        size_t rest = length - (sizeof from - 1);
        memcpy(event, to, sizeof to - 1);
        memcpy(event + sizeof to - 1, text + sizeof from - 1, rest);
        size_t size = frame(output, event, sizeof to - 1 + rest);
        for (int index = 0; index < room_size; index++)
            if (send(room[index], output, size, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)size)
                fprintf(stderr, "bare: a send was cut short\n");
    } else if (!memcmp(text, "42", 2)) {
        room[room_size++] = client;
        say(client, "43/announcements,0[{\"ok\":true}]");
    } else if (!memcmp(text, "40", 2)) {
        say(client, "40/announcements,{\"sid\":\"x\"}");
    }
}

static void leave(int client) {
    for (int index = 0; index < room_size; index++)
        if (room[index] == client) room[index] = room[--room_size];
    close(client);
}

/* Frames of the load generator arrive whole and with a mask of zeros. */
static void on_readable(int client) {
    ssize_t length = recv(client, input, BUFFER, 0);
    if (length <= 0) {
        leave(client);
        return;
    }
    if (!upgraded[client]) {
        upgrade(client);
        return;
    }
    for (size_t at = 0; (size_t)length - at >= 6;) {
        size_t body = (unsigned char)input[at + 1] & 127, head = 6;
        if (body == 126) body = (size_t)(uint8_t)input[at + 2] << 8 | (uint8_t)input[at + 3], head = 8;
        if ((size_t)length - at < head + body) break;
        on_packet(client, input + at + head, body);
        at += head + body;
    }
}

int main(void) {
    int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1, poll_fd = epoll_create1(0);
    const char *port = getenv("PORT");
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port ? port : "0"))};
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof here;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&here, sizeof here) || listen(listener, 4096)) return 1;
    getsockname(listener, (struct sockaddr *)&here, &size);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, events[256];
    epoll_ctl(poll_fd, EPOLL_CTL_ADD, listener, &event);
    printf("listening on http://127.0.0.1:%d\n", ntohs(here.sin_port));
    fflush(stdout);
    for (;;) {
        int count = epoll_wait(poll_fd, events, 256, -1);
        for (int index = 0; index < count; index++) {
            if (events[index].data.fd != listener) {
                on_readable(events[index].data.fd);
                continue;
            }
            int client = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
            if (client < 0 || client >= MOST_FILES) continue;
            setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
            upgraded[client] = false;
            event = (struct epoll_event){.events = EPOLLIN, .data.fd = client};
            epoll_ctl(poll_fd, EPOLL_CTL_ADD, client, &event);
        }
    }
}
