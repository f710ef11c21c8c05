// Makes one system call of a program fail. Loaded before the C library (LD_PRELOAD), it counts the calls that concern a directory
// and what is below it, and lets one of them fail.
//
// FAULT_DIR is the absolute path of the directory, FAULT_AT the number of the call, FAULT_ERRNO the error, and FAULT_ONCE a file
// that is made when the call fails, and without which none fails: of a program and its processes, only one call does.
// Errors that concern names are counted for calls that take one.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#define FILES_MAX 4096
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

enum kind { BY_NAME, BY_FILE };

static atomic_bool is_inside[FILES_MAX];
static atomic_long calls;

static int inside(int file) { return file >= 0 && file < FILES_MAX && is_inside[file]; }

static int concerns(int directory, const char *path) {
    const char *root = getenv("FAULT_DIR");
    if (path == NULL) return 0;
    if (path[0] != '/') return inside(directory);
    return root != NULL && strncmp(path, root, strlen(root)) == 0;
}

static int opened(int file, int is_concerned) {
    if (file >= 0 && file < FILES_MAX) is_inside[file] = is_concerned;
    return file;
}

// Returns whether a call that concerns the directory is the one that fails.
static int fails(enum kind kind) {
    const char *at = getenv("FAULT_AT"), *error = getenv("FAULT_ERRNO"), *once = getenv("FAULT_ONCE");
    if (at == NULL || error == NULL || once == NULL) return 0;
    int number = atoi(error);
    if (kind == BY_FILE && (number == ENOENT || number == EACCES)) return 0;
    if (atomic_fetch_add(&calls, 1) + 1 != atol(at)) return 0;
    int file = REAL(open)(once, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) return 0;
    REAL(close)(file);
    errno = number;
    return 1;
}

#define OPEN(name, ...)                                                                            \
    mode_t mode = 0;                                                                               \
    if (flags & (O_CREAT | O_TMPFILE)) {                                                           \
        va_list arguments;                                                                         \
        va_start(arguments, flags);                                                                \
        mode = va_arg(arguments, mode_t);                                                          \
        va_end(arguments);                                                                         \
    }                                                                                              \
    int is_concerned = concerns(directory, path);                                                  \
    if (is_concerned && fails(BY_NAME)) return -1;                                                 \
    return opened(REAL(name)(__VA_ARGS__, path, flags, mode), is_concerned)

int openat(int directory, const char *path, int flags, ...) { OPEN(openat, directory); }
int openat64(int directory, const char *path, int flags, ...) { OPEN(openat64, directory); }

#undef OPEN
#define OPEN(name)                                                                                 \
    mode_t mode = 0;                                                                               \
    if (flags & (O_CREAT | O_TMPFILE)) {                                                           \
        va_list arguments;                                                                         \
        va_start(arguments, flags);                                                                \
        mode = va_arg(arguments, mode_t);                                                          \
        va_end(arguments);                                                                         \
    }                                                                                              \
    int is_concerned = concerns(-1, path);                                                         \
    if (is_concerned && fails(BY_NAME)) return -1;                                                 \
    return opened(REAL(name)(path, flags, mode), is_concerned)

int open(const char *path, int flags, ...) { OPEN(open); }
int open64(const char *path, int flags, ...) { OPEN(open64); }

int mkdirat(int directory, const char *path, mode_t mode) {
    if (concerns(directory, path) && fails(BY_NAME)) return -1;
    return REAL(mkdirat)(directory, path, mode);
}

int mkdir(const char *path, mode_t mode) {
    if (concerns(-1, path) && fails(BY_NAME)) return -1;
    return REAL(mkdir)(path, mode);
}

int unlinkat(int directory, const char *path, int flags) {
    if (concerns(directory, path) && fails(BY_NAME)) return -1;
    return REAL(unlinkat)(directory, path, flags);
}

int renameat(int from, const char *old, int to, const char *new) {
    if (concerns(from, old) && fails(BY_NAME)) return -1;
    return REAL(renameat)(from, old, to, new);
}

int fstatat(int directory, const char *path, struct stat *status, int flags) {
    if (concerns(directory, path) && fails(BY_NAME)) return -1;
    return REAL(fstatat)(directory, path, status, flags);
}

int fstatat64(int directory, const char *path, struct stat64 *status, int flags) {
    if (concerns(directory, path) && fails(BY_NAME)) return -1;
    return REAL(fstatat64)(directory, path, status, flags);
}

ssize_t read(int file, void *bytes, size_t count) {
    if (inside(file) && fails(BY_FILE)) return -1;
    return REAL(read)(file, bytes, count);
}

ssize_t write(int file, const void *bytes, size_t count) {
    if (inside(file) && fails(BY_FILE)) return -1;
    return REAL(write)(file, bytes, count);
}

int fsync(int file) {
    if (inside(file) && fails(BY_FILE)) return -1;
    return REAL(fsync)(file);
}

int syncfs(int file) {
    if (inside(file) && fails(BY_FILE)) return -1;
    return REAL(syncfs)(file);
}

// A file is closed whatever this says.
int close(int file) {
    int is_failing = inside(file) && fails(BY_FILE);
    int error = errno;
    opened(file, 0);
    int closed = REAL(close)(file);
    if (!is_failing) return closed;
    errno = error;
    return -1;
}

#define FCNTL(name)                                                                                \
    va_list arguments;                                                                             \
    va_start(arguments, command);                                                                  \
    void *argument = va_arg(arguments, void *);                                                    \
    va_end(arguments);                                                                             \
    if (inside(file) && command != F_DUPFD_CLOEXEC && fails(BY_FILE)) return -1;                   \
    return REAL(name)(file, command, argument)

int fcntl(int file, int command, ...) { FCNTL(fcntl); }
int fcntl64(int file, int command, ...) { FCNTL(fcntl64); }
