// The guardian: a second process that sleeps as long as the runner lives, and ends what a killed runner left.
//
// It is forked and not executed: a fresh copy of the program costs 2 ms of processor time at every start of
// taskrun, a fork 0.1. After the fork nothing is called but system calls and what is safe in a signal handler, no
// allocation above all: the fork may have happened while another thread held any lock there is.
#define _GNU_SOURCE
#include "CSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/syscall.h>
#endif

enum { mark_capacity = 256 };

#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif

// How long groups that were asked to end have before they are killed, and how long the rest is looked for.
enum { grace_steps = 50, sweep_steps = 50, step_milliseconds = 20 };

static void pause_for_a_step(void) {
  struct timespec time = {.tv_nsec = step_milliseconds * 1000000L};
  nanosleep(&time, NULL);
}

#if defined(__linux__)

struct directory_entry { // the kernel's linux_dirent64
  uint64_t inode;
  int64_t offset;
  unsigned short length;
  unsigned char type;
  char name[];
};

// Whether one of the NUL-terminated entries of a file is exactly the mark.
static bool has_mark(int descriptor, const char *mark) {
  const size_t length = strlen(mark);
  char chunk[4096];
  size_t matched = 0;
  bool is_matching = true;
  for (;;) {
    ssize_t count = read(descriptor, chunk, sizeof chunk);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return is_matching && matched == length;
    for (ssize_t index = 0; index < count; index++) {
      if (chunk[index] == 0) {
        if (is_matching && matched == length) return true;
        matched = 0;
        is_matching = true;
      } else if (is_matching) {
        is_matching = matched < length && chunk[index] == mark[matched];
        matched++;
      }
    }
  }
}

static int number(const char *text) {
  int value = 0;
  for (; *text != 0; text++) {
    if (*text < '0' || *text > '9') return 0;
    value = value * 10 + (*text - '0');
  }
  return value;
}

// Kills every process whose environment holds the mark. Returns how many there were.
static int kill_marked(const char *mark) {
  int directory = csystem_proc_is_ours() ? open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
  if (directory < 0) return 0;
  int found = 0;
  const pid_t self = getpid();
  _Alignas(struct directory_entry) char entries[8192];
  long count;
  while ((count = syscall(SYS_getdents64, directory, entries, sizeof entries)) > 0) {
    for (long offset = 0; offset < count;) {
      const struct directory_entry *entry = (const struct directory_entry *)(entries + offset);
      offset += entry->length;
      const int pid = number(entry->name);
      char path[NAME_MAX + sizeof "/environ"];
      const size_t name_length = strlen(entry->name);
      if (pid <= 0 || pid == self) continue;
      memcpy(path, entry->name, name_length);
      memcpy(path + name_length, "/environ", sizeof "/environ");
      int descriptor = openat(directory, path, O_RDONLY | O_CLOEXEC);
      if (descriptor < 0) continue;
      if (has_mark(descriptor, mark) && kill(pid, SIGKILL) == 0) found++;
      close(descriptor);
    }
  }
  close(directory);
  return found;
}

// The guardian has no use for the runner's heap and variables. What it does not inherit, the runner need not copy when it
// writes there next, which at a start is most of what a fork costs. (A sanitizer keeps its own state there.)
static void set_inheritance(int advice) {
#if !defined(SANITIZED)
  extern char __bss_start[], _end[];
  const uintptr_t page = (uintptr_t)getpagesize() - 1;
  const uintptr_t start = ((uintptr_t)__bss_start + page) & ~page, end = ((uintptr_t)_end + page) & ~page;
  const uintptr_t heap_end = ((uintptr_t)sbrk(0) + page) & ~page;
  // Between the two there may be a gap, which is an error that changes nothing.
  madvise((void *)start, (heap_end > end ? heap_end : end) - start, advice);
#else
  (void)advice;
#endif
}

// As fork, but its end sends no signal, and only who waits for such children hears of it: so csystem_has_children
// tells whether there are any but this one.
static pid_t make_process(void) {
  set_inheritance(MADV_DONTFORK);
  const pid_t pid = (pid_t)syscall(SYS_clone, 0L, NULL, NULL, NULL, NULL);
  if (pid != 0) set_inheritance(MADV_DOFORK);
  return pid;
}

static void close_from(int first) {
  if (syscall(SYS_close_range, (unsigned)first, ~0u, 0u) == 0) return;
  for (int descriptor = first; descriptor < 4096; descriptor++) close(descriptor);
}

#else // macOS: the environment of others cannot be read without allocation, so groups alone are ended

static int kill_marked(const char *mark) {
  (void)mark;
  return 0;
}

static pid_t make_process(void) { return fork(); }

static void close_from(int first) {
  for (int descriptor = first; descriptor < 4096; descriptor++) close(descriptor);
}

#endif

static void signal_groups(const int32_t *table, int count, int number) {
  for (int index = 0; index < count; index++) {
    const int32_t group = csystem_table_load(table + index);
    if (group > 0) kill(-group, number);
  }
}

static bool has_living_group(const int32_t *table, int count) {
  for (int index = 0; index < count; index++) {
    const int32_t group = csystem_table_load(table + index);
    if (group > 0 && kill(-group, 0) == 0) return true;
  }
  return false;
}

static void guard(int lifeline, const int32_t *table, int count, const char *mark) __attribute__((noreturn));
static void guard(int lifeline, const int32_t *table, int count, const char *mark) {
  // A session of its own: no terminal's signal is for it. The signals of kill(1) are not either, but SIGKILL.
  setsid();
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, NULL);
  csystem_set_process_name("run-guardian");
  // It must hold no end of any pipe but its own, standard output and error among them: whoever reads those would
  // wait for it.
  int null = open("/dev/null", O_RDWR);
  if (lifeline != 3) dup2(lifeline, 3);
  for (int descriptor = 0; descriptor < 3; descriptor++) dup2(null, descriptor);
  close_from(4);

  char byte;
  ssize_t received;
  do received = read(3, &byte, 1);
  while (received < 0 && errno == EINTR);

  signal_groups(table, count, SIGTERM);
  signal_groups(table, count, SIGCONT);
  for (int step = 0; step < grace_steps && has_living_group(table, count); step++) pause_for_a_step();
  signal_groups(table, count, SIGKILL);
  // Those that left their group. One that forks while it is being looked for is found next time.
  for (int step = 0; step < sweep_steps && kill_marked(mark) > 0; step++) pause_for_a_step();
  _exit(0);
}

int32_t csystem_start_guardian(const int32_t *table, int count, const char *mark, int *lifeline) {
  char own_mark[mark_capacity]; // on the stack, which the guardian inherits
  if (strlen(mark) >= sizeof own_mark) {
    errno = ENAMETOOLONG;
    return -1;
  }
  strcpy(own_mark, mark);
  int read_end, write_end;
  const int error = csystem_pipe(&read_end, &write_end);
  if (error != 0) {
    errno = error;
    return -1;
  }
  const pid_t pid = make_process();
  if (pid == 0) guard(read_end, table, count, own_mark);
  const int fork_error = errno;
  close(read_end);
  if (pid < 0) {
    close(write_end);
    errno = fork_error;
    return -1;
  }
  *lifeline = write_end;
  return (int32_t)pid;
}
