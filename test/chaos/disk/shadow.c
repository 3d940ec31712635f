/*
 * Preloaded into a process, this keeps beside each file of its ledger what a power cut would leave of it.
 *
 *   LEDGER_FOLDER  the real path of the folder whose files are kept
 *   SHADOW_FOLDER  where each is kept as it was when its last sync began; without it, nothing is kept
 *   SYNC_DELAY_MS  how much longer each sync of these files takes
 *   SYNC_COUNT     a file that grows by one byte at each of these syncs
 *
 * What a sync promises is what had been written when it was called, so the copy is taken then; it replaces the one
 * before it only when the sync has succeeded, by a rename, so that a killed process leaves the old one or the new one.
 *
 * A truncation counts from the next sync on. A name counts at once: a synced file is there although its folder never
 * was synced, and a removed or renamed one is removed or renamed. A file that got its name by a rename, but never was
 * synced, is empty. What is written through a memory map is not seen (SQLite maps its -shm file only, and makes that
 * anew after a crash).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char *ledger, *shadow;
static long delay_ms;
static int counter = -1;
static int (*real_fsync)(int), (*real_fdatasync)(int);
static int (*real_unlink)(const char *), (*real_rename)(const char *, const char *);
static pthread_mutex_t keeping = PTHREAD_MUTEX_INITIALIZER;

/* A shadow that is not kept would look like a loss. */
static void fail(const char *what) {
  perror(what);
  abort();
}

__attribute__((constructor)) static void begin(void) {
  const char *delay = getenv("SYNC_DELAY_MS"), *count = getenv("SYNC_COUNT");
  ledger = getenv("LEDGER_FOLDER");
  shadow = getenv("SHADOW_FOLDER");
  delay_ms = delay ? atol(delay) : 0;
  if (count && (counter = open(count, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600)) < 0) fail(count);
  real_fsync = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  real_fdatasync = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  real_unlink = (int (*)(const char *))dlsym(RTLD_NEXT, "unlink");
  real_rename = (int (*)(const char *, const char *))dlsym(RTLD_NEXT, "rename");
}

/* The path below the ledger's folder, with its slash, or NULL. */
static const char *below(const char *path) {
  size_t length = ledger ? strlen(ledger) : 0;
  return length && !strncmp(path, ledger, length) && path[length] == '/' ? path + length : NULL;
}

static int is_file(int fd, char path[PATH_MAX]) {
  struct stat about;
  char link[64];
  if (fstat(fd, &about) || !S_ISREG(about.st_mode) || about.st_nlink == 0) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, PATH_MAX - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return 1;
}

static void shadow_path(char kept[PATH_MAX], const char *name) {
  if (snprintf(kept, PATH_MAX, "%s%s", shadow, name) >= PATH_MAX) fail(name);
  for (char *slash = kept + strlen(shadow) + 1; (slash = strchr(slash, '/')); *slash++ = '/') {
    *slash = 0;
    if (mkdir(kept, 0700) && errno != EEXIST) fail(kept);
  }
}

static void copy(int fd, const char *path, const char *to) {
  char piece[65536];
  off_t offset = 0;
  ssize_t length;
  int from = fd, opened = -1, out = open(to, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  if (out < 0) fail(to);
  /* Through the descriptor itself where it can be read: closing a second one would drop SQLite's locks on the file. */
  if ((fcntl(fd, F_GETFL) & O_ACCMODE) == O_WRONLY && (from = opened = open(path, O_RDONLY | O_CLOEXEC)) < 0) fail(path);
  while ((length = pread(from, piece, sizeof piece, offset)) > 0) {
    if (write(out, piece, length) != length) fail(to);
    offset += length;
  }
  if (length < 0) fail(path);
  if (opened >= 0) close(opened);
  close(out);
}

static int synced(int fd, int (*sync)(int)) {
  char path[PATH_MAX], kept[PATH_MAX], fresh[PATH_MAX];
  const char *name = is_file(fd, path) ? below(path) : NULL;
  if (!name) return sync(fd);
  struct timespec delay = {delay_ms / 1000, delay_ms % 1000 * 1000000};
  if (delay_ms) nanosleep(&delay, NULL);
  if (counter >= 0 && write(counter, "+", 1) != 1) fail("SYNC_COUNT");
  if (!shadow) return sync(fd);

  /* Until the copy is in place, or an older one of another thread could replace it. */
  pthread_mutex_lock(&keeping);
  if (snprintf(fresh, sizeof fresh, "%s.fresh", shadow) >= PATH_MAX) fail(shadow);
  shadow_path(kept, name);
  copy(fd, path, fresh);
  int outcome = sync(fd), reason = errno;
  if (outcome == 0 && real_rename(fresh, kept)) fail(kept);
  pthread_mutex_unlock(&keeping);
  errno = reason;
  return outcome;
}

int fsync(int fd) { return synced(fd, real_fsync); }

int fdatasync(int fd) { return synced(fd, real_fdatasync); }

int unlink(const char *path) {
  char kept[PATH_MAX];
  const char *name = shadow ? below(path) : NULL;
  if (!name) return real_unlink(path);
  pthread_mutex_lock(&keeping);
  int outcome = real_unlink(path), reason = errno;
  shadow_path(kept, name);
  if (outcome == 0 && real_unlink(kept) && errno != ENOENT) fail(kept);
  pthread_mutex_unlock(&keeping);
  errno = reason;
  return outcome;
}

int rename(const char *from, const char *to) {
  char kept_from[PATH_MAX], kept_to[PATH_MAX];
  const char *name_from = shadow ? below(from) : NULL, *name_to = shadow ? below(to) : NULL;
  struct stat about;
  if (!name_from || !name_to) return real_rename(from, to);
  pthread_mutex_lock(&keeping);
  int outcome = real_rename(from, to), reason = errno;
  if (outcome == 0) {
    shadow_path(kept_from, name_from);
    shadow_path(kept_to, name_to);
    if (real_rename(kept_from, kept_to) && !stat(to, &about) && S_ISREG(about.st_mode)) {
      int empty = open(kept_to, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
      if (empty < 0) fail(kept_to);
      close(empty);
    }
  }
  pthread_mutex_unlock(&keeping);
  errno = reason;
  return outcome;
}
