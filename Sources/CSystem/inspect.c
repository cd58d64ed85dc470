// What can be learned about other processes. Linux reads /proc; macOS asks libproc where it can.
#define _GNU_SOURCE
#include "CSystem.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__APPLE__)
#include <libproc.h>
#endif

int csystem_make_input(const void *bytes, size_t count) {
#if defined(__linux__)
  int descriptor = memfd_create("taskrun-input", MFD_CLOEXEC);
#else
  char name[] = "/tmp/taskrun-input-XXXXXX";
  int descriptor = mkstemp(name);
  if (descriptor >= 0) {
    unlink(name);
    fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  }
#endif
  if (descriptor < 0) return -1;
  const char *next = bytes;
  while (count > 0) {
    ssize_t written = write(descriptor, next, count);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      int error = errno;
      close(descriptor);
      errno = error;
      return -1;
    }
    next += written;
    count -= (size_t)written;
  }
  lseek(descriptor, 0, SEEK_SET);
  return descriptor;
}

int64_t csystem_unread_bytes(int write_end) {
#if defined(__linux__)
  int count = 0;
  return ioctl(write_end, FIONREAD, &count) == 0 ? count : -1;
#else
  (void)write_end; // macOS counts at the reading end only
  return -1;
#endif
}

#if defined(__linux__)

// Reads a whole small file of /proc; the result ends with a NUL. The caller frees it.
static char *read_file(const char *path, size_t *length) {
  int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return NULL;
  size_t capacity = 8192, used = 0;
  char *text = malloc(capacity + 1);
  while (text != NULL) {
    ssize_t count = read(descriptor, text + used, capacity - used);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    used += (size_t)count;
    if (used == capacity) {
      capacity *= 2;
      char *larger = realloc(text, capacity + 1);
      if (larger == NULL) free(text);
      text = larger;
    }
  }
  close(descriptor);
  if (text != NULL) text[used] = 0;
  *length = used;
  return text;
}

// The next process of /proc, or 0 at the end.
static pid_t next_process(DIR *directory) {
  struct dirent *entry;
  while ((entry = readdir(directory)) != NULL) {
    if (isdigit((unsigned char)entry->d_name[0])) return (pid_t)atoi(entry->d_name);
  }
  return 0;
}

int csystem_living_in_group(pid_t group) {
  DIR *directory = opendir("/proc");
  if (directory == NULL) return 0;
  int living = 0;
  for (pid_t pid; (pid = next_process(directory)) != 0;) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    size_t length;
    char *text = read_file(path, &length);
    // "pid (name) state parent group ...", and the name may hold anything, also ") ".
    char *end = text == NULL ? NULL : strrchr(text, ')');
    char state;
    int parent, its_group;
    if (end != NULL && sscanf(end + 1, " %c %d %d", &state, &parent, &its_group) == 3) {
      living += its_group == group && state != 'Z' && state != 'X';
    }
    free(text);
  }
  closedir(directory);
  return living;
}

static bool has_entry(const char *environment, size_t length, const char *entry) {
  for (const char *next = environment; next < environment + length; next += strlen(next) + 1) {
    if (strcmp(next, entry) == 0) return true;
  }
  return false;
}

bool csystem_proc_is_ours(void) {
#if defined(__linux__)
  char text[16] = {0};
  if (readlink("/proc/self", text, sizeof text - 1) <= 0) return false;
  pid_t self = 0;
  for (const char *digit = text; *digit >= '0' && *digit <= '9'; digit++) self = 10 * self + (*digit - '0');
  return self == getpid();
#else
  return false;
#endif
}

int csystem_signal_marked(const char *const *entries, const pid_t *spared, int count, int signal) {
  DIR *directory = csystem_proc_is_ours() ? opendir("/proc") : NULL;
  if (directory == NULL) return 0;
  int found = 0;
  pid_t self = getpid();
  for (pid_t pid; (pid = next_process(directory)) != 0;) {
    bool is_marked = pid != self;
    for (int index = 0; index < count; index++) is_marked = is_marked && spared[index] != pid;
    if (!is_marked) continue;
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/environ", (int)pid);
    size_t length;
    char *environment = read_file(path, &length);
    if (environment == NULL) continue;
    for (const char *const *entry = entries; *entry != NULL; entry++) {
      is_marked = is_marked && has_entry(environment, length, *entry);
    }
    free(environment);
    if (is_marked && kill(pid, signal) == 0) found++;
  }
  closedir(directory);
  return found;
}

int csystem_children(pid_t *pids, int capacity) {
  DIR *directory = opendir("/proc/self/task");
  if (directory == NULL) return -1;
  int found = 0;
  for (pid_t thread; (thread = next_process(directory)) != 0;) {
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)thread);
    size_t length;
    char *text = read_file(path, &length);
    if (text == NULL) continue;
    char *next = text;
    for (long pid; (pid = strtol(next, &next, 10)) > 0;) {
      if (found < capacity) pids[found] = (pid_t)pid;
      found++;
    }
    free(text);
  }
  closedir(directory);
  return found;
}

#else // macOS

int csystem_living_in_group(pid_t group) {
  pid_t pids[1024];
  int bytes = proc_listpids(PROC_PGRP_ONLY, (uint32_t)group, pids, sizeof pids);
  int living = 0;
  for (int index = 0; index < bytes / (int)sizeof(pid_t); index++) {
    struct proc_bsdinfo info;
    int size = proc_pidinfo(pids[index], PROC_PIDTBSDINFO, 0, &info, sizeof info);
    living += size == (int)sizeof info && info.pbi_status != 5; // SZOMB
  }
  return living;
}

int csystem_signal_marked(const char *const *entries, const pid_t *spared, int count, int signal) {
  (void)entries, (void)spared, (void)count, (void)signal;
  return 0;
}

int csystem_children(pid_t *pids, int capacity) {
  int bytes = proc_listchildpids(getpid(), pids, capacity * (int)sizeof(pid_t));
  return bytes < 0 ? -1 : bytes;
}

#endif
