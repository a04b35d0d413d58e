/* Loaded before the C library: counts the calls that change something on the disk, and at the call numbered FAULT_AT
 * does what FAULT says: `kill`, `nospace` and `io` (the call fails once), `full` (this and all later calls fail for want
 * of space; removing works), `pause` (makes the file FAULT_PAUSED and waits until the file FAULT_GO is there).
 * FAULT_LOG names a file that lists the calls. FAULT_NO_EXCHANGE makes a file system that cannot exchange two names.
 * A write that is killed or finds no space has written half. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE (1 << 1)
#endif

enum action { NONE, KILL, NO_SPACE, IO, FULL, PAUSE };

static atomic_int count;
static int at, log_file = -1;
static enum action action;

__attribute__((constructor)) static void begin(void) {
    const char *text = getenv("FAULT_AT");
    at = text ? atoi(text) : 0;
    text = getenv("FAULT");
    const char *names[] = {"", "kill", "nospace", "io", "full", "pause"};
    for (int i = 1; text && i < 6; i++)
        if (!strcmp(text, names[i])) action = i;
    text = getenv("FAULT_LOG");
    if (text) log_file = syscall(SYS_openat, AT_FDCWD, text, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
}

static int is_there(const char *path) { return path && syscall(SYS_faccessat, AT_FDCWD, path, F_OK) == 0; }

static void die(void) {
    syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
    for (;;) pause();
}

static void wait_for_go(void) {
    const char *paused = getenv("FAULT_PAUSED"), *go = getenv("FAULT_GO");
    if (paused) syscall(SYS_close, syscall(SYS_openat, AT_FDCWD, paused, O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
    for (int i = 0; i < 30000 && !is_there(go); i++) usleep(1000);
}

/* What to do at this call. Pauses are over when it returns. */
static enum action next(const char *name, const char *path) {
    int number = atomic_fetch_add(&count, 1) + 1;
    if (log_file >= 0) {
        char line[1000];
        int length = snprintf(line, sizeof line, "%d %s %s\n", number, name, path ? path : "");
        if (length > 999) length = 999;
        syscall(SYS_write, log_file, line, length);
    }
    if (action == FULL) {
        int frees = !strncmp(name, "unlink", 6) || !strcmp(name, "rmdir") || !strcmp(name, "flock");
        return number >= at && !frees ? FULL : NONE;
    }
    if (number != at) return NONE;
    if (action == PAUSE) {
        wait_for_go();
        return NONE;
    }
    return action;
}

static int fails(const char *name, const char *path) {
    switch (next(name, path)) {
    case KILL: die(); return 1;
    case NO_SPACE: case FULL: errno = ENOSPC; return 1;
    case IO: errno = EIO; return 1;
    default: return 0;
    }
}

#define REAL(type, name, ...)                                                                                          \
    static type (*real)(__VA_ARGS__);                                                                                  \
    if (!real) real = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

#define WRAP(name, path, arguments, ...)                                                                               \
    int name(__VA_ARGS__) {                                                                                            \
        REAL(int, name, __VA_ARGS__);                                                                                  \
        return fails(#name, path) ? -1 : real arguments;                                                               \
    }

WRAP(rename, to, (from, to), const char *from, const char *to)
WRAP(renameat, to, (a, from, b, to), int a, const char *from, int b, const char *to)
WRAP(link, to, (from, to), const char *from, const char *to)
WRAP(linkat, to, (a, from, b, to, flags), int a, const char *from, int b, const char *to, int flags)
WRAP(symlink, to, (from, to), const char *from, const char *to)
WRAP(unlink, path, (path), const char *path)
WRAP(unlinkat, path, (folder, path, flags), int folder, const char *path, int flags)
WRAP(mkdir, path, (path, mode), const char *path, mode_t mode)
WRAP(mkdirat, path, (folder, path, mode), int folder, const char *path, mode_t mode)
WRAP(rmdir, path, (path), const char *path)
WRAP(chmod, path, (path, mode), const char *path, mode_t mode)
WRAP(fchmod, 0, (file, mode), int file, mode_t mode)
WRAP(truncate, path, (path, length), const char *path, off_t length)
WRAP(truncate64, path, (path, length), const char *path, off64_t length)
WRAP(ftruncate, 0, (file, length), int file, off_t length)
WRAP(ftruncate64, 0, (file, length), int file, off64_t length)
WRAP(fsync, 0, (file), int file)
WRAP(fdatasync, 0, (file), int file)
WRAP(flock, 0, (file, operation), int file, int operation)

int renameat2(int a, const char *from, int b, const char *to, unsigned flags) {
    REAL(int, renameat2, int, const char *, int, const char *, unsigned);
    if (fails("renameat2", to)) return -1;
    if (flags & RENAME_EXCHANGE && getenv("FAULT_NO_EXCHANGE")) {
        errno = EINVAL;
        return -1;
    }
    return real(a, from, b, to, flags);
}

#define OPEN(name)                                                                                                     \
    int name(const char *path, int flags, ...) {                                                                       \
        REAL(int, name, const char *, int, ...);                                                                       \
        va_list rest;                                                                                                  \
        va_start(rest, flags);                                                                                         \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;                                        \
        va_end(rest);                                                                                                  \
        return flags & (O_CREAT | O_TRUNC) && fails(#name, path) ? -1 : real(path, flags, mode);                       \
    }
#define OPEN_AT(name)                                                                                                  \
    int name(int folder, const char *path, int flags, ...) {                                                           \
        REAL(int, name, int, const char *, int, ...);                                                                  \
        va_list rest;                                                                                                  \
        va_start(rest, flags);                                                                                         \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;                                        \
        va_end(rest);                                                                                                  \
        return flags & (O_CREAT | O_TRUNC) && fails(#name, path) ? -1 : real(folder, path, flags, mode);               \
    }
OPEN(open)
OPEN(open64)
OPEN_AT(openat)
OPEN_AT(openat64)

static int is_regular(int file) {
    struct stat found;
    return file > 2 && fstat(file, &found) == 0 && S_ISREG(found.st_mode);
}

ssize_t write(int file, const void *bytes, size_t length) {
    REAL(ssize_t, write, int, const void *, size_t);
    if (!is_regular(file)) return real(file, bytes, length);
    enum action what = next("write", 0);
    if (what == KILL || what == NO_SPACE) {
        ssize_t half = length > 1 ? real(file, bytes, length / 2) : 0;
        if (what == KILL) die();
        if (half > 0 && half < (ssize_t)length) {
            /* The rest finds no space. */
            action = NO_SPACE;
            at = atomic_load(&count) + 1;
            return half;
        }
    }
    if (what != NONE) {
        errno = what == IO ? EIO : ENOSPC;
        return -1;
    }
    return real(file, bytes, length);
}

ssize_t writev(int file, const struct iovec *parts, int number) {
    REAL(ssize_t, writev, int, const struct iovec *, int);
    return is_regular(file) && fails("writev", 0) ? -1 : real(file, parts, number);
}

ssize_t pwrite64(int file, const void *bytes, size_t length, off64_t place) {
    REAL(ssize_t, pwrite64, int, const void *, size_t, off64_t);
    return is_regular(file) && fails("pwrite", 0) ? -1 : real(file, bytes, length, place);
}

ssize_t copy_file_range(int from, off64_t *a, int to, off64_t *b, size_t length, unsigned flags) {
    REAL(ssize_t, copy_file_range, int, off64_t *, int, off64_t *, size_t, unsigned);
    return fails("copy_file_range", 0) ? -1 : real(from, a, to, b, length, flags);
}
