#define _GNU_SOURCE
#include "CSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#if defined(__linux__)
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#endif

int csystem_pipe(int *read_end, int *write_end) {
  int ends[2];
#if defined(__linux__)
  if (pipe2(ends, O_CLOEXEC) != 0) return errno;
#else
  if (pipe(ends) != 0) return errno;
  fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  fcntl(ends[1], F_SETFD, FD_CLOEXEC);
#endif
  *read_end = ends[0];
  *write_end = ends[1];
  return 0;
}

int csystem_set_nonblocking(int descriptor) {
  int flags = fcntl(descriptor, F_GETFL);
  if (flags < 0 || fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) < 0) return errno;
  return 0;
}

int csystem_make_wakeup(int *read_end, int *write_end) {
#if defined(__linux__)
  int descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (descriptor < 0) return errno;
  *read_end = *write_end = descriptor;
  return 0;
#else
  int error = csystem_pipe(read_end, write_end);
  if (error != 0) return error;
  csystem_set_nonblocking(*read_end);
  csystem_set_nonblocking(*write_end);
  return 0;
#endif
}

void csystem_wake(int write_end) {
  uint64_t one = 1;
  while (write(write_end, &one, sizeof one) < 0 && errno == EINTR) {}
}

void csystem_clear_wakeup(int read_end) {
  char buffer[512];
  ssize_t count;
  do count = read(read_end, buffer, sizeof buffer);
  while (count == (ssize_t)sizeof buffer || (count < 0 && errno == EINTR));
}

int32_t *csystem_make_table(int count) {
  void *table = mmap(
      NULL, (size_t)count * sizeof(int32_t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return table == MAP_FAILED ? NULL : table;
}

int32_t csystem_table_load(const int32_t *entry) { return __atomic_load_n(entry, __ATOMIC_SEQ_CST); }

void csystem_table_store(int32_t *entry, int32_t value) { __atomic_store_n(entry, value, __ATOMIC_SEQ_CST); }

bool csystem_become_subreaper(void) {
#if defined(__linux__)
  return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0;
#else
  return false;
#endif
}

void csystem_set_process_name(const char *name) {
#if defined(__linux__)
  prctl(PR_SET_NAME, name, 0, 0, 0);
#else
  (void)name;
#endif
}

void csystem_condition_init(void *condition) {
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
#if defined(__linux__)
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
#endif
  pthread_cond_init(condition, &attributes);
  pthread_condattr_destroy(&attributes);
}

void csystem_condition_wait(void *condition, void *mutex, int64_t nanoseconds) {
  const int64_t second = 1000000000, day = 86400 * second;
  if (nanoseconds > day) nanoseconds = day;
  struct timespec time = {.tv_sec = nanoseconds / second, .tv_nsec = nanoseconds % second};
#if defined(__linux__)
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  time.tv_sec += now.tv_sec;
  time.tv_nsec += now.tv_nsec;
  if (time.tv_nsec >= second) {
    time.tv_sec += 1;
    time.tv_nsec -= second;
  }
  pthread_cond_timedwait(condition, mutex, &time);
#else
  pthread_cond_timedwait_relative_np(condition, mutex, &time);
#endif
}

int32_t csystem_allowed_processors(void) {
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0) return CPU_COUNT(&set);
#endif
  long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 ? (int32_t)online : 1;
}

static int64_t microseconds(struct timeval time) { return (int64_t)time.tv_sec * 1000000 + time.tv_usec; }

void csystem_thread_usage(int64_t *user, int64_t *system) {
  struct rusage usage = {0};
#if defined(__linux__)
  getrusage(RUSAGE_THREAD, &usage);
#else
  getrusage(RUSAGE_SELF, &usage);
#endif
  *user = microseconds(usage.ru_utime);
  *system = microseconds(usage.ru_stime);
}

void csystem_keep_ended_children(void) {
  struct sigaction action;
  if (sigaction(SIGCHLD, NULL, &action) != 0) return;
  if (action.sa_handler != SIG_IGN && (action.sa_flags & SA_NOCLDWAIT) == 0) return;
  if (action.sa_handler == SIG_IGN) action.sa_handler = SIG_DFL;
  action.sa_flags &= ~SA_NOCLDWAIT;
  sigaction(SIGCHLD, &action, NULL);
}

struct csystem_end csystem_reap(pid_t pid) {
  int status = 0;
  struct rusage usage = {0};
#if defined(__linux__)
  const int options = __WALL; // the guardian, too
#else
  const int options = 0;
#endif
  while (wait4(pid, &status, options, &usage) < 0) {
    if (errno != EINTR) return (struct csystem_end){.exit_status = -1};
  }
#if defined(__linux__)
  const int64_t unit = 1024; // ru_maxrss counts kilobytes here and bytes on macOS
#else
  const int64_t unit = 1;
#endif
  return (struct csystem_end){
      .exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
      .signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0,
      .dumped_core = WIFSIGNALED(status) && WCOREDUMP(status),
      .user_microseconds = microseconds(usage.ru_utime),
      .system_microseconds = microseconds(usage.ru_stime),
      .max_rss_bytes = usage.ru_maxrss * unit,
  };
}

bool csystem_has_ended(pid_t pid) {
  siginfo_t information = {0};
  return waitid(P_PID, (id_t)pid, &information, WEXITED | WNOHANG | WNOWAIT) == 0 && information.si_pid == pid;
}

bool csystem_has_children(void) {
  siginfo_t information;
  return waitid(P_ALL, 0, &information, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

int64_t csystem_wall_clock(void) {
  struct timeval now;
  gettimeofday(&now, NULL);
  return (int64_t)now.tv_sec * 1000 + now.tv_usec / 1000;
}

int csystem_unnamed_file(const char *folder) {
#if defined(__linux__) && defined(O_TMPFILE)
  // Without this folder the file could not be named.
  if (access("/proc/self/fd", X_OK) != 0) return -1;
  return open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
#else
  (void)folder;
  return -1;
#endif
}

int csystem_name_file(int descriptor, const char *path) {
#if defined(__linux__)
  char self[40];
  snprintf(self, sizeof self, "/proc/self/fd/%d", descriptor);
  return linkat(AT_FDCWD, self, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0 ? 0 : errno;
#else
  (void)descriptor;
  (void)path;
  return ENOTSUP;
#endif
}
