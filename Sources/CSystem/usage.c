// What another process of this user has used so far.
#include "CSystem.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#if defined(__APPLE__)
#include <libproc.h>
#include <mach/mach_time.h>
#endif

bool csystem_process_usage(int32_t pid, int64_t *processor_microseconds, int64_t *resident_bytes) {
#if defined(__linux__)
  char path[32], text[1024];
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  ssize_t length = read(descriptor, text, sizeof text - 1);
  close(descriptor);
  if (length <= 0) return false;
  text[length] = '\0';
  // The program's name may hold anything, spaces and brackets too; the last bracket ends it.
  const char *rest = strrchr(text, ')');
  unsigned long long user, system;
  long long pages;
  if (rest == NULL
      || sscanf(rest + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %*d %*d %*d %*d %*d %*d %*u %*u %lld",
                &user, &system, &pages) != 3)
    return false;
  *processor_microseconds = (int64_t)(user + system) * (1000000 / sysconf(_SC_CLK_TCK));
  *resident_bytes = pages * sysconf(_SC_PAGESIZE);
  return true;
#elif defined(__APPLE__)
  struct proc_taskinfo info;
  if (proc_pidinfo(pid, PROC_PIDTASKINFO, 0, &info, sizeof info) != sizeof info) return false;
  mach_timebase_info_data_t base;
  mach_timebase_info(&base);
  uint64_t ticks = info.pti_total_user + info.pti_total_system;
  *processor_microseconds = (int64_t)(ticks * base.numer / base.denom / 1000);
  *resident_bytes = (int64_t)info.pti_resident_size;
  return true;
#else
  (void)pid, (void)processor_microseconds, (void)resident_bytes;
  return false;
#endif
}
