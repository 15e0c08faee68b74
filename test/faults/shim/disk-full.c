/*
 * A disk that fails at its k-th change and at as many after it as it is told, or until it is told to be well again. Preloaded
 * (LD_PRELOAD) into the program that writes.
 *
 *   FAILING_BELOW   the folder, absolute and without links
 *   FAILING_STATE   a file of six 64-bit numbers that the test writes while the program runs: after how many changes the disk
 *                   fails (all ones: never), how many there were, how many have failed, the errno with which, how many fail
 *                   (all ones: all), and how many of those that have failed were below `incoming/`
 *
 * The first write that fails is written by half, as on a disk that fills. Names can be taken away from a full disk (ENOSPC), not from
 * one that is read-only (EROFS).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

struct state {
  uint64_t after, changes, failed, code, count, receiving;
};
static struct state *state;
static const char *root;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void begin(void) {
  const char *file = getenv("FAILING_STATE");
  root = getenv("FAILING_BELOW");
  if (file == NULL || root == NULL) return;
  int fd = REAL(open)(file, O_RDWR);
  void *map = mmap(NULL, sizeof *state, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (fd < 0 || map == MAP_FAILED) {
    perror("disk-full shim");
    abort();
  }
  state = map;
}

static int is_below(const char *path) {
  size_t own = root == NULL ? 0 : strlen(root);
  return own > 0 && strncmp(path, root, own) == 0 && (path[own] == 0 || path[own] == '/');
}

static int is_ours(int fd, char path[PATH_MAX]) {
  char link[64];
  if (state == NULL) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, PATH_MAX - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return is_below(path);
}

/* 0: this change succeeds; 1: it is the first that does not; 2: a later one. */
static int fails(const char *path) {
  uint64_t before = __atomic_fetch_add(&state->changes, 1, __ATOMIC_SEQ_CST);
  uint64_t after = __atomic_load_n(&state->after, __ATOMIC_SEQ_CST);
  if (before < after || before - after >= __atomic_load_n(&state->count, __ATOMIC_SEQ_CST)) return 0;
  __atomic_fetch_add(&state->failed, 1, __ATOMIC_SEQ_CST);
  if (strstr(path, "/incoming/") != NULL) __atomic_fetch_add(&state->receiving, 1, __ATOMIC_SEQ_CST);
  errno = (int)state->code;
  return before == after && state->code == ENOSPC ? 1 : 2;
}

static int fd_fails(int fd) {
  char path[PATH_MAX];
  return is_ours(fd, path) ? fails(path) : 0;
}
static int path_fails(const char *path) { return state != NULL && is_below(path) ? fails(path) : 0; }
static int removal_fails(const char *path) {
  return state != NULL && state->code == EROFS ? path_fails(path) : 0;
}

#define HALF(count) ((count) > 1 ? (count) / 2 : (count))

ssize_t write(int fd, const void *bytes, size_t count) {
  int failing = fd_fails(fd);
  if (failing == 2 || (failing == 1 && count < 2)) return -1;
  return REAL(write)(fd, bytes, failing == 1 ? HALF(count) : count);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
  int failing = fd_fails(fd);
  if (failing == 2 || (failing == 1 && count < 2)) return -1;
  return REAL(pwrite)(fd, bytes, failing == 1 ? HALF(count) : count, at);
}
ssize_t pwrite64(int fd, const void *bytes, size_t count, off_t at) { return pwrite(fd, bytes, count, at); }

/* The first of the pieces by half, and none of the others. */
ssize_t writev(int fd, const struct iovec *pieces, int count) {
  int failing = fd_fails(fd);
  if (failing == 2 || (failing == 1 && (count < 1 || pieces[0].iov_len < 2))) return -1;
  if (failing == 1) return REAL(write)(fd, pieces[0].iov_base, pieces[0].iov_len / 2);
  return REAL(writev)(fd, pieces, count);
}

ssize_t pwritev(int fd, const struct iovec *pieces, int count, off_t at) {
  int failing = fd_fails(fd);
  if (failing == 2 || (failing == 1 && (count < 1 || pieces[0].iov_len < 2))) return -1;
  if (failing == 1) return REAL(pwrite)(fd, pieces[0].iov_base, pieces[0].iov_len / 2, at);
  return REAL(pwritev)(fd, pieces, count, at);
}
ssize_t pwritev64(int fd, const struct iovec *pieces, int count, off_t at) { return pwritev(fd, pieces, count, at); }

int fsync(int fd) { return fd_fails(fd) ? -1 : REAL(fsync)(fd); }
int fdatasync(int fd) { return fd_fails(fd) ? -1 : REAL(fdatasync)(fd); }
int ftruncate(int fd, off_t length) { return fd_fails(fd) ? -1 : REAL(ftruncate)(fd, length); }
int ftruncate64(int fd, off_t length) { return ftruncate(fd, length); }
int fallocate(int fd, int mode, off_t at, off_t length) {
  return fd_fails(fd) ? -1 : REAL(fallocate)(fd, mode, at, length);
}
int fallocate64(int fd, int mode, off_t at, off_t length) { return fallocate(fd, mode, at, length); }

int rename(const char *from, const char *to) { return path_fails(to) ? -1 : REAL(rename)(from, to); }
int link(const char *from, const char *to) { return path_fails(to) ? -1 : REAL(link)(from, to); }
int mkdir(const char *path, mode_t mode) { return path_fails(path) ? -1 : REAL(mkdir)(path, mode); }
int unlink(const char *path) { return removal_fails(path) ? -1 : REAL(unlink)(path); }
int rmdir(const char *path) { return removal_fails(path) ? -1 : REAL(rmdir)(path); }

/* A name that is made; on a read-only disk every descriptor that may write. */
static int open_fails(const char *path, int flags) {
  struct stat found;
  if (state == NULL) return 0;
  if (state->code == EROFS && (flags & O_ACCMODE) != O_RDONLY) return path_fails(path);
  return (flags & O_CREAT) && stat(path, &found) != 0 ? path_fails(path) : 0;
}

#define MODE(flags, mode)             \
  mode_t mode = 0;                    \
  if (((flags) & O_CREAT) || ((flags) & O_TMPFILE) == O_TMPFILE) { \
    va_list more;                     \
    va_start(more, flags);            \
    mode = va_arg(more, mode_t);      \
    va_end(more);                     \
  }

int open(const char *path, int flags, ...) {
  MODE(flags, mode)
  return open_fails(path, flags) ? -1 : REAL(open)(path, flags, mode);
}
int open64(const char *path, int flags, ...) {
  MODE(flags, mode)
  return open_fails(path, flags) ? -1 : REAL(open64)(path, flags, mode);
}
int openat(int fd, const char *path, int flags, ...) {
  MODE(flags, mode)
  return open_fails(path, flags) ? -1 : REAL(openat)(fd, path, flags, mode);
}
int openat64(int fd, const char *path, int flags, ...) {
  MODE(flags, mode)
  return open_fails(path, flags) ? -1 : REAL(openat64)(fd, path, flags, mode);
}
