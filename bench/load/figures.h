/* What is measured: latencies in a histogram of constant size, and what /proc says of the servers. */
#ifndef FIGURES_H
#define FIGURES_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* 128 steps in each doubling: a value is off by less than 0.8 %, from 1 µs to an hour. */
enum { STEPS_LOG2 = 7, STEPS = 1 << STEPS_LOG2, DOUBLINGS = 32 };

struct histogram {
    uint64_t total;
    uint64_t counts[DOUBLINGS * STEPS];
};

static inline uint64_t now_us(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (uint64_t)at.tv_sec * 1000000 + (uint64_t)at.tv_nsec / 1000;
}

static inline void record(struct histogram *into, uint64_t us) {
    unsigned doubling = 0;
    while (us >> doubling >= 2 * STEPS && doubling < DOUBLINGS - 2) doubling++;
    /* below STEPS a value is its own step; above, the leading bit is implied by the doubling */
    uint64_t step = us >> doubling;
    uint64_t slot = step < STEPS ? step : (doubling + 1) * (uint64_t)STEPS + (step - STEPS);
    into->counts[slot < DOUBLINGS * STEPS ? slot : DOUBLINGS * STEPS - 1]++;
    into->total++;
}

/* The value in ms below which `share` of all lie; 0 when there are none. */
static inline double percentile_ms(const struct histogram *from, double share) {
    if (!from->total) return 0;
    uint64_t rank = (uint64_t)(share * (double)(from->total - 1)), passed = 0;
    for (uint64_t slot = 0; slot < DOUBLINGS * STEPS; slot++) {
        passed += from->counts[slot];
        if (passed <= rank) continue;
        if (slot < STEPS) return (double)slot / 1000;
        uint64_t doubling = slot / STEPS - 1;
        return (double)((STEPS + slot % STEPS) << doubling) / 1000;
    }
    return 0;
}

/* CPU seconds (user and system, all threads) of a process so far; 0 when it is gone. */
static inline double cpu_s(int pid) {
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = fopen(path, "r");
    if (!file) return 0;
    size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[length] = 0;
    const char *after_name = strrchr(text, ')'); /* a name may hold blanks */
    unsigned long user = 0, system = 0;
    if (after_name) sscanf(after_name + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system);
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

/* Resident memory of a process in KiB; 0 when it is gone. */
static inline long rss_kib(int pid) {
    char path[64];
    long pages = 0;
    snprintf(path, sizeof path, "/proc/%d/statm", pid);
    FILE *file = fopen(path, "r");
    if (!file) return 0;
    if (fscanf(file, "%*d %ld", &pages) != 1) pages = 0;
    fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

#endif
