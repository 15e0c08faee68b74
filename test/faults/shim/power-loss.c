/*
 * What a power cut would leave of a folder, by POSIX: of each file its bytes as of its last fsync or fdatasync, of each
 * folder the names as of its last fsync. Preloaded (LD_PRELOAD) into the program that writes there; of every such call a
 * copy is kept in SHADOW_IN before it returns, and nothing is asked of the real disk.
 *
 *   SHADOW_OF       the folder, absolute and without links
 *   SHADOW_IN       where copies go: `ID` holds the bytes of a file, `ID.names` a line `f ID NAME` or `d ID NAME` for each
 *                   name in a folder. ID is the inode and the time of its birth, as an inode's number is used again.
 *                   `end-at`, while there is one, holds how the path of a file ends: the program is killed when it would
 *                   sync that, which is written by then and not durable.
 *   SHADOW_IGNORES  `files` or `folders`: a disk that says so and does nothing
 *   SHADOW_SYNC_MS  how long a call takes, as that of a disk does: what is killed meanwhile has written and is not yet durable
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE (1 << 20)
#define ID_BYTES 64

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

static void end_at(const char *path) {
  char place[PATH_MAX], end[NAME_MAX + 1];
  snprintf(place, sizeof place, "%s/end-at", getenv("SHADOW_IN"));
  FILE *file = fopen(place, "r");
  if (file == NULL) return;
  size_t length = fread(end, 1, sizeof end, file), whole = strlen(path);
  fclose(file);
  if (length > 0 && whole >= length && memcmp(path + whole - length, end, length) == 0) kill(getpid(), SIGKILL);
}

static int is_ours(int fd) {
  const char *root = getenv("SHADOW_OF");
  char link[64], path[PATH_MAX];
  if (root == NULL) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  size_t own = strlen(root);
  if (strncmp(path, root, own) != 0 || (path[own] != 0 && path[own] != '/')) return 0;
  end_at(path);
  return 1;
}

static int is_ignored(const char *kind) {
  const char *ignored = getenv("SHADOW_IGNORES");
  return ignored != NULL && strcmp(ignored, kind) == 0;
}

static int identity(int fd, const char *name, int flags, char id[ID_BYTES], int *is_folder) {
  struct statx found;
  if (statx(fd, name, flags | AT_SYMLINK_NOFOLLOW, STATX_TYPE | STATX_INO | STATX_BTIME, &found) != 0) return -1;
  long long born = found.stx_btime.tv_sec * 1000000000LL + found.stx_btime.tv_nsec;
  snprintf(id, ID_BYTES, "%llu-%lld", (unsigned long long)found.stx_ino, born);
  *is_folder = S_ISDIR(found.stx_mode);
  return 0;
}

static FILE *new_copy(char path[PATH_MAX]) {
  snprintf(path, PATH_MAX, "%s/new-%d", getenv("SHADOW_IN"), getpid());
  return fopen(path, "w");
}

/* A copy counts when it has its name: a kill in the middle leaves the one before. */
static int publish(FILE *copy, const char *path, const char *id, const char *suffix) {
  char lasting[PATH_MAX];
  if (fclose(copy) != 0) return -1;
  snprintf(lasting, sizeof lasting, "%s/%s%s", getenv("SHADOW_IN"), id, suffix);
  return rename(path, lasting);
}

/* By this very descriptor: to close another one of the same file would drop SQLite's locks (fcntl(2), F_SETLK). */
static int keep_bytes(int fd, const char *id) {
  char path[PATH_MAX];
  char *piece = malloc(PIECE);
  FILE *copy = new_copy(path);
  if (piece == NULL || copy == NULL) return -1;
  ssize_t got;
  for (off_t at = 0; (got = pread(fd, piece, PIECE, at)) > 0; at += got) fwrite(piece, 1, (size_t)got, copy);
  free(piece);
  return got < 0 ? -1 : publish(copy, path, id, "");
}

static int keep_names(int fd, const char *id) {
  char path[PATH_MAX], inner[ID_BYTES];
  int is_folder;
  DIR *folder = fdopendir(openat(fd, ".", O_RDONLY | O_DIRECTORY));
  FILE *copy = new_copy(path);
  if (folder == NULL || copy == NULL) return -1;
  for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    if (identity(fd, entry->d_name, 0, inner, &is_folder) != 0) continue;
    fprintf(copy, "%c %s %s\n", is_folder ? 'd' : 'f', inner, entry->d_name);
  }
  closedir(folder);
  return publish(copy, path, id, ".names");
}

static int keep(int fd) {
  char id[ID_BYTES];
  int is_folder;
  if (identity(fd, "", AT_EMPTY_PATH, id, &is_folder) != 0) return -1;
  if (is_ignored(is_folder ? "folders" : "files")) return 0;
  const char *lasts = getenv("SHADOW_SYNC_MS");
  if (lasts != NULL) usleep(1000 * (useconds_t)atoi(lasts));
  pthread_mutex_lock(&turn);
  int result = is_folder ? keep_names(fd, id) : keep_bytes(fd, id);
  pthread_mutex_unlock(&turn);
  if (result != 0) {
    perror("power-loss shim");
    abort();
  }
  return 0;
}

int fsync(int fd) {
  static int (*real)(int);
  if (is_ours(fd)) return keep(fd);
  if (real == NULL) real = dlsym(RTLD_NEXT, "fsync");
  return real(fd);
}

int fdatasync(int fd) {
  static int (*real)(int);
  if (is_ours(fd)) return keep(fd);
  if (real == NULL) real = dlsym(RTLD_NEXT, "fdatasync");
  return real(fd);
}
