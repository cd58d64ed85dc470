#define _GNU_SOURCE
#include "CSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__linux__)

#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x00001000
#endif

// posix_spawn is not enough: it cannot restore a resource limit, cannot say which step failed, and cannot
// write the pid down before the program starts (what the guardian needs to miss no child). So this does what
// glibc's posix_spawn does, clone with CLONE_VM | CLONE_VFORK onto a stack of its own, and adds those three.
// See "sysdeps/unix/sysv/linux/spawni.c" in glibc for the reasoning about signals and the shared memory.

struct launch {
  const struct csystem_spawn_request *request;
  int step;
  int error;
};

// The thread sanitizer keeps its state in the memory of the process, and treats every clone as a fork: with a shared
// memory it would take the parent for the child. So with it the child gets a copy, and tells through a shared page
// what failed. The parent sleeps just the same.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define CHILD_HAS_COPY 1
#endif
#endif

#ifdef CHILD_HAS_COPY
enum { sharing = 0 };

static struct launch *make_launch(struct launch *own) {
  (void)own;
  void *page = mmap(NULL, sizeof *own, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return page == MAP_FAILED ? NULL : page;
}

static void discard(struct launch *launch) { munmap(launch, sizeof *launch); }
#else
enum { sharing = CLONE_VM };

static struct launch *make_launch(struct launch *own) { return own; }
static void discard(struct launch *launch) { (void)launch; }
#endif

static void fail(struct launch *launch, int step) __attribute__((noreturn));
static void fail(struct launch *launch, int step) {
  launch->step = step;
  launch->error = errno;
  _exit(127);
}

// What the kernel takes and gives for one signal: zeroes are SIG_DFL without flags. (glibc refuses to touch two signals
// that it uses itself, but its posix_spawn hands them on ignored.)
struct kernel_action {
  uint64_t words[8];
};

static long kernel_sigaction(int number, const struct kernel_action *new, struct kernel_action *old) {
  return syscall(SYS_rt_sigaction, number, new, old, sizeof(uint64_t));
}

uint64_t csystem_changed_signals(void) {
  uint64_t signals = 0;
  for (int number = 1; number <= 64; number++) {
    struct kernel_action action = {0};
    if (number == SIGKILL || number == SIGSTOP) continue;
    // The handler comes first, except on MIPS.
    if (number < 32 || kernel_sigaction(number, NULL, &action) != 0 || action.words[0] != 0) {
      signals |= UINT64_C(1) << (number - 1);
    }
  }
  return signals;
}

// The handlers are the runner's code: none may run in here, and those ignored must not stay so.
static void reset_signals(uint64_t signals) {
  const struct kernel_action standard = {0};
  for (; signals != 0; signals &= signals - 1) kernel_sigaction(__builtin_ctzll(signals) + 1, &standard, NULL);
}

static void close_others(void) {
  if (syscall(SYS_close_range, 3u, ~0u, 0u) == 0) return;
  struct rlimit limit;
  int end = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < 1 << 20 ? (int)limit.rlim_cur : 1 << 20;
  for (int descriptor = 3; descriptor < end; descriptor++) close(descriptor);
}

// As execvp, but a text file without "#!" is an error and not a shell script.
static void execute(struct launch *launch) __attribute__((noreturn));
static void execute(struct launch *launch) {
  const struct csystem_spawn_request *request = launch->request;
  int denied = 0;
  errno = ENOENT;
  for (const char *const *path = request->paths; *path != NULL; path++) {
    execve(*path, request->arguments, request->environment);
    if (errno == EACCES) denied = 1;
    else if (errno != ENOENT && errno != ENOTDIR) break;
  }
  if (denied && (errno == ENOENT || errno == ENOTDIR)) errno = EACCES;
  fail(launch, CSYSTEM_STEP_EXEC);
}

static int child_main(void *argument) {
  struct launch *launch = argument;
  const struct csystem_spawn_request *request = launch->request;
  setsid();
  if (request->record != NULL) csystem_table_store(request->record, (int32_t)getpid());
  reset_signals(request->signals);
  if (dup2(request->input, 0) < 0 || dup2(request->output, 1) < 0 || dup2(request->error, 2) < 0) {
    fail(launch, CSYSTEM_STEP_SETUP);
  }
  close_others();
  if (request->soft_descriptor_limit >= 0) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
      limit.rlim_cur = (rlim_t)request->soft_descriptor_limit;
      setrlimit(RLIMIT_NOFILE, &limit);
    }
  }
  if (request->directory != NULL && chdir(request->directory) != 0) fail(launch, CSYSTEM_STEP_CHDIR);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  execute(launch);
}

bool csystem_spawn(const struct csystem_spawn_request *request, struct csystem_child *child) {
  *child = (struct csystem_child){.pid = -1, .exit_descriptor = -1, .step = CSYSTEM_STEP_CREATE};
  struct launch own, *launch = make_launch(&own);
  if (launch == NULL) {
    child->error = errno;
    return false;
  }
  *launch = (struct launch){.request = request};
  _Alignas(16) char stack[32 * 1024]; // the parent sleeps until the child has left this memory
  int pidfd = -1;
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  pid_t pid = clone(
      child_main, stack + sizeof stack, sharing | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, launch, &pidfd);
  int error = errno;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  struct launch seen = *launch;
  discard(launch);

  if (pid < 0) {
    child->error = error;
    return false;
  }
  *child = (struct csystem_child){.pid = pid, .exit_descriptor = pidfd, .step = seen.step, .error = seen.error};
  if (seen.step == CSYSTEM_STEP_NONE) {
    // One that was killed before it could do this itself must be found there, too.
    if (request->record != NULL) csystem_table_store(request->record, (int32_t)pid);
    return true;
  }
  int status;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
  close(pidfd);
  if (request->record != NULL) csystem_table_store(request->record, 0);
  return false;
}

#else // macOS

#include <spawn.h>
#include <sys/event.h>
#include <sys/time.h>

// posix_spawn resets all at once.
uint64_t csystem_changed_signals(void) { return UINT64_MAX; }

static int exit_queue(pid_t pid) {
  int queue = kqueue();
  if (queue < 0) return -1;
  fcntl(queue, F_SETFD, FD_CLOEXEC);
  struct kevent change;
  EV_SET(&change, pid, EVFILT_PROC, EV_ADD, NOTE_EXIT, 0, NULL);
  if (kevent(queue, &change, 1, NULL, 0, NULL) < 0 && errno != ESRCH) {
    close(queue);
    return -1;
  }
  return queue;
}

bool csystem_spawn(const struct csystem_spawn_request *request, struct csystem_child *child) {
  *child = (struct csystem_child){.pid = -1, .exit_descriptor = -1, .step = CSYSTEM_STEP_CREATE};
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_t actions;
  if ((child->error = posix_spawnattr_init(&attributes)) != 0) return false;
  if ((child->error = posix_spawn_file_actions_init(&actions)) != 0) return false;
  sigset_t all, none;
  sigfillset(&all);
  sigemptyset(&none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(
      &attributes,
      POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_CLOEXEC_DEFAULT);
  posix_spawn_file_actions_adddup2(&actions, request->input, 0);
  posix_spawn_file_actions_adddup2(&actions, request->output, 1);
  posix_spawn_file_actions_adddup2(&actions, request->error, 2);
  if (request->directory != NULL) posix_spawn_file_actions_addchdir_np(&actions, request->directory);

  int error = ENOENT, denied = 0;
  pid_t pid = -1;
  for (const char *const *path = request->paths; *path != NULL; path++) {
    error = posix_spawn(&pid, *path, &actions, &attributes, request->arguments, request->environment);
    if (error == EACCES) denied = 1;
    if (error != EACCES && error != ENOENT && error != ENOTDIR) break;
  }
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) {
    if (denied && (error == ENOENT || error == ENOTDIR)) error = EACCES;
    bool has_folder = request->directory == NULL || access(request->directory, X_OK) == 0;
    child->step = !has_folder ? CSYSTEM_STEP_CHDIR
        : error == EAGAIN || error == ENOMEM ? CSYSTEM_STEP_CREATE : CSYSTEM_STEP_EXEC;
    child->error = error;
    return false;
  }
  if (request->record != NULL) csystem_table_store(request->record, (int32_t)pid);
  child->pid = pid;
  child->exit_descriptor = exit_queue(pid);
  if (child->exit_descriptor >= 0) {
    child->step = CSYSTEM_STEP_NONE;
    return true;
  }
  child->error = errno;
  kill(-pid, SIGKILL);
  int status;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
  if (request->record != NULL) csystem_table_store(request->record, 0);
  return false;
}

#endif
