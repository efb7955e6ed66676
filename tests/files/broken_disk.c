/* Preloaded into the program: a file system that cannot exchange two names (NO_EXCHANGE), and a process that is killed
   before the call with the number KILL_AT of those that change names or make them durable. COUNT_CALLS names a file that
   gets the number of calls. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_int calls;

static void one_more(void) {
  const char *kill_at = getenv("KILL_AT");
  if (atomic_fetch_add(&calls, 1) + 1 == (kill_at ? atoi(kill_at) : 0)) raise(SIGKILL);
}

__attribute__((destructor)) static void tell(void) {
  const char *path = getenv("COUNT_CALLS");
  FILE *file = path ? fopen(path, "w") : NULL;
  if (file) fprintf(file, "%d\n", atomic_load(&calls)), fclose(file);
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags) {
  one_more();
  if ((flags & RENAME_EXCHANGE) && getenv("NO_EXCHANGE")) return errno = EINVAL, -1;
  return (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, flags);
}

int rename(const char *from, const char *to) { return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0); }

int fsync(int file) {
  one_more();
  return (int)syscall(SYS_fsync, file);
}

int unlinkat(int folder, const char *name, int flags) {
  one_more();
  return (int)syscall(SYS_unlinkat, folder, name, flags);
}

int unlink(const char *name) { return unlinkat(AT_FDCWD, name, 0); }
int rmdir(const char *name) { return unlinkat(AT_FDCWD, name, AT_REMOVEDIR); }
